//! One change of a session’s state: stored, remembered while its room is open, and announced.

use super::live_rooms::LiveRooms;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::ports::Topic;

/// Applies a change to a session in one transaction.
pub(crate) fn change_session(
    context: &Context,
    id: SessionId,
    change: impl FnOnce(Session) -> Result<Session, Error>,
) -> Result<Session, Error> {
    announced(context, id, context.store().change_session(id, change)?)
}

/// Applies a change that a person asked for, which the journal keeps.
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

/// One session.
pub(crate) fn session(context: &Context, id: SessionId) -> Result<Session, Error> {
    context.store().session(id)?.ok_or_else(|| not_found(id))
}
