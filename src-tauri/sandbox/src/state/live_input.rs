//! A live input: where a broadcast would be sent. The sandbox keeps the record of it and takes no broadcasts, so none
//! is ever connected and none has made a video.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::table::Object;
use crate::clock::{Moment, micros};

/// What becomes of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recorded {
    /// It is gone when it ends.
    #[default]
    Off,
    /// It becomes a video.
    Automatic,
}

/// How broadcasts are recorded.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// Whether they are.
    pub mode: Recorded,
    /// Whether only tokens open the video.
    #[serde(rename = "requireSignedURLs")]
    pub require_signed_urls: bool,
    /// Hosts that may show it; empty for all.
    pub allowed_origins: Vec<String>,
    /// Seconds without input until the broadcast counts as over; 0 for Stream's own choice.
    pub timeout_seconds: i64,
    /// Whether the number of viewers is kept from them.
    pub hide_live_viewer_count: bool,
}

/// Another service the broadcast is passed on to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The uid.
    pub uid: String,
    /// Where it goes.
    pub url: String,
    /// That service's key.
    pub stream_key: String,
    /// Whether it goes there.
    pub enabled: bool,
}

/// A live input.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LiveInput {
    /// The uid.
    pub uid: String,
    /// The account.
    pub account: String,
    /// When it was made; unique, so that a list has one order.
    pub created: Moment,
    /// When it was last changed.
    pub modified: Moment,
    /// The integrator's own data.
    pub meta: Map<String, Value>,
    /// Whether it would take broadcasts.
    pub enabled: bool,
    /// The creator its videos would have.
    pub default_creator: Option<String>,
    /// After how many days its videos would be deleted.
    pub delete_after_days: Option<f64>,
    /// Whether it would be delivered as Low-Latency HLS.
    pub low_latency: bool,
    /// How broadcasts are recorded.
    pub recording: Recording,
    /// Where broadcasts are passed on to.
    pub outputs: Vec<Output>,
    /// The `Idempotency-Key` it was made with.
    pub made_with: Option<String>,
    /// What the keys follow from, which open nothing.
    pub seed: String,
}

impl Object for LiveInput {
    const KIND: &'static str = "live_input";

    fn id(&self) -> &str {
        &self.uid
    }
}

impl LiveInput {
    /// The input in a list.
    pub fn listed(&self) -> Value {
        json!({
            "uid": self.uid,
            "created": micros(self.created),
            "modified": micros(self.modified),
            "meta": self.meta,
            "enabled": self.enabled,
            "deleteRecordingAfterDays": self.delete_after_days,
        })
    }

    /// The input in a reply. `host` is the delivery host, such as `http://127.0.0.1:8080`.
    pub fn shown(&self, host: &str) -> Value {
        let mut shown = self.listed();
        let (uid, seed) = (&self.uid, &self.seed);
        // Nothing listens at these; the reserved name says so (RFC 2606).
        let ingest = "live.sandbox.invalid";
        let more = json!({
            "preferLowLatency": self.low_latency,
            "recording": self.recording,
            "status": null,
            "playback": {
                "hls": format!("{host}/{uid}/manifest/video.m3u8"),
                "dash": format!("{host}/{uid}/manifest/video.mpd"),
            },
            "rtmps": { "url": format!("rtmps://{ingest}:443/live/"), "streamKey": format!("{seed}k{uid}") },
            "rtmpsPlayback": { "url": format!("rtmps://{ingest}:443/live/"), "streamKey": format!("{seed}p{uid}") },
            "srt": { "url": format!("srt://{ingest}:778"), "streamId": uid, "passphrase": format!("{seed}s{uid}") },
            "srtPlayback": {
                "url": format!("srt://{ingest}:778"),
                "streamId": format!("play{uid}"),
                "passphrase": format!("{seed}q{uid}"),
            },
            "webRTC": { "url": format!("https://{ingest}/{seed}w{uid}/webRTC/publish") },
            "webRTCPlayback": { "url": format!("https://{ingest}/{uid}/webRTC/play") },
        });
        if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
            shown.extend(more);
        }
        shown
    }
}

impl Output {
    /// The output in a reply.
    pub fn shown(&self) -> Value {
        json!({ "uid": self.uid, "url": self.url, "streamKey": self.stream_key, "enabled": self.enabled })
    }
}
