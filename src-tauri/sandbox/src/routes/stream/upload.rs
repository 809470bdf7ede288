//! The routes of uploads: in one form, or in chunks with tus (<https://tus.io>). An uploaded file is inspected and
//! not stored: the video plays a clip of the same length and dimensions.

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError},
};

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use serde_json::{Map, Value, json};

use super::{find, missing, videos, watermarks};
use crate::{
    call::Call,
    clock::micros,
    ids,
    reply::{Answer, Refusal, Reply, set_header},
    routes::input::{ErrorFormat, Fields},
    state::{Model, video::VideoState, watermark::Watermark},
    switches::MetaEdit,
    uploads::PartialUpload,
    world::World,
};

/// The largest file that can be uploaded in a form.
const MAX_FORM_BYTES: u64 = 200 << 20;
/// The largest file that can be uploaded with tus.
const MAX_VIDEO_BYTES: u64 = 30 << 30;
const MIN_CHUNK_BYTES: u64 = 5 << 20;
const MAX_CHUNK_BYTES: u64 = 200 << 20;
const CHUNK_MULTIPLE_BYTES: u64 = 256 << 10;

/// The routes that read their body as a stream.
pub async fn receive(call: &Call, rest: &[&str], body: Body) -> Answer {
    match (&call.method, rest) {
        (&Method::POST, ["stream"]) if call.headers.contains_key("tus-resumable") => begin(call),
        (&Method::POST, ["stream"]) => form(call, body).await,
        _ => not_a_form(),
    }
}

/// Refuses a `POST /stream` with neither a form nor tus.
pub fn not_a_form() -> Answer {
    Err(bad("upload a file as multipart/form-data or with tus; to copy from a URL use /stream/copy"))
}

/// `POST /stream/direct_upload`: creates a URL to which a form can be sent without an API token.
pub fn direct(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let most = fields.integer("maxDurationSeconds", 1..=36_000)?;
    most.ok_or_else(|| fields.refuse("maxDurationSeconds", "is required"))?;
    let now = call.world.with(|model| model.now);
    let expiry = fields.moment("expiry")?.unwrap_or(now + TimeDelta::minutes(30));
    if expiry < now + TimeDelta::minutes(2) - TimeDelta::seconds(30) || expiry > now + TimeDelta::hours(6) {
        return Err(fields.refuse("expiry", "must be 2 minutes to 6 hours ahead"));
    }
    let details = videos::VideoDetails::read(&fields, now)?;
    call.world.with(|model| {
        videos::check_capacity(model, &call.account)?;
        let mut video = videos::new_video(model, &call.account);
        details.apply(&mut video, MetaEdit::Replace);
        video.creator = video.creator.take().or_else(|| upload_creator(call));
        video.watermark = watermarks::requested(model, call, &fields)?;
        video.state = VideoState::PendingUpload;
        video.upload_expiry = Some(expiry);
        let result = json!({
            "uploadURL": format!("{}/upload/{}", model.host, video.uid),
            "uid": video.uid,
            "watermark": video.watermark.as_ref().map(Watermark::to_json),
            "scheduledDeletion": video.scheduled_deletion.map(micros),
        });
        model.videos.put(video);
        Ok(Reply::Result(result))
    })
}

