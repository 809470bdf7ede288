//! Stills and animated thumbnails of a video.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{DeliveryError, FileRequest, NOT_FOUND, clip};
use crate::{
    media::{Fit, Frame},
    state::video::{Footage, Video},
    world::World,
};

/// The largest width and height of a still, in pixels.
const MAX_STILL_SIZE: (u32, u32) = (1_920, 1_080);
/// The largest width and height of an animation, in pixels: small, because it is drawn while the viewer waits.
const MAX_ANIMATION_SIZE: (u32, u32) = (854, 480);
const MAX_ANIMATION_LENGTH: Duration = Duration::from_secs(10);
const MIN_SIDE_PIXELS: u32 = 10;

/// `thumbnail.jpg`: the picture at `time`, or at the video's default position.
pub async fn still(
    world: &Arc<World>,
    video: &Video,
    footage: &Footage,
    request: &FileRequest<'_>,
) -> Result<Response, DeliveryError> {
    let time = time(video, footage, request)?;
    let frame = frame(request, MAX_STILL_SIZE, footage.height.min(640))?;
    let clip = clip(world, footage).await?;
    let drawn = tokio::task::spawn_blocking(move || clip.thumbnail_jpeg(time, &frame)).await;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], drawn.map_err(|_| NOT_FOUND)?).into_response())
}

/// `thumbnail.gif`: `duration` of the video from `time` on, five seconds by default.
pub async fn animation(
    world: &Arc<World>,
    video: &Video,
    footage: &Footage,
    request: &FileRequest<'_>,
) -> Result<Response, DeliveryError> {
    let time = time(video, footage, request)?;
    let frame = frame(request, MAX_ANIMATION_SIZE, footage.height.min(240))?;
    let length = match request.member("duration") {
        Some(text) => span(text).filter(|length| !length.is_zero()).ok_or(bad("duration is not a time"))?,
        None => Duration::from_secs(5),
    };
    if length > MAX_ANIMATION_LENGTH {
        return Err(bad("duration is longer than ten seconds"));
    }
    let rate = integer(request, "fps", 1..=15, "fps is not between 1 and 15")?.unwrap_or(8);
    let frames = u32::try_from(length.as_millis() * u128::from(rate) / 1_000).unwrap_or(1).max(1);
    let clip = clip(world, footage).await?;
    let drawn = tokio::task::spawn_blocking(move || clip.thumbnail_gif(time, frames, rate, &frame)).await;
    Ok(([(header::CONTENT_TYPE, "image/gif")], drawn.map_err(|_| NOT_FOUND)?).into_response())
}

fn bad(text: &'static str) -> DeliveryError {
    DeliveryError(StatusCode::BAD_REQUEST, text)
}

fn time(video: &Video, footage: &Footage, request: &FileRequest<'_>) -> Result<Duration, DeliveryError> {
    let length = Duration::from_millis(footage.millis);
    match request.member("time") {
        Some(text) => match span(text).ok_or(bad("time is not a time"))? {
            time if time > length => Err(bad("time is past the end of the video")),
            time => Ok(time),
        },
        None => Ok(length.mul_f64(video.thumbnail_pct.clamp(0.0, 1.0))),
    }
}

/// Reads the requested size. Without a width, the height is `usual` unless the request names another one.
fn frame(request: &FileRequest<'_>, (widest, tallest): (u32, u32), usual: u32) -> Result<Frame, DeliveryError> {
    let width = integer(request, "width", MIN_SIDE_PIXELS..=widest, "width is out of bounds")?;
    let height = integer(request, "height", MIN_SIDE_PIXELS..=tallest, "height is out of bounds")?;
    let fit = match request.member("fit") {
        None | Some("crop") => Fit::Crop,
        Some("clip") => Fit::Clip,
        Some("scale") => Fit::Scale,
        Some("fill") => Fit::Fill,
        Some(_) => return Err(bad("fit is none of crop, clip, scale and fill")),
    };
    let height = if width.is_none() { height.or(Some(usual)) } else { height };
    Ok(Frame { width, height, fit })
}

/// Reads a whole number from the query; `None` when it is absent. `wrong` is the text of the refusal of any other text
/// and of a number out of bounds.
fn integer(
    request: &FileRequest<'_>,
    name: &str,
    bounds: RangeInclusive<u32>,
    wrong: &'static str,
) -> Result<Option<u32>, DeliveryError> {
    match request.member(name).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().ok().filter(|number| bounds.contains(number)).map(Some).ok_or(bad(wrong)),
    }
}

/// Parses a time in Stream's format: seconds, or with units as in `1h2m3s`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_parses_times_with_and_without_units_and_rejects_other_texts() {
        assert_eq!(span("10s"), Some(Duration::from_secs(10)));
        assert_eq!(span("1h2m3s"), Some(Duration::from_secs(3_723)));
        assert_eq!(span("2.5"), Some(Duration::from_millis(2_500)));
        for nonsense in ["", "s", "ten", "-1", "NaN", "1x", "9e99h"] {
            assert!(nonsense.is_empty() || span(nonsense).is_none(), "{nonsense}");
        }
    }
}
