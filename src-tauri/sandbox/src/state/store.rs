//! The state file: every object as one JSON row in SQLite.
//!
//! What must not be found in it (API tokens, private keys, participant tokens, the signatures of presigned URLs) never
//! reaches this module, except the last, which [`crate::presign::unsigned`] takes out of every text on the way in.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::{
    Model,
    table::{Object, Table},
};
use crate::{clock::Moment, presign};

/// An open state file.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

/// Why the state file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the state file cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row is not what this version writes.
    #[error("the state file holds a {kind} that cannot be read: {source}")]
    Row {
        /// The kind of the object.
        kind: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A single value of the sandbox itself.
#[derive(Debug, Clone, Copy)]
pub enum Setting {
    /// The secret behind participant tokens and presigned URLs.
    Secret,
    /// The port last listened on.
    Port,
    /// What the process clock last showed.
    Clock,
    /// The switches.
    Switches,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Port => "port",
            Self::Clock => "clock",
            Self::Switches => "switches",
        }
    }
}

/// Makes an empty file that its owner alone can read, if there is none: it will hold the secret behind participant tokens. What
/// stands in the way of that, SQLite runs into as well, and says so.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
fn make_private(_path: &Path) {}

impl Store {
    /// Opens the file, making it when there is none.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path);
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(
            "PRAGMA secure_delete = ON;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;
             CREATE TABLE IF NOT EXISTS objects (
                 kind TEXT NOT NULL,
                 id   TEXT NOT NULL,
                 body TEXT NOT NULL,
                 PRIMARY KEY (kind, id)
             ) STRICT, WITHOUT ROWID;",
        )?;
        Ok(Self { connection })
    }

    /// One value of the sandbox itself.
    pub fn setting(&self, setting: Setting) -> Result<Option<Value>, StoreError> {
        let body: Option<String> = self
            .connection
            .query_row("SELECT body FROM objects WHERE kind = 'sandbox' AND id = ?1", [setting.name()], |row| {
                row.get(0)
            })
            .optional()?;
        body.map(|body| parse("sandbox", &body)).transpose()
    }

    /// Keeps one value of the sandbox itself.
    pub fn keep(&self, setting: Setting, value: &Value) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO objects (kind, id, body) VALUES ('sandbox', ?1, ?2)
             ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            params![setting.name(), value.to_string()],
        )?;
        Ok(())
    }

    /// Fills the model with what was saved.
    pub fn load(&self, model: &mut Model) -> Result<(), StoreError> {
        let (host, secret) = (model.host.clone(), model.secret.clone());
        let signing = Signing { host: &host, secret: &secret };
        self.fill(&mut model.apps, &signing)?;
        self.fill(&mut model.presets, &signing)?;
        self.fill(&mut model.meetings, &signing)?;
        self.fill(&mut model.participants, &signing)?;
        self.fill(&mut model.sessions, &signing)?;
        self.fill(&mut model.recordings, &signing)?;
        self.fill(&mut model.videos, &signing)?;
        self.fill(&mut model.deleted_videos, &signing)?;
        self.fill(&mut model.captions, &signing)?;
        self.fill(&mut model.watermarks, &signing)?;
        self.fill(&mut model.live_inputs, &signing)?;
        self.fill(&mut model.keys, &signing)?;
        self.fill(&mut model.tokens, &signing)?;
        self.fill(&mut model.calls, &signing)?;
        self.fill(&mut model.livestreams, &signing)?;
        self.fill(&mut model.webhooks, &signing)?;
        self.fill(&mut model.stream_webhooks, &signing)?;
        self.fill(&mut model.deliveries, &signing)
    }

    /// Saves what has changed since the last time, all of it or none.
    pub fn save(&mut self, model: &mut Model, now: Moment) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        collect(&mut model.apps, &mut rows);
        collect(&mut model.presets, &mut rows);
        collect(&mut model.meetings, &mut rows);
        collect(&mut model.participants, &mut rows);
        collect(&mut model.sessions, &mut rows);
        collect(&mut model.recordings, &mut rows);
        collect(&mut model.videos, &mut rows);
        collect(&mut model.deleted_videos, &mut rows);
        collect(&mut model.captions, &mut rows);
        collect(&mut model.watermarks, &mut rows);
        collect(&mut model.live_inputs, &mut rows);
        collect(&mut model.keys, &mut rows);
        collect(&mut model.tokens, &mut rows);
        collect(&mut model.calls, &mut rows);
        collect(&mut model.livestreams, &mut rows);
        collect(&mut model.webhooks, &mut rows);
        collect(&mut model.stream_webhooks, &mut rows);
        collect(&mut model.deliveries, &mut rows);
        if rows.is_empty() {
            return Ok(());
        }
        rows.push(("sandbox", Setting::Clock.name().to_owned(), Some(Value::from(now.to_rfc3339()).to_string())));
        let transaction = self.connection.transaction()?;
        {
            let mut put = transaction.prepare_cached(
                "INSERT INTO objects (kind, id, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            )?;
            let mut drop = transaction.prepare_cached("DELETE FROM objects WHERE kind = ?1 AND id = ?2")?;
            for (kind, id, body) in &rows {
                match body {
                    Some(body) => put.execute(params![kind, id, body])?,
                    None => drop.execute(params![kind, id])?,
                };
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn fill<T: Object>(&self, table: &mut Table<T>, signing: &Signing<'_>) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("SELECT body FROM objects WHERE kind = ?1")?;
        let mut rows = statement.query([T::KIND])?;
        while let Some(row) = rows.next()? {
            let body: String = row.get(0)?;
            let mut body: Value = parse(T::KIND, &body)?;
            each_text(&mut body, &|text| presign::signed_again(text, signing.host, signing.secret));
            let object =
                serde_json::from_value(body).map_err(|source| StoreError::Row { kind: T::KIND.to_owned(), source })?;
            table.restore(object);
        }
        Ok(())
    }
}

struct Signing<'a> {
    host: &'a str,
    secret: &'a [u8],
}

type Row = (&'static str, String, Option<String>);

fn collect<T: Object>(table: &mut Table<T>, rows: &mut Vec<Row>) {
    for (id, object) in table.take_changes() {
        let body = object.and_then(|object| serde_json::to_value(object).ok()).map(|mut body| {
            each_text(&mut body, &presign::unsigned);
            body.to_string()
        });
        rows.push((T::KIND, id, body));
    }
}

fn parse<T: serde::de::DeserializeOwned>(kind: &str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|source| StoreError::Row { kind: kind.to_owned(), source })
}

/// Gives every text in `value` to `change`, which returns what to put in its place, if anything.
fn each_text(value: &mut Value, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| each_text(member, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
