//! What viewers fetch: playlists, segments, MP4 files, thumbnails, player pages, and the files of recordings.
//!
//! A video is named by its uid or, in the same place of the path, by a playback token. Nothing here asks for an API
//! token, and everything may be fetched by a page of another origin unless the video's `allowedOrigins` say otherwise.

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
    media::{self, Carries, Clip, Mp4Layout, Subtitles},
    pages::{self, Track, WatchPage},
    presign,
    reply::{json_response, set_header},
    state::{
        Model,
        caption::Caption,
        files::File,
        video::{Download, Footage, Video},
    },
    switches::Switches,
    world::World,
};

/// The address of every viewer, for access rules: the sandbox listens on the loopback interface only.
const VIEWER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// A file goes out in pieces of this size, so that an hour of video is never held in memory.
const PIECE_BYTES: u64 = 1 << 20;

/// Why something is not delivered.
struct Withheld(StatusCode, &'static str);

impl IntoResponse for Withheld {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], self.1).into_response()
    }
}

const NOT_FOUND: Withheld = Withheld(StatusCode::NOT_FOUND, "not found");
const UNAUTHORIZED: Withheld = Withheld(StatusCode::UNAUTHORIZED, "unauthorized");

/// Everything that is neither the API nor the room's socket.
pub async fn handle(world: &Arc<World>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let segments = segments(parts.uri.path());
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut response = if parts.method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else if parts.method == Method::GET || parts.method == Method::HEAD {
        let asked = Asked { method: &parts.method, headers: &parts.headers, query: query(parts.uri.query()) };
        deliver(world, &segments, &asked).await.unwrap_or_else(IntoResponse::into_response)
    } else {
        Withheld(StatusCode::METHOD_NOT_ALLOWED, "method not allowed").into_response()
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

struct Asked<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    query: Vec<(String, String)>,
}

impl Asked<'_> {
    fn member(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

async fn deliver(world: &Arc<World>, segments: &[&str], asked: &Asked<'_>) -> Result<Response, Withheld> {
    match segments {
        ["room"] => {
            let mut response = html(pages::room().to_owned());
            set_header(&mut response, header::CONTENT_SECURITY_POLICY, pages::ROOM_POLICY);
            set_header(&mut response, header::REFERRER_POLICY, "no-referrer");
            Ok(response)
        }
        [".well-known", "webhooks.json"] => {
            let unavailable = Withheld(StatusCode::SERVICE_UNAVAILABLE, "there is no key");
            let published = world.webhook_sender.public_key().await.ok_or(unavailable)?;
            Ok(json_response(StatusCode::OK, &published))
        }
        ["assets", path @ ..] => {
            let (kind, bytes) = pages::asset(&path.join("/")).ok_or(NOT_FOUND)?;
            Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
        }
        ["recordings-storage", file] => stored(world, file, asked).await,
        [name, rest @ ..] => video(world, name, rest, asked).await,
        [] => Err(NOT_FOUND),
    }
}

/// What is in storage.
enum Stored {
    Video(Footage),
    Audio(Duration),
    Text(&'static str, String),
}

/// `/recordings-storage/{file}`: a presigned URL is the only key to it.
async fn stored(world: &Arc<World>, file: &str, asked: &Asked<'_>) -> Result<Response, Withheld> {
    let forbidden = Withheld(StatusCode::FORBIDDEN, "forbidden");
    let found = world.with(|model| {
        if asked.method == Method::HEAD && model.switches.head_refused {
            return None;
        }
        if !presign::admits(&model.secret, file, &asked.query, model.now) {
            return None;
        }
        if let Some((kind, session)) = File::named(file) {
            let (media_type, text) = kind.written(model.sessions.get(session)?);
            return Some(Stored::Text(media_type, text));
        }
        let recording = model.recordings.get(file.split_once('.')?.0).filter(|recording| recording.file() == file)?;
        recording.expires.filter(|expires| *expires > model.now)?;
        let footage = Footage::of_recording(recording);
        let length = Duration::from_millis(footage.millis);
        Some(if recording.track.is_some() { Stored::Audio(length) } else { Stored::Video(footage) })
    });
    match found.ok_or(forbidden)? {
        Stored::Video(footage) => {
            let layout = clip(world, &footage).await?.mp4(Duration::from_millis(footage.millis));
            let layout = layout.padded_to(footage.bytes);
            Ok(served(layout, "video/mp4", asked))
        }
        Stored::Audio(length) => Ok(whole(&media::silence(length), "audio/webm", asked)),
        Stored::Text(media_type, text) => Ok(attached(whole(text.as_bytes(), media_type, asked), file)),
    }
}

/// `/{uid or token}/…`
async fn video(world: &Arc<World>, name: &str, rest: &[&str], asked: &Asked<'_>) -> Result<Response, Withheld> {
    let wants_download = matches!(rest, ["downloads", ..]);
    let (video, host, now, mp4_missing) = world.with(|model| {
        let video = admit(model, name, wants_download)?;
        let without_origin = !model.switches.origin_required;
        if !origins::admit(&video.allowed_origins, &model.host, asked.headers, without_origin) {
            let status = Switches::status(model.switches.foreign_origin_status);
            return Err(Withheld(status, "the video may not be shown here"));
        }
        let mp4_missing = wants_download && model.switches.mp4_missing;
        Ok((video.clone(), model.host.clone(), model.now, mp4_missing))
    })?;
    let footage = match video.footage().filter(|_| video.is_playable()) {
        Some(footage) => footage.clone(),
        None => return Err(Withheld(StatusCode::NOT_FOUND, "the video is not ready")),
    };
    if mp4_missing {
        return Err(NOT_FOUND);
    }
    let length = Duration::from_millis(footage.millis);
    match rest {
        ["watch" | "iframe"] => Ok(player(world, &video, &footage, &format!("{host}/{name}"))),
        ["manifest", rest @ ..] => manifest(world, &video, &footage, rest).await,
        ["downloads", "default.mp4"] if is_made(video.download, now) => {
            let layout = clip(world, &footage).await?.mp4(length);
            Ok(attached(served(layout, "video/mp4", asked), asked.member("filename").unwrap_or("default.mp4")))
        }
        ["downloads", "audio.m4a"] if is_made(video.audio_download, now) => {
            let layout = clip(world, &footage).await?.m4a(length);
            Ok(attached(served(layout, "audio/mp4", asked), asked.member("filename").unwrap_or("audio.m4a")))
        }
        ["thumbnails", "thumbnail.jpg"] => thumbnails::still(world, &video, &footage, asked).await,
        ["thumbnails", "thumbnail.gif"] => thumbnails::animation(world, &video, &footage, asked).await,
        _ => Err(NOT_FOUND),
    }
}

/// The player page, which may be framed where the video may be shown.
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
    // A wildcard would still keep out the pages of desktop web views, which are of no scheme of the web.
    if !video.allowed_origins.is_empty() {
        policy.push_str("; frame-ancestors 'self' ");
        policy.push_str(&video.allowed_origins.join(" "));
    }
    set_header(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    set_header(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

/// `manifest/…`: HLS, DASH, and the segments and captions they name.
async fn manifest(world: &Arc<World>, video: &Video, footage: &Footage, rest: &[&str]) -> Result<Response, Withheld> {
    let length = Duration::from_millis(footage.millis);
    let carries = match rest {
        ["video.m3u8"] => {
            return Ok(playlist(clip(world, footage).await?.hls_master(&subtitles(world, video))));
        }
        ["video.mpd"] => {
            let manifest = clip(world, footage).await?.dash(length, &subtitles(world, video));
            return Ok(([(header::CONTENT_TYPE, "application/dash+xml")], manifest).into_response());
        }
        ["stream.m3u8"] => return Ok(playlist(Clip::hls_media_playlist(length))),
        [file] if file.starts_with("captions-") => return captions(world, video, file, length),
        [_] => Carries::Both,
        ["video", _] => Carries::Video,
        ["audio", _] => Carries::Audio,
        _ => return Err(NOT_FOUND),
    };
    let file = rest.last().copied().unwrap_or_default();
    if file == "init.mp4" {
        let init = clip(world, footage).await?.init(carries);
        return Ok(([(header::CONTENT_TYPE, "video/mp4")], init).into_response());
    }
    let number = file.strip_prefix("seg-").and_then(|file| file.strip_suffix(".m4s")).and_then(|n| n.parse().ok());
    let number: u32 = number.ok_or(NOT_FOUND)?;
    let segment = clip(world, footage).await?.segment(number, length, carries).ok_or(NOT_FOUND)?;
    Ok(([(header::CONTENT_TYPE, "video/iso.segment")], segment).into_response())
}

/// `captions-{language}.m3u8` and `captions-{language}.vtt`
fn captions(world: &Arc<World>, video: &Video, file: &str, length: Duration) -> Result<Response, Withheld> {
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

/// The captions that are there, by language.
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

fn is_made(download: Option<Download>, now: Moment) -> bool {
    download.is_some_and(|download| download.ready <= now)
}

/// The video a uid or a token opens.
fn admit<'m>(model: &'m Model, name: &str, wants_download: bool) -> Result<&'m Video, Withheld> {
    if !name.contains('.') {
        let video = model.videos.get(name).ok_or(NOT_FOUND)?;
        return if video.require_signed_urls { Err(UNAUTHORIZED) } else { Ok(video) };
    }
    let grant = jwt::verify_playback(model, name, VIEWER).map_err(|reason| {
        tracing::debug!(%reason, "a playback token was not accepted");
        UNAUTHORIZED
    })?;
    let video = model.videos.get(&grant.video).ok_or(NOT_FOUND)?;
    if wants_download && video.require_signed_urls && !grant.downloadable {
        let status = Switches::status(model.switches.not_downloadable_status);
        return Err(Withheld(status, "the token does not allow downloads"));
    }
    Ok(video)
}

async fn clip(world: &Arc<World>, footage: &Footage) -> Result<Arc<Clip>, Withheld> {
    world.clips.get(footage).await.map_err(|error| {
        tracing::warn!(%error, "a clip could not be rendered");
        Withheld(StatusCode::NOT_FOUND, "the video cannot be shown")
    })
}

/// A film, or the part of it that was asked for.
fn served(layout: Mp4Layout, kind: &str, asked: &Asked<'_>) -> Response {
    part(layout.len(), kind, asked, |range| Body::from_stream(pieces(layout, range)))
}

/// A small file, or the part of it that was asked for.
fn whole(bytes: &[u8], kind: &str, asked: &Asked<'_>) -> Response {
    let total = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    part(total, kind, asked, |range| Body::from(bytes[at(range.start)..at(range.end)].to_vec()))
}

/// As much of something as a request asks for (RFC 9110, section 14).
fn part(total: u64, kind: &str, asked: &Asked<'_>, read: impl FnOnce(Range<u64>) -> Body) -> Response {
    let requested = asked.headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match requested.map(|text| byte_range(text, total)) {
        None | Some(Part::Whole) => (StatusCode::OK, 0..total),
        Some(Part::Some(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Part::Beyond) => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set_header(&mut response, header::CONTENT_RANGE, &format!("bytes */{total}"));
            return response;
        }
    };
    let length = range.end - range.start;
    let content_range = format!("bytes {}-{}/{total}", range.start, range.end.saturating_sub(1));
    let body = if asked.method == Method::HEAD { Body::empty() } else { read(range) };
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

/// A file that a browser saves under this name.
fn attached(mut response: Response, name: &str) -> Response {
    let name = name.replace(['"', '\\', '\r', '\n'], "_");
    set_header(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    response
}

/// A part of a file, made piece by piece as it is sent.
fn pieces(layout: Mp4Layout, range: Range<u64>) -> impl Stream<Item = Result<Vec<u8>, Infallible>> {
    let state = (Arc::new(layout), range);
    stream::unfold(state, |(layout, range)| async move {
        if range.is_empty() {
            return None;
        }
        let end = range.end.min(range.start + PIECE_BYTES);
        let piece = layout.read(range.start..end);
        Some((Ok(piece), (layout, end..range.end)))
    })
}

enum Part {
    Whole,
    Some(Range<u64>),
    Beyond,
}

/// One range out of a `Range` header. Several at once, or nonsense, are as good as none.
fn byte_range(text: &str, total: u64) -> Part {
    let Some(spec) = text.strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else { return Part::Whole };
    let Some((first, last)) = spec.trim().split_once('-') else { return Part::Whole };
    let range = match (first.parse::<u64>().ok(), last.parse::<u64>().ok()) {
        (Some(first), Some(last)) if last < first => return Part::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(total),
        (Some(first), None) if last.is_empty() => first..total,
        (None, Some(suffix)) if first.is_empty() => total.saturating_sub(suffix)..total,
        _ => return Part::Whole,
    };
    if range.start >= range.end { Part::Beyond } else { Part::Some(range) }
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
    fn ranges_are_cut_to_the_file() {
        let range = |text| match byte_range(text, 100) {
            Part::Some(range) => Some(range),
            Part::Whole | Part::Beyond => None,
        };
        assert_eq!(range("bytes=0-9"), Some(0..10));
        assert_eq!(range("bytes=90-"), Some(90..100));
        assert_eq!(range("bytes=-10"), Some(90..100));
        assert_eq!(range("bytes=0-18446744073709551615"), Some(0..100));
        assert!(matches!(byte_range("bytes=100-", 100), Part::Beyond));
        for whole in ["bytes=5-2", "bytes=0-1,5-6", "items=0-1", "bytes=x-y", "bytes="] {
            assert!(matches!(byte_range(whole, 100), Part::Whole), "{whole}");
        }
    }
}
