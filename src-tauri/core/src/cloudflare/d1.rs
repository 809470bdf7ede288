//! D1: databases of the account, and statements that run in them.
//!
//! One batch is one transaction: all of it happens or nothing. Numbers that are bound to a statement may arrive as texts or as fractions, so
//! a statement has one parameter at most, which is JSON.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::cloudflare::envelope::of_d1;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::redact::plain;
use crate::cloudflare::retry::Repeat;
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit, number};
use crate::domain::ids::DatabaseId;

/// The most rows of one statement that are read: far more than a desk asks for at once.
const ROWS_MAX: usize = 10_000;

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its id.
    pub id: DatabaseId,
    /// Its name, which no other database of the account has.
    pub name: String,
    /// Its size in bytes. A list does not tell it.
    pub file_size: Option<u64>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
}

impl Entry for Database {
    const WHAT: &'static str = "D1 database";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.needed("uuid")?,
            name: fields.text("name").ok_or(Unfit::lacks("name"))?,
            file_size: fields.bytes("file_size"),
            created_at: fields.moment("created_at"),
        })
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement, which is ours alone: what comes from people or from the network is in `json`.
    pub sql: Cow<'static, str>,
    /// What it is about, as JSON. The statement reads it as `?1`.
    pub json: Option<String>,
}

impl Statement {
    /// Whether it certainly changes nothing.
    fn reads(&self) -> bool {
        self.sql.split_whitespace().next() == Some("SELECT") && !self.sql.contains(';')
    }

    fn json(&self) -> Value {
        match &self.json {
            Some(json) => json!({ "sql": self.sql, "params": [json] }),
            None => json!({ "sql": self.sql }),
        }
    }
}

/// What one statement came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ran {
    /// Its rows, by the names of the columns. Numbers are read with [`whole_number`].
    pub rows: Vec<Map<String, Value>>,
    /// How many rows it changed, roughly.
    pub changes: u64,
    /// How many rows it read. They count towards the daily limit.
    pub rows_read: u64,
    /// How many rows it wrote. They count towards the daily limit.
    pub rows_written: u64,
}

/// The whole number in a column of a row. D1 may write it as a fraction or as a text.
#[must_use]
pub fn whole_number(row: &Map<String, Value>, column: &str) -> Option<i64> {
    let value = row.get(column)?;
    value.as_i64().or_else(|| number(value)?.to_string().parse().ok())
}

/// The result of one statement: what it came to, or what D1 said when it failed.
struct Told(Result<Ran, String>);

impl Entry for Told {
    const WHAT: &'static str = "result of a statement";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        if fields.flag("success") == Some(false) {
            return Ok(Self(Err(plain(&fields.text("error").unwrap_or_default()))));
        }
        // Without its rows a statement would seem to have found nothing.
        let rows = fields.objects("results", ROWS_MAX).ok_or(Unfit::lacks("results"))?;
        let ran = Ran { rows, ..fields.within("meta", counted).unwrap_or_default() };
        Ok(Self(Ok(ran)))
    }
}

fn counted(meta: &mut Fields<'_>) -> Ran {
    let mut count = |name| meta.bytes(name).unwrap_or_default();
    Ran {
        rows: Vec::new(),
        changes: count("changes"),
        rows_read: count("rows_read"),
        rows_written: count("rows_written"),
    }
}

impl Client {
    /// The database with this name; `None` if the account has none.
    pub async fn find_database(&self, name: &str) -> Result<Option<Database>, Error> {
        // Cloudflare searches by the name, so the list may have others.
        let query = [("name", name.to_owned())];
        let listed: Vec<Database> = self.all(Surface::D1, &self.databases_path(), &query).await?;
        Ok(listed.into_iter().find(|database| database.name == name))
    }

    /// Makes a database. A name that is taken is a conflict: [`Client::find_database`] has the one that exists.
    pub async fn create_database(&self, name: &str) -> Result<Database, Error> {
        let body = json!({ "name": name });
        let made: Database = self.call(Call::post(Surface::D1, &self.databases_path(), &body)).await?;
        Error::unless_same(Database::WHAT, name, &made.name)?;
        Ok(made)
    }

    /// A database with its size; `None` if there is none with this id.
    pub async fn database(&self, id: &DatabaseId) -> Result<Option<Database>, Error> {
        let found: Option<Database> = self.find(Call::get(Surface::D1, &self.database_path(id))).await?;
        if let Some(found) = &found {
            Error::unless_same(Database::WHAT, id.as_str(), found.id.as_str())?;
        }
        Ok(found)
    }

    /// Deletes a database with all that is in it. False if it was gone.
    pub async fn delete_database(&self, id: &DatabaseId) -> Result<bool, Error> {
        self.deleted(Call::delete(Surface::D1, &self.database_path(id))).await
    }

    /// Runs statements in one transaction and gives what each came to, in their order. Statements that only read are repeated at once when the
    /// answer is lost. For others [`Error::outcome_unknown`] says when they may have happened; whoever repeats them sees to it that twice is
    /// as once.
    pub async fn run_in_database(&self, id: &DatabaseId, statements: &[Statement]) -> Result<Vec<Ran>, Error> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let batch: Vec<Value> = statements.iter().map(Statement::json).collect();
        let path = format!("{}/query", self.database_path(id));
        let mut call = Call::post(Surface::D1, &path, &json!({ "batch": batch }));
        if statements.iter().all(Statement::reads) {
            call = Call { repeat: Repeat::Safe, ..call.changing_nothing() };
        }
        let told = self.list::<Told>(call).await?.items;
        // A statement that failed, so nothing of the batch happened.
        let told: Vec<Ran> = told.into_iter().map(|Told(told)| told.map_err(failed)).collect::<Result<_, _>>()?;
        if told.len() != statements.len() {
            let why = format!("{} results of {} statements", told.len(), statements.len());
            return Err(Error::Unreadable { status: StatusCode::OK.as_u16(), why });
        }
        Ok(told)
    }

    fn databases_path(&self) -> String {
        self.account_path("/d1/database")
    }

    fn database_path(&self, id: &DatabaseId) -> String {
        self.account_path(&format!("/d1/database/{id}"))
    }
}

/// The error of a statement that failed in a reply that is a success.
fn failed(message: String) -> Error {
    let status = StatusCode::OK;
    of_d1(status, None, &message).unwrap_or(Error::Refused { status: status.as_u16(), code: None, message })
}

#[cfg(test)]
mod tests;
