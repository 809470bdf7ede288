//! The local database: a cache of Cloudflare, plus what Cloudflare cannot hold (schedule, ledger, settings, intents).
//!
//! Each table has a file of its own with its SQL, its row and its queries. The database never holds a secret or a
//! presigned address. Calls are synchronous and take milliseconds. Changes that belong together are one transaction.

mod at_work;
pub mod copies;
mod database_file;
mod delivery;
mod error;
mod filesystem;
mod health;
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
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

use crate::domain::profile::backup::Contents;

pub use database_file::make_private_folder;
pub use error::{Error, Nature};
pub(crate) use error::{copy_at, said};
pub(crate) use filesystem::has_locks;
pub(crate) use health::KnownNames;
pub use health::{Decided, Spent, SpentBy, StoredDates, Timed, Told};
pub use journal::Subject;
pub use library::{BulkChange, Found, Half, OpenCaptions, OpenCheck, Retention, Taken};
pub use outbox::{Delivery, OutboxEntry};
pub use profile::door::DoorLinks;
pub(crate) use profile::role_in;
pub use recorder::{Adopted, AppliedObservation, DueTexts, TextLines};
pub use schedule::{Invitee, PersonSeat, Repeats, SeatRole, TakenSeats, WithdrawnSeat};
pub use sharing::{DoorSources, KeyIntent, KeyUse, Signer};

use at_work::{Held, Place};
use error::words;
use open::{Missing, Opened};
use reading::{Reader, Reading};

use crate::domain::bounds;
use crate::domain::schedule::origin::Origin;

/// The database. Cheap to clone: all clones share one connection that writes and, if the database is in WAL mode, one
/// that reads at the same time.
///
/// A method that needs both connections locks the writing one first, so that two methods cannot block each other.
#[derive(Debug, Clone)]
pub struct Store {
    /// Declared before `writer`, so that it closes first: the last connection to close writes the WAL back to the
    /// database, and this one cannot write.
    reader: Arc<Mutex<Reader>>,
    writer: Arc<Mutex<Connection>>,
    /// The place of the database's file; `None` in memory.
    place: Option<Arc<Place>>,
    /// The reason why the database can only be read; `None` while it can be written.
    reading_only: Arc<Mutex<Option<Arc<Error>>>>,
    /// How often the database was read or written.
    uses: Arc<AtomicU64>,
}

/// The name of the database's file in the data folder.
pub const FILE_NAME: &str = "hajime.db";

