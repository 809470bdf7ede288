//! The routes of a meeting's live session.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, not_found};
use crate::{
    clock::millis,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::{room_event::RoomEventKind, session::Peer, webhooks::EndReason},
};

const MAX_POLL_OPTIONS: usize = 100;

/// `GET …/active-session`
pub fn active(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let shown = kit.call.world.with(|model| model.live_session(meeting).map(|session| session.to_json(model.now)));
    shown.map(Reply::data).ok_or_else(|| no_session(meeting))
}

/// `POST …/active-session/kick`
pub fn kick(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let named_peers = named_peers(&kit.fields()?)?;
    let removed = kit.call.world.with(|model| {
        let session = model.live_session(meeting).map(|session| session.id.clone());
        session.map(|session| model.remove_peers(&session, named_peers))
    });
    let removed = removed.ok_or_else(|| no_session(meeting))?;
    if removed.is_empty() {
        return Err(Refusal::kit(StatusCode::NOT_FOUND, "No participants found to kick"));
    }
    let participants: Vec<_> = removed.iter().map(peer_json).collect();
    Ok(Reply::data(json!({ "action": "kick", "participants": participants })))
}

/// `POST …/active-session/kick-all`: ends the session. Its recordings stop.
pub fn kick_all(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let kicked = kit.call.world.with(|model| {
        let session = model.live_session(meeting).map(|session| (session.id.clone(), session.present().count()));
        session.map(|(id, count)| {
            model.end_session(&id, model.now, EndReason::HostEndedMeeting);
            count
        })
    });
    let count = kicked.ok_or_else(|| no_session(meeting))?;
    Ok(Reply::data(json!({ "action": "kick_all", "kicked_participants_count": count })))
}

/// `POST …/active-session/mute`, from an older version of the API.
pub fn mute(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let named_peers = named_peers(&kit.fields()?)?;
    let muted = mute_peers(kit, meeting, named_peers)?;
    if muted.is_empty() {
        return Err(not_found("No participants found to mute"));
    }
    let participants: Vec<_> = muted.iter().map(peer_json).collect();
    Ok(Reply::data(json!({ "action": "mute", "participants": participants })))
}

/// `POST …/active-session/mute-all`, from an older version of the API. Peers that join later are not muted.
pub fn mute_all(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    kit.fields()?.flag("allow_unmute")?;
    let muted = mute_peers(kit, meeting, |_| true)?;
    Ok(Reply::data(json!({ "action": "mute_all", "muted_participants_count": muted.len() })))
}

/// `POST …/active-session/poll`: shows a poll to everybody in the room. A wrong member is refused with 400, as
/// documented.
pub fn poll(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let fields = Fields::read(&kit.call.body, ErrorFormat::Kit(StatusCode::BAD_REQUEST))?;
    let question = fields.required_text("question")?;
    let options = fields.texts("options")?.unwrap_or_default();
    if !(2..=MAX_POLL_OPTIONS).contains(&options.len()) || options.iter().any(|option| option.trim().is_empty()) {
        return Err(fields.refuse("options", format!("must be 2 to {MAX_POLL_OPTIONS} texts")));
    }
    let (anonymous, hide_votes) = (fields.flag("anonymous")?, fields.flag("hide_votes")?);
    let options: Vec<_> = options.iter().map(|option| json!({ "text": option, "count": 0, "votes": [] })).collect();
    let poll = json!({
        "id": ids::uuid(),
        "question": question,
        "options": options,
        "anonymous": anonymous.unwrap_or(false),
        "hide_votes": hide_votes.unwrap_or(false),
        "created_by": kit.app,
        "voted": [],
    });
    kit.call.world.with(|model| {
        model.live_session(meeting).ok_or_else(|| no_session(meeting))?;
        model.push_room_event(meeting.to_owned(), RoomEventKind::Poll(poll.clone()));
        Ok(())
    })?;
    Ok(Reply::created(json!({ "action": "poll_create", "poll": poll })))
}

/// Mutes the peers that `which` selects, sends the new list of people to the room, and returns the muted peers.
fn mute_peers(kit: &Kit<'_>, meeting: &str, which: impl Fn(&Peer) -> bool) -> Result<Vec<Peer>, Refusal> {
    kit.call.world.with(|model| {
        let session = model.live_session(meeting).map(|session| session.id.clone());
        let session = session.ok_or_else(|| no_session(meeting))?;
        let muted = model.sessions.edit(&session, |session| {
            let present = session.peers.iter_mut().filter(|peer| peer.left.is_none() && which(peer));
            let muted = present.map(|peer| {
                peer.muted = true;
                peer.clone()
            });
            muted.collect::<Vec<_>>()
        });
        model.push_room_event(meeting.to_owned(), RoomEventKind::PeersChanged);
        Ok(muted.unwrap_or_default())
    })
}

/// Returns the test for a peer that the member `participant_ids` or `custom_participant_ids` names.
fn named_peers(fields: &Fields) -> Result<impl Fn(&Peer) -> bool + use<>, Refusal> {
    let ids = fields.texts("participant_ids")?.unwrap_or_default();
    let custom = fields.texts("custom_participant_ids")?.unwrap_or_default();
    if ids.is_empty() && custom.is_empty() {
        return Err(fields.refuse("participant_ids", "or custom_participant_ids is required"));
    }
    Ok(move |peer: &Peer| {
        peer.participant.as_ref().is_some_and(|id| ids.contains(id))
            || peer.custom_id.as_ref().is_some_and(|id| custom.contains(id))
            || ids.contains(&peer.id)
    })
}

fn peer_json(peer: &Peer) -> Value {
    json!({
        "id": peer.participant.as_ref().unwrap_or(&peer.id),
        "name": peer.name,
        "created_at": millis(peer.joined),
        "updated_at": millis(peer.left.unwrap_or(peer.joined)),
    })
}

/// The refusal when the meeting has no live session.
pub fn no_session(meeting: &str) -> Refusal {
    not_found(&format!("No active session found for meeting_id {meeting}"))
}
