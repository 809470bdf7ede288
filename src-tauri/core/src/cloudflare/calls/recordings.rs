//! RealtimeKit's recordings: start, pause, resume, stop, look.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::error::{Error, Surface};
use super::super::page::Page;
use super::super::redact::PresignedUrl;
use super::super::transport::{Call, Client};
use crate::domain::ids::{AppId, CloudRecordingId, MeetingId};

/// Where RealtimeKit says a recording is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum RecordingStatus {
    /// Asked for; the recorder is on its way.
    Invoked,
    /// Recording.
    Recording,
    /// Paused.
    Paused,
    /// The file is being saved.
    Uploading,
    /// The file is saved.
    Uploaded,
    /// It failed. No reason is given.
    Errored,
    /// A status no document names.
    Unknown(String),
}

impl From<String> for RecordingStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "INVOKED" => Self::Invoked,
            "RECORDING" => Self::Recording,
            "PAUSED" => Self::Paused,
            "UPLOADING" => Self::Uploading,
            "UPLOADED" => Self::Uploaded,
            "ERRORED" => Self::Errored,
            _ => Self::Unknown(word.chars().take(40).collect()),
        }
    }
}

/// A recording as RealtimeKit knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct CloudRecording {
    /// Its id.
    pub id: CloudRecordingId,
    /// Where it is.
    pub status: RecordingStatus,
    /// When it was asked for.
    pub invoked_time: Option<DateTime<Utc>>,
    /// When capture began.
    pub started_time: Option<DateTime<Utc>>,
    /// When capture ended.
    pub stopped_time: Option<DateTime<Utc>>,
    /// Length, pauses left out.
    pub duration: Option<Duration>,
    /// Size in bytes.
    pub file_size: Option<u64>,
    /// Where the file can be fetched.
    pub download_url: Option<PresignedUrl>,
    /// Until when. The file goes with it.
    pub download_url_expiry: Option<DateTime<Utc>>,
    /// The meeting; only lists name it.
    pub meeting: Option<MeetingId>,
    /// The meeting's title; only lists have it.
    pub title: Option<String>,
    /// Why it stopped, if it says: `API_CALL`, `INTERNAL_ERROR` or `ALL_PEERS_LEFT`.
    pub stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    id: CloudRecordingId,
    status: RecordingStatus,
    #[serde(default)]
    invoked_time: Option<DateTime<Utc>>,
    #[serde(default)]
    started_time: Option<DateTime<Utc>>,
    #[serde(default)]
    stopped_time: Option<DateTime<Utc>>,
    #[serde(default)]
    recording_duration: Option<f64>,
    #[serde(default)]
    file_size: Option<f64>,
    /// An address; for track recordings the docs show a list instead, which is of no use here.
    #[serde(default)]
    download_url: Value,
    #[serde(default)]
    download_url_expiry: Option<DateTime<Utc>>,
    #[serde(default)]
    meeting: Option<Named>,
    #[serde(default)]
    stop_reason: Option<Reason>,
}

#[derive(Deserialize)]
struct Named {
    id: MeetingId,
    #[serde(default)]
    title: Option<String>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    reason: Option<String>,
}

impl From<Wire> for CloudRecording {
    fn from(wire: Wire) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size below zero or above 2^64 is no size"
        )]
        let file_size = wire.file_size.filter(|size| *size > 0.0).map(|size| size as u64);
        let (meeting, title) = wire.meeting.map_or((None, None), |meeting| (Some(meeting.id), meeting.title));
        Self {
            id: wire.id,
            status: wire.status,
            invoked_time: wire.invoked_time,
            started_time: wire.started_time,
            stopped_time: wire.stopped_time,
            duration: wire.recording_duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            file_size,
            download_url: serde_json::from_value(wire.download_url).ok(),
            download_url_expiry: wire.download_url_expiry,
            meeting,
            title,
            stop_reason: wire.stop_reason.and_then(|reason| reason.reason),
        }
    }
}

/// A recording to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecording {
    /// The meeting.
    pub meeting_id: MeetingId,
    /// What the file's name begins with: letters, digits and `_`.
    pub file_name_prefix: Option<String>,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    /// When it stops by itself, 60 to 86,400 seconds.
    pub max_seconds: Option<u32>,
}

/// What can be done to a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingAction {
    /// Leave out what follows.
    Pause,
    /// Go on.
    Resume,
    /// Finish.
    Stop,
}

/// Which recordings to list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordingsQuery {
    /// Only this meeting's.
    pub meeting: Option<MeetingId>,
    /// Only those asked for between these two moments.
    pub between: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Page, from one.
    pub page: u32,
    /// How many to a page.
    pub per_page: u32,
}

/// H.264 and AAC in an MP4, which every player takes.
pub(super) fn picture_and_sound(width: u16, height: u16) -> Map<String, Value> {
    let config = [
        ("video_config", json!({ "codec": "H264", "width": width, "height": height })),
        ("audio_config", json!({ "codec": "AAC", "channel": "stereo" })),
    ];
    config.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Client {
    /// Starts a recording.
    pub async fn start_recording(&self, app: &AppId, new: &NewRecording) -> Result<CloudRecording, Error> {
        let mut body = picture_and_sound(new.width, new.height);
        body.insert("meeting_id".into(), json!(new.meeting_id));
        if let Some(prefix) = &new.file_name_prefix {
            body.insert("file_name_prefix".into(), json!(prefix));
        }
        if let Some(seconds) = new.max_seconds {
            body.insert("max_seconds".into(), json!(seconds));
        }
        self.call(Call::post(Surface::Realtime, &self.kit(app, "/recordings"), &body)).await
    }

    /// Pauses, resumes or stops. Doing it again changes nothing, so it may be repeated.
    pub async fn act_on_recording(
        &self,
        app: &AppId,
        id: &CloudRecordingId,
        action: RecordingAction,
    ) -> Result<CloudRecording, Error> {
        let action = match action {
            RecordingAction::Pause => "pause",
            RecordingAction::Resume => "resume",
            RecordingAction::Stop => "stop",
        };
        let path = self.kit(app, &format!("/recordings/{id}"));
        self.call(Call::set(Method::PUT, Surface::Realtime, &path, &json!({ "action": action }))).await
    }

    /// One recording.
    pub async fn recording(&self, app: &AppId, id: &CloudRecordingId) -> Result<Option<CloudRecording>, Error> {
        self.find(Call::get(Surface::Realtime, &self.kit(app, &format!("/recordings/{id}")))).await
    }

    /// The recording that captures a meeting now.
    pub async fn active_recording(&self, app: &AppId, meeting: &MeetingId) -> Result<Option<CloudRecording>, Error> {
        self.find(Call::get(Surface::Realtime, &self.kit(app, &format!("/recordings/active-recording/{meeting}"))))
            .await
    }

    /// A page of recordings, newest first.
    pub async fn recordings(&self, app: &AppId, query: &RecordingsQuery) -> Result<Page<CloudRecording>, Error> {
        let mut call = Call::get(Surface::Realtime, &self.kit(app, "/recordings"));
        call.query = vec![("sort_by", "invokedTime".to_owned()), ("sort_order", "DESC".to_owned())];
        if let Some(meeting) = &query.meeting {
            call.query.push(("meeting_id", meeting.to_string()));
        }
        if let Some((start, end)) = query.between {
            let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
            call.query.extend([("start_time", instant(start)), ("end_time", instant(end))]);
        }
        self.page(call, query.page, query.per_page).await
    }
}
