//! The checks before a class.

use hajime_core::actions::schedule::preflight;
use hajime_core::domain::schedule::preflight::{Check, Fix, Preflight, State as CheckState};
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{id, instant};

hajime_macros::commands![preflight_run, preflight_last,];

/// Makes the checks for a session, or for the desk alone. Takes some seconds at most.
#[hajime_macros::command]
pub(crate) async fn preflight_run(
    accounts: State<'_, Accounts>,
    session_id: Option<String>,
) -> Result<PreflightDto, UserError> {
    let here = accounts.current().await?;
    let session = session_id.as_deref().map(id).transpose()?;
    Ok(preflight::run(&here.context, session).await?.into())
}

/// Returns what the checks found last; `null` where they were not made within a day. Sends no request.
#[hajime_macros::command]
pub(crate) async fn preflight_last(
    accounts: State<'_, Accounts>,
    session_id: Option<String>,
) -> Result<Option<PreflightDto>, UserError> {
    let here = accounts.current().await?;
    let session = session_id.as_deref().map(id).transpose()?;
    Ok(preflight::last(&here.context, session)?.map(PreflightDto::from))
}

/// What a check means for the class.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "PreflightState")]
#[serde(rename_all = "snake_case")]
pub(crate) enum PreflightStateDto {
    Ok,
    /// It could not be found out.
    Unknown,
    /// The class can start, and something will not work as planned.
    Attention,
    /// The class cannot start before this is put right.
    Blocking,
}

impl From<CheckState> for PreflightStateDto {
    fn from(state: CheckState) -> Self {
        match state {
            CheckState::Ok => Self::Ok,
            CheckState::Unknown => Self::Unknown,
            CheckState::Attention => Self::Attention,
            CheckState::Blocking => Self::Blocking,
        }
    }
}

/// What puts a check right.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "PreflightFix")]
#[serde(rename_all = "snake_case")]
pub(crate) enum FixDto {
    Connection,
    App,
    RepairPresets,
    Recordings,
    JoinPage,
    People,
    LiveSession,
    CheckAgain,
}

impl From<Fix> for FixDto {
    fn from(fix: Fix) -> Self {
        match fix {
            Fix::Connection => Self::Connection,
            Fix::App => Self::App,
            Fix::RepairPresets => Self::RepairPresets,
            Fix::Recordings => Self::Recordings,
            Fix::JoinPage => Self::JoinPage,
            Fix::People(_) => Self::People,
            Fix::LiveSession(_) => Self::LiveSession,
            Fix::CheckAgain => Self::CheckAgain,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PreflightCheckDto {
    /// A stable word.
    name: &'static str,
    /// The name for people.
    label: &'static str,
    state: PreflightStateDto,
    sentence: String,
    /// `null` where nothing has to be done.
    fix: Option<FixDto>,
}

impl From<Check> for PreflightCheckDto {
    fn from(check: Check) -> Self {
        Self {
            name: check.subject.name(),
            label: check.subject.label(),
            state: check.state.into(),
            sentence: check.sentence,
            fix: check.fix.map(FixDto::from),
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct PreflightDto {
    /// `null` for the desk alone.
    session_id: Option<String>,
    checked_at: String,
    /// The gravest state of all checks.
    state: PreflightStateDto,
    /// Those that need somebody come last, the gravest at the end.
    checks: Vec<PreflightCheckDto>,
}

impl From<Preflight> for PreflightDto {
    fn from(found: Preflight) -> Self {
        Self {
            session_id: found.session.map(|id| id.to_string()),
            checked_at: instant(found.at),
            state: found.state().into(),
            checks: found.checks.into_iter().map(PreflightCheckDto::from).collect(),
        }
    }
}
