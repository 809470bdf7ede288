//! Removal of missing recordings from the list, and restoring them. Nothing is deleted, and no request is sent to Cloudflare.

use chrono::{DateTime, Utc};

use crate::actions::library::recordings;
use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::ports::Topic;

/// Recordings on the list whose video was deleted, or of which nothing is left at Cloudflare, newest first: exactly those that [`remove`] takes.
pub fn missing(context: &Context) -> Result<Vec<Recording>, Error> {
    Ok(context.store().missing_recordings(context.now())?)
}

/// Recordings that were taken off the list, the last one first: those that [`restore`] puts back.
pub fn removed(context: &Context) -> Result<Vec<Recording>, Error> {
    Ok(context.store().removed_recordings()?)
}

/// The recordings that [`remove`] would remove from the list, or its refusal. Changes nothing.
pub fn review(context: &Context, ids: &[RecordingId]) -> Result<Vec<Recording>, Error> {
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

/// Takes recordings off the list, all of them or, if only one of them is not gone any more, none. Answers which.
///
/// Their history, their notes, their share links in the ledger and their sessions stay. One that was taken off before stays as it is.
pub fn remove(context: &Context, ids: &[RecordingId]) -> Result<Vec<Recording>, Error> {
    let now = context.now();
    let note = EventKind::Removed.note("Taken off the list by hand.");
    let removed = context
        .store()
        .change_recordings(ids, now, note, |id, found| off_the_list(found.ok_or_else(|| unknown(id))?, now))?;
    context.changed(&[Topic::Recordings]);
    Ok(removed)
}

/// Puts recordings back on the list, all of them or none. One that stands there stays as it is. Answers which came back.
pub fn restore(context: &Context, ids: &[RecordingId]) -> Result<Vec<Recording>, Error> {
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
        message: format!("“{}” is not gone: {why}. Nothing was taken off the list.", recording.title),
        next,
    }
}

fn unknown(id: RecordingId) -> Error {
    Error::NotFound { what: "recording", id: id.to_string() }
}
