//! MP4 downloads of videos.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{find, missing};
use crate::{
    clock::seconds,
    gateway::Call,
    reply::{Answer, Refusal, Reply},
    state::{Model, video::Download},
};

/// `GET …/downloads`
pub fn list(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        Ok(Reply::Result(shown(model, uid)))
    })
}

/// `POST …/downloads`: once more does no harm.
pub fn create(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        let video = find(model, call, uid)?;
        if !video.is_playable() {
            return Err(Refusal::v4(StatusCode::BAD_REQUEST, 10_005, "Bad Request: the video is not ready"));
        }
        let now = model.now;
        let wait = seconds(model.switches.mp4_seconds);
        model.videos.edit(uid, |video| {
            video.download.get_or_insert(Download { asked: now, ready: now + wait });
        });
        Ok(Reply::Result(shown(model, uid)))
    })
}

/// `DELETE …/downloads`
pub fn delete(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?.download.ok_or_else(missing)?;
        model.videos.edit(uid, |video| video.download = None);
        Ok(Reply::Result("".into()))
    })
}

fn shown(model: &Model, uid: &str) -> Value {
    let mut downloads = Map::new();
    if let Some(download) = model.videos.get(uid).and_then(|video| video.download) {
        let url = format!("{}/{uid}/downloads/default.mp4", model.host);
        downloads.insert("default".into(), download.shown(&url, model.now));
    }
    json!(downloads)
}
