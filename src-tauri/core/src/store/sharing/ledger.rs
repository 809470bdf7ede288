//! `ledger`: one chain of rows for each desk. Rows are only ever added, in the transaction of what they tell of.

mod check;
mod page;
mod waiting;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use sha2::{Digest as _, Sha256};

use crate::domain::ids::{KeyId, LinkId, RecordingId, TransferId};
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::domain::sharing::ledger::verify::{Head, Stored, head_hash};
use crate::domain::sharing::ledger::{Act, Entry, HISTORY, Hash, LedgerKey, Lost, Sealed};
use crate::domain::sharing::link::ShareLink;
use crate::store::profile::settings::read_role;
use crate::store::sharing::links;
use crate::store::{Error, Store, to_millis};

/// The highest number that a row can have. A higher one is damage, and no row follows on it.
const HIGHEST_NUMBER: i64 = 1_000_000_000_000;

/// The columns of a row as [`stored`] reads them.
pub(super) const COLUMNS: &str =
    "desk, n, prev, at, act, role, os_user, recording_id, session_id, video_id, link_id, kid, rights, expires_at,
    fingerprint, note, hash, signature";

/// Who writes rows: the desk, its key, and what the keyring remembers of the chain’s end.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The desk's id.
    pub desk: &'a str,
    /// The desk's key; `None` while the keyring does not answer. The rows then wait for their signature.
    pub key: Option<&'a LedgerKey>,
    /// The end of the chain; `None` if the keyring was not asked, or remembers none.
    pub anchor: Option<Anchor>,
    /// When the rows about the chain itself are written.
    pub now: DateTime<Utc>,
    /// The user of the operating system; empty if unknown.
    pub os_user: &'a str,
}

impl Store {
    /// Adds rows to the desk's chain. Returns its new end.
    pub fn write_ledger(&self, signer: Signer<'_>, entries: &[Entry]) -> Result<Anchor, Error> {
        self.write(|transaction| append(transaction, signer, entries))
    }

    /// Adds a link and the rows that tell of it. Returns the new end of the chain.
    pub fn add_link(&self, signer: Signer<'_>, link: &ShareLink, entries: &[Entry]) -> Result<Anchor, Error> {
        self.write(|transaction| {
            links::insert(transaction, link)?;
            append(transaction, signer, entries)
        })
    }

    /// Marks a transfer as done and adds the rows that tell of it. Returns the new end of the chain.
    pub fn finish_archiving(
        &self,
        signer: Signer<'_>,
        transfer: TransferId,
        entries: &[Entry],
    ) -> Result<Anchor, Error> {
        self.write(|transaction| {
            crate::store::library::transfers::finish(transaction, transfer, signer.now)?;
            append(transaction, signer, entries)
        })
    }

    /// The number and hash of the last row of a desk; `None` before its first row.
    pub fn ledger_end(&self, desk: &str) -> Result<Option<Anchor>, Error> {
        last(self.connection().raw(), desk)
    }

    /// Whether rows of a desk wait for their signature.
    pub fn has_unsigned_rows(&self, desk: &str) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM ledger WHERE desk = ?1 AND signature IS NULL)")?;
        Ok(statement.query_row([desk], |row| row.get(0))?)
    }

    /// Whether a backup was restored and the desk's chain has not gone on since.
    pub fn was_restored(&self, desk: &str) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM ledger_restores WHERE desk = ?1)")?;
        Ok(statement.query_row([desk], |row| row.get(0))?)
    }

    /// The note, links and rights of one link's row: what a new link like it needs. `None` where no row tells of it.
    pub fn rights_of_link(&self, link: LinkId) -> Result<Option<String>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT rights FROM ledger WHERE link_id = ?1 AND act = 'link_made' ORDER BY seq DESC LIMIT 1",
        )?;
        Ok(statement.query_row([link.to_string()], |row| row.get::<_, Option<String>>(0)).optional()?.flatten())
    }
}

