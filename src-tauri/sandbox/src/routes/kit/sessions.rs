//! The routes of past and live sessions, and of their files.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, contains, not_found};
use crate::{
    clock::{Moment, millis},
    reply::{Answer, Refusal, Reply},
    state::{
        files::{File, Format},
        session::{Peer, Session},
    },
    switches::SessionList,
};

/// `GET /sessions`
pub fn list(kit: &Kit<'_>) -> Answer {
    let query = kit.query();
    let (from, until) = (query.moment("start_time")?, query.moment("end_time")?);
    let live = query.one_of("status", &["LIVE", "ENDED"])?.map(|status| status == "LIVE");
    let sort = query.one_of("sort_by", &["minutesConsumed", "createdAt"])?;
    let ascending = query.one_of("sort_order", &["ASC", "DESC"])? == Some("ASC");
    let (meeting, search) = (query.text("associated_id"), query.text("search"));
    let participant = query.text("participants");
    let (mut sessions, now, session_list) = kit.call.world.with(|model| {
        let fits = |session: &&Session| {
            session.app == kit.app
                && live.is_none_or(|live| session.is_live() == live)
                && !(session.is_live() && model.switches.session_list == SessionList::Ended)
                && meeting.is_none_or(|meeting| session.meeting == meeting)
                && from.is_none_or(|from| session.started >= from)
                && until.is_none_or(|until| session.started <= until)
                && search.is_none_or(|search| session.meeting == search || contains(&session.title, search))
                && participant.is_none_or(|who| session.peers.iter().any(|peer| peer.has_id(who)))
        };
        (model.sessions.iter().filter(fits).cloned().collect::<Vec<_>>(), model.now, model.switches.session_list)
    });
    sessions.sort_by(|a, b| match sort {
        Some("minutesConsumed") => a.minutes_consumed(now).total_cmp(&b.minutes_consumed(now)),
        _ => a.started.cmp(&b.started),
    });
    if !ascending {
        sessions.reverse();
    }
    let (shown, paging) = query.page(sessions)?;
    let mut shown: Vec<Value> = shown.iter().map(|session| session.to_json(now)).collect();
    if session_list == SessionList::Uncounted {
        shown.iter_mut().filter_map(Value::as_object_mut).for_each(|session| drop(session.remove("live_participants")));
    }
    Ok(Reply::Data { status: StatusCode::OK, data: json!({ "sessions": shown }), paging: Some(paging) })
}

/// `GET /sessions/{id}`
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    kit.query().flag("include_breakout_rooms")?;
    let now = kit.call.world.with(|model| model.now);
    Ok(Reply::data(find(kit, id)?.to_json(now)))
}

/// `GET /sessions/{id}/participants`: one entry per peer (`raw`) or per person (`consolidated`).
pub fn participants(kit: &Kit<'_>, id: &str) -> Answer {
    let session = find(kit, id)?;
    let now = kit.call.world.with(|model| model.now);
    let query = kit.query();
    let with_events = query.flag("include_peer_events")?.unwrap_or(false);
    let sort = query.one_of("sort_by", &["joinedAt", "duration"])?;
    let descending = query.one_of("sort_order", &["ASC", "DESC"])? == Some("DESC");
    let consolidated = query.one_of("view", &["raw", "consolidated"])? == Some("consolidated");
    let mut peers: Vec<&Peer> = session.peers.iter().collect();
    if let Some(search) = query.text("search") {
        peers.retain(|peer| contains(&peer.name, search) || peer.has_id(search));
    }
    let mut people: Vec<(Value, Moment, f64)> = if consolidated {
        group_by_person(&peers).iter().map(|peers| person_json(&session, peers, now, with_events)).collect()
    } else {
        peers.iter().map(|peer| person_json(&session, &[peer], now, with_events)).collect()
    };
    people.sort_by(|a, b| match sort {
        Some("duration") => a.2.total_cmp(&b.2),
        _ => a.1.cmp(&b.1),
    });
    if descending {
        people.reverse();
    }
    let (shown, paging) = query.page(people)?;
    let shown: Vec<Value> = shown.into_iter().map(|(shown, ..)| shown).collect();
    Ok(Reply::Data { status: StatusCode::OK, data: json!({ "participants": shown }), paging: Some(paging) })
}

