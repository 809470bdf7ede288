//! `reminders`: the reminders of classes that were told, so that each is told once.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use crate::domain::delivery::reminder::{Reminder, ReminderKind, Told};
use crate::store::{Error, Store, moment, to_millis};

/// The reminders about starts from `?1` to `?2`, both included.
const TOLD: &str = "SELECT session_id, start, kind, told_at FROM reminders WHERE start BETWEEN ?1 AND ?2";

impl Store {
    /// Returns the reminders that were told about planned starts in this span, both ends included.
    pub fn told_reminders(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Told>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(TOLD)?;
        let rows = statement.query_map([to_millis(from), to_millis(to)], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Notes that a reminder is told now. Returns `false` if it was told before, by this process or by another one. A
    /// reminder is noted before it is shown, so it is shown once or, if the process ends in between, never.
    pub fn claim_reminder(&self, reminder: &Reminder, now: DateTime<Utc>) -> Result<bool, Error> {
        let Reminder { session, start, kind } = reminder;
        let new = self.writer().execute(
            "INSERT OR IGNORE INTO reminders (session_id, start, kind, told_at) VALUES (?1, ?2, ?3, ?4)",
            params![session.to_string(), to_millis(*start), kind.name(), to_millis(now)],
        )?;
        Ok(new == 1)
    }
}

fn read(row: &Row<'_>) -> Result<Told, Error> {
    let (session, kind): (String, String) = (row.get(0)?, row.get(2)?);
    let reminder = Reminder {
        session: session.parse().map_err(|_| Error::unreadable("session id", &session))?,
        start: moment(row, 1)?,
        kind: ReminderKind::from_stored(&kind).ok_or_else(|| Error::unreadable("reminder", &kind))?,
    };
    Ok(Told { reminder, at: moment(row, 3)? })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::schedule::session::{Plan, Session};

    fn now() -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_reminder_is_claimed_once_and_reads_back_with_its_moment() {
        let store = Store::in_memory().unwrap();
        let session = Session::new(Plan::example(now()), now());
        store.add_session(&session).unwrap();
        let of = |kind| Reminder { session: session.id, start: now(), kind };
        for kind in ReminderKind::ALL {
            assert_eq!([(); 2].map(|()| store.claim_reminder(&of(kind), now()).unwrap()), [true, false], "{kind:?}");
        }
        let mut told = store.told_reminders(now(), now()).unwrap();
        told.sort_by_key(|told| told.reminder.kind);
        assert_eq!(told, ReminderKind::ALL.map(|kind| Told { reminder: of(kind), at: now() }));
        let second = TimeDelta::seconds(1);
        assert_eq!(store.told_reminders(now() + second, now() + second).unwrap(), []);
        let moved = Reminder { start: now() + second, ..of(ReminderKind::Soon) };
        assert!(store.claim_reminder(&moved, now()).unwrap(), "another start is announced again");
    }

    #[test]
    fn the_query_for_told_reminders_uses_the_primary_key() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {TOLD}")).unwrap();
        let plan: Vec<String> = statement.query_map([0, 0], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(plan.iter().all(|line| line.contains("SEARCH reminders USING PRIMARY KEY")), "{plan:?}");
    }
}
