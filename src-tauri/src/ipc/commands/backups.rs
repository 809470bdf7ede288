//! Copies of the desk's data, which work also while the database cannot be opened, and its export for other programs.

use std::path::PathBuf;

use hajime_core::actions::profile::{backups, tables};
use hajime_core::ports::{Clock as _, SystemClock};
use tauri::{AppHandle, Manager as _, State};

use crate::accounts::{Accounts, blocking};
use crate::ipc::dto::backups::{BackupsDto, CopyDto, RestorePreviewDto, RestoredDto};
use crate::ipc::dto::recordings::SavedDto;
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn backups_list(accounts: State<'_, Accounts>) -> Result<BackupsDto, IpcError> {
    let folder = accounts.data_folder().await?;
    let trouble = accounts.current().await.ok().and_then(|here| here.context.health().backup);
    blocking(move || Ok(BackupsDto::read(&folder, trouble))).await
}

#[hajime_macros::command]
pub(crate) async fn backup_make(accounts: State<'_, Accounts>) -> Result<CopyDto, IpcError> {
    let folder = accounts.data_folder().await?;
    Ok(blocking(move || backups::make(&folder, SystemClock.now())).await?.into())
}

/// Saves a copy where downloads go, for another disk or another computer.
#[hajime_macros::command]
pub(crate) async fn backup_save(app: AppHandle, accounts: State<'_, Accounts>) -> Result<SavedDto, IpcError> {
    let folder = accounts.data_folder().await?;
    let target = downloads(&app)?;
    let (path, bytes) = blocking(move || backups::save_into(&folder, &target, SystemClock.now())).await?;
    Ok(SavedDto::new(&path, bytes))
}

/// Writes schedule, recordings and ledger where downloads go, for other programs.
#[hajime_macros::command]
pub(crate) async fn export_save(app: AppHandle, accounts: State<'_, Accounts>) -> Result<SavedDto, IpcError> {
    let here = accounts.current().await?;
    let target = downloads(&app)?;
    let store = here.context.store().clone();
    let (path, bytes) = blocking(move || tables::save_into(&store, &target, SystemClock.now())).await?;
    Ok(SavedDto::new(&path, bytes))
}

#[hajime_macros::command]
pub(crate) async fn backup_preview(accounts: State<'_, Accounts>, name: String) -> Result<RestorePreviewDto, IpcError> {
    let folder = accounts.data_folder().await?;
    blocking(move || {
        let copy = backups::named(&folder, &name)?;
        let preview = backups::preview(&folder, &copy.path)?;
        Ok(RestorePreviewDto::new(copy, preview))
    })
    .await
}

#[hajime_macros::command]
pub(crate) async fn backup_restore(accounts: State<'_, Accounts>, name: String) -> Result<RestoredDto, IpcError> {
    let copy = backups::named(&accounts.data_folder().await?, &name)?;
    Ok(accounts.restore(copy.path).await?.into())
}

#[hajime_macros::command]
pub(crate) async fn database_begin_anew(accounts: State<'_, Accounts>) -> Result<RestoredDto, IpcError> {
    Ok(accounts.begin_anew().await?.into())
}

fn downloads(app: &AppHandle) -> Result<PathBuf, IpcError> {
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        let next = "Save it from a terminal: hajime-cli backup --to FILE, hajime-cli export --to FOLDER.";
        IpcError::new("file", "This computer has no folder for downloads.", next)
    })?;
    std::fs::create_dir_all(&folder).ok();
    Ok(folder)
}
