//! Copies of the desk's data.

use std::path::Path;

use hajime_core::actions::profile::backups::{self, Contents, Copy, Lost, Preview, Reason, Restored};
use hajime_core::error::UserError;
use serde::Serialize;
use ts_rs::TS;

use super::{instant, maybe_instant};
use crate::ipc::error::IpcError;

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CopyReason {
    Daily,
    ByHand,
    BeforeUpdate,
    BeforeRestore,
}

impl From<Reason> for CopyReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Daily => Self::Daily,
            Reason::ByHand => Self::ByHand,
            Reason::BeforeUpdate => Self::BeforeUpdate,
            Reason::BeforeRestore => Self::BeforeRestore,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CopyDto {
    name: String,
    made_at: String,
    reason: CopyReason,
    #[ts(type = "number")]
    bytes: u64,
}

impl From<Copy> for CopyDto {
    fn from(copy: Copy) -> Self {
        Self { name: copy.name(), made_at: instant(copy.made_at), reason: copy.reason.into(), bytes: copy.bytes }
    }
}

/// Every copy there is, the newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct BackupsDto {
    /// The folder they are in.
    folder: String,
    copies: Vec<CopyDto>,
    /// The newest one that is whole.
    newest_whole: Option<String>,
    /// Why the last one was not made.
    problem: Option<IpcError>,
}

impl BackupsDto {
    pub(crate) fn read(folder: &Path, trouble: Option<UserError>) -> Self {
        Self {
            folder: backups::folder_of_copies(folder).display().to_string(),
            copies: backups::list(folder).into_iter().map(CopyDto::from).collect(),
            newest_whole: backups::newest_whole(folder).map(|copy| copy.name()),
            problem: trouble.map(IpcError::from),
        }
    }
}

/// What a database or a copy of it holds.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ContentsDto {
    sessions: u32,
    recordings: u32,
    links: u32,
    changed_at: Option<String>,
}

impl From<Contents> for ContentsDto {
    fn from(held: Contents) -> Self {
        Self {
            sessions: held.sessions,
            recordings: held.recordings,
            links: held.links,
            changed_at: maybe_instant(held.changed_at),
        }
    }
}

/// What only the database has, and a restore would take.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct LostDto {
    sessions: u32,
    titles: Vec<String>,
    changed_sessions: u32,
    recordings: u32,
    links: u32,
}

impl From<Lost> for LostDto {
    fn from(Lost { sessions, titles, changed_sessions, recordings, links }: Lost) -> Self {
        Self { sessions, titles, changed_sessions, recordings, links }
    }
}

/// What a restore would bring and take.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RestorePreviewDto {
    copy: CopyDto,
    holds: ContentsDto,
    /// `null` while the database cannot be read.
    now: Option<ContentsDto>,
    lost: Option<LostDto>,
}

impl RestorePreviewDto {
    pub(crate) fn new(copy: Copy, preview: Preview) -> Self {
        Self {
            copy: copy.into(),
            holds: preview.copy.into(),
            now: preview.now.map(Into::into),
            lost: preview.lost.map(Into::into),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RestoredDto {
    /// Where what was there is kept.
    kept: Option<String>,
}

impl From<Restored> for RestoredDto {
    fn from(restored: Restored) -> Self {
        Self { kept: restored.kept.map(|kept| kept.display().to_string()) }
    }
}
