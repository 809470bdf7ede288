//! The errors of the database. Each names the real cause, never the nearest familiar one.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// The reason why the database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a database, or is damaged.
    #[error("the database {} is damaged: {why}", path.display())]
    Corrupt {
        /// The path of the database.
        path: PathBuf,
        /// The first damage that was found.
        why: String,
    },
    /// The database is missing or empty, although Hajime has worked in this folder before.
    #[error("the database {} is missing or empty, although {trace} in the same folder shows that Hajime has worked here", path.display())]
    Lost {
        /// The path at which the database was.
        path: PathBuf,
        /// The name of a file or folder that shows that Hajime worked here.
        trace: String,
    },
    /// A newer version of Hajime wrote the database.
    #[error("the database {} was written by a newer version of Hajime", path.display())]
    Newer {
        /// The path of the database.
        path: PathBuf,
    },
    /// The database could not be updated to this version of Hajime. SQLite rolled all changes back.
    #[error("the database {} could not be updated; nothing was changed{}: {why}", path.display(), copy_at(copy.as_deref()))]
    NotUpdated {
        /// The path of the database.
        path: PathBuf,
        /// The backup that was made before the update; `None` when there was nothing to keep.
        copy: Option<PathBuf>,
        /// The error that stopped the update.
        why: Box<Error>,
    },
    /// The folder or file of the database cannot be used.
    #[error("the database {} cannot be opened: {why}", path.display())]
    Unopenable {
        /// The path of the database.
        path: PathBuf,
        /// The words of the operating system or of SQLite.
        why: String,
    },
    /// Another program has locked the database.
    #[error("the database {} is locked by another program", path.display())]
    Busy {
        /// The path of the database.
        path: PathBuf,
    },
    /// The disk of the database is full.
    #[error("the disk of {} is full", path.display())]
    Full {
        /// The path of the database.
        path: PathBuf,
    },
    /// The database can be read but not written.
    #[error("{} cannot be written: {why}", path.display())]
    ReadOnly {
        /// The path of the database.
        path: PathBuf,
        /// The reason, in the words of SQLite, the operating system or Hajime.
        why: String,
    },
    /// A lock file cannot be used.
    #[error("the lock {} cannot be used: {why}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// Another Hajime process works on the data.
    #[error("another Hajime works on {}", folder.display())]
    InUse {
        /// The data folder.
        folder: PathBuf,
    },
    /// The file is not a backup of this data.
    #[error("{} cannot be restored: {why}", path.display())]
    NotACopy {
        /// The path of the file.
        path: PathBuf,
        /// The reason why it cannot be restored.
        why: String,
    },
    /// A file could not be written or moved into place.
    #[error("{} cannot be written: {error}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The operating system's error.
        error: io::Error,
    },
    /// The data belongs to another Cloudflare account.
    #[error("this data belongs to the Cloudflare account {owner}")]
    OtherAccount {
        /// The id of the account that owns the data.
        owner: String,
    },
    /// A row holds a value that no version of Hajime writes.
    #[error("the database holds an unreadable {what}: {value}")]
    Unreadable {
        /// A name for the column.
        what: &'static str,
        /// The value, cut to 80 characters.
        value: String,
    },
    /// Cloudflare names the same video or RealtimeKit recording for two recordings. The database has it for the other
    /// one.
    #[error("the {what} {id} belongs to another recording")]
    OfAnother {
        /// The kind of thing: `Stream video` or `RealtimeKit recording`.
        what: &'static str,
        /// The id at Cloudflare.
        id: String,
    },
    /// SQLite refused a statement on an open database.
    #[error("the database {} refused: {why}", path.display())]
    Refused {
        /// The path of the database.
        path: PathBuf,
        /// SQLite's words, and the kind of disk where that is the likely cause.
        why: String,
    },
    /// SQLite refused a statement, and the file is not known.
    #[error("the database refused: {0}")]
    Sql(rusqlite::Error),
}

