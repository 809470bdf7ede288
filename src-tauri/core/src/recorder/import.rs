//! Has Stream import RealtimeKit's file, and makes sure that exactly one video comes of it.
//!
//! Stream has no idempotency keys. The intent is committed first and the video carries Hajime's mark as its `creator`.
//! Before a request is repeated, Stream is searched for that mark.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{self, NewVideo, Video, VideoEdit, VideoState, VideosQuery};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::VideoId;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::{EventKind, EventNote};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Import, Observation, Stage};
use crate::error::Error;
use crate::recorder::capture::fetch_recording;
use crate::recorder::{clips, descriptions, observe, retention};

/// How long a request may take to show its effect. Only then is a lost request repeated.
pub(crate) const REQUEST_VISIBILITY_DELAY: TimeDelta = TimeDelta::seconds(10);

/// How long Stream may take to receive a whole file, from RealtimeKit or from another desk. After that, Hajime brings
/// the recording to Stream in another way.
const MAX_WAIT_FOR_WHOLE_FILE: TimeDelta = TimeDelta::hours(1);

/// Stream's error code for an address that it refuses without trying it.
const INVALID_URL: i64 = 10_010;

/// The HTTP status of a file that is too large.
const PAYLOAD_TOO_LARGE: u16 = 413;

pub(crate) async fn import(context: &Context, recording: &Recording) -> Result<(), Error> {
    let now = context.now();
    let fresh_intent = recording.stage == Stage::Uploaded;
    if fresh_intent {
        let asked = match recording.facts.clip {
            Some(_) => "Stream is asked to cut it.",
            None => "Stream is asked to import the file.",
        };
        let note = EventKind::ImportRequested.note(asked);
        context.store().observe(recording.id, Observation::ImportAsked, now, note, |_| {})?;
    }
    if let Some(existing) = find_existing(context, recording).await? {
        return note_video(context, recording, Some(&existing)).await;
    }
    // An earlier request may still be on its way: the process that sent it died, or its reply was lost.
    if !fresh_intent {
        if now.since(recording.stage_since) < REQUEST_VISIBILITY_DELAY {
            return Ok(());
        }
        context.store().note_asked(recording.id, now)?;
    }
    match Box::pin(ask(context, recording)).await? {
        Some(Ok(Some(video))) => note_video(context, recording, Some(&video)).await,
        // There is nothing to ask for, or the reply does not name the video, and the next check finds it by its mark.
        None | Some(Ok(None)) => Ok(()),
        Some(Err(error)) => match refusal(&error) {
            Some(cause) => {
                // A clip has no file that could be fetched in another way.
                let is_reworded = recording.facts.clip.is_some() && cause != Cause::StorageFull;
                let cause = if is_reworded { Cause::ImportRefused } else { cause };
                let note = refusal_note(cause, &error);
                context.store().observe(recording.id, Observation::Refused(cause), context.now(), note, |_| {})?;
                Ok(())
            }
            None => Err(error.into()),
        },
    }
}

/// Asks Stream for the video of a recording; `None` if there is nothing to ask for, which is then noted.
async fn ask(
    context: &Context,
    recording: &Recording,
) -> Result<Option<Result<Option<Video>, cloudflare::Error>>, Error> {
    if let Some(clip) = recording.facts.clip {
        let Some(new) = clips::describe(context, recording, clip).await? else { return Ok(None) };
        return Ok(Some(context.cloudflare().clip(&new).await));
    }
    let Some(new) = describe(context, recording).await? else { return Ok(None) };
    Ok(Some(context.cloudflare().copy(&new).await.map(Some)))
}

/// All videos with the recording's mark, without those that were attached to another recording by hand.
pub(crate) async fn marked(context: &Context, recording: &Recording) -> Result<Vec<Video>, Error> {
    let query = VideosQuery { creator: Some(recording.creator_mark()), ..VideosQuery::default() };
    let mut marked: Vec<Video> = context.cloudflare().videos(&query).await?;
    marked.retain(|video| video.creator.as_deref() == Some(recording.creator_mark().as_str()));
    let mut ours = Vec::with_capacity(marked.len());
    for video in marked {
        let holder = context.store().recording_with_video(&video.uid)?;
        if holder.is_none_or(|holder| holder.id == recording.id) {
            ours.push(video);
        }
    }
    Ok(ours)
}