/// Adds rows to a desk's chain: first what waits for its signature and what is missing, then the new ones.
pub(in crate::store) fn append(
    transaction: &Transaction<'_>,
    signer: Signer<'_>,
    entries: &[Entry],
) -> Result<Anchor, Error> {
    let desk = signer.desk;
    let mut end = match last(transaction, desk)? {
        Some(end) => end,
        None => Anchor { n: 0, hash: history(transaction)? },
    };
    let signed_later = match signer.key {
        Some(key) => waiting::sign(transaction, &signer, key)?,
        None => None,
    };
    if let Some((act, lost)) = missing(transaction, &signer, &end)? {
        let gap = Entry { note: lost.note(), ..Entry::new(act, signer.now, signer.os_user) };
        let n = lost.last.max(end.n).saturating_add(1);
        end = insert(transaction, &signer, &gap, n, &end.hash)?;
    }
    if let Some(late) = signed_later {
        let told = Entry { note: late.note(), ..Entry::new(Act::SignedLater, signer.now, signer.os_user) };
        end = insert(transaction, &signer, &told, end.n.saturating_add(1), &end.hash)?;
    }
    transaction.execute("DELETE FROM ledger_restores WHERE desk = ?1", [desk])?;
    for entry in entries {
        end = insert(transaction, &signer, entry, end.n.saturating_add(1), &end.hash)?;
    }
    if end.n > 0 {
        let signature = signer.key.map(|key| key.sign(&head_hash(desk, end.n, &end.hash)));
        transaction.execute(
            "INSERT INTO ledger_heads (desk, n, hash, signature) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (desk) DO UPDATE SET n = ?2, hash = ?3, signature = ?4",
            params![desk, end.n, end.hash.as_slice(), signature.as_ref().map(<[u8; 40]>::as_slice)],
        )?;
    }
    Ok(end)
}

/// The rows that the desk had written and that are missing, or other ones than it wrote: by the keyring, by the end that
/// the database notes, and by the database that a backup has replaced.
fn missing(transaction: &Transaction<'_>, signer: &Signer<'_>, end: &Anchor) -> Result<Option<(Act, Lost)>, Error> {
    let noted = head(transaction, signer.desk)?.map(|head| Anchor { n: head.n, hash: head.hash });
    let replaced = transaction
        .prepare_cached("SELECT n, hash FROM ledger_restores WHERE desk = ?1")?
        .query_row([signer.desk], read_end);
    let replaced = replaced.optional()?.flatten();
    let known = [signer.anchor, noted, replaced].into_iter().flatten();
    let Some(furthest) = known.max_by_key(|known| known.n) else { return Ok(None) };
    let differs = |known: Anchor| -> Result<bool, Error> {
        if known.n > end.n {
            return Ok(true);
        }
        let sql = "SELECT hash FROM ledger WHERE desk = ?1 AND n = ?2";
        let there: Option<Vec<u8>> =
            transaction.prepare_cached(sql)?.query_row(params![signer.desk, known.n], |row| row.get(0)).optional()?;
        Ok(there.is_none_or(|there| there != known.hash))
    };
    // The furthest end is not enough: a file with as many rows may hold other ones.
    let is_missing = differs(furthest)? || signer.anchor.map_or(Ok(false), differs)?;
    let was_restored = replaced.is_some_and(|replaced| replaced.n >= furthest.n);
    let act = if was_restored { Act::Restored } else { Act::Resumed };
    Ok(is_missing.then_some((act, Lost { last: furthest.n, hash: furthest.hash })))
}

fn insert(
    transaction: &Transaction<'_>,
    signer: &Signer<'_>,
    entry: &Entry,
    n: i64,
    prev: &Hash,
) -> Result<Anchor, Error> {
    let text = |id: &Option<RecordingId>| id.map(|id| id.to_string());
    let (recording, session) = (text(&entry.recording), entry.session.map(|id| id.to_string()));
    let (link, kid) = (entry.link.map(|id| id.to_string()), entry.kid.as_ref().map(KeyId::as_str));
    let rights = entry.rights.as_ref().and_then(|rights| serde_json::to_string(rights).ok());
    let role = read_role(transaction)?;
    let sealed = Sealed {
        desk: signer.desk,
        n,
        prev,
        at: to_millis(entry.at),
        act: entry.act.name(),
        role: role.name(),
        os_user: &entry.os_user,
        recording: recording.as_deref(),
        session: session.as_deref(),
        video: entry.video.as_ref().map(crate::domain::ids::VideoId::as_str),
        link: link.as_deref(),
        kid,
        rights: rights.as_deref(),
        expires_at: entry.expires_at.map(to_millis),
        fingerprint: entry.fingerprint.as_ref().map(crate::domain::sharing::ledger::Fingerprint::as_str),
        note: &entry.note,
    };
    let hash = sealed.hash(&mut Vec::new());
    let signature = signer.key.map(|key| key.sign(&hash));
    let sql = format!(
        "INSERT INTO ledger ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    );
    transaction.prepare_cached(&sql)?.execute(params![
        sealed.desk,
        sealed.n,
        sealed.prev,
        sealed.at,
        sealed.act,
        sealed.role,
        sealed.os_user,
        sealed.recording,
        sealed.session,
        sealed.video,
        sealed.link,
        sealed.kid,
        sealed.rights,
        sealed.expires_at,
        sealed.fingerprint,
        sealed.note,
        hash.as_slice(),
        signature.as_ref().map(<[u8; 40]>::as_slice),
    ])?;
    Ok(Anchor { n, hash })
}

/// The last row of a chain.
fn last(connection: &Connection, desk: &str) -> Result<Option<Anchor>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT n, hash FROM ledger WHERE desk = ?1 AND n BETWEEN 1 AND ?2 ORDER BY n DESC LIMIT 1")?;
    let found = statement.query_row(params![desk, HIGHEST_NUMBER], read_end).optional()?;
    found.map(|end| end.ok_or_else(|| Error::unreadable("hash of the ledger", desk))).transpose()
}

