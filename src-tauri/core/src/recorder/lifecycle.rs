//! Changes the state of a session: stores it, remembers it while its room is open, and tells the listeners.

use super::live_rooms::LiveRooms;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::ports::Topic;

/// Changes a session in one transaction and returns the new session.
pub(crate) fn change_session(
    context: &Context,
    id: SessionId,
    change: impl FnOnce(Session) -> Result<Session, Error>,
) -> Result<Session, Error> {
    announced(context, id, context.store().change_session(id, change)?)
}

/// Like [`change_session`], for a change that a person asked for. The journal keeps it.
pub(crate) fn change_by_hand(
    context: &Context,
    id: SessionId,
    change: impl FnOnce(Session) -> Result<Session, Error>,
) -> Result<Session, Error> {
    announced(context, id, context.store().change_session_by_hand(id, context.now(), change)?)
}

fn announced(context: &Context, id: SessionId, changed: Option<Session>) -> Result<Session, Error> {
    let changed = changed.ok_or_else(|| not_found(id))?;
    LiveRooms::of(context).remember(&changed);
    context.changed(&[Topic::Sessions]);
    Ok(changed)
}

fn not_found(id: SessionId) -> Error {
    Error::NotFound { what: "session", id: id.to_string() }
}

/// The session with this id.
pub(crate) fn session(context: &Context, id: SessionId) -> Result<Session, Error> {
    context.store().session(id)?.ok_or_else(|| not_found(id))
}
