//! The delivery host: playlists, segments, MP4 files, thumbnails, player pages, and the files of recordings.
//!
//! A path names a video by its uid or by a playback token. No route of this module needs an API token. Pages of every
//! origin may fetch every file, except the files of a video whose `allowedOrigins` exclude the page.

pub mod origins;
mod thumbnails;

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream::{self, Stream};

use crate::{
    call::{query, segments},
    clock::Moment,
    jwt,
    media::{self, Clip, Mp4Layout, Subtitles, TrackSelection},
    pages::{self, Track, WatchPage},
    presign,
    reply::{json_response, set_header},
    state::{
        Model,
        caption::Caption,
        files::File,
        video::{Download, Footage, Video, VideoState},
    },
    switches::Switches,
    world::World,
};

/// The address that access rules see for every viewer, because the sandbox listens on the loopback interface only.
const VIEWER_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The size of the chunks in which a file is sent, so that an hour of video is never held in memory.
const CHUNK_BYTES: u64 = 1 << 20;

/// A refused request: the HTTP status, and the plain text of the reply.
struct DeliveryError(StatusCode, &'static str);

impl IntoResponse for DeliveryError {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], self.1).into_response()
    }
}

const NOT_FOUND: DeliveryError = DeliveryError(StatusCode::NOT_FOUND, "not found");
const UNAUTHORIZED: DeliveryError = DeliveryError(StatusCode::UNAUTHORIZED, "unauthorized");

/// Handles every path that is neither the API's nor the room socket's.
pub async fn handle(world: &Arc<World>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let segments = segments(parts.uri.path());
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut response = if parts.method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else if parts.method == Method::GET || parts.method == Method::HEAD {
        let request = FileRequest { method: &parts.method, headers: &parts.headers, query: query(parts.uri.query()) };
        route(world, &segments, &request).await.unwrap_or_else(IntoResponse::into_response)
    } else {
        DeliveryError(StatusCode::METHOD_NOT_ALLOWED, "method not allowed").into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Range"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Accept-Ranges, Content-Length, Content-Range, Content-Type"),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

struct FileRequest<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    query: Vec<(String, String)>,
}