/// `GET /sessions/{id}/participants/{pid}`: `pid` is the id of a peer or a participant, or the integrator's own id for
/// the person.
pub fn participant(kit: &Kit<'_>, id: &str, who: &str) -> Answer {
    let session = find(kit, id)?;
    let with_events = kit.query().flag("include_peer_events")?.unwrap_or(false);
    let now = kit.call.world.with(|model| model.now);
    let peers: Vec<&Peer> = session.peers.iter().filter(|peer| peer.has_id(who)).collect();
    if peers.is_empty() {
        return Err(not_found(&format!("Participant {who} not found in session {id}")));
    }
    let (shown, ..) = person_json(&session, &peers, now, with_events);
    Ok(Reply::data(json!({ "participant": shown })))
}

/// `GET /sessions/peer-report/{peer}`. Peers of the sandbox send no media, so the report has no quality statistics.
pub fn peer_report(kit: &Kit<'_>, id: &str) -> Answer {
    let query = kit.query();
    let with_events = query.flag("include_peer_events")?.unwrap_or(false);
    let parts = ["device_info", "ip_information", "precall_network_information", "events", "quality_stats"];
    let part = query.one_of("filters", &parts)?;
    kit.call.world.with(|model| {
        let mut sessions = model.sessions.iter().filter(|session| session.app == kit.app);
        let found = sessions.find_map(|session| Some((session, session.peers.iter().find(|peer| peer.id == id)?)));
        let (session, peer) = found.ok_or_else(|| not_found(&format!("Peer {id} not found")))?;
        let (mut shown, ..) = person_json(session, &[peer], model.now, with_events);
        let wants = |name: &str| part.is_none_or(|part| part == name);
        let mut metadata = json!({ "room_view_type": "GROUP_CALL", "sdk_name": "sandbox", "sdk_type": "web" });
        if wants("events") {
            metadata["events"] = peer_moments(peer)
                .into_iter()
                .map(|(name, at)| json!({ "name": name, "timestamp": millis(at), "metadata": {} }))
                .collect();
        }
        if wants("ip_information") {
            metadata["ip_information"] = json!({ "ipv4": "127.0.0.1", "country": model.switches.viewer_country });
        }
        if wants("device_info") {
            metadata["device_info"] = json!({ "is_mobile": false });
        }
        if let Some(members) = shown.as_object_mut() {
            members.remove("preset_name");
        }
        let mut report = json!({ "metadata": metadata });
        if wants("quality_stats") {
            report["quality"] = json!({
                "audio_consumer": [], "audio_producer": [], "video_consumer": [], "video_producer": [],
            });
        }
        shown["peer_report"] = report;
        shown["session_id"] = session.id.clone().into();
        shown["role"] = peer.preset.clone().into();
        Ok(Reply::data(json!({ "participant": shown })))
    })
}

/// `GET /sessions/{id}/chat`
pub fn chat(kit: &Kit<'_>, id: &str) -> Answer {
    let (url, expires) = file(kit, id, File::Chat, "chat")?;
    Ok(Reply::data(json!({ "chat_download_url": url, "chat_download_url_expiry": expires })))
}

/// `GET /sessions/{id}/transcript`
pub fn transcript(kit: &Kit<'_>, id: &str) -> Answer {
    let format = kit.query().one_of("format", &["SRT", "VTT", "JSON", "CSV"])?.and_then(Format::from_name);
    let (url, expires) = file(kit, id, File::Transcript(format.unwrap_or(Format::Csv)), "transcript")?;
    Ok(Reply::data(json!({
        "sessionId": id,
        "transcript_download_url": url,
        "transcript_download_url_expiry": expires,
    })))
}

