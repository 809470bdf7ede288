//! `join_links`: links to join a class or a series.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{JoinLinkId, PersonId};
use crate::domain::schedule::join_link::{JoinLink, LeadsTo};
use crate::domain::sharing::door_link::CodeHash;
use crate::store::{Error, Store, moment, set_moment, to_millis};

const COLUMNS: &str = "id, hash, session_id, series_id, person_id, made_at, revoked_at";

impl Store {
    /// Adds a link, unless there is one that lives for the same class or series and person. Returns the one that lives.
    pub fn add_join_link(&self, link: &JoinLink) -> Result<JoinLink, Error> {
        self.write(|transaction| add(transaction, link))
    }

    /// Revokes a link and adds one in its place. Returns the one that lives: another process may have renewed it meanwhile.
    pub fn replace_join_link(&self, before: Option<JoinLinkId>, link: &JoinLink) -> Result<JoinLink, Error> {
        self.write(|transaction| {
            if let Some(before) = before {
                revoke(transaction, before, link.made_at)?;
            }
            add(transaction, link)
        })
    }

    /// Returns the link that lives for a class or series and a person, or for everybody.
    pub fn join_link_to(&self, leads_to: LeadsTo, person: Option<PersonId>) -> Result<Option<JoinLink>, Error> {
        living(self.connection().raw(), leads_to, person)
    }

    /// Returns every link, also those that were revoked, the oldest first.
    pub fn join_links(&self) -> Result<Vec<JoinLink>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM join_links ORDER BY id"))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Revokes a link. Returns whether it lived until now.
    pub fn revoke_join_link(&self, id: JoinLinkId, now: DateTime<Utc>) -> Result<bool, Error> {
        self.write(|transaction| revoke(transaction, id, now))
    }

    /// Revokes the links of people who are no longer on the roster of the class, or among the people of the series, to which
    /// their link leads. Returns how many lived until now.
    pub fn revoke_join_links_of_absent_people(&self, now: DateTime<Utc>) -> Result<usize, Error> {
        self.write(|transaction| {
            let sql = "UPDATE join_links SET revoked_at = ?1 WHERE revoked_at IS NULL AND person_id IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM roster r
                   WHERE r.session_id = join_links.session_id AND r.person_id = join_links.person_id)
                 AND NOT EXISTS (SELECT 1 FROM series_roster r
                   WHERE r.series_id = join_links.series_id AND r.person_id = join_links.person_id)";
            Ok(transaction.execute(sql, [to_millis(now)])?)
        })
    }

    /// Returns whether the door has a link as it is here.
    pub fn door_knows_join_link(&self, link: &JoinLink) -> Result<bool, Error> {
        let connection = self.connection();
        let sql = "SELECT EXISTS (SELECT 1 FROM door_rows WHERE kind = 'join_links' AND key = ?1 AND pushed = version)";
        Ok(connection.prepare_cached(sql)?.query_row([link.hash.as_str()], |row| row.get(0))?)
    }
}

/// Returns the links that live, and those that were revoked since a moment.
pub(in crate::store) fn since(connection: &rusqlite::Connection, since: DateTime<Utc>) -> Result<Vec<JoinLink>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM join_links WHERE revoked_at IS NULL OR revoked_at > ?1 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([to_millis(since)], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn add(transaction: &Transaction<'_>, link: &JoinLink) -> Result<JoinLink, Error> {
    if let Some(known) = living(transaction, link.leads_to, link.person)? {
        return Ok(known);
    }
    let (session, series) = columns_of(link.leads_to);
    transaction.execute(
        "INSERT INTO join_links (id, hash, session_id, series_id, person_id, made_at, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            link.id.to_string(),
            link.hash.as_str(),
            session,
            series,
            link.person.map(|person| person.to_string()),
            to_millis(link.made_at),
            link.revoked_at.map(to_millis),
        ],
    )?;
    Ok(link.clone())
}

fn revoke(transaction: &Transaction<'_>, id: JoinLinkId, now: DateTime<Utc>) -> Result<bool, Error> {
    let sql = "UPDATE join_links SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    Ok(transaction.execute(sql, params![id.to_string(), to_millis(now)])? > 0)
}

fn columns_of(leads_to: LeadsTo) -> (Option<String>, Option<String>) {
    match leads_to {
        LeadsTo::Class(session) => (Some(session.to_string()), None),
        LeadsTo::Series(series) => (None, Some(series.to_string())),
    }
}

fn living(
    connection: &rusqlite::Connection,
    leads_to: LeadsTo,
    person: Option<PersonId>,
) -> Result<Option<JoinLink>, Error> {
    let (session, series) = columns_of(leads_to);
    let sql = format!(
        "SELECT {COLUMNS} FROM join_links
         WHERE session_id IS ?1 AND series_id IS ?2 AND coalesce(person_id, '') = coalesce(?3, '') AND revoked_at IS NULL"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let person = person.map(|person| person.to_string());
    statement.query_row(params![session, series, person], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<JoinLink, Error> {
    let text = |index: usize| row.get::<_, Option<String>>(index);
    let needed = |index: usize| row.get::<_, String>(index);
    let unreadable = |what, value: &str| Error::unreadable(what, value);
    let leads_to = match (text(2)?, text(3)?) {
        (Some(session), _) => LeadsTo::Class(session.parse().map_err(|_| unreadable("session id", &session))?),
        (None, Some(series)) => LeadsTo::Series(series.parse().map_err(|_| unreadable("series id", &series))?),
        (None, None) => return Err(unreadable("class link", &needed(0)?)),
    };
    Ok(JoinLink {
        id: needed(0)?.parse().map_err(|_| unreadable("class link id", &needed(0).unwrap_or_default()))?,
        hash: CodeHash::parse(&needed(1)?).ok_or_else(|| unreadable("hash of a code", ""))?,
        leads_to,
        person: text(4)?.map(|id| id.parse().map_err(|_| unreadable("person id", &id))).transpose()?,
        made_at: moment(row, 5)?,
        revoked_at: set_moment(row, 6)?,
    })
}
