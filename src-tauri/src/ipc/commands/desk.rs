//! The desk itself.

use hajime_core::actions::library::today;
use hajime_core::actions::profile::settings;
use hajime_core::actions::recorder::sync;
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::recorder::cause::Cause;
use hajime_core::error::Error;
use tauri::{AppHandle, State};

use crate::accounts::Accounts;
use crate::ipc::dto::desk::{ComparedDto, DeskDto, SettingsDto};
use crate::ipc::dto::today::{RetriedAllDto, TodayDto};
use crate::ipc::error::IpcError;
use crate::platform::ask;

#[hajime_macros::command]
pub(crate) async fn desk_status(accounts: State<'_, Accounts>) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.current().await?.as_ref())
}

#[hajime_macros::command]
pub(crate) async fn check_now(accounts: State<'_, Accounts>) -> Result<ComparedDto, IpcError> {
    // The jobs of an account that is left meanwhile are not kept alive by it.
    let context = accounts.current().await?.context.clone();
    sync::make_due(&context)?;
    let found = sync::sync(&context).await?;
    Ok(ComparedDto::new(found, &context.cloudflare().oddities()))
}

#[hajime_macros::command]
pub(crate) async fn settings_get(accounts: State<'_, Accounts>) -> Result<SettingsDto, IpcError> {
    let here = accounts.current().await?;
    Ok(here.context.store().preferences().map_err(Error::from)?.into())
}

#[hajime_macros::command]
pub(crate) async fn settings_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    input: SettingsDto,
) -> Result<SettingsDto, IpcError> {
    let here = accounts.current().await?;
    let preferences = Preferences::try_from(input)?;
    confirm_join_page(&app, &here.context.store().preferences().map_err(Error::from)?, &preferences).await?;
    settings::save(&here.context, &preferences)?;
    Ok(preferences.into())
}

/// A new address for invitations is confirmed outside the page: it decides who gets the invitations.
async fn confirm_join_page(app: &AppHandle, old: &Preferences, new: &Preferences) -> Result<(), IpcError> {
    match &new.join_page {
        Some(page) if old.join_page.as_ref() != Some(page) && !ask::join_page(app, page).await => Err(IpcError::new(
            "not_confirmed",
            "The join page was not changed, because the question about it was not answered with “Use this address”.",
            "Save it again, and check the address in the question.",
        )),
        _ => Ok(()),
    }
}

/// How large everything in the window is, in percent of its usual size.
#[hajime_macros::command]
pub(crate) async fn window_zoom(app: AppHandle, percent: u16) -> Result<(), IpcError> {
    crate::platform::window::zoom(&app, percent);
    Ok(())
}

/// What Today shows of recordings.
#[hajime_macros::command]
pub(crate) async fn today(accounts: State<'_, Accounts>) -> Result<TodayDto, IpcError> {
    let here = accounts.current().await?;
    TodayDto::read(&here.context, &today::today(&here.context)?)
}

#[hajime_macros::command]
pub(crate) async fn failures_retry(accounts: State<'_, Accounts>, cause: String) -> Result<RetriedAllDto, IpcError> {
    let here = accounts.current().await?;
    let cause = Cause::from_code(&cause).ok_or_else(IpcError::internal)?;
    Ok(today::retry_all(&here.context, cause)?.into())
}

/// The page shows the question before closing.
#[hajime_macros::command]
pub(crate) async fn close_asked(app: AppHandle) -> Result<(), IpcError> {
    crate::platform::closing::question_shown(&app);
    Ok(())
}

/// The person said that the window is to be closed all the same.
#[hajime_macros::command]
pub(crate) async fn close_anyway(app: AppHandle) -> Result<(), IpcError> {
    crate::platform::closing::close(&app);
    Ok(())
}
