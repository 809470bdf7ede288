//! RealtimeKit recordings: start, pause, resume, stop, read.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde_json::{Map, Value, json};

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::page::{Page, Walk};
use crate::cloudflare::redact::{PresignedUrl, plain};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::{AppId, MeetingId, RealtimeKitRecordingId};

/// The most pages of an app's list that are read, and the recordings on a page.
const PAGES_MAX: u32 = 100;
const PER_PAGE: u32 = 1_000;

/// A recording's status at RealtimeKit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingStatus {
    /// Requested; the recorder has not begun.
    Invoked,
    /// The recorder is capturing the meeting.
    Recording,
    /// The capture is paused.
    Paused,
    /// The recorder is saving the file.
    Uploading,
    /// The file is saved.
    Uploaded,
    /// The recording failed. RealtimeKit gives no reason.
    Errored,
    /// A status that no document names.
    Unknown(String),
}

impl RecordingStatus {
    const WORDS: [(&'static str, Self); 6] = [
        ("INVOKED", Self::Invoked),
        ("RECORDING", Self::Recording),
        ("PAUSED", Self::Paused),
        ("UPLOADING", Self::Uploading),
        ("UPLOADED", Self::Uploaded),
        ("ERRORED", Self::Errored),
    ];
}

/// A RealtimeKit recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealtimeKitRecording {
    /// The recording's id.
    pub id: RealtimeKitRecordingId,
    /// The recording's status.
    pub status: RecordingStatus,
    /// When the recording was requested.
    pub invoked_time: Option<DateTime<Utc>>,
    /// When the capture began.
    pub started_time: Option<DateTime<Utc>>,
    /// When the capture ended.
    pub stopped_time: Option<DateTime<Utc>>,
    /// The length without pauses.
    pub duration: Option<Duration>,
    /// The size of the file in bytes.
    pub file_size: Option<u64>,
    /// The presigned address of the file. A recording of single tracks has a list of addresses instead, which Hajime
    /// does not read.
    pub download_url: Option<PresignedUrl>,
    /// When the address expires. RealtimeKit deletes the file at the same time.
    pub download_url_expiry: Option<DateTime<Utc>>,
    /// The place of the file in the account's own storage, beginning with the bucket. Only lists report it.
    pub own_storage: Option<String>,
    /// The id of the meeting. Only lists report it.
    pub meeting: Option<MeetingId>,
    /// The title of the meeting. Only lists report it.
    pub title: Option<String>,
    /// The reason why the recording stopped, if reported: `API_CALL`, `INTERNAL_ERROR` or `ALL_PEERS_LEFT`.
    pub stop_reason: Option<String>,
}

impl Entry for RealtimeKitRecording {
    const WHAT: &'static str = "RealtimeKit recording";
    const LIST: &'static str = "recordings";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let id = fields.needed("id")?;
        let meeting = fields.within("meeting", |meeting| (meeting.parsed("id"), meeting.text("title")));
        let (meeting, title) = meeting.unwrap_or_default();
        let file = fields.text("output_file_name");
        let storage = fields.within("storage_config", |storage| (storage.text("bucket"), storage.text("path")));
        Ok(Self {
            id,
            status: fields.word("status", &RecordingStatus::WORDS, RecordingStatus::Unknown),
            invoked_time: fields.moment("invoked_time"),
            started_time: fields.moment("started_time"),
            stopped_time: fields.moment("stopped_time"),
            duration: fields.length("recording_duration"),
            file_size: fields.bytes("file_size"),
            download_url: fields.text("download_url").map(PresignedUrl::new),
            download_url_expiry: fields.moment("download_url_expiry"),
            own_storage: storage.map(|(bucket, path)| place(bucket, path, file)),
            meeting,
            title,
            stop_reason: fields.within("stop_reason", |reason| reason.text("reason")).flatten(),
        })
    }
}

/// The place of a file in the account's own storage, as `bucket/path/file`.
fn place(bucket: Option<String>, path: Option<String>, file: Option<String>) -> String {
    let parts = [bucket, path, file].into_iter().flatten();
    let parts: Vec<String> = parts.map(|part| plain(part.trim_matches('/'))).filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// A recording to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecording {
    /// The meeting to record.
    pub meeting_id: MeetingId,
    /// The beginning of the file's name. Only letters, digits and `_` are allowed.
    pub file_name_prefix: Option<String>,
    /// The width in pixels.
    pub width: u16,
    /// The height in pixels.
    pub height: u16,
    /// After how long the recording stops by itself, 60 to 86,400 seconds.
    pub max_seconds: Option<u32>,
}

/// A change of a running recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingAction {
    /// Pauses: what follows is not in the recording.
    Pause,
    /// Resumes a paused recording.
    Resume,
    /// Ends the recording.
    Stop,
}

/// The recordings to list, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordingsQuery {
    /// Only recordings of this meeting.
    pub meeting: Option<MeetingId>,
    /// Only recordings that were requested between these two moments.
    pub between: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The number of the page, from one.
    pub page: u32,
    /// The recordings on a page.
    pub per_page: u32,
}

