//! A video of Stream: its source, its states, and its JSON.
//!
//! The timeline of a video is computed when its source is inspected. From then on, only the clock changes its state:
//!
//! ```text
//! created ─ downloading ─► queued ─► inprogress ──(playable)──► ready
//! ```

mod json;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::json::VideoJson;

use super::{table::Object, watermark::Watermark};
use crate::{clock::Moment, media::Flaws};

/// The states that Stream documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoState {
    /// The upload is not complete.
    PendingUpload,
    /// The source is being downloaded.
    Downloading,
    /// The video waits for an encoder.
    Queued,
    /// The video is being encoded.
    InProgress,
    /// All renditions are encoded.
    Ready,
    /// The import or the encode failed.
    Error,
}

/// Why a video failed, as Stream reports it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VideoError {
    /// The error code, such as `ERR_NON_VIDEO`.
    pub code: String,
    /// The error text.
    pub text: String,
}

/// The picture, length and size of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Footage {
    /// The title drawn into the picture.
    pub title: String,
    /// The smaller line below the title.
    pub subtitle: String,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The length in milliseconds.
    pub millis: u64,
    /// The size of the source in bytes.
    pub bytes: u64,
    /// What is wrong with the film.
    #[serde(default)]
    pub flaws: Flaws,
}

/// When a video reaches each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// When the video passes from `downloading` to `queued`.
    pub fetched: Moment,
    /// When the video passes from `queued` to `inprogress`.
    pub begun: Moment,
    /// When the video can be played for the first time.
    pub playable: Moment,
    /// When the video passes from `inprogress` to `ready`.
    pub done: Moment,
}

/// The result of inspecting a video's source.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Import {
    /// The source is not inspected yet, or the upload is not complete.
    Open,
    /// The source is a video.
    Footage {
        footage: Footage,
        timeline: Timeline,
        /// The percentage at which the encode stops for ever; `None` for an encode that ends.
        #[serde(default)]
        stuck_at: Option<f64>,
    },
    /// The source cannot be imported.
    Failed {
        error: VideoError,
        /// When the video reports the failure.
        at: Moment,
    },
}

/// A file of a video for downloading.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Download {
    /// When the download was requested.
    pub asked: Moment,
    /// When the file can be downloaded.
    pub ready: Moment,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Video {
    pub uid: String,
    /// The id of the account that owns the video.
    pub account: String,
    /// When the video was created. No two videos have the same moment, so that a list can be paged by this member.
    pub created: Moment,
    pub modified: Moment,
    /// The integrator's own data.
    pub meta: Map<String, Value>,
    /// The integrator's own name for the person who uploaded the video.
    pub creator: Option<String>,
    /// Hosts whose pages may show the video; empty for all.
    pub allowed_origins: Vec<String>,
    /// Whether the video needs a playback token.
    pub require_signed_urls: bool,
    /// When Stream deletes the video; `None` for never.
    pub scheduled_deletion: Option<Moment>,
    /// The position of the default thumbnail, as a fraction of the length.
    pub thumbnail_pct: f64,
    /// The longest length in seconds that is accepted; `None` for no limit.
    pub max_duration_seconds: Option<u64>,
    /// The title, links and logo that the player shows.
    pub public_details: Option<Value>,
    /// The moment from which on no file can be uploaded; `None` for no limit.
    pub upload_expiry: Option<Moment>,
    /// The URL of the source of a copy; `None` for an upload and for a clip.
    pub source: Option<String>,
    /// The result of inspecting the source.
    pub import: Import,
    pub state: VideoState,
    /// When the video could first be played; `None` before that.
    pub ready_at: Option<Moment>,
    /// The MP4 download; `None` before it is requested.
    pub download: Option<Download>,
    /// The audio download; `None` before it is requested.
    #[serde(default)]
    pub audio_download: Option<Download>,
    /// A copy of the watermark profile with which the video was made; `None` for none.
    #[serde(default)]
    pub watermark: Option<Watermark>,
    /// The uid of the video from which a clip was cut; `None` for any other video.
    #[serde(default)]
    pub clipped_from: Option<String>,
}

/// A deleted video. A playback token for it is answered with 404, whereas one for a uid that never existed is answered
/// with 401.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeletedVideo {
    pub uid: String,
}

impl Object for DeletedVideo {
    const KIND: &'static str = "deleted_video";

