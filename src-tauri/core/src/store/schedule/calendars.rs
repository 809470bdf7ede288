//! `calendars` and `calendar_events`: what was imported from other calendars, as it was written.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, Transaction, params};
use serde_json::json;

use crate::domain::bounds;
use crate::domain::ids::{CalendarId, SessionId};
use crate::domain::profile::journal::{Entity, JournalEntry, Scope};
use crate::domain::schedule::calendar::export::Calendar;
use crate::domain::schedule::calendar::import::{Earlier, Import, Kept, Known};
use crate::domain::schedule::calendar::lines::Component;
use crate::domain::schedule::calendar::undo::{series_in, session_in};
use crate::store::journal::write_all;
use crate::store::schedule::{feeds, holidays, series, sessions};
use crate::store::{Error, Store, to_millis};

/// The value of `recurrence` for an event that stands for no date of a series.
const NO_RECURRENCE: i64 = -1;

/// What an import makes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// What an earlier import made and a person undid, because a person asks for it again.
    WhatWasUndone,
    /// Nothing: a feed that is read again leaves undone what a person undid.
    Nothing,
}

impl Store {
    /// Returns the imported calendars with their events, the oldest first.
    pub fn calendars(&self) -> Result<Vec<Calendar>, Error> {
        let connection = self.connection();
        read_calendars(connection.raw())
    }

    /// Returns what an import would do. `plan` gets what was imported before.
    pub fn plan_import<E: From<Error>>(
        &self,
        repeats: Repeats,
        plan: impl FnOnce(&Earlier) -> Result<Import, E>,
    ) -> Result<Import, E> {
        let undone = self.undone_imports(repeats)?;
        let connection = self.connection();
        let known = known(connection.raw(), &undone)?;
        drop(connection);
        plan(&known)
    }

    /// Imports a calendar for a person, in one transaction with one entry of the journal. `plan` gets what was
    /// imported before.
    pub fn import_calendar<E: From<Error> + From<rusqlite::Error>>(
        &self,
        repeats: Repeats,
        now: DateTime<Utc>,
        plan: impl FnOnce(&Earlier) -> Result<Import, E>,
    ) -> Result<Import, E> {
        let (desk, undone) = (self.desk_id()?, self.undone_imports(repeats)?);
        self.write(|transaction| {
            let import = plan(&known(transaction, &undone)?)?;
            write_all(transaction, &desk, now, Entity::Import(import.calendar), &import.before, &import.after)?;
            keep(transaction, &import, now)?;
            Ok(import)
        })
    }

    /// Returns the names of what imports made that were undone: `session/…` and `series/…`, as the journal has them.
    fn undone_imports(&self, repeats: Repeats) -> Result<BTreeSet<String>, Error> {
        let mut names = BTreeSet::new();
        if repeats == Repeats::Nothing {
            return Ok(names);
        }
        for calendar in self.calendars()? {
            let entries = self.journal(Scope::Of(Entity::Import(calendar.id)), u32::MAX)?;
            let undone: BTreeSet<_> =
                entries.iter().filter(|entry| entry.undone_by.is_some()).map(|entry| entry.id).collect();
            let holds = |entry: &&JournalEntry| entry.undone_by.is_some_and(|by| !undone.contains(&by));
            for entry in entries.iter().filter(holds) {
                let made = entry.changes.after.keys().filter(|name| !entry.changes.before.contains_key(*name));
                names.extend(made.cloned());
            }
        }
        Ok(names)
    }
}

fn read_calendars(connection: &Connection) -> Result<Vec<Calendar>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, name, frame FROM calendars ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    let mut calendars = Vec::new();
    for row in rows {
        let (id, name, frame) = row?;
        let mut of = connection.prepare_cached(
            "SELECT uid, recurrence, position, text, session_id, series_id, gone, taken_off, fed FROM calendar_events WHERE calendar_id = ?1 ORDER BY position, uid, recurrence",
        )?;
        let calendar = id.parse().map_err(|_| Error::unreadable("calendar id", &id))?;
        let events =
            of.query_map([&id], |row| Ok(read(row, calendar)))?.map(|row| row?).collect::<Result<_, Error>>()?;
        calendars.push(Calendar { id: calendar, name, frame, events });
    }
    Ok(calendars)
}

