//! What comes in the way of the planned end of a session: the instructor's next class, and the longest recording.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::recorder::of_session::captured_now;
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;

/// How long after the planned end the instructor's next class is still named.
const LOOK_AHEAD: TimeDelta = TimeDelta::hours(6);

/// The next class of the same instructor, if it begins before the session's planned end. Every class has a room of its
/// own at Cloudflare, so no other class is in the way.
pub(crate) fn overlapped(context: &Context, session: &Session) -> Result<Option<Session>, Error> {
    next_before(context, session, session.plan.end())
}

/// The next class of the same instructor, if it begins within six hours after the session's planned end.
pub(crate) fn next_class(context: &Context, session: &Session) -> Result<Option<Session>, Error> {
    next_before(context, session, session.plan.end().later(LOOK_AHEAD))
}

fn next_before(context: &Context, session: &Session, until: DateTime<Utc>) -> Result<Option<Session>, Error> {
    let instructor = session.plan.instructor_name().to_lowercase();
    if instructor.is_empty() {
        return Ok(None);
    }
    let start = session.plan.start.instant();
    let is_next = |other: &Session| {
        matches!(other.state, SessionState::Scheduled { .. } | SessionState::Starting { .. })
            && other.id != session.id
            && other.plan.start.instant() > start
            && other.plan.start.instant() < until
            && other.plan.instructor_name().to_lowercase() == instructor
    };
    Ok(context.store().sessions(Some(start), Some(until))?.into_iter().find(is_next))
}

/// When RealtimeKit ends the running recording by itself, if that is before the session's planned end. RealtimeKit
/// records for 86,400 seconds at most, which is what Hajime asks for; a running recording cannot be made longer. The jobs
/// begin another recording when it ends, so the class then has two videos.
pub(crate) fn recording_cut(session: &Session, recordings: &[Recording]) -> Option<DateTime<Utc>> {
    let began = captured_now(recordings)?.facts.started_at?;
    Some(began.later(LENGTH_MAX)).filter(|cut| *cut < session.plan.end())
}
