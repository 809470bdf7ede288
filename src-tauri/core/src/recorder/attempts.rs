//! Attempts: recordings that captured nothing. Finds out whether another recording stands for an attempt and whether
//! its session may start again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::clock::is_within;
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;

/// How long after its end a session may start again.
pub(crate) const RESTART_PERIOD: TimeDelta = TimeDelta::hours(12);

/// Whether a session can continue: it ended less than twelve hours ago, and none of its recordings captured
/// anything.
#[must_use]
pub fn can_start_again(session: &Session, recordings: &[Recording], now: DateTime<Utc>) -> bool {
    let SessionState::Ended(_, at) = session.state else { return false };
    is_within(at, RESTART_PERIOD, now) && recordings.iter().all(Recording::is_empty_attempt)
}

/// Whether the recording captured nothing and its session is still live or ending, so that another attempt may follow.
pub(crate) fn is_on(context: &Context, attempt: &Recording) -> Result<bool, Error> {
    if !attempt.is_empty_attempt() {
        return Ok(false);
    }
    let session = context.store().session(attempt.session)?;
    Ok(session.is_some_and(|session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..))))
}

/// Whether the recording captured nothing and another recording of its session stands for it.
pub(crate) fn is_superseded(context: &Context, attempt: &Recording) -> Result<bool, Error> {
    if !attempt.is_empty_attempt() {
        return Ok(false);
    }
    Ok(context.store().recordings_of(attempt.session)?.iter().any(|other| attempt.is_superseded_by(other)))
}
