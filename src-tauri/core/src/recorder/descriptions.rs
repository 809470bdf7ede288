//! What people wrote about a recording, and the metadata of its Stream video: this desk writes it there for the others,
//! and takes over what they wrote. Of two desks, the one that wrote later counts.

use crate::cloudflare::Video;
use crate::context::Context;
use crate::domain::ids::{RecordingId, VideoId};
use crate::domain::library::description::{Description, Stamp};
use crate::error::Error;
use crate::ports::Topic;
use crate::store::Taken;

/// A description that was read from the metadata of a video.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    video: VideoId,
    description: Description,
    stamp: Stamp,
}

impl Described {
    /// Reads the description that a video has; `None` where no desk wrote one.
    pub(crate) fn of(video: &Video) -> Option<Self> {
        let (description, stamp) = Description::of_meta(video.name.as_deref(), &video.meta)?;
        Some(Self { video: video.uid.clone(), description, stamp })
    }
}

/// Brings the metadata of a recording’s video up to date, or takes it over where another desk wrote later.
///
/// Between reading and writing another desk may write. Both desks then see in their next sync which one counts.
pub(crate) async fn tell(context: &Context, id: RecordingId) -> Result<(), Error> {
    let Some((ours, stamp)) = context.store().stamped_description(id)? else { return Ok(()) };
    let Some(video) = context.store().recording(id)?.and_then(|recording| recording.facts.video) else { return Ok(()) };
    let Some(present) = context.cloudflare().video_meta(&video).await? else { return Ok(()) };
    if let Some((theirs, their_stamp)) = Description::of_meta(present.name(), &present.texts())
        && their_stamp > stamp
    {
        take(context, id, &theirs, &their_stamp)?;
        return Ok(());
    }
    let wanted = present.with(&ours.to_meta(&stamp));
    if wanted != present {
        context.cloudflare().set_video_meta(&video, &wanted).await?;
    }
    Ok(context.store().note_told(id, &stamp)?)
}

/// Compares the description that a listed video has with the one of this desk. Returns whether this desk knows the video.
pub(crate) fn compare(context: &Context, seen: &Described) -> Result<bool, Error> {
    let Some((id, known, told)) = context.store().description_of_video(&seen.video)? else { return Ok(false) };
    // Nothing is written where both are the same, which is so for nearly every video.
    if known.as_ref() != Some(&seen.stamp) || !told {
        take(context, id, &seen.description, &seen.stamp)?;
    }
    Ok(true)
}

fn take(context: &Context, id: RecordingId, theirs: &Description, stamp: &Stamp) -> Result<(), Error> {
    if context.store().take_description(id, theirs, stamp, context.now())? == Taken::TakenOver {
        context.changed(&[Topic::Recordings]);
    }
    Ok(())
}
