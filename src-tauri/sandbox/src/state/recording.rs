//! A recording: its life from INVOKED to a file in storage, told as moments, and how it is shown.
//!
//! ```text
//! INVOKED ──► RECORDING ⇄ PAUSED ──► UPLOADING ──► UPLOADED
//!    └───────────┴── any stage ──────────┴──► ERRORED
//! ```

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{mishaps::Mishap, table::Object};
use crate::clock::{Moment, millis, seconds};

/// The states RealtimeKit names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordingStatus {
    /// Asked for; the recorder is on its way.
    Invoked,
    /// The recorder is in the room.
    Recording,
    /// The recorder is in the room and waits.
    Paused,
    /// Over; the file is being moved to storage.
    Uploading,
    /// The file can be fetched.
    Uploaded,
    /// There will be no file.
    Errored,
}

/// Why a recording was stopped, as RealtimeKit names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StopReason {
    /// Somebody asked for it.
    ApiCall,
    /// Something broke.
    InternalError,
    /// The room was empty for too long.
    AllPeersLeft,
}

/// Why a recording was started, as RealtimeKit names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StartReason {
    /// Somebody asked for it.
    ApiCall,
    /// The meeting records from its first participant on.
    RecordOnStart,
}

/// What a recording is made with, after the precedence of call over meeting has been settled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordingConfig {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The file name's ending, which follows from the video codec.
    pub extension: String,
    /// When it stops by itself.
    pub max_seconds: f64,
    /// Whether the file goes to RealtimeKit's own storage.
    pub own_bucket: bool,
    /// The integrator's storage, secrets left out.
    pub storage: Option<Value>,
}

/// What a track recording records: the audio of participants, each by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Track {
    /// Whose; everybody's when there is none.
    pub users: Vec<String>,
    /// The layers asked for, by name.
    pub layers: Vec<String>,
}

/// A recording.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    /// The recording id.
    pub id: String,
    /// The app.
    pub app: String,
    /// The meeting.
    pub meeting: String,
    /// The session, once there is one.
    pub session: Option<String>,
    /// Where it is in its life.
    pub status: RecordingStatus,
    /// What it is made with.
    pub config: RecordingConfig,
    /// The title the file shows.
    pub title: String,
    /// The file's name.
    pub file_name: String,
    /// Why it was started.
    pub start_reason: StartReason,
    /// Why it was stopped.
    pub stop_reason: Option<StopReason>,
    /// When it was asked for.
    pub invoked: Moment,
    /// When the recorder will be in the room, or, while nobody is, when it gives up.
    pub recorder_due: Moment,
    /// Whether `recorder_due` is when the recorder gives up.
    pub waiting_for_people: bool,
    /// When recording began.
    pub started: Option<Moment>,
    /// When it was over.
    pub stopped: Option<Moment>,
    /// Since when it is paused.
    pub paused_since: Option<Moment>,
    /// For how long it was paused before that, in microseconds.
    pub paused_micros: i64,
    /// When the recorder leaves because the room has been empty.
    pub leaves_at: Option<Moment>,
    /// When the file is in storage, or when it turns out there will be none.
    pub settles_at: Option<Moment>,
    /// Whether there will be no file.
    pub doomed: bool,
    /// The file's size in bytes, once it is known.
    pub size: Option<u64>,
    /// When the download URL and the file lapse.
    pub expires: Option<Moment>,
    /// What goes wrong with it.
    #[serde(default)]
    pub mishap: Option<Mishap>,
    /// What is recorded when it is not the room as a whole.
    #[serde(default)]
    pub track: Option<Track>,
}

impl Object for Recording {
    const KIND: &'static str = "recording";

    fn id(&self) -> &str {
        &self.id
    }

    fn belongs(&self) -> Option<(&str, Moment)> {
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
    /// Whether it counts as the meeting's active recording.
    pub fn is_active(&self) -> bool {
        match self.status {
            RecordingStatus::Invoked | RecordingStatus::Recording | RecordingStatus::Paused => true,
            RecordingStatus::Uploading | RecordingStatus::Uploaded | RecordingStatus::Errored => false,
        }
    }

    /// When it is given up, if that is what happens to it.
    pub fn fails_at(&self) -> Option<Moment> {
        match self.mishap {
            Some(Mishap::RecordingFails { after_seconds }) => Some(self.started? + seconds(after_seconds)),
            _ => None,
        }
    }

    /// The name of its file in storage.
    pub fn file(&self) -> String {
        format!("{}.{}", self.id, if self.track.is_some() { "webm" } else { "mp4" })
    }

    /// How much material there is, pauses left out.
    pub fn material(&self) -> TimeDelta {
        let (Some(started), Some(stopped)) = (self.started, self.stopped) else { return TimeDelta::zero() };
        (stopped - started - TimeDelta::microseconds(self.paused_micros)).max(TimeDelta::zero())
    }

    /// The file's length: whole seconds, as `recording_duration` says it.
    pub fn file_seconds(&self) -> u64 {
        u64::try_from(self.material().num_seconds()).unwrap_or(0)
    }

    /// Makes it wait.
    pub fn pause(&mut self, at: Moment) {
        self.status = RecordingStatus::Paused;
        self.paused_since = Some(at);
    }

    /// Makes it go on.
    pub fn resume(&mut self, at: Moment) {
        self.status = RecordingStatus::Recording;
        self.count_pause(at);
    }

    /// Ends it at `at`. `shortest` is how much material makes a file; `upload` is how long storing takes.
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
        self.doomed = self.material() < shortest.max(TimeDelta::seconds(1)) || no_place || lost;
        self.settles_at = Some(at + if self.doomed { TimeDelta::seconds(2) } else { upload(self.material()) });
    }

    /// Gives it up.
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

    /// What every reply about a recording has. `url` is the presigned URL, when there is one.
    pub fn shown(&self, url: Option<&str>) -> Value {
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

    /// `start_reason`, as shown by start, by a change and by reading one recording.
    pub fn start_reason_shown(&self, organization: &str) -> Value {
        match self.start_reason {
            StartReason::ApiCall => json!({ "reason": self.start_reason, "caller": self.caller(organization) }),
            StartReason::RecordOnStart => json!({ "reason": self.start_reason }),
        }
    }

    /// `stop_reason`, likewise.
    pub fn stop_reason_shown(&self, organization: &str) -> Value {
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
