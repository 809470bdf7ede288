//! The routes of livestreams.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, live::no_session, not_found};
use crate::{
    reply::{Answer, Paging, Refusal, Reply},
    state::{
        Model,
        livestream::{Livestream, LivestreamStatus},
    },
};

/// `POST …/livestreams`
pub fn start(kit: &Kit<'_>, meeting: &str) -> Answer {
    let meeting = kit.meeting(meeting)?;
    let fields = kit.fields()?;
    let name = fields.text("name")?;
    if let Some(video) = fields.object("video_config")? {
        for side in ["width", "height"] {
            video.integer(side, 1..=1_920)?;
        }
    }
    kit.call.world.with(|model| {
        let session = model.live_session(&meeting.id).map(|session| session.id.clone());
        let session = session.ok_or_else(|| no_session(&meeting.id))?;
        if model.active_livestream(&meeting.id).is_some() {
            return Err(Refusal::kit(StatusCode::CONFLICT, "A livestream is already in progress for this meeting"));
        }
        let id = model.start_livestream(&meeting, session, name);
        let stream = model.livestreams.get(&id).ok_or_else(|| missing(&id))?;
        let mut begun = stream_json(model, stream);
        if let Some(members) = begun.as_object_mut() {
            // The SDK's type of the reply to a start has these members only.
            let typed = ["id", "ingest_server", "playback_url", "status", "stream_key"];
            members.retain(|name, _| typed.contains(&name.as_str()));
        }
        Ok(Reply::created(begun))
    })
}

/// `GET …/active-livestream`
pub fn active(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    kit.call.world.with(|model| {
        let stream = model.active_livestream(meeting).ok_or_else(|| no_active_livestream(meeting))?;
        Ok(Reply::data(stream_json(model, stream)))
    })
}

/// `POST …/active-livestream/stop`
pub fn stop(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    kit.call.world.with(|model| {
        let id = model.active_livestream(meeting).map(|stream| stream.id.clone());
        let id = id.ok_or_else(|| no_active_livestream(meeting))?;
        model.stop_livestream(&id, model.now);
        Ok(Reply::data(json!({ "message": "Livestream stopped" })))
    })
}

/// `GET /livestreams`. The SDK types `data` as an object, so the list is its member `livestreams`, beside `paging`.
pub fn list(kit: &Kit<'_>) -> Answer {
    let query = kit.query();
    let (from, until) = (query.moment("start_time")?, query.moment("end_time")?);
    query.flag("exclude_meetings")?;
    let status = query.one_of("status", &["LIVE", "IDLE", "ERRORED", "INVOKED"])?;
    let ascending = query.one_of("sort_order", &["ASC", "DSC", "DESC"])? == Some("ASC");
    kit.call.world.with(|model| {
        let fits = |stream: &&Livestream| {
            stream.app == kit.app
                && status.is_none_or(|status| status_name(stream.status) == status)
                && from.is_none_or(|from| stream.invoked >= from)
                && until.is_none_or(|until| stream.invoked <= until)
        };
        let mut streams: Vec<&Livestream> = model.livestreams.iter().filter(fits).collect();
        streams.sort_by_key(|stream| stream.invoked);
        if !ascending {
            streams.reverse();
        }
        let (page, paging) = query.page(streams)?;
        let page: Vec<Value> = page.into_iter().map(|stream| stream_json(model, stream)).collect();
        let data = json!({ "livestreams": page, "paging": paging_json(paging) });
        Ok(Reply::data(data))
    })
}

/// `GET /livestreams/{id}`: the livestream and its livestream session.
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    let query = kit.query();
    kit.call.world.with(|model| {
        let stream = find(model, kit, id)?;
        let (page, paging) = query.page(vec![stream.session_json(model.now)])?;
        let session = page.into_iter().next();
        Ok(Reply::data(
            json!({ "livestream": stream_json(model, stream), "session": session, "paging": paging_json(paging) }),
        ))
    })
}

/// `GET /livestreams/{id}/active-livestream-session`. The SDK types the seconds as text here and as numbers elsewhere.
pub fn active_session(kit: &Kit<'_>, id: &str) -> Answer {
    kit.call.world.with(|model| {
        let stream = find(model, kit, id)?;
        if !stream.is_active() {
            return Err(not_found(&format!("No active session found for livestream {id}")));
        }
        let mut session = stream.session_json(model.now);
        for seconds in ["ingest_seconds", "viewer_seconds"] {
            session[seconds] = session[seconds].to_string().into();
        }
        Ok(Reply::data(json!({ "livestream": stream_json(model, stream), "session": session })))
    })
}

/// `GET /livestreams/sessions/{id}`
pub fn session(kit: &Kit<'_>, id: &str) -> Answer {
    kit.call.world.with(|model| {
        let found = model.livestreams.iter().find(|stream| stream.app == kit.app && stream.session == id);
        let stream = found.ok_or_else(|| not_found(&format!("Livestream session {id} not found")))?;
        let mut shown = stream.session_json(model.now);
        if let Some(members) = shown.as_object_mut() {
            // The SDK's type of this reply lacks this member; its types of all other replies have it.
            members.remove("invoked_time");
        }
        Ok(Reply::data(shown))
    })
}

/// `GET /sessions/{id}/livestream-sessions`
pub fn of_session(kit: &Kit<'_>, session: &str) -> Answer {
    super::sessions::find(kit, session)?;
    let query = kit.query();
    kit.call.world.with(|model| {
        let mut streams: Vec<&Livestream> =
            model.livestreams.iter().filter(|stream| stream.meeting_session == session).collect();
        streams.sort_by_key(|stream| stream.invoked);
        let (page, paging) = query.page(streams)?;
        let data = page.into_iter().map(|stream| stream.session_json(model.now)).collect();
        Ok(Reply::Data { status: StatusCode::OK, data, paging: Some(paging) })
    })
}

fn stream_json(model: &Model, stream: &Livestream) -> Value {
    stream.to_json(&model.host, &model.secret)
}

fn status_name(status: LivestreamStatus) -> &'static str {
    match status {
        LivestreamStatus::Invoked => "INVOKED",
        LivestreamStatus::Live => "LIVE",
        LivestreamStatus::Idle => "IDLE",
    }
}

fn paging_json(paging: Paging) -> Value {
    json!({ "total_count": paging.total, "start_offset": paging.start, "end_offset": paging.end })
}

fn find<'m>(model: &'m Model, kit: &Kit<'_>, id: &str) -> Result<&'m Livestream, Refusal> {
    model.livestreams.get(id).filter(|stream| stream.app == kit.app).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Refusal {
    not_found(&format!("Livestream {id} not found"))
}

fn no_active_livestream(meeting: &str) -> Refusal {
    not_found(&format!("No active livestream found for meeting_id {meeting}"))
}