fn read(row: &Row<'_>, calendar: CalendarId) -> Result<Kept, Error> {
    let id = |column| row.get::<_, Option<String>>(column);
    let recurrence: i64 = row.get("recurrence")?;
    Ok(Kept {
        key: (row.get("uid")?, (recurrence != NO_RECURRENCE).then(|| bounds::nearest_moment(recurrence))),
        calendar,
        position: usize::try_from(row.get::<_, i64>("position")?).unwrap_or_default(),
        text: row.get("text")?,
        session: id("session_id")?
            .map(|id| id.parse().map_err(|_| Error::unreadable("session id", &id)))
            .transpose()?,
        series: id("series_id")?.map(|id| id.parse().map_err(|_| Error::unreadable("series id", &id))).transpose()?,
        gone: row.get("gone")?,
        taken_off: taken_off(&row.get::<_, String>("taken_off")?)?,
        fed: row.get("fed")?,
    })
}

fn taken_off(stored: &str) -> Result<BTreeSet<SessionId>, Error> {
    let unreadable = || Error::unreadable("session ids", stored);
    let ids: Vec<String> = serde_json::from_str(stored).map_err(|_| unreadable())?;
    ids.iter().map(|id| id.parse().map_err(|_| unreadable())).collect()
}

fn known(connection: &Connection, undone: &BTreeSet<String>) -> Result<Earlier, Error> {
    let undone_sessions: BTreeSet<_> = undone.iter().filter_map(|name| session_in(name)).collect();
    let undone_series: BTreeSet<_> = undone.iter().filter_map(|name| series_in(name)).collect();
    let mut earlier =
        Earlier { feeds: feeds::asked(connection)?, holidays: holidays::all(connection)?, ..Earlier::default() };
    for calendar in read_calendars(connection)? {
        // A date that does not take place is undone with its series.
        let gone: BTreeSet<String> = calendar
            .events
            .iter()
            .filter(|kept| kept.series.is_some_and(|id| undone_series.contains(&id)))
            .map(|kept| kept.key.0.clone())
            .collect();
        for Kept { key, text, session, series: of, gone: is_gone, taken_off, fed, .. } in calendar.events {
            if gone.contains(&key.0) || session.is_some_and(|id| undone_sessions.contains(&id)) {
                continue;
            }
            let session = session.map(|id| sessions::find(connection, id)).transpose()?.flatten();
            let series = of.map(|id| series::find(connection, id)).transpose()?.flatten();
            if let Some(series) = &series {
                earlier.of_series.insert(series.id, sessions::of_series(connection, series.id)?);
            }
            earlier
                .events
                .insert(key, Known { calendar: calendar.id, text, session, series, gone: is_gone, taken_off, fed });
        }
        earlier.frames.extend(Component::from_text(&calendar.frame).map(|frame| (calendar.id, frame)));
    }
    Ok(earlier)
}

fn keep(transaction: &Transaction<'_>, import: &Import, now: DateTime<Utc>) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO calendars (id, name, frame, imported_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET name = ?2, frame = ?3, imported_at = ?4",
        )?
        .execute(params![import.calendar.to_string(), import.name, import.frame, to_millis(now)])?;
    let mut add = transaction.prepare_cached(
        "INSERT INTO calendar_events (uid, recurrence, calendar_id, position, text, session_id, series_id, fed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (uid, recurrence) DO UPDATE SET calendar_id = ?3, position = ?4, text = ?5, session_id = ?6, series_id = ?7, fed = ?8, gone = 0, taken_off = '[]'",
    )?;
    for Kept { key, calendar, position, text, session, series, fed, .. } in &import.kept {
        add.execute(params![
            key.0,
            key.1.map_or(NO_RECURRENCE, to_millis),
            calendar.to_string(),
            i64::try_from(*position).unwrap_or(i64::MAX),
            text,
            session.map(|id| id.to_string()),
            series.map(|id| id.to_string()),
            fed,
        ])?;
    }
    let mut mark = transaction
        .prepare_cached("UPDATE calendar_events SET gone = 1, taken_off = ?3 WHERE uid = ?1 AND recurrence = ?2")?;
    for ((uid, at), taken_off) in &import.gone_events {
        let ids: Vec<String> = taken_off.iter().map(SessionId::to_string).collect();
        mark.execute(params![uid, at.map_or(NO_RECURRENCE, to_millis), json!(ids).to_string()])?;
    }
    Ok(())
}
