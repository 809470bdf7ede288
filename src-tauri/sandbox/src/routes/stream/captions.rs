//! The routes of captions: one `WebVTT` per video and language, uploaded or generated.

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::IntoResponse as _,
};

use super::{find, missing};
use crate::{
    call::Call,
    clock::seconds,
    reply::{Answer, Refusal, Reply},
    routes::{form, input::ErrorFormat},
    state::{
        Model,
        caption::{self, Caption},
    },
};

const MAX_FILE_BYTES: usize = 10 << 20;
/// The largest number of bytes in the parts of a form besides the file.
const FORM_OVERHEAD_BYTES: usize = 64 << 10;

/// `GET …/captions`
pub fn list(call: &Call, uid: &str) -> Answer {
    call.world.with(|model| {
        find(model, call, uid)?;
        let captions = model.captions.iter().filter(|caption| caption.video == uid);
        Ok(Reply::Result(captions.map(|caption| caption.to_json(model.now)).collect()))
    })
}

/// `GET …/captions/{language}`
pub fn get(call: &Call, uid: &str, language: &str) -> Answer {
    call.world.with(|model| Ok(Reply::Result(caption(model, call, uid, language)?.to_json(model.now))))
}

/// `PUT …/captions/{language}`: replaces earlier captions in this language.
pub async fn put(call: &Call, uid: &str, language: &str, body: Body) -> Answer {
    call.world.with(|model| find(model, call, uid).map(|_| ()))?;
    check(language)?;
    if !form::is_form(call) {
        return Err(ErrorFormat::V4.invalid("captions are uploaded as multipart/form-data"));
    }
    let mut parts = form::parts(call, body, MAX_FILE_BYTES + FORM_OVERHEAD_BYTES).await?;
    let file = parts.remove("file").ok_or_else(|| ErrorFormat::V4.invalid("the form has no file"))?;
    if file.len() > MAX_FILE_BYTES {
        return Err(form::too_large(MAX_FILE_BYTES));
    }
    let text = String::from_utf8(file).ok().filter(|text| caption::is_webvtt(text));
    let text = text.ok_or_else(|| ErrorFormat::V4.invalid("file is not WebVTT"))?;
    call.world.with(|model| {
        // The video may have been deleted while the upload ran.
        find(model, call, uid)?;
        Ok(Reply::Result(add(model, Caption::new(uid, language, model.now, Some(text)))))
    })
}

/// `POST …/captions/{language}/generate`: the captions are ready after `caption_seconds`.
pub fn generate(call: &Call, uid: &str, language: &str) -> Answer {
    call.world.with(|model| {
        let video = find(model, call, uid)?;
        if !caption::can_be_generated(language) {
            return Err(ErrorFormat::V4.invalid(format!("captions cannot be generated in \"{language}\"")));
        }
        if !video.is_playable() {
            return Err(ErrorFormat::V4.invalid("the video is not ready"));
        }
        if model.captions.get(&Caption::key(uid, language)).is_some() {
            return Err(ErrorFormat::V4.invalid("the video has captions in this language; delete them first"));
        }
        let ready = model.now + seconds(model.switches.caption_seconds);
        let fails = model.switches.captions_fail;
        Ok(Reply::Result(add(model, Caption { fails, ..Caption::new(uid, language, ready, None) })))
    })
}

/// `GET …/captions/{language}/vtt`: the `WebVTT` itself, without an envelope.
pub fn vtt(call: &Call, uid: &str, language: &str) -> Answer {
    call.world.with(|model| {
        let caption = caption(model, call, uid, language)?;
        if !caption.is_ready(model.now) {
            return Err(missing());
        }
        let text = caption.webvtt(find(model, call, uid)?.footage());
        Ok(Reply::Raw((StatusCode::OK, [(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], text).into_response()))
    })
}

/// `DELETE …/captions/{language}`
pub fn delete(call: &Call, uid: &str, language: &str) -> Answer {
    call.world.with(|model| {
        let id = caption(model, call, uid, language)?.id.clone();
        model.captions.remove(&id);
        Ok(Reply::Result("".into()))
    })
}

fn add(model: &mut Model, caption: Caption) -> serde_json::Value {
    let shown = caption.to_json(model.now);
    model.captions.put(caption);
    shown
}

fn caption<'m>(model: &'m Model, call: &Call, uid: &str, language: &str) -> Result<&'m Caption, Refusal> {
    find(model, call, uid)?;
    check(language)?;
    model.captions.get(&Caption::key(uid, language)).ok_or_else(missing)
}

fn check(language: &str) -> Result<(), Refusal> {
    let known = caption::is_language_tag(language);
    if known { Ok(()) } else { Err(ErrorFormat::V4.invalid("the language is not a BCP 47 tag")) }
}
