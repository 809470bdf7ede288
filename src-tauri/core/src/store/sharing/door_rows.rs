//! `door_rows`: what the door must know, and which version of it the door has.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{JoinLinkId, RecordingId, SessionId};
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::join_link::JoinLink;
use crate::domain::schedule::person::Person;
use crate::domain::schedule::session::Session;
use crate::domain::sharing::door_exchange::{DoorRow, DoorTable, QueuedRow};
use crate::domain::sharing::watch_link::WatchLink;
use crate::store::library::retention;
use crate::store::recorder::columns::select;
use crate::store::recorder::recordings;
use crate::store::schedule::{roster, sessions};
use crate::store::sharing::{join_links, watch_links};
use crate::store::{Error, Store, to_millis};

/// The body of a row that the door deletes.
const DELETED: &str = "null";

/// What the rows of the door are made of.
#[derive(Debug, Clone, Default)]
pub struct DoorSources {
    /// The classes to which links lead, and those that the door knows.
    pub sessions: Vec<Session>,
    /// The classes whose host lets each person in.
    pub locked: HashSet<SessionId>,
    /// The links to join: those that live, and those that were revoked since `since`.
    pub join_links: Vec<JoinLink>,
    /// The people of links that live, where they are still on the roster.
    pub people: HashMap<JoinLinkId, Person>,
    /// The links to watch: those that live or ended since `since`, and those that were revoked since then.
    pub watch_links: Vec<WatchLink>,
    /// Their recordings, with the moment at which Stream deletes the video; `None` for never.
    pub recordings: HashMap<RecordingId, (Recording, Option<DateTime<Utc>>)>,
}

impl Store {
    /// Reads what the rows of the door are made of. Classes of a series count from `from` to `to`; links that ended or were
    /// revoked count since `since`.
    pub fn door_sources(
        &self,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        since: DateTime<Utc>,
    ) -> Result<DoorSources, Error> {
        let connection = self.connection();
        let connection = connection.raw();
        Ok(DoorSources {
            sessions: sessions::of_join_links(connection, from, to)?,
            locked: locked(connection)?,
            join_links: join_links::since(connection, since)?,
            people: people(connection)?,
            watch_links: watch_links::since(connection, since)?,
            recordings: recordings_of_links(connection, since)?,
        })
    }

    /// Compares the rows that the door must have with those that are known, and queues what differs. A row that is known and not
    /// wanted is deleted at the door. Returns whether anything differs.
    pub fn want_door_rows(&self, wanted: &[DoorRow], now: DateTime<Utc>) -> Result<bool, Error> {
        let (changed, unwanted) = {
            let connection = self.connection();
            differences(connection.raw(), wanted)?
        };
        if changed.is_empty() && unwanted.is_empty() {
            return Ok(false);
        }
        self.write(|transaction| {
            for row in changed {
                queue(transaction, row.table, &row.key, row.body.as_deref().unwrap_or(DELETED), row.urgent, now)?;
            }
            for (table, key) in unwanted {
                queue(transaction, table, &key, DELETED, false, now)?;
            }
            Ok(true)
        })
    }

    /// Returns rows that the door does not have, those first that keep somebody out, up to a number of bytes; at least one row where
    /// there is one.
    pub fn door_rows_to_push(&self, bytes_max: usize) -> Result<Vec<QueuedRow>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT kind, key, body, version, urgent FROM door_rows WHERE pushed < version ORDER BY urgent DESC, kind, key",
        )?;
        let mut rows = statement.query([])?;
        let (mut queued, mut bytes) = (Vec::new(), 0_usize);
        while let Some(row) = rows.next()? {
            let next = read(row)?;
            bytes = bytes.saturating_add(next.body.as_ref().map_or(next.key.len(), String::len));
            if bytes > bytes_max && !queued.is_empty() {
                break;
            }
            queued.push(next);
        }
        Ok(queued)
    }

    /// Returns whether the door does not know yet of somebody to keep out.
    pub fn has_urgent_door_rows(&self) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM door_rows WHERE pushed < version AND urgent = 1)")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Returns whether the door has every row in its newest version.
    pub fn door_knows_everything(&self) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM door_rows WHERE pushed < version)")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Notes what the door must do about a seat, until the door has it. Returns the row.
    pub fn queue_door_seat(&self, key: &str, body: &str, now: DateTime<Utc>) -> Result<QueuedRow, Error> {
        self.write(|transaction| {
            queue(transaction, DoorTable::Seats, key, body, true, now)?;
            let sql = "SELECT kind, key, body, version, urgent FROM door_rows WHERE kind = 'seats' AND key = ?1";
            transaction.prepare_cached(sql)?.query_row([key], |row| Ok(read(row)))?
        })
    }

    /// Notes that the door has these rows in the version that was sent.
    pub fn door_rows_told(&self, rows: &[QueuedRow]) -> Result<(), Error> {
        self.write(|transaction| told(transaction, rows))
    }
}

