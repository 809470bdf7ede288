//! Applies observations to `recordings`. Facts, stage, history, notifications and the next poll change together or not
//! at all.

use chrono::{DateTime, Utc};
use rusqlite::Transaction;

use crate::domain::delivery::notification::Notification;
use crate::domain::ids::{RealtimeKitRecordingId, RecordingId, VideoId};
use crate::domain::recorder::auto_retry::{self, AutoRetries};
use crate::domain::recorder::event::EventNote;
use crate::domain::recorder::recording::{Facts, Recording, Status};
use crate::domain::recorder::stage::{Observation, Step, step};
use crate::store::delivery::deliveries;
use crate::store::recorder::processing_times;
use crate::store::recorder::recordings::{append_event, current, put};
use crate::store::recorder::stages::word;
use crate::store::{Error, Store, outbox};

/// The result of applying an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedObservation {
    /// The recording after the observation.
    pub recording: Recording,
    /// True if the stage changed.
    pub moved: bool,
}

impl Store {
    /// Applies one observation in one transaction. `learn` adds the facts that came with it.
    ///
    /// Returns `Ok(None)` where there is no such recording.
    pub fn observe(
        &self,
        id: RecordingId,
        seen: Observation,
        now: DateTime<Utc>,
        note: impl Into<EventNote>,
        learn: impl FnOnce(&mut Facts),
    ) -> Result<Option<AppliedObservation>, Error> {
        self.write(|transaction| {
            let Some(before) = current(transaction, id)? else { return Ok(None) };
            // A retry by a person makes all auto-retries of the recording available again.
            apply(transaction, &before, seen, now, &note.into(), AutoRetries::default(), learn).map(Some)
        })
    }
}

/// Refuses a RealtimeKit recording or video that another recording already has: Cloudflare's answer may have been about
/// another one.
fn refuse_what_another_has(transaction: &Transaction<'_>, before: &Recording, after: &Recording) -> Result<(), Error> {
    let (was, is) = (&before.facts, &after.facts);
    let realtimekit_recording = is
        .realtimekit_recording
        .as_ref()
        .filter(|_| is.realtimekit_recording != was.realtimekit_recording)
        .map(RealtimeKitRecordingId::as_str);
    let video = is.video.as_ref().filter(|_| is.video != was.video).map(VideoId::as_str);
    for (what, column, id) in [
        ("RealtimeKit recording", "realtimekit_recording_id", realtimekit_recording),
        ("Stream video", "video_id", video),
    ] {
        let Some(id) = id else { continue };
        let taken = format!("SELECT 1 FROM recordings WHERE {column} = ?1 AND id <> ?2");
        if transaction.prepare_cached(&taken)?.exists([id, &after.id.to_string()])? {
            return Err(Error::OfAnother { what, id: id.to_owned() });
        }
    }
    Ok(())
}

/// Applies one observation. `begun` is the count of auto-retries that holds if the observation starts a failed
/// recording again.
pub(in crate::store) fn apply(
    transaction: &Transaction<'_>,
    before: &Recording,
    seen: Observation,
    now: DateTime<Utc>,
    note: &EventNote,
    begun: AutoRetries,
    learn: impl FnOnce(&mut Facts),
) -> Result<AppliedObservation, Error> {
    let id = before.id;
    let mut after = before.clone();
    learn(&mut after.facts);
    let mut moved = false;
    match step(before.stage, seen) {
        Step::Stay => {}
        Step::Refuse => {
            tracing::warn!(recording = %id, stage = before.stage.name(), ?seen, "an observation that makes no sense here");
            after.facts.clone_from(&before.facts);
        }
        Step::Move(stage, news) => {
            moved = true;
            after.stage = stage;
            let only_percent = word(stage) == word(before.stage);
            if !only_percent {
                append_event(transaction, id, now, Some(before.stage), stage, note)?;
            }
            if !only_percent {
                after.stage_since = now;
            }
            // What is in the bin stays there while it can be watched, and when its video is deleted. One that moves to
            // another stage needs attention, so it is on the list again.
            let rests = after.status() == Status::Ready || after.deleted_at().is_some();
            if before.status() != Status::Ready || !rests {
                after.removed_at = None;
            }
            after.work.auto_retries = before.work.auto_retries.after(before.stage, stage, begun);
            after.work.next_poll = stage.pending_work().map(|_| now);
            after.work.next_auto_retry = auto_retry::next_try(&after, now);
            // Nobody is alarmed about a video that was in the bin or whose time was over.
            let is_expected = seen == Observation::VideoMissing
                && (before.removed_at.is_some() || before.facts.video_deletion.is_some_and(|due| due <= now));
            if let Some(kind) = news.filter(|_| !is_expected && !before.work.auto_retries.told(stage)) {
                outbox::add(transaction, &Notification::of_recording(id, kind), now)?;
                deliveries::add_event(transaction, &after, kind, now)?;
            }
        }
    }
    if after != *before {
        refuse_what_another_has(transaction, before, &after)?;
        put(transaction, &after, now)?;
        processing_times::note(transaction, before, &after, now)?;
    }
    Ok(AppliedObservation { recording: after, moved })
}
