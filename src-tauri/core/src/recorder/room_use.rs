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
    let (title, what) =
        (&other.plan.title, if matches!(other.state, SessionState::Ending(..)) { "ending" } else { "live" });
    Err(Error::Conflict {
        message: format!("“{}” shares its room with “{title}”, which is still {what}.", class.plan.title),
        next: "End that class first, then start this one.",
    })
}
