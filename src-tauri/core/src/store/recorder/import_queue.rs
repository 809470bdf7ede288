//! The queue of recordings that wait for Stream: queries over `recordings`, `recording_events` and `share_links`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::domain::ids::RecordingId;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::import_queue::Wanted;
use crate::store::{Error, Store, to_millis};

impl Store {
    /// Returns, for each recording in the import queue, whether a person retried it and whether it is shared.
    pub fn wanted(&self) -> Result<HashMap<RecordingId, Wanted>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT r.id,
                    EXISTS (SELECT 1 FROM recording_events e WHERE e.recording_id = r.id AND e.kind = ?1),
                    EXISTS (SELECT 1 FROM share_links l WHERE l.recording_id = r.id)
             FROM recording_work w INDEXED BY recording_work_to_poll CROSS JOIN recordings r ON r.id = w.recording_id
             WHERE w.next_poll IS NOT NULL AND r.stage = 'uploaded'",
        )?;
        let rows = statement.query_map([EventKind::RetriedByHand.name()], |row| {
            Ok((row.get::<_, String>(0)?, Wanted { by_hand: row.get(1)?, shared: row.get(2)? }))
        })?;
        rows.map(|row| {
            let (id, wanted) = row?;
            Ok((id.parse().map_err(|_| Error::unreadable("recording id", &id))?, wanted))
        })
        .collect()
    }

    /// Postpones the next poll of the recordings in the import queue until `until`, without recording a check.
    pub fn put_off_line(&self, until: DateTime<Utc>) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE recording_work SET next_poll = ?1
             WHERE next_poll < ?1 AND EXISTS (SELECT 1 FROM recordings r WHERE r.id = recording_id AND r.stage = 'uploaded')",
            params![to_millis(until)],
        )?;
        Ok(())
    }

    /// Returns how many recordings count towards Stream's limit: [`crate::domain::recorder::import_queue::takes_place`]
    /// in SQL.
    pub fn places_taken(&self) -> Result<usize, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT count(*) FROM recording_work w INDEXED BY recording_work_to_poll CROSS JOIN recordings r ON r.id = w.recording_id
             WHERE w.next_poll IS NOT NULL AND (r.stage = 'playable' OR (r.stage = 'importing' AND r.detail NOT IN ('fetching', 'sending')))",
        )?;
        let count: i64 = statement.query_row([], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}
