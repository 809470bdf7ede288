//! The session that is going on in a meeting.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, not_found};
use crate::{
    clock::millis,
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::{Fields, Manner},
    state::{hooks::EndReason, room_event::RoomEventKind, session::Peer},
};

const MOST_OPTIONS: usize = 100;

/// `GET …/active-session`
pub fn active(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let shown = kit.call.world.with(|model| model.live_session(meeting).map(|session| session.shown(model.now)));
    shown.map(Reply::data).ok_or_else(|| no_session(meeting))
}

/// `POST …/active-session/kick`
pub fn kick(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let meant = meant(&kit.fields()?)?;
    let gone = kit.call.world.with(|model| {
        let session = model.live_session(meeting).map(|session| session.id.clone());
        session.map(|session| model.dismiss(&session, meant))
    });
    let gone = gone.ok_or_else(|| no_session(meeting))?;
    if gone.is_empty() {
        return Err(Refusal::kit(StatusCode::NOT_FOUND, "No participants found to kick"));
    }
    let participants: Vec<_> = gone.iter().map(shown).collect();
    Ok(Reply::data(json!({ "action": "kick", "participants": participants })))
}

/// `POST …/active-session/kick-all`: ends the session, and with it its recordings.
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

/// `POST …/active-session/mute`, of an older edition of the API.
pub fn mute(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let meant = meant(&kit.fields()?)?;
    let muted = silence(kit, meeting, meant)?;
    if muted.is_empty() {
        return Err(not_found("No participants found to mute"));
    }
    let participants: Vec<_> = muted.iter().map(shown).collect();
    Ok(Reply::data(json!({ "action": "mute", "participants": participants })))
}

/// `POST …/active-session/mute-all`, likewise. Whoever comes later is not muted.
pub fn mute_all(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    kit.fields()?.flag("allow_unmute")?;
    let muted = silence(kit, meeting, |_| true)?;
    Ok(Reply::data(json!({ "action": "mute_all", "muted_participants_count": muted.len() })))
}

/// `POST …/active-session/poll`: asks everybody in the room. What is wrong with it is 400, as documented.
pub fn poll(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let fields = Fields::read(&kit.call.body, Manner::Kit(StatusCode::BAD_REQUEST))?;
    let question = fields.needed_text("question")?;
    let options = fields.texts("options")?.unwrap_or_default();
    if !(2..=MOST_OPTIONS).contains(&options.len()) || options.iter().any(|option| option.trim().is_empty()) {
        return Err(fields.wrong("options", format!("must be 2 to {MOST_OPTIONS} texts")));
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
        model.tell(meeting.to_owned(), RoomEventKind::Poll(poll.clone()));
        Ok(())
    })?;
    Ok(Reply::created(json!({ "action": "poll_create", "poll": poll })))
}

/// Mutes peers, tells the room, and says who they are.
fn silence(kit: &Kit<'_>, meeting: &str, which: impl Fn(&Peer) -> bool) -> Result<Vec<Peer>, Refusal> {
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
        model.tell(meeting.to_owned(), RoomEventKind::PeersChanged);
        Ok(muted.unwrap_or_default())
    })
}

/// Who is meant by a request that names participants.
fn meant(fields: &Fields) -> Result<impl Fn(&Peer) -> bool + use<>, Refusal> {
    let ids = fields.texts("participant_ids")?.unwrap_or_default();
    let custom = fields.texts("custom_participant_ids")?.unwrap_or_default();
    if ids.is_empty() && custom.is_empty() {
        return Err(fields.wrong("participant_ids", "or custom_participant_ids is required"));
    }
    Ok(move |peer: &Peer| {
        peer.participant.as_ref().is_some_and(|id| ids.contains(id))
            || peer.custom_id.as_ref().is_some_and(|id| custom.contains(id))
            || ids.contains(&peer.id)
    })
}

fn shown(peer: &Peer) -> Value {
    json!({
        "id": peer.participant.as_ref().unwrap_or(&peer.id),
        "name": peer.name,
        "created_at": millis(peer.joined),
        "updated_at": millis(peer.left.unwrap_or(peer.joined)),
    })
}

/// A refusal because nobody is in.
pub fn no_session(meeting: &str) -> Refusal {
    not_found(&format!("No active session found for meeting_id {meeting}"))
}
