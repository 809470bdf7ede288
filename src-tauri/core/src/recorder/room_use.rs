//! The classes that are held in one room, one after the other.

use crate::context::Context;
use crate::domain::ids::{MeetingId, SessionId};
use crate::domain::schedule::held::TimeInRoom;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;

/// The time in which what happens in a room belongs to a session.
pub(crate) fn time_of(context: &Context, room: &MeetingId, session: SessionId) -> Result<TimeInRoom, Error> {
    Ok(TimeInRoom::of(session, &context.store().held_in(room)?))
}

/// The session for which the room of a class is open; `None` where it is open for no other one.
pub(crate) fn other_in_room(context: &Context, class: &Session) -> Result<Option<Session>, Error> {
    match class.state.code() {
        Some(code) => Ok(context.store().session_in_room(code, class.id)?),
        None => Ok(None),
    }
}

/// Refuses to open the room of a class while it is open for another one. The caller holds the room lock, so none begins
/// meanwhile.
pub(crate) fn refuse_if_in_use(context: &Context, class: &Session) -> Result<(), Error> {
    let Some(other) = other_in_room(context, class)? else { return Ok(()) };
    let (what, next) = match other.state {
        SessionState::Ending(..) => ("still being ended", "Start this class as soon as that one has ended."),
        SessionState::Starting { .. } => ("being started", "End that class first, then start this one."),
        _ => ("still live", "End that class first, then start this one."),
    };
    let message = format!("“{}” shares its room with “{}”, which is {what}.", class.plan.title, other.plan.title);
    Err(Error::Conflict { message, next })
}
