//! `locked_classes`: classes whose host lets each person in.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::domain::ids::SessionId;
use crate::store::{Error, Store, to_millis};

impl Store {
    /// Returns whether the host of a class lets each person in.
    pub fn is_class_locked(&self, session: SessionId) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM locked_classes WHERE session_id = ?1)")?;
        Ok(statement.query_row([session.to_string()], |row| row.get(0))?)
    }

    /// Locks a class, or unlocks it. Returns whether anything changed.
    pub fn set_class_locked(&self, session: SessionId, locked: bool, now: DateTime<Utc>) -> Result<bool, Error> {
        let id = session.to_string();
        let changed = if locked {
            let sql = "INSERT INTO locked_classes (session_id, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            self.writer().execute(sql, params![id, to_millis(now)])?
        } else {
            self.writer().execute("DELETE FROM locked_classes WHERE session_id = ?1", [id])?
        };
        Ok(changed > 0)
    }
}
