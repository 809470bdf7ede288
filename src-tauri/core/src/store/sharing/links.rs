//! `share_links`: every link made, as an index of the ledger. Links are only ever added, with the row of the ledger that
//! tells of them.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{LinkId, RecordingId};
use crate::domain::sharing::link::ShareLink;
use crate::store::{Error, Store, moment, to_millis};

pub(super) const SELECT: &str =
    "SELECT l.id, l.recording_id, r.title, l.video_id, l.kid, l.created_at, l.expires_at, l.download
                      FROM share_links l JOIN recordings r ON r.id = l.recording_id";

impl Store {
    /// Returns one link; `None` where there is no such link.
    pub fn link(&self, id: LinkId) -> Result<Option<ShareLink>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE l.id = ?1"))?;
        statement.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns every link made, newest first.
    pub fn links(&self) -> Result<Vec<ShareLink>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY l.created_at DESC, l.id DESC"))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the links of one recording, newest first.
    pub fn links_of(&self, recording: RecordingId) -> Result<Vec<ShareLink>, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&format!("{SELECT} WHERE l.recording_id = ?1 ORDER BY l.created_at DESC, l.id DESC"))?;
        let rows = statement.query_map([recording.to_string()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the number of links of a recording.
    pub fn link_count(&self, recording: RecordingId) -> Result<u32, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT count(*) FROM share_links WHERE recording_id = ?1")?;
        Ok(statement.query_row([recording.to_string()], |row| row.get(0))?)
    }
}

/// Adds a link.
pub(super) fn insert(transaction: &Transaction<'_>, link: &ShareLink) -> Result<(), Error> {
    transaction.execute(
        "INSERT INTO share_links (id, recording_id, video_id, kid, created_at, expires_at, download)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            link.id.to_string(),
            link.recording.to_string(),
            link.video.as_str(),
            link.kid.as_ref().map(crate::domain::ids::KeyId::as_str),
            to_millis(link.created_at),
            to_millis(link.expires_at),
            link.download,
        ],
    )?;
    Ok(())
}

pub(super) fn read(row: &Row<'_>) -> Result<ShareLink, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    let kid = row.get::<_, Option<String>>(4)?;
    Ok(ShareLink {
        id: text(0)?.parse().map_err(|_| Error::unreadable("link id", text(0).unwrap_or_default()))?,
        recording: text(1)?.parse().map_err(|_| Error::unreadable("recording id", text(1).unwrap_or_default()))?,
        recording_title: text(2)?,
        video: text(3)?.parse().map_err(|_| Error::unreadable("video id", text(3).unwrap_or_default()))?,
        kid: kid.map(|kid| kid.parse().map_err(|_| Error::unreadable("signing key id", &kid))).transpose()?,
        created_at: moment(row, 5)?,
        expires_at: moment(row, 6)?,
        download: row.get(7)?,
    })
}
