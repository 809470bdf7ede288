//! The reason why Stream refused a recording, as the history in `recording_events` quotes it.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::domain::ids::RecordingId;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::stage_kind::StageKind;
use crate::store::{Error, Store};

impl Store {
    /// Returns Stream's reason for refusing the recording at its last failure; `None` where it failed for another
    /// reason.
    pub fn refusal(&self, id: RecordingId) -> Result<Option<String>, Error> {
        read(self.connection().raw(), id)
    }
}

/// [`Store::refusal`], also in a transaction.
pub(in crate::store) fn read(connection: &Connection, id: RecordingId) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, note FROM recording_events WHERE recording_id = ?1 AND to_stage = ?2 ORDER BY id DESC LIMIT 1",
    )?;
    let last = statement.query_row(params![id.to_string(), StageKind::Failed.name()], |row| {
        Ok((row.get::<_, String>("kind")?, row.get::<_, String>("note")?))
    });
    let refused = |(kind, note): (String, String)| (kind == EventKind::StreamRefused.name()).then_some(note);
    Ok(last.optional()?.and_then(refused))
}
