//! The room of a class that has not begun, so that invitations can be made; taking links back from people who were taken
//! off the roster; and who was in the room.

use std::collections::HashMap;

use crate::cloudflare::NewMeeting;
use crate::context::Context;
use crate::domain::ids::{MeetingId, SessionId};
use crate::domain::schedule::attendance::{Attendance, Connection};
use crate::domain::schedule::limits::LENGTH_MAX_SECONDS;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::{RoomCode, Session, SessionState};
use crate::error::Error;
use crate::recorder::lifecycle::{self, change_session};
use crate::recorder::{realtimekit_app, room_lock, rooms};
use crate::store::WithdrawnSeat;

/// The room of a session that is live or has not begun. A room that does not exist yet is made and closed at once: its
/// invitations let nobody in before the start opens it.
///
/// The room code is stored first. After a crash or a lost reply the room is found by it, and the start finds the same
/// room.
pub(crate) async fn room_for_invitations(context: &Context, id: SessionId) -> Result<MeetingId, Error> {
    if let SessionState::Live(room) = lifecycle::session(context, id)?.state {
        return Ok(room.id);
    }
    let _room_lock = room_lock::take(context).await?;
    let mut code_is_new = false;
    let session = change_session(context, id, |session| {
        code_is_new = session.needs_room_code();
        Ok(session.with_room_code())
    })?;
    let code = match &session.state {
        SessionState::Live(room) => return Ok(room.id.clone()),
        SessionState::Scheduled { code: Some(code) } => code,
        SessionState::Scheduled { code: None } | SessionState::Starting { .. } => return Err(being_started(&session)),
        SessionState::Ending(..) | SessionState::Ended(..) => {
            return Err(SessionRefusal::Over { title: session.plan.title }.into());
        }
        SessionState::Cancelled { .. } => return Err(SessionRefusal::Cancelled { title: session.plan.title }.into()),
    };
    let existing = if code_is_new { None } else { find(context, code).await? };
    let room = match existing {
        Some(room) => room,
        None => make(context, &session, code).await?,
    };
    context.cloudflare().close_meeting(&realtimekit_app::id(context).await?, &room).await?;
    Ok(room)
}

fn being_started(session: &Session) -> Error {
    Error::Conflict {
        message: format!("“{}” is being started.", session.plan.title),
        next: "Try again when its room is open.",
    }
}

/// Finds the room with this code.
pub(crate) async fn find(context: &Context, code: &RoomCode) -> Result<Option<MeetingId>, Error> {
    let app = realtimekit_app::id(context).await?;
    let found = match context.cloudflare().find_meetings(&app, code.as_str()).await {
        Ok(found) => found,
        Err(error) => return Err(realtimekit_app::explained(context, error.into()).await),
    };
    let has_code = |title: &str| title.contains(code.as_str());
    Ok(found.into_iter().find(|meeting| meeting.title.as_deref().is_some_and(has_code)).map(|meeting| meeting.id))
}

/// Makes a room that records nothing: somebody who is too early must not begin the recording. The start sets that.
async fn make(context: &Context, session: &Session, code: &RoomCode) -> Result<MeetingId, Error> {
    let new = NewMeeting {
        title: code.meeting_title(&session.plan.title),
        max_seconds: Some(LENGTH_MAX_SECONDS),
        record: None,
    };
    match rooms::make_room(context, new).await {
        Err(Error::Cloudflare(error)) if error.outcome_unknown() => {
            find(context, code).await?.ok_or_else(|| error.into())
        }
        made => made,
    }
}

/// Takes the link back from somebody who is no longer on the roster: deletes the participant, then frees the seat.
pub(crate) async fn withdraw(context: &Context, withdrawn: &WithdrawnSeat) -> Result<(), Error> {
    let WithdrawnSeat { session, seat } = withdrawn;
    let app = &realtimekit_app::id(context).await?;
    let room = match &seat.room {
        Some(room) => Some(room.clone()),
        None => match lifecycle::session(context, *session)?.state {
            SessionState::Live(room) => Some(room.id),
            SessionState::Scheduled { code: Some(code) } => find(context, &code).await?,
            _ => None,
        },
    };
    if let Some(room) = room {
        let participant = match &seat.participant {
            Some(participant) => Some(participant.clone()),
            // The reply about the participant was lost.
            None => {
                let all = context.cloudflare().participants(app, &room).await?;
                all.into_iter().find(|other| other.custom_participant_id == seat.custom_id).map(|other| other.id)
            }
        };
        if let Some(participant) = participant {
            context.cloudflare().delete_participant(app, &room, &participant).await?;
        }
    }
    context.store().free_seat(*session, &seat.custom_id)?;
    Ok(())
}

/// Asks RealtimeKit who was in the room of a session, and stores it. Returns whether anything is new.
pub(crate) async fn read_attendance(context: &Context, id: SessionId) -> Result<bool, Error> {
    let session = lifecycle::session(context, id)?;
    let mut connections: HashMap<String, Vec<Connection>> = HashMap::new();
    if let Some(room) = session.state.room() {
        let app = &realtimekit_app::id(context).await?;
        for held in context.cloudflare().sessions_of(app, &room.id).await? {
            for peer in context.cloudflare().peers(app, &held.id).await? {
                let Some(joined_at) = peer.joined_at else { continue };
                let connection = Connection { joined_at, left_at: peer.left_at };
                connections.entry(peer.custom_participant_id).or_default().push(connection);
            }
        }
    }
    let now = context.now();
    // A connection without an end cannot have lasted longer than the session.
    let until = session.state.ended_at().unwrap_or(now).min(now);
    let seen: Vec<(String, Attendance)> =
        connections.into_iter().filter_map(|(mark, of)| Some((mark, Attendance::of(&of, until)?))).collect();
    Ok(context.store().note_attendance(id, &seen, now)?)
}