/// The oldest video with the recording's mark that is neither broken nor given up. Deletes broken ones and unfinished
/// uploads of this desk, to make room for a new attempt.
async fn find_existing(context: &Context, recording: &Recording) -> Result<Option<Video>, Error> {
    let us = context.store().own_desk_ids()?;
    let mut good = Vec::new();
    for video in marked(context, recording).await? {
        let half_sent_here =
            video.state == VideoState::PendingUpload && video.sender.as_ref().is_some_and(|sender| us.contains(sender));
        if half_sent_here || video.state == VideoState::Error {
            context.cloudflare().delete_video(&video.uid).await?;
        } else if !is_given_up(context, recording, &video) {
            good.push(video);
        }
    }
    oldest_first(&mut good);
    Ok(good.into_iter().next())
}

/// Whether Hajime waits for this video of the recording no longer.
pub(crate) fn is_given_up(context: &Context, recording: &Recording, video: &Video) -> bool {
    waited_out(context, video, recording.facts.length.unwrap_or_default(), recording.stage_since)
}

/// Whether Stream has had enough time to receive a video's whole file, by Cloudflare's clock. The time counts from the
/// making of the video, or from `otherwise` if Stream does not report it. A video that is being encoded or plays is
/// never given up.
pub(crate) fn waited_out(context: &Context, video: &Video, length: TimeDelta, otherwise: DateTime<Utc>) -> bool {
    let patience = match video.state {
        _ if video.ready_to_stream => None,
        VideoState::PendingUpload | VideoState::Downloading => Some(MAX_WAIT_FOR_WHOLE_FILE),
        // A video may wait for hours in Stream's queue without having failed.
        VideoState::Queued | VideoState::LiveInProgress | VideoState::Unknown(_) => {
            Stage::Importing(Import::Queued).deadline(length)
        }
        VideoState::InProgress | VideoState::Ready | VideoState::Error => None,
    };
    let waited =
        video.created.map_or_else(|| context.now().since(otherwise), |made| context.cloudflare_now().since(made));
    patience.is_some_and(|patience| waited >= patience)
}

/// Whether this is a stage in which Stream has been asked, or is being asked, to fetch the file.
const fn is_asked(stage: Stage) -> bool {
    matches!(
        stage,
        Stage::Importing(Import::Asked | Import::Downloading | Import::AskedAgain | Import::DownloadingAgain)
    )
}

/// Sorts videos by age, the oldest first, so that every desk prefers the same one.
fn oldest_first(videos: &mut [Video]) {
    videos.sort_by(|a, b| (a.created, a.uid.as_str()).cmp(&(b.created, b.uid.as_str())));
}

/// Chooses the video that a recording keeps. If two desks asked for an import at the same moment, there are two videos.
/// All desks keep the oldest one that is not broken and whose file Stream has. Once that one is ready, the others are
/// deleted, and the history says so.
pub(crate) async fn keep_one(context: &Context, recording: &Recording, seen: Video) -> Result<Video, Error> {
    // A person attached this video, so no other video replaces it and none is deleted.
    if recording.facts.attached {
        return Ok(seen);
    }
    let mut good = marked(context, recording).await?;
    good.retain(|video| video.state != VideoState::Error);
    // The list may not contain the video yet that was just read.
    if seen.state != VideoState::Error && !good.iter().any(|video| video.uid == seen.uid) {
        good.push(seen.clone());
    }
    // A video without its whole file replaces no other one, even if it is older.
    let is_half = |video: &Video| video.state == VideoState::PendingUpload || is_given_up(context, recording, video);
    let (halves, mut good): (Vec<_>, Vec<_>) = good.into_iter().partition(is_half);
    oldest_first(&mut good);
    let mut good = good.into_iter();
    let Some(kept) = good.next() else { return Ok(seen) };
    if kept.uid != seen.uid {
        let note = EventKind::DuplicateVideo.note("Two videos were made of this recording. The older one is kept.");
        context.store().remark(recording.id, context.now(), note)?;
    }
    if kept.state == VideoState::Ready && kept.ready_to_stream {
        for second in good {
            context.cloudflare().delete_video(&second.uid).await?;
            let note = format!("A second video of this recording was removed from Stream: {}.", second.uid);
            context.store().remark(recording.id, context.now(), EventKind::DuplicateVideo.note(note))?;
        }
        for half in halves {
            // Its file may have arrived meanwhile, so it is read again. If it is whole, it stays, and the next check
            // chooses between the two.
            if context.cloudflare().video(&half.uid).await?.is_some_and(|half| is_half(&half)) {
                context.cloudflare().delete_video(&half.uid).await?;
                let note = format!("A video that was never finished was removed from Stream: {}.", half.uid);
                context.store().remark(recording.id, context.now(), EventKind::DuplicateVideo.note(note))?;
            }
        }
    }
    Ok(kept)
}

