//! Restores a backup in place of the database. The replaced database is kept: an undamaged one as a further backup, a
//! damaged one as it is under another name.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::domain::ids::AccountId;
use crate::domain::profile::backup::{Copy, Lost, Preview, Reason, Restored};
use crate::store::copies;
use crate::store::database_file::{
    WAL_AND_JOURNAL_ENDINGS, beside, check, check_thoroughly, make_private_folder, open_private, read_in_place,
};
use crate::store::delivery::deliveries;
use crate::store::installation::{self, Installation};
use crate::store::locks::{Held, JOBS, LockFile};
use crate::store::open::{self, Missing};
use crate::store::profile::settings::{self, ACCOUNT};
use crate::store::sharing::keys::Kept;
use crate::store::sharing::ledger;
use crate::store::{Error, FILE_NAME, Store, migrations};

/// The most lost sessions that the preview names.
const MAX_NAMED_SESSIONS: u32 = 5;

/// Returns what a restore of a backup would bring and lose. Changes nothing.
pub fn preview(folder: &Path, copy: &Path) -> Result<Preview, Error> {
    let source = copies::read_whole(copy)?;
    let contents = copies::read_contents(&source).map_err(|error| Error::at(error, copy))?;
    drop(source);
    let current = open::has_database(folder)
        .and_then(|_| read_in_place(&folder.join(FILE_NAME)))
        .and_then(|connection| check(&connection, folder).map(|()| connection));
    let Ok(current) = current else { return Ok(Preview { copy: contents, now: None, lost: None }) };
    let now = copies::read_contents(&current).ok();
    let lost = compare(&current, copy).ok();
    Ok(Preview { copy: contents, now, lost })
}

fn compare(current: &Connection, copy: &Path) -> rusqlite::Result<Lost> {
    let address = std::path::absolute(copy).ok().and_then(|path| url::Url::from_file_path(path).ok());
    let address = address.map_or_else(String::new, |address| format!("{address}?immutable=1"));
    current.execute("ATTACH ?1 AS copy", [address])?;
    let count = |sql: &str| current.query_row(sql, [], |row| row.get::<_, u32>(0));
    let mut titles = current.prepare(
        "SELECT title FROM main.sessions WHERE id NOT IN (SELECT id FROM copy.sessions) ORDER BY updated_at DESC LIMIT ?1",
    )?;
    Ok(Lost {
        sessions: count("SELECT count(*) FROM main.sessions WHERE id NOT IN (SELECT id FROM copy.sessions)")?,
        titles: titles.query_map([MAX_NAMED_SESSIONS], |row| row.get(0))?.collect::<Result<_, _>>()?,
        changed_sessions: count(
            "SELECT count(*) FROM main.sessions AS now JOIN copy.sessions AS old ON old.id = now.id WHERE now.updated_at > old.updated_at",
        )?,
        recordings: count("SELECT count(*) FROM main.recordings WHERE id NOT IN (SELECT id FROM copy.recordings)")?,
        links: count("SELECT count(*) FROM main.share_links WHERE id NOT IN (SELECT id FROM copy.share_links)")?,
    })
}

/// Restores a backup. Refused while another Hajime process works on the data. The folder may be new.
pub fn restore(folder: &Path, copy: &Path, now: DateTime<Utc>) -> Result<Restored, Error> {
    make_private_folder(folder).map_err(|error| Error::file(folder, error))?;
    // Found out before the lock is taken, because the lock file would look like a trace of an earlier database.
    let is_new = matches!(open::has_database(folder), Ok(false));
    let lock = alone(&LockFile::at(folder.join(JOBS)))?;
    let restored = put_back(folder, copy, now)?;
    if is_new && installation::home(folder) == folder {
        let mut installation = Installation::open(folder)?;
        installation.begin_from_copy(&Store::open(folder)?)?;
    }
    drop(lock);
    Ok(restored)
}

