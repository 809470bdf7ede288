//! The routes of recordings.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Kit, contains, meetings, no_meeting, not_found};
use crate::{
    account::ORGANIZATION,
    presign,
    reply::{Answer, Refusal, Reply},
    state::{
        Model,
        kit::MeetingStatus,
        recording::{Recording, RecordingConfig, RecordingStatus, StartReason, StopReason, Track},
    },
    switches::{StartWithoutSession, Switches},
};

const MAX_TRACK_PARTICIPANTS: usize = 100;

/// `POST /recordings`
pub fn start(kit: &Kit<'_>) -> Answer {
    let fields = kit.fields()?;
    let meeting = kit.meeting(&fields.required_text("meeting_id")?)?;
    let several = fields.flag("allow_multiple_recordings")?.unwrap_or(false);
    let sent = meetings::recording_config(&fields)?;
    fields.text("url")?;
    let config = RecordingConfig::merge(&meeting.recording_config(), &sent);
    let from_meeting = meeting.recording_config();
    let prefix = sent.get("file_name_prefix").or_else(|| from_meeting.get("file_name_prefix")).and_then(Value::as_str);
    kit.call.world.with(|model| {
        let live = model.live_session(&meeting.id).is_some();
        let under_way = model.active_recordings(&meeting.id).iter().any(|recording| recording.track.is_none());
        if !several && under_way {
            let status = Switches::status(model.switches.duplicate_start_status);
            return Err(Refusal::kit(status, "A recording is already in progress for this meeting"));
        }
        if !live && model.meetings.get(&meeting.id).is_none_or(|meeting| meeting.status == MeetingStatus::Inactive) {
            let status = Switches::status(model.switches.inactive_start_status);
            return Err(Refusal::kit(status, format!("Meeting {} is inactive", meeting.id)));
        }
        if !live && model.switches.start_without_session == StartWithoutSession::Refuse {
            return Err(not_found(&format!("No active session found for meeting_id {}", meeting.id)));
        }
        let id = model.start_recording(&meeting, config, prefix, StartReason::ApiCall);
        recording_reply(model, &id)
    })
}

/// `POST /recordings/track`: records the audio of each participant separately. It requires a live session.
pub fn start_track(kit: &Kit<'_>) -> Answer {
    let fields = kit.fields()?;
    let meeting = kit.meeting(&fields.required_text("meeting_id")?)?;
    let users = fields.texts("user_ids")?.unwrap_or_default();
    if users.len() > MAX_TRACK_PARTICIPANTS {
        return Err(fields.refuse("user_ids", format!("may name {MAX_TRACK_PARTICIPANTS} participants")));
    }
    let (mut layers, mut prefix) = (Vec::new(), None);
    if let Some(sent) = fields.object("layers")? {
        for name in sent.members().keys() {
            let Some(layer) = sent.object(name)? else { return Err(sent.refuse(name, "must be an object")) };
            layer.one_of("media_kind", &["audio"])?;
            let own =
                meetings::recording_config(&layer)?.get("file_name_prefix").and_then(Value::as_str).map(str::to_owned);
            prefix = prefix.or(own);
            layers.push(name.clone());
        }
    }
    kit.call.world.with(|model| {
        if model.live_session(&meeting.id).is_none() {
            return Err(not_found(&format!("No active session found for meeting_id {}", meeting.id)));
        }
        let id = model.start_track(&meeting, Track { users, layers }, prefix.as_deref());
        let recording = model.recordings.get(&id).ok_or_else(|| not_found("Recording not found"))?;
        let mut shown = recording.to_json(None);
        shown["type"] = "TRACK".into();
        Ok(Reply::data(json!({ "recording": shown })))
    })
}

/// `GET /recordings/{id}`
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    kit.call.world.with(|model| {
        find(model, kit.app, id)?;
        recording_reply(model, id)
    })
}

/// `PUT /recordings/{id}`: pause, resume or stop.
pub fn act(kit: &Kit<'_>, id: &str) -> Answer {
    let fields = kit.fields()?;
    let action =
        fields.one_of("action", &["stop", "pause", "resume"])?.ok_or_else(|| fields.refuse("action", "is required"))?;
    kit.call.world.with(|model| {
        let recording = find(model, kit.app, id)?;
        if !recording.is_active() {
            let status = Switches::status(model.switches.finished_recording_status);
            return Err(Refusal::kit(status, format!("No active recording found with id {id}")));
        }
        let (status, now) = (recording.status, model.now);
        match (action.as_str(), status) {
            ("stop", _) => model.stop_recording(id, now, StopReason::ApiCall),
            ("pause", RecordingStatus::Recording) => model.change_recording(id, |recording| recording.pause(now)),
            ("resume", RecordingStatus::Paused) => model.change_recording(id, |recording| recording.resume(now)),
            _ => {}
        }
        recording_reply(model, id)
    })
}

