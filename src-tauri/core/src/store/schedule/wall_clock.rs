//! The columns of a session's start. The wall-clock time is the truth; the instant beside it serves queries.
//!
//! The instant of a session that has not begun is derived again when this program has other time zone rules than those
//! with which it was derived. Reading a session derives it too, so a database that cannot be written still shows the
//! right time.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use crate::domain::bounds;
use crate::domain::schedule::start::{Occurrence, Start, TZ_DATA_VERSION};
use crate::store::{Error, to_millis};

/// The setting with the version of the time zone rules with which the column `start` was derived.
const TZ_DATA_VERSION_KEY: &str = "tz_data_version";
/// The format of the column `start_local`, to the millisecond, as the instant is stored.
const LOCAL_TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.3f";

/// Updates the start of every session: fills the wall-clock time where an earlier version stored only an instant, and
/// derives the instants of sessions that have not begun. Does nothing while the time zone rules are the same.
pub(in crate::store) fn derive_starts(connection: &mut Connection) -> rusqlite::Result<()> {
    let derived_with: Option<String> = connection
        .query_row("SELECT value FROM settings WHERE key = ?1", [TZ_DATA_VERSION_KEY], |row| row.get(0))
        .optional()?;
    if derived_with.as_deref() == Some(TZ_DATA_VERSION) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut starts = Vec::new();
    {
        let mut sessions = transaction.prepare(
            "SELECT id, start, timezone, start_local, start_occurrence, state FROM sessions
             WHERE start_local IS NULL OR state IN ('scheduled', 'cancelled')",
        )?;
        let mut rows = sessions.query([])?;
        while let Some(row) = rows.next()? {
            let state: String = row.get("state")?;
            // A session with a zone that this program does not know is reported when it is read.
            if let Ok(zone) = row.get::<_, String>("timezone")?.parse::<Tz>() {
                starts.push((row.get::<_, String>("id")?, read(row, zone, has_begun(&state))?));
            }
        }
    }
    let update = "UPDATE sessions SET start = ?2, start_local = ?3, start_occurrence = ?4 WHERE id = ?1";
    for (id, start) in starts {
        let values = params![id, to_millis(start.instant()), local(&start), occurrence(&start)];
        transaction.prepare_cached(update)?.execute(values)?;
    }
    transaction.execute(
        "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        [TZ_DATA_VERSION_KEY, TZ_DATA_VERSION],
    )?;
    transaction.commit()
}

/// Returns whether a session in this state keeps its instant.
pub(super) fn has_begun(state: &str) -> bool {
    !matches!(state, "scheduled" | "cancelled")
}

/// Reads the start from a row. A wall-clock time that cannot be read is derived from the instant.
pub(super) fn read(row: &Row<'_>, zone: Tz, has_begun: bool) -> rusqlite::Result<Start> {
    let instant = bounds::nearest_moment(row.get("start")?);
    let local = row.get::<_, Option<String>>("start_local")?;
    let Some(local) = local.and_then(|text| text.parse::<NaiveDateTime>().ok()).filter(is_within_bounds) else {
        return Ok(Start::at(instant, zone));
    };
    let occurrence = read_occurrence(row.get("start_occurrence")?);
    Ok(if has_begun { Start::kept(local, zone, occurrence, instant) } else { Start::derived(local, zone, occurrence) })
}

/// Returns whether the wall-clock time lies between 2000 and 2100. It differs from UTC by less than a day, so it is
/// checked as if it were UTC.
fn is_within_bounds(local: &NaiveDateTime) -> bool {
    let as_utc: DateTime<Utc> = local.and_utc();
    bounds::moment(as_utc).is_some()
}

/// Reads a column that says which occurrence of a wall-clock time is meant.
pub(super) fn read_occurrence(column: Option<i64>) -> Option<Occurrence> {
    match column {
        Some(1) => Some(Occurrence::First),
        Some(2) => Some(Occurrence::Second),
        _ => None,
    }
}

/// Reads a wall-clock time of a series.
pub(super) fn read_seconds(text: &str) -> Result<NaiveDateTime, Error> {
    let read = text.parse::<NaiveDateTime>().ok().filter(is_within_bounds);
    read.ok_or_else(|| Error::unreadable("wall-clock time", text))
}

