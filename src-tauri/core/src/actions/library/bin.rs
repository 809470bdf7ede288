//! Keeping recordings forever, the bin, and deleting what is in it for good.
//!
//! What is in the bin is on no list. Stream deletes its video 30 days later, and until then it can be taken out again. A
//! recording of which nothing is left at Cloudflare goes into the bin as well, and stays there as its history.

use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::actions::library::description::{BulkEdited, Selected, ids};
use crate::actions::library::recordings;
use crate::actions::library::view::{self, RecordingView};
use crate::actions::sharing::revoke::{self, Revoked};
use crate::context::Context;
use crate::domain::error_code::ErrorCode;
use crate::domain::ids::RecordingId;
use crate::domain::library::retention::{Decision, Wish};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::recorder::stage::Stage;
use crate::error::{Error, UserError};
use crate::ports::Topic;
use crate::recorder::ledger;
use crate::recorder::retention::{self, Settled};
use crate::recorder::usage::{self, Reason};

/// A recording in the bin.
#[derive(Debug, Clone)]
pub struct InBin {
    /// The recording as people see it.
    pub view: RecordingView,
    /// When Stream deletes the video; `None` where it does not, because the video is too old to be given a date.
    pub deletion: Option<DateTime<Utc>>,
    /// Whether Stream knows that date.
    pub told: bool,
    /// Whether the video is about to be deleted for good.
    pub deleting: bool,
    /// How many of its links work.
    pub links: usize,
    /// Until when RealtimeKit may still have the file of its class, which a new desk would import again; `None` where it
    /// does not have it.
    pub file_until: Option<DateTime<Utc>>,
}

/// What is in the bin.
#[derive(Debug, Clone, Default)]
pub struct Bin {
    /// The recordings, the one that was put in first before the others.
    pub recordings: Vec<InBin>,
    /// The minutes of video that Stream still counts.
    pub minutes: u64,
    /// When the last of them is deleted; `None` where one of them has no date.
    pub until: Option<DateTime<Utc>>,
    /// How many links to them work.
    pub links: usize,
}

/// What became of a recording that was to be deleted for good.
#[derive(Debug, Clone)]
pub enum Deletion {
    /// Its video was deleted.
    Done,
    /// Another desk decided otherwise meanwhile, so that the video stays.
    Overruled,
    /// Cloudflare could not be asked. It is deleted as soon as that is possible, unless it is taken out of the bin.
    Waits(UserError),
}

/// The words by which a person confirms that the bin is emptied.
pub const EMPTY_WORDS: &str = "empty the bin";

/// What became of emptying the bin.
#[derive(Debug, Clone, Default)]
pub struct Emptied {
    /// How many videos were deleted.
    pub deleted: u32,
    /// Their minutes.
    pub minutes: f64,
    /// The recordings whose video was not deleted, by title, and why. What Cloudflare could not be asked is deleted later by itself.
    pub refused: Vec<(RecordingId, String, UserError)>,
}

/// What became of stopping the links of recordings.
#[derive(Debug, Clone, Default)]
pub struct Stopped {
    /// The recordings whose links were stopped.
    pub stopped: Vec<(RecordingId, Revoked)>,
    /// The recordings whose links still work, by title, and why.
    pub refused: Vec<(RecordingId, String, UserError)>,
}

/// What is in the bin and still counts at Stream.
pub fn bin(context: &Context) -> Result<Bin, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    let store = context.store();
    let now = context.cloudflare_now();
    let recordings = store.bin()?;
    let mut decisions = store.decisions(recordings.iter().map(|recording| recording.id))?;
    let mut found = Bin::default();
    for view in view::views(context, recordings)? {
        let retention = decisions.remove(&view.recording.id);
        let told = retention.as_ref().is_some_and(|retention| retention.told);
        let decided = retention.as_ref().and_then(|retention| retention.decided.date);
        let facts = &view.recording.facts;
        let direct = store.links_of(view.recording.id)?.iter().filter(|link| link.expires_at > now).count();
        let links = direct.saturating_add(store.living_watch_links(view.recording.id, now)?.len());
        found.minutes = found.minutes.saturating_add(minutes(facts.length));
        found.links = found.links.saturating_add(links);
        found.recordings.push(InBin {
            deletion: if told { facts.video_deletion } else { decided },
            told,
            deleting: retention.is_some_and(|retention| retention.deleting.is_some()),
            links,
            file_until: view.recording.file_kept_until().filter(|until| *until > now),
            view,
        });
    }
    let dates: Option<Vec<_>> = found.recordings.iter().map(|one| one.deletion).collect();
    found.until = dates.and_then(|dates| dates.into_iter().max());
    Ok(found)
}

/// The minutes that Stream counts for a video; every minute that was begun.
fn minutes(length: Option<TimeDelta>) -> u64 {
    let seconds = length.unwrap_or_default().num_seconds();
    u64::try_from(seconds).unwrap_or_default().div_ceil(60)
}

