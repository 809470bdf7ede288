//! Practising a bad day: what the sandbox lets go wrong, and how fast its time runs.

use serde_json::{Value, json};
use tauri::State;

use crate::accounts::{Accounts, ActiveProfile};
use crate::ipc::dto::rehearsal::{FaultForm, RehearsalDto};
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn rehearsal_get(accounts: State<'_, Accounts>) -> Result<RehearsalDto, IpcError> {
    shown(accounts.current().await?.as_ref()).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_begin(accounts: State<'_, Accounts>, name: String) -> Result<RehearsalDto, IpcError> {
    done(&accounts, "scenarios", json!({ "name": name })).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_speed(accounts: State<'_, Accounts>, factor: f64) -> Result<RehearsalDto, IpcError> {
    done(&accounts, "speed", json!({ "factor": factor })).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_fault(accounts: State<'_, Accounts>, form: FaultForm) -> Result<RehearsalDto, IpcError> {
    done(&accounts, "faults", form.trap()?).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_calm(accounts: State<'_, Accounts>) -> Result<RehearsalDto, IpcError> {
    done(&accounts, "calm", Value::Null).await
}

async fn done(accounts: &Accounts, command: &str, body: Value) -> Result<RehearsalDto, IpcError> {
    let here = accounts.current().await?;
    send(&here, "POST", command, &body).await?;
    shown(&here).await
}

async fn shown(here: &ActiveProfile) -> Result<RehearsalDto, IpcError> {
    let state = send(here, "GET", "state", &Value::Null).await?;
    let scenarios = send(here, "GET", "scenarios", &Value::Null).await?;
    RehearsalDto::read(&state, scenarios)
}

async fn send(here: &ActiveProfile, method: &str, command: &str, body: &Value) -> Result<Value, IpcError> {
    let Some(sandbox) = &here.sandbox else {
        return Err(IpcError::new(
            "conflict",
            "Only the sandbox can rehearse a bad day; this desk is on Cloudflare.",
            "Forget the account in Settings, or start Hajime with --sandbox.",
        ));
    };
    sandbox.control(method, command, body).await.map_err(|refused| {
        IpcError::new("invalid_input", format!("The sandbox did not do it: {refused}."), "Choose something else.")
    })
}