    fn id(&self) -> &str {
        &self.uid
    }
}

impl Object for Video {
    const KIND: &'static str = "video";

    fn id(&self) -> &str {
        &self.uid
    }

    fn owner(&self) -> Option<(&str, Moment)> {
        Some((&self.account, self.created))
    }

    fn due(&self) -> Option<Moment> {
        [self.next_step(), self.scheduled_deletion].into_iter().flatten().min()
    }
}

impl Video {
    fn next_step(&self) -> Option<Moment> {
        match (&self.import, self.state) {
            (Import::Failed { at, .. }, state) if state != VideoState::Error => Some(*at),
            (Import::Footage { timeline, stuck_at, .. }, state) => match state {
                VideoState::PendingUpload | VideoState::Downloading => Some(timeline.fetched),
                VideoState::Queued => Some(timeline.begun),
                VideoState::InProgress if stuck_at.is_some() => None,
                VideoState::InProgress if self.ready_at.is_none() => Some(timeline.playable),
                VideoState::InProgress => Some(timeline.done),
                VideoState::Ready | VideoState::Error => None,
            },
            (Import::Open | Import::Failed { .. }, _) => None,
        }
    }

    /// Takes the step that is due at `at`; `false` when the scheduled deletion is due instead.
    pub fn step(&mut self, at: Moment) -> bool {
        if self.scheduled_deletion.is_some_and(|deletion| deletion <= at) {
            return false;
        }
        self.modified = at;
        match (&self.import, self.state) {
            (Import::Failed { .. }, _) => self.state = VideoState::Error,
            (Import::Footage { .. }, VideoState::PendingUpload | VideoState::Downloading) => {
                self.state = VideoState::Queued;
            }
            (Import::Footage { .. }, VideoState::Queued) => self.state = VideoState::InProgress,
            (Import::Footage { .. }, VideoState::InProgress) if self.ready_at.is_none() => self.ready_at = Some(at),
            (Import::Footage { .. }, VideoState::InProgress) => self.state = VideoState::Ready,
            (Import::Footage { .. }, VideoState::Ready | VideoState::Error) | (Import::Open, _) => {}
        }
        true
    }

    pub fn is_playable(&self) -> bool {
        self.ready_at.is_some()
    }

    /// Whether the video counts towards `concurrent_encodes`: it is downloaded, waits for an encoder, or is encoded.
    pub fn is_encoding(&self) -> bool {
        matches!(self.state, VideoState::Downloading | VideoState::Queued | VideoState::InProgress)
    }

    /// The footage; `None` before the source was inspected and when it cannot be imported.
    pub fn footage(&self) -> Option<&Footage> {
        match &self.import {
            Import::Footage { footage, .. } => Some(footage),
            Import::Open | Import::Failed { .. } => None,
        }
    }

    /// The name in `meta`; `None` when it has none.
    pub fn name(&self) -> Option<&str> {
        self.meta.get("name").and_then(Value::as_str)
    }

    /// The progress of the encode in percent.
    fn percent(&self, now: Moment) -> f64 {
        let Import::Footage { timeline, stuck_at, .. } = &self.import else { return 0.0 };
        let whole = span(timeline.begun, timeline.done);
        let spent = span(timeline.begun, now);
        let most = stuck_at.unwrap_or(99.0);
        if whole > 0.0 { (spent / whole * 100.0).clamp(0.0, most) } else { most }
    }

    /// The video in a reply. `host` is the delivery host, such as `http://127.0.0.1:8080`.
    pub fn to_json(&self, host: &str, now: Moment) -> Value {
        json!(VideoJson::of(self, host, now))
    }
}

impl Download {
    /// The download in a reply.
    pub fn to_json(self, url: &str, now: Moment) -> Value {
        let done = now >= self.ready;
        let whole = span(self.asked, self.ready);
        let percent = if done || whole <= 0.0 { 100.0 } else { span(self.asked, now) / whole * 100.0 };
        json!({ "status": if done { "ready" } else { "inprogress" }, "url": url, "percentComplete": percent })
    }
}

fn span(from: Moment, to: Moment) -> f64 {
    (to - from).max(TimeDelta::zero()).to_std().unwrap_or_default().as_secs_f64()
}

/// Milliseconds as seconds.
pub fn seconds_of(millis: u64) -> f64 {
    std::time::Duration::from_millis(millis).as_secs_f64()
}
