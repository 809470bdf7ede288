//! Rooms at RealtimeKit: makes a room, counts its participants, and gets the tokens to join it. No token is stored.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::Url;

use super::realtimekit_app;
use crate::cloudflare::{self, NewMeeting, NewParticipant};
use crate::context::Context;
use crate::domain::address::names_this_computer;
use crate::domain::ids::{MeetingId, SessionId};
use crate::domain::recorder::room_people::host_mark;
use crate::domain::schedule::session::{RoomCode, Session};
use crate::error::Error;
use crate::secret_url::SecretUrl;
use crate::store::{Invitee, PersonSeat, SeatRole};

/// Makes a room. If RealtimeKit refuses a room that makes a transcript or records by itself, as it may before the account
/// is set up for that, makes one that does less. The class need not wait: the jobs ask for the recording when somebody is
/// in the room.
pub(crate) async fn make_room(context: &Context, new: NewMeeting) -> Result<MeetingId, Error> {
    let app = &realtimekit_app::id(context).await?;
    let mut made = context.cloudflare().create_meeting(app, &new).await;
    let mut asked = new;
    while let Err(error) = &made
        && refused(error)
        && let Some(less) = asked.less()
    {
        made = context.cloudflare().create_meeting(app, &less).await;
        asked = less;
    }
    match made {
        Ok(made) => Ok(made.id),
        Err(error) => Err(realtimekit_app::explained(context, error.into()).await),
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

/// Opens a room that exists and updates it to the present plan, which may have changed since the room was made. If
/// RealtimeKit refuses to let the room make a transcript or record by itself, it is opened without that, and recording is
/// requested later. If the room must do neither, a refusal is an error.
pub(crate) async fn bring_up_to_date(context: &Context, room: MeetingId, new: &NewMeeting) -> Result<MeetingId, Error> {
    let app = &realtimekit_app::id(context).await?;
    let mut told = context.cloudflare().edit_meeting(app, &room, new).await;
    let mut asked = new.clone();
    // A room that was made for the invitations is closed until now.
    while let Err(error) = &told
        && refused(error)
        && let Some(less) = asked.less()
    {
        told = context.cloudflare().edit_meeting(app, &room, &less).await;
        asked = less;
    }
    Ok(told.map(|()| room)?)
}

const fn refused(error: &cloudflare::Error) -> bool {
    !error.retryable() && !error.outcome_unknown()
}

/// The page on which the host joins: a page on this computer if there is one, or else the join page of the settings.
fn host_page(context: &Context) -> Result<Option<Url>, Error> {
    if let Some(own) = context.parts().own_room_page.as_ref().or(context.parts().local_join_page.as_ref()) {
        return Ok(Some(own.clone()));
    }
    Ok(context.store().preferences()?.join_page)
}

/// The host's address for the room; `None` if there is no join page.
pub(crate) async fn host_url(
    context: &Context,
    session: &Session,
    room: &MeetingId,
) -> Result<Option<SecretUrl>, Error> {
    let custom_id = host_mark(session.id);
    context.store().take_host_seat(session.id, &custom_id, context.now())?;
    let name = Some(session.plan.instructor_name());
    let seat = Seat { session: session.id, room, custom_id: &custom_id, role: SeatRole::Host, name };
    let token = seat_token(context, &seat).await?;
    Ok(host_page(context)?.map(|page| SecretUrl::with_token(&page, &token)))
}

pub(crate) struct Seat<'a> {
    pub(crate) session: SessionId,
    pub(crate) room: &'a MeetingId,
    pub(crate) custom_id: &'a str,
    pub(crate) role: SeatRole,
    pub(crate) name: Option<&'a str>,
}

/// A fresh token for a seat. The seat was committed first, so after a lost reply the participant is found by Hajime's
/// mark and not added twice.
pub(crate) async fn seat_token(context: &Context, seat: &Seat<'_>) -> Result<SecretString, Error> {
    let app = &realtimekit_app::id(context).await?;
    let in_this_room = |invitee: &Invitee| invitee.room.as_ref().is_none_or(|room| room == seat.room);
    let known = context.store().invitee(seat.session, seat.custom_id)?.filter(in_this_room);
    if let Some(participant) = known.and_then(|invitee| invitee.participant) {
        return Ok(context.cloudflare().refresh_participant_token(app, seat.room, &participant).await?);
    }
    added(context, seat).await
}

/// A fresh token for the seat of a person on the roster, with the name and the role that the roster has now. Where several
/// sessions share a room, a person has one participant in it, so that an earlier link stays the way in. A seat that was
/// taken before may have a participant of which the reply was lost, so that one is looked up first.
pub(crate) async fn person_token(context: &Context, seat: &Seat<'_>, taken: PersonSeat) -> Result<SecretString, Error> {
    let app = &realtimekit_app::id(context).await?;
    let in_this_room = |invitee: &Invitee| invitee.room.as_ref().is_none_or(|room| room == seat.room);
    let known = context.store().invitee(seat.session, seat.custom_id)?.filter(in_this_room);
    let known = match known.and_then(|invitee| invitee.participant) {
        None => context.store().participant_in_room(seat.room, seat.custom_id)?,
        known => known,
    };
    let known = match (known, taken) {
        (Some(participant), _) => Some(participant),
        (None, PersonSeat::Known) => {
            let all = context.cloudflare().participants(app, seat.room).await?;
            all.into_iter().find(|other| other.custom_participant_id == seat.custom_id).map(|other| other.id)
        }
        (None, PersonSeat::New | PersonSeat::Full) => None,
    };
    if let Some(participant) = known {
        let new = participant_of(context, seat).await?;
        if let Some(token) = context.cloudflare().edit_participant(app, seat.room, &participant, &new).await? {
            context.store().seat_known(seat.session, seat.custom_id, seat.room, &participant)?;
            return Ok(token);
        }
        // Somebody deleted the participant in the dashboard.
    }
    added(context, seat).await
}

async fn participant_of(context: &Context, seat: &Seat<'_>) -> Result<NewParticipant, Error> {
    let presets = realtimekit_app::presets(context).await?;
    Ok(NewParticipant {
        preset_name: match seat.role {
            SeatRole::Host => presets.host.to_owned(),
            SeatRole::Participant => presets.participant.to_owned(),
        },
        custom_participant_id: seat.custom_id.to_owned(),
        name: seat.name.unwrap_or_default().to_owned(),
    })
}

/// Adds the participant of a seat and returns the token. After a lost reply the participant is looked up.
async fn added(context: &Context, seat: &Seat<'_>) -> Result<SecretString, Error> {
    let app = &realtimekit_app::id(context).await?;
    let new = participant_of(context, seat).await?;
    match context.cloudflare().add_participant(app, seat.room, &new).await {
        Ok(joined) => {
            context.store().seat_known(seat.session, seat.custom_id, seat.room, &joined.id)?;
            Ok(joined.token)
        }
        Err(error) if error.outcome_unknown() => {
            let all = context.cloudflare().participants(app, seat.room).await?;
            let Some(found) = all.into_iter().find(|other| other.custom_participant_id == seat.custom_id) else {
                return Err(error.into());
            };
            context.store().seat_known(seat.session, seat.custom_id, seat.room, &found.id)?;
            Ok(context.cloudflare().refresh_participant_token(app, seat.room, &found.id).await?)
        }
        Err(error) => {
            if matches!(error, cloudflare::Error::Missing { .. } | cloudflare::Error::Refused { .. }) {
                // Somebody may have deleted the preset in the dashboard.
                realtimekit_app::forget_presets(context).await;
            }
            Err(error.into())
        }
    }
}

/// The number of people in a room by Cloudflare's answer, and when it was asked.
pub(crate) async fn count_participants(context: &Context, room: &MeetingId) -> Result<(u32, DateTime<Utc>), Error> {
    let seen = context.cloudflare().active_session(&realtimekit_app::id(context).await?, room).await?;
    Ok((seen.map_or(0, |session| session.live_participants), context.now()))
}

pub(crate) fn is_local(page: &Url) -> bool {
    names_this_computer(page)
}

/// The page on which invited people join: the one in the settings, or else one on this computer.
pub(crate) fn invite_page(context: &Context) -> Result<Option<Url>, Error> {
    let here = || context.parts().own_room_page.clone().or_else(|| context.parts().local_join_page.clone());
    Ok(context.store().preferences()?.join_page.or_else(here))
}

pub(crate) fn no_join_page() -> Error {
    Error::Conflict {
        message: "There is no page for people to join on.".into(),
        next: "Set the join page’s address in Settings.",
    }
}
