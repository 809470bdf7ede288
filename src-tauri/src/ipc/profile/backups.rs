//! Backups of the database, which can be made and restored even if it cannot be opened, and the export for other
//! programs.

use std::path::{Path, PathBuf};

use hajime_core::actions::profile::{backups, tables};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::profile::backup::{Contents, Copy, Lost, Preview, Reason, Restored};
use hajime_core::error::UserError;
use hajime_core::ports::{Clock as _, SystemClock};
use serde::Serialize;
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};
use crate::ipc::library::recordings::SavedDto;
use crate::ipc::user_error::UserErrorShape;
use crate::ipc::{instant, maybe_instant};

hajime_macros::commands![
    backups_list,
    backup_make,
    backup_save,
    export_save,
    backup_preview,
    backup_restore,
    database_begin_anew,
];

/// Returns the backups in the data folder, newest first.
#[hajime_macros::command]
pub(crate) async fn backups_list(accounts: State<'_, Accounts>) -> Result<BackupsDto, UserError> {
    let folder = accounts.data_folder().await?;
    let trouble = accounts.current().await.ok().and_then(|here| here.context.health().backup);
    blocking(move || Ok(BackupsDto::read(&folder, trouble))).await
}

#[hajime_macros::command]
pub(crate) async fn backup_make(accounts: State<'_, Accounts>) -> Result<CopyDto, UserError> {
    let folder = accounts.data_folder().await?;
    Ok(blocking(move || backups::make(&folder, SystemClock.now())).await?.into())
}

/// Saves a backup in the folder for downloads, to be kept on another disk or computer.
#[hajime_macros::command]
pub(crate) async fn backup_save(app: AppHandle, accounts: State<'_, Accounts>) -> Result<SavedDto, UserError> {
    let folder = accounts.data_folder().await?;
    let target = downloads(&app)?;
    let (path, bytes) = blocking(move || backups::save_into(&folder, &target, SystemClock.now())).await?;
    Ok(SavedDto::new(&path, bytes))
}

/// Writes schedule, recordings and ledger to the folder for downloads, for other programs.
#[hajime_macros::command]
pub(crate) async fn export_save(app: AppHandle, accounts: State<'_, Accounts>) -> Result<SavedDto, UserError> {
    let here = accounts.current().await?;
    let target = downloads(&app)?;
    let context = here.context.clone();
    let (path, bytes) = blocking(move || tables::export_into(&context, &target)).await?;
    Ok(SavedDto::new(&path, bytes))
}

/// Returns the contents of a backup, and what would be lost if it were restored.
#[hajime_macros::command]
pub(crate) async fn backup_preview(
    accounts: State<'_, Accounts>,
    name: String,
) -> Result<RestorePreviewDto, UserError> {
    let folder = accounts.data_folder().await?;
    blocking(move || {
        let copy = backups::named(&folder, &name)?;
        let preview = backups::preview(&folder, &copy.path)?;
        Ok(RestorePreviewDto::new(copy, preview))
    })
    .await
}

/// Replaces the database by a backup. The old database is kept under another name.
#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn backup_restore(accounts: State<'_, Accounts>, name: String) -> Result<RestoredDto, UserError> {
    let copy = backups::named(&accounts.data_folder().await?, &name)?;
    Ok(accounts.restore(copy.path).await?.into())
}

/// Starts with an empty database in place of a lost or damaged one.
#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn database_begin_anew(accounts: State<'_, Accounts>) -> Result<RestoredDto, UserError> {
    Ok(accounts.begin_anew().await?.into())
}

fn downloads(app: &AppHandle) -> Result<PathBuf, UserError> {
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        let next = "Save it from a terminal: hajime-cli backup --to FILE, hajime-cli export --to FOLDER.";
        UserError::new(ErrorCode::File, "This computer has no folder for downloads.", next)
    })?;
    std::fs::create_dir_all(&folder).ok();
    Ok(folder)
}

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
    bytes: u64,
}

impl From<Copy> for CopyDto {
    fn from(copy: Copy) -> Self {
        Self { name: copy.name(), made_at: instant(copy.made_at), reason: copy.reason.into(), bytes: copy.bytes }
    }
}

/// The backups of the database, the newest first.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct BackupsDto {
    /// The folder that holds the backups.
    folder: String,
    copies: Vec<CopyDto>,
    /// The name of the newest backup that can be restored; `null` if there is none.
    newest_whole: Option<String>,
    /// Why the last backup could not be made; `null` if it was made.
    #[ts(as = "Option<UserErrorShape>")]
    problem: Option<UserError>,
}

impl BackupsDto {
    pub(crate) fn read(folder: &Path, trouble: Option<UserError>) -> Self {
        Self {
            folder: backups::folder_of_copies(folder).display().to_string(),
            copies: backups::list(folder).into_iter().map(CopyDto::from).collect(),
            newest_whole: backups::newest_whole(folder).map(|copy| copy.name()),
            problem: trouble,
        }
    }
}

/// The contents of a database or of a backup, in numbers.
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

/// The data that is in the database but not in the backup, and that a restore would therefore lose.
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

/// A backup beside the present database, for the question before a restore.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RestorePreviewDto {
    copy: CopyDto,
    holds: ContentsDto,
    /// The contents of the present database; `null` if it cannot be read.
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
    /// The path at which the old database is kept; `null` if there was none.
    kept: Option<String>,
}

impl From<Restored> for RestoredDto {
    fn from(restored: Restored) -> Self {
        Self { kept: restored.kept.map(|kept| kept.display().to_string()) }
    }
}
