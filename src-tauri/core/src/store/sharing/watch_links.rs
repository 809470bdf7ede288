//! `watch_links`: links of the door that play a recording. Each is added with the row of the ledger that tells of it.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::domain::ids::{LinkId, RecordingId};
use crate::domain::sharing::door_link::CodeHash;
use crate::domain::sharing::ledger::Entry;
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::domain::sharing::watch_link::{PassphraseLock, WatchLink};
use crate::store::sharing::ledger::{Signer, append};
use crate::store::{Error, Store, count, moment, set_moment, to_millis};

const COLUMNS: &str =
    "id, hash, recording_id, made_at, until, rights, start, passphrase, salt, rounds, note, revoked_at, plays,
    played_at";

impl Store {
    /// Adds a link and the rows that tell of it. Returns the new end of the chain.
    pub fn add_watch_link(&self, signer: Signer<'_>, link: &WatchLink, entries: &[Entry]) -> Result<Anchor, Error> {
        self.write(|transaction| {
            let lock = link.passphrase.as_ref();
            transaction.execute(
                "INSERT INTO watch_links (id, hash, recording_id, made_at, until, rights, start, passphrase, salt, rounds, note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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

pub(in crate::store) fn read(row: &Row<'_>) -> Result<WatchLink, Error> {
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
