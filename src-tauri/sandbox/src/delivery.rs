//! What viewers fetch: playlists, segments, MP4 files, thumbnails, player pages, and the files of recordings.
//!
//! A video is named by its uid or, in the same place of the path, by a playback token. Nothing here asks for an API
//! token, and everything may be fetched by a page of another origin.

use std::{convert::Infallible, ops::Range, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream::{self, Stream};

use crate::{
    gateway::{VIEWER, query, segments},
    import, jwt,
    media::{Clip, Mp4Layout},
    pages::{self, WatchPage},
    presign,
    reply::set_header,
    state::{
        Model,
        video::{Footage, Video},
    },
    switches::Switches,
    world::World,
};

/// A file goes out in pieces of this size, so that an hour of video is never held in memory.
const PIECE_BYTES: u64 = 1 << 20;
const TALLEST_THUMBNAIL: u32 = 1_080;

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
        ["room"] => Ok(html(pages::room().to_owned())),
        ["assets", path @ ..] => {
            let (kind, bytes) = pages::asset(&path.join("/")).ok_or(NOT_FOUND)?;
            Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
        }
        ["recordings-storage", file] => stored_recording(world, file, asked).await,
        [name, rest @ ..] => video(world, name, rest, asked).await,
        [] => Err(NOT_FOUND),
    }
}

/// `/recordings-storage/{recording}.mp4`: a presigned URL is the only key to it.
async fn stored_recording(world: &Arc<World>, file: &str, asked: &Asked<'_>) -> Result<Response, Withheld> {
    let forbidden = Withheld(StatusCode::FORBIDDEN, "forbidden");
    let found = world.with(|model| {
        if asked.method == Method::HEAD && model.switches.head_refused {
            return None;
        }
        if !presign::admits(&model.secret, file, &asked.query, model.now) {
            return None;
        }
        let recording = model.recordings.get(file.strip_suffix(".mp4")?)?;
        recording.expires.filter(|expires| *expires > model.now)?;
        Some(import::footage_of(recording))
    });
    let footage = found.ok_or(forbidden)?;
    mp4(world, &footage, asked).await
}

