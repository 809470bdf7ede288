//! Rooms: presets, seats and the tokens that open them. Tokens live only as long as the call that needs them.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::{Desk, Error, SecretUrl};
use crate::cloudflare::{NewParticipant, NewPreset};
use crate::domain::ids::{MeetingId, SessionId};
use crate::domain::session::Session;
use crate::store::Role;

/// The presets people join with, by name: that is what adding a participant takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomPresets {
    host: String,
    participant: String,
}

/// Cloudflare's own default presets; present in apps made in the dashboard, promised nowhere else.
const DEFAULTS: (&str, &str) = ("group_call_host", "group_call_participant");
/// Ours, made where the defaults are missing.
const OWN: (&str, &str) = ("hajime_host", "hajime_participant");

/// An invitation that was made.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The address to give to one person.
    pub url: SecretUrl,
    /// How many were made for the session, this one included.
    pub made: u32,
    /// How many may be made.
    pub max: u32,
    /// Whether the address works on this computer only.
    pub local_only: bool,
}

/// Makes an invitation for one person: a seat, a token, an address. Refused when the session's places are taken.
pub async fn invite(desk: &Desk, id: SessionId) -> Result<Invitation, Error> {
    let session = super::sessions::get(desk, id)?;
    let room = match &session.state {
        crate::domain::session::SessionState::Live(room) => room.id.clone(),
        _ => return Err(Error::NotLive),
    };
    let max = session.plan.max_participants;
    let page = invite_page(desk)?.ok_or_else(no_join_page)?;
    let in_the_room = desk.cloud().active_session(desk.app().await?, &room).await?;
    // The host is one of the people in the room and takes no participant's place.
    if in_the_room.is_some_and(|seen| seen.live_participants > max) {
        return Err(Error::RoomFull { max });
    }
    let custom_id = format!("guest-{}", Uuid::new_v4().simple());
    let Some(made) = desk.store().take_seat(id, &custom_id, max, desk.now())? else {
        return Err(Error::RoomFull { max });
    };
    let seat = Seat { session: id, room: &room, custom_id: &custom_id, role: Role::Participant, name: None };
    let token = match seat_token(desk, &seat).await {
        Ok(token) => token,
        Err(error) => {
            desk.store().free_seat(id, &custom_id)?;
            return Err(error);
        }
    };
    desk.changed(&[crate::ports::Topic::Sessions]);
    Ok(Invitation { url: SecretUrl::with_token(&page, &token), made, max, local_only: is_local(&page) })
}

/// Whether invitations open on this computer only.
pub fn invites_local_only(desk: &Desk) -> Result<bool, Error> {
    Ok(invite_page(desk)?.is_none_or(|page| is_local(&page)))
}

fn no_join_page() -> Error {
    Error::Conflict {
        message: "There is no page for people to join on.".into(),
        next: "Set the join page’s address in Settings.",
    }
}

fn is_local(page: &Url) -> bool {
    matches!(page.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// Where invited people join.
fn invite_page(desk: &Desk) -> Result<Option<Url>, Error> {
    if let Some(own) = &desk.parts().own_room_page {
        return Ok(Some(own.clone()));
    }
    Ok(desk.store().preferences()?.join_page.or_else(|| desk.parts().local_join_page.clone()))
}

/// Where the host joins: on this computer if possible.
fn host_page(desk: &Desk) -> Result<Option<Url>, Error> {
    if let Some(own) = desk.parts().own_room_page.as_ref().or(desk.parts().local_join_page.as_ref()) {
        return Ok(Some(own.clone()));
    }
    Ok(desk.store().preferences()?.join_page)
}

/// The host's way in; `None` when there is no page to join on.
pub(crate) async fn host_url(desk: &Desk, session: &Session, room: &MeetingId) -> Result<Option<SecretUrl>, Error> {
    let custom_id = format!("host-{}", session.id);
    desk.store().take_host_seat(session.id, &custom_id, desk.now())?;
    let name = Some(session.plan.instructor.as_str());
    let seat = Seat { session: session.id, room, custom_id: &custom_id, role: Role::Host, name };
    let token = seat_token(desk, &seat).await?;
    Ok(host_page(desk)?.map(|page| SecretUrl::with_token(&page, &token)))
}

struct Seat<'a> {
    session: SessionId,
    room: &'a MeetingId,
    custom_id: &'a str,
    role: Role,
    name: Option<&'a str>,
}

/// A fresh token for a seat. The seat was committed before, so after a lost reply the participant is found by our mark and not made twice.
async fn seat_token(desk: &Desk, seat: &Seat<'_>) -> Result<SecretString, Error> {
    let app = desk.app().await?;
    let known = desk.store().invitee(seat.session, seat.custom_id)?.and_then(|invitee| invitee.participant);
    if let Some(participant) = known {
        return Ok(desk.cloud().refresh_participant_token(app, seat.room, &participant).await?);
    }
    let presets = presets(desk).await?;
    let new = NewParticipant {
        preset_name: match seat.role {
            Role::Host => presets.host.clone(),
            Role::Participant => presets.participant.clone(),
        },
        custom_participant_id: seat.custom_id.to_owned(),
        name: seat.name.unwrap_or_default().to_owned(),
    };
    match desk.cloud().add_participant(app, seat.room, &new).await {
        Ok(joined) => {
            desk.store().seat_known(seat.session, seat.custom_id, &joined.id)?;
            Ok(joined.token)
        }
        Err(error) if error.outcome_unknown() => {
            let all = desk.cloud().participants(app, seat.room).await?;
            let Some(found) = all.into_iter().find(|other| other.custom_participant_id == seat.custom_id) else {
                return Err(error.into());
            };
            desk.store().seat_known(seat.session, seat.custom_id, &found.id)?;
            Ok(desk.cloud().refresh_participant_token(app, seat.room, &found.id).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The presets of the app: Cloudflare's defaults where they exist, ours otherwise.
pub(crate) async fn presets(desk: &Desk) -> Result<&RoomPresets, Error> {
    desk.presets_cell()
        .get_or_try_init(|| async {
            let app = desk.app().await?;
            let names: Vec<String> = desk.cloud().presets(app).await?.into_iter().map(|preset| preset.name).collect();
            let has = |name: &str| names.iter().any(|known| known == name);
            if has(DEFAULTS.0) && has(DEFAULTS.1) {
                return Ok(RoomPresets { host: DEFAULTS.0.into(), participant: DEFAULTS.1.into() });
            }
            if !has(OWN.0) {
                desk.cloud().create_preset(app, &NewPreset::host(OWN.0)).await?;
            }
            if !has(OWN.1) {
                desk.cloud().create_preset(app, &NewPreset::participant(OWN.1)).await?;
            }
            Ok(RoomPresets { host: OWN.0.into(), participant: OWN.1.into() })
        })
        .await
}

/// People in a room as far as Cloudflare says now.
pub(crate) async fn look(desk: &Desk, room: &MeetingId) -> Result<(u32, DateTime<Utc>), Error> {
    let seen = desk.cloud().active_session(desk.app().await?, room).await?;
    Ok((seen.map_or(0, |session| session.live_participants), desk.now()))
}