impl Store {
    /// Opens (or makes) `hajime.db` in a folder and migrates it to the current version. A file that is newer or damaged
    /// is not changed. If a database is missing that was there before, no new one takes its place. If the file cannot
    /// be written, it is opened for reading only.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let Opened { connection, reading_only } = open::open(folder, Missing::Recognise)?;
        let path = folder.join(FILE_NAME);
        Ok(Self {
            reader: Arc::new(Mutex::new(Reader::beside(&connection, &path)?)),
            writer: Arc::new(Mutex::new(connection)),
            place: Some(Arc::new(Place::of(path))),
            reading_only: Arc::new(Mutex::new(reading_only.map(Arc::new))),
            uses: Arc::default(),
        })
    }

    /// A database in memory, for tests. It is lost when the process ends.
    pub fn in_memory() -> Result<Self, Error> {
        let mut connection = Connection::open_in_memory()?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrations::run(&mut connection, Path::new(":memory:"))?;
        Ok(Self {
            reader: Arc::new(Mutex::new(Reader::none()?)),
            writer: Arc::new(Mutex::new(connection)),
            place: None,
            reading_only: Arc::default(),
            uses: Arc::default(),
        })
    }

    /// Whether a folder has a database. If the folder had one and it is missing, that is an error.
    pub fn is_in(folder: &Path) -> Result<bool, Error> {
        open::has_database(folder)
    }

    /// The reason why the database can only be read; `None` while it can be written.
    #[must_use]
    pub fn reading_only(&self) -> Option<Arc<Error>> {
        self.reading_only.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// If the database could only be read so far, tries to open it for writing.
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

    /// How often the database was read or written, so that the work of a tick can be measured.
    #[must_use]
    pub fn uses(&self) -> u64 {
        self.uses.load(Ordering::Relaxed)
    }

    /// The numbers of sessions, recordings and links in the database.
    pub fn contents(&self) -> Result<Contents, Error> {
        Ok(copies::read_contents(self.connection().raw())?)
    }

    /// Whether the database has no session, no recording and no link, so that a backup would save nothing.
    pub fn is_empty(&self) -> Result<bool, Error> {
        let held = self.contents()?;
        Ok(held.sessions == 0 && held.recordings == 0 && held.links == 0)
    }

    /// Closes the database while `work` puts another file in its place, then opens that file. Readers and writers of
    /// all clones wait meanwhile.
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
                // If the file can still be read, its tables say what is wrong. The empty database in memory has no
                // tables.
                if let Ok(left) = database_file::read_in_place(&folder.join(FILE_NAME)) {
                    *connection = left;
                }
                // The next call of `try_to_write_again` tries to open the file again and reports the error of that
                // attempt.
                let why = error.to_string();
                let until_then = Error::Unopenable { path: folder.join(FILE_NAME), why };
                *self.reading_only.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(until_then));
                // If `work` failed, its error is more useful than that of opening.
                done.and(Err(error))
            }
        }
    }

    /// The data folder that holds the database; `None` in memory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.place.as_ref().and_then(|place| place.path.parent())
    }

    fn damaged(&self, why: &str) -> Error {
        let path = self.place.as_ref().map_or_else(|| ":memory:".into(), |place| place.path.clone());
        Error::Corrupt { path, why: why.to_owned() }
    }

    /// The connection for queries. It sees everything that was committed before this call, and nothing that others
    /// commit while it is held.
    fn connection(&self) -> Reading<'_> {
        let reader = self.lock_reader();
        if reader.reads() {
            self.uses.fetch_add(1, Ordering::Relaxed);
            return Reading::beside(reader, self.place.clone());
        }
        drop(reader);
        Reading::through(self.writer())
    }

    /// The connection for changes. A query through it waits for every transaction of this process.
    fn writer(&self) -> Held<'_> {
        self.uses.fetch_add(1, Ordering::Relaxed);
        // A panic during a change leaves nothing half done: each change is a transaction, which the panic rolls back.
        Held::new(self.writer.lock().unwrap_or_else(PoisonError::into_inner), self.place.clone())
    }

    fn lock_reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction. No other process can write during it; an error rolls everything back.
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

/// The moment in a column that is never null. See [`bounds::nearest_moment`].
fn moment(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    row.get(index).map(bounds::nearest_moment)
}

/// The moment in a column that may be null. A number that is no valid moment reads as null.
fn learnt_moment(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<i64>>(index)?.and_then(bounds::moment_of_millis))
}

/// The moment in a column that may be null. A number that is no valid moment reads as the nearest valid one, because a
/// row with a moment means something else than a row without one.
fn set_moment(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(bounds::nearest_moment))
}

/// The origin in two columns: the word at `index` and the desk in the next column.
fn read_origin(row: &Row<'_>, index: usize) -> Result<Origin, Error> {
    let (name, desk): (String, Option<String>) = (row.get(index)?, row.get(index.saturating_add(1))?);
    Origin::from_stored(&name, desk.as_deref()).ok_or_else(|| Error::unreadable("origin", &name))
}

/// The number in a column, clamped to 0 to `u32::MAX`.
fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u32> {
    row.get::<_, i64>(index).map(|number| u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

/// The percentage in a column; `None` if the column is null or holds no number from 0 to 100.
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
    fn a_database_of_a_newer_version_is_refused_and_not_changed() {
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
    fn a_data_folder_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("occupied");
        std::fs::write(&file, b"").unwrap();
        assert!(matches!(Store::open(&file), Err(Error::Unopenable { .. })));
    }
}