/// `/{uid or token}/…`
async fn video(world: &Arc<World>, name: &str, rest: &[&str], asked: &Asked<'_>) -> Result<Response, Withheld> {
    let wants_download = matches!(rest, ["downloads", ..]);
    let (video, host) = world.with(|model| {
        let video = admit(model, name, wants_download)?;
        Ok::<_, Withheld>((video.clone(), model.host.clone()))
    })?;
    let page = matches!(rest, ["watch" | "iframe"]);
    let footage = match video.footage().filter(|_| video.is_playable()) {
        Some(footage) => footage.clone(),
        None => return Err(Withheld(StatusCode::NOT_FOUND, "the video is not ready")),
    };
    if page {
        let title = video.name().unwrap_or(&footage.title).to_owned();
        let base = format!("{host}/{name}");
        let page = WatchPage {
            title,
            manifest_url: format!("{base}/manifest/video.m3u8"),
            poster_url: Some(format!("{base}/thumbnails/thumbnail.jpg")),
        };
        return Ok(html(pages::watch(&page)));
    }
    let length = Duration::from_millis(footage.millis);
    match rest {
        ["manifest", "video.m3u8"] => Ok(playlist(clip(world, &footage).await?.hls_master())),
        ["manifest", file] | ["manifest", _, file] => {
            let clip = clip(world, &footage).await?;
            if file.strip_suffix(".m3u8").is_some() {
                return Ok(playlist(crate::media::Clip::hls_media_playlist(length)));
            }
            if *file == "init.mp4" {
                return Ok(([(header::CONTENT_TYPE, "video/mp4")], clip.hls_init()).into_response());
            }
            let number =
                file.strip_prefix("seg-").and_then(|file| file.strip_suffix(".m4s")).and_then(|n| n.parse().ok());
            let segment = number.and_then(|number: u32| clip.hls_segment(number, length)).ok_or(NOT_FOUND)?;
            Ok(([(header::CONTENT_TYPE, "video/iso.segment")], segment).into_response())
        }
        ["downloads", "default.mp4"] => {
            let ready = world.with(|model| video.download.is_some_and(|download| download.ready <= model.now));
            if !ready {
                return Err(NOT_FOUND);
            }
            let mut response = mp4(world, &footage, asked).await?;
            let name = asked.member("filename").unwrap_or("default.mp4").replace(['"', '\\', '\r', '\n'], "_");
            set_header(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
            Ok(response)
        }
        ["thumbnails", "thumbnail.jpg"] => thumbnail(world, &video, &footage, asked).await,
        _ => Err(NOT_FOUND),
    }
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

async fn thumbnail(
    world: &Arc<World>,
    video: &Video,
    footage: &Footage,
    asked: &Asked<'_>,
) -> Result<Response, Withheld> {
    let bad = |text| Withheld(StatusCode::BAD_REQUEST, text);
    let time = match asked.member("time") {
        Some(text) => span(text).ok_or(bad("time is not a time"))?,
        None => Duration::from_millis(footage.millis).mul_f64(video.thumbnail_pct.clamp(0.0, 1.0)),
    };
    if time > Duration::from_millis(footage.millis) {
        return Err(bad("time is past the end of the video"));
    }
    let height = match asked.member("height") {
        Some(text) => text
            .parse()
            .ok()
            .filter(|height| (10..=TALLEST_THUMBNAIL).contains(height))
            .ok_or(bad("height is out of bounds"))?,
        None => footage.height.min(640),
    };
    let clip = clip(world, footage).await?;
    let drawn = tokio::task::spawn_blocking(move || clip.thumbnail_jpeg(time, height)).await;
    let jpeg = drawn.map_err(|_| NOT_FOUND)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

/// A time as Stream writes it: seconds, or with units as in `1h2m3s`.
fn span(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let (mut total, mut digits) = (0.0, String::new());
    for c in text.chars() {
        let unit = match c {
            'h' => 3_600.0,
            'm' => 60.0,
            's' => 1.0,
            c => {
                digits.push(c);
                continue;
            }
        };
        total += std::mem::take(&mut digits).parse::<f64>().ok()? * unit;
    }
    digits.is_empty().then(|| Duration::try_from_secs_f64(total).ok()).flatten()
}

async fn clip(world: &Arc<World>, footage: &Footage) -> Result<Arc<Clip>, Withheld> {
    world.clips.get(footage).await.map_err(|error| {
        tracing::warn!(%error, "a clip could not be rendered");
        Withheld(StatusCode::NOT_FOUND, "the video cannot be shown")
    })
}

/// An MP4 file, or the part of it that was asked for (RFC 9110, section 14).
async fn mp4(world: &Arc<World>, footage: &Footage, asked: &Asked<'_>) -> Result<Response, Withheld> {
    let layout = clip(world, footage).await?.mp4(Duration::from_millis(footage.millis));
    let total = layout.len();
    let requested = asked.headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match requested.map(|text| byte_range(text, total)) {
        None | Some(Part::Whole) => (StatusCode::OK, 0..total),
        Some(Part::Some(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Part::Beyond) => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set_header(&mut response, header::CONTENT_RANGE, &format!("bytes */{total}"));
            return Ok(response);
        }
    };
    let length = range.end - range.start;
    let mut response = if asked.method == Method::HEAD {
        Response::new(Body::empty())
    } else {
        Response::new(Body::from_stream(pieces(layout, range.clone())))
    };
    *response.status_mut() = status;
    if status == StatusCode::PARTIAL_CONTENT {
        let last = range.end.saturating_sub(1);
        set_header(&mut response, header::CONTENT_RANGE, &format!("bytes {}-{last}/{total}", range.start));
    }
    set_header(&mut response, header::CONTENT_LENGTH, &length.to_string());
    set_header(&mut response, header::CONTENT_TYPE, "video/mp4");
    set_header(&mut response, header::ACCEPT_RANGES, "bytes");
    Ok(response)
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
    fn times_come_with_and_without_units() {
        assert_eq!(span("10s"), Some(Duration::from_secs(10)));
        assert_eq!(span("1h2m3s"), Some(Duration::from_secs(3_723)));
        assert_eq!(span("2.5"), Some(Duration::from_millis(2_500)));
        for nonsense in ["", "s", "ten", "-1", "NaN", "1x", "9e99h"] {
            assert!(nonsense.is_empty() || span(nonsense).is_none(), "{nonsense}");
        }
    }

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
