//! The request with which Stream cuts a clip, and what protects the clip. [`import`](super::import) sends it: a clip is
//! found again by its mark as every video is.
//!
//! Stream passes neither the date of deletion nor the need for a signed token on to a clip (Stream docs, “Clip videos”), so
//! both are sent and read back.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{NewClip, Video, VideoEdit};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::clip::Clip;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Observation;
use crate::error::Error;
use crate::recorder::descriptions;

/// The least time for which Stream keeps a video that it is to delete (Stream docs, “Scheduled deletion”: 30 days), with
/// a margin for the time that the request takes.
const SHORTEST_KEPT: TimeDelta = TimeDelta::minutes(30 * 24 * 60 + 10);
/// The largest difference between two dates of deletion that counts as none.
const DATE_TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// Returns the request for a clip; `None` if there is nothing to cut it from, which is then noted.
pub(crate) async fn describe(context: &Context, recording: &Recording, clip: Clip) -> Result<Option<NewClip>, Error> {
    let Some(whole) = whole(context, clip).await? else {
        let note = EventKind::StreamRefused.note("The recording that this is a part of is no longer in Stream.");
        let seen = Observation::Refused(Cause::ImportRefused);
        context.store().observe(recording.id, seen, context.now(), note, |_| {})?;
        return Ok(None);
    };
    Ok(Some(NewClip {
        scheduled_deletion: deletion_of_clip(&whole, context.cloudflare_now()),
        allowed_origins: whole.allowed_origins,
        source: whole.uid,
        range: clip.range,
        name: recording.title.clone(),
        meta: descriptions::meta(context, recording)?,
        creator: recording.creator_mark(),
    }))
}

/// Makes sure that a clip asks for a signed token and, once it can be watched, that Stream deletes it when it deletes the
/// whole recording. Returns the clip as Stream then reports it.
pub(crate) async fn protect(
    context: &Context,
    recording: &Recording,
    clip: Clip,
    video: Video,
    can_be_watched: bool,
) -> Result<Video, Error> {
    let mut edit =
        VideoEdit { require_signed_urls: (!video.require_signed_urls).then_some(true), ..VideoEdit::default() };
    if can_be_watched && let Some(whole) = whole(context, clip).await? {
        let wanted = deletion_of_clip(&whole, video.created.unwrap_or(context.cloudflare_now()));
        edit.scheduled_deletion = (!is_same(wanted, video.scheduled_deletion)).then_some(wanted);
    }
    if edit == VideoEdit::default() {
        return Ok(video);
    }
    let is_signed = |video: &Video| edit.require_signed_urls.is_none() || video.require_signed_urls;
    let after = context.cloudflare().edit_video(&video.uid, &edit).await?;
    let is_dated = edit.scheduled_deletion.is_none_or(|wanted| is_same(wanted, after.scheduled_deletion));
    if can_be_watched && !(is_signed(&after) && is_dated) {
        let what = if is_dated { "that it can be watched with signed links only" } else { "when it is deleted" };
        let note = format!(
            "Stream did not take over from the whole recording {what}. Look at the video in the Cloudflare dashboard."
        );
        context.store().remark(recording.id, context.now(), EventKind::StreamReported.note(note))?;
    }
    Ok(after)
}

/// The video that a clip is cut from; `None` if there is none any more.
async fn whole(context: &Context, clip: Clip) -> Result<Option<Video>, Error> {
    match context.store().recording(clip.of)?.and_then(|whole| whole.facts.video) {
        Some(video) => Ok(context.cloudflare().video(&video).await?),
        None => Ok(None),
    }
}

/// When Stream deletes a clip that is made at `made`: with the whole recording, but not before Stream allows it.
fn deletion_of_clip(whole: &Video, made: DateTime<Utc>) -> Option<DateTime<Utc>> {
    whole.scheduled_deletion.map(|date| date.max(made.later(SHORTEST_KEPT)))
}

fn is_same(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.since(other).abs() <= DATE_TOLERANCE,
        (one, other) => one == other,
    }
}
