//! The one place that opens a database file.
//!
//! In this order: the file and the folder are made, for their owner only, when there is nothing; what was lost is not taken for something new;
//! what is damaged or newer is not worked on; before an update a copy is kept. Where WAL is refused, as on network disks, another journal is
//! used. Where nothing can be written, everything can still be read.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::store::error::{Nature, words};
use crate::store::{Error, FILE_NAME, copies, filesystem, locks, migrations};

/// How long another program may have the database locked before opening gives up.
const OPENING_PATIENCE: Duration = Duration::from_secs(3);
/// The pause before opening is begun again.
const AGAIN: Duration = Duration::from_millis(20);
/// How long one that is open waits for another.
const WORKING_PATIENCE: Duration = Duration::from_secs(10);

/// SQLite's way to files without locks (SQLite docs, “The OS Backend”).
pub(super) const UNLOCKED: &str = if cfg!(windows) { "win32-none" } else { "unix-none" };

/// A database that is open.
pub(super) struct Opened {
    pub(super) connection: Connection,
    /// Why it can be read only, if that is so.
    pub(super) reading_only: Option<Error>,
}

/// What to make of a folder without a database, or with an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is a loss where there are traces of one, and otherwise a beginning.
    Recognise,
    /// Somebody said to begin anew.
    BeginAnew,
}

/// Makes a folder that only its owner may look into. One that is there already stays as it is.
pub fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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

/// Whether a folder has a database: an error when it had one.
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

/// Something that shows that Hajime has worked in this folder before.
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

/// Makes the file before SQLite does: SQLite gives the files beside it the same permissions.
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

/// SQLite waits for others where it only has to wait. Where two that changed the database at once would wait for each other, it refuses one
/// of them at once, and that one begins again.
fn open_when_free(folder: &Path, path: &Path, missing: Missing) -> Result<Connection, Error> {
    let begun = Instant::now();
    loop {
        match open_to_write(folder, path, missing) {
            Err(error) if error.nature() == Nature::Busy && begun.elapsed() < OPENING_PATIENCE => {
                std::thread::sleep(AGAIN);
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
        // A file that holds nothing was never one of ours that worked.
        if let (true, Some(trace)) = (is_blank(&connection).map_err(at)?, trace(folder)) {
            return Err(Error::Lost { path: path.to_owned(), trace });
        }
    }
    check(&connection, path)?;
    update(&mut connection, folder, path, version)?;
    connection.busy_timeout(WORKING_PATIENCE).map_err(at)?;
    Ok(connection)
}

/// Brings a database to the newest version. One that holds something is copied aside first.
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

/// SQLite's own look at every page. It comes before any work: what is written into a damaged file spreads the damage. With 10,000 recordings
/// it takes 50 ms; whether the indexes fit their tables, which takes four times as long, is seen when a copy is made.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    ask(connection, path, "PRAGMA quick_check(1)")
}

/// The same, and whether every index fits its table.
pub(super) fn check_thoroughly(connection: &Connection, path: &Path) -> Result<(), Error> {
    ask(connection, path, "PRAGMA integrity_check(1)")
}

fn ask(connection: &Connection, path: &Path, question: &str) -> Result<(), Error> {
    let found: String = connection.query_row(question, [], |row| row.get(0)).map_err(|error| Error::at(error, path))?;
    if found == "ok" { Ok(()) } else { Err(Error::Corrupt { path: path.to_owned(), why: found }) }
}

fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
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
            with_journal(path, Some(UNLOCKED))
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

/// Says that the disk is a network disk where it is one.
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
    // The answer is the mode that is used from now on. Where WAL is refused it is the one before.
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(at)?;
    if mode != "wal" {
        tracing::warn!(mode, "SQLite's WAL cannot be used here; another journal is used instead");
    }
    settle(&connection).map_err(at)?;
    Ok(connection)
}

/// Without WAL and the memory it shares between processes. A database that is in WAL is brought out of it while nobody else has it.
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

/// A connection beside which nobody writes as long as it is open: an error when another process has the database open. Everything that waits
/// beside the file is in it then.
pub(super) fn open_alone(folder: &Path, path: &Path) -> Result<Connection, Error> {
    let connection = with_journal(path, None).map_err(|error| match error.nature() {
        Nature::Busy if filesystem::has_locks(folder) => Error::InUse { folder: folder.to_owned() },
        _ => error,
    })?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| Error::at(error, path))?;
    Ok(connection)
}

