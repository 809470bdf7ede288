//! What an observation makes of a row of `recordings`: facts, stage, history, notices and the next look change together or not at all.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Transaction};

use super::recordings::{COLUMNS, append_event, put, read};
use super::stages::word;
use super::{Error, Store, outbox, waits};
use crate::domain::ids::{CloudRecordingId, RecordingId, VideoId};
use crate::domain::recording::{Facts, Recording};
use crate::domain::rescue::News;
use crate::domain::retry::{self, Retries};
use crate::domain::stage::{Seen, Step, step};

/// What became of an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The recording as it is now.
    pub recording: Recording,
    /// Whether its stage changed.
    pub moved: bool,
}

impl Store {
    /// Applies one observation: facts, stage, history and notices change together or not at all.
    ///
    /// `Ok(None)` means that there is no such recording.
    pub fn observe(
        &self,
        id: RecordingId,
        seen: Seen,
        now: DateTime<Utc>,
        note: &str,
        learn: impl FnOnce(&mut Facts),
    ) -> Result<Option<Saved>, Error> {
        self.write(|transaction| {
            let Some(before) = current(transaction, id)? else { return Ok(None) };
            // What failed and begins again through people has all its tries before it.
            apply(transaction, &before, seen, now, note, Retries::default(), learn).map(Some)
        })
    }
}

/// Cloudflare may answer about another thing than was asked: what another recording has never becomes this one's.
fn refuse_what_another_has(transaction: &Transaction<'_>, before: &Recording, after: &Recording) -> Result<(), Error> {
    let (was, is) = (&before.facts, &after.facts);
    let cloud = is.cloud.as_ref().filter(|_| is.cloud != was.cloud).map(CloudRecordingId::as_str);
    let video = is.video.as_ref().filter(|_| is.video != was.video).map(VideoId::as_str);
    for (what, column, id) in [("RealtimeKit recording", "cloud_id", cloud), ("Stream video", "video_id", video)] {
        let Some(id) = id else { continue };
        let taken = format!("SELECT 1 FROM recordings WHERE {column} = ?1 AND id <> ?2");
        if transaction.prepare_cached(&taken)?.exists([id, &after.id.to_string()])? {
            return Err(Error::OfAnother { what, id: id.to_owned() });
        }
    }
    Ok(())
}

/// A recording as it is in this transaction.
pub(super) fn current(transaction: &Transaction<'_>, id: RecordingId) -> Result<Option<Recording>, Error> {
    transaction
        .prepare_cached(&format!("SELECT {COLUMNS} FROM recordings r WHERE r.id = ?1"))?
        .query_row([id.to_string()], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

/// Applies one observation. `begun` is what counts as tried once something that failed begins again.
pub(super) fn apply(
    transaction: &Transaction<'_>,
    before: &Recording,
    seen: Seen,
    now: DateTime<Utc>,
    note: &str,
    begun: Retries,
    learn: impl FnOnce(&mut Facts),
) -> Result<Saved, Error> {
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
        Step::Move(stage, announcement) => {
            moved = true;
            after.stage = stage;
            let only_percent = word(stage) == word(before.stage);
            if !only_percent {
                append_event(transaction, id, now, Some(before.stage), stage, note)?;
            }
            if !only_percent {
                after.stage_since = now;
            }
            // Only what is at rest can be off the list: whatever moves is somebody's concern again.
            after.removed_at = None;
            after.retries = before.retries.after(before.stage, stage, begun);
            after.next_check = stage.duty().map(|_| now).or_else(|| retry::next_try(&after, now));
            if let Some(announcement) = announcement.filter(|_| !before.retries.told(stage)) {
                outbox::add(transaction, id, News::Stage(announcement), now)?;
            }
        }
    }
    if after != *before {
        refuse_what_another_has(transaction, before, &after)?;
        put(transaction, &after, now)?;
        waits::note(transaction, before, &after, now)?;
    }
    Ok(Saved { recording: after, moved })
}
