//! The room of a class that has not begun, so that invitations can be made; taking links back from people who were taken
//! off the roster; and who was in the room.

use crate::context::Context;
use crate::domain::ids::{AppId, MeetingId, ParticipantId, SessionId};
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;
use crate::recorder::lifecycle::{self, change_session};
use crate::recorder::{realtimekit_app, room_lock, room_people, room_use, rooms, rooms_ahead};
use crate::store::{Invitee, WithdrawnSeat};

/// The room of a session that is live or has not begun. A room that does not exist yet is made and closed at once: its
/// invitations let nobody in before the start opens it.
///
/// The start finds the same room.
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
    // A room that is open for another class stays open.
    if let Some(other) = room_use::other_in_room(context, &session)? {
        return other.state.room().map(|room| room.id.clone()).ok_or_else(|| being_started(&other));
    }
    rooms_ahead::closed_room(context, &session, code, code_is_new).await
}

fn being_started(session: &Session) -> Error {
    Error::Conflict {
        message: format!("“{}” is being started.", session.plan.title),
        next: "Try again when its room is open.",
    }
}

/// Takes the link back from somebody who is no longer on the roster: deletes the participant, then frees the seat. Where
/// the session is live, the person is removed from the room too.
pub(crate) async fn withdraw(context: &Context, withdrawn: &WithdrawnSeat) -> Result<(), Error> {
    let WithdrawnSeat { session, seat } = withdrawn;
    let app = &realtimekit_app::id(context).await?;
    let state = lifecycle::session(context, *session)?.state;
    let room = match (&seat.room, &state) {
        (Some(room), _) => Some(room.clone()),
        (None, SessionState::Live(room)) => Some(room.id.clone()),
        (None, SessionState::Scheduled { code: Some(code) }) => rooms::find(context, code).await?,
        (None, _) => None,
    };
    if let Some(room) = room {
        if matches!(state, SessionState::Live(_)) {
            room_people::expel(context, &room, seat.participant.as_ref(), &seat.custom_id).await?;
            room_people::note_removed(context, *session, seat.participant.as_ref(), &seat.custom_id);
        } else if let Some(participant) = participant_of(context, app, &room, seat).await? {
            context.cloudflare().delete_participant(app, &room, &participant).await?;
        }
        context.store().forget_participant(&room, &seat.custom_id)?;
    }
    context.store().free_seat(*session, &seat.custom_id)?;
    Ok(())
}

/// The participant of a seat, looked up where the reply about it was lost.
async fn participant_of(
    context: &Context,
    app: &AppId,
    room: &MeetingId,
    seat: &Invitee,
) -> Result<Option<ParticipantId>, Error> {
    if let Some(participant) = &seat.participant {
        return Ok(Some(participant.clone()));
    }
    let all = context.cloudflare().participants(app, room).await?;
    Ok(all.into_iter().find(|other| other.custom_participant_id == seat.custom_id).map(|other| other.id))
}

/// Asks RealtimeKit who was in the room of a session, and stores it. Returns whether anything is new.
pub(crate) async fn read_attendance(context: &Context, id: SessionId) -> Result<bool, Error> {
    Ok(room_people::read(context, &lifecycle::session(context, id)?).await?.1)
}
