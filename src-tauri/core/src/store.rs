//! The local database: a cache of Cloudflare plus what Cloudflare cannot hold (schedule, ledger, settings, intents).
//!
//! One file per table holds its SQL, its row and its queries. No secret and no presigned address is ever written here.
//! Calls are synchronous and short (milliseconds); every change that must not be torn is one transaction.

mod at_work;
pub mod copies;
mod database_file;
mod error;
mod filesystem;
pub mod installation;
mod journal;
mod library;
pub mod locks;
mod migrations;
mod open;
mod outbox;
mod profile;
mod reading;
mod recorder;
pub mod reserve;
pub mod restore;
mod schedule;
mod sharing;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

use crate::domain::profile::backup::Contents;

pub use database_file::make_private_folder;
pub use error::{Error, Nature};
pub(crate) use error::{copy_at, said};
pub(crate) use filesystem::has_locks;
pub use journal::Subject;
pub use outbox::{Delivery, OutboxEntry};
pub use recorder::{Adopted, AppliedObservation};
pub use schedule::{Invitee, SeatRole};

use at_work::{Held, Place};
use error::words;
use open::{Missing, Opened};
use reading::{Reader, Reading};

use crate::domain::bounds;
use crate::domain::schedule::origin::Origin;

/// The database. Cheap to clone; all clones share one connection that writes and, where WAL lets it read beside the other, one that reads.
///
/// A method that needs both takes the one that writes first.
#[derive(Debug, Clone)]
pub struct Store {
    /// Declared before `writer`, so that it closes first: the last connection to close checkpoints the WAL, and this one cannot write.
    reader: Arc<Mutex<Reader>>,
    writer: Arc<Mutex<Connection>>,
    /// Where it lies; `None` in memory.
    place: Option<Arc<Place>>,
    /// Why the database can be read only, while that is so.
    reading_only: Arc<Mutex<Option<Arc<Error>>>>,
}

/// Name of the database in the data folder.
pub const FILE_NAME: &str = "hajime.db";

