//! Opens one database file: for writing, for reading without changing it, and as a private file. Nothing here knows the
//! layout of a data folder.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::store::Error;
use crate::store::error::Nature;

/// The time for which opening waits for another program that has locked the database.
pub(super) const OPEN_LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// SQLite's file layer without locks (SQLite docs, “The OS Backend”).
pub(super) const VFS_WITHOUT_LOCKS: &str = if cfg!(windows) { "win32-none" } else { "unix-none" };

/// Makes a folder that only its owner may read. The permissions of an existing folder are not changed.
pub fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a database for writing. Returns an error where it can only be read.
pub(super) fn connect_to(path: &Path, vfs: Option<&'static str>) -> Result<Connection, Error> {
    let at = |error| Error::at(error, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match vfs {
        None => Connection::open_with_flags(path, flags),
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
    }
    .map_err(at)?;
    connection.busy_timeout(OPEN_LOCK_TIMEOUT).map_err(at)?;
    // SQLite opens a write-protected file for reading without an error.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(at)? {
        return Err(Error::ReadOnly { path: path.to_owned(), why: "it is write-protected".into() });
    }
    Ok(connection)
}

/// Opens a database file that no other process knows, so that no lock is needed.
pub(super) fn open_private(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(path, flags, VFS_WITHOUT_LOCKS)?;
    // A copy of a database in WAL mode is in WAL mode too, and without locks that mode works for a single connection
    // only.
    connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |row| row.get::<_, String>(0))?;
    Ok(connection)
}

/// Opens a database for reading and leaves its files unchanged where it can.
pub(super) fn read_in_place(path: &Path) -> Result<Connection, Error> {
    let at = |error| Error::at(error, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let ordinary = || {
        let connection = Connection::open_with_flags(path, flags).map_err(at)?;
        connection.busy_timeout(OPEN_LOCK_TIMEOUT).map_err(at)?;
        is_blank(&connection).map_err(at)?;
        Ok(connection)
    };
    let first = match ordinary() {
        Ok(connection) => return Ok(connection),
        Err(error) => error,
    };
    // A change that was interrupted is rolled back by a connection that may write. After that, the database is read as
    // usual.
    if holds_something(&beside(path, "-journal"))
        && connect_to(path, None).is_ok_and(|writer| is_blank(&writer).is_ok())
    {
        return ordinary();
    }
    // "Immutable" reads the main file alone, so it is right only where the files beside it hold no changes.
    let waits = WAL_AND_JOURNAL_ENDINGS.iter().any(|ending| holds_something(&beside(path, ending)));
    let absolute = std::path::absolute(path).ok().and_then(|path| url::Url::from_file_path(path).ok());
    match absolute {
        Some(mut address) if !waits && first.nature() != Nature::Damaged => {
            address.set_query(Some("immutable=1"));
            let connection = Connection::open_with_flags(address.as_str(), flags).map_err(at)?;
            is_blank(&connection).map_err(at)?;
            Ok(connection)
        }
        _ => Err(first),
    }
}

/// Runs SQLite's quick check of every page. It comes before any write, because writing into a damaged file spreads the
/// damage. With 10,000 recordings it takes 50 ms. Whether the indexes fit their tables takes four times as long and is
/// checked when a copy is made.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    ask(connection, path, "PRAGMA quick_check(1)")
}

/// Runs [`check`], and also checks whether every index fits its table.
pub(super) fn check_thoroughly(connection: &Connection, path: &Path) -> Result<(), Error> {
    ask(connection, path, "PRAGMA integrity_check(1)")
}

fn ask(connection: &Connection, path: &Path, question: &str) -> Result<(), Error> {
    let found: String = connection.query_row(question, [], |row| row.get(0)).map_err(|error| Error::at(error, path))?;
    if found == "ok" { Ok(()) } else { Err(Error::Corrupt { path: path.to_owned(), why: found }) }
}

/// Returns whether a database has no tables.
pub(super) fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

/// The endings of the files beside a database that hold changes: committed ones not yet in the main file, or the undo
/// data of a change in progress.
pub(super) const WAL_AND_JOURNAL_ENDINGS: [&str; 2] = ["-wal", "-journal"];

fn holds_something(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.len() > 0)
}

/// Returns the path of a file that SQLite keeps beside a database.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
