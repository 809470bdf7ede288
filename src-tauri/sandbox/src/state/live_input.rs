//! A live input: an address for broadcasts. The sandbox stores live inputs but accepts no broadcasts, so an input is
//! never connected and has no videos.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::table::Object;
use crate::clock::{Moment, micros};

/// Whether Stream records the broadcasts to a live input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingMode {
    /// A broadcast is not recorded.
    #[default]
    Off,
    /// A broadcast becomes a video.
    Automatic,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    pub mode: RecordingMode,
    /// Whether the video needs a playback token.
    #[serde(rename = "requireSignedURLs")]
    pub require_signed_urls: bool,
    /// Hosts whose pages may show the video; empty for all.
    pub allowed_origins: Vec<String>,
    /// Seconds without input after which the broadcast ends; 0 for Stream's default.
    pub timeout_seconds: i64,
    /// Whether viewers cannot see the number of viewers.
    pub hide_live_viewer_count: bool,
}

/// Another service that receives the broadcast.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    pub uid: String,
    /// The address of the service.
    pub url: String,
    /// The stream key at the service.
    pub stream_key: String,
    /// Whether the service receives the broadcast.
    pub enabled: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LiveInput {
    pub uid: String,
    /// The id of the account that owns the input.
    pub account: String,
    /// When the input was created. No two inputs have the same moment, so that lists have one order.
    pub created: Moment,
    pub modified: Moment,
    /// The integrator's own data.
    pub meta: Map<String, Value>,
    /// Whether the input accepts broadcasts, according to the API.
    pub enabled: bool,
    /// The `creator` of the input's videos.
    pub default_creator: Option<String>,
    /// After how many days the input's videos are deleted; `None` for never.
    pub delete_after_days: Option<f64>,
    /// Whether the input prefers Low-Latency HLS.
    pub low_latency: bool,
    pub recording: Recording,
    /// The services that receive the input's broadcasts.
    pub outputs: Vec<Output>,
    /// The `Idempotency-Key` of the request that created the input; `None` when it had none.
    pub made_with: Option<String>,
    /// Random text that is part of the input's stream keys. No service accepts these keys.
    pub seed: String,
}

impl Object for LiveInput {
    const KIND: &'static str = "live_input";

    fn id(&self) -> &str {
        &self.uid
    }
}

impl LiveInput {
    /// The members of an input in a list.
    pub fn to_list_json(&self) -> Value {
        json!({
            "uid": self.uid,
            "created": micros(self.created),
            "modified": micros(self.modified),
            "meta": self.meta,
            "enabled": self.enabled,
            "deleteRecordingAfterDays": self.delete_after_days,
        })
    }

    /// All members of an input. `host` is the delivery host, such as `http://127.0.0.1:8080`.
    pub fn to_json(&self, host: &str) -> Value {
        let mut shown = self.to_list_json();
        let (uid, seed) = (&self.uid, &self.seed);
        // No service exists at these addresses; `.invalid` is reserved for that (RFC 2606).
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
    pub fn to_json(&self) -> Value {
        json!({ "uid": self.uid, "url": self.url, "streamKey": self.stream_key, "enabled": self.enabled })
    }
}
