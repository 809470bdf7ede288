//! `series`: recurring classes. Their sessions are in `sessions`, with the series and the occurrence of each.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::profile::journal::JournalEntry;
use crate::domain::schedule::calendar::undo::session_in;
use crate::domain::schedule::holiday::Holiday;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::series::{Series, SeriesSessions, series_of};
use crate::domain::schedule::session::{Plan, RoomCode, Session};
use crate::domain::schedule::start::Start;
use crate::store::schedule::{holidays, participants, rooms_ahead, series_roster, sessions, wall_clock};
use crate::store::{Error, Store, count, to_millis};

const COLUMNS: &str = "id, rule, first_local, first_occurrence, timezone, counts_from, ends_before, exceptions, extra, title, \
                       instructor, length, record, quality, max_participants, created_at, room_code";

impl Store {
    /// Returns all series, the oldest first.
    pub fn all_series(&self) -> Result<Vec<Series>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM series ORDER BY id"))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the series of a session with all its sessions. A session of its own comes alone, and where there is no
    /// such session the result is empty.
    pub fn series_with_session(&self, id: SessionId) -> Result<SeriesSessions, Error> {
        let connection = self.connection();
        of_session(connection.raw(), id)
    }

    /// Stores the sessions that `to_make` returns for each series, the sessions that it has, and the holidays. Returns how many were
    /// made. No person asked for them, so the journal has no entry.
    pub fn make_sessions(
        &self,
        to_make: impl Fn(&Series, &[Session], &[Holiday]) -> Vec<Session>,
    ) -> Result<usize, Error> {
        let mut made = 0_usize;
        for series in self.all_series()? {
            made = made.saturating_add(self.write(|transaction| {
                // Read again, because another process may have made them meanwhile.
                let Some(series) = find(transaction, series.id)? else { return Ok::<_, Error>(0) };
                let holidays = holidays::all(transaction)?;
                let new = to_make(&series, &sessions::of_series(transaction, series.id)?, &holidays);
                for session in &new {
                    sessions::upsert(transaction, session)?;
                    series_roster::begin(transaction, session)?;
                    holidays::note_new(transaction, session, &holidays)?;
                }
                Ok(new.len())
            })?);
        }
        Ok(made)
    }
}

/// Reads a session, its series and all sessions of that series.
pub(in crate::store) fn of_session(connection: &Connection, id: SessionId) -> Result<SeriesSessions, Error> {
    let Some(session) = sessions::find(connection, id)? else { return Ok(SeriesSessions::default()) };
    match session.series {
        Some(place) => with_sessions(connection, &BTreeSet::from([place.series])),
        None => Ok(SeriesSessions { sessions: [(id, session)].into(), ..SeriesSessions::default() }),
    }
}

/// Reads series with all their sessions. A series that does not exist is left out.
pub(in crate::store) fn with_sessions(
    connection: &Connection,
    ids: &BTreeSet<SeriesId>,
) -> Result<SeriesSessions, Error> {
    let mut all = SeriesSessions::default();
    for id in ids {
        if let Some(series) = find(connection, *id)? {
            all.series.insert(*id, series);
            all.people.insert(*id, series_roster::read(connection, *id)?);
            all.sessions.extend(sessions::of_series(connection, *id)?.into_iter().map(|session| (session.id, session)));
        }
    }
    Ok(all)
}

/// Reads the series and sessions that an entry of the journal names, and the other sessions of those series.
pub(in crate::store) fn named_in(connection: &Connection, entry: &JournalEntry) -> Result<SeriesSessions, Error> {
    let mut all = with_sessions(connection, &series_of(entry))?;
    let names: BTreeSet<&String> = entry.changes.before.keys().chain(entry.changes.after.keys()).collect();
    for id in names.into_iter().filter_map(|name| session_in(name)) {
        if !all.sessions.contains_key(&id) {
            all.sessions.extend(sessions::find(connection, id)?.map(|session| (id, session)));
        }
    }
    Ok(all)
}

