//! `sessions`: the plan and the state of every session.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::ids::{DeskId, MeetingId, SeriesId, SessionId};
use crate::domain::schedule::held::Held;
use crate::domain::schedule::series_place::SeriesPlace;
use crate::domain::schedule::session::{Plan, Room, RoomCode, Session, SessionState};
use crate::store::schedule::wall_clock;
use crate::store::{Error, Store, count, read_origin, to_millis};

const COLUMNS: &str = "id, title, instructor, start, start_local, start_occurrence, length, timezone, record, quality, \
                       max_participants, state, room_code, room_id, state_since, opened_at, ended_at, created_at, updated_at, \
                       origin, origin_desk, series_id, occurrence";

impl Store {
    /// Returns one session; `None` where there is no such session.
    pub fn session(&self, id: SessionId) -> Result<Option<Session>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE id = ?1"))?;
        statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns the sessions that overlap a span, by start. `None` leaves that end of the span open.
    pub fn sessions(&self, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<Vec<Session>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sessions WHERE start + length >= ?1 AND start <= ?2 ORDER BY start, id"
        ))?;
        let from = from.map_or(i64::MIN, to_millis);
        // An open end includes every start, even the largest number that the column can hold.
        let to = to.map_or(i64::MAX, |to| to_millis(to).saturating_sub(1));
        let rows = statement.query_map([from, to], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the sessions that wait for their start, by start: those that begin in a span, both ends included, and the
    /// next one after it.
    pub fn waiting_sessions(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Session>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&waiting())?;
        let rows = statement.query_map([to_millis(from), to_millis(to)], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the sessions that are starting, live or ending.
    pub fn open_sessions(&self) -> Result<Vec<Session>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sessions WHERE state IN ('starting', 'live', 'ending') ORDER BY start, id"
        ))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns every known room with a session held in it. A shared room comes once for each of its sessions.
    pub fn session_rooms(&self) -> Result<Vec<(MeetingId, Held)>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT room_id, id, opened_at, ended_at FROM sessions WHERE room_id IS NOT NULL ORDER BY created_at DESC",
        )?;
        let mut rows = statement.query([])?;
        let mut rooms = Vec::new();
        while let Some(row) = rows.next()? {
            let (room, id): (String, String) = (row.get(0)?, row.get(1)?);
            let held = Held {
                session: id.parse().map_err(|_| Error::unreadable("session id", &id))?,
                opened_at: bounds::nearest_moment(row.get(2)?),
                ended_at: row.get::<_, Option<i64>>(3)?.map(bounds::nearest_moment),
            };
            rooms.push((room.parse().map_err(|_| Error::unreadable("room id", &room))?, held));
        }
        Ok(rooms)
    }

    /// Returns the sessions that are or were held in a room, in the order in which it was opened for them.
    pub fn held_in(&self, room: &MeetingId) -> Result<Vec<Held>, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE room_id = ?1 ORDER BY opened_at, id"))?;
        let rows = statement.query_map([room.as_str()], |row| Ok(read(row)))?;
        rows.filter_map(|row| row.map_err(Error::from).flatten().map(|session| Held::of(&session)).transpose())
            .collect()
    }

    /// Returns the sessions that have, had or asked for a room, by its id or its code.
    pub fn sessions_of_room(&self, room: &MeetingId, code: &RoomCode) -> Result<Vec<Session>, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE room_id = ?1 OR room_code = ?2"))?;
        let rows = statement.query_map([room.as_str(), code.as_str()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the session for which the room with this code is being opened, is open or is being closed, other than
    /// `except`.
    pub fn session_in_room(&self, code: &RoomCode, except: SessionId) -> Result<Option<Session>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sessions WHERE room_code = ?1 AND id <> ?2 AND state IN ('starting', 'live', 'ending')"
        ))?;
        statement.query_row([code.as_str(), &except.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns the ids of all sessions.
    pub fn session_ids(&self) -> Result<Vec<SessionId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT id FROM sessions")?;
        let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
        ids.map(|id| {
            id.map_err(Error::from).and_then(|id| id.parse().map_err(|_| Error::unreadable("session id", &id)))
        })
        .collect()
    }

    /// Adds a session that no person scheduled at this desk, for example one that another desk holds.
    pub fn add_session(&self, session: &Session) -> Result<(), Error> {
        self.write(|transaction| upsert(transaction, session))
    }

    /// Reads a session, calls `change`, and stores the result, in one transaction, so that two presses of one button
    /// run one after the other. Returns `Ok(None)` where there is no such session.
    pub fn change_session<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: SessionId,
        change: impl FnOnce(Session) -> Result<Session, E>,
    ) -> Result<Option<Session>, E> {
        self.write(|transaction| Ok(self::change(transaction, id, change)?.map(|(_, after)| after)))
    }
}

