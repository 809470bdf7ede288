//! A recording: its statuses from INVOKED to a stored file, and its JSON.
//!
//! ```text
//! INVOKED ──► RECORDING ⇄ PAUSED ──► UPLOADING ──► UPLOADED
//!    └───────────┴───────────┴─────────────┴──► ERRORED
//! ```

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{mishaps::Mishap, table::Object};
use crate::clock::{Moment, millis, seconds};

/// The statuses that RealtimeKit documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordingStatus {
    /// The recording was started; the recorder is joining, or waits for a session.
    Invoked,
    /// The recorder is in the room and records.
    Recording,
    /// The recorder is in the room and does not record.
    Paused,
    /// The recording was stopped; the file is being moved to storage.
    Uploading,
    /// The file is in storage.
    Uploaded,
    /// The recording failed and has no file.
    Errored,
}

/// The reasons for stopping a recording that RealtimeKit documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StopReason {
    /// It was requested through the API.
    ApiCall,
    /// The recording failed.
    InternalError,
    /// The room was empty for `empty_room_seconds`, or the session ended.
    AllPeersLeft,
}

/// The reasons for starting a recording that RealtimeKit documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StartReason {
    /// It was requested through the API.
    ApiCall,
    /// The meeting has `record_on_start`, and its first peer joined.
    RecordOnStart,
}

/// The settings of a recording, merged from the start call and the meeting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordingConfig {
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The extension of the file name; it follows from the video codec.
    pub extension: String,
    /// The longest duration in seconds. The recording then stops by itself.
    pub max_seconds: f64,
    /// Whether the file goes to RealtimeKit's own storage. The switch of the same name means the account's own storage.
    pub own_bucket: bool,
    /// The integrator's storage, without its secrets; `None` for none.
    pub storage: Option<Value>,
}

/// The settings of a track recording, which records the audio of each participant separately.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Track {
    /// The ids of the participants; empty for all.
    pub users: Vec<String>,
    /// The names of the requested layers.
    pub layers: Vec<String>,
}

/// A recording.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    pub id: String,
    /// The id of the RealtimeKit app.
    pub app: String,
    /// The id of the recorded meeting.
    pub meeting: String,
    /// The id of the session; `None` while the recording waits for one.
    pub session: Option<String>,
    pub status: RecordingStatus,
    pub config: RecordingConfig,
    /// The meeting's title, which the picture shows.
    pub title: String,
    /// The file name in replies.
    pub file_name: String,
    pub start_reason: StartReason,
    /// The reason for stopping; `None` before the recording was stopped.
    pub stop_reason: Option<StopReason>,
    /// When the recording was started, by the API or by `record_on_start`.
    pub invoked: Moment,
    /// When the recorder joins the room or, while `waiting_for_people`, when the recording fails.
    pub recorder_due: Moment,
    /// Whether the recording waits for a session.
    pub waiting_for_people: bool,
    /// When the recorder began to record.
    pub started: Option<Moment>,
    pub stopped: Option<Moment>,
    /// When the current pause began; `None` while the recording is not paused.
    pub paused_since: Option<Moment>,
    /// The total of all finished pauses, in microseconds.
    pub paused_micros: i64,
    /// When the recorder leaves because the room is empty; `None` while somebody is in the room.
    pub leaves_at: Option<Moment>,
    /// When a stopped recording becomes UPLOADED or ERRORED; `None` before the stop.
    pub settles_at: Option<Moment>,
    /// Whether the recording will end ERRORED instead of UPLOADED.
    pub doomed: bool,
    /// The file's size in bytes; `None` before it was measured.
    pub size: Option<u64>,
    /// When the file and its download URL expire; `None` before the upload and for a file in other storage.
    pub expires: Option<Moment>,
    /// The mishap that happens to the recording, if any.
    #[serde(default)]
    pub mishap: Option<Mishap>,
    /// The settings of a track recording; `None` for a recording of the whole room.
    #[serde(default)]
    pub track: Option<Track>,
}

impl Object for Recording {
    const KIND: &'static str = "recording";

    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> Option<(&str, Moment)> {
        Some((&self.meeting, self.invoked))
    }

    fn due(&self) -> Option<Moment> {
        match self.status {
            RecordingStatus::Invoked => (self.mishap != Some(Mishap::RecorderNeverComes)).then_some(self.recorder_due),
            RecordingStatus::Recording | RecordingStatus::Paused => {
                let limit = self.started.map(|started| started + seconds(self.config.max_seconds));
                [limit, self.leaves_at, self.fails_at()].into_iter().flatten().min()
            }
            RecordingStatus::Uploading if self.doomed || self.size.is_some() => self.settles_at,
            RecordingStatus::Uploading | RecordingStatus::Uploaded | RecordingStatus::Errored => None,
        }
    }
}

