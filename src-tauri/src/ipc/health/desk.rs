//! The state of the desk besides its jobs, running a job now, the service, and what support may read.

use chrono::TimeDelta;
use hajime_core::actions::health::{desk, diagnostics, service};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::health::desk::{BUDGET_REQUESTS, BUDGET_WINDOW, Connection, Working};
use hajime_core::error::{Error, UserError};
use hajime_core::user_service::{Found, UserService};
use serde::Serialize;
use tauri::{AppHandle, State};
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};
use crate::ipc::{copy, instant, maybe_instant};

hajime_macros::commands![desk_health, job_run, diagnostics, diagnostics_copy, service_status,];

/// Returns the state of the desk: connections, requests, clock, database, and who works.
#[hajime_macros::command]
pub(crate) async fn desk_health(accounts: State<'_, Accounts>) -> Result<DeskStatusDto, UserError> {
    let context = accounts.current().await?.context.clone();
    let status = blocking(move || desk::status(&context)).await?;
    Ok(DeskStatusDto {
        connections: status.connections.into_iter().map(ConnectionDto::from).collect(),
        budget_used: status.budget_used,
        budget_limit: BUDGET_REQUESTS,
        budget_minutes: u32::try_from(BUDGET_WINDOW.num_minutes()).unwrap_or_default(),
        clock_off_seconds: status.clock_off.map(TimeDelta::as_seconds_f64),
        database_bytes: status.database_bytes,
        database_checked_at: maybe_instant(status.database_check.map(|check| check.at)),
        database_ok: status.database_check.map(|check| check.is_whole),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        worker: WorkerDto::from(status.working),
    })
}

/// Lets a job run now, in whichever process runs the jobs.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn job_run(accounts: State<'_, Accounts>, name: String) -> Result<(), UserError> {
    let context = accounts.current().await?.context.clone();
    blocking(move || desk::run_job(&context, &name)).await?;
    Ok(())
}

/// Returns what strangers who support this desk may read.
#[hajime_macros::command]
pub(crate) async fn diagnostics(accounts: State<'_, Accounts>) -> Result<DiagnosticsDto, UserError> {
    let text = told(&accounts).await?;
    Ok(DiagnosticsDto { bytes: u32::try_from(text.len()).unwrap_or(u32::MAX), text })
}

/// Copies what strangers who support this desk may read.
#[hajime_macros::command]
pub(crate) async fn diagnostics_copy(app: AppHandle, accounts: State<'_, Accounts>) -> Result<(), UserError> {
    let text = told(&accounts).await?;
    if copy(&app, &text) {
        return Ok(());
    }
    Err(UserError::new(
        ErrorCode::Clipboard,
        "The diagnostics could not be put on the clipboard.",
        "Save them from a terminal: hajime-cli diagnostics FILE.",
    ))
}

/// Returns whether the service that watches is installed and runs.
#[hajime_macros::command]
pub(crate) async fn service_status(accounts: State<'_, Accounts>) -> Result<ServiceDto, UserError> {
    let context = accounts.current().await?.context.clone();
    let service = UserService::here(|name| std::env::var_os(name), None).map_err(Error::from)?;
    let found = service::status(&context, &service).await?;
    let working = desk::working(&context)?;
    Ok(ServiceDto {
        installed: found.is_installed,
        running: found.is_running,
        manager: service.manager().name().to_owned(),
        words: format!("{} {}", words(&found), shown(&working)),
    })
}

async fn told(accounts: &State<'_, Accounts>) -> Result<String, UserError> {
    let context = accounts.current().await?.context.clone();
    let desktop = ["XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"].map(|name| std::env::var(name).unwrap_or_default());
    blocking(move || diagnostics::text(&context, Some(&desktop.join(" ")))).await
}

fn words(found: &Found) -> &'static str {
    match (found.is_installed, found.is_running) {
        (false, _) => "No service watches on this computer. Install one from a terminal: hajime-cli service install.",
        (true, Some(true)) => "The service watches on this computer, also while the window is closed.",
        (true, Some(false)) => {
            "The service is installed and does not run. See why in a terminal: hajime-cli service status."
        }
        (true, None) => "The service is installed. The system does not say whether it runs.",
    }
}

/// Who works, as the window says it.
fn shown(working: &Working) -> String {
    match working {
        Working::This(_) => "This window runs the background jobs.".to_owned(),
        other => other.words(),
    }
}

/// The state of the desk.
#[derive(Debug, Serialize, TS)]
pub(crate) struct DeskStatusDto {
    connections: Vec<ConnectionDto>,
    /// The requests to Cloudflare in the present window.
    budget_used: u32,
    /// The requests that Cloudflare allows in a window.
    budget_limit: u32,
    /// The length of a window in minutes.
    budget_minutes: u32,
    /// How far this computer's clock is behind Cloudflare's; `null` before the first answer.
    clock_off_seconds: Option<f64>,
    #[ts(type = "number")]
    database_bytes: u64,
    /// When the database was checked last; `null` before the first check.
    database_checked_at: Option<String>,
    /// Whether it was whole then.
    database_ok: Option<bool>,
    version: String,
    worker: WorkerDto,
}

/// A connection of the desk.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ConnectionDto {
    /// The stable name.
    name: String,
    /// The name for people.
    label: String,
    #[ts(type = "\"ok\" | \"failing\" | \"unknown\" | \"off\"")]
    state: &'static str,
    /// How long the last answer took.
    milliseconds: Option<f64>,
    /// When that was.
    at: Option<String>,
    /// What was wrong; empty where nothing was.
    detail: String,
}

impl From<Connection> for ConnectionDto {
    fn from(one: Connection) -> Self {
        Self {
            name: one.name.to_owned(),
            label: one.label,
            state: one.state.name(),
            milliseconds: one.milliseconds.map(|took| f64::from(u32::try_from(took).unwrap_or(u32::MAX))),
            at: one.at.map(instant),
            detail: one.detail,
        }
    }
}

/// Who runs the jobs.
#[derive(Debug, Serialize, TS)]
pub(crate) struct WorkerDto {
    #[ts(type = "\"window\" | \"service\" | \"terminal\" | \"none\"")]
    kind: &'static str,
    /// Whether it is this window.
    is_this: bool,
    /// Since when.
    since: Option<String>,
    /// The same in one sentence.
    words: String,
}

impl From<Working> for WorkerDto {
    fn from(working: Working) -> Self {
        Self {
            is_this: matches!(working, Working::This(_)),
            since: maybe_instant(working.worker().map(|worker| worker.since)),
            words: shown(&working),
            kind: if matches!(working, Working::This(None)) { "window" } else { working.name() },
        }
    }
}

/// What support may read.
#[derive(Debug, Serialize, TS)]
pub(crate) struct DiagnosticsDto {
    text: String,
    bytes: u32,
}

/// The service that watches while the window is closed.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ServiceDto {
    installed: bool,
    /// Whether it runs; `null` where the system does not say.
    running: Option<bool>,
    /// What starts services here: systemd, launchd or none.
    manager: String,
    /// The same in words.
    words: String,
}