fn waiting() -> String {
    let next = "SELECT start FROM sessions WHERE state = 'scheduled' AND start > ?2 ORDER BY start LIMIT 1";
    format!(
        "SELECT {COLUMNS} FROM sessions WHERE state = 'scheduled' AND start BETWEEN ?1 AND coalesce(({next}), ?2)
         ORDER BY start, id"
    )
}

/// Reads one session within a transaction; `None` where there is no such session.
pub(in crate::store) fn find(transaction: &Connection, id: SessionId) -> Result<Option<Session>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id = ?1");
    transaction.query_row(&sql, [id.to_string()], |row| Ok(read(row))).optional()?.transpose()
}

/// Changes a session within a transaction. Returns it as it was before and after.
pub(in crate::store) fn change<E: From<Error> + From<rusqlite::Error>>(
    transaction: &Transaction<'_>,
    id: SessionId,
    change: impl FnOnce(Session) -> Result<Session, E>,
) -> Result<Option<(Session, Session)>, E> {
    let Some(before) = find(transaction, id)? else { return Ok(None) };
    let after = change(before.clone())?;
    if after != before {
        upsert(transaction, &after)?;
    }
    Ok(Some((before, after)))
}

/// Deletes a session that was added for a recording which turned out to belong to another session.
pub(in crate::store) fn forget_if_empty(transaction: &Transaction<'_>, id: SessionId) -> Result<(), Error> {
    let empty =
        "DELETE FROM sessions WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM recordings r WHERE r.session_id = ?1)";
    transaction.prepare_cached(empty)?.execute([id.to_string()])?;
    Ok(())
}

/// Returns the sessions of all series that begin after `from`, by start.
pub(in crate::store) fn of_all_series(connection: &Connection, from: DateTime<Utc>) -> Result<Vec<Session>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE series_id IS NOT NULL AND start > ?1 ORDER BY start");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([to_millis(from)], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Returns the sessions of a series.
pub(in crate::store) fn of_series(connection: &Connection, series: SeriesId) -> Result<Vec<Session>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE series_id = ?1 ORDER BY occurrence");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([series.to_string()], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

