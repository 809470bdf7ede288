//! Remembers which database a thread is using, so that an error of SQLite can name the file and the kind of disk.
//!
//! SQLite's errors name no file, and every query would have to add it. Instead each thread remembers the file for as
//! long as it holds the connection. Calls are synchronous, so every error of that connection arises while the thread
//! holds it.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Arc, MutexGuard};

use rusqlite::{Connection, ErrorCode};

use crate::store::error::{Nature, nature, said};
use crate::store::{Error, filesystem};

thread_local! {
    static PLACE: RefCell<Option<Arc<Place>>> = const { RefCell::new(None) };
}

/// The location of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The path of the database file.
    pub(super) path: PathBuf,
    /// The type of the network file system that holds the file; `None` on a disk of this computer.
    pub(super) network: Option<String>,
}

impl Place {
    pub(super) fn of(path: PathBuf) -> Self {
        let network = path.parent().and_then(filesystem::network_type);
        Self { path, network }
    }
}

/// While this value lives, errors of SQLite on this thread name the file.
pub(super) struct AtWork {
    /// The location that the thread remembered before.
    before: Option<Arc<Place>>,
}

impl AtWork {
    pub(super) fn on(place: Option<Arc<Place>>) -> Self {
        Self { before: PLACE.replace(place) }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        PLACE.set(self.before.take());
    }
}

/// The connection of a database, for as long as a thread holds it.
pub(super) struct Held<'a> {
    connection: MutexGuard<'a, Connection>,
    _at_work: AtWork,
}

impl<'a> Held<'a> {
    pub(super) fn new(connection: MutexGuard<'a, Connection>, place: Option<Arc<Place>>) -> Self {
        Self { connection, _at_work: AtWork::on(place) }
    }
}

impl Deref for Held<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl From<rusqlite::Error> for Error {
    /// Adds the file of the database that this thread holds.
    fn from(error: rusqlite::Error) -> Self {
        refused(error)
    }
}

fn refused(error: rusqlite::Error) -> Error {
    let Some(place) = PLACE.with_borrow(Clone::clone).filter(|_| error.sqlite_error_code().is_some()) else {
        return Error::Sql(error);
    };
    let why = said(&error);
    let of_the_disk = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::FileLockingProtocolFailed)
    );
    if nature(&error) != Nature::Other {
        return Error::at(error, &place.path);
    }
    let why = match &place.network {
        Some(kind) if of_the_disk => filesystem::blamed(&why, kind),
        _ => why,
    };
    Error::Refused { path: place.path.clone(), why }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;
    use crate::error::Error as Answer;
    use crate::store::Store;

    fn read(store: &Store, failure: i32) -> Result<(), Error> {
        let _connection = store.connection();
        Err(rusqlite::Error::SqliteFailure(ffi::Error::new(failure), None))?
    }

    #[test]
    fn an_io_error_of_an_open_database_names_the_file_and_the_network_file_system() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let path = folder.path().join("hajime.db");
        let local = Answer::from(read(&store, ffi::SQLITE_IOERR_READ).unwrap_err()).message();
        assert!(local.contains(path.to_str().unwrap()) && !local.contains("network"), "{local}");
        store.place = Some(Arc::new(Place { path: path.clone(), network: Some("nfs4".into()) }));
        let remote = Answer::from(read(&store, ffi::SQLITE_IOERR_READ).unwrap_err()).message();
        assert!(remote.contains(path.to_str().unwrap()) && remote.contains("network file system (nfs4)"), "{remote}");
        let other = Answer::from(read(&store, ffi::SQLITE_CONSTRAINT).unwrap_err()).message();
        assert!(!other.contains("nfs4"), "a constraint is not the fault of the disk: {other}");
    }

    #[test]
    fn damage_found_by_a_query_names_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let error = read(&store, ffi::SQLITE_CORRUPT).unwrap_err();
        assert_eq!(error.unusable_database(), Some(folder.path().join("hajime.db").as_path()));
    }

    #[test]
    fn a_thread_forgets_the_database_when_it_drops_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let (outer, inner) = (Store::open(folder.path()).unwrap(), Store::open(folder.path()).unwrap());
        let held = outer.connection();
        drop(inner.connection());
        assert!(PLACE.with_borrow(Option::is_some));
        drop(held);
        assert!(PLACE.with_borrow(Option::is_none));
    }
}