/// The recordings on the list whose video was deleted, or that have nothing left at Cloudflare, newest first.
pub fn missing(context: &Context) -> Result<Vec<Recording>, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    Ok(context.store().missing_recordings(context.now())?)
}

/// Everything in the bin, also what is deleted or gone at Cloudflare, the last put in first.
pub fn removed(context: &Context) -> Result<Vec<Recording>, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    Ok(context.store().removed_recordings()?)
}

/// Puts recordings in the bin.
pub async fn put(context: &Context, selected: &Selected) -> Result<BulkEdited, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    decide(context, selected, Wish::Bin).await
}

/// Takes recordings out of the bin, and lets those that are kept forever have their date again.
pub async fn restore(context: &Context, selected: &Selected) -> Result<BulkEdited, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    decide(context, selected, Wish::Restore).await
}

/// Keeps recordings forever, and takes them out of the bin.
pub async fn keep(context: &Context, selected: &Selected) -> Result<BulkEdited, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    decide(context, selected, Wish::Keep).await
}

async fn decide(context: &Context, selected: &Selected, wish: Wish) -> Result<BulkEdited, Error> {
    let ids = ids(context, selected)?;
    guard::allow_recordings(context, Permission::TendRecordings, &ids)?;
    let now = context.now();
    let mut done = None;
    ledger::write(context, |signer| {
        let refuse = |id, recording: Option<&Recording>| refuse(id, recording, wish, now);
        let (change, end) = context.store().decide_by_hand(signer, &ids, wish, refuse)?;
        done = Some(change);
        Ok(end)
    })
    .await?;
    let Some(done) = done else {
        return Ok(BulkEdited { changed: 0, unchanged: ids.len(), refused: Vec::new(), change: None });
    };
    if done.entry.is_some() {
        context.changed(&[Topic::Recordings]);
        context.wake_jobs();
    }
    let mut refused = Vec::new();
    for (id, why) in done.refused {
        refused.push((id, title(context, id)?, why));
    }
    let unchanged = ids.len().saturating_sub(done.changed.len()).saturating_sub(refused.len());
    Ok(BulkEdited { changed: done.changed.len(), unchanged, refused, change: done.entry })
}

fn title(context: &Context, id: RecordingId) -> Result<String, Error> {
    Ok(context.store().recording(id)?.map_or_else(|| id.to_string(), |recording| recording.title))
}

fn refuse(id: RecordingId, recording: Option<&Recording>, wish: Wish, now: DateTime<Utc>) -> Result<(), UserError> {
    let Some(recording) = recording else {
        return Err(Error::NotFound { what: "recording", id: id.to_string() }.into());
    };
    let is_fine = match wish.decision() {
        Decision::Bin => {
            recording.removed_at.is_some() || recording.status() == Status::Ready || recording.is_removable(now)
        }
        Decision::Keep => recording.status() != Status::Failed,
        Decision::Restore | Decision::Rule => true,
    };
    if is_fine { Ok(()) } else { Err(not_possible(recording, wish.decision(), now).into()) }
}

fn not_possible(recording: &Recording, decision: Decision, now: DateTime<Utc>) -> Error {
    let title = &recording.title;
    let kept = recording.file_kept_until().filter(|until| *until > now);
    let (why, next) = match (recording.stage, kept) {
        _ if decision == Decision::Keep => ("it has no video".to_owned(), "Attach a video, or try it again first."),
        (Stage::Failed { cause, .. }, Some(until)) if cause.is_loss() => {
            let until = until.with_timezone(&recording.timezone).format("%-d %B %Y, %H:%M");
            (format!("Cloudflare may keep its recorded file until {until}"), cause.next())
        }
        (Stage::Failed { .. }, _) => (
            recording.sentence().trim_end_matches('.').to_owned(),
            "Try it again, or wait until nothing of it is left at Cloudflare.",
        ),
        _ => (recording.sentence().trim_end_matches('.').to_owned(), "Wait until it can be watched."),
    };
    let what = if decision == Decision::Keep { "is not kept forever" } else { "was not put in the bin" };
    Error::Conflict { message: format!("“{title}” {what}: {why}."), next }
}

