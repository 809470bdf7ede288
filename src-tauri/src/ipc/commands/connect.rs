//! Connecting an account.

use std::sync::Arc;

use hajime_core::opening;
use hajime_core::ports::{Clock as _, SystemClock};
use tauri::State;

use crate::accounts::{self, Accounts};
use crate::ipc::dto::connect::{ConnectForm, ConnectReportDto};
use crate::ipc::dto::desk::DeskDto;
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn connect_verify(
    accounts: State<'_, Accounts>,
    form: ConnectForm,
) -> Result<ConnectReportDto, IpcError> {
    let connection = form.connection(|account| accounts.address_for(account))?;
    let client = opening::client(&connection, Arc::new(SystemClock))?;
    let check = hajime_core::actions::profile::connect::check(&client, connection.app.as_ref(), SystemClock.now());
    let (report, keyring) = tokio::join!(check, accounts::probe());
    Ok(ConnectReportDto::new(report, keyring.err().as_ref(), &connection.base_url))
}

#[hajime_macros::command]
pub(crate) async fn connect_save(accounts: State<'_, Accounts>, form: ConnectForm) -> Result<DeskDto, IpcError> {
    let connection = form.connection(|account| accounts.address_for(account))?;
    DeskDto::read(accounts.connect(connection).await?.as_ref())
}

#[hajime_macros::command]
pub(crate) async fn connect_forget(accounts: State<'_, Accounts>) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.forget().await?.as_ref())
}

/// Tries again to open what did not open at the start.
#[hajime_macros::command]
pub(crate) async fn desk_retry(accounts: State<'_, Accounts>) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.retry().await?.as_ref())
}

/// Opens the account that was given or connected, also in the place of the sandbox.
#[hajime_macros::command]
pub(crate) async fn account_open(accounts: State<'_, Accounts>) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.open_account().await?.as_ref())
}

/// Opens the sandbox for this run.
#[hajime_macros::command]
pub(crate) async fn sandbox_open(accounts: State<'_, Accounts>) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.open_sandbox().await?.as_ref())
}

/// The id of the connected account, also while its token cannot be had.
#[hajime_macros::command]
pub(crate) async fn account_saved(accounts: State<'_, Accounts>) -> Result<Option<String>, IpcError> {
    Ok(accounts.saved()?.map(|saved| saved.account.to_string()))
}
