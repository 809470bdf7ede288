//! The route for clips. It makes a part of a video a new video.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{find, videos, watermarks};
use crate::{
    call::Call,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::video::{Footage, Import, VideoState},
    switches::{ClipReply, MetaEdit},
};

const MAX_CLIP_END_SECONDS: i64 = 86_400;

/// `POST /stream/clip`
pub async fn create(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let from = fields.required_text("clippedFromVideoUID")?;
    let (start, end) = (required_second(&fields, "startTimeSeconds")?, required_second(&fields, "endTimeSeconds")?);
    let (whole, source_is_signed) = call.world.with(|model| {
        let video = find(model, call, &from)?;
        let footage = video.footage().filter(|_| video.is_playable()).cloned();
        let footage = footage.ok_or_else(|| ErrorFormat::V4.invalid("the video is not ready"))?;
        Ok::<_, Refusal>((footage, video.require_signed_urls))
    })?;
    // The length is rounded up, so that a clip may end with the last second, which is rarely complete.
    if end > whole.millis.div_ceil(1_000) {
        return Err(fields.refuse("endTimeSeconds", "is past the end of the video"));
    }
    if start >= end {
        return Err(fields.refuse("startTimeSeconds", "must be before endTimeSeconds"));
    }
    let millis = (end * 1_000).min(whole.millis).saturating_sub(start * 1_000);
    let rendered = call.world.clips.get(&whole).await;
    let bytes = rendered.map_or(0, |clip| clip.mp4(Duration::from_millis(millis)).len());
    let footage = Footage { millis, bytes, ..whole };
    call.world.with(|model| {
        videos::check_capacity(model, &call.account)?;
        // The clip gets no member of its source, such as the scheduled deletion or the name.
        let mut video = videos::new_video(model, &call.account);
        video.require_signed_urls = source_is_signed && model.switches.clip_inherits_signing;
        videos::VideoDetails::read(&fields, video.created)?.apply(&mut video, MetaEdit::Replace);
        videos::apply_name(&mut video, &fields)?;
        video.watermark = watermarks::requested(model, call, &fields)?;
        video.clipped_from = Some(from);
        video.state = VideoState::Queued;
        video.import = Import::of_clip(footage, video.created, &model.switches);
        let shown = match model.switches.clip_reply {
            ClipReply::Video => video.to_json(&model.host, model.now),
            ClipReply::Clip => as_clip(&video.to_json(&model.host, model.now), start, end),
        };
        model.videos.put(video);
        Ok(Reply::Result(shown))
    })
}

/// The members of a new clip that Cloudflare's SDKs until 7.1 declare.
fn as_clip(video: &Value, start: u64, end: u64) -> Value {
    const KEPT: [&str; 9] = [
        "allowedOrigins",
        "created",
        "creator",
        "maxDurationSeconds",
        "meta",
        "modified",
        "playback",
        "preview",
        "requireSignedURLs",
    ];
    let mut clip: Map<String, Value> = KEPT.iter().map(|name| ((*name).to_owned(), video[*name].clone())).collect();
    clip.insert("clippedFromVideoUID".into(), video["clippedFrom"].clone());
    clip.insert("startTimeSeconds".into(), start.into());
    clip.insert("endTimeSeconds".into(), end.into());
    clip.insert("status".into(), video["status"]["state"].clone());
    clip.insert("thumbnailTimestampPct".into(), video["thumbnailTimestampPct"].clone());
    clip.insert("watermark".into(), video["watermark"].clone());
    clip.into()
}

fn required_second(fields: &Fields, name: &str) -> Result<u64, Refusal> {
    let second = fields.integer(name, 0..=MAX_CLIP_END_SECONDS)?.ok_or_else(|| fields.refuse(name, "is required"))?;
    u64::try_from(second).map_err(|_| fields.refuse(name, "must not be negative"))
}
