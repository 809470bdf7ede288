//! The route for clips. It makes a part of a video a new video.

use std::time::Duration;

use super::{find, videos, watermarks};
use crate::{
    call::Call,
    reply::{Answer, Refusal, Reply},
    routes::input::{ErrorFormat, Fields},
    state::video::{Footage, Import, VideoState},
    switches::MetaEdit,
};

const MAX_CLIP_END_SECONDS: i64 = 86_400;

/// `POST /stream/clip`
pub async fn create(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, ErrorFormat::V4)?;
    let from = fields.required_text("clippedFromVideoUID")?;
    let (start, end) = (required_second(&fields, "startTimeSeconds")?, required_second(&fields, "endTimeSeconds")?);
    let whole = call.world.with(|model| {
        let video = find(model, call, &from)?;
        let footage = video.footage().filter(|_| video.is_playable()).cloned();
        footage.ok_or_else(|| ErrorFormat::V4.invalid("the video is not ready"))
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
        videos::VideoDetails::read(&fields, video.created)?.apply(&mut video, MetaEdit::Replace);
        videos::apply_name(&mut video, &fields)?;
        video.watermark = watermarks::requested(model, call, &fields)?;
        video.clipped_from = Some(from);
        video.state = VideoState::Queued;
        video.import = Import::of_clip(footage, video.created, &model.switches);
        let shown = video.to_json(&model.host, model.now);
        model.videos.put(video);
        Ok(Reply::Result(shown))
    })
}

fn required_second(fields: &Fields, name: &str) -> Result<u64, Refusal> {
    let second = fields.integer(name, 0..=MAX_CLIP_END_SECONDS)?.ok_or_else(|| fields.refuse(name, "is required"))?;
    u64::try_from(second).map_err(|_| fields.refuse(name, "must not be negative"))
}
