//! The line of recordings that wait for Stream: queries over `recordings`, `recording_events` and `share_links`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::domain::ids::RecordingId;
use crate::domain::recorder::import_queue::Wanted;
use crate::store::{Error, Store, to_millis};

/// The line that a retry by hand writes into a recording's history, by which it is known again.
pub(crate) const TRIED_BY_HAND: &str = "Tried again by hand.";

impl Store {
    /// Who waits for those that Stream has not been asked for.
    pub fn wanted(&self) -> Result<HashMap<RecordingId, Wanted>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT r.id,
                    EXISTS (SELECT 1 FROM recording_events e WHERE e.recording_id = r.id AND e.note = ?1),
                    EXISTS (SELECT 1 FROM share_links l WHERE l.recording_id = r.id)
             FROM recordings r WHERE r.next_check IS NOT NULL AND r.status <> 'FAILED' AND r.stage = 'uploaded'",
        )?;
        let rows = statement.query_map([TRIED_BY_HAND], |row| {
            Ok((row.get::<_, String>(0)?, Wanted { by_hand: row.get(1)?, shared: row.get(2)? }))
        })?;
        rows.map(|row| {
            let (id, wanted) = row?;
            Ok((id.parse().map_err(|_| Error::unreadable("recording id", &id))?, wanted))
        })
        .collect()
    }

    /// Leaves those that wait for a place at Stream alone until then, nothing having been asked.
    pub fn put_off_line(&self, until: DateTime<Utc>) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE recordings SET next_check = ?1
             WHERE next_check IS NOT NULL AND next_check < ?1 AND status <> 'FAILED' AND stage = 'uploaded'",
            params![to_millis(until)],
        )?;
        Ok(())
    }

    /// How many recordings have a place at Stream: [`crate::domain::recorder::import_queue::takes_place`] in SQL.
    pub fn places_taken(&self) -> Result<usize, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT count(*) FROM recordings r WHERE r.next_check IS NOT NULL AND r.status <> 'FAILED'
               AND (r.stage = 'playable' OR (r.stage = 'importing' AND r.detail NOT IN ('fetching', 'sending')))",
        )?;
        let count: i64 = statement.query_row([], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}
