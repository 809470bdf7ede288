//! `rescue_warnings`: the warnings about expiring files that were given, so that each is given once.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;

use crate::domain::bounds::Moved as _;
use crate::domain::delivery::notification::{Notification, NotificationKind};
use crate::domain::ids::RecordingId;
use crate::domain::recorder::rescue::{WARNING_HOURS_BEFORE_EXPIRY, warnings_due};
use crate::store::{Error, Store, moment, outbox, to_millis};

/// The recordings whose file Stream does not have and RealtimeKit deletes after `?1` and by `?2`.
const AT_RISK: &str = "SELECT id, file_expires FROM recordings INDEXED BY recordings_to_rescue
     WHERE file_expires IS NOT NULL AND status IN ('PROCESSING', 'FAILED') AND file_expires > ?1 AND file_expires <= ?2
       AND NOT (stage = 'importing' AND detail IN ('queued', 'encoding'))
     ORDER BY file_expires";

impl Store {
    /// Queues the warnings that are due and were not given yet. Returns whether there were any.
    pub fn warn_of_expiry(&self, now: DateTime<Utc>) -> Result<bool, Error> {
        let at_risk = self.files_at_risk(now)?;
        if at_risk.is_empty() {
            return Ok(false);
        }
        self.write(|transaction| {
            let mut warned = false;
            for (id, expires) in at_risk {
                let mut last = None;
                for hours_left in warnings_due(expires, now) {
                    let new = transaction.execute(
                        "INSERT OR IGNORE INTO rescue_warnings (recording_id, file_expires, hours) VALUES (?1, ?2, ?3)",
                        params![id.to_string(), to_millis(expires), hours_left],
                    )?;
                    if new == 1 {
                        last = Some(hours_left);
                    }
                }
                if let Some(hours_left) = last {
                    let kind = NotificationKind::Expiring { hours_left };
                    outbox::add(transaction, &Notification::of_recording(id, kind), now)?;
                    warned = true;
                }
            }
            Ok(warned)
        })
    }

    fn files_at_risk(&self, now: DateTime<Utc>) -> Result<Vec<(RecordingId, DateTime<Utc>)>, Error> {
        let horizon = TimeDelta::hours(i64::from(WARNING_HOURS_BEFORE_EXPIRY[0]));
        let connection = self.connection();
        let mut statement = connection.prepare_cached(AT_RISK)?;
        let rows = statement.query_map(params![to_millis(now), to_millis(now.later(horizon))], |row| {
            Ok((row.get::<_, String>(0)?, moment(row, 1)?))
        })?;
        rows.map(|row| {
            let (id, expires) = row?;
            Ok((id.parse().map_err(|_| Error::unreadable("recording id", &id))?, expires))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_for_files_at_risk_uses_an_index() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {AT_RISK}")).unwrap();
        let plan: Vec<String> = statement.query_map([0, 0], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(plan.iter().all(|line| line.contains("recordings_to_rescue")), "{plan:?}");
    }
}
