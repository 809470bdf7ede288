//! Removal of missing recordings from the list, and restoring them. Nothing is deleted, and no request is sent to Cloudflare.

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::ports::Topic;

/// The recordings on the list whose video was deleted, or that have nothing at Cloudflare, newest first.
/// [`remove`] accepts exactly these.
pub fn missing(context: &Context) -> Result<Vec<Recording>, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    guard::recordings(context, context.store().missing_recordings(context.now())?)
}

/// The recordings that were removed from the list, the last removed first. [`restore`] accepts these.
pub fn removed(context: &Context) -> Result<Vec<Recording>, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    guard::recordings(context, context.store().removed_recordings()?)
}

/// The recordings that [`remove`] would remove, or the error with which it would refuse. Changes nothing.
pub fn review(context: &Context, ids: &[RecordingId]) -> Result<Vec<Recording>, Error> {
    guard::allow_recordings(context, Permission::TendRecordings, ids)?;
    let now = context.now();
    let mut all = Vec::new();
    for id in ids {
        let recording = off_the_list(recordings::get(context, *id)?, now)?;
        if recording.removed_at == Some(now) && !all.contains(&recording) {
            all.push(recording);
        }
    }
    Ok(all)
}

/// Removes recordings from the list. If one of them is not missing any more, none is removed. Returns the recordings
/// that were removed.
///
/// Their history, notes, sessions and share links in the ledger stay. A recording that was removed before stays as it
/// is.
pub fn remove(context: &Context, ids: &[RecordingId]) -> Result<Vec<Recording>, Error> {
    guard::allow_recordings(context, Permission::TendRecordings, ids)?;
    let now = context.now();
    let note = EventKind::Removed.note("Taken off the list by hand.");
    let removed = context
        .store()
        .change_recordings(ids, now, note, |id, found| off_the_list(found.ok_or_else(|| unknown(id))?, now))?;
    context.changed(&[Topic::Recordings]);
    Ok(removed)
}

/// Restores recordings to the list, all or none. A recording that is on the list stays as it is. Returns the recordings
/// that were restored.
pub fn restore(context: &Context, ids: &[RecordingId]) -> Result<Vec<Recording>, Error> {
    guard::allow_recordings(context, Permission::TendRecordings, ids)?;
    let note = EventKind::Restored.note("Put back on the list by hand.");
    let restored = context.store().change_recordings(ids, context.now(), note, |id, found| {
        Ok::<_, Error>(Recording { removed_at: None, ..found.ok_or_else(|| unknown(id))? })
    })?;
    context.changed(&[Topic::Recordings]);
    Ok(restored)
}

fn off_the_list(recording: Recording, now: DateTime<Utc>) -> Result<Recording, Error> {
    match recording.removed_at {
        Some(_) => Ok(recording),
        None if recording.is_removable(now) => Ok(Recording { removed_at: Some(now), ..recording }),
        None => Err(not_gone(&recording, now)),
    }
}

fn not_gone(recording: &Recording, now: DateTime<Utc>) -> Error {
    let kept = recording.file_kept_until().filter(|until| *until > now);
    let (why, next) = match (recording.stage, kept) {
        (Stage::Failed { cause, .. }, Some(until)) if cause.is_loss() => {
            let until = until.with_timezone(&recording.timezone).format("%-d %B %Y, %H:%M");
            (format!("Cloudflare may keep its recorded file until {until}"), cause.next())
        }
        _ => (
            recording.sentence().trim_end_matches('.').to_owned(),
            "Look at the list again: only what was deleted or is gone at Cloudflare can be taken off it.",
        ),
    };
    Error::Conflict {
        message: format!("“{}” is not missing at Cloudflare: {why}. No recording was removed.", recording.title),
        next,
    }
}

fn unknown(id: RecordingId) -> Error {
    Error::NotFound { what: "recording", id: id.to_string() }
}
