//! `watch_links`: links of the door that play a recording. Each is added with the row of the ledger that tells of it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::domain::ids::{LinkId, RecordingId};
use crate::domain::sharing::door_link::CodeHash;
use crate::domain::sharing::ledger::Entry;
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::domain::sharing::watch_link::{PassphraseLock, Play, WatchLink};
use crate::store::sharing::ledger::{Signer, append};
use crate::store::{Error, Store, count, moment, set_moment, to_millis};

const COLUMNS: &str =
    "id, hash, recording_id, made_at, until, rights, start, passphrase, salt, rounds, note, revoked_at, plays,
    played_at";

impl Store {
    /// Adds a link and the rows that tell of it. `for_letters` says whether letters to participants carry it. Returns the new
    /// end of the chain.
    pub fn add_watch_link(
        &self,
        signer: Signer<'_>,
        link: &WatchLink,
        for_letters: bool,
        entries: &[Entry],
    ) -> Result<Anchor, Error> {
        self.write(|transaction| {
            let lock = link.passphrase.as_ref();
            transaction.execute(
                "INSERT INTO watch_links (id, hash, recording_id, made_at, until, rights, start, passphrase, salt, rounds, note,
                 for_letters) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    link.id.to_string(),
                    link.hash.as_str(),
                    link.recording.to_string(),
                    to_millis(link.made_at),
                    to_millis(link.until),
                    serde_json::to_string(&link.rights).unwrap_or_default(),
                    link.start,
                    lock.map(|lock| lock.hash.as_str()),
                    lock.map(|lock| &lock.salt),
                    lock.map(|lock| lock.rounds),
                    link.note,
                    for_letters,
                ],
            )?;
            append(transaction, signer, entries)
        })
    }

    /// Returns one link; `None` where there is no such link.
    pub fn watch_link(&self, id: LinkId) -> Result<Option<WatchLink>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM watch_links WHERE id = ?1"))?;
        statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns the links of a recording, the newest first.
    pub fn watch_links_of(&self, recording: RecordingId) -> Result<Vec<WatchLink>, Error> {
        let connection = self.connection();
        let sql = format!("SELECT {COLUMNS} FROM watch_links WHERE recording_id = ?1 ORDER BY made_at DESC, id DESC");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([recording.to_string()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the links of a recording that are not revoked and have not ended, the newest first.
    pub fn living_watch_links(&self, recording: RecordingId, now: DateTime<Utc>) -> Result<Vec<WatchLink>, Error> {
        let mut links = self.watch_links_of(recording)?;
        links.retain(|link| link.revoked_at.is_none() && link.until > now);
        Ok(links)
    }

    /// Returns the newest link of a recording that letters carry and that is not revoked.
    pub fn watch_link_for_letters(&self, recording: RecordingId) -> Result<Option<WatchLink>, Error> {
        let connection = self.connection();
        let sql = format!(
            "SELECT {COLUMNS} FROM watch_links WHERE recording_id = ?1 AND for_letters = 1 AND revoked_at IS NULL
             ORDER BY made_at DESC, id DESC LIMIT 1"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_row([recording.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns the links of a recording of which the door has not heard the newest. The row of a link that ended long ago is
    /// gone, here and at the door.
    pub fn watch_links_to_push(&self, recording: RecordingId) -> Result<HashSet<LinkId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT id FROM watch_links LEFT JOIN door_rows ON kind = 'watch_links' AND key = hash
             WHERE recording_id = ?1 AND (pushed < version OR (pushed IS NULL AND revoked_at IS NULL))",
        )?;
        let rows = statement.query_map([recording.to_string()], |row| row.get::<_, String>(0))?;
        rows.map(|id| {
            let id = id?;
            id.parse().map_err(|_| Error::unreadable("link id", &id))
        })
        .collect()
    }

    /// Returns when and where a link was played, the newest first, `limit` at most.
    pub fn plays_of_watch_link(&self, id: LinkId, limit: u32) -> Result<Vec<Play>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT at, country FROM link_plays WHERE link_id = ?1 ORDER BY at DESC, seq DESC LIMIT ?2",
        )?;
        let rows = statement
            .query_map(params![id.to_string(), limit], |row| Ok(Play { at: moment(row, 0)?, country: row.get(1)? }))?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// Revokes links and adds the rows that tell of it. Links that were revoked before keep their moment.
    pub fn revoke_watch_links(
        &self,
        signer: Signer<'_>,
        links: &[LinkId],
        now: DateTime<Utc>,
        entries: &[Entry],
    ) -> Result<Anchor, Error> {
        self.write(|transaction| {
            for link in links {
                transaction.execute(
                    "UPDATE watch_links SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
                    params![link.to_string(), to_millis(now)],
                )?;
            }
            append(transaction, signer, entries)
        })
    }
}

/// Which links matter that did not end, or were not revoked, before the moment `?1`.
pub(in crate::store) const SINCE: &str = "((revoked_at IS NULL AND until > ?1) OR revoked_at > ?1)";

/// Returns the links that did not end, or were not revoked, before a moment.
pub(in crate::store) fn since(connection: &Connection, since: DateTime<Utc>) -> Result<Vec<WatchLink>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM watch_links WHERE {SINCE} ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([to_millis(since)], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<WatchLink, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    let hash = |digits: &str| CodeHash::parse(digits).ok_or_else(|| Error::unreadable("hash of a code", digits));
    let rights = text(5)?;
    let passphrase = match (row.get::<_, Option<String>>(7)?, row.get(8)?) {
        (Some(key), Some(salt)) => Some(PassphraseLock { hash: hash(&key)?, salt, rounds: count(row, 9)? }),
        _ => None,
    };
    Ok(WatchLink {
        id: text(0)?.parse().map_err(|_| Error::unreadable("link id", text(0).unwrap_or_default()))?,
        hash: hash(&text(1)?)?,
        recording: text(2)?.parse().map_err(|_| Error::unreadable("recording id", text(2).unwrap_or_default()))?,
        made_at: moment(row, 3)?,
        until: moment(row, 4)?,
        rights: serde_json::from_str(&rights).map_err(|_| Error::unreadable("rights of a link", &rights))?,
        start: count(row, 6)?,
        passphrase,
        note: text(10)?,
        revoked_at: set_moment(row, 11)?,
        plays: count(row, 12)?,
        played_at: set_moment(row, 13)?,
    })
}
