//! `holidays` and `holiday_sessions`: ranges of days without classes of series, and the sessions that each cancelled.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::ids::{HolidayId, SessionId};
use crate::domain::schedule::holiday::{Holiday, HolidaySessions};
use crate::domain::schedule::session::{Session, SessionPhase};
use crate::store::schedule::sessions;
use crate::store::{Error, Store, to_millis};

const COLUMNS: &str = "id, first_day, last_day, reason, series_id, created_at";

impl Store {
    /// Returns all holidays, by their first day.
    pub fn holidays(&self) -> Result<Vec<Holiday>, Error> {
        all(self.connection().raw())
    }

    /// Returns the sessions that each holiday has cancelled.
    pub fn left_out(&self) -> Result<HashMap<HolidayId, Vec<SessionId>>, Error> {
        let connection = self.connection();
        let sql = "SELECT holiday_id, session_id FROM holiday_sessions ORDER BY holiday_id, session_id";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut found: HashMap<HolidayId, Vec<SessionId>> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (holiday, session): (String, String) = (row.get(0)?, row.get(1)?);
            let holiday = holiday.parse().map_err(|_| Error::unreadable("holiday id", &holiday))?;
            let session = session.parse().map_err(|_| Error::unreadable("session id", &session))?;
            found.entry(holiday).or_default().push(session);
        }
        Ok(found)
    }

    /// Returns a holiday with the sessions that it is about; without `id`, only the sessions of series that lie ahead.
    pub fn holiday_sessions(&self, id: Option<HolidayId>, now: DateTime<Utc>) -> Result<HolidaySessions, Error> {
        read_with_sessions(self.connection().raw(), id, now)
    }
}

/// Reads all holidays on any connection or transaction.
pub(in crate::store) fn all(connection: &Connection) -> Result<Vec<Holiday>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM holidays ORDER BY first_day, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Reads a holiday with the sessions that it is about.
pub(in crate::store) fn read_with_sessions(
    connection: &Connection,
    id: Option<HolidayId>,
    now: DateTime<Utc>,
) -> Result<HolidaySessions, Error> {
    let mut found = HolidaySessions::default();
    let ahead = sessions::of_all_series(connection, now)?;
    found.sessions.extend(ahead.into_iter().map(|session| (session.id, session)));
    let others = "SELECT DISTINCT session_id FROM holiday_sessions WHERE holiday_id IS NOT ?1";
    found.cancelled_by_others = linked(connection, others, id)?.into_iter().collect();
    let Some(id) = id else { return Ok(found) };
    let sql = format!("SELECT {COLUMNS} FROM holidays WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    found.holiday = statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()?;
    let sql = "SELECT session_id FROM holiday_sessions WHERE holiday_id = ?1 ORDER BY session_id";
    for session in linked(connection, sql, Some(id))? {
        found.cancelled.push(session);
        if !found.sessions.contains_key(&session)
            && let Some(row) = sessions::find(connection, session)?
        {
            found.sessions.insert(session, row);
        }
    }
    Ok(found)
}

fn linked(connection: &Connection, sql: &str, holiday: Option<HolidayId>) -> Result<Vec<SessionId>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([holiday.map(|id| id.to_string())], |row| row.get::<_, String>(0))?;
    ids.map(|text| {
        let text = text?;
        text.parse().map_err(|_| Error::unreadable("session id", &text))
    })
    .collect()
}

/// Stores what differs between `before` and `after`.
pub(in crate::store) fn write(
    transaction: &Transaction<'_>,
    id: HolidayId,
    before: &HolidaySessions,
    after: &HolidaySessions,
) -> Result<(), Error> {
    match &after.holiday {
        Some(Holiday { id, first, last, reason, series, created_at }) => {
            transaction
                .prepare_cached(&format!(
                    "INSERT INTO holidays ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT (id) DO NOTHING"
                ))?
                .execute(params![
                    id.to_string(),
                    first.to_string(),
                    last.to_string(),
                    reason,
                    series.map(|series| series.to_string()),
                    to_millis(*created_at),
                ])?;
        }
        None => {
            transaction.prepare_cached("DELETE FROM holidays WHERE id = ?1")?.execute([id.to_string()])?;
        }
    }
    for session in after.sessions.values().filter(|session| before.sessions.get(&session.id) != Some(session)) {
        sessions::upsert(transaction, session)?;
    }
    if after.holiday.is_some() {
        after.cancelled.iter().try_for_each(|session| link(transaction, id, *session))?;
    }
    Ok(())
}

/// Notes which holidays cancelled a session that was just put on the schedule.
pub(in crate::store) fn note_new(
    transaction: &Transaction<'_>,
    session: &Session,
    holidays: &[Holiday],
) -> Result<(), Error> {
    if session.state.phase() != SessionPhase::Cancelled {
        return Ok(());
    }
    let mut covering = holidays.iter().filter(|holiday| holiday.covers(session));
    covering.try_for_each(|holiday| link(transaction, holiday.id, session.id))
}

fn link(transaction: &Transaction<'_>, holiday: HolidayId, session: SessionId) -> Result<(), Error> {
    let sql = "INSERT OR IGNORE INTO holiday_sessions (holiday_id, session_id) VALUES (?1, ?2)";
    transaction.prepare_cached(sql)?.execute([holiday.to_string(), session.to_string()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Holiday, Error> {
    let day = |column: &str| {
        let text = row.get::<_, String>(column)?;
        text.parse().map_err(|_| Error::unreadable("day", text))
    };
    let (id, series): (String, Option<String>) = (row.get("id")?, row.get("series_id")?);
    Ok(Holiday {
        id: id.parse().map_err(|_| Error::unreadable("holiday id", &id))?,
        first: day("first_day")?,
        last: day("last_day")?,
        reason: row.get("reason")?,
        series: series.map(|text| text.parse().map_err(|_| Error::unreadable("series id", &text))).transpose()?,
        created_at: bounds::nearest_moment(row.get("created_at")?),
    })
}
