//! The routes of downloads: the video as MP4, and its sound as M4A.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{find, missing};
use crate::{
    call::Call,
    clock::seconds,
    reply::{Answer, Refusal, Reply},
    state::{
        Model,
        video::{Download, Video},
    },
};

/// The kinds of download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `default`: an MP4.
    Default,
    /// `audio`: an M4A.
    Audio,
}

impl File {
    /// The kind that the last segment of a path names.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::Default),
            "audio" => Some(Self::Audio),
            _ => None,
        }
    }

    fn of(self, video: &mut Video) -> &mut Option<Download> {
        match self {
            Self::Default => &mut video.download,
            Self::Audio => &mut video.audio_download,
        }
    }
}

/// `GET …/downloads`
pub fn list(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        Ok(Reply::Result(downloads_json(model, uid)))
    })
}

/// `POST …/downloads/{file}`: requests a download. A second request changes nothing.
pub fn create(call: &Call, uid: &str, file: File) -> Answer {
    call.world.with(|model| {
        let video = find(model, call, uid)?;
        if !video.is_playable() {
            return Err(Refusal::v4(StatusCode::BAD_REQUEST, 10_005, "Bad Request: the video is not ready"));
        }
        let now = model.now;
        let wait = seconds(model.switches.mp4_seconds);
        model.videos.edit(uid, |video| {
            file.of(video).get_or_insert(Download { asked: now, ready: now + wait });
        });
        Ok(Reply::Result(downloads_json(model, uid)))
    })
}

/// `DELETE …/downloads/{file}`
pub fn delete(call: &Call, uid: &str, file: File) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        let there = model.videos.edit(uid, |video| file.of(video).take()).flatten();
        there.map(|_| Reply::Result("".into())).ok_or_else(missing)
    })
}

fn downloads_json(model: &Model, uid: &str) -> Value {
    let mut downloads = Map::new();
    if let Some(video) = model.videos.get(uid) {
        for (name, download, file) in
            [("default", video.download, "default.mp4"), ("audio", video.audio_download, "audio.m4a")]
        {
            if let Some(download) = download {
                let url = format!("{}/{uid}/downloads/{file}", model.host);
                downloads.insert(name.into(), download.to_json(&url, model.now));
            }
        }
    }
    json!(downloads)
}
