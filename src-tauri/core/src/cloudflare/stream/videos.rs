//! Videos: import from an address, look, list, edit, delete, offer for download.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::super::error::{Error, Surface};
use super::super::redact::{PresignedUrl, plain};
use super::super::transport::{Call, Client};
use crate::domain::ids::VideoId;

/// The key under which Stream keeps the address a video was copied from.
const SOURCE: &str = "downloaded-from";
/// The key under which an upload says who sends it.
pub(super) const SENDER: &str = "sender";

/// Where Stream says a video is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoState {
    /// Waiting for an upload.
    PendingUpload,
    /// Fetching its source.
    Downloading,
    /// Waiting for an encoder.
    Queued,
    /// Encoding.
    InProgress,
    /// Done, or so far that it plays.
    Ready,
    /// Failed.
    Error,
    /// A live broadcast.
    LiveInProgress,
    /// A state no document names.
    Unknown(String),
}

/// Why a video failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoError {
    /// Stream's `errorReasonCode`.
    pub code: String,
    /// Stream's words, filtered.
    pub text: String,
}

/// A video.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Wire")]
pub struct Video {
    /// Its uid.
    pub uid: VideoId,
    /// Where it is.
    pub state: VideoState,
    /// How much is encoded, 0–100; Stream may leave it out.
    pub pct: Option<f32>,
    /// Why it failed.
    pub error: Option<VideoError>,
    /// Whether the first rendition plays. It can be true long before everything is encoded.
    pub ready_to_stream: bool,
    /// Its name.
    pub name: Option<String>,
    /// What else its metadata says in words, without the name and the address it was copied from.
    pub meta: BTreeMap<String, String>,
    /// Who made it: our mark.
    pub creator: Option<String>,
    /// Its length; unknown until it is read.
    pub duration: Option<Duration>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Whether it plays with a signed token only.
    pub require_signed_urls: bool,
    /// The HLS manifest by uid.
    pub playback_hls: Option<Url>,
    /// Which desk began to send it; gone from its metadata once it has all of it.
    pub sender: Option<String>,
    names_its_source: bool,
}

impl Video {
    /// Whether its public metadata names the address it was copied from, which opens the file.
    #[must_use]
    pub const fn names_its_source(&self) -> bool {
        self.names_its_source
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    uid: VideoId,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    ready_to_stream: bool,
    #[serde(default)]
    meta: Option<Map<String, Value>>,
    #[serde(default)]
    creator: Option<String>,
    #[serde(default)]
    duration: Option<f64>,
    #[serde(default)]
    size: Option<f64>,
    #[serde(default)]
    created: Option<DateTime<Utc>>,
    #[serde(default, rename = "requireSignedURLs")]
    require_signed_urls: bool,
    #[serde(default)]
    playback: Option<Playback>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    state: String,
    /// A string such as `"39.000000"`; numbers are taken too.
    #[serde(default)]
    pct_complete: Value,
    #[serde(default)]
    error_reason_code: Option<String>,
    #[serde(default)]
    error_reason_text: Option<String>,
}

#[derive(Deserialize)]
struct Playback {
    /// Read by hand: an address that is none, in one video, must not make a whole list unreadable.
    #[serde(default)]
    hls: Value,
}

impl From<Wire> for Video {
    fn from(wire: Wire) -> Self {
        let state = match wire.status.state.as_str() {
            "pendingupload" => VideoState::PendingUpload,
            "downloading" => VideoState::Downloading,
            "queued" => VideoState::Queued,
            "inprogress" => VideoState::InProgress,
            "ready" => VideoState::Ready,
            "error" => VideoState::Error,
            "live-inprogress" => VideoState::LiveInProgress,
            other => VideoState::Unknown(other.chars().take(40).collect()),
        };
        let mut meta = wire.meta.unwrap_or_default();
        let names_its_source = meta.remove(SOURCE).is_some();
        let mut meta: BTreeMap<String, String> = meta
            .into_iter()
            .filter_map(|(key, value)| if let Value::String(text) = value { Some((key, text)) } else { None })
            .collect();
        #[expect(clippy::cast_possible_truncation, reason = "a percentage")]
        let pct = match &wire.status.pct_complete {
            Value::String(text) => text.trim().parse::<f32>().ok(),
            Value::Number(number) => number.as_f64().map(|number| number as f32),
            _ => None,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size below zero or above 2^64 is no size"
        )]
        let size = wire.size.filter(|size| *size > 0.0).map(|size| size as u64);
        Self {
            uid: wire.uid,
            error: wire.status.error_reason_code.filter(|code| !code.is_empty()).map(|code| VideoError {
                code: plain(&code),
                text: plain(&wire.status.error_reason_text.unwrap_or_default()),
            }),
            state,
            pct,
            ready_to_stream: wire.ready_to_stream,
            name: meta.remove("name"),
            sender: meta.get(SENDER).cloned(),
            names_its_source,
            meta,
            creator: wire.creator,
            duration: wire.duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            size,
            created: wire.created,
            require_signed_urls: wire.require_signed_urls,
            playback_hls: wire.playback.and_then(|playback| playback.hls.as_str()?.parse().ok()),
        }
    }
}

