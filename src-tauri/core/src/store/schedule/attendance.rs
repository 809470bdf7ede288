//! The columns of `participants` and `sessions` that say who was in the room, and when RealtimeKit was asked.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::schedule::attendance::Attendance;
use crate::domain::schedule::person::MARK_OF_PEOPLE;
use crate::store::{Error, Store, to_millis};

/// The time between two questions about a live session.
const LIVE_INTERVAL: TimeDelta = TimeDelta::seconds(60);
/// The time after the end at which RealtimeKit has closed the session. It outlives its last participant by a minute.
const SETTLED_AFTER: TimeDelta = TimeDelta::seconds(90);
/// How long RealtimeKit keeps the list of who was in a session: six months, less a few days.
const KEPT_FOR: TimeDelta = TimeDelta::days(179);

impl Store {
    /// Returns the sessions with people on their rosters for which RealtimeKit is to be asked who was in the room: live
    /// ones every minute, ended ones once.
    pub fn sessions_to_ask_about(&self, now: DateTime<Utc>) -> Result<Vec<SessionId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT id FROM sessions s
             WHERE EXISTS (SELECT 1 FROM roster r WHERE r.session_id = s.id)
               AND (state = 'live' AND coalesce(attendance_read_at, 0) <= ?1
                    OR state = 'ended' AND ended_at <= ?2 AND ended_at > ?3 AND coalesce(attendance_read_at, 0) < ended_at + ?4)
             ORDER BY start, id",
        )?;
        let ids = statement.query_map(
            params![
                to_millis(now.earlier(LIVE_INTERVAL)),
                to_millis(now.earlier(SETTLED_AFTER)),
                to_millis(now.earlier(KEPT_FOR)),
                SETTLED_AFTER.num_milliseconds(),
            ],
            |row| row.get::<_, String>(0),
        )?;
        ids.map(|id| {
            id.map_err(Error::from).and_then(|id| id.parse().map_err(|_| Error::unreadable("session id", &id)))
        })
        .collect()
    }

    /// Stores who was in the room of a session. Somebody on its roster who came in with a link to another session of the
    /// same room gets a seat. Returns whether anything is new.
    pub fn note_attendance(
        &self,
        session: SessionId,
        seen: &[(String, Attendance)],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        self.write(|transaction| {
            let mut changed = 0_usize;
            for (custom_id, Attendance { joined_at, left_at, present }) in seen {
                transaction
                    .prepare_cached(
                        "INSERT INTO participants (session_id, custom_id, role, created_at)
                         SELECT session_id, ?2, role, ?3 FROM roster WHERE session_id = ?1 AND ?4 || person_id = ?2
                         ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![session.to_string(), custom_id, to_millis(now), MARK_OF_PEOPLE])?;
                let rows = transaction
                    .prepare_cached(
                        "UPDATE participants SET joined_at = ?3, left_at = ?4, present = ?5
                         WHERE session_id = ?1 AND custom_id = ?2
                           AND (joined_at IS NOT ?3 OR left_at IS NOT ?4 OR present IS NOT ?5)",
                    )?
                    .execute(params![
                        session.to_string(),
                        custom_id,
                        to_millis(*joined_at),
                        left_at.map(to_millis),
                        present.num_milliseconds(),
                    ])?;
                changed = changed.saturating_add(rows);
            }
            transaction
                .prepare_cached("UPDATE sessions SET attendance_read_at = ?2 WHERE id = ?1")?
                .execute(params![session.to_string(), to_millis(now)])?;
            Ok(changed > 0)
        })
    }
}
