//! Starting a session: the room is opened, the host is let in, and recording was asked for with the room.

use chrono::{DateTime, Utc};

use crate::cloudflare::NewMeeting;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::schedule::session::{LENGTH_MAX, Room, RoomCode, Session, SessionState};
use crate::error::Error;
use crate::recorder::lifecycle::change_session;
use crate::recorder::{realtimekit_app, room_lock, rooms};
use crate::secret_url::SecretUrl;

pub use crate::recorder::attempts::can_start_again;

/// What Start did.
#[derive(Debug, Clone)]
pub struct Started {
    /// The session, live.
    pub session: Session,
    /// Whether it was live already.
    pub already_live: bool,
    /// The host's way into the room; `None` when there is no page to join on.
    pub join: Option<SecretUrl>,
}

/// Opens the room and lets the host in. Pressing it again lets the host in again and opens nothing twice. A start long before the plan is
/// refused: see [`start_early`].
pub async fn start(context: &Context, id: SessionId) -> Result<Started, Error> {
    start_if(context, id, |session, now| {
        if session.is_early(now) {
            let start = session.plan.start.with_timezone(&session.plan.timezone);
            let start = format!("{} ({})", start.format("%a %-d %b %Y, %H:%M"), session.plan.timezone);
            return Err(Error::TooEarly { title: session.plan.title.clone(), start });
        }
        Ok(())
    })
    .await
}

/// Opens the room however long before the plan it is.
pub async fn start_early(context: &Context, id: SessionId) -> Result<Started, Error> {
    start_if(context, id, |_, _| Ok(())).await
}

async fn start_if(
    context: &Context,
    id: SessionId,
    allowed: impl FnOnce(&Session, DateTime<Utc>) -> Result<(), Error>,
) -> Result<Started, Error> {
    let _room_lock = room_lock::take(context).await?;
    let now = context.now();
    let mut mark_is_new = false;
    let session = change_session(context, id, |session| match &session.state {
        SessionState::Scheduled { code } => {
            allowed(&session, now)?;
            mark_is_new = code.is_none();
            let code = code.clone().unwrap_or_else(RoomCode::random);
            Ok(Session { state: SessionState::Starting { code, since: now }, updated_at: now, ..session })
        }
        SessionState::Starting { .. } | SessionState::Live(_) => Ok(session),
        SessionState::Ending(..) | SessionState::Ended(..) => Err(Error::Conflict {
            message: format!("“{}” is over.", session.plan.title),
            next: "Schedule a new session.",
        }),
        SessionState::Cancelled => Err(Error::Conflict {
            message: format!("“{}” was cancelled.", session.plan.title),
            next: "Put it back on the schedule, or schedule a new session.",
        }),
    })?;
    if let SessionState::Live(room) = &session.state {
        let join = rooms::host_url(context, &session, &room.id).await?;
        return Ok(Started { join, already_live: true, session });
    }
    opened(context, &session, mark_is_new, |code| SessionState::Scheduled { code: Some(code) }).await
}

/// Goes on with a class that was ended by mistake: the same room with the same invitations. Refused where something of it was recorded.
pub async fn start_again(context: &Context, id: SessionId) -> Result<Started, Error> {
    let _room_lock = room_lock::take(context).await?;
    let now = context.now();
    let recordings = context.store().recordings_of(id)?;
    let (mut before, mut mark_is_new) = (None, false);
    let session = change_session(context, id, |session| {
        let room = session.state.room().filter(|_| can_start_again(&session, &recordings, now)).cloned();
        let Some(room) = room else {
            return Err(Error::Conflict {
                message: format!("“{}” cannot be started again.", session.plan.title),
                next: "Only a class that ended today without a recording can. Duplicate it instead.",
            });
        };
        // One that another desk held has no mark of ours.
        mark_is_new = room.code.is_none();
        let code = room.code.unwrap_or_else(RoomCode::random);
        before = Some(session.state.clone());
        Ok(Session { state: SessionState::Starting { code, since: now }, updated_at: now, ..session })
    })?;
    let back = |code| before.unwrap_or(SessionState::Scheduled { code: Some(code) });
    opened(context, &session, mark_is_new, back).await
}

/// Opens the room of a session that is being started; where that fails, the session is what `otherwise` makes of its mark.
async fn opened(
    context: &Context,
    session: &Session,
    mark_is_new: bool,
    otherwise: impl FnOnce(RoomCode) -> SessionState,
) -> Result<Started, Error> {
    match open_room(context, session, mark_is_new).await {
        Ok((session, join)) => {
            context.wake_jobs();
            Ok(Started { session, already_live: false, join })
        }
        Err(error) => {
            // Back where it was, with its mark: the next Start looks for the room before it makes one.
            let now = context.now();
            change_session(context, session.id, |session| match session.state {
                SessionState::Starting { code, .. } => {
                    Ok(Session { state: otherwise(code), updated_at: now, ..session })
                }
                _ => Ok(session),
            })?;
            Err(error)
        }
    }
}

async fn open_room(
    context: &Context,
    session: &Session,
    mark_is_new: bool,
) -> Result<(Session, Option<SecretUrl>), Error> {
    let SessionState::Starting { code, .. } = &session.state else { return Err(Error::NotLive) };
    let app = &realtimekit_app::id(context).await?;
    let existing = if mark_is_new {
        None
    } else {
        let found = context.cloudflare().find_meetings(app, code.as_str()).await?;
        found.into_iter().find(|meeting| meeting.title.as_deref().is_some_and(|title| title.contains(code.as_str())))
    };
    let new = NewMeeting {
        title: code.meeting_title(&session.plan.title),
        max_seconds: Some(u32::try_from(LENGTH_MAX.num_seconds()).unwrap_or(86_400)),
        // The request to record goes with the room: it stands even if this computer dies before the first person comes.
        record: session.plan.record.then(|| session.plan.quality.pixels()),
    };
    let room = match existing {
        Some(meeting) => rooms::bring_up_to_date(context, meeting.id, &new).await?,
        None => rooms::make_room(context, new).await?,
    };
    let join = rooms::host_url(context, session, &room).await?;
    let now = context.now();
    let live = change_session(context, session.id, |session| match session.state {
        // One that took so long that it counted as interrupted is live all the same.
        SessionState::Starting { code: own, .. } | SessionState::Scheduled { code: Some(own) } if own == *code => {
            let room = Room { id: room.clone(), code: Some(own), opened_at: now };
            Ok(Session { state: SessionState::Live(room), updated_at: now, ..session })
        }
        _ => Ok(session),
    })?;
    Ok((live, join))
}
