//! A video in Stream: where it came from, how far it is, and how it is shown.
//!
//! Its timeline is fixed as soon as its source has been looked at, so that how far it is at any moment follows from the
//! clock alone:
//!
//! ```text
//! created ─ downloading ─► queued ─► inprogress ──(playable)──► ready
//! ```

mod shown;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::shown::ShownVideo;

use super::{table::Object, watermark::Watermark};
use crate::clock::Moment;

/// The states Stream names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoState {
    /// Waiting for the upload to finish.
    PendingUpload,
    /// The source is being fetched.
    Downloading,
    /// Waiting for an encoder.
    Queued,
    /// Being encoded.
    InProgress,
    /// Every rendition is done.
    Ready,
    /// It will never be.
    Error,
}

/// Why a video failed, in Stream's words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VideoError {
    /// Such as `ERR_NON_VIDEO`.
    pub code: String,
    /// A sentence.
    pub text: String,
}

/// What is known about a video's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Footage {
    /// The words burned into the picture.
    pub title: String,
    /// The line below them.
    pub subtitle: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Length in milliseconds.
    pub millis: u64,
    /// Size of the source in bytes.
    pub bytes: u64,
}

/// When a video reaches each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// From downloading to queued.
    pub fetched: Moment,
    /// From queued to being encoded.
    pub begun: Moment,
    /// From when on it can be played.
    pub playable: Moment,
    /// From being encoded to ready.
    pub done: Moment,
}

/// What has been found out about a video's source.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Import {
    /// The source is still being looked at, or the upload is not complete.
    Open,
    /// It is a video.
    Footage {
        /// What it shows.
        footage: Footage,
        /// When it will be ready.
        timeline: Timeline,
        /// How far the encode gets, in percent, when it does not get to its end.
        #[serde(default)]
        stuck_at: Option<f64>,
    },
    /// It is not usable.
    Failed {
        /// Why.
        error: VideoError,
        /// From when on that shows.
        at: Moment,
    },
}

/// A file made for downloading.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Download {
    /// When it was asked for.
    pub asked: Moment,
    /// When it can be fetched.
    pub ready: Moment,
}

/// A video.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Video {
    /// The uid.
    pub uid: String,
    /// The account.
    pub account: String,
    /// When the object was made; unique, so that lists can be walked by it.
    pub created: Moment,
    /// When it was last changed.
    pub modified: Moment,
    /// The integrator's own data.
    pub meta: Map<String, Value>,
    /// The integrator's own name for whoever made it.
    pub creator: Option<String>,
    /// Hosts that may show it; empty for all.
    pub allowed_origins: Vec<String>,
    /// Whether only tokens open it.
    pub require_signed_urls: bool,
    /// When it deletes itself.
    pub scheduled_deletion: Option<Moment>,
    /// Where the thumbnail is taken, as a fraction of the length.
    pub thumbnail_pct: f64,
    /// The longest it may be.
    pub max_duration_seconds: Option<u64>,
    /// The title, links and logo of the player.
    pub public_details: Option<Value>,
    /// Until when it may be uploaded, for uploads.
    pub upload_expiry: Option<Moment>,
    /// Where the source is fetched from, for copies.
    pub source: Option<String>,
    /// What has been found out about the source.
    pub import: Import,
    /// The state last reached.
    pub state: VideoState,
    /// When it could first be played.
    pub ready_at: Option<Moment>,
    /// The MP4 for downloading.
    pub download: Option<Download>,
    /// The sound by itself for downloading.
    #[serde(default)]
    pub audio_download: Option<Download>,
    /// The watermark it was given on the way in.
    #[serde(default)]
    pub watermark: Option<Watermark>,
    /// The video it was cut from.
    #[serde(default)]
    pub clipped_from: Option<String>,
}

/// A video that was deleted. Its tokens lead to nothing, where those of a video that never was are not accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeletedVideo {
    /// The uid it had.
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

    fn belongs(&self) -> Option<(&str, Moment)> {
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

    /// Takes the step that was due at `at`; `false` when it deletes itself instead.
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

    /// Whether it can be played.
    pub fn is_playable(&self) -> bool {
        self.ready_at.is_some()
    }

    /// Whether it takes up an encoder or a place in the queue for one.
    pub fn is_encoding(&self) -> bool {
        matches!(self.state, VideoState::Downloading | VideoState::Queued | VideoState::InProgress)
    }

    /// What it shows, once that is known.
    pub fn footage(&self) -> Option<&Footage> {
        match &self.import {
            Import::Footage { footage, .. } => Some(footage),
            Import::Open | Import::Failed { .. } => None,
        }
    }

    /// `meta.name`.
    pub fn name(&self) -> Option<&str> {
        self.meta.get("name").and_then(Value::as_str)
    }

    /// How far the encode is, in percent.
    fn percent(&self, now: Moment) -> f64 {
        let Import::Footage { timeline, stuck_at, .. } = &self.import else { return 0.0 };
        let whole = span(timeline.begun, timeline.done);
        let spent = span(timeline.begun, now);
        let most = stuck_at.unwrap_or(99.0);
        if whole > 0.0 { (spent / whole * 100.0).clamp(0.0, most) } else { most }
    }

    /// The video in a reply. `host` is the delivery host, such as `http://127.0.0.1:8080`.
    pub fn shown(&self, host: &str, now: Moment) -> Value {
        json!(ShownVideo::of(self, host, now))
    }
}

impl Download {
    /// The download in a reply.
    pub fn shown(&self, url: &str, now: Moment) -> Value {
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