/// Whether the state of this video means that people can watch it, so that the choice between several videos is due.
fn settles(recording: &Recording, video: &Video) -> bool {
    match observe::video(video) {
        Some(Observation::VideoPlayable(percent)) => {
            matches!(recording.stage, Stage::Importing(_)) || percent.get() >= 100
        }
        _ => false,
    }
}

/// The import request for Stream; `None` if there is no file to import, which is then noted.
async fn describe(context: &Context, recording: &Recording) -> Result<Option<NewVideo>, Error> {
    let now = context.now();
    let Some(realtimekit_recording) = &recording.facts.realtimekit_recording else {
        let note =
            EventKind::RecorderMissing.note("There is no video any more, and RealtimeKit’s recording is not known.");
        context.store().observe(recording.id, Observation::Refused(Cause::RecorderMissing), now, note, |_| {})?;
        return Ok(None);
    };
    // The recording is read again for a fresh address. Addresses are never stored.
    let Some(seen) = fetch_recording(context, recording, realtimekit_recording).await? else {
        let note = EventKind::RecorderMissing.note("RealtimeKit does not know the recording.");
        context.store().observe(recording.id, Observation::Refused(Cause::RecorderMissing), now, note, |_| {})?;
        return Ok(None);
    };
    let passed = context.passed_by_both_clocks();
    let expired = seen.download_url_expiry.is_some_and(|expiry| expiry <= passed);
    let in_own_storage = seen.download_url.is_none() && seen.own_storage.is_some();
    if in_own_storage {
        let note = EventKind::RecorderReported.note("RealtimeKit saved the file to your own storage.");
        context.store().observe(recording.id, Observation::Refused(Cause::OwnStorage), now, note, |facts| {
            observe::learn_recording(facts, &seen);
        })?;
        return Ok(None);
    }
    let Some(source) = seen.download_url.filter(|_| !expired) else {
        // After seven days, RealtimeKit may report neither the file nor its expiry.
        let over = expired || recording.facts.file_expires.is_some_and(|expiry| expiry <= passed);
        let cause = if over { Cause::FileExpired } else { Cause::NoFile };
        let note = EventKind::RecorderReported.note("RealtimeKit has no file to import.");
        context.store().observe(recording.id, Observation::Refused(cause), now, note, |_| {})?;
        return Ok(None);
    };
    // Stream would import whatever is at this address, so only a trusted address is given to it.
    if let Err(error) = context.cloudflare().trusted_file(&source) {
        let note = error.user_message();
        context.store().observe(
            recording.id,
            Observation::Refused(Cause::ForeignAddress),
            now,
            note.as_str(),
            |_| {},
        )?;
        return Ok(None);
    }
    Ok(Some(NewVideo {
        source,
        name: recording.title.clone(),
        meta: recording.marks(),
        creator: Some(recording.creator_mark()),
        require_signed_urls: true,
        scheduled_deletion: retention::date_of_new(context, recording)?,
    }))
}

/// The cause of failure if Stream will never import this file; `None` for an error that passes or that concerns the
/// connection.
pub(crate) fn refusal(error: &cloudflare::Error) -> Option<Cause> {
    match error {
        cloudflare::Error::Refused { code: Some(INVALID_URL), .. } => Some(Cause::SourceUnreachable),
        cloudflare::Error::StorageFull { .. } => Some(Cause::StorageFull),
        cloudflare::Error::Refused { status: PAYLOAD_TOO_LARGE, .. } => Some(Cause::TooLarge),
        cloudflare::Error::Untrusted(_) => Some(Cause::ForeignAddress),
        cloudflare::Error::Refused { .. } | cloudflare::Error::Missing { .. } | cloudflare::Error::Conflict { .. } => {
            Some(Cause::ImportRefused)
        }
        _ => None,
    }
}

/// The note about a refusal for the history. It quotes Cloudflare's words if no document explains the refusal.
pub(crate) fn refusal_note(cause: Cause, error: &cloudflare::Error) -> EventNote {
    match error.words().filter(|_| cause == Cause::ImportRefused) {
        Some(words) => EventNote::stream_refused(words),
        None => EventKind::StreamReported.note(format!("Stream refused: {}", error.user_message())),
    }
}

