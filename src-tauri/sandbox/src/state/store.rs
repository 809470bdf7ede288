//! The state file: every object as one row of JSON in SQLite.
//!
//! API tokens, private keys and participant tokens never reach this module. The signatures of presigned URLs are
//! removed from every text before it is written, by [`crate::presign::without_signature`].

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

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
    /// SQLite reported an error.
    #[error("the state file cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row is not JSON that this version can read.
    #[error("the state file holds a {kind} that cannot be read: {source}")]
    Row {
        /// The kind of the object.
        kind: String,
        /// The JSON error.
        source: serde_json::Error,
    },
}

/// A setting of the sandbox that is saved by name.
#[derive(Debug, Clone, Copy)]
pub enum Setting {
    /// The secret that signs participant tokens and presigned URLs.
    Secret,
    /// The port of the last run.
    Port,
    /// The time of the sandbox's virtual process clock when it was last saved.
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

/// Creates an empty file that only its owner may read, because the file will hold the secret that signs participant
/// tokens. An existing file stays as it is. Errors are ignored, because SQLite reports them when it opens the file.
#[cfg(unix)]
pub fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
pub fn make_private(_path: &Path) {}

impl Store {
    /// Opens the state file, or creates it.
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

    /// The path of a file beside the state file; `None` where that is not a file.
    pub fn beside(&self, name: &str) -> Option<PathBuf> {
        let path = self.connection.path().filter(|path| !path.is_empty())?;
        Some(Path::new(path).with_file_name(name))
    }

    /// Reads a setting; `None` when the file lacks it.
    pub fn setting(&self, setting: Setting) -> Result<Option<Value>, StoreError> {
        let body: Option<String> = self
            .connection
            .query_row("SELECT body FROM objects WHERE kind = 'sandbox' AND id = ?1", [setting.name()], |row| {
                row.get(0)
            })
            .optional()?;
        body.map(|body| parse("sandbox", &body)).transpose()
    }

    /// Writes a setting.
    pub fn save_setting(&self, setting: Setting, value: &Value) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO objects (kind, id, body) VALUES ('sandbox', ?1, ?2)
             ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            params![setting.name(), value.to_string()],
        )?;
        Ok(())
    }

    /// Loads all saved objects into the model.
    pub fn load(&self, model: &mut Model) -> Result<(), StoreError> {
        let (host, secret) = (model.host.clone(), model.secret.clone());
        let signing = Signing { host: &host, secret: &secret };
        self.load_table(&mut model.apps, &signing)?;
        self.load_table(&mut model.presets, &signing)?;
        self.load_table(&mut model.meetings, &signing)?;
        self.load_table(&mut model.participants, &signing)?;
        self.load_table(&mut model.sessions, &signing)?;
        self.load_table(&mut model.recordings, &signing)?;
        self.load_table(&mut model.videos, &signing)?;
        self.load_table(&mut model.deleted_videos, &signing)?;
        self.load_table(&mut model.captions, &signing)?;
        self.load_table(&mut model.watermarks, &signing)?;
        self.load_table(&mut model.live_inputs, &signing)?;
        self.load_table(&mut model.keys, &signing)?;
        self.load_table(&mut model.tokens, &signing)?;
        self.load_table(&mut model.calls, &signing)?;
        self.load_table(&mut model.livestreams, &signing)?;
        self.load_table(&mut model.webhooks, &signing)?;
        self.load_table(&mut model.stream_webhooks, &signing)?;
        self.load_table(&mut model.deliveries, &signing)?;
        self.load_table(&mut model.workers, &signing)?;
        self.load_table(&mut model.assets, &signing)?;
        self.load_table(&mut model.workers_subdomains, &signing)?;
        self.load_table(&mut model.d1_databases, &signing)?;
        self.load_table(&mut model.workers_domains, &signing)?;
        self.load_table(&mut model.mails, &signing)?;
        self.load_table(&mut model.plays, &signing)
    }

    /// Saves all changed objects in one transaction, together with the process clock `now`.
    pub fn save(&mut self, model: &mut Model, now: Moment) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        collect_changes(&mut model.apps, &mut rows);
        collect_changes(&mut model.presets, &mut rows);
        collect_changes(&mut model.meetings, &mut rows);
        collect_changes(&mut model.participants, &mut rows);
        collect_changes(&mut model.sessions, &mut rows);
        collect_changes(&mut model.recordings, &mut rows);
        collect_changes(&mut model.videos, &mut rows);
        collect_changes(&mut model.deleted_videos, &mut rows);
        collect_changes(&mut model.captions, &mut rows);
        collect_changes(&mut model.watermarks, &mut rows);
        collect_changes(&mut model.live_inputs, &mut rows);
        collect_changes(&mut model.keys, &mut rows);
        collect_changes(&mut model.tokens, &mut rows);
        collect_changes(&mut model.calls, &mut rows);
        collect_changes(&mut model.livestreams, &mut rows);
        collect_changes(&mut model.webhooks, &mut rows);
        collect_changes(&mut model.stream_webhooks, &mut rows);
        collect_changes(&mut model.deliveries, &mut rows);
        collect_changes(&mut model.workers, &mut rows);
        collect_changes(&mut model.assets, &mut rows);
        collect_changes(&mut model.workers_subdomains, &mut rows);
        collect_changes(&mut model.d1_databases, &mut rows);
        collect_changes(&mut model.workers_domains, &mut rows);
        collect_changes(&mut model.mails, &mut rows);
        collect_changes(&mut model.plays, &mut rows);
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

    fn load_table<T: Object>(&self, table: &mut Table<T>, signing: &Signing<'_>) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("SELECT body FROM objects WHERE kind = ?1")?;
        let mut rows = statement.query([T::KIND])?;
        while let Some(row) = rows.next()? {
            let body: String = row.get(0)?;
            let mut body: Value = parse(T::KIND, &body)?;
            map_texts(&mut body, &|text| presign::with_signature(text, signing.host, signing.secret));
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

fn collect_changes<T: Object>(table: &mut Table<T>, rows: &mut Vec<Row>) {
    for (id, object) in table.take_changes() {
        let body = object.and_then(|object| serde_json::to_value(object).ok()).map(|mut body| {
            map_texts(&mut body, &presign::without_signature);
            body.to_string()
        });
        rows.push((T::KIND, id, body));
    }
}

fn parse<T: serde::de::DeserializeOwned>(kind: &str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|source| StoreError::Row { kind: kind.to_owned(), source })
}

/// Calls `change` with every text in `value`, and replaces the text when `change` returns another one.
fn map_texts(value: &mut Value, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| map_texts(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| map_texts(member, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
