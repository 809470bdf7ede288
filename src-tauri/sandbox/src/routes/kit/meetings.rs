//! The routes of meetings. The API cannot delete a meeting.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Kit, contains};
use crate::{
    ids,
    reply::{Answer, Refusal, Reply},
    routes::input::Fields,
    state::{
        kit::{Meeting, MeetingStatus},
        recording::RecordingConfig,
    },
};

/// How a meeting or preset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// PATCH: members that are not sent keep their values.
    Changing,
    /// PUT: members that are not sent get their defaults.
    Replacing,
}

/// `GET /meetings`
pub fn list(kit: &Kit<'_>) -> Answer {
    let query = kit.query();
    let (from, until) = (query.moment("start_time")?, query.moment("end_time")?);
    let status = query
        .one_of("status", &["ACTIVE", "INACTIVE"])?
        .map(|status| if status == "ACTIVE" { MeetingStatus::Active } else { MeetingStatus::Inactive });
    let search = query.text("search");
    kit.call.world.with(|model| {
        let fits = |meeting: &&Meeting| {
            status.is_none_or(|status| meeting.status == status)
                && from.is_none_or(|from| meeting.created >= from)
                && until.is_none_or(|until| meeting.created <= until)
                && search.is_none_or(|search| meeting.id == search || contains(meeting.title(), search))
        };
        let (shown, paging) = query.page(model.meetings.owned_by(kit.app).rev().filter(fits).collect())?;
        let data = shown.into_iter().map(Meeting::to_json).collect();
        Ok(Reply::Data { status: StatusCode::OK, data, paging: Some(paging) })
    })
}

/// `POST /meetings`
pub fn create(kit: &Kit<'_>) -> Answer {
    let fields = kit.fields()?;
    let settings = settings(&fields, defaults())?;
    let title = title(&fields)?;
    let shown = kit.call.world.with(|model| {
        let created = model.stamp();
        let meeting = Meeting {
            id: ids::uuid(),
            app: kit.app.to_owned(),
            title,
            status: MeetingStatus::Active,
            settings,
            created,
            updated: created,
        };
        let shown = meeting.to_json();
        model.meetings.put(meeting);
        shown
    });
    Ok(Reply::created(shown))
}

/// `GET /meetings/{id}`
pub fn get(kit: &Kit<'_>, id: &str) -> Answer {
    Ok(Reply::data(kit.meeting(id)?.to_json()))
}

/// `PATCH` and `PUT /meetings/{id}`
pub fn write(kit: &Kit<'_>, id: &str, writing: Writing) -> Answer {
    let fields = kit.fields()?;
    let old = kit.meeting(id)?;
    let start = match writing {
        Writing::Changing => old.settings.clone(),
        Writing::Replacing => defaults(),
    };
    let settings = settings(&fields, start)?;
    let title = if fields.has("title") || writing == Writing::Replacing { title(&fields)? } else { old.title };
    let status = match writing {
        Writing::Changing => fields.one_of("status", &["ACTIVE", "INACTIVE"])?,
        Writing::Replacing => None,
    };
    let shown = kit.call.world.with(|model| {
        let now = model.now;
        model.meetings.edit(id, |meeting| {
            meeting.title = title;
            meeting.settings = settings;
            meeting.updated = now;
            if let Some(status) = status {
                let active = status == "ACTIVE";
                meeting.status = if active { MeetingStatus::Active } else { MeetingStatus::Inactive };
            }
            meeting.to_json()
        })
    });
    shown.map(Reply::data).ok_or_else(|| super::no_meeting(id))
}

fn title(fields: &Fields) -> Result<Option<String>, Refusal> {
    let title = fields.text("title")?;
    if title.as_ref().is_some_and(|title| title.chars().count() > 1_000) {
        return Err(fields.refuse("title", "is too long"));
    }
    Ok(title)
}

fn defaults() -> Map<String, Value> {
    let defaults = json!({
        "record_on_start": false,
        "live_stream_on_start": false,
        "persist_chat": false,
        "transcribe_on_end": false,
        "summarize_on_end": false,
        "session_keep_alive_time_in_secs": 60,
    });
    defaults.as_object().cloned().unwrap_or_default()
}