/// Returns a wall-clock time of a series as the columns hold it. A series counts in whole seconds.
pub(super) fn seconds(local: NaiveDateTime) -> String {
    local.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Returns the value of the column `start_local`.
pub(super) fn local(start: &Start) -> String {
    start.local().format(LOCAL_TIME_FORMAT).to_string()
}

/// Returns the value of the column `start_occurrence`.
pub(super) fn occurrence(start: &Start) -> Option<i64> {
    start.occurrence().map(|occurrence| match occurrence {
        Occurrence::First => 1,
        Occurrence::Second => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::lifecycle::EarlyStart;
    use crate::domain::schedule::session::{Plan, Session};
    use crate::store::Store;

    fn now() -> DateTime<Utc> {
        "2027-10-31T01:30:42.250Z".parse().unwrap()
    }

    fn session() -> Session {
        Session::new(Plan::example(now()), now())
    }

    #[test]
    fn a_start_in_a_repeated_hour_reads_back_with_its_seconds() {
        let store = Store::in_memory().unwrap();
        let session = session();
        store.add_session(&session).unwrap();
        assert_eq!(store.session(session.id).unwrap(), Some(session));
    }

    #[test]
    fn new_time_zone_rules_move_the_instant_only_of_sessions_that_have_not_begun() {
        let store = Store::in_memory().unwrap();
        let (ahead, cancelled, begun) = (session(), session().cancel(now()).unwrap(), session());
        let begun = begun.begin_start(EarlyStart::Confirmed, now()).unwrap();
        for one in [&ahead, &cancelled, &begun] {
            store.add_session(one).unwrap();
        }
        // The instants as other time zone rules would have derived them.
        let other = to_millis(now()) - 3_600_000;
        let mut connection = store.writer();
        connection.execute("UPDATE sessions SET start = ?1", [other]).unwrap();
        derive_starts(&mut connection).unwrap();
        let starts = |connection: &Connection| {
            [&ahead, &cancelled, &begun].map(|one| {
                let sql = "SELECT start FROM sessions WHERE id = ?1";
                connection.query_row(sql, [one.id.to_string()], |row| row.get::<_, i64>(0)).unwrap()
            })
        };
        assert_eq!(starts(&connection), [other; 3], "instants moved although the rules are the same");
        connection.execute("UPDATE settings SET value = '1999z' WHERE key = ?1", [TZ_DATA_VERSION_KEY]).unwrap();
        derive_starts(&mut connection).unwrap();
        assert_eq!(starts(&connection), [to_millis(now()), to_millis(now()), other]);
        drop(connection);
        assert_eq!(to_millis(store.session(begun.id).unwrap().unwrap().plan.start.instant()), other);
    }

    #[test]
    fn a_session_stored_with_only_an_instant_gets_its_wall_clock_time() {
        let store = Store::in_memory().unwrap();
        let session = session();
        store.add_session(&session).unwrap();
        let mut connection = store.writer();
        connection
            .execute_batch("UPDATE sessions SET start_local = NULL, start_occurrence = NULL; DELETE FROM settings")
            .unwrap();
        derive_starts(&mut connection).unwrap();
        let filled = connection
            .query_row("SELECT start_local, start_occurrence FROM sessions", [], |row| Ok((row.get(0)?, row.get(1)?)));
        assert_eq!(filled.unwrap(), ("2027-10-31T02:30:42.250".to_owned(), 2_i64));
        drop(connection);
        assert_eq!(store.session(session.id).unwrap(), Some(session));
    }

    #[test]
    fn an_unreadable_wall_clock_time_is_derived_from_the_instant() {
        let store = Store::in_memory().unwrap();
        let session = session();
        store.add_session(&session).unwrap();
        for odd in ["", "soon", "9999-01-01T00:00:00"] {
            store.writer().execute("UPDATE sessions SET start_local = ?1, start_occurrence = -7", [odd]).unwrap();
            assert_eq!(store.session(session.id).unwrap().unwrap().plan.start, session.plan.start, "{odd}");
        }
    }
}
