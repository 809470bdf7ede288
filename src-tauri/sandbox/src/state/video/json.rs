//! A video in a reply. It is serialized without an intermediate value, because a list may hold a thousand videos.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Import, Video, VideoState, seconds_of};
use crate::{
    clock::{Moment, micros},
    state::watermark::Watermark,
};

/// A video, as Stream's API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoJson<'a> {
    uid: &'a str,
    creator: Option<&'a str>,
    thumbnail: String,
    thumbnail_timestamp_pct: f64,
    ready_to_stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_to_stream_at: Option<String>,
    status: Status<'a>,
    meta: &'a Map<String, Value>,
    created: String,
    modified: String,
    scheduled_deletion: Option<String>,
    size: u64,
    preview: String,
    allowed_origins: &'a [String],
    #[serde(rename = "requireSignedURLs")]
    require_signed_urls: bool,
    uploaded: String,
    upload_expiry: Option<String>,
    max_size_bytes: Option<u64>,
    max_duration_seconds: Option<u64>,
    duration: Length,
    input: Size,
    playback: Playback,
    watermark: Option<Value>,
    clipped_from: Option<&'a str>,
    public_details: &'a Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    state: VideoState,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pct_complete: Option<String>,
    error_reason_code: &'a str,
    error_reason_text: &'a str,
}

/// The length in seconds; −1 (`Unknown`) while it is not known.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Length {
    Unknown(i8),
    Seconds(f64),
}

#[derive(Debug, Serialize)]
struct Size {
    width: i64,
    height: i64,
}

#[derive(Debug, Serialize)]
struct Playback {
    hls: String,
    dash: String,
}

impl<'a> VideoJson<'a> {
    /// The JSON of a video. `host` is the delivery host, such as `http://127.0.0.1:8080`.
    pub fn of(video: &'a Video, host: &str, now: Moment) -> Self {
        let unknown = matches!(video.state, VideoState::PendingUpload | VideoState::Downloading);
        let known = video.footage().filter(|_| !unknown);
        let at = format!("{host}/{}", video.uid);
        Self {
            uid: &video.uid,
            creator: video.creator.as_deref(),
            thumbnail: format!("{at}/thumbnails/thumbnail.jpg"),
            thumbnail_timestamp_pct: video.thumbnail_pct,
            ready_to_stream: video.is_playable(),
            ready_to_stream_at: video.ready_at.map(micros),
            status: Status::of(video, now),
            meta: &video.meta,
            created: micros(video.created),
            modified: micros(video.modified),
            scheduled_deletion: video.scheduled_deletion.map(micros),
            size: known.map_or(0, |footage| footage.bytes),
            preview: format!("{at}/watch"),
            allowed_origins: &video.allowed_origins,
            require_signed_urls: video.require_signed_urls,
            uploaded: micros(video.created),
            upload_expiry: video.upload_expiry.map(micros),
            max_size_bytes: None,
            max_duration_seconds: video.max_duration_seconds,
            duration: known.map_or(Length::Unknown(-1), |footage| Length::Seconds(seconds_of(footage.millis))),
            input: known.map_or(Size { width: -1, height: -1 }, |footage| Size {
                width: footage.width.into(),
                height: footage.height.into(),
            }),
            playback: Playback { hls: format!("{at}/manifest/video.m3u8"), dash: format!("{at}/manifest/video.mpd") },
            watermark: video.watermark.as_ref().map(Watermark::to_json),
            clipped_from: video.clipped_from.as_deref(),
            public_details: &video.public_details,
        }
    }
}

impl<'a> Status<'a> {
    fn of(video: &'a Video, now: Moment) -> Self {
        let mut status =
            Self { state: video.state, step: None, pct_complete: None, error_reason_code: "", error_reason_text: "" };
        match video.state {
            VideoState::PendingUpload | VideoState::Downloading | VideoState::Queued => {}
            VideoState::InProgress => {
                status.step = Some("encoding");
                status.pct_complete = Some(format!("{:.6}", video.percent(now)));
            }
            VideoState::Ready => status.pct_complete = Some("100.000000".into()),
            VideoState::Error => {
                status.step = Some("encoding");
                status.pct_complete = Some(String::new());
                if let Import::Failed { error, .. } = &video.import {
                    status.error_reason_code = &error.code;
                    status.error_reason_text = &error.text;
                }
            }
        }
        status
    }
}
