//! Starting a session: opens the room, with the request to record it, and lets the host in.

use chrono::{DateTime, Utc};
use futures_util::future;

use crate::actions::guard;
use crate::cloudflare::{self, NewMeeting};
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::lifecycle::EarlyStart;
use crate::domain::schedule::limits::LENGTH_MAX_SECONDS;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::{Room, RoomCode, Session, SessionState};
use crate::error::Error;
use crate::recorder::lifecycle::{self, change_session};
use crate::recorder::{room_lock, room_use, rooms, rooms_ahead};
use crate::secret_url::SecretUrl;

pub use crate::recorder::attempts::can_start_again;

/// The result of starting a session.
#[derive(Debug, Clone)]
pub struct Started {
    /// The live session.
    pub session: Session,
    /// Whether the session was live before.
    pub already_live: bool,
    /// The host's address for the room; `None` if there is no join page.
    pub join: Option<SecretUrl>,
}

/// Opens the room and lets the host in. A second call lets the host in again and opens no second room. A start long
/// before the planned time is refused: see [`start_early`].
pub async fn start(context: &Context, id: SessionId) -> Result<Started, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    start_unless(context, id, EarlyStart::Refused).await
}

/// Opens the room and lets the host in, however long before the planned time.
pub async fn start_early(context: &Context, id: SessionId) -> Result<Started, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    start_unless(context, id, EarlyStart::Confirmed).await
}

async fn start_unless(context: &Context, id: SessionId, early: EarlyStart) -> Result<Started, Error> {
    let _room_lock = room_lock::take(context).await?;
    room_use::refuse_if_in_use(context, &lifecycle::session(context, id)?)?;
    let now = context.now();
    let mut code_is_new = false;
    let session = change_session(context, id, |session| {
        code_is_new = session.needs_room_code();
        Ok(session.begin_start(early, now)?)
    })?;
    if let SessionState::Live(room) = &session.state {
        let join = rooms::host_url(context, &session, &room.id).await?;
        return Ok(Started { join, already_live: true, session });
    }
    opened(context, &session, code_is_new, None).await
}

/// Continues a session that was ended by mistake, in the same room with the same invitations. Refused if any of it was
/// recorded.
pub async fn start_again(context: &Context, id: SessionId) -> Result<Started, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let _room_lock = room_lock::take(context).await?;
    room_use::refuse_if_in_use(context, &lifecycle::session(context, id)?)?;
    let now = context.now();
    let recordings = context.store().recordings_of(id)?;
    let (mut had_ended, mut code_is_new) = (None, false);
    let session = change_session(context, id, |session| {
        code_is_new = session.needs_room_code();
        had_ended = session.state.ended();
        let allowed = can_start_again(&session, &recordings, now);
        Ok(session.start_again(allowed, now)?)
    })?;
    opened(context, &session, code_is_new, had_ended).await
}

/// Opens the room of a session that is starting. If that fails, the session returns to its state before the start.
async fn opened(
    context: &Context,
    session: &Session,
    code_is_new: bool,
    had_ended: Option<(Room, DateTime<Utc>)>,
) -> Result<Started, Error> {
    match Box::pin(open_room(context, session, code_is_new)).await {
        Ok((session, join)) => {
            context.wake_jobs();
            Ok(Started { session, already_live: false, join })
        }
        Err(error) => {
            let now = context.now();
            change_session(context, session.id, |session| Ok(session.start_failed(had_ended, now)))?;
            Err(error)
        }
    }
}

async fn open_room(
    context: &Context,
    session: &Session,
    code_is_new: bool,
) -> Result<(Session, Option<SecretUrl>), Error> {
    let SessionState::Starting { code, .. } = &session.state else { return Err(SessionRefusal::NotLive.into()) };
    let new = NewMeeting {
        title: code.meeting_title(&session.plan.title),
        max_seconds: Some(LENGTH_MAX_SECONDS),
        // The request to record is part of the room, so that it is recorded even if this computer fails before the
        // first person joins.
        record: session.plan.record.then(|| session.plan.quality.pixels()),
        transcribe: session.plan.record && context.store().preferences()?.transcripts,
    };
    if !code_is_new && let Some(opened) = open_known(context, session, code, &new).await? {
        return Ok(opened);
    }
    // Invitations may have made the room, or an earlier start.
    let existing = if code_is_new { None } else { rooms::find(context, code).await? };
    let room = match existing {
        Some(room) => rooms::bring_up_to_date(context, room, &new).await?,
        None => rooms::make_room(context, new).await?,
    };
    let join = rooms::host_url(context, session, &room).await?;
    let now = context.now();
    let live = change_session(context, session.id, |session| Ok(session.opened(code, room, now)))?;
    Ok((live, join))
}

/// Opens the room that was made ahead of the session and lets the host in, both at the same time. `None` if no room is
/// known, or if RealtimeKit no longer has it.
async fn open_known(
    context: &Context,
    session: &Session,
    code: &RoomCode,
    new: &NewMeeting,
) -> Result<Option<(Session, Option<SecretUrl>)>, Error> {
    let Some(known) = rooms_ahead::known(context, session.id)? else { return Ok(None) };
    rooms_ahead::note_opening(context, session.id, &known)?;
    let opening = rooms::bring_up_to_date(context, known.id.clone(), new);
    let (room, join) = future::join(opening, rooms::host_url(context, session, &known.id)).await;
    let room = match room {
        Err(Error::Cloudflare(cloudflare::Error::Missing { .. })) => {
            context.store().forget_room_ahead(session.id)?;
            return Ok(None);
        }
        room => room?,
    };
    let join = join?;
    let now = context.now();
    let live = change_session(context, session.id, |session| Ok(session.opened(code, room, now)))?;
    Ok(Some((live, join)))
}