fn read_end(row: &Row<'_>) -> rusqlite::Result<Option<Anchor>> {
    let (n, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let plausible = (1..=HIGHEST_NUMBER).contains(&n);
    Ok(Hash::try_from(hash).ok().filter(|_| plausible).map(|hash| Anchor { n, hash }))
}

/// The end of a chain that the database notes.
fn head(connection: &Connection, desk: &str) -> Result<Option<Head>, Error> {
    let mut statement = connection.prepare_cached("SELECT n, hash, signature FROM ledger_heads WHERE desk = ?1")?;
    let read = |row: &Row<'_>| {
        let signature: Option<Vec<u8>> = row.get(2)?;
        Ok(read_end(row)?.map(|end| Head { n: end.n, hash: end.hash, signature }))
    };
    Ok(statement.query_row([desk], read).optional()?.flatten())
}

/// The hash of the rows from before desks had chains. The first row of a chain is written on it.
fn history(connection: &Connection) -> Result<Hash, Error> {
    let mut hash = Sha256::new_with_prefix(b"hajime-ledger-history 1\n");
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE desk = ?1 ORDER BY n");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([HISTORY])?;
    let mut bytes = Vec::new();
    while let Some(row) = rows.next()? {
        stored(row)?.sealed.write_canonical(&mut bytes);
        hash.update(&bytes);
    }
    Ok(hash.finalize().into())
}

/// Reads a row of [`COLUMNS`] without copying it.
pub(super) fn stored<'r>(row: &'r Row<'_>) -> rusqlite::Result<Stored<'r>> {
    let text = |index: usize| row.get_ref(index).map(|value| value.as_str_or_null().ok().flatten());
    let needed = |index: usize| text(index).map(Option::unwrap_or_default);
    let bytes = |index: usize| row.get_ref(index).map(|value| value.as_blob_or_null().ok().flatten());
    Ok(Stored {
        sealed: Sealed {
            desk: needed(0)?,
            n: row.get(1)?,
            prev: bytes(2)?.unwrap_or_default(),
            at: row.get(3)?,
            act: needed(4)?,
            role: needed(5)?,
            os_user: needed(6)?,
            recording: text(7)?,
            session: text(8)?,
            video: text(9)?,
            link: text(10)?,
            kid: text(11)?,
            rights: text(12)?,
            expires_at: row.get(13)?,
            fingerprint: text(14)?,
            note: needed(15)?,
        },
        hash: bytes(16)?.unwrap_or_default(),
        signature: bytes(17)?,
    })
}

/// Where the chains of a database that a backup replaces end: by the rows, by the ends noted beside them, and by earlier
/// restores. What is damaged is left out, because a backup must be able to replace it.
pub(in crate::store) fn ends(replaced: &Connection) -> Vec<(String, Anchor)> {
    let sources = [
        "SELECT l.n, l.hash, l.desk FROM ledger l WHERE l.desk <> '' AND l.n = (SELECT max(n) FROM ledger o WHERE o.desk = l.desk)",
        "SELECT n, hash, desk FROM ledger_heads",
        "SELECT n, hash, desk FROM ledger_restores",
    ];
    let read = |sql: &str| -> rusqlite::Result<Vec<(String, Anchor)>> {
        let mut statement = replaced.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok(read_end(row)?.zip(row.get(2)?).map(|(end, desk)| (desk, end))))?;
        rows.filter_map(Result::transpose).collect()
    };
    let mut found = Vec::new();
    for sql in sources {
        match read(sql) {
            Ok(ends) => found.extend(ends),
            // A database from before the ledger has none of these tables.
            Err(error) => tracing::warn!(%error, "an end of the replaced ledger cannot be read"),
        }
    }
    found
}

/// Notes in a restored database where the chains of the replaced one ended.
pub(in crate::store) fn note_replaced(
    ends: &[(String, Anchor)],
    restored: &Transaction<'_>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    restored.execute("DELETE FROM ledger_restores", [])?;
    for (desk, end) in ends {
        restored.execute(
            "INSERT INTO ledger_restores (desk, n, hash, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (desk) DO UPDATE SET n = ?2, hash = ?3, at = ?4 WHERE n < ?2",
            params![desk, end.n, end.hash.as_slice(), to_millis(now)],
        )?;
    }
    Ok(())
}
