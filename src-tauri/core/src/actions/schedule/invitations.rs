//! Invitations: each person gets a seat and an address. Where the join page has a door, everybody gets the class link.

use uuid::Uuid;

use crate::actions::guard;
use crate::actions::schedule::class_links;
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::join_link::LinkOf;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::invited::room_for_invitations;
use crate::recorder::rooms::{Seat, invite_page, is_local, no_join_page, seat_token};
use crate::recorder::{door, lifecycle, realtimekit_app};
use crate::secret_url::SecretUrl;
use crate::store::SeatRole;

/// An invitation that was made.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The address to give to one person.
    pub url: SecretUrl,
    /// The number of invitations made for the session, including this one. The class link is none.
    pub made: u32,
    /// The most invitations that the session allows.
    pub max: u32,
    /// Whether the address works on this computer only.
    pub local_only: bool,
    /// Who comes in by the class link, and when; `None` for an invitation of one person.
    pub class_link: Option<String>,
}

/// Makes an invitation for one person: a seat, a token, an address. Refused if all places of the session are taken. Where the
/// join page has a door, it is the class link.
pub async fn invite(context: &Context, id: SessionId) -> Result<Invitation, Error> {
    guard::allow_session(context, Permission::InvitePeople, id)?;
    if let Some(door) = door::is_open(context)? {
        let made = context.store().invites_made(id)?;
        let link = class_links::link(context, id, LinkOf::Class).await?;
        let sentence =
            [Some(link.state.sentence), link.state.waits].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let local_only = is_local(&door.0);
        return Ok(Invitation { url: link.url, made, max: link.max, local_only, class_link: Some(sentence) });
    }
    let session = lifecycle::session(context, id)?;
    let max = session.plan.max_participants;
    let page = invite_page(context)?.ok_or_else(no_join_page)?;
    let room = room_for_invitations(context, id).await?;
    let in_the_room = context.cloudflare().active_session(&realtimekit_app::id(context).await?, &room).await?;
    // The host is counted in the room but takes no participant's place.
    if in_the_room.is_some_and(|seen| seen.live_participants > max) {
        return Err(Error::RoomFull { max });
    }
    let custom_id = format!("guest-{}", Uuid::new_v4().simple());
    let Some(made) = context.store().take_seat(id, &custom_id, max, context.now())? else {
        return Err(Error::RoomFull { max });
    };
    let seat = Seat { session: id, room: &room, custom_id: &custom_id, role: SeatRole::Participant, name: None };
    let token = match seat_token(context, &seat).await {
        Ok(token) => token,
        Err(error) => {
            context.store().free_seat(id, &custom_id)?;
            return Err(error);
        }
    };
    context.changed(&[Topic::Sessions]);
    let url = SecretUrl::invitation(&page, &token, session.plan.start.instant(), session.plan.record);
    Ok(Invitation { url, made, max, local_only: is_local(&page), class_link: None })
}

/// Whether invitations work on this computer only.
pub fn invites_local_only(context: &Context) -> Result<bool, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    Ok(invite_page(context)?.is_none_or(|page| is_local(&page)))
}