/// Restores a backup in place of a database that no process has open.
pub fn put_back(folder: &Path, copy: &Path, now: DateTime<Utc>) -> Result<Restored, Error> {
    let source = copies::read_whole(copy)?;
    let path = folder.join(FILE_NAME);
    if let (Some(own), Some(other)) = (owner(folder), account(&source))
        && own != other
    {
        let why = format!("it belongs to the Cloudflare account {other}");
        return Err(Error::NotACopy { path: copy.to_owned(), why });
    }
    // Every step that can fail is done in a separate file before anything is moved.
    let prepared = folder.join("restoring.db");
    for ending in WAL_AND_JOURNAL_ENDINGS.into_iter().chain([""]) {
        let left = beside(&prepared, ending);
        remove_if_there(&left).map_err(|error| Error::file(&left, error))?;
    }
    copies::write_from(&source, copy, &prepared)?;
    drop(source);
    let mut updated = open_private(&prepared).map_err(|error| Error::at(error, &prepared))?;
    migrations::run(&mut updated, &prepared)?;
    deliveries::note_restored(&updated, now)?;
    let current = open::as_it_is(folder).filter(|current| account(current).is_some());
    if let Some(current) = &current {
        carry_over(current, &mut updated, now).map_err(|error| Error::at(error, &prepared))?;
    }
    let knows_connected = current.is_some();
    drop(current);
    let home = installation::home(folder);
    if home.join(installation::FILE_NAME).exists() {
        let mut installation = Installation::open(home)?;
        if installation.is_kept() {
            installation.tell_desk(&updated)?;
        }
    }
    check_thoroughly(&updated, &prepared)?;
    drop(updated);
    let kept = put_aside(folder, now)?;
    std::fs::rename(&prepared, &path).map_err(|error| Error::file(&path, error))?;
    copies::keep_names(folder);
    if home == folder && !knows_connected {
        learn_connected(folder)?;
    }
    Ok(Restored { kept })
}

/// Carries over what belongs to the computer and not to the data: the connected account, the signing keys, and where the
/// ledger ended.
fn carry_over(current: &Connection, updated: &mut Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let (connected, kept, ends) = (ActiveProfile::read(current), Kept::read(current, now), ledger::ends(current));
    let transaction = updated.transaction()?;
    keep_connected(&connected, &transaction)?;
    kept.keep(&transaction, now)?;
    ledger::note_replaced(&ends, &transaction, now)?;
    transaction.commit()
}

/// Takes the connected account from the restored backup where nothing else has it: on another computer, or after a
/// loss.
fn learn_connected(folder: &Path) -> Result<(), Error> {
    let mut installation = Installation::open(folder)?;
    if installation.is_kept() && installation.connected()?.is_none() {
        installation.learn_connected(&read_in_place(&folder.join(FILE_NAME))?)?;
    }
    Ok(())
}

/// Makes an empty database where the old one is lost or damaged. A damaged file is kept.
pub fn begin_anew(folder: &Path, now: DateTime<Utc>) -> Result<Restored, Error> {
    let lock = alone(&LockFile::at(folder.join(JOBS)))?;
    let newest = || copies::list(folder).into_iter().find_map(|copy| read_in_place(&copy.path).ok());
    let own = open::as_it_is(folder).filter(|own| account(own).is_some());
    let connected = own.or_else(newest).map(|connection| ActiveProfile::read(&connection));
    let kept = put_aside(folder, now)?;
    let begun = open::open(folder, Missing::BeginAnew)?;
    if let Some(connected) = connected {
        keep_connected(&connected, &begun.connection).map_err(|error| Error::at(error, &folder.join(FILE_NAME)))?;
    }
    drop(lock);
    Ok(Restored { kept })
}

/// Takes the right to replace the database: no other process may run jobs on it.
pub fn alone(lock: &LockFile) -> Result<Option<Held>, Error> {
    // A lock file that cannot be used must not keep people from their data.
    match lock.take() {
        Ok(Some(held)) => Ok(Some(held)),
        Ok(None) => Err(Error::InUse { folder: lock.folder().to_owned() }),
        Err(error) => {
            tracing::warn!(%error, "the data could not be locked");
            Ok(None)
        }
    }
}

/// Returns the account that owns the data of a folder. Where the database is damaged and unreadable, the newest backup
/// that names an account decides.
pub(crate) fn owner(folder: &Path) -> Option<AccountId> {
    let of_copy = |copy: Copy| account(&read_in_place(&copy.path).ok()?);
    let own = open::as_it_is(folder).and_then(|connection| account(&connection));
    own.or_else(|| copies::list(folder).into_iter().find_map(of_copy))
}

