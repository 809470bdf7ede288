//! The session that is going on in a meeting.

use axum::http::StatusCode;
use serde_json::json;

use super::{Kit, not_found};
use crate::{
    clock::millis,
    reply::{Answer, Refusal, Reply},
    state::session::Peer,
};

/// `GET …/active-session`
pub fn active(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let shown = kit.call.world.with(|model| model.live_session(meeting).map(|session| session.shown(model.now)));
    shown.map(Reply::data).ok_or_else(|| no_session(meeting))
}

/// `POST …/active-session/kick`
pub fn kick(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let fields = kit.fields()?;
    let ids = fields.texts("participant_ids")?.unwrap_or_default();
    let custom = fields.texts("custom_participant_ids")?.unwrap_or_default();
    if ids.is_empty() && custom.is_empty() {
        return Err(fields.wrong("participant_ids", "or custom_participant_ids is required"));
    }
    let meant = |peer: &Peer| {
        peer.participant.as_ref().is_some_and(|id| ids.contains(id))
            || peer.custom_id.as_ref().is_some_and(|id| custom.contains(id))
            || ids.contains(&peer.id)
    };
    let gone = kit.call.world.with(|model| {
        let session = model.live_session(meeting).map(|session| session.id.clone());
        session.map(|session| model.dismiss(&session, meant))
    });
    let gone = gone.ok_or_else(|| no_session(meeting))?;
    if gone.is_empty() {
        return Err(Refusal::kit(StatusCode::NOT_FOUND, "No participants found to kick"));
    }
    let participants: Vec<_> = gone
        .iter()
        .map(|peer| {
            json!({
                "id": peer.participant.as_ref().unwrap_or(&peer.id),
                "name": peer.name,
                "created_at": millis(peer.joined),
                "updated_at": millis(peer.left.unwrap_or(peer.joined)),
            })
        })
        .collect();
    Ok(Reply::data(json!({ "action": "kick", "participants": participants })))
}

/// `POST …/active-session/kick-all`: ends the session, and with it its recordings.
pub fn kick_all(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    let kicked = kit.call.world.with(|model| {
        let session = model.live_session(meeting).map(|session| (session.id.clone(), session.present().count()));
        session.map(|(id, count)| {
            model.end_session(&id, model.now);
            count
        })
    });
    let count = kicked.ok_or_else(|| no_session(meeting))?;
    Ok(Reply::data(json!({ "action": "kick_all", "kicked_participants_count": count })))
}

fn no_session(meeting: &str) -> Refusal {
    not_found(&format!("No active session found for meeting_id {meeting}"))
}