impl FileRequest<'_> {
    fn member(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

async fn route(world: &Arc<World>, segments: &[&str], request: &FileRequest<'_>) -> Result<Response, DeliveryError> {
    match segments {
        ["room"] => {
            let mut response = html(pages::room().to_owned());
            set_header(&mut response, header::CONTENT_SECURITY_POLICY, pages::ROOM_POLICY);
            set_header(&mut response, header::REFERRER_POLICY, "no-referrer");
            Ok(response)
        }
        [".well-known", "webhooks.json"] => {
            let unavailable = DeliveryError(StatusCode::SERVICE_UNAVAILABLE, "there is no key");
            let published = world.webhook_sender.public_key().await.ok_or(unavailable)?;
            Ok(json_response(StatusCode::OK, &published))
        }
        ["assets", path @ ..] => {
            let (kind, bytes) = pages::asset(&path.join("/")).ok_or(NOT_FOUND)?;
            Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
        }
        ["recordings-storage", file] => storage_file(world, file, request).await,
        [name, rest @ ..] => video(world, name, rest, request).await,
        [] => Err(NOT_FOUND),
    }
}

/// The content of a file in storage: the footage of a video, the length of silent audio, or a media type and a text.
enum StoredFile {
    Video(Footage),
    Audio(Duration),
    Text(&'static str, String),
}

/// `/recordings-storage/{file}`: the query must hold a valid signature. No other permission is needed.
async fn storage_file(world: &Arc<World>, file: &str, request: &FileRequest<'_>) -> Result<Response, DeliveryError> {
    let forbidden = DeliveryError(StatusCode::FORBIDDEN, "forbidden");
    let found = world.with(|model| {
        if request.method == Method::HEAD && model.switches.head_refused {
            return None;
        }
        if !presign::verify(&model.secret, file, &request.query, model.now) {
            return None;
        }
        if let Some((kind, session)) = File::from_name(file) {
            let (media_type, text) = kind.content(model.sessions.get(session)?, &model.switches);
            return Some(StoredFile::Text(media_type, text));
        }
        let recording = model.recordings.get(file.split_once('.')?.0).filter(|recording| recording.file() == file)?;
        recording.expires.filter(|expires| *expires > model.now)?;
        let footage = Footage::of_recording(recording);
        let length = Duration::from_millis(footage.millis);
        Some(if recording.track.is_some() { StoredFile::Audio(length) } else { StoredFile::Video(footage) })
    });
    match found.ok_or(forbidden)? {
        StoredFile::Video(footage) => {
            let layout = clip(world, &footage).await?.mp4(Duration::from_millis(footage.millis));
            let layout = layout.padded_to(footage.bytes);
            Ok(mp4_response(layout, "video/mp4", request))
        }
        StoredFile::Audio(length) => Ok(bytes_response(&media::silence(length), "audio/webm", request)),
        StoredFile::Text(media_type, text) => {
            Ok(as_attachment(bytes_response(text.as_bytes(), media_type, request), file))
        }
    }
}

/// `/{uid or token}/…`: the player, manifests, downloads and thumbnails of a video.
async fn video(
    world: &Arc<World>,
    name: &str,
    rest: &[&str],
    request: &FileRequest<'_>,
) -> Result<Response, DeliveryError> {
    let wants_download = matches!(rest, ["downloads", ..]);
    let (video, host, now, mp4_missing) = world.with(|model| {
        let video = authorize(model, name, wants_download)?;
        let without_origin = !model.switches.origin_required;
        if !origins::allows(&video.allowed_origins, &model.host, request.headers, without_origin) {
            let status = Switches::status(model.switches.foreign_origin_status);
            return Err(DeliveryError(status, "the video may not be shown here"));
        }
        let mp4_missing = wants_download && model.switches.mp4_missing;
        Ok((video.clone(), model.host.clone(), model.now, mp4_missing))
    })?;
    if video.state == VideoState::Error && matches!(rest, ["manifest" | "downloads" | "thumbnails", ..]) {
        // Stream's release notes of 11 June 2024.
        return Err(DeliveryError(StatusCode::FAILED_DEPENDENCY, "the video failed"));
    }
    let footage = match video.footage().filter(|_| video.is_playable()) {
        Some(footage) => footage.clone(),
        // Stream answers so where others would answer 5xx (release notes of 2024-06-11).
        None if video.state == VideoState::Error => {
            return Err(DeliveryError(StatusCode::FAILED_DEPENDENCY, "the video failed"));
        }
        None => return Err(DeliveryError(StatusCode::NOT_FOUND, "the video is not ready")),
    };
    if mp4_missing {
        return Err(NOT_FOUND);
    }
    let length = Duration::from_millis(footage.millis);
    match rest {
        ["watch" | "iframe"] => Ok(player(world, &video, &footage, &format!("{host}/{name}"))),
        ["manifest", rest @ ..] => manifest(world, &video, &footage, rest).await,
        ["downloads", "default.mp4"] if is_ready(video.download, now) => {
            let layout = clip(world, &footage).await?.mp4(length);
            Ok(as_attachment(
                mp4_response(layout, "video/mp4", request),
                request.member("filename").unwrap_or("default.mp4"),
            ))
        }
        ["downloads", "audio.m4a"] if is_ready(video.audio_download, now) => {
            let layout = clip(world, &footage).await?.m4a(length);
            Ok(as_attachment(
                mp4_response(layout, "audio/mp4", request),
                request.member("filename").unwrap_or("audio.m4a"),
            ))
        }
        ["thumbnails", "thumbnail.jpg"] => thumbnails::still(world, &video, &footage, request).await,
        ["thumbnails", "thumbnail.gif"] => thumbnails::animation(world, &video, &footage, request).await,
        _ => Err(NOT_FOUND),
    }
}

/// The player page. Pages of the video's `allowedOrigins` may show it in a frame.
fn player(world: &Arc<World>, video: &Video, footage: &Footage, base: &str) -> Response {
    let tracks = subtitles(world, video).into_iter().map(|Subtitles { language, label }| {
        let url = format!("{base}/manifest/captions-{language}.vtt");
        Track { language, label, url }
    });
    let page = WatchPage {
        title: video.name().unwrap_or(&footage.title).to_owned(),
        manifest_url: format!("{base}/manifest/video.m3u8"),
        poster_url: Some(format!("{base}/thumbnails/thumbnail.jpg")),
        tracks: tracks.collect(),
    };
    let mut response = html(pages::watch(&page));
    let mut policy = pages::PLAYER_POLICY.to_owned();
    // Without `allowedOrigins` the policy has no `frame-ancestors`. The value `*` would exclude the pages of desktop
    // web views, whose schemes are neither http nor https.
    if !video.allowed_origins.is_empty() {
        policy.push_str("; frame-ancestors 'self' ");
        policy.push_str(&video.allowed_origins.join(" "));
    }
    set_header(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    set_header(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

/// `manifest/…`: HLS playlists, the DASH manifest, and the segments and captions that these name.
async fn manifest(
    world: &Arc<World>,
    video: &Video,
    footage: &Footage,
    rest: &[&str],
) -> Result<Response, DeliveryError> {
    let length = Duration::from_millis(footage.millis);
    let selection = match rest {
        ["video.m3u8"] => {
            return Ok(playlist(clip(world, footage).await?.hls_master(&subtitles(world, video))));
        }
        ["video.mpd"] => {
            let manifest = clip(world, footage).await?.dash(length, &subtitles(world, video));
            return Ok(([(header::CONTENT_TYPE, "application/dash+xml")], manifest).into_response());
        }
        ["stream.m3u8"] => return Ok(playlist(Clip::hls_media_playlist(length))),
        [file] if file.starts_with("captions-") => return captions(world, video, file, length),
        [_] => TrackSelection::Both,
        ["video", _] => TrackSelection::Video,
        ["audio", _] => TrackSelection::Audio,
        _ => return Err(NOT_FOUND),
    };
    let file = rest.last().copied().unwrap_or_default();
    if file == "init.mp4" {
        let init = clip(world, footage).await?.init(selection);
        return Ok(([(header::CONTENT_TYPE, "video/mp4")], init).into_response());
    }
    let number = file.strip_prefix("seg-").and_then(|file| file.strip_suffix(".m4s")).and_then(|n| n.parse().ok());
    let number: u32 = number.ok_or(NOT_FOUND)?;
    let segment = clip(world, footage).await?.segment(number, length, selection).ok_or(NOT_FOUND)?;
    // Sound beside a picture is no second minute.
    if selection != TrackSelection::Audio {
        let minutes = media::length_of_segment(number, length).as_secs_f64() / 60.0;
        world.with(|model| model.add_play(&video.uid, model.now.date_naive(), minutes));
    }
    Ok(([(header::CONTENT_TYPE, "video/iso.segment")], segment).into_response())
}

/// `captions-{language}.m3u8` and `captions-{language}.vtt`
fn captions(world: &Arc<World>, video: &Video, file: &str, length: Duration) -> Result<Response, DeliveryError> {
    let (name, kind) = file.rsplit_once('.').ok_or(NOT_FOUND)?;
    let language = name.strip_prefix("captions-").ok_or(NOT_FOUND)?;
    let caption = world.with(|model| {
        let caption = model.captions.get(&Caption::key(&video.uid, language))?;
        caption.is_ready(model.now).then(|| caption.clone())
    });
    let caption = caption.ok_or(NOT_FOUND)?;
    match kind {
        "m3u8" => Ok(playlist(Clip::hls_subtitles(&caption.language, length))),
        "vtt" => {
            let text = caption.webvtt(video.footage());
            Ok(([(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], text).into_response())
        }
        _ => Err(NOT_FOUND),
    }
}

/// The ready captions of a video.
fn subtitles(world: &Arc<World>, video: &Video) -> Vec<Subtitles> {
    world.with(|model| {
        let ready = |caption: &&Caption| caption.video == video.uid && caption.is_ready(model.now);
        let shown = |caption: &Caption| {
            let (language, label) = (caption.language.clone(), caption.label().to_owned());
            Subtitles { language, label }
        };
        model.captions.iter().filter(ready).map(shown).collect()
    })
}

fn is_ready(download: Option<Download>, now: Moment) -> bool {
    download.is_some_and(|download| download.ready <= now)
}

/// Returns the video that a uid or a playback token gives access to.
fn authorize<'m>(model: &'m Model, name: &str, wants_download: bool) -> Result<&'m Video, DeliveryError> {
    if !name.contains('.') {
        let video = model.videos.get(name).ok_or(NOT_FOUND)?;
        return if video.require_signed_urls { Err(UNAUTHORIZED) } else { Ok(video) };
    }
    let grant = jwt::verify_playback(model, name, VIEWER_ADDRESS).map_err(|reason| {
        tracing::debug!(%reason, "a playback token was refused");
        UNAUTHORIZED
    })?;
    let video = model.videos.get(&grant.video).ok_or(NOT_FOUND)?;
    if wants_download && video.require_signed_urls && !grant.downloadable {
        let status = Switches::status(model.switches.not_downloadable_status);
        return Err(DeliveryError(status, "the token does not allow downloads"));
    }
    Ok(video)
}

async fn clip(world: &Arc<World>, footage: &Footage) -> Result<Arc<Clip>, DeliveryError> {
    world.clips.get(footage).await.map_err(|error| {
        tracing::warn!(%error, "a clip could not be rendered");
        DeliveryError(StatusCode::NOT_FOUND, "the video cannot be shown")
    })
}

/// Replies with an MP4 file, or with the requested range of it.
fn mp4_response(layout: Mp4Layout, kind: &str, request: &FileRequest<'_>) -> Response {
    ranged_response(layout.len(), kind, request, |range| Body::from_stream(mp4_chunks(layout, range)))
}

/// Replies with a small file, or with the requested range of it.
fn bytes_response(bytes: &[u8], kind: &str, request: &FileRequest<'_>) -> Response {
    let total = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    ranged_response(total, kind, request, |range| Body::from(bytes[at(range.start)..at(range.end)].to_vec()))
}

/// Replies with a file of `total` bytes, or with the range in the `Range` header (RFC 9110, section 14). `read` returns
/// the bytes of a range.
fn ranged_response(
    total: u64,
    kind: &str,
    request: &FileRequest<'_>,
    read: impl FnOnce(Range<u64>) -> Body,
) -> Response {
    let requested = request.headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match requested.map(|text| byte_range(text, total)) {
        None | Some(RequestedRange::Whole) => (StatusCode::OK, 0..total),
        Some(RequestedRange::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(RequestedRange::Unsatisfiable) => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set_header(&mut response, header::CONTENT_RANGE, &format!("bytes */{total}"));
            return response;
        }
    };
    let length = range.end - range.start;
    let content_range = format!("bytes {}-{}/{total}", range.start, range.end.saturating_sub(1));
    let body = if request.method == Method::HEAD { Body::empty() } else { read(range) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if status == StatusCode::PARTIAL_CONTENT {
        set_header(&mut response, header::CONTENT_RANGE, &content_range);
    }
    set_header(&mut response, header::CONTENT_LENGTH, &length.to_string());
    set_header(&mut response, header::CONTENT_TYPE, kind);
    set_header(&mut response, header::ACCEPT_RANGES, "bytes");
    response
}

/// Makes a browser save the response as a file of this name.
fn as_attachment(mut response: Response, name: &str) -> Response {
    let name = name.replace(['"', '\\', '\r', '\n'], "_");
    set_header(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    response
}

/// Streams a range of an MP4 file in chunks. Each chunk is made just before it is sent.
fn mp4_chunks(layout: Mp4Layout, range: Range<u64>) -> impl Stream<Item = Result<Vec<u8>, Infallible>> {
    let state = (Arc::new(layout), range);
    stream::unfold(state, |(layout, range)| async move {
        if range.is_empty() {
            return None;
        }
        let end = range.end.min(range.start + CHUNK_BYTES);
        let piece = layout.read(range.start..end);
        Some((Ok(piece), (layout, end..range.end)))
    })
}

enum RequestedRange {
    Whole,
    Part(Range<u64>),
    Unsatisfiable,
}

/// Parses a `Range` header for a file of `total` bytes. Several ranges, or an invalid header, mean the whole file.
fn byte_range(text: &str, total: u64) -> RequestedRange {
    let Some(spec) = text.strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else {
        return RequestedRange::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else { return RequestedRange::Whole };
    let range = match (first.parse::<u64>().ok(), last.parse::<u64>().ok()) {
        (Some(first), Some(last)) if last < first => return RequestedRange::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(total),
        (Some(first), None) if last.is_empty() => first..total,
        (None, Some(suffix)) if first.is_empty() => total.saturating_sub(suffix)..total,
        _ => return RequestedRange::Whole,
    };
    if range.start >= range.end { RequestedRange::Unsatisfiable } else { RequestedRange::Part(range) }
}

fn html(page: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn playlist(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/vnd.apple.mpegurl")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_range_cuts_a_range_to_the_file_and_returns_the_whole_file_for_an_invalid_one() {
        let range = |text| match byte_range(text, 100) {
            RequestedRange::Part(range) => Some(range),
            RequestedRange::Whole | RequestedRange::Unsatisfiable => None,
        };
        assert_eq!(range("bytes=0-9"), Some(0..10));
        assert_eq!(range("bytes=90-"), Some(90..100));
        assert_eq!(range("bytes=-10"), Some(90..100));
        assert_eq!(range("bytes=0-18446744073709551615"), Some(0..100));
        assert!(matches!(byte_range("bytes=100-", 100), RequestedRange::Unsatisfiable));
        for whole in ["bytes=5-2", "bytes=0-1,5-6", "items=0-1", "bytes=x-y", "bytes="] {
            assert!(matches!(byte_range(whole, 100), RequestedRange::Whole), "{whole}");
        }
    }
}