/// Stores what differs between `before` and `after`.
pub(in crate::store) fn write(
    transaction: &Transaction<'_>,
    before: &SeriesSessions,
    after: &SeriesSessions,
) -> Result<(), Error> {
    let holidays = holidays::all(transaction)?;
    for series in after.series.values().filter(|series| before.series.get(&series.id) != Some(series)) {
        upsert(transaction, series)?;
    }
    let people = after.people.iter().filter(|(id, _)| after.series.contains_key(id));
    for (id, people) in people.filter(|(id, people)| before.people.get(id) != Some(people)) {
        series_roster::write(transaction, *id, people)?;
    }
    for session in after.sessions.values().filter(|session| before.sessions.get(&session.id) != Some(session)) {
        sessions::upsert(transaction, session)?;
        match before.sessions.get(&session.id) {
            None => {
                series_roster::begin(transaction, session)?;
                holidays::note_new(transaction, session, &holidays)?;
            }
            // What is known of a room is not of the one that the session has now.
            Some(was) if was.state.code() != session.state.code() => {
                rooms_ahead::forget(transaction, session.id)?;
                if let Some(code) = was.state.code() {
                    participants::leave_room(transaction, session.id, code)?;
                }
            }
            Some(_) => {}
        }
    }
    for (id, session) in before.sessions.iter().filter(|(id, _)| !after.sessions.contains_key(id)) {
        if let Some(code) = session.state.code() {
            participants::leave_room(transaction, *id, code)?;
        }
        transaction.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([id.to_string()])?;
    }
    for id in before.series.keys().filter(|id| !after.series.contains_key(id)) {
        transaction.prepare_cached("DELETE FROM series WHERE id = ?1")?.execute([id.to_string()])?;
    }
    Ok(())
}

pub(in crate::store) fn find(connection: &Connection, id: SeriesId) -> Result<Option<Series>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM series WHERE id = ?1"))?;
    statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
}

fn upsert(transaction: &Transaction<'_>, series: &Series) -> Result<(), Error> {
    let Series { id, rule, plan, counts_from, ends_before, exceptions, extra, room, created_at } = series;
    let list = |occurrences: &BTreeSet<_>| {
        let written: Vec<String> = occurrences.iter().map(|occurrence| wall_clock::seconds(*occurrence)).collect();
        serde_json::Value::from(written).to_string()
    };
    transaction
        .prepare_cached(&format!(
            "INSERT INTO series ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)
             ON CONFLICT (id) DO UPDATE SET rule=?2, first_local=?3, first_occurrence=?4, timezone=?5, counts_from=?6, ends_before=?7,
               exceptions=?8, extra=?9, title=?10, instructor=?11, length=?12, record=?13, quality=?14, max_participants=?15, room_code=?17"
        ))?
        .execute(params![
            id.to_string(),
            rule.to_string(),
            wall_clock::seconds(plan.start.local()),
            wall_clock::occurrence(&plan.start),
            plan.start.zone().name(),
            wall_clock::seconds(*counts_from),
            ends_before.map(wall_clock::seconds),
            list(exceptions),
            list(extra),
            plan.title,
            plan.instructor,
            plan.length.num_milliseconds(),
            plan.record,
            plan.quality.name(),
            plan.max_participants,
            to_millis(*created_at),
            room.as_ref().map(RoomCode::as_str),
        ])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Series, Error> {
    let text = |column: &str| row.get::<_, String>(column);
    let (id, rule, zone, quality) = (text("id")?, text("rule")?, text("timezone")?, text("quality")?);
    let occurrence = wall_clock::read_occurrence(row.get("first_occurrence")?);
    let zone = zone.parse().map_err(|_| Error::unreadable("time zone", zone))?;
    let list = |column: &str, what: &'static str| {
        let stored = text(column)?;
        let listed: Vec<String> = serde_json::from_str(&stored).map_err(|_| Error::unreadable(what, &stored))?;
        listed.iter().map(|text| wall_clock::read_seconds(text)).collect::<Result<BTreeSet<_>, Error>>()
    };
    Ok(Series {
        id: id.parse().map_err(|_| Error::unreadable("series id", &id))?,
        rule: Rule::parse(&rule).map_err(|_| Error::unreadable("recurrence rule", &rule))?,
        plan: Plan {
            title: text("title")?,
            instructor: text("instructor")?,
            start: Start::derived(wall_clock::read_seconds(&text("first_local")?)?, zone, occurrence),
            length: bounds::nearest_length(row.get("length")?),
            record: row.get("record")?,
            quality: quality.parse().map_err(|_| Error::unreadable("quality", quality))?,
            max_participants: count(row, row.as_ref().column_index("max_participants")?)?,
        },
        counts_from: wall_clock::read_seconds(&text("counts_from")?)?,
        ends_before: row
            .get::<_, Option<String>>("ends_before")?
            .map(|text| wall_clock::read_seconds(&text))
            .transpose()?,
        exceptions: list("exceptions", "list of exceptions")?,
        extra: list("extra", "list of extra dates")?,
        room: row.get::<_, Option<String>>("room_code")?.and_then(RoomCode::from_stored),
        created_at: bounds::nearest_moment(row.get("created_at")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_of_a_series_are_found_by_an_index() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let sql = "EXPLAIN QUERY PLAN SELECT id FROM sessions WHERE series_id = ?1 ORDER BY occurrence";
        let mut statement = connection.prepare(sql).unwrap();
        let lines = statement.query_map(["x"], |row| row.get::<_, String>(3)).unwrap();
        let plan = lines.map(Result::unwrap).collect::<Vec<_>>().join("; ");
        assert!(plan.contains("sessions_by_occurrence") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