/// Returns the sessions that the door must know: those that a link leads to which lives, and those that it knows already. Those of
/// a series count from `from` to `to`, and while they are open.
pub(in crate::store) fn of_join_links(
    connection: &Connection,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Session>, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM sessions WHERE id IN (
           SELECT session_id FROM join_links WHERE session_id IS NOT NULL AND revoked_at IS NULL
           UNION SELECT key FROM door_rows WHERE kind = 'classes'
           UNION SELECT s.id FROM join_links l JOIN sessions s ON s.series_id = l.series_id
             WHERE l.series_id IS NOT NULL AND l.revoked_at IS NULL
               AND (s.state IN ('starting', 'live', 'ending') OR (s.start + s.length >= ?1 AND s.start <= ?2)))
         ORDER BY start, id"
    ))?;
    let rows = statement.query_map([to_millis(from), to_millis(to)], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

pub(in crate::store) fn upsert(transaction: &Transaction<'_>, session: &Session) -> Result<(), Error> {
    let Session { id, plan, state, series, origin, created_at, updated_at } = session;
    let since = match state {
        SessionState::Starting { since, .. } => Some(to_millis(*since)),
        SessionState::Scheduled { .. }
        | SessionState::Live(_)
        | SessionState::Ending(..)
        | SessionState::Ended(..)
        | SessionState::Cancelled { .. } => None,
    };
    transaction
        .prepare_cached(&format!(
            "INSERT INTO sessions ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23)
             ON CONFLICT (id) DO UPDATE SET title=?2, instructor=?3, start=?4, start_local=?5, start_occurrence=?6, length=?7,
               timezone=?8, record=?9, quality=?10, max_participants=?11, state=?12, room_code=?13, room_id=?14, state_since=?15,
               opened_at=?16, ended_at=?17, updated_at=?19, series_id=?22, occurrence=?23"
        ))?
        .execute(params![
            id.to_string(),
            plan.title,
            plan.instructor,
            to_millis(plan.start.instant()),
            wall_clock::local(&plan.start),
            wall_clock::occurrence(&plan.start),
            plan.length.num_milliseconds(),
            plan.start.zone().name(),
            plan.record,
            plan.quality.name(),
            plan.max_participants,
            state.name(),
            state.code().map(RoomCode::as_str),
            state.room().map(|room| room.id.as_str()),
            since,
            state.room().map(|room| to_millis(room.opened_at)),
            state.ended_at().map(to_millis),
            to_millis(*created_at),
            to_millis(*updated_at),
            origin.name(),
            origin.desk().map(DeskId::as_str),
            series.map(|place| place.series.to_string()),
            series.map(|place| wall_clock::seconds(place.occurrence)),
        ])?;
    Ok(())
}

fn read_place(row: &Row<'_>) -> Result<Option<SeriesPlace>, Error> {
    let Some(series) = row.get::<_, Option<String>>("series_id")? else { return Ok(None) };
    Ok(Some(SeriesPlace {
        series: series.parse().map_err(|_| Error::unreadable("series id", &series))?,
        occurrence: wall_clock::read_seconds(&row.get::<_, String>("occurrence")?)?,
    }))
}

fn read(row: &Row<'_>) -> Result<Session, Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let at = |column: &str| row.get(column).map(bounds::nearest_moment);
    let id = text("id")?;
    let zone = text("timezone")?;
    let zone = zone.parse().map_err(|_| Error::unreadable("time zone", zone))?;
    let quality = text("quality")?;
    let state_name = text("state")?;
    let plan = Plan {
        title: text("title")?,
        instructor: text("instructor")?,
        start: wall_clock::read(row, zone, wall_clock::has_begun(&state_name))?,
        length: bounds::nearest_length(row.get("length")?),
        record: row.get("record")?,
        quality: quality.parse().map_err(|_| Error::unreadable("quality", quality))?,
        max_participants: count(row, row.as_ref().column_index("max_participants")?)?,
    };
    let code = row.get::<_, Option<String>>("room_code")?.and_then(RoomCode::from_stored);
    let needed = |what| Error::unreadable(what, &state_name);
    let room = || -> Result<Room, Error> {
        let id = text("room_id")?;
        Ok(Room {
            id: id.parse().map_err(|_| Error::unreadable("room id", id))?,
            code: code.clone(),
            opened_at: at("opened_at")?,
        })
    };
    let state = match state_name.as_str() {
        "scheduled" => SessionState::Scheduled { code: code.clone() },
        "starting" => {
            SessionState::Starting { code: code.clone().ok_or_else(|| needed("room code"))?, since: at("state_since")? }
        }
        "live" => SessionState::Live(room()?),
        "ending" => SessionState::Ending(room()?, at("ended_at")?),
        "ended" => SessionState::Ended(room()?, at("ended_at")?),
        "cancelled" => SessionState::Cancelled { code: code.clone() },
        other => return Err(Error::unreadable("session state", other)),
    };
    Ok(Session {
        id: id.parse().map_err(|_| Error::unreadable("session id", &id))?,
        plan,
        state,
        series: read_place(row)?,
        origin: read_origin(row, row.as_ref().column_index("origin")?)?,
        created_at: at("created_at")?,
        updated_at: at("updated_at")?,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_sessions_that_wait_are_those_of_the_span_and_the_next_one() {
        let store = Store::in_memory().unwrap();
        let mut ids = Vec::new();
        for hours in [-30, -1, 1, 5, 9] {
            let session = Session::new(Plan::example(now() + TimeDelta::hours(hours)), now());
            ids.push(session.id);
            store.add_session(&session).unwrap();
        }
        let cancelled = Session::new(Plan::example(now() + TimeDelta::hours(3)), now()).cancel(now()).unwrap();
        store.add_session(&cancelled).unwrap();
        let (from, to) = (now() - TimeDelta::hours(2), now() + TimeDelta::hours(2));
        let found: Vec<_> = store.waiting_sessions(from, to).unwrap().iter().map(|session| session.id).collect();
        assert_eq!(found, ids[1..4]);
        let last = now() + TimeDelta::hours(9);
        assert_eq!(store.waiting_sessions(last, last).unwrap().len(), 1);
        assert_eq!(store.waiting_sessions(last + TimeDelta::hours(1), last + TimeDelta::hours(2)).unwrap(), []);
    }

    #[test]
    fn the_sessions_that_wait_are_found_by_their_start() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", waiting())).unwrap();
        let lines = statement.query_map([0, 0], |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = lines.map(Result::unwrap).collect();
        let searches = plan.iter().filter(|line| line.contains("SEARCH") && line.contains("sessions_by_start")).count();
        assert!(searches == 2 && !plan.iter().any(|line| line.contains("SCAN sessions")), "{plan:?}");
    }

    #[test]
    fn the_sessions_of_a_room_are_found_by_its_id_and_its_code() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        for condition in ["room_id = ?1", "room_code = ?1", "room_id = ?1 OR room_code = ?1"] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT id FROM sessions WHERE {condition}");
            let mut statement = connection.prepare(&sql).unwrap();
            let lines = statement.query_map(["x"], |row| row.get::<_, String>(3)).unwrap();
            let plan = lines.map(Result::unwrap).collect::<Vec<_>>().join("; ");
            assert!(plan.contains("sessions_by_room") && !plan.contains("SCAN"), "{condition}: {plan}");
        }
    }
}
