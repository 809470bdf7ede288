//! The routes of Stream.

mod captions;
mod clip;
mod downloads;
pub mod keys;
mod live_inputs;
mod upload;
pub mod videos;
mod watermarks;
mod webhook;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use self::downloads::File;
pub use self::upload::{direct_form, tus_upload};
use crate::{
    call::Call,
    reply::{Answer, Refusal},
    routes::form,
    state::{Model, video::Video, watermark::Watermark},
};

/// `/stream/…`
pub async fn handle(call: &Call, rest: &[&str]) -> Option<Answer> {
    if let ["live_inputs", rest @ ..] = rest {
        return live_inputs::handle(call, rest);
    }
    Some(match (&call.method, rest) {
        (&Method::GET, []) => videos::list(call),
        (&Method::POST, []) => upload::not_a_form(),
        (&Method::POST, ["copy"]) => videos::copy(call),
        (&Method::POST, ["direct_upload"]) => upload::direct(call),
        (&Method::GET, ["storage-usage"]) => videos::storage_usage(call),
        (&Method::GET, ["keys"]) => Ok(keys::list(call)),
        (&Method::POST, ["keys"]) => keys::create(call).await,
        (&Method::DELETE, ["keys", id]) => keys::delete(call, id),
        (&Method::POST, ["clip"]) => clip::create(call).await,
        (&Method::GET, ["watermarks"]) => Ok(watermarks::list(call)),
        (&Method::POST, ["watermarks"]) => watermarks::create_by_url(call).await,
        (&Method::GET, ["watermarks", uid]) => watermarks::get(call, uid),
        (&Method::DELETE, ["watermarks", uid]) => watermarks::delete(call, uid),
        (&Method::GET, ["webhook"]) => webhook::get(call),
        (&Method::PUT, ["webhook"]) => webhook::set(call),
        (&Method::DELETE, ["webhook"]) => webhook::delete(call),
        (&Method::GET, [uid]) => videos::get(call, uid),
        (&Method::POST, [uid]) => videos::edit(call, uid),
        (&Method::DELETE, [uid]) => videos::delete(call, uid),
        (&Method::POST, [uid, "token"]) => keys::token(call, uid).await,
        (&Method::GET, [uid, "embed"]) => videos::embed(call, uid),
        (&Method::GET, [uid, "downloads"]) => downloads::list(call, uid),
        (&Method::POST, [uid, "downloads"]) => downloads::create(call, uid, File::Default),
        (&Method::DELETE, [uid, "downloads"]) => downloads::delete(call, uid, File::Default),
        (&Method::POST, [uid, "downloads", file]) => downloads::create(call, uid, File::from_name(file)?),
        (&Method::DELETE, [uid, "downloads", file]) => downloads::delete(call, uid, File::from_name(file)?),
        (&Method::GET, [uid, "captions"]) => captions::list(call, uid),
        (&Method::GET, [uid, "captions", language]) => captions::get(call, uid, language),
        (&Method::DELETE, [uid, "captions", language]) => captions::delete(call, uid, language),
        (&Method::POST, [uid, "captions", language, "generate"]) => captions::generate(call, uid, language),
        (&Method::GET, [uid, "captions", language, "vtt"]) => captions::vtt(call, uid, language),
        _ => return None,
    })
}

/// Whether a route reads its body as a stream instead of holding it in memory.
pub fn streams_body(call: &Call, rest: &[&str]) -> bool {
    match (&call.method, rest) {
        (&Method::POST, ["stream"]) => form::is_form(call) || call.headers.contains_key("tus-resumable"),
        (&Method::PUT, ["stream", _, "captions", _]) => true,
        (&Method::POST, ["stream", "watermarks"]) => form::is_form(call),
        _ => false,
    }
}

/// The routes that read their body as a stream, because the body may be large.
pub async fn receive(call: &Call, rest: &[&str], body: Body) -> Answer {
    match (&call.method, rest) {
        (&Method::PUT, ["stream", uid, "captions", language]) => captions::put(call, uid, language, body).await,
        (&Method::POST, ["stream", "watermarks"]) => watermarks::create_by_form(call, body).await,
        _ => upload::receive(call, rest, body).await,
    }
}

fn missing() -> Refusal {
    Refusal::v4(StatusCode::NOT_FOUND, 10_003, "Not Found")
}

fn find<'m>(model: &'m Model, call: &Call, uid: &str) -> Result<&'m Video, Refusal> {
    model.videos.get(uid).filter(|video| video.account == call.account).ok_or_else(missing)
}

fn find_watermark<'m>(model: &'m Model, call: &Call, uid: &str) -> Result<&'m Watermark, Refusal> {
    model.watermarks.get(uid).filter(|profile| profile.account == call.account).ok_or_else(missing)
}