impl Recording {
    /// Whether the recording is INVOKED, RECORDING or PAUSED.
    pub fn is_active(&self) -> bool {
        match self.status {
            RecordingStatus::Invoked | RecordingStatus::Recording | RecordingStatus::Paused => true,
            RecordingStatus::Uploading | RecordingStatus::Uploaded | RecordingStatus::Errored => false,
        }
    }

    /// When a mishap makes the recording fail; `None` without such a mishap and before the recorder began to record.
    pub fn fails_at(&self) -> Option<Moment> {
        match self.mishap {
            Some(Mishap::RecordingFails { after_seconds }) => Some(self.started? + seconds(after_seconds)),
            _ => None,
        }
    }

    /// The file's name in storage.
    pub fn file(&self) -> String {
        format!("{}.{}", self.id, if self.track.is_some() { "webm" } else { "mp4" })
    }

    /// The recorded time without pauses; zero before the recording was stopped.
    pub fn recorded_time(&self) -> TimeDelta {
        let (Some(started), Some(stopped)) = (self.started, self.stopped) else { return TimeDelta::zero() };
        (stopped - started - TimeDelta::microseconds(self.paused_micros)).max(TimeDelta::zero())
    }

    /// The file's length in whole seconds, as `recording_duration` reports it.
    pub fn file_seconds(&self) -> u64 {
        u64::try_from(self.recorded_time().num_seconds()).unwrap_or(0)
    }

    pub fn pause(&mut self, at: Moment) {
        self.status = RecordingStatus::Paused;
        self.paused_since = Some(at);
    }

    pub fn resume(&mut self, at: Moment) {
        self.status = RecordingStatus::Recording;
        self.count_pause(at);
    }

    /// Stops the recording. It will fail if its recorded time is below `shortest`. `upload` returns the time that
    /// storing a file of a given length takes.
    pub fn stop(
        &mut self,
        at: Moment,
        reason: StopReason,
        shortest: TimeDelta,
        upload: impl Fn(TimeDelta) -> TimeDelta,
    ) {
        self.count_pause(at);
        self.leaves_at = None;
        self.stop_reason = Some(reason);
        self.stopped = Some(at);
        if self.started.is_none() {
            self.fail();
            return;
        }
        self.status = RecordingStatus::Uploading;
        let no_place = !self.config.own_bucket && self.config.storage.is_none();
        let lost = self.mishap == Some(Mishap::UploadFails);
        self.doomed = self.recorded_time() < shortest.max(TimeDelta::seconds(1)) || no_place || lost;
        self.settles_at = Some(at + if self.doomed { TimeDelta::seconds(2) } else { upload(self.recorded_time()) });
    }

    /// Ends the recording without a file.
    pub fn fail(&mut self) {
        self.status = RecordingStatus::Errored;
        self.stop_reason = Some(StopReason::InternalError);
        self.leaves_at = None;
        self.settles_at = None;
    }

    fn count_pause(&mut self, until: Moment) {
        if let Some(since) = self.paused_since.take() {
            self.paused_micros += (until - since).num_microseconds().unwrap_or(0).max(0);
        }
    }

    /// The members of every reply about a recording. `url` is the presigned URL of its file, if the file exists.
    pub fn to_json(&self, url: Option<&str>) -> Value {
        let uploaded = self.status == RecordingStatus::Uploaded;
        json!({
            "id": self.id,
            "session_id": self.session,
            "status": self.status,
            "invoked_time": millis(self.invoked),
            "started_time": self.started.map(millis),
            "stopped_time": self.stopped.map(millis),
            "recording_duration": if uploaded { Some(self.file_seconds()) } else { None },
            "output_file_name": self.file_name,
            "file_size": if uploaded { self.size } else { None },
            "download_url_expiry": url.and(self.expires).map(millis),
            "download_url": url,
            "audio_download_url": null,
        })
    }

    /// `start_reason`, as in the replies about one recording.
    pub fn start_reason_json(&self, organization: &str) -> Value {
        match self.start_reason {
            StartReason::ApiCall => json!({ "reason": self.start_reason, "caller": self.caller(organization) }),
            StartReason::RecordOnStart => json!({ "reason": self.start_reason }),
        }
    }

    /// `stop_reason`, as in the replies about one recording.
    pub fn stop_reason_json(&self, organization: &str) -> Value {
        match self.stop_reason {
            None => Value::Null,
            Some(StopReason::ApiCall) => json!({ "reason": self.stop_reason, "caller": self.caller(organization) }),
            Some(StopReason::InternalError | StopReason::AllPeersLeft) => json!({ "reason": self.stop_reason }),
        }
    }

    fn caller(&self, organization: &str) -> Value {
        json!({ "type": "ORGANIZATION", "user_Id": self.app, "name": organization })
    }
}
