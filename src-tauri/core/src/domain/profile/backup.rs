//! Backups of the database, and what a restore from one brings and loses.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

/// The reason why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The daily backup was due.
    Daily,
    /// Somebody asked for a backup.
    ByHand,
    /// A new version of Hajime was about to change the database.
    BeforeUpdate,
    /// Another backup was about to replace the database.
    BeforeRestore,
}

impl Reason {
    /// Returns the word in file names, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::ByHand => "by-hand",
            Self::BeforeUpdate => "before-update",
            Self::BeforeRestore => "before-restore",
        }
    }
}

/// A backup in the folder of the backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The path of the backup.
    pub path: PathBuf,
    /// The reason why it was made.
    pub reason: Reason,
    /// The moment at which it was made.
    pub made_at: DateTime<Utc>,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Copy {
    /// Returns the name of the file.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// A summary of a database in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Sessions, past and to come.
    pub sessions: u32,
    /// Recordings, including the removed ones.
    pub recordings: u32,
    /// Share links in the ledger.
    pub links: u32,
    /// The last change of any row; `None` where there are no rows.
    pub changed_at: Option<DateTime<Utc>>,
    /// The id of the Cloudflare account; `None` where the database names none.
    pub account: Option<String>,
}

/// The preview of a restore: the contents of the copy, and the changes that would be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The contents of the backup.
    pub copy: Contents,
    /// The contents of the present database; `None` when it cannot be read.
    pub now: Option<Contents>,
    /// The rows that only the present database has; `None` when it cannot be read.
    pub lost: Option<Lost>,
}

/// The rows that were added or changed since a backup was made. A restore would lose them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Sessions that the backup does not have.
    pub sessions: u32,
    /// Titles of some of these sessions, the newest first.
    pub titles: Vec<String>,
    /// Sessions that the backup has with other values.
    pub changed_sessions: u32,
    /// Recordings that the backup does not have. Sync takes in those that Cloudflare still has.
    pub recordings: u32,
    /// Links that the backup's ledger does not have.
    pub links: u32,
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The path at which the replaced database is kept; `None` when there was nothing to keep.
    pub kept: Option<PathBuf>,
}
