//! The desk itself.

use hajime_core::actions::Error;
use hajime_core::domain::preferences::Preferences;
use hajime_core::jobs;
use tauri::{AppHandle, State};

use crate::accounts::Accounts;
use crate::ipc::dto::desk::{ComparedDto, DeskDto, SettingsDto};
use crate::ipc::error::IpcError;

#[tauri::command]
pub(crate) async fn desk_status(accounts: State<'_, Accounts>) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.current().await?.as_ref())
}

#[tauri::command]
pub(crate) async fn check_now(accounts: State<'_, Accounts>) -> Result<ComparedDto, IpcError> {
    // The jobs of an account that is left meanwhile are not kept alive by it.
    let desk = accounts.current().await?.desk.clone();
    jobs::check_now(&desk)?;
    Ok(jobs::compare(&desk).await?.into())
}

#[tauri::command]
pub(crate) async fn settings_get(accounts: State<'_, Accounts>) -> Result<SettingsDto, IpcError> {
    let here = accounts.current().await?;
    Ok(here.desk.store().preferences().map_err(Error::from)?.into())
}

#[tauri::command]
pub(crate) async fn settings_save(accounts: State<'_, Accounts>, input: SettingsDto) -> Result<SettingsDto, IpcError> {
    let here = accounts.current().await?;
    let preferences = Preferences::try_from(input)?;
    here.desk.store().set_preferences(&preferences).map_err(Error::from)?;
    Ok(preferences.into())
}

/// The page painted: the window, hidden until now, is shown.
#[tauri::command]
pub(crate) async fn page_shown(app: AppHandle) {
    crate::platform::window::show(&app);
}
