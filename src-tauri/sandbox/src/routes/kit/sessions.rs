//! The history of sessions.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, contains, not_found};
use crate::{
    reply::{Answer, Refusal, Reply},
    state::session::Session,
};

/// `GET /sessions`
pub fn list(kit: &Kit<'_>) -> Answer {
    let query = kit.query();
    let (from, until) = (query.moment("start_time")?, query.moment("end_time")?);
    let live = query.word("status", &["LIVE", "ENDED"])?.map(|status| status == "LIVE");
    let sort = query.word("sort_by", &["minutesConsumed", "createdAt"])?;
    let ascending = query.word("sort_order", &["ASC", "DESC"])? == Some("ASC");
    let (meeting, sought) = (query.text("associated_id"), query.text("search"));
    let (mut sessions, now) = kit.call.world.with(|model| {
        let fits = |session: &&Session| {
            session.app == kit.app
                && live.is_none_or(|live| session.is_live() == live)
                && meeting.is_none_or(|meeting| session.meeting == meeting)
                && from.is_none_or(|from| session.started >= from)
                && until.is_none_or(|until| session.started <= until)
                && sought.is_none_or(|sought| session.meeting == sought || contains(&session.title, sought))
        };
        (model.sessions.iter().filter(fits).cloned().collect::<Vec<_>>(), model.now)
    });
    sessions.sort_by(|a, b| match sort {
        Some("minutesConsumed") => a.minutes_consumed(now).total_cmp(&b.minutes_consumed(now)),
        _ => a.started.cmp(&b.started),
    });
    if !ascending {
        sessions.reverse();
    }
    let (shown, paging) = query.page(sessions)?;
    let shown: Vec<Value> = shown.iter().map(|session| session.shown(now)).collect();
    Ok(Reply::Data { status: StatusCode::OK, data: json!({ "sessions": shown }), paging: Some(paging) })
}

/// `GET /sessions/{id}`
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    let now = kit.call.world.with(|model| model.now);
    Ok(Reply::data(find(kit, id)?.shown(now)))
}

/// `GET /sessions/{id}/participants`
pub fn participants(kit: &Kit<'_>, id: &str) -> Answer {
    let session = find(kit, id)?;
    let now = kit.call.world.with(|model| model.now);
    let query = kit.query();
    let mut peers = session.peers;
    if let Some(sought) = query.text("search") {
        peers.retain(|peer| contains(&peer.name, sought));
    }
    let (shown, paging) = query.page(peers)?;
    let shown: Vec<Value> = shown.iter().map(|peer| peer.shown(now)).collect();
    Ok(Reply::Data { status: StatusCode::OK, data: json!({ "participants": shown }), paging: Some(paging) })
}

fn find(kit: &Kit<'_>, id: &str) -> Result<Session, Refusal> {
    let session = kit.call.world.with(|model| model.sessions.get(id).cloned());
    session.filter(|session| session.app == kit.app).ok_or_else(|| not_found(&format!("Session {id} not found")))
}
