//! Why the database did not answer: the real cause, never the nearest familiar one.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not a database, or is damaged.
    #[error("the database {} is damaged: {why}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found first.
        why: String,
    },
    /// The file is gone or empty although Hajime has worked here before.
    #[error("the database {} is empty or gone, although {trace} is beside it", path.display())]
    Lost {
        /// Where it was.
        path: PathBuf,
        /// What is left of it.
        trace: String,
    },
    /// A newer Hajime wrote it.
    #[error("the database {} was written by a newer version of Hajime", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// A new version of Hajime could not bring it to its version. SQLite took everything back.
    #[error("the database {} could not be updated; nothing was changed{}: {why}", path.display(), copy_at(copy.as_deref()))]
    NotUpdated {
        /// The file.
        path: PathBuf,
        /// The copy that was made before; `None` when it held nothing.
        copy: Option<PathBuf>,
        /// What was in the way.
        why: Box<Error>,
    },
    /// The folder or file cannot be used.
    #[error("the database {} cannot be opened: {why}", path.display())]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// The words of the operating system or of SQLite.
        why: String,
    },
    /// Another program has it locked.
    #[error("the database {} is locked by another program", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Its disk is full.
    #[error("the disk of {} is full", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// It may be read and not written.
    #[error("{} cannot be written: {why}", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A lock cannot be asked for.
    #[error("the lock {} cannot be used: {why}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// Another Hajime is at work on the data.
    #[error("another Hajime works on {}", folder.display())]
    InUse {
        /// The data folder.
        folder: PathBuf,
    },
    /// A file is no copy of this data.
    #[error("{} cannot be restored: {why}", path.display())]
    NotACopy {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A copy could not be written or put in place.
    #[error("{} cannot be written: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        error: io::Error,
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
    /// What an answer of Cloudflare's says of one recording is another recording's here.
    #[error("the {what} {id} belongs to another recording")]
    OfAnother {
        /// `Stream video` or `RealtimeKit recording`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// SQLite refused what was asked of an open database.
    #[error("the database {} refused: {why}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// SQLite's words, and what kind of disk it is where that is likely to be the cause.
        why: String,
    },
    /// SQLite refused.
    #[error("the database refused: {0}")]
    Sql(rusqlite::Error),
}

/// What an error means for the person at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// The database is damaged: a copy is restored.
    Damaged,
    /// The database is gone: a copy is restored.
    Lost,
    /// The disk is full.
    Full,
    /// The disk or the file may not be written.
    ReadOnly,
    /// Somebody else has it locked.
    Busy,
    /// Something else; the words say what.
    Other,
}

impl Error {
    pub(crate) fn unreadable(what: &'static str, value: impl std::fmt::Display) -> Self {
        Self::Unreadable { what, value: format!("{value}").chars().take(80).collect() }
    }

    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }

    /// What the error means for the person at the desk.
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

    /// The database that has to be restored or given up before anything can go on.
    #[must_use]
    pub fn unusable_database(&self) -> Option<&Path> {
        match self {
            Self::Corrupt { path, .. } | Self::Lost { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The same with the file's name, for an error of a database that was just opened.
    pub(super) fn at(error: rusqlite::Error, path: &Path) -> Self {
        let path = path.to_owned();
        let error = Self::Sql(error);
        match error.nature() {
            Nature::Damaged => Self::Corrupt { path, why: error.to_string() },
            Nature::Full => Self::Full { path },
            Nature::ReadOnly => Self::ReadOnly { path, why: error.to_string() },
            Nature::Busy => Self::Busy { path },
            Nature::Lost | Nature::Other => match error {
                // All that is asked of a database so far every whole one understands.
                Self::Sql(error) if is_not_understood(&error) => Self::Corrupt { path, why: error.to_string() },
                Self::Sql(error) => Self::Unopenable { path, why: said(&error) },
                other => other,
            },
        }
    }
}

/// Where the copy is that was made before an update, as the end of a sentence.
pub(crate) fn copy_at(copy: Option<&Path>) -> String {
    copy.map_or_else(String::new, |copy| format!("; a copy is at {}", copy.display()))
}

/// What an error of SQLite's means.
pub(super) fn nature(error: &rusqlite::Error) -> Nature {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Nature::Damaged,
        Some(ErrorCode::DiskFull) => Nature::Full,
        Some(ErrorCode::ReadOnly) => Nature::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Nature::Busy,
        _ => Nature::Other,
    }
}

/// SQLite's code for everything else: the header names a format that there is not, or a table is not what its name says.
fn is_not_understood(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_ERROR)
}

/// The operating system's words for an error, without its number where they say enough.
pub(super) fn words(error: &io::Error) -> String {
    // The standard library has no name for many of them and calls them all the same.
    let kind = error.kind().to_string();
    if kind == "uncategorized error" || kind == "other error" { error.to_string() } else { kind }
}

/// SQLite's words with its number, which names a cause that the words leave open.
pub(crate) fn said(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, words) => {
            let words = words.clone().unwrap_or_else(|| code.to_string());
            format!("{words} (SQLite {})", code.extended_code)
        }
        other => other.to_string(),
    }
}
