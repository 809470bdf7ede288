//! The local database: a cache of Cloudflare plus what Cloudflare cannot hold (schedule, ledger, settings, intents).
//!
//! One file per table holds its SQL, its row and its queries. No secret and no presigned address is ever written here.
//! Calls are synchronous and short (milliseconds); every change that must not be torn is one transaction.

mod adopted;
mod links;
mod migrations;
mod observing;
mod outbox;
mod participants;
mod recordings;
mod removed;
mod rescue;
mod retries;
mod sessions;
mod settings;
mod stages;
mod waits;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use adopted::Adopted;
pub use observing::Saved;
pub use outbox::PendingNotice;
pub use participants::{Invitee, Role};
pub use recordings::{Counts, Filter, Query};

/// Why the database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a database, or is damaged.
    #[error("the database {} is damaged", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// A newer Hajime wrote it.
    #[error("the database {} was written by a newer version of Hajime", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The folder or file cannot be used.
    #[error("the database {} cannot be opened: {why}", path.display())]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// It belongs to another Cloudflare account.
    #[error("this data belongs to the Cloudflare account {owner}")]
    OtherAccount {
        /// The account it belongs to.
        owner: String,
    },
    /// A row holds something no version of Hajime writes.
    #[error("the database holds an unreadable {what}: {value}")]
    Unreadable {
        /// Which column.
        what: &'static str,
        /// What it holds, shortened.
        value: String,
    },
    /// A write was refused, for example because the disk is full.
    #[error("the database refused: {0}")]
    Sql(#[from] rusqlite::Error),
}

impl Error {
    pub(crate) fn unreadable(what: &'static str, value: impl std::fmt::Display) -> Self {
        Self::Unreadable { what, value: format!("{value}").chars().take(80).collect() }
    }
}

/// The database. Cheap to clone; all clones share one connection.
#[derive(Debug, Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    path: Option<PathBuf>,
}

/// Name of the database in the data folder.
pub const FILE_NAME: &str = "hajime.db";

impl Store {
    /// Opens (or makes) `hajime.db` in a folder and brings it to the current version. Nothing is changed in a file that is newer or damaged.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE_NAME);
        let unopenable = |why: String| Error::Unopenable { path: path.clone(), why };
        std::fs::create_dir_all(folder).map_err(|error| unopenable(error.to_string()))?;
        restrict(folder).map_err(|error| unopenable(error.to_string()))?;
        let connection = Connection::open(&path).map_err(|error| classify(error, &path))?;
        Self::prepare(connection, Some(path))
    }

    /// A database that is gone with the process, for tests.
    pub fn in_memory() -> Result<Self, Error> {
        Self::prepare(Connection::open_in_memory()?, None)
    }

    fn prepare(mut connection: Connection, path: Option<PathBuf>) -> Result<Self, Error> {
        let shown = path.clone().unwrap_or_else(|| PathBuf::from(":memory:"));
        let at = |error| classify(error, &shown);
        connection.busy_timeout(Duration::from_secs(10)).map_err(at)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(at)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(at)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(at)?;
        connection.pragma_update(None, "secure_delete", true).map_err(at)?;
        migrations::run(&mut connection, &shown)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), path })
    }

    /// The folder the database lies in; `None` in memory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.path.as_deref().and_then(Path::parent)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic while holding the lock leaves no torn state: every change is a transaction that was then rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction that other processes cannot interleave with; an error rolls everything back.
    fn write<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

/// Only the owner may look into the data folder.
#[cfg(unix)]
fn restrict(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same signature as on Unix; elsewhere the user profile is private already"
)]
fn restrict(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

fn classify(error: rusqlite::Error, path: &Path) -> Error {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Corrupt { path: path.to_owned() },
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            Error::Unopenable { path: path.to_owned(), why: error.to_string() }
        }
        _ => Error::Sql(error),
    }
}

/// Instants are stored as milliseconds since 1970, so that they sort and compare in SQL.
fn to_millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

fn from_millis(millis: i64) -> Result<DateTime<Utc>, Error> {
    Utc.timestamp_millis_opt(millis).single().ok_or_else(|| Error::unreadable("time", millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
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