pub(super) fn connect_to(path: &Path, vfs: Option<&'static str>) -> Result<Connection, Error> {
    let at = |error| Error::at(error, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match vfs {
        None => Connection::open_with_flags(path, flags),
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
    }
    .map_err(at)?;
    connection.busy_timeout(OPENING_PATIENCE).map_err(at)?;
    // A file that may not be written is opened for reading without a word.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(at)? {
        return Err(Error::ReadOnly { path: path.to_owned(), why: "it is write-protected".into() });
    }
    Ok(connection)
}

/// Opens a database file that nobody else knows of, so that no lock is needed.
pub(super) fn open_private(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(path, flags, UNLOCKED)?;
    // A copy of a database in WAL is in WAL too, which without locks works for one connection alone.
    connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |row| row.get::<_, String>(0))?;
    Ok(connection)
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    // The first look is what shows whether the files beside the database can be used, and the first wish to write whether they may be written.
    is_blank(connection)?;
    match connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
        // Somebody writes at this moment: so it can be written.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(()),
        tried => tried,
    }
}

/// Opens a database of which nothing may be changed, not even the files beside it.
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

/// Opens a database for reading where it lies.
pub(super) fn read_in_place(path: &Path) -> Result<Connection, Error> {
    let at = |error| Error::at(error, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let ordinary = || {
        let connection = Connection::open_with_flags(path, flags).map_err(at)?;
        connection.busy_timeout(OPENING_PATIENCE).map_err(at)?;
        is_blank(&connection).map_err(at)?;
        Ok(connection)
    };
    let first = match ordinary() {
        Ok(connection) => return Ok(connection),
        Err(error) => error,
    };
    // What broke off in the middle of a change is put right by whoever may write, and then read as any other.
    if holds_something(&beside(path, "-journal"))
        && connect_to(path, None).is_ok_and(|writer| is_blank(&writer).is_ok())
    {
        return ordinary();
    }
    // "Immutable" reads the file alone, without what waits beside it, so it is right only where nothing waits.
    let waits = WAITING.iter().any(|ending| holds_something(&beside(path, ending)));
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

/// The database of a folder, if there is one that can be read at all.
pub(super) fn as_it_is(folder: &Path) -> Option<rusqlite::Connection> {
    has_database(folder).ok().filter(|there| *there)?;
    read_in_place(&folder.join(FILE_NAME)).ok()
}

/// Reads a database with what waits beside it through a private copy on another disk, for which the folder need not be written.
fn read_elsewhere(path: &Path) -> Result<Connection, Error> {
    let place = tempfile::tempdir().map_err(|error| Error::file(path, error))?;
    let copy = place.path().join(FILE_NAME);
    std::fs::copy(path, &copy).map_err(|error| Error::file(path, error))?;
    for ending in WAITING {
        let file = beside(path, ending);
        if file.is_file() {
            std::fs::copy(&file, beside(&copy, ending)).map_err(|error| Error::file(&file, error))?;
        }
    }
    let connection = Connection::open(&copy).map_err(|error| Error::at(error, path))?;
    copies::into_memory(&connection).map_err(|error| Error::at(error, path))
}

/// The files beside a database in which changes wait: to be taken over into it, or to be taken back after they broke off.
pub(super) const WAITING: [&str; 2] = ["-wal", "-journal"];

fn holds_something(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.len() > 0)
}

/// A file that SQLite keeps beside a database.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_opened_on_a_network_file_system_names_it() {
        let unopenable = || Error::Unopenable { path: FILE_NAME.into(), why: "disk I/O error (SQLite 5386)".into() };
        let named = named_by_filesystem(unopenable(), Some("cifs")).to_string();
        assert!(named.contains("SQLite 5386") && named.contains("network file system (cifs)"), "{named}");
        assert_eq!(named_by_filesystem(unopenable(), None).to_string(), unopenable().to_string());
        let full = named_by_filesystem(Error::Full { path: FILE_NAME.into() }, Some("cifs"));
        assert!(matches!(full, Error::Full { .. }));
    }
}