/// Notes the state of a recording's video; `None` if Stream does not know it.
pub(crate) async fn note_video(context: &Context, recording: &Recording, video: Option<&Video>) -> Result<(), Error> {
    let now = context.now();
    let asked = is_asked(recording.stage);
    let given_up =
        video.filter(|video| asked && !recording.facts.attached && is_given_up(context, recording, video)).cloned();
    let video = match video {
        Some(video) if settles(recording, video) => Some(keep_one(context, recording, video.clone()).await?),
        Some(video) if given_up.is_none() => Some(video.clone()),
        None if recording.facts.attached => None,
        // Another desk may have deleted this video as a duplicate, or a better one may exist than the one that was
        // waited for.
        _ => find_existing(context, recording).await?,
    };
    let Some(video) = &video else {
        // A video that was attached by hand is not replaced by another one.
        let chosen = recording.facts.attached && matches!(recording.stage, Stage::Importing(_));
        let seen = if chosen { Observation::Refused(Cause::VideoMissing) } else { Observation::VideoMissing };
        let note = match given_up.map(|video| video.state) {
            None => "Stream does not know the video.",
            Some(VideoState::PendingUpload) => "Another desk began to send the file to Stream and did not finish.",
            Some(_) => "Stream did not receive the file in time.",
        };
        let note = EventKind::StreamReported.note(note);
        context.store().observe(recording.id, seen, now, note, |facts| {
            // The next attempt makes another video, so the recording forgets this one.
            if asked && !chosen {
                facts.video = None;
            }
        })?;
        return Ok(());
    };
    let protected = match recording.facts.clip {
        Some(clip) => {
            Some(Box::pin(clips::protect(context, recording, clip, video.clone(), settles(recording, video))).await?)
        }
        None => None,
    };
    let video = protected.as_ref().unwrap_or(video);
    let Some(meaning) = observe::video(video) else { return Ok(()) };
    // A clip is made of what Stream has, so there is no file to wait for or to bring there in another way.
    let meaning = match meaning {
        Observation::VideoDownloading if protected.is_some() => Observation::VideoQueued,
        Observation::VideoFailed(Cause::SourceUnreachable) if protected.is_some() => {
            Observation::VideoFailed(Cause::EncodingFailed)
        }
        meaning => meaning,
    };
    let note = match meaning {
        Observation::VideoQueued if protected.is_some() => "Stream will cut it.".to_owned(),
        Observation::VideoDownloading if video.state == VideoState::PendingUpload => {
            "Another desk is sending the file to Stream.".to_owned()
        }
        Observation::VideoDownloading => "Stream is fetching the file.".to_owned(),
        Observation::VideoQueued => "Stream has the file and will encode it.".to_owned(),
        Observation::VideoEncoding(_) => "Stream is encoding.".to_owned(),
        Observation::VideoPlayable(_) => "Stream says that it can be watched.".to_owned(),
        _ => video
            .error
            .as_ref()
            .map_or_else(|| "Stream reported an error.".to_owned(), |error| format!("Stream reported {}.", error.code)),
    };
    let another_way = meaning == Observation::VideoFailed(Cause::SourceUnreachable);
    let note = EventKind::StreamReported.note(note);
    context.store().observe(recording.id, meaning, now, note, |facts| {
        observe::learn_video(facts, video);
        observe::notice(context, recording, facts, video);
        // The next attempt makes another video, so the recording forgets this one.
        if another_way {
            facts.video = None;
            facts.attached = false;
        }
    })?;
    if video.names_its_source() {
        scrub(context, recording, &video.uid).await?;
    }
    Ok(())
}

/// Gives up a recording, or its present way into Stream, if the deadline of its stage has passed. Must follow a check,
/// because only a check shows that the state has not changed.
pub(crate) fn overdue(context: &Context, recording: &Recording) -> Result<(), Error> {
    let now = context.now();
    let length = recording.facts.length.unwrap_or_default();
    let Some(deadline) = recording.stage.deadline(length) else { return Ok(()) };
    if now.since(recording.stage_since) > deadline {
        let asked = is_asked(recording.stage);
        // A video that was attached by hand is not replaced by another one.
        let chosen = recording.facts.attached && asked;
        let seen = if chosen { Observation::Refused(Cause::TookTooLong) } else { Observation::DeadlinePassed };
        let note = EventKind::GivenUp.note("It took longer than the limit, so Hajime gave up.");
        context.store().observe(recording.id, seen, now, note, |facts| {
            if asked && !chosen {
                facts.video = None;
            }
        })?;
    }
    Ok(())
}

/// Replaces the video's metadata by Hajime's marks and what people wrote. Stream writes the address that it fetched into the public metadata,
/// and whoever has that address can open the file.
pub(crate) async fn scrub(context: &Context, recording: &Recording, video: &VideoId) -> Result<(), Error> {
    let meta = descriptions::meta(context, recording)?;
    context.cloudflare().edit_video(video, &VideoEdit { meta: Some(meta), ..VideoEdit::default() }).await?;
    Ok(())
}
