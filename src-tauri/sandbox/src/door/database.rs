//! The D1 database that the script binds.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::{Reason, Refusal};
use crate::state::d1::{D1, Ran, Statement};

/// A desk that was off for longer misses events that are older.
const EVENTS_KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1_000;
/// Old rows that are deleted with each new one.
pub const CLEARED_AT_ONCE: i64 = 10;

/// The values of a statement, in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$(serde_json::json!($value)),*] };
}
pub(super) use params;

/// A statement with its values.
pub type Bound<'a> = (&'a str, Vec<Value>);

pub struct Database(Arc<D1>);

impl Database {
    pub fn new(d1: Arc<D1>) -> Self {
        Self(d1)
    }

    /// The first row of a query.
    pub fn first<R: DeserializeOwned>(&self, sql: &str, params: Vec<Value>) -> Result<Option<R>, Refusal> {
        let ran = self.ran(&[(sql, params)])?;
        let row = ran.into_iter().next().and_then(|ran| ran.rows().into_iter().next());
        row.map(|row| serde_json::from_value(Value::Object(row))).transpose().map_err(|_| Refusal::of(Reason::Later))
    }

    /// Runs a statement, and says how many rows it changed.
    pub fn run(&self, sql: &str, params: Vec<Value>) -> Result<u64, Refusal> {
        Ok(self.batch(&[(sql, params)])?.first().copied().unwrap_or_default())
    }

    /// Runs statements as one transaction, and says how many rows each changed.
    pub fn batch(&self, statements: &[Bound<'_>]) -> Result<Vec<u64>, Refusal> {
        Ok(self.ran(statements)?.iter().map(|ran| ran.changes).collect())
    }

    fn ran(&self, statements: &[Bound<'_>]) -> Result<Vec<Ran>, Refusal> {
        let bound = |(sql, params): &Bound<'_>| Statement { sql: (*sql).to_owned(), params: params.clone() };
        let statements: Vec<Statement> = statements.iter().map(bound).collect();
        self.0.run(&statements).map_err(|error| {
            tracing::warn!(%error, "the door's database refused a statement");
            Refusal::of(Reason::Later)
        })
    }
}

/// Deletes a few of the oldest events where they are too old.
pub fn clear_events(now: i64) -> Bound<'static> {
    (
        "DELETE FROM events WHERE seq IN
           (SELECT seq FROM (SELECT seq, at FROM events ORDER BY seq LIMIT ?2) WHERE at < ?1)",
        params![now - EVENTS_KEPT_MS, CLEARED_AT_ONCE],
    )
}
