//! What people wrote about a recording, and the metadata of its Stream video: this desk writes it there for the others,
//! and takes over what they wrote. Where two desks wrote at once, their changes are joined.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::cloudflare::Video;
use crate::context::Context;
use crate::domain::ids::{RecordingId, VideoId};
use crate::domain::library::description::{Description, Stamp};
use crate::domain::recorder::recording::Recording;
use crate::error::Error;
use crate::ports::Topic;
use crate::store::Taken;

/// Held while the metadata of a video is read, changed and written, so that what one job of this process writes there does
/// not overwrite what another one just wrote.
#[derive(Debug, Default)]
pub(crate) struct MetadataWrites(pub(crate) tokio::sync::Mutex<()>);

/// A description that was read from the metadata of a video.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    video: VideoId,
    description: Description,
    stamp: Stamp,
}

impl Described {
    /// Reads the description that a video has; `None` where no desk wrote one.
    pub(crate) fn of(video: &Video, now: DateTime<Utc>) -> Option<Self> {
        let (description, stamp) = Description::of_meta(video.name.as_deref(), &video.meta, now)?;
        Some(Self { video: video.uid.clone(), description, stamp })
    }
}

/// Hajime's marks, the title and what people wrote, for the metadata of a video.
pub(crate) fn meta(context: &Context, recording: &Recording) -> Result<BTreeMap<String, String>, Error> {
    let mut meta = recording.marks();
    meta.insert("name".to_owned(), recording.title.clone());
    if let Some((written, stamp)) = context.store().stamped_description(recording.id)? {
        meta.extend(written.to_meta(&stamp).into_iter().map(|(name, text)| (name.to_owned(), text)));
    }
    Ok(meta)
}

/// Brings the metadata of a recording’s video up to date, and takes over what another desk wrote meanwhile.
///
/// Between reading and writing another desk may write. Both desks then see in their next sync which one counts.
pub(crate) async fn tell(context: &Context, id: RecordingId) -> Result<(), Error> {
    let store = context.store();
    let Some(video) = store.recording(id)?.and_then(|recording| recording.facts.video) else { return Ok(()) };
    let writes = context.service::<MetadataWrites>();
    let _alone = writes.0.lock().await;
    let present = context.cloudflare().video_meta(&video).await?;
    let present = present.ok_or_else(|| Error::NotAtCloudflare { what: "Stream video", id: video.to_string() })?;
    if let Some((theirs, stamp)) = Description::of_meta(present.name(), &present.texts(), context.now()) {
        let taken = store.merge_description(id, &theirs, &stamp, context.now())?;
        if matches!(taken, Taken::TakenOver | Taken::Merged) {
            context.changed(&[Topic::Recordings]);
        }
        if matches!(taken, Taken::TakenOver | Taken::Same) {
            return Ok(());
        }
    }
    let Some((ours, stamp)) = store.stamped_description(id)? else { return Ok(()) };
    let wanted = present.with(&ours.to_meta(&stamp));
    if wanted != present {
        context.cloudflare().set_video_meta(&video, &wanted).await?;
    }
    Ok(store.note_told(id, &ours, &stamp)?)
}

/// Compares the description that a listed video has with the one of this desk. Returns whether this desk knows the video.
pub(crate) fn compare(context: &Context, seen: &Described) -> Result<bool, Error> {
    let Some((id, known, told)) = context.store().description_of_video(&seen.video)? else { return Ok(false) };
    // Nothing is written where both are the same, which is so for nearly every video. What this desk has to tell is
    // joined with the metadata when it is told.
    if told && known.as_ref() != Some(&seen.stamp) {
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
