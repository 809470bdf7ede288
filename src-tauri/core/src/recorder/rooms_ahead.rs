//! The room of a session that has not begun: makes it closed, keeps it up to date, and remembers its id, so that a start
//! only opens it.
//!
//! The room code is stored first, then that the room is asked for. After a crash or a lost reply the room is found by
//! its code before it is made again.

use crate::cloudflare::{self, NewMeeting};
use crate::context::Context;
use crate::domain::ids::{AppId, MeetingId, SessionId};
use crate::domain::schedule::limits::LENGTH_MAX_SECONDS;
use crate::domain::schedule::room_ahead::KnownRoom;
use crate::domain::schedule::session::{RoomCode, Session};
use crate::error::Error;
use crate::recorder::{realtimekit_app, rooms};

/// The room that a session has in the app in use; `None` where it has to be found by its code. Sends no request.
pub(crate) fn known(context: &Context, session: SessionId) -> Result<Option<KnownRoom>, Error> {
    let Some(app) = realtimekit_app::known(context)? else { return Ok(None) };
    let known = context.store().room_ahead(session)?.and_then(|known| known.room);
    Ok(known.filter(|room| room.app == app.id))
}

/// Returns the room of a session: the known one, or the one with its code, or a new one. It has the present title, and
/// nobody can join it. The caller holds the room lock.
pub(crate) async fn closed_room(
    context: &Context,
    session: &Session,
    code: &RoomCode,
    code_is_new: bool,
) -> Result<MeetingId, Error> {
    let app = realtimekit_app::id(context).await?;
    let title = code.meeting_title(&session.plan.title);
    if let Some(room) = known(context, session.id)? {
        match tell(context, session.id, KnownRoom { title: title.clone(), ..room }).await {
            Err(Error::Cloudflare(cloudflare::Error::Missing { .. })) => {
                context.store().forget_room_ahead(session.id)?;
            }
            told => return told,
        }
    }
    context.store().note_room_asked_for(session.id)?;
    let existing = if code_is_new { None } else { rooms::find(context, code).await? };
    let id = match existing {
        Some(room) => room,
        None => make(context, code, &title).await?,
    };
    tell(context, session.id, KnownRoom { app, id, title, closed: false }).await
}

/// Gives a room its title and closes it.
pub(crate) async fn tell(context: &Context, session: SessionId, room: KnownRoom) -> Result<MeetingId, Error> {
    context.store().note_room_ahead(session, &KnownRoom { closed: false, ..room.clone() })?;
    context.cloudflare().close_meeting_as(&room.app, &room.id, &room.title).await?;
    context.store().note_room_ahead(session, &KnownRoom { closed: true, ..room.clone() })?;
    Ok(room.id)
}

/// Closes the room of a session that will not begin soon, if it was made.
pub(crate) async fn settle(context: &Context, session: &Session, code: Option<&RoomCode>) -> Result<(), Error> {
    let found = match code {
        Some(code) => rooms::find(context, code).await?,
        None => None,
    };
    match (found, code) {
        (Some(id), Some(code)) => {
            let (app, title) = (realtimekit_app::id(context).await?, code.meeting_title(&session.plan.title));
            tell(context, session.id, KnownRoom { app, id, title, closed: false }).await.map(|_| ())
        }
        _ => Ok(context.store().forget_room_ahead(session.id)?),
    }
}

/// Notes that a room is about to be opened. If the start fails after that, the room is closed again.
pub(crate) fn note_opening(context: &Context, session: SessionId, room: &KnownRoom) -> Result<(), Error> {
    Ok(context.store().note_room_ahead(session, &KnownRoom { closed: false, ..room.clone() })?)
}

/// Makes a room that records and transcribes nothing: somebody who is too early must not begin the recording. The start
/// sets that.
async fn make(context: &Context, code: &RoomCode, title: &str) -> Result<MeetingId, Error> {
    let (title, max_seconds) = (title.to_owned(), Some(LENGTH_MAX_SECONDS));
    let new = NewMeeting { title, max_seconds, record: None, transcribe: false };
    match rooms::make_room(context, new).await {
        Err(Error::Cloudflare(error)) if error.outcome_unknown() => {
            rooms::find(context, code).await?.ok_or_else(|| error.into())
        }
        made => made,
    }
}

/// Closes the room of a cancelled session.
pub(crate) async fn close(context: &Context, session: SessionId, room: KnownRoom) -> Result<(), Error> {
    let app: &AppId = &room.app;
    context.cloudflare().close_meeting(app, &room.id).await?;
    Ok(context.store().note_room_ahead(session, &KnownRoom { closed: true, ..room })?)
}