/// `GET /recordings/active-recording/{meeting}`
pub fn active(kit: &Kit<'_>, meeting: &str) -> Answer {
    kit.meeting(meeting)?;
    kit.call.world.with(|model| {
        let active = model.active_recordings(meeting);
        let newest = active
            .iter()
            .rfind(|recording| recording.track.is_none())
            .ok_or_else(|| not_found(&format!("No active recording found for meeting_id {meeting}")))?;
        Ok(Reply::data(newest.to_json(None)))
    })
}

/// `GET /recordings`
pub fn list(kit: &Kit<'_>) -> Answer {
    let query = kit.query();
    let (from, until) = (query.moment("start_time")?, query.moment("end_time")?);
    let meeting = query.text("meeting_id");
    if let Some(meeting) = meeting {
        kit.meeting(meeting).map_err(|_| no_meeting(meeting))?;
    }
    let mut wanted = Vec::new();
    for status in query.list("status") {
        let parsed: RecordingStatus = serde_json::from_value(status.into()).map_err(|_| {
            query.refuse("status", "must be one of INVOKED, RECORDING, PAUSED, UPLOADING, UPLOADED, ERRORED")
        })?;
        wanted.push(parsed);
    }
    let (expired, search) = (query.flag("expired")?, query.text("search"));
    let sort = query.one_of("sort_by", &["invokedTime"])?;
    let ascending = query.one_of("sort_order", &["ASC", "DESC"])? == Some("ASC") && sort.is_some()
        || sort.is_none() && query.text("sort_order").is_some_and(|order| order.eq_ignore_ascii_case("ASC"));
    kit.call.world.with(|model| {
        let fits = |recording: &&Recording| {
            recording.app == kit.app
                && (wanted.is_empty() || wanted.contains(&recording.status))
                && expired.is_none_or(|expired| is_expired(recording, model) == expired)
                && from.is_none_or(|from| recording.invoked >= from)
                && until.is_none_or(|until| recording.invoked <= until)
                && search.is_none_or(|search| {
                    recording.meeting == search
                        || contains(&recording.title, search)
                        || contains(&recording.file_name, search)
                })
        };
        let mut recordings: Vec<&Recording> = match meeting {
            Some(meeting) => model.recordings.owned_by(meeting).filter(fits).collect(),
            None => model.recordings.iter().filter(fits).collect(),
        };
        recordings.sort_by_key(|recording| recording.invoked);
        if !ascending {
            recordings.reverse();
        }
        let (shown, paging) = query.page(recordings)?;
        let data = shown.into_iter().map(|recording| list_entry(model, recording)).collect();
        Ok(Reply::Data { status: StatusCode::OK, data, paging: Some(paging) })
    })
}

fn find<'m>(model: &'m Model, app: &str, id: &str) -> Result<&'m Recording, Refusal> {
    let recording = model.recordings.get(id).filter(|recording| recording.app == app);
    recording.ok_or_else(|| not_found(&format!("Recording {id} not found")))
}

/// Replies with one recording and the reasons for its start and its stop.
fn recording_reply(model: &Model, id: &str) -> Answer {
    let recording = model.recordings.get(id).ok_or_else(|| not_found(&format!("Recording {id} not found")))?;
    let mut shown = recording.to_json(download_url(model, recording).as_deref());
    shown["storage_config"] = json!(recording.config.storage);
    shown["start_reason"] = recording.start_reason_json(ORGANIZATION);
    shown["stop_reason"] = recording.stop_reason_json(ORGANIZATION);
    Ok(Reply::data(shown))
}

fn list_entry(model: &Model, recording: &Recording) -> Value {
    let mut shown = recording.to_json(download_url(model, recording).as_deref());
    shown["storage_config"] = json!(recording.config.storage);
    if let Some(meeting) = model.meetings.get(&recording.meeting) {
        let mut meeting = meeting.to_json();
        if let Some(members) = meeting.as_object_mut() {
            members.remove("ai_config");
        }
        shown["meeting"] = meeting;
    }
    shown
}

fn is_expired(recording: &Recording, model: &Model) -> bool {
    recording.expires.is_some_and(|expires| expires <= model.now)
}

/// Returns the presigned URL of a recording's file; `None` before the file exists and after it has expired.
fn download_url(model: &Model, recording: &Recording) -> Option<String> {
    let expires = recording.expires.filter(|expires| *expires > model.now)?;
    Some(presign::url(&model.host, &model.secret, &recording.file(), expires))
}
