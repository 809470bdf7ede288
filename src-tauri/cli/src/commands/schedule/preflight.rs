//! `preflight`: checks what the next class needs.

use hajime_core::actions::schedule::preflight;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::schedule::preflight::{Check, Preflight, State};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

/// The output for a check. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct CheckView {
    name: &'static str,
    label: &'static str,
    state: &'static str,
    sentence: String,
    fix: Option<&'static str>,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        Self {
            name: check.subject.name(),
            label: check.subject.label(),
            state: check.state.name(),
            sentence: check.sentence,
            fix: check.fix.map(hajime_core::domain::schedule::preflight::Fix::name),
        }
    }
}

#[derive(Debug, Serialize)]
struct PreflightView {
    session_id: Option<String>,
    checked_at: String,
    state: &'static str,
    checks: Vec<CheckView>,
}

impl From<Preflight> for PreflightView {
    fn from(found: Preflight) -> Self {
        Self {
            session_id: found.session.map(|id| id.to_string()),
            checked_at: instant(found.at),
            state: found.state().name(),
            checks: found.checks.into_iter().map(CheckView::from).collect(),
        }
    }
}

pub(crate) async fn run(context: &Context, session: Option<&str>, output: Output) -> Result<(), UserError> {
    let session = match session {
        Some(id) => Some(id.parse()?),
        None => preflight::next(context)?,
    };
    let found = preflight::run(context, session).await?;
    let blocking = found.checks.iter().find(|check| check.state == State::Blocking).map(|check| check.sentence.clone());
    output.print(&PreflightView::from(found), |view| {
        let lines =
            view.checks.iter().map(|check| format!("{:<9} {:<15} {}", check.state, check.label, check.sentence));
        lines.collect::<Vec<_>>().join("\n")
    });
    match blocking {
        Some(sentence) => Err(UserError::new(
            ErrorCode::Conflict,
            format!("The class cannot start: {sentence}"),
            "Put that right, then run the check again.",
        )),
        None => Ok(()),
    }
}
