//! Copies of the database, and what restoring one brings and takes.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

/// Why a copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A day had passed.
    Daily,
    /// Somebody asked for it.
    ByHand,
    /// A new version of Hajime was about to change the database.
    BeforeUpdate,
    /// Another copy was about to take the database's place.
    BeforeRestore,
}

impl Reason {
    /// The word in file names, the CLI and the IPC.
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

/// A copy in the folder of the copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Where it is.
    pub path: PathBuf,
    /// Why it was made.
    pub reason: Reason,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Its size.
    pub bytes: u64,
}

impl Copy {
    /// Its file name.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The contents of a database, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Sessions, past and to come.
    pub sessions: u32,
    /// Recordings.
    pub recordings: u32,
    /// Share links in the ledger.
    pub links: u32,
    /// When something in it last changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// The Cloudflare account it belongs to.
    pub account: Option<String>,
}

/// The preview of a restore: the contents of the copy, and the changes that would be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// What the copy holds.
    pub copy: Contents,
    /// What the database holds now; `None` when it cannot be read.
    pub now: Option<Contents>,
    /// What only the database has now; `None` when it cannot be read.
    pub lost: Option<Lost>,
}

/// The rows that were added or changed since a copy was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Sessions that the copy does not have.
    pub sessions: u32,
    /// Titles of some of them, the newest first.
    pub titles: Vec<String>,
    /// Sessions that are otherwise in the copy.
    pub changed_sessions: u32,
    /// Recordings that the copy does not have. Cloudflare gives back those that it still has.
    pub recordings: u32,
    /// Links that the copy's ledger does not have.
    pub links: u32,
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database that was there is kept; `None` when there was nothing to keep.
    pub kept: Option<PathBuf>,
}