/// `GET /sessions/{id}/summary`
pub fn summary(kit: &Kit<'_>, id: &str) -> Answer {
    let (url, expires) = file(kit, id, File::Summary, "summary")?;
    Ok(Reply::data(json!({
        "sessionId": id,
        "summaryDownloadUrl": url,
        "summaryDownloadUrlExpiry": expires,
    })))
}

/// `POST /sessions/{id}/summary`: makes a summary. It requires a transcript.
pub fn summarise(kit: &Kit<'_>, id: &str) -> Answer {
    file(kit, id, File::Transcript(Format::Csv), "transcript")?;
    kit.call.world.with(|model| {
        model.sessions.edit(id, |session| session.summarised = true);
        model.notify_summary(id);
    });
    Ok(Reply::data(json!({ "session_id": id, "status": "IN_PROGRESS" })))
}

/// Returns the session with this id. A session of another app is refused as not found.
pub fn find(kit: &Kit<'_>, id: &str) -> Result<Session, Refusal> {
    let session = kit.call.world.with(|model| model.sessions.get(id).cloned());
    session.filter(|session| session.app == kit.app).ok_or_else(|| not_found(&format!("Session {id} not found")))
}

fn file(kit: &Kit<'_>, id: &str, file: File, name: &str) -> Result<(String, String), Refusal> {
    let session = find(kit, id)?;
    let found = kit.call.world.with(|model| model.session_file(&session, file));
    let (url, expires) = found.ok_or_else(|| not_found(&format!("No {name} found for session {id}")))?;
    Ok((url, millis(expires)))
}

/// Groups peers by person, in the order in which the persons first joined.
fn group_by_person<'p>(peers: &[&'p Peer]) -> Vec<Vec<&'p Peer>> {
    let mut people: Vec<Vec<&Peer>> = Vec::new();
    for peer in peers {
        let same = |known: &&mut Vec<&Peer>| peer.participant.is_some() && known[0].participant == peer.participant;
        match people.iter_mut().find(same) {
            Some(known) => known.push(peer),
            None => people.push(vec![peer]),
        }
    }
    people
}

/// Returns the JSON of the person with these peers, the moment when the person first joined, and the person's minutes
/// in the room.
fn person_json(session: &Session, peers: &[&Peer], now: Moment, with_events: bool) -> (Value, Moment, f64) {
    let Some((first, rest)) = peers.split_first() else { return (Value::Null, now, 0.0) };
    let mut shown = first.to_json(now);
    let minutes: f64 = peers.iter().map(|peer| peer.minutes(now)).sum();
    shown["duration"] = minutes.into();
    if let Some(last) = rest.last() {
        let left = peers.iter().map(|peer| peer.left).max_by_key(|left| left.map_or(Moment::MAX_UTC, |left| left));
        shown["left_at"] = json!(left.flatten().map(millis));
        shown["updated_at"] = millis(last.left.unwrap_or(last.joined)).into();
    }
    if with_events {
        shown["peer_events"] = peers.iter().flat_map(|peer| events(session, peer, now)).collect();
    }
    (shown, first.joined, minutes)
}

fn events(session: &Session, peer: &Peer, now: Moment) -> Vec<Value> {
    let moments = peer_moments(peer).into_iter().enumerate();
    moments
        .map(|(number, (name, at))| {
            let leaving = name == "PEER_LEAVING";
            json!({
                "id": format!("{}-{number}", peer.id),
                "event_name": name,
                "peer_id": peer.id,
                "participant_id": peer.participant.as_ref().unwrap_or(&peer.id),
                "session_id": session.id,
                "socket_session_id": peer.id,
                "preset_view_type": "GROUP_CALL",
                "minutes_consumed": if leaving { peer.minutes(now) } else { 0.0 },
                "created_at": millis(at),
                "updated_at": millis(at),
            })
        })
        .collect()
}

fn peer_moments(peer: &Peer) -> Vec<(&'static str, Moment)> {
    let came = [("PEER_CREATED", peer.joined), ("PEER_JOINING", peer.joined)];
    came.into_iter().chain(peer.left.map(|left| ("PEER_LEAVING", left))).collect()
}