fn settings(fields: &Fields, mut settings: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    for name in ["record_on_start", "live_stream_on_start", "persist_chat", "transcribe_on_end", "summarize_on_end"] {
        if let Some(flag) = fields.flag(name)? {
            settings.insert(name.into(), flag.into());
        }
    }
    if let Some(seconds) = fields.integer("session_keep_alive_time_in_secs", 60..=600)? {
        settings.insert("session_keep_alive_time_in_secs".into(), seconds.into());
    }
    if let Some(config) = fields.object("recording_config")? {
        settings.insert("recording_config".into(), Value::Object(recording_config(&config)?));
    }
    if let Some(config) = fields.object("ai_config")? {
        settings.insert("ai_config".into(), ai_config(&config)?);
    }
    Ok(settings)
}

/// Validates a recording configuration. Returns its known members without secrets.
pub fn recording_config(config: &Fields) -> Result<Map<String, Value>, Refusal> {
    let mut kept = Map::new();
    if let Some(seconds) = config.integer("max_seconds", 60..=86_400)? {
        kept.insert("max_seconds".into(), seconds.into());
    }
    if let Some(prefix) = config.text("file_name_prefix")? {
        let sound = prefix.len() <= 200 && prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !sound {
            return Err(config.refuse("file_name_prefix", "may hold letters, digits and underscores only"));
        }
        kept.insert("file_name_prefix".into(), prefix.into());
    }
    if let Some(video) = config.object("video_config")? {
        video.one_of("codec", &["H264", "VP8", "VP9"])?;
        let mut kept_video = video.members().clone();
        for side in ["width", "height"] {
            if let Some(pixels) = video.integer(side, 1..=1_920)? {
                kept_video.insert(side.into(), pixels.into());
            }
        }
        video.flag("export_file")?;
        if let Some(watermark) = video.object("watermark")? {
            watermark.one_of("position", &["left top", "right top", "left bottom", "right bottom"])?;
            watermark.text("url")?;
        }
        kept.insert("video_config".into(), Value::Object(kept_video));
    }
    if let Some(audio) = config.object("audio_config")? {
        audio.one_of("codec", &["AAC", "MP3"])?;
        audio.one_of("channel", &["stereo", "mono"])?;
        audio.flag("export_file")?;
        kept.insert("audio_config".into(), Value::Object(audio.members().clone()));
    }
    if let Some(bucket) = config.object("realtimekit_bucket_config")? {
        let enabled = bucket.flag("enabled")?.ok_or_else(|| bucket.refuse("enabled", "is required"))?;
        kept.insert("realtimekit_bucket_config".into(), json!({ "enabled": enabled }));
    }
    if let Some(live) = config.object("live_streaming_config")? {
        let url = live.text("rtmp_url")?;
        kept.insert("live_streaming_config".into(), json!({ "rtmp_url": url }));
    }
    if let Some(storage) = config.object("storage_config")? {
        storage.one_of("type", &["aws", "azure", "digitalocean", "gcs", "sftp"])?;
        let checked = RecordingConfig::merge(&Map::new(), config.members());
        kept.insert("storage_config".into(), checked.storage.unwrap_or_default());
    }
    Ok(kept)
}

fn ai_config(config: &Fields) -> Result<Value, Refusal> {
    let mut kept = Map::new();
    if let Some(transcription) = config.object("transcription")? {
        transcription.one_of("language", &["en-US", "en-IN", "de", "hi", "sv", "ru", "pl", "el", "fr", "nl"])?;
        transcription.flag("profanity_filter")?;
        transcription.texts("keywords")?;
        kept.insert("transcription".into(), Value::Object(transcription.members().clone()));
    }
    if let Some(summary) = config.object("summarization")? {
        summary.integer("word_limit", 150..=1_000)?;
        summary.one_of("text_format", &["plain_text", "markdown"])?;
        let types = [
            "general",
            "team_meeting",
            "sales_call",
            "client_check_in",
            "interview",
            "daily_standup",
            "one_on_one_meeting",
            "lecture",
            "code_review",
        ];
        summary.one_of("summary_type", &types)?;
        kept.insert("summarization".into(), Value::Object(summary.members().clone()));
    }
    Ok(Value::Object(kept))
}
