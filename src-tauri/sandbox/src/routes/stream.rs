//! Stream.

mod downloads;
mod keys;
mod upload;
mod videos;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

pub use self::upload::{Incoming, direct_form, reads_piecewise, tus_upload};
use crate::{
    gateway::Call,
    reply::{Answer, Refusal},
    state::{Model, video::Video},
};

/// `/stream/…`
pub async fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    Some(match (&call.method, rest) {
        (&Method::GET, []) => videos::list(call),
        (&Method::POST, []) => upload::not_a_form(),
        (&Method::POST, ["copy"]) => videos::copy(call),
        (&Method::POST, ["direct_upload"]) => upload::direct(call),
        (&Method::GET, ["storage-usage"]) => videos::storage_usage(call),
        (&Method::GET, ["keys"]) => Ok(keys::list(call)),
        (&Method::POST, ["keys"]) => keys::create(call).await,
        (&Method::DELETE, ["keys", id]) => keys::delete(call, id),
        (&Method::GET, [uid]) => videos::get(call, uid),
        (&Method::POST, [uid]) => videos::edit(call, uid),
        (&Method::DELETE, [uid]) => videos::delete(call, uid),
        (&Method::POST, [uid, "token"]) => keys::token(call, uid).await,
        (&Method::GET, [uid, "embed"]) => videos::embed(call, uid),
        (&Method::GET, [uid, "downloads"]) => downloads::list(call, uid),
        (&Method::POST, [uid, "downloads"] | [uid, "downloads", "default"]) => downloads::create(call, uid),
        (&Method::DELETE, [uid, "downloads"] | [uid, "downloads", "default"]) => downloads::delete(call, uid),
        _ => return None,
    })
}

/// The routes that take a body too large to be held.
pub async fn receive(call: &Call, rest: &[&str], body: Body) -> Answer {
    upload::receive(call, rest, body).await
}

fn missing() -> Refusal {
    Refusal::v4(StatusCode::NOT_FOUND, 10_003, "Not Found")
}

fn find<'m>(model: &'m Model, call: &Call, uid: &str) -> Result<&'m Video, Refusal> {
    model.videos.get(uid).filter(|video| video.account == call.account).ok_or_else(missing)
}