/// The settings for H.264 and AAC in an MP4, which every player can play.
pub(super) fn picture_and_sound(width: u16, height: u16) -> Map<String, Value> {
    let config = [
        ("video_config", json!({ "codec": "H264", "width": width, "height": height })),
        ("audio_config", json!({ "codec": "AAC", "channel": "stereo" })),
    ];
    config.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Client {
    /// Starts a recording.
    pub async fn start_recording(&self, app: &AppId, new: &NewRecording) -> Result<RealtimeKitRecording, Error> {
        let mut body = picture_and_sound(new.width, new.height);
        body.insert("meeting_id".into(), json!(new.meeting_id));
        if let Some(prefix) = &new.file_name_prefix {
            body.insert("file_name_prefix".into(), json!(prefix));
        }
        if let Some(seconds) = new.max_seconds {
            body.insert("max_seconds".into(), json!(seconds));
        }
        let started = self.call(Call::post(Surface::Realtime, &self.kit(app, "/recordings"), &body)).await?;
        of_meeting(started, &new.meeting_id)
    }

    /// Pauses, resumes or stops a recording. A second call changes nothing, so it may be repeated.
    pub async fn act_on_recording(
        &self,
        app: &AppId,
        id: &RealtimeKitRecordingId,
        action: RecordingAction,
    ) -> Result<RealtimeKitRecording, Error> {
        let action = match action {
            RecordingAction::Pause => "pause",
            RecordingAction::Resume => "resume",
            RecordingAction::Stop => "stop",
        };
        let path = self.kit(app, &format!("/recordings/{id}"));
        let seen = self.call(Call::set(Method::PUT, Surface::Realtime, &path, &json!({ "action": action }))).await?;
        that(seen, id)
    }

    /// One recording by its id.
    pub async fn recording(
        &self,
        app: &AppId,
        id: &RealtimeKitRecordingId,
    ) -> Result<Option<RealtimeKitRecording>, Error> {
        let path = self.kit(app, &format!("/recordings/{id}"));
        self.find(Call::get(Surface::Realtime, &path)).await?.map(|seen| that(seen, id)).transpose()
    }

    /// The recording that captures a meeting at present.
    pub async fn active_recording(
        &self,
        app: &AppId,
        meeting: &MeetingId,
    ) -> Result<Option<RealtimeKitRecording>, Error> {
        let path = self.kit(app, &format!("/recordings/active-recording/{meeting}"));
        self.find(Call::get(Surface::Realtime, &path)).await?.map(|seen| of_meeting(seen, meeting)).transpose()
    }

    /// One page of recordings, newest first.
    pub async fn recordings(&self, app: &AppId, query: &RecordingsQuery) -> Result<Page<RealtimeKitRecording>, Error> {
        let mut page = self.page(self.recordings_call(app, query), query.page, query.per_page).await?;
        if let Some(asked) = &query.meeting {
            let of_meeting = |seen: &RealtimeKitRecording| seen.meeting.as_ref().is_none_or(|meeting| meeting == asked);
            self.keep_asked_for(&mut page.items, |seen| seen.id.as_str(), of_meeting);
        }
        Ok(page)
    }

    /// All recordings of an app, newest first, page by page.
    #[must_use]
    pub fn recording_pages<'a>(&'a self, app: &'a AppId) -> RecordingPages<'a> {
        RecordingPages { client: self, app, walk: Walk::new("of RealtimeKit recordings", PAGES_MAX) }
    }

    fn recordings_call(&self, app: &AppId, query: &RecordingsQuery) -> Call<'static> {
        let mut call = Call::get(Surface::Realtime, &self.kit(app, "/recordings"));
        call.query = vec![("sort_by", "invokedTime".to_owned()), ("sort_order", "DESC".to_owned())];
        if let Some(meeting) = &query.meeting {
            call.query.push(("meeting_id", meeting.to_string()));
        }
        if let Some((start, end)) = query.between {
            let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
            call.query.extend([("start_time", instant(start)), ("end_time", instant(end))]);
        }
        call
    }
}

/// The pages of an app's recordings. Only one page at a time is in memory.
pub struct RecordingPages<'a> {
    client: &'a Client,
    app: &'a AppId,
    walk: Walk,
}

impl RecordingPages<'_> {
    /// The next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Page<RealtimeKitRecording>>, Error> {
        let call = self.client.recordings_call(self.app, &RecordingsQuery::default());
        self.client.next_page(&mut self.walk, call, PER_PAGE).await
    }
}

/// Refuses a recording with another id than the one that was asked for.
fn that(seen: RealtimeKitRecording, asked: &RealtimeKitRecordingId) -> Result<RealtimeKitRecording, Error> {
    Error::unless_same(RealtimeKitRecording::WHAT, asked.as_str(), seen.id.as_str()).map(|()| seen)
}

/// Refuses a recording of another meeting than the one that was asked for.
fn of_meeting(seen: RealtimeKitRecording, asked: &MeetingId) -> Result<RealtimeKitRecording, Error> {
    let meeting = seen.meeting.as_ref().unwrap_or(asked);
    Error::unless_same("RealtimeKit meeting", asked.as_str(), meeting.as_str()).map(|()| seen)
}