/// Deletes the video of a recording in the bin for good. `typed` is the title, which the person wrote to confirm it.
///
/// The intent is committed first. If Cloudflare cannot be asked, the job deletes the video later. It gives way to what
/// another desk decided meanwhile.
pub async fn delete(context: &Context, id: RecordingId, typed: &str) -> Result<Deletion, Error> {
    guard::allow_recording(context, Permission::KeepData, id)?;
    let recording = recordings::get(context, id)?;
    if typed.trim() != recording.title.trim() {
        return Err(Error::Conflict {
            message: format!("“{}” was not deleted: the title was written differently.", recording.title),
            next: "Write the title exactly as it stands, to say that its video is to be deleted for good.",
        });
    }
    let is_in_bin = recording.removed_at.is_some() && recording.status() == Status::Ready;
    if !is_in_bin || !context.store().intend_deletion(id, context.now())? {
        return Err(Error::Conflict {
            message: format!("“{}” was not deleted: it is not in the bin.", recording.title),
            next: "Only what is in the bin can be deleted for good. Put it in the bin first.",
        });
    }
    context.changed(&[Topic::Recordings]);
    match retention::settle(context, id).await {
        Ok(Settled::Deleted) => Ok(Deletion::Done),
        Ok(Settled::Overruled | Settled::Told) => Ok(Deletion::Overruled),
        Err(error @ Error::Store(_)) => Err(error),
        Err(error) => {
            tracing::warn!(recording = %id, %error, "a video could not be deleted yet");
            context.wake_jobs();
            Ok(Deletion::Waits(error.into()))
        }
    }
}

/// Deletes every video in the bin for good. `typed` must be [`EMPTY_WORDS`], in capitals or not.
///
/// The intents of all are committed first. What Cloudflare cannot be asked now, the job deletes later. Then Stream is asked how much
/// is stored, and imports that wait for room begin.
pub async fn empty(context: &Context, typed: &str) -> Result<Emptied, Error> {
    guard::allow(context, Permission::KeepData)?;
    if typed.trim().to_lowercase() != EMPTY_WORDS {
        return Err(Error::Conflict {
            message: "The bin was not emptied: the words were written differently.".into(),
            next: "Write “empty the bin”, to say that all videos in it are to be deleted for good.",
        });
    }
    let mut emptied = Emptied::default();
    let mut intended = Vec::new();
    for recording in context.store().bin()? {
        if context.store().intend_deletion(recording.id, context.now())? {
            intended.push(recording);
        } else {
            let message = format!("“{}” was taken out of the bin meanwhile.", recording.title);
            let why = UserError::new(ErrorCode::Conflict, message, "Look at the bin again.");
            emptied.refused.push((recording.id, recording.title, why));
        }
    }
    context.changed(&[Topic::Recordings]);
    let mut everything_waits: Option<UserError> = None;
    for recording in intended {
        let settled = match &everything_waits {
            Some(why) => Err(why.clone()),
            None => match retention::settle(context, recording.id).await {
                Ok(settled) => Ok(settled),
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(recording = %recording.id, %error, "a video could not be deleted yet");
                    let concerns_all = matches!(&error, Error::Cloudflare(error) if error.concerns_every_call());
                    let why = UserError::from(error);
                    everything_waits = concerns_all.then(|| why.clone());
                    Err(why)
                }
            },
        };
        match settled {
            Ok(Settled::Deleted) => {
                emptied.deleted = emptied.deleted.saturating_add(1);
                emptied.minutes += recording.facts.length.unwrap_or_default().as_seconds_f64() / 60.0;
            }
            Ok(Settled::Overruled | Settled::Told) => {
                let message = format!("“{}” stays: another desk decided otherwise meanwhile.", recording.title);
                let why = UserError::new(ErrorCode::Conflict, message, "Look at it in the list.");
                emptied.refused.push((recording.id, recording.title, why));
            }
            Err(why) => emptied.refused.push((recording.id, recording.title, why)),
        }
    }
    if !emptied.refused.is_empty() {
        context.wake_jobs();
    }
    if emptied.deleted > 0
        && let Err(error) = usage::read_storage(context, Reason::Freed).await
    {
        // The job asks within the hour, and within minutes where an import waits for room.
        tracing::warn!(%error, "Stream did not tell how much is stored after the bin was emptied");
    }
    Ok(emptied)
}

/// Stops the links of recordings in the bin at once. A recording without links that work is left out.
pub async fn stop_links(context: &Context, ids: &[RecordingId], with_others: bool) -> Result<Stopped, Error> {
    guard::allow_recordings(context, Permission::RevokeLinks, ids)?;
    let mut all = Stopped::default();
    for id in ids {
        let recording = recordings::get(context, *id)?;
        if recording.removed_at.is_none() {
            let message = format!("“{}” is not in the bin.", recording.title);
            let refusal = UserError::new(ErrorCode::Conflict, message, "Revoke its links on its own page.");
            all.refused.push((*id, recording.title, refusal));
            continue;
        }
        let found = revoke::preview(context, *id)?;
        if found.keys.is_empty() && found.beyond.is_empty() && found.watch.is_empty() {
            continue;
        }
        match revoke::revoke(context, *id, with_others).await {
            Ok(revoked) => all.stopped.push((*id, revoked)),
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => all.refused.push((*id, recording.title, error.into())),
        }
    }
    Ok(all)
}
