//! `roster`: the people of each session. What became of their invitations is in `participants`. The people of a series are
//! in a table of the same kind.

use std::collections::HashMap;

use chrono::TimeDelta;
use rusqlite::{Connection, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::ids::SessionId;
use crate::domain::schedule::attendance::Attendance;
use crate::domain::schedule::person::{MARK_OF_PEOPLE, Person, Role};
use crate::domain::schedule::roster::{RosterEntry, RosterOfSession};
use crate::store::{Error, Store, count};

const COLUMNS: &str = "person_id, name, email, role";

impl Store {
    /// Returns the people of a session, in the order in which they were added.
    pub fn roster_of(&self, session: SessionId) -> Result<Vec<Person>, Error> {
        read_roster(self.connection().raw(), session)
    }

    /// Returns the people of a session with what became of their invitations. A link to a room is one to every session that
    /// shares the room.
    pub fn roster_entries(&self, session: SessionId) -> Result<Vec<RosterEntry>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT r.person_id, r.name, r.email, r.role, coalesce(p.link_at, (
               SELECT max(o.link_at) FROM sessions own JOIN sessions s ON s.room_code = own.room_code
               JOIN participants o ON o.session_id = s.id AND o.custom_id = ?2 || r.person_id
               WHERE own.id = ?1 AND o.participant_id IS NOT NULL
             )), p.joined_at, p.left_at, p.present
             FROM roster r LEFT JOIN participants p ON p.session_id = r.session_id AND p.custom_id = ?2 || r.person_id
             WHERE r.session_id = ?1 ORDER BY r.place, r.person_id",
        )?;
        let rows = statement.query_map(params![session.to_string(), MARK_OF_PEOPLE], |row| Ok(read_entry(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns how many participants are on the longest of the rosters of these sessions.
    pub fn most_participants(&self, sessions: &[SessionId]) -> Result<u32, Error> {
        let ids: Vec<String> = sessions.iter().map(ToString::to_string).collect();
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT coalesce(max(people), 0) FROM (SELECT count(*) AS people FROM roster
               WHERE session_id IN (SELECT value FROM json_each(?1)) AND role = ?2 GROUP BY session_id)",
        )?;
        let values = params![serde_json::Value::from(ids).to_string(), Role::Participant.name()];
        Ok(statement.query_row(values, |row| count(row, 0))?)
    }

    /// Returns the newest sessions with people on their rosters, at most `limit`.
    pub fn sessions_with_people(&self, limit: u32) -> Result<Vec<RosterOfSession>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT s.id, s.title, s.start, count(*) FROM roster r JOIN sessions s ON s.id = r.session_id
             GROUP BY s.id ORDER BY s.start DESC, s.id LIMIT ?1",
        )?;
        let mut rows = statement.query([limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            found.push(RosterOfSession {
                session: id.parse().map_err(|_| Error::unreadable("session id", &id))?,
                title: row.get(1)?,
                start: bounds::nearest_moment(row.get(2)?),
                people: row.get(3)?,
            });
        }
        Ok(found)
    }
}

/// Reads a roster on any connection or transaction.
pub(in crate::store) fn read_roster(connection: &Connection, session: SessionId) -> Result<Vec<Person>, Error> {
    read_people(connection, List::OfSession, &session.to_string())
}

/// Reads the rosters of several sessions with one query. A session without people is absent.
pub(in crate::store) fn read_rosters<'a>(
    connection: &Connection,
    sessions: impl Iterator<Item = &'a SessionId>,
) -> Result<HashMap<SessionId, Vec<Person>>, Error> {
    let ids: Vec<String> = sessions.map(ToString::to_string).collect();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, session_id FROM roster WHERE session_id IN (SELECT value FROM json_each(?1))
         ORDER BY session_id, place, person_id"
    ))?;
    let mut rows = statement.query([serde_json::Value::from(ids).to_string()])?;
    let mut rosters: HashMap<SessionId, Vec<Person>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(4)?;
        let session = id.parse().map_err(|_| Error::unreadable("session id", &id))?;
        rosters.entry(session).or_default().push(read_person(row)?);
    }
    Ok(rosters)
}

/// What a list of people belongs to.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum List {
    /// A session.
    OfSession,
    /// A series.
    OfSeries,
}

impl List {
    const fn table(self) -> &'static str {
        match self {
            Self::OfSession => "roster",
            Self::OfSeries => "series_roster",
        }
    }

    const fn owner(self) -> &'static str {
        match self {
            Self::OfSession => "session_id",
            Self::OfSeries => "series_id",
        }
    }
}

/// Reads a list of people.
pub(in crate::store) fn read_people(connection: &Connection, list: List, id: &str) -> Result<Vec<Person>, Error> {
    let (table, owner) = (list.table(), list.owner());
    let sql = format!("SELECT {COLUMNS} FROM {table} WHERE {owner} = ?1 ORDER BY place, person_id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([id], |row| Ok(read_person(row)))?;
    rows.map(|row| row?).collect()
}

/// Stores a roster in the place of the one before.
pub(in crate::store) fn write_roster(
    transaction: &Transaction<'_>,
    session: SessionId,
    roster: &[Person],
) -> Result<(), Error> {
    write_people(transaction, List::OfSession, &session.to_string(), roster)
}

/// Stores a list of people in the place of the one before.
pub(in crate::store) fn write_people(
    transaction: &Transaction<'_>,
    list: List,
    id: &str,
    people: &[Person],
) -> Result<(), Error> {
    let (table, owner) = (list.table(), list.owner());
    transaction.prepare_cached(&format!("DELETE FROM {table} WHERE {owner} = ?1"))?.execute([id])?;
    let mut insert = transaction.prepare_cached(&format!(
        "INSERT INTO {table} ({owner}, person_id, place, name, email, role) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    ))?;
    for (place, person) in people.iter().enumerate() {
        insert.execute(params![
            id,
            person.id.to_string(),
            i64::try_from(place).unwrap_or(i64::MAX),
            person.name,
            person.email.as_ref().map(crate::domain::schedule::person::Email::as_str),
            person.role.name(),
        ])?;
    }
    Ok(())
}

/// Reads a person from the first four columns of a row: id, name, address and role.
pub(in crate::store) fn read_person(row: &Row<'_>) -> Result<Person, Error> {
    let (id, role): (String, String) = (row.get(0)?, row.get(3)?);
    let email = row.get::<_, Option<String>>(2)?;
    Ok(Person {
        id: id.parse().map_err(|_| Error::unreadable("person id", &id))?,
        name: row.get(1)?,
        email: email.map(|email| email.parse().map_err(|_| Error::unreadable("e-mail address", &email))).transpose()?,
        role: Role::ALL
            .into_iter()
            .find(|known| known.name() == role)
            .ok_or_else(|| Error::unreadable("role", &role))?,
    })
}

fn read_entry(row: &Row<'_>) -> Result<RosterEntry, Error> {
    let moment = |column: usize| Ok::<_, Error>(row.get::<_, Option<i64>>(column)?.map(bounds::nearest_moment));
    let present = row.get::<_, Option<i64>>(7)?.map_or(TimeDelta::zero(), bounds::nearest_length);
    let left_at = moment(6)?;
    Ok(RosterEntry {
        person: read_person(row)?,
        link_at: moment(4)?,
        attendance: moment(5)?.map(|joined_at| Attendance { joined_at, left_at, present }),
    })
}
