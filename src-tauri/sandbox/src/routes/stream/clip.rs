//! Clips: a part of a video as a video of its own.

use std::time::Duration;

use super::{find, videos, watermarks};
use crate::{
    call::Call,
    reply::{Answer, Refusal, Reply},
    routes::input::{Fields, Manner},
    state::video::{Footage, Import, VideoState},
    switches::MetaEdit,
};

const LONGEST_SECONDS: i64 = 86_400;

/// `POST /stream/clip`
pub async fn create(call: &Call) -> Answer {
    let fields = Fields::read(&call.body, Manner::V4)?;
    let from = fields.needed_text("clippedFromVideoUID")?;
    let (start, end) = (needed_second(&fields, "startTimeSeconds")?, needed_second(&fields, "endTimeSeconds")?);
    let whole = call.world.with(|model| {
        let video = find(model, call, &from)?;
        let footage = video.footage().filter(|_| video.is_playable()).cloned();
        footage.ok_or_else(|| Manner::V4.invalid("the video is not ready"))
    })?;
    // The last second of a video is seldom a whole one.
    if end > whole.millis.div_ceil(1_000) {
        return Err(fields.wrong("endTimeSeconds", "is past the end of the video"));
    }
    if start >= end {
        return Err(fields.wrong("startTimeSeconds", "must be before endTimeSeconds"));
    }
    let millis = (end * 1_000).min(whole.millis).saturating_sub(start * 1_000);
    let rendered = call.world.clips.get(&whole).await;
    let bytes = rendered.map_or(0, |clip| clip.mp4(Duration::from_millis(millis)).len());
    let footage = Footage { millis, bytes, ..whole };
    call.world.with(|model| {
        videos::admits_another(model, &call.account)?;
        // Nothing of the source's is taken over: neither its deletion nor its name.
        let mut video = videos::new_video(model, &call.account);
        videos::Details::read(&fields, video.created)?.apply(&mut video, MetaEdit::Replace);
        videos::name(&mut video, &fields)?;
        video.watermark = watermarks::chosen(model, call, &fields)?;
        video.clipped_from = Some(from);
        video.state = VideoState::Queued;
        video.import = Import::of_clip(footage, video.created, &model.switches);
        let shown = video.shown(&model.host, model.now);
        model.videos.put(video);
        Ok(Reply::Result(shown))
    })
}

fn needed_second(fields: &Fields, name: &str) -> Result<u64, Refusal> {
    let second = fields.whole(name, 0..=LONGEST_SECONDS)?.ok_or_else(|| fields.wrong(name, "is required"))?;
    u64::try_from(second).map_err(|_| fields.wrong(name, "must not be negative"))
}
