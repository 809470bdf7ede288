//! How long a recording stays, at its Stream video: this desk writes what was decided there, with the date on which Stream
//! deletes the video, and takes over what other desks decided.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{self, Video};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RecordingId, VideoId};
use crate::domain::library::retention::{Decided, Decision, accepted};
use crate::domain::library::retention_rules::Subjects;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::sharing::ledger::Act;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::descriptions::MetadataWrites;
use crate::recorder::ledger;
use crate::store::Taken;

/// How far two dates may be apart that mean the same: Stream may leave out fractions.
const SAME_DATE: TimeDelta = TimeDelta::seconds(2);
/// The time that is always left before Stream deletes a video, also where it is told late.
const NOTICE: TimeDelta = TimeDelta::days(1);

/// What became of a recording’s video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It says what was decided, and Stream has the date.
    Told,
    /// It was deleted for good.
    Deleted,
    /// It was to be deleted for good and was not, because another desk decided otherwise meanwhile.
    Overruled,
}

/// A decision that was read from the metadata of a video.
#[derive(Debug, Clone)]
pub(crate) struct Retained {
    video: VideoId,
    decided: Decided,
    deletion: Option<DateTime<Utc>>,
}

impl Retained {
    /// Reads the decision that a video has; `None` where no desk made one.
    pub(crate) fn of(video: &Video, now: DateTime<Utc>) -> Option<Self> {
        let decided = Decided::of_meta(&video.meta, now)?;
        Some(Self { video: video.uid.clone(), decided, deletion: video.scheduled_deletion })
    }
}

/// Compares the decision that a listed video has with the one of this desk. Returns whether this desk knows the video.
pub(crate) fn compare(context: &Context, seen: &Retained) -> Result<bool, Error> {
    let store = context.store();
    let Some((id, known)) = store.retention_of_video(&seen.video)? else { return Ok(false) };
    match known {
        // This is so for nearly every video.
        Some(known) if known.decided == seen.decided => {
            let loses_what_is_kept = known.decided.decision == Decision::Keep && seen.deletion.is_some();
            if known.told && loses_what_is_kept {
                store.tell_retention_again(id)?;
            }
        }
        _ => {
            if store.join_retention(id, &seen.decided, context.now())? != Taken::Same {
                context.changed(&[Topic::Recordings]);
            }
        }
    }
    Ok(true)
}

/// Lets a decision be told again where a video lacks it although it was told: another program, or another desk at the same
/// moment, wrote the metadata without it. `told` are the recordings whose decision was told.
pub(crate) fn tell_what_was_lost(
    context: &Context,
    told: &HashSet<RecordingId>,
    id: RecordingId,
    video: &Video,
) -> Result<(), Error> {
    if told.contains(&id) && !Decided::stands_in(&video.meta) {
        context.store().tell_retention_again(id)?;
        context.wake_jobs();
    }
    Ok(())
}

/// Brings the video of a recording to what was decided: writes it to the metadata and sets the date, or deletes the video
/// for good. Takes over what another desk decided meanwhile. It may be repeated.
///
/// Between reading and writing another desk may write. The next sync of both then shows which decision counts.
pub(crate) async fn settle(context: &Context, id: RecordingId) -> Result<Settled, Error> {
    let store = context.store();
    let writes = context.service::<MetadataWrites>();
    let _alone = writes.0.lock().await;
    let Some(recording) = store.recording(id)? else { return Ok(Settled::Told) };
    let was_to_be_deleted = store.retention(id)?.is_some_and(|retention| retention.deleting.is_some());
    if recording.deleted_at().is_some() && was_to_be_deleted {
        // A sync saw that the video is gone before this was noted as what deleted it.
        return note_deletion(context, id).await;
    }
    if recording.status() != Status::Ready {
        return Ok(if recording.deleted_at().is_some() { Settled::Deleted } else { Settled::Told });
    }
    let Some(video) = recording.facts.video.clone() else { return Ok(Settled::Told) };
    let Some(present) = context.cloudflare().video_meta(&video).await? else {
        if was_to_be_deleted {
            return note_deletion(context, id).await;
        }
        return Err(Error::NotAtCloudflare { what: "Stream video", id: video.to_string() });
    };
    if let Some(theirs) = Decided::of_meta(&present.texts(), context.now())
        && store.join_retention(id, &theirs, context.now())? != Taken::Same
    {
        context.changed(&[Topic::Recordings]);
    }
    let Some(retention) = store.retention(id)? else { return Ok(Settled::Told) };
    if retention.deleting.is_some() {
        context.cloudflare().delete_video(&video).await?;
        return note_deletion(context, id).await;
    }
    let decided = retention.decided;
    let date = date_for_stream(context, &decided, present.created);
    let wanted = present.with(&decided.to_meta());
    if wanted != present || !is_same(present.scheduled_deletion, date) {
        context.cloudflare().set_video_retention(&video, &wanted, date).await?;
    }
    // The reply to a change may say what was asked for. What counts is what Stream has.
    let after = context.cloudflare().video_meta(&video).await?;
    let after = after.ok_or_else(|| Error::NotAtCloudflare { what: "Stream video", id: video.to_string() })?;
    let said = Decided::of_meta(&after.texts(), context.now());
    if !is_same(after.scheduled_deletion, date) || said.as_ref() != Some(&decided) {
        return Err(cloudflare::Error::Unreadable {
            status: 0,
            why: "a video without the date that it was given".into(),
        }
        .into());
    }
    store.note_retention_told(id, &decided, after.created, after.scheduled_deletion)?;
    context.changed(&[Topic::Recordings]);
    Ok(if was_to_be_deleted { Settled::Overruled } else { Settled::Told })
}

/// The date that Stream is given: within its limits, and never at once.
fn date_for_stream(context: &Context, decided: &Decided, created: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let date = decided.date?.max(context.cloudflare_now().later(NOTICE));
    created.map_or(Some(date), |created| accepted(date, created))
}

fn is_same(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.since(other).abs() <= SAME_DATE,
        (one, other) => one == other,
    }
}

async fn note_deletion(context: &Context, id: RecordingId) -> Result<Settled, Error> {
    let note = EventKind::VideoDeleted.note("The video was deleted for good by hand.");
    let act = ledger::entry(context, Act::RecordingDeleted);
    ledger::write(context, |signer| context.store().note_deletion(signer, id, act, &note)).await?;
    context.changed(&[Topic::Recordings]);
    Ok(Settled::Deleted)
}

/// When Stream is to delete the video that is being made of a recording, by the rules; `None` for never.
pub(crate) fn date_of_new(context: &Context, recording: &Recording) -> Result<Option<DateTime<Utc>>, Error> {
    let store = context.store();
    if let Some(retention) = store.retention(recording.id)?
        && retention.decided.decision == Decision::Keep
    {
        return Ok(None);
    }
    let written = store.descriptions([recording.id])?.remove(&recording.id);
    let subjects = Subjects {
        tags: written.map(|(_, tags)| tags.into_keys().collect()).unwrap_or_default(),
        instructor: recording.instructor.clone(),
        series: store.session(recording.session)?.and_then(|session| session.series).map(|place| place.series),
    };
    Ok(store.preferences()?.retention.date_of_new(&subjects, context.cloudflare_now()))
}
