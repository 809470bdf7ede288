//! Opens the database of a data folder. Nothing else does.
//!
//! The file and the folder are made, for their owner only, where there is none. A lost database is not mistaken for a
//! new one, and a damaged or newer one is not used. Before an update, a backup is made. Where WAL is refused, as on
//! network disks, another journal mode is used. Where nothing can be written, everything can still be read.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::store::database_file::{
    OPEN_LOCK_TIMEOUT, VFS_WITHOUT_LOCKS, WAL_AND_JOURNAL_ENDINGS, beside, check, connect_to, is_blank,
    make_private_folder, read_in_place,
};
use crate::store::error::{Nature, words};
use crate::store::{Error, FILE_NAME, copies, filesystem, locks, migrations};

/// The pause before opening is tried again.
const REOPEN_PAUSE: Duration = Duration::from_millis(20);
/// The time for which a statement on an open database waits for the lock of another connection.
const WORK_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// An open database.
pub(super) struct Opened {
    pub(super) connection: Connection,
    /// The reason why the database can only be read; `None` where it can be written.
    pub(super) reading_only: Option<Error>,
}

/// The treatment of a folder without a database, or with an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Report a loss where Hajime has worked in the folder before, and make a new database otherwise.
    Recognise,
    /// Make a new database, because a person asked for it.
    BeginAnew,
}

/// Opens or makes the database of a folder.
pub(super) fn open(folder: &Path, missing: Missing) -> Result<Opened, Error> {
    let path = folder.join(FILE_NAME);
    if !is_there(&path)? {
        if let (Missing::Recognise, Some(trace)) = (missing, trace(folder)) {
            return Err(Error::Lost { path, trace });
        }
        make_empty(folder, &path)?;
    }
    match open_when_free(folder, &path, missing) {
        Ok(connection) => Ok(Opened { connection, reading_only: None }),
        Err(why) => match (why.nature(), &why) {
            (Nature::Damaged | Nature::Lost | Nature::Busy, _) | (_, Error::Newer { .. }) => Err(why),
            _ => match open_to_read(&path) {
                Ok(connection) => Ok(Opened { connection, reading_only: Some(why) }),
                Err(error) if error.nature() == Nature::Damaged => Err(error),
                Err(_) => Err(why),
            },
        },
    }
}

/// Returns whether a folder has a database. Returns an error when the folder had one that is lost.
pub(super) fn has_database(folder: &Path) -> Result<bool, Error> {
    let path = folder.join(FILE_NAME);
    if is_there(&path)? {
        return Ok(true);
    }
    trace(folder).map_or(Ok(false), |trace| Err(Error::Lost { path, trace }))
}

fn is_there(path: &Path) -> Result<bool, Error> {
    let unopenable = |why: String| Error::Unopenable { path: path.to_owned(), why };
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(found.len() > 0),
        Ok(_) => Err(unopenable("it is not a file".into())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unopenable(words(&error))),
    }
}

/// Returns the name of a file or folder that shows that Hajime has worked in this folder before.
fn trace(folder: &Path) -> Option<String> {
    let not_empty = |name: &str| std::fs::metadata(folder.join(name)).is_ok_and(|found| found.len() > 0);
    let is_there = |name: &str| folder.join(name).symlink_metadata().is_ok();
    if !copies::list(folder).is_empty() {
        return Some(copies::FOLDER.into());
    }
    let wal = format!("{FILE_NAME}-wal");
    if not_empty(&wal) {
        return Some(wal);
    }
    [locks::JOBS, locks::ROOMS, "relay", "accounts"].into_iter().find(|name| is_there(name)).map(str::to_owned)
}

/// Makes the file before SQLite does, because SQLite gives the files beside it the same permissions.
pub(super) fn make_empty(folder: &Path, path: &Path) -> Result<(), Error> {
    make_private_folder(folder).map_err(|error| refused(path, error))?;
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(refused(path, error)),
    }
}

fn refused(path: &Path, error: std::io::Error) -> Error {
    let why = words(&error);
    let path = path.to_owned();
    match (Error::File { path: path.clone(), error }).nature() {
        Nature::Full => Error::Full { path },
        Nature::ReadOnly => Error::ReadOnly { path, why },
        _ => Error::Unopenable { path, why },
    }
}

