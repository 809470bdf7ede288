//! The schedule: plan, change, cancel, restore and duplicate sessions. Needs no network.

use chrono::{DateTime, Utc};

use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::schedule::session::{Plan, Session, SessionInput, SessionState};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::lifecycle::{self, change_session};

/// One session.
pub fn get(context: &Context, id: SessionId) -> Result<Session, Error> {
    lifecycle::session(context, id)
}

/// Sessions overlapping a span, by start.
pub fn list(context: &Context, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<Vec<Session>, Error> {
    Ok(context.store().sessions(from, to)?)
}

/// Puts a session on the schedule. Needs no network.
pub fn schedule(context: &Context, input: &SessionInput) -> Result<Session, Error> {
    let now = context.now();
    let session = Session::new(Plan::check(input, now)?, now);
    context.store().add_session(&session)?;
    context.changed(&[Topic::Sessions]);
    Ok(session)
}

/// Changes a session that has not begun.
pub fn edit(context: &Context, id: SessionId, input: &SessionInput) -> Result<Session, Error> {
    let now = context.now();
    change_session(context, id, |session| match session.state {
        SessionState::Scheduled { .. } => {
            Ok(Session { plan: session.plan.check_change(input, now)?, updated_at: now, ..session })
        }
        _ => Err(begun(&session, "changed")),
    })
}

/// Takes a session that has not begun off the schedule. Cancelling twice is fine.
pub fn cancel(context: &Context, id: SessionId) -> Result<Session, Error> {
    let now = context.now();
    change_session(context, id, |session| match session.state {
        SessionState::Scheduled { .. } => Ok(Session { state: SessionState::Cancelled, updated_at: now, ..session }),
        SessionState::Cancelled => Ok(session),
        _ => Err(begun(&session, "cancelled")),
    })
}

/// Puts a session that was cancelled back on the schedule. Undoing it twice is fine.
pub fn restore(context: &Context, id: SessionId) -> Result<Session, Error> {
    let now = context.now();
    change_session(context, id, |session| match session.state {
        SessionState::Cancelled => {
            Ok(Session { state: SessionState::Scheduled { code: None }, updated_at: now, ..session })
        }
        SessionState::Scheduled { .. } => Ok(session),
        _ => Err(begun(&session, "put back on the schedule")),
    })
}

/// Schedules another class like one there is, at another time in the same zone.
pub fn duplicate(context: &Context, id: SessionId, start_local: &str) -> Result<Session, Error> {
    let plan = get(context, id)?.plan;
    let instructor = plan.instructor_name().to_owned();
    let Plan { title, timezone, length, record, quality, max_participants, instructor: _, start: _ } = plan;
    let input = SessionInput {
        title,
        instructor,
        start_local: start_local.to_owned(),
        timezone: timezone.name().to_owned(),
        duration_minutes: length.num_minutes(),
        record,
        quality: quality.name().to_owned(),
        max_participants: max_participants.into(),
    };
    schedule(context, &input)
}

fn begun(session: &Session, done: &str) -> Error {
    let state = match session.state {
        SessionState::Scheduled { .. } => "is on the schedule",
        SessionState::Starting { .. } => "is being started",
        SessionState::Live(_) => "is live",
        SessionState::Ending(..) | SessionState::Ended(..) => "is over",
        SessionState::Cancelled => "was cancelled",
    };
    Error::Conflict {
        message: format!("“{}” {state} and cannot be {done}.", session.plan.title),
        next: "Schedule a new session instead.",
    }
}
