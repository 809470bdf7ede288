//! Connecting an account.

use std::sync::Arc;

use hajime_core::config::Connection;
use hajime_core::opening;
use hajime_core::ports::{Clock as _, SystemClock};
use tauri::State;

use crate::accounts::{self, Accounts};
use crate::ipc::dto::connect::{ConnectForm, ConnectReportDto};
use crate::ipc::dto::desk::DeskDto;
use crate::ipc::error::IpcError;

#[tauri::command]
pub(crate) async fn connect_verify(form: ConnectForm) -> Result<ConnectReportDto, IpcError> {
    let connection = Connection::try_from(form)?;
    let client = opening::client(&connection, Arc::new(SystemClock))?;
    let report = hajime_core::actions::connect::check(&client, connection.app.as_ref(), SystemClock.now()).await;
    Ok(ConnectReportDto::new(report, &accounts::probe().await))
}

#[tauri::command]
pub(crate) async fn connect_save(accounts: State<'_, Accounts>, form: ConnectForm) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.connect(Connection::try_from(form)?).await?.as_ref())
}

#[tauri::command]
pub(crate) async fn connect_forget(accounts: State<'_, Accounts>) -> Result<DeskDto, IpcError> {
    DeskDto::read(accounts.forget().await?.as_ref())
}