/// Opens a database and tries again while it is busy. SQLite itself waits for a lock, but where two connections would
/// wait for each other it refuses one of them at once, and that one has to start again.
fn open_when_free(folder: &Path, path: &Path, missing: Missing) -> Result<Connection, Error> {
    let begun = Instant::now();
    loop {
        match open_to_write(folder, path, missing) {
            Err(error) if error.nature() == Nature::Busy && begun.elapsed() < OPEN_LOCK_TIMEOUT => {
                std::thread::sleep(REOPEN_PAUSE);
            }
            opened => return opened,
        }
    }
}

fn open_to_write(folder: &Path, path: &Path, missing: Missing) -> Result<Connection, Error> {
    let mut connection = connect(folder, path)?;
    let at = |error| Error::at(error, path);
    let version = migrations::version(&connection, path)?;
    if version > migrations::newest() {
        return Err(Error::Newer { path: path.to_owned() });
    }
    if version == 0 && missing == Missing::Recognise {
        // Hajime never leaves its database blank. A blank file beside traces of an earlier one means that the database was lost.
        if let (true, Some(trace)) = (is_blank(&connection).map_err(at)?, trace(folder)) {
            return Err(Error::Lost { path: path.to_owned(), trace });
        }
    }
    check(&connection, path)?;
    update(&mut connection, folder, path, version)?;
    connection.busy_timeout(WORK_LOCK_TIMEOUT).map_err(at)?;
    Ok(connection)
}

/// Updates a database to the newest version. A backup is made first, unless there is nothing to keep.
fn update(connection: &mut Connection, folder: &Path, path: &Path, version: usize) -> Result<(), Error> {
    if version == 0 || version >= migrations::newest() {
        return migrations::run(connection, path);
    }
    let copy = copies::keep_before_update(folder, version)?;
    migrations::run(connection, path).map_err(|error| match error.nature() {
        Nature::Damaged | Nature::Lost | Nature::Busy => error,
        Nature::Full | Nature::ReadOnly | Nature::Other => match error {
            Error::Newer { .. } => error,
            error => Error::NotUpdated { path: path.to_owned(), copy, why: Box::new(error) },
        },
    })
}

fn connect(folder: &Path, path: &Path) -> Result<Connection, Error> {
    let first = match with_wal(path) {
        Ok(connection) => return Ok(connection),
        Err(error) => error,
    };
    match first.nature() {
        Nature::Damaged | Nature::Lost | Nature::Full => Err(first),
        Nature::Busy if filesystem::has_locks(folder) => Err(first),
        Nature::Busy => {
            tracing::warn!("this file system has no locks; only one Hajime at a time may work on this data");
            with_journal(path, Some(VFS_WITHOUT_LOCKS))
        }
        Nature::ReadOnly | Nature::Other => match with_journal(path, None) {
            Ok(connection) => {
                tracing::warn!(error = %first, "SQLite's WAL cannot be used here; another journal is used instead");
                Ok(connection)
            }
            Err(second) if matches!(second.nature(), Nature::Full | Nature::ReadOnly) => Err(second),
            Err(_) => Err(named_by_filesystem(first, filesystem::network_type(folder).as_deref())),
        },
    }
}

/// Adds to an error that the folder is on a network file system, where it is.
fn named_by_filesystem(error: Error, network: Option<&str>) -> Error {
    match (error, network) {
        (Error::Unopenable { path, why }, Some(kind)) => {
            Error::Unopenable { path, why: filesystem::blamed(&why, kind) }
        }
        (error, _) => error,
    }
}

fn with_wal(path: &Path) -> Result<Connection, Error> {
    let at = |error| Error::at(error, path);
    let connection = connect_to(path, None)?;
    // SQLite returns the resulting mode. Where it refuses WAL, that is the mode from before.
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(at)?;
    if mode != "wal" {
        tracing::warn!(mode, "SQLite's WAL cannot be used here; another journal is used instead");
    }
    settle(&connection).map_err(at)?;
    Ok(connection)
}