/// A video to import.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVideo {
    /// Where Stream fetches it.
    pub source: PresignedUrl,
    /// Its name.
    pub name: String,
    /// Our marks.
    pub meta: BTreeMap<String, String>,
    /// Our mark, searchable, at most 64 characters.
    pub creator: Option<String>,
    /// Whether it plays with a signed token only.
    pub require_signed_urls: bool,
    /// When Stream deletes it: 30 to 1,096 days ahead.
    pub scheduled_deletion: Option<DateTime<Utc>>,
}

/// What to change; the rest stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideoEdit {
    /// The whole metadata: Stream replaces it.
    pub meta: Option<BTreeMap<String, String>>,
    /// `Some(None)` keeps the video forever.
    pub scheduled_deletion: Option<Option<DateTime<Utc>>>,
    /// Our mark, searchable, at most 64 characters.
    pub creator: Option<String>,
    /// Whether it plays with a signed token only.
    pub require_signed_urls: Option<bool>,
}

/// Which videos to list, newest first unless a span is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VideosQuery {
    /// Only these.
    pub ids: Vec<VideoId>,
    /// Only with this mark.
    pub creator: Option<String>,
    /// Only older than this.
    pub before: Option<DateTime<Utc>>,
    /// Only those made between these two moments, the oldest first.
    pub between: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// At most this many, 1 to 1,000.
    pub limit: Option<u32>,
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl Client {
    /// Has Stream import a file. It answers at once and fetches later.
    pub async fn copy(&self, new: &NewVideo) -> Result<Video, Error> {
        let mut meta = new.meta.clone();
        meta.insert("name".to_owned(), new.name.clone());
        let mut body =
            json!({ "url": new.source.expose(), "meta": meta, "requireSignedURLs": new.require_signed_urls });
        if let Some(creator) = &new.creator {
            body["creator"] = json!(creator);
        }
        if let Some(at) = new.scheduled_deletion {
            body["scheduledDeletion"] = json!(instant(at));
        }
        self.call(Call::post(Surface::Stream, &self.account_path("/stream/copy"), &body)).await
    }

    /// One video.
    pub async fn video(&self, id: &VideoId) -> Result<Option<Video>, Error> {
        self.find(Call::get(Surface::Stream, &self.account_path(&format!("/stream/{id}")))).await
    }

    /// A page of videos, newest first. There are no page numbers: go on with `before`.
    pub async fn videos(&self, query: &VideosQuery) -> Result<Vec<Video>, Error> {
        let mut call = Call::get(Surface::Stream, "");
        call.path = self.account_path("/stream");
        if !query.ids.is_empty() {
            let ids: Vec<&str> = query.ids.iter().map(VideoId::as_str).collect();
            call.query.push(("id", ids.join(",")));
        }
        if let Some(creator) = &query.creator {
            call.query.push(("creator", creator.clone()));
        }
        if let Some(before) = query.before {
            call.query.push(("before", instant(before)));
        }
        if let Some((start, end)) = query.between {
            call.query.extend([("start", instant(start)), ("end", instant(end)), ("asc", "true".to_owned())]);
        }
        if let Some(limit) = query.limit {
            call.query.push(("limit", limit.to_string()));
        }
        self.call(call).await
    }

    /// Changes a video. Setting the same twice is setting it once.
    pub async fn edit_video(&self, id: &VideoId, edit: &VideoEdit) -> Result<Video, Error> {
        let mut body = Map::new();
        if let Some(meta) = &edit.meta {
            body.insert("meta".into(), json!(meta));
        }
        if let Some(at) = edit.scheduled_deletion {
            body.insert("scheduledDeletion".into(), json!(at.map(instant)));
        }
        if let Some(creator) = &edit.creator {
            body.insert("creator".into(), json!(creator));
        }
        if let Some(required) = edit.require_signed_urls {
            body.insert("requireSignedURLs".into(), json!(required));
        }
        self.call(Call::set(Method::POST, Surface::Stream, &self.account_path(&format!("/stream/{id}")), &body)).await
    }

    /// Deletes a video for good. One that is gone already counts as deleted.
    pub async fn delete_video(&self, id: &VideoId) -> Result<(), Error> {
        match self.done(Call::delete(Surface::Stream, &self.account_path(&format!("/stream/{id}")))).await {
            Ok(()) | Err(Error::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Has Stream offer the video as a file. Asking again changes nothing.
    pub async fn create_download(&self, id: &VideoId) -> Result<(), Error> {
        let path = self.account_path(&format!("/stream/{id}/downloads"));
        self.done(Call::set(Method::POST, Surface::Stream, &path, &json!({}))).await
    }
}