impl Store {
    /// Opens (or makes) `hajime.db` in a folder and brings it to the current version. Nothing is changed in a file that is newer or damaged, and
    /// a database that was lost is not taken for a new one. Where nothing can be written it is opened for reading.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let Opened { connection, reading_only } = open::open(folder, Missing::Recognise)?;
        let path = folder.join(FILE_NAME);
        Ok(Self {
            reader: Arc::new(Mutex::new(Reader::beside(&connection, &path)?)),
            writer: Arc::new(Mutex::new(connection)),
            place: Some(Arc::new(Place::of(path))),
            reading_only: Arc::new(Mutex::new(reading_only.map(Arc::new))),
        })
    }

    /// A database that is gone with the process, for tests.
    pub fn in_memory() -> Result<Self, Error> {
        let mut connection = Connection::open_in_memory()?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrations::run(&mut connection, Path::new(":memory:"))?;
        Ok(Self {
            reader: Arc::new(Mutex::new(Reader::none()?)),
            writer: Arc::new(Mutex::new(connection)),
            place: None,
            reading_only: Arc::default(),
        })
    }

    /// Whether a folder has a database: an error when it had one that is gone.
    pub fn is_in(folder: &Path) -> Result<bool, Error> {
        open::has_database(folder)
    }

    /// Why the database can be read only, while that is so.
    #[must_use]
    pub fn reading_only(&self) -> Option<Arc<Error>> {
        self.reading_only.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tries again to write, where so far the database could be read only.
    pub fn try_to_write_again(&self) {
        let Some(folder) = self.folder().filter(|_| self.reading_only().is_some()) else { return };
        match open::open(folder, Missing::Recognise) {
            Ok(Opened { connection, reading_only: None }) => {
                let (mut writer, mut reader) = (self.writer(), self.lock_reader());
                if let Ok(beside) = Reader::beside(&connection, &folder.join(FILE_NAME)) {
                    *reader = beside;
                }
                *writer = connection;
                *self.reading_only.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Ok(Opened { reading_only: Some(error), .. }) | Err(error) => {
                *self.reading_only.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(error));
            }
        }
    }

    /// What it holds, in numbers.
    pub fn contents(&self) -> Result<Contents, Error> {
        Ok(copies::read_contents(self.connection().raw())?)
    }

    /// Whether nothing is in it that a copy would save.
    pub fn is_empty(&self) -> Result<bool, Error> {
        let held = self.contents()?;
        Ok(held.sessions == 0 && held.recordings == 0 && held.links == 0)
    }

    /// Lets go of the file while `work` puts another in its place, and opens that one. Whoever reads or writes through a clone meanwhile waits.
    pub(crate) fn replace<T>(&self, work: impl FnOnce(&Path) -> Result<T, Error>) -> Result<T, Error> {
        let Some(folder) = self.folder() else { return work(Path::new("")) };
        let (mut connection, mut reader) = (self.writer(), self.lock_reader());
        *reader = Reader::none()?;
        *connection = Connection::open_in_memory()?;
        let done = work(folder);
        match open::open(folder, Missing::Recognise) {
            Ok(opened) => {
                *connection = opened.connection;
                *reader = Reader::beside(&connection, &folder.join(FILE_NAME))?;
                *self.reading_only.lock().unwrap_or_else(PoisonError::into_inner) = opened.reading_only.map(Arc::new);
                done
            }
            Err(error) => {
                // What can still be read of it says what is the matter; an empty one would lack every table.
                if let Ok(left) = database_file::read_in_place(&folder.join(FILE_NAME)) {
                    *connection = left;
                }
                // With the next look it is tried again, which also says anew what is in the way.
                let why = error.to_string();
                let until_then = Error::Unopenable { path: folder.join(FILE_NAME), why };
                *self.reading_only.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(until_then));
                // Where the work failed, its error is the one that helps.
                done.and(Err(error))
            }
        }
    }

    /// The folder the database lies in; `None` in memory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.place.as_ref().and_then(|place| place.path.parent())
    }

    fn damaged(&self, why: &str) -> Error {
        let path = self.place.as_ref().map_or_else(|| ":memory:".into(), |place| place.path.clone());
        Error::Corrupt { path, why: why.to_owned() }
    }

    /// The connection for queries. It sees everything that was committed before, and nothing that is committed while it is held.
    fn connection(&self) -> Reading<'_> {
        let reader = self.lock_reader();
        if reader.reads() {
            return Reading::beside(reader, self.place.clone());
        }
        drop(reader);
        Reading::through(self.writer())
    }

    /// The connection for changes. A query through it waits for every transaction of this process.
    fn writer(&self) -> Held<'_> {
        // A panic while holding the lock leaves no torn state: every change is a transaction that was then rolled back.
        Held::new(self.writer.lock().unwrap_or_else(PoisonError::into_inner), self.place.clone())
    }

    fn lock_reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction that other processes cannot interleave with; an error rolls everything back.
    fn write<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.writer();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

/// Instants are stored as milliseconds since 1970, so that they sort and compare in SQL.
fn to_millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// The moment in a column that every row has. See [`bounds::nearest_moment`].
fn moment(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    row.get(index).map(bounds::nearest_moment)
}

/// The moment in a column that may have none, as far as it may be one.
fn learnt_moment(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<i64>>(index)?.and_then(bounds::moment_of_millis))
}

/// The moment in a column where having one at all says something.
fn set_moment(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(bounds::nearest_moment))
}

/// The origin in two columns, the first of which is at this index: a word and a desk.
fn read_origin(row: &Row<'_>, index: usize) -> Result<Origin, Error> {
    let (name, desk): (String, Option<String>) = (row.get(index)?, row.get(index.saturating_add(1))?);
    Origin::from_stored(&name, desk.as_deref()).ok_or_else(|| Error::unreadable("origin", &name))
}

/// The number in a column, or the nearest that is one of 0 to `u32::MAX`.
fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u32> {
    row.get::<_, i64>(index).map(|number| u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

/// The percentage in a column, if it is one.
fn percent(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<u8>> {
    Ok(row.get::<_, Option<i64>>(index)?.and_then(|number| u8::try_from(number).ok()).filter(|percent| *percent <= 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_database_is_reported_as_corrupt_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, b"this is not a database, but somebody may want it back".repeat(50)).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(Store::open(folder.path()), Err(Error::Corrupt { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_newer_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let raw = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        raw.pragma_update(None, "user_version", 9_999).unwrap();
        drop(raw);
        assert!(matches!(Store::open(folder.path()), Err(Error::Newer { .. })));
        let raw = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        assert_eq!(raw.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap(), 9_999);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("occupied");
        std::fs::write(&file, b"").unwrap();
        assert!(matches!(Store::open(&file), Err(Error::Unopenable { .. })));
    }
}
