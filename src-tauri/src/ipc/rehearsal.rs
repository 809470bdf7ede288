//! Practising with failures: what goes wrong in the sandbox, and how fast its clock runs.

use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tauri::State;
use ts_rs::TS;

use crate::accounts::{Accounts, ActiveProfile, internal};

hajime_macros::commands![rehearsal_get, rehearsal_begin, rehearsal_speed, rehearsal_fault, rehearsal_calm];

#[hajime_macros::command]
pub(crate) async fn rehearsal_get(accounts: State<'_, Accounts>) -> Result<RehearsalDto, UserError> {
    shown(accounts.current().await?.as_ref()).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_begin(accounts: State<'_, Accounts>, name: String) -> Result<RehearsalDto, UserError> {
    done(&accounts, "scenarios", json!({ "name": name })).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_speed(accounts: State<'_, Accounts>, factor: f64) -> Result<RehearsalDto, UserError> {
    done(&accounts, "speed", json!({ "factor": factor })).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_fault(accounts: State<'_, Accounts>, form: FaultForm) -> Result<RehearsalDto, UserError> {
    done(&accounts, "faults", form.trap()?).await
}

#[hajime_macros::command]
pub(crate) async fn rehearsal_calm(accounts: State<'_, Accounts>) -> Result<RehearsalDto, UserError> {
    done(&accounts, "calm", Value::Null).await
}

async fn done(accounts: &Accounts, command: &str, body: Value) -> Result<RehearsalDto, UserError> {
    let here = accounts.current().await?;
    send(&here, "POST", command, &body).await?;
    shown(&here).await
}

async fn shown(here: &ActiveProfile) -> Result<RehearsalDto, UserError> {
    let state = send(here, "GET", "state", &Value::Null).await?;
    let scenarios = send(here, "GET", "scenarios", &Value::Null).await?;
    RehearsalDto::read(&state, scenarios)
}

async fn send(here: &ActiveProfile, method: &str, command: &str, body: &Value) -> Result<Value, UserError> {
    let Some(sandbox) = &here.sandbox else {
        return Err(UserError::new(
            ErrorCode::Conflict,
            "Failures can be rehearsed in the sandbox only, and a Cloudflare account is open.",
            "Forget the account in Settings, or start Hajime with --sandbox.",
        ));
    };
    sandbox.control(method, command, body).await.map_err(|refused| {
        UserError::new(ErrorCode::InvalidInput, format!("The sandbox refused: {refused}."), "Choose something else.")
    })
}

/// A prepared set of failures in the sandbox.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub(crate) struct ScenarioDto {
    name: String,
    title: String,
    description: String,
    /// Whether the scenario was started and the sandbox has not been returned to normal since.
    active: bool,
}

/// The state of the sandbox that matters for practice.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct RehearsalDto {
    scenarios: Vec<ScenarioDto>,
    /// How many times faster than real time the sandbox's clock runs.
    speed: f64,
    /// How many faults are set.
    faults: u32,
}

impl RehearsalDto {
    /// Reads the sandbox's replies to `state` and `scenarios`.
    pub(crate) fn read(state: &Value, mut scenarios: Value) -> Result<Self, UserError> {
        let faults = state["faults"].as_array().map_or(0, Vec::len);
        Ok(Self {
            scenarios: serde_json::from_value(scenarios["scenarios"].take()).map_err(|_| internal())?,
            speed: state["speed"].as_f64().unwrap_or(1.0),
            faults: u32::try_from(faults).unwrap_or(u32::MAX),
        })
    }
}

/// How a call to the sandbox goes wrong.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    Reset,
    DropReply,
    ServerError,
    ErrorPage,
    EmptyReply,
    HalfReply,
    SlowReply,
    RateLimited,
}

/// Which calls to the sandbox go wrong.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultCalls {
    All,
    Changes,
    Rooms,
    Recordings,
    Videos,
}