/// The consequence of an error for the person at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// The database is damaged, so a backup has to be restored.
    Damaged,
    /// The database is missing, so a backup has to be restored.
    Lost,
    /// The disk is full.
    Full,
    /// The disk or the file cannot be written.
    ReadOnly,
    /// Another program has locked the database.
    Busy,
    /// Any other error. Its words say what to do.
    Other,
}

impl Error {
    pub(crate) fn unreadable(what: &'static str, value: impl std::fmt::Display) -> Self {
        Self::Unreadable { what, value: format!("{value}").chars().take(80).collect() }
    }

    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }

    /// Returns the consequence for the person at the desk.
    #[must_use]
    pub fn nature(&self) -> Nature {
        match self {
            Self::Corrupt { .. } => Nature::Damaged,
            Self::Lost { .. } => Nature::Lost,
            Self::Full { .. } => Nature::Full,
            Self::ReadOnly { .. } => Nature::ReadOnly,
            Self::Busy { .. } => Nature::Busy,
            Self::File { error, .. } => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Nature::Full,
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Nature::ReadOnly,
                _ => Nature::Other,
            },
            Self::Sql(error) => nature(error),
            Self::NotUpdated { why, .. } => why.nature(),
            Self::Newer { .. }
            | Self::Unopenable { .. }
            | Self::Refused { .. }
            | Self::Lock { .. }
            | Self::InUse { .. }
            | Self::NotACopy { .. }
            | Self::OtherAccount { .. }
            | Self::Unreadable { .. }
            | Self::OfAnother { .. } => Nature::Other,
        }
    }

    /// Returns the path of a damaged or missing database, which has to be restored or given up before Hajime can work.
    #[must_use]
    pub fn unusable_database(&self) -> Option<&Path> {
        match self {
            Self::Corrupt { path, .. } | Self::Lost { path, .. } => Some(path),
            _ => None,
        }
    }

    /// Converts SQLite's error while a database is being opened, and adds the path.
    pub(super) fn at(error: rusqlite::Error, path: &Path) -> Self {
        let path = path.to_owned();
        let error = Self::Sql(error);
        match error.nature() {
            Nature::Damaged => Self::Corrupt { path, why: error.to_string() },
            Nature::Full => Self::Full { path },
            Nature::ReadOnly => Self::ReadOnly { path, why: error.to_string() },
            Nature::Busy => Self::Busy { path },
            Nature::Lost | Nature::Other => match error {
                // An undamaged database understands every statement that is used while it is opened.
                Self::Sql(error) if is_not_understood(&error) => Self::Corrupt { path, why: error.to_string() },
                Self::Sql(error) => Self::Unopenable { path, why: said(&error) },
                other => other,
            },
        }
    }
}

/// Returns the end of a sentence that says where the backup from before an update is; empty without a backup.
pub(crate) fn copy_at(copy: Option<&Path>) -> String {
    copy.map_or_else(String::new, |copy| format!("; a copy is at {}", copy.display()))
}

/// Returns the consequence of SQLite's error.
pub(super) fn nature(error: &rusqlite::Error) -> Nature {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Nature::Damaged,
        Some(ErrorCode::DiskFull) => Nature::Full,
        Some(ErrorCode::ReadOnly) => Nature::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Nature::Busy,
        _ => Nature::Other,
    }
}

/// Returns whether the error has SQLite's general code. While a database is being opened, it means that the header
/// names an unknown format or that a table is not as its name says.
fn is_not_understood(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_ERROR)
}

/// Returns the operating system's words for an error, without the number where the words say enough.
pub(super) fn words(error: &io::Error) -> String {
    // The standard library has no name for many errors and calls all of these the same.
    let kind = error.kind().to_string();
    if kind == "uncategorized error" || kind == "other error" { error.to_string() } else { kind }
}

/// Returns SQLite's words with its extended code, which names a cause that the words leave open.
pub(crate) fn said(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, words) => {
            let words = words.clone().unwrap_or_else(|| code.to_string());
            format!("{words} (SQLite {})", code.extended_code)
        }
        other => other.to_string(),
    }
}