/// `POST /upload/{uid}`: receives the form for a URL made by [`direct`].
pub async fn direct_form(world: &Arc<World>, uid: &str, request: Request) -> Response {
    let open = world.with(|model| {
        model.videos.get(uid).is_some_and(|video| {
            video.state == VideoState::PendingUpload && video.upload_expiry.is_some_and(|expiry| expiry > model.now)
        })
    });
    if !open {
        return missing().into_response();
    }
    match read_form(request).await {
        Ok((incoming, name)) => {
            world.with(|model| {
                model.videos.edit(uid, |video| {
                    if let Some(name) = name {
                        video.meta.entry("name").or_insert(name.into());
                    }
                });
                model.settle_import(uid, incoming.footage());
            });
            StatusCode::OK.into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn form(call: &Call, body: Body) -> Answer {
    call.world.with(|model| videos::check_capacity(model, &call.account))?;
    let mut request = Request::new(body);
    *request.headers_mut() = call.headers.clone();
    let (incoming, name) = read_form(request).await?;
    call.world.with(|model| {
        let mut video = videos::new_video(model, &call.account);
        video.creator = upload_creator(call);
        if let Some(name) = name {
            video.meta.insert("name".into(), name.into());
        }
        let uid = video.uid.clone();
        model.videos.put(video);
        model.settle_import(&uid, incoming.footage());
        Ok(Reply::Result(find(model, call, &uid)?.to_json(&model.host, model.now)))
    })
}

async fn read_form(mut request: Request) -> Result<(PartialUpload, Option<String>), Refusal> {
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| bad("the form cannot be read"))?;
    while let Some(mut field) = form.next_field().await.map_err(|_| bad("the form cannot be read"))? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().map(str::to_owned);
        let mut incoming = PartialUpload::default();
        while let Some(bytes) = field.chunk().await.map_err(|_| bad("the upload broke off"))? {
            incoming.append(&bytes);
            if incoming.received() > MAX_FORM_BYTES {
                let message = "The file is larger than 200 MB; use tus";
                return Err(Refusal::v4(StatusCode::PAYLOAD_TOO_LARGE, 10_006, message));
            }
        }
        return Ok((incoming, name));
    }
    Err(bad("the form has no file"))
}

/// Creates a tus upload.
fn begin(call: &Call) -> Answer {
    let length: u64 = number(&call.headers, "upload-length").ok_or_else(|| bad("Upload-Length is required"))?;
    if length > MAX_VIDEO_BYTES {
        return Err(Refusal::v4(StatusCode::PAYLOAD_TOO_LARGE, 10_006, "The file is larger than 30 GB"));
    }
    let sent = metadata(call)?;
    let fields = Fields::read(Value::Object(sent).to_string().as_bytes(), ErrorFormat::V4)?;
    let now = call.world.with(|model| model.now);
    let details = videos::VideoDetails::read(&fields, now)?;
    let (uid, host) = call.world.with(|model| {
        videos::check_capacity(model, &call.account)?;
        let mut video = videos::new_video(model, &call.account);
        details.apply(&mut video, MetaEdit::Replace);
        video.creator = upload_creator(call);
        video.watermark = watermarks::requested(model, call, &fields)?;
        video.state = VideoState::PendingUpload;
        let uid = video.uid.clone();
        model.videos.put(video);
        Ok::<_, Refusal>((uid, model.host.clone()))
    })?;
    let incoming = PartialUpload::announced(uid.clone(), length);
    let upload = ids::secret();
    uploads(&call.world).insert(upload.clone(), incoming);
    let mut response = tus(StatusCode::CREATED);
    set_header(&mut response, header::LOCATION, &format!("{host}/upload/tus/{upload}"));
    set_header(&mut response, HeaderName::from_static("stream-media-id"), &uid);
    Ok(Reply::Raw(response))
}

/// `/upload/tus/{upload}`: reports and continues an upload made by [`begin`]. As at Stream, the URL is the only
/// permission needed.
pub async fn tus_upload(world: &Arc<World>, upload: &str, request: Request) -> Response {
    let answer = match *request.method() {
        Method::HEAD => progress(world, upload),
        Method::PATCH => chunk(world, upload, request).await,
        _ => Err(Refusal::v4(StatusCode::METHOD_NOT_ALLOWED, 10_005, "Bad Request: tus uses HEAD and PATCH")),
    };
    answer.into_response()
}

fn progress(world: &World, upload: &str) -> Result<Response, Refusal> {
    let uploads = uploads(world);
    let incoming = uploads.get(upload).ok_or_else(missing)?;
    let mut response = tus(StatusCode::OK);
    set_header(&mut response, HeaderName::from_static("upload-offset"), &incoming.received().to_string());
    if let Some(length) = incoming.announced {
        set_header(&mut response, HeaderName::from_static("upload-length"), &length.to_string());
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn chunk(world: &Arc<World>, upload: &str, request: Request) -> Result<Response, Refusal> {
    let offset: u64 = number(request.headers(), "upload-offset").ok_or_else(|| bad("Upload-Offset is required"))?;
    let announced = number(request.headers(), "content-length");
    let mut lease = UploadLease::take(world, upload)?;
    let incoming = &mut lease.incoming;
    let is_late = |model: &mut Model| {
        let video = model.videos.get(&incoming.video);
        video.is_none_or(|video| video.upload_expiry.is_some_and(|expiry| expiry <= model.now))
    };
    if world.with(is_late) {
        return Err(missing());
    }
    check_chunk(incoming, offset, announced)?;
    let length = incoming.announced.unwrap_or(0);
    let mut pieces = request.into_body().into_data_stream();
    while let Some(Ok(bytes)) = pieces.next().await {
        let wanted = usize::try_from(length.saturating_sub(incoming.received())).unwrap_or(usize::MAX);
        incoming.append(&bytes[..bytes.len().min(wanted)]);
    }
    let received = incoming.received();
    if received >= length {
        let found = incoming.footage();
        world.with(|model| model.settle_import(&incoming.video, found));
        incoming.release();
    }
    let mut response = tus(StatusCode::NO_CONTENT);
    set_header(&mut response, HeaderName::from_static("upload-offset"), &received.to_string());
    Ok(response)
}

/// An upload that a request is adding to. It is taken out of the map, so that a concurrent request finds no upload, and
/// put back when the request ends or breaks off, so that a client can ask for the offset.
struct UploadLease<'a> {
    world: &'a World,
    upload: &'a str,
    incoming: PartialUpload,
}

impl<'a> UploadLease<'a> {
    fn take(world: &'a World, upload: &'a str) -> Result<Self, Refusal> {
        let incoming = uploads(world).remove(upload).ok_or_else(missing)?;
        Ok(Self { world, upload, incoming })
    }
}

impl Drop for UploadLease<'_> {
    fn drop(&mut self) {
        uploads(self.world).insert(self.upload.to_owned(), std::mem::take(&mut self.incoming));
    }
}

fn check_chunk(incoming: &PartialUpload, offset: u64, announced: Option<u64>) -> Result<(), Refusal> {
    if offset != incoming.received() {
        let message = "Bad Request: Upload-Offset differs from the number of bytes received";
        return Err(Refusal::v4(StatusCode::CONFLICT, 10_005, message));
    }
    let length = incoming.announced.unwrap_or(0);
    let sound = announced.is_none_or(|size| {
        let last = offset.saturating_add(size) >= length;
        size <= MAX_CHUNK_BYTES && (last || (size >= MIN_CHUNK_BYTES && size.is_multiple_of(CHUNK_MULTIPLE_BYTES)))
    });
    if sound {
        Ok(())
    } else {
        Err(bad("a chunk must be 5 to 200 MiB and a multiple of 256 KiB, unless it is the last"))
    }
}

/// Parses `Upload-Metadata`: names with base64 values. All of them become members of `meta`. The names that Stream
/// knows also set members of the video.
fn metadata(call: &Call) -> Result<Map<String, Value>, Refusal> {
    let text = call.headers.get("upload-metadata").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (mut meta, mut details) = (Map::new(), Map::new());
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, encoded) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let value = value.ok_or_else(|| bad("Upload-Metadata is not base64"))?;
        match name.to_ascii_lowercase().as_str() {
            "requiresignedurls" => _ = details.insert("requireSignedURLs".into(), (value != "false").into()),
            "allowedorigins" => {
                let hosts: Vec<&str> = value.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
                details.insert("allowedOrigins".into(), json!(hosts));
            }
            "thumbnailtimestamppct" => {
                let pct: f64 = value.parse().map_err(|_| bad("thumbnailtimestamppct must be a number"))?;
                details.insert("thumbnailTimestampPct".into(), json!(pct));
            }
            "watermark" => _ = details.insert("watermark".into(), json!({ "uid": value.trim() })),
            "expiry" => _ = details.insert("uploadExpiry".into(), value.clone().into()),
            "scheduleddeletion" => _ = details.insert("scheduledDeletion".into(), value.clone().into()),
            "maxdurationseconds" => {
                let most: u64 = value.parse().map_err(|_| bad("maxDurationSeconds must be a number"))?;
                details.insert("maxDurationSeconds".into(), most.into());
            }
            _ => {}
        }
        meta.insert(name.to_owned(), value.into());
    }
    details.insert("meta".into(), Value::Object(meta));
    Ok(details)
}

fn upload_creator(call: &Call) -> Option<String> {
    call.headers.get("upload-creator").and_then(|value| value.to_str().ok()).map(|text| text.chars().take(64).collect())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn uploads(world: &World) -> MutexGuard<'_, HashMap<String, PartialUpload>> {
    world.uploads.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tus(status: StatusCode) -> Response {
    let mut response = status.into_response();
    set_header(&mut response, HeaderName::from_static("tus-resumable"), "1.0.0");
    response
}

fn bad(message: &str) -> Refusal {
    Refusal::v4(StatusCode::BAD_REQUEST, 10_005, format!("Bad Request: {message}"))
}