/// A fault that the page asks the sandbox to set.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
pub(crate) struct FaultForm {
    kind: FaultKind,
    calls: FaultCalls,
    /// How many calls go wrong; `null` for all of them.
    count: Option<u32>,
    /// The probability that a call goes wrong, in percent, from 1 to 100.
    probability: u8,
    /// The seed of the random choice of calls: the same number chooses the same calls.
    seed: u32,
}

impl FaultForm {
    /// Checks the form and converts it to the body of the sandbox's command `faults`.
    pub(crate) fn trap(self) -> Result<Value, UserError> {
        let wrong = |message: &str, next: &str| Err(UserError::new(ErrorCode::InvalidInput, message, next));
        if !(1..=100).contains(&self.probability) {
            return wrong("The probability must be from 1 to 100 percent.", "Type a number in that range.");
        }
        if self.count == Some(0) {
            return wrong("The number of calls must be 1 or more.", "Type a number, or leave it empty for all calls.");
        }
        let fault = match self.kind {
            FaultKind::Reset => json!({ "kind": "reset" }),
            FaultKind::DropReply => json!({ "kind": "drop_reply" }),
            FaultKind::ServerError => json!({ "kind": "status", "status": 500 }),
            FaultKind::ErrorPage => json!({ "kind": "html", "status": 502 }),
            FaultKind::EmptyReply => json!({ "kind": "empty", "status": 503 }),
            FaultKind::HalfReply => json!({ "kind": "truncated" }),
            FaultKind::SlowReply => json!({ "kind": "slow_headers", "seconds": 10.0 }),
            FaultKind::RateLimited => json!({ "kind": "rate_limited", "retry_after": 30 }),
        };
        let (method, path) = match self.calls {
            FaultCalls::All => (None, "/client/*"),
            FaultCalls::Changes => (Some("POST"), "/client/*"),
            FaultCalls::Rooms => (None, "/client/*/meetings*"),
            FaultCalls::Recordings => (None, "/client/*/recordings*"),
            FaultCalls::Videos => (None, "/client/*/stream*"),
        };
        Ok(json!({
            "method": method,
            "path": path,
            "count": self.count,
            "probability": f64::from(self.probability) / 100.0,
            "seed": self.seed,
            "fault": fault,
        }))
    }
}

#[cfg(test)]
mod tests {
    use cloudflare_sandbox::{Options, Sandbox};

    use super::*;

    #[tokio::test]
    async fn the_sandbox_accepts_every_kind_of_fault_for_every_group_of_calls() {
        let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await.unwrap();
        let kinds = [
            "reset",
            "drop_reply",
            "server_error",
            "error_page",
            "empty_reply",
            "half_reply",
            "slow_reply",
            "rate_limited",
        ];
        for (at, kind) in kinds.into_iter().enumerate() {
            for calls in ["all", "changes", "rooms", "recordings", "videos"] {
                let form = json!({ "kind": kind, "calls": calls, "count": 2, "probability": 50, "seed": at });
                let form: FaultForm = serde_json::from_value(form).unwrap();
                sandbox.control("POST", "faults", &form.trap().unwrap()).await.unwrap();
            }
        }
        let state = sandbox.control("GET", "state", &Value::Null).await.unwrap();
        let scenarios = sandbox.control("GET", "scenarios", &Value::Null).await.unwrap();
        let shown = RehearsalDto::read(&state, scenarios).unwrap();
        assert_eq!(shown.faults, 40);
        assert!(shown.scenarios.len() >= 10);
    }

    #[test]
    fn a_fault_that_can_never_happen_is_refused() {
        let form = |count, probability| FaultForm {
            kind: FaultKind::Reset,
            calls: FaultCalls::All,
            count,
            probability,
            seed: 0,
        };
        assert!(form(None, 100).trap().is_ok());
        assert!(form(Some(0), 100).trap().is_err());
        assert!(form(None, 0).trap().is_err());
        assert!(form(None, 101).trap().is_err());
    }
}