/// Notes that the door has these rows in the version that was sent. A row that has changed since stays in the queue.
pub(in crate::store) fn told(transaction: &Transaction<'_>, rows: &[QueuedRow]) -> Result<(), Error> {
    let mut done = transaction.prepare_cached(
        "UPDATE door_rows SET pushed = ?3 WHERE kind = ?1 AND key = ?2 AND pushed < ?3 AND version >= ?3",
    )?;
    let mut over = transaction.prepare_cached("DELETE FROM door_rows WHERE kind = ?1 AND key = ?2 AND version = ?3")?;
    for row in rows {
        let is_over = row.body.is_none() || row.table == DoorTable::Seats;
        let statement = if is_over { &mut over } else { &mut done };
        statement.execute(params![row.table.name(), row.key, row.version])?;
    }
    Ok(())
}

/// Has every row told again: the door lost what it had.
pub(in crate::store) fn tell_again(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction.execute("UPDATE door_rows SET pushed = 0", [])?;
    Ok(())
}

fn queue(
    transaction: &Transaction<'_>,
    table: DoorTable,
    key: &str,
    body: &str,
    urgent: bool,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    // A version is never lower than the one before it, whatever the clock shows.
    transaction
        .prepare_cached(
            "INSERT INTO door_rows (kind, key, body, version, urgent, pushed) VALUES (?1, ?2, ?3, ?4, ?5, 0)
             ON CONFLICT (kind, key) DO UPDATE SET body = ?3, version = max(?4, version + 1), urgent = ?5 WHERE body <> ?3",
        )?
        .execute(params![table.name(), key, body, to_millis(now), urgent])?;
    Ok(())
}

type Differences<'a> = (Vec<&'a DoorRow>, Vec<(DoorTable, String)>);

/// The wanted rows whose columns are other ones than are known, and the known ones that are not wanted.
fn differences<'a>(connection: &Connection, wanted: &'a [DoorRow]) -> Result<Differences<'a>, Error> {
    let mut known = connection.prepare_cached("SELECT body FROM door_rows WHERE kind = ?1 AND key = ?2")?;
    let (mut changed, mut all) = (Vec::new(), HashSet::with_capacity(wanted.len()));
    for row in wanted {
        all.insert((row.table, row.key.as_str()));
        let Some(body) = &row.body else { continue };
        let before = known
            .query_row(params![row.table.name(), row.key], |row| Ok(row.get::<_, String>(0)? == *body))
            .optional()?;
        if before != Some(true) {
            changed.push(row);
        }
    }
    let mut unwanted = Vec::new();
    let mut statement =
        connection.prepare_cached("SELECT kind, key FROM door_rows WHERE body <> 'null' AND kind <> 'seats'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, key): (String, String) = (row.get(0)?, row.get(1)?);
        let table = DoorTable::named(&kind).ok_or_else(|| Error::unreadable("table of the door", &kind))?;
        if !all.contains(&(table, key.as_str())) {
            unwanted.push((table, key));
        }
    }
    Ok((changed, unwanted))
}

fn read(row: &Row<'_>) -> Result<QueuedRow, Error> {
    let (kind, body): (String, String) = (row.get(0)?, row.get(2)?);
    Ok(QueuedRow {
        table: DoorTable::named(&kind).ok_or_else(|| Error::unreadable("table of the door", &kind))?,
        key: row.get(1)?,
        body: Some(body).filter(|body| body != DELETED),
        version: row.get(3)?,
        urgent: row.get(4)?,
    })
}

fn locked(connection: &Connection) -> Result<HashSet<SessionId>, Error> {
    let mut statement = connection.prepare_cached("SELECT session_id FROM locked_classes")?;
    let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
    ids.map(|id| {
        let id = id?;
        id.parse().map_err(|_| Error::unreadable("session id", &id))
    })
    .collect()
}

/// The people of the links that live and are for one person, as the roster of the class or the series has them.
fn people(connection: &Connection) -> Result<HashMap<JoinLinkId, Person>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT r.person_id, r.name, r.email, r.role, l.id FROM join_links l
         JOIN roster r ON r.session_id = l.session_id AND r.person_id = l.person_id WHERE l.revoked_at IS NULL
         UNION ALL
         SELECT r.person_id, r.name, r.email, r.role, l.id FROM join_links l
         JOIN series_roster r ON r.series_id = l.series_id AND r.person_id = l.person_id WHERE l.revoked_at IS NULL",
    )?;
    let mut rows = statement.query([])?;
    let mut people = HashMap::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(4)?;
        let link = id.parse().map_err(|_| Error::unreadable("class link id", &id))?;
        people.insert(link, roster::read_person(row)?);
    }
    Ok(people)
}

fn recordings_of_links(
    connection: &Connection,
    since: DateTime<Utc>,
) -> Result<HashMap<RecordingId, (Recording, Option<DateTime<Utc>>)>, Error> {
    let sql = select(&format!("WHERE r.id IN (SELECT recording_id FROM watch_links WHERE {})", watch_links::SINCE));
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([to_millis(since)], |row| Ok(recordings::read(row)))?;
    let mut all = HashMap::new();
    for recording in rows {
        let recording = recording??;
        let deletion = retention::deletion(connection, &recording)?;
        all.insert(recording.id, (recording, deletion));
    }
    Ok(all)
}