/// Checks with a quick check whether the database can be used. A new folder without a database passes.
pub(crate) fn look_at(folder: &Path) -> Result<(), Error> {
    if open::has_database(folder)? {
        let path = folder.join(FILE_NAME);
        check(&read_in_place(&path)?, &path)?;
    }
    Ok(())
}

/// The connected account, whether the keyring has its token, and the role of the desk. These facts belong to the computer
/// and not to the data, so no restore changes them.
struct ActiveProfile(Vec<(&'static str, Option<String>)>);

impl ActiveProfile {
    fn read(connection: &Connection) -> Self {
        let value = |key: &&str| {
            let sql = "SELECT value FROM settings WHERE key = ?1";
            connection.query_row(sql, [key], |row| row.get::<_, String>(0)).ok()
        };
        Self(settings::OF_THIS_COMPUTER.iter().map(|key| (*key, value(key))).collect())
    }
}

fn keep_connected(connected: &ActiveProfile, target: &Connection) -> rusqlite::Result<()> {
    for (key, value) in &connected.0 {
        target.execute("DELETE FROM settings WHERE key = ?1", [key])?;
        if let Some(value) = value {
            target.execute("INSERT INTO settings (key, value) VALUES (?1, ?2)", [key, &value.as_str()])?;
        }
    }
    Ok(())
}

fn account(connection: &Connection) -> Option<AccountId> {
    id_in_settings(connection, ACCOUNT)
}

fn id_in_settings(connection: &Connection, key: &str) -> Option<AccountId> {
    let sql = "SELECT value FROM settings WHERE key = ?1";
    connection.query_row(sql, [key], |row| row.get::<_, String>(0)).ok()?.parse().ok()
}

/// Returns whether a backup of the database can be made: it is undamaged and every index fits its table.
fn is_whole(folder: &Path) -> bool {
    let path = folder.join(FILE_NAME);
    let whole = || {
        let connection = read_in_place(&path)?;
        check_thoroughly(&connection, &path)?;
        copies::read_contents(&connection).map_err(|error| Error::at(error, &path))
    };
    open::has_database(folder).is_ok_and(|there| there) && whole().is_ok()
}

/// Moves the database that is to be replaced out of the way, and returns its new path.
fn put_aside(folder: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>, Error> {
    let path = folder.join(FILE_NAME);
    let failed = |error| Error::file(&path, error);
    if is_whole(folder) {
        // Another process with the file open would continue to write into it after the move.
        let alone = match open::open_alone(folder, &path) {
            Err(error @ Error::InUse { .. }) => return Err(error),
            // A database that cannot be written here is not written by other processes either.
            other => other.ok(),
        };
        let kept = copies::make(folder, Reason::BeforeRestore, now)?.path;
        drop(alone);
        for ending in WAL_AND_JOURNAL_ENDINGS.into_iter().chain(["-shm", ""]) {
            remove_if_there(&beside(&path, ending)).map_err(failed)?;
        }
        return Ok(Some(kept));
    }
    let name = format!("hajime-damaged-{}.db", now.format("%Y-%m-%dT%H.%M.%SZ"));
    let aside = (0..100)
        .map(|number| if number == 0 { name.clone() } else { format!("{number}-{name}") })
        .map(|name| folder.join(name))
        .find(|place| place.symlink_metadata().is_err())
        .ok_or_else(|| failed(std::io::ErrorKind::AlreadyExists.into()))?;
    let was_there = rename_if_there(&path, &aside).map_err(failed)?;
    let mut something = was_there;
    for ending in WAL_AND_JOURNAL_ENDINGS {
        something |= rename_if_there(&beside(&path, ending), &beside(&aside, ending)).map_err(failed)?;
    }
    remove_if_there(&beside(&path, "-shm")).map_err(failed)?;
    Ok(something.then_some(aside))
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Moves a file that has content and returns whether it did; removes an empty file.
fn rename_if_there(from: &Path, to: &Path) -> std::io::Result<bool> {
    match from.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
        Ok(found) if found.len() == 0 => std::fs::remove_file(from).map(|()| false),
        Ok(_) => std::fs::rename(from, to).map(|()| true),
    }
}