/// Opens a database without WAL and without the memory that WAL shares between processes. A database in WAL mode is
/// switched to another journal mode while no other process has it open.
fn with_journal(path: &Path, vfs: Option<&'static str>) -> Result<Connection, Error> {
    let at = |error| Error::at(error, path);
    let connection = connect_to(path, vfs)?;
    let set = |name: &str, value: &str| {
        connection.pragma_update_and_check(None, name, value, |row| row.get::<_, String>(0)).map(drop).map_err(at)
    };
    set("locking_mode", "EXCLUSIVE")?;
    set("journal_mode", "TRUNCATE")?;
    set("locking_mode", "NORMAL")?;
    settle(&connection).map_err(at)?;
    Ok(connection)
}

/// Opens a database and keeps others from writing while the connection is open. Returns an error when another process
/// has the database open. All changes from the files beside the database are then in the main file.
pub(super) fn open_alone(folder: &Path, path: &Path) -> Result<Connection, Error> {
    let connection = with_journal(path, None).map_err(|error| match error.nature() {
        Nature::Busy if filesystem::has_locks(folder) => Error::InUse { folder: folder.to_owned() },
        _ => error,
    })?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| Error::at(error, path))?;
    Ok(connection)
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    // The first query shows whether the files beside the database can be used, and the first write transaction shows
    // whether they can be written.
    is_blank(connection)?;
    match connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
        // Another connection writes at this moment, so the database can be written.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(()),
        tried => tried,
    }
}

/// Opens a database of which nothing may be changed, not even the files beside it. An old version is updated in memory
/// only.
fn open_to_read(path: &Path) -> Result<Connection, Error> {
    let connection = read_in_place(path).or_else(|first| match read_elsewhere(path) {
        Ok(connection) => Ok(connection),
        Err(_) => Err(first),
    })?;
    check(&connection, path)?;
    let at = |error| Error::at(error, path);
    let version = migrations::version(&connection, path)?;
    if version > migrations::newest() {
        return Err(Error::Newer { path: path.to_owned() });
    }
    let connection = if version < migrations::newest() {
        let mut updated = copies::into_memory(&connection).map_err(at)?;
        migrations::run(&mut updated, path)?;
        updated
    } else {
        connection
    };
    connection.pragma_update(None, "query_only", true).map_err(at)?;
    Ok(connection)
}

/// Returns the database of a folder without any check; `None` where it is missing or unreadable.
pub(super) fn as_it_is(folder: &Path) -> Option<rusqlite::Connection> {
    has_database(folder).ok().filter(|there| *there)?;
    read_in_place(&folder.join(FILE_NAME)).ok()
}

/// Reads a database and the changes in the files beside it through a private copy in the temporary folder, so that
/// nothing is written in the data folder.
fn read_elsewhere(path: &Path) -> Result<Connection, Error> {
    let place = tempfile::tempdir().map_err(|error| Error::file(path, error))?;
    let copy = place.path().join(FILE_NAME);
    std::fs::copy(path, &copy).map_err(|error| Error::file(path, error))?;
    for ending in WAL_AND_JOURNAL_ENDINGS {
        let file = beside(path, ending);
        if file.is_file() {
            std::fs::copy(&file, beside(&copy, ending)).map_err(|error| Error::file(&file, error))?;
        }
    }
    let connection = Connection::open(&copy).map_err(|error| Error::at(error, path))?;
    copies::into_memory(&connection).map_err(|error| Error::at(error, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unopenable_database_on_a_network_file_system_names_that_file_system() {
        let unopenable = || Error::Unopenable { path: FILE_NAME.into(), why: "disk I/O error (SQLite 5386)".into() };
        let named = named_by_filesystem(unopenable(), Some("cifs")).to_string();
        assert!(named.contains("SQLite 5386") && named.contains("network file system (cifs)"), "{named}");
        assert_eq!(named_by_filesystem(unopenable(), None).to_string(), unopenable().to_string());
        let full = named_by_filesystem(Error::Full { path: FILE_NAME.into() }, Some("cifs"));
        assert!(matches!(full, Error::Full { .. }));
    }
}
