//! From RealtimeKit's file to Stream's video, exactly once.
//!
//! Stream has no idempotency keys. The intent is committed first, the video carries our mark as its `creator`, and before anything is
//! asked for again Stream is searched for that mark.

use chrono::TimeDelta;

use super::SETTLE;
use crate::actions::capture::look;
use crate::actions::{Desk, Error, observe};
use crate::cloudflare::{self, NewVideo, Video, VideoEdit, VideoState, VideosQuery};
use crate::domain::bounds::Moved as _;
use crate::domain::cause::Cause;
use crate::domain::ids::VideoId;
use crate::domain::recording::Recording;
use crate::domain::stage::{Seen, Stage};
use crate::store::refused_because;

/// How long videos are kept unless somebody decides otherwise.
pub(super) const RETENTION: TimeDelta = TimeDelta::days(365);

/// Stream's code for an address that it does not even try.
const INVALID_URL: i64 = 10_010;

/// The HTTP status of a file that is too large.
const PAYLOAD_TOO_LARGE: u16 = 413;

pub(super) async fn import(desk: &Desk, recording: &Recording) -> Result<(), Error> {
    let now = desk.now();
    let fresh_intent = recording.stage == Stage::Uploaded;
    if fresh_intent {
        desk.store().observe(recording.id, Seen::ImportAsked, now, "Stream is asked to import the file.", |_| {})?;
    }
    if let Some(existing) = find_existing(desk, recording).await? {
        return note_video(desk, recording, Some(&existing)).await;
    }
    // Somebody asked before and died, or the reply was lost: what was asked for may still be on its way.
    if !fresh_intent {
        if now.since(recording.stage_since) < SETTLE {
            return Ok(());
        }
        desk.store().note_asked(recording.id, now)?;
    }
    let Some(new) = describe(desk, recording).await? else { return Ok(()) };
    match desk.cloud().copy(&new).await {
        Ok(video) => note_video(desk, recording, Some(&video)).await,
        Err(error) => match refusal(&error) {
            Some(cause) => {
                let note = refusal_note(cause, &error);
                desk.store().observe(recording.id, Seen::Refused(cause), desk.now(), &note, |_| {})?;
                Ok(())
            }
            None => Err(error.into()),
        },
    }
}

/// Every video that carries our mark, except what was attached by hand to another recording meanwhile.
pub(super) async fn marked(desk: &Desk, recording: &Recording) -> Result<Vec<Video>, Error> {
    let query = VideosQuery { creator: Some(recording.creator_mark()), ..VideosQuery::default() };
    let mut marked: Vec<Video> = desk.cloud().videos(&query).await?;
    marked.retain(|video| video.creator.as_deref() == Some(recording.creator_mark().as_str()));
    let mut ours = Vec::with_capacity(marked.len());
    for video in marked {
        let holder = desk.store().recording_with_video(&video.uid)?;
        if holder.is_none_or(|holder| holder.id == recording.id) {
            ours.push(video);
        }
    }
    Ok(ours)
}

/// The video that carries our mark: the oldest that is not broken. Broken ones are ours too and make way for a new attempt.
async fn find_existing(desk: &Desk, recording: &Recording) -> Result<Option<Video>, Error> {
    let (broken, mut good): (Vec<_>, Vec<_>) =
        marked(desk, recording).await?.into_iter().partition(|video| video.state == VideoState::Error);
    for video in broken {
        desk.cloud().delete_video(&video.uid).await?;
    }
    oldest_first(&mut good);
    Ok(good.into_iter().next())
}

/// The order in which every desk prefers the same one.
fn oldest_first(videos: &mut [Video]) {
    videos.sort_by(|a, b| (a.created, a.uid.as_str()).cmp(&(b.created, b.uid.as_str())));
}

/// The one video that is kept of a recording. Two desks that asked in the same moment have two: all of them keep the oldest that is
/// not broken, and the others go once that one is ready, which is written into the history.
pub(in super::super) async fn keep_one(desk: &Desk, recording: &Recording, seen: Video) -> Result<Video, Error> {
    // Somebody chose this one: nothing is removed in its favour, and nothing takes its place.
    if recording.facts.attached {
        return Ok(seen);
    }
    let mut good = marked(desk, recording).await?;
    good.retain(|video| video.state != VideoState::Error);
    // A list may lag behind what was just read.
    if seen.state != VideoState::Error && !good.iter().any(|video| video.uid == seen.uid) {
        good.push(seen.clone());
    }
    oldest_first(&mut good);
    let mut good = good.into_iter();
    let Some(kept) = good.next() else { return Ok(seen) };
    if kept.uid != seen.uid {
        let note = "Two videos were made of this recording. The older one is kept.";
        desk.store().remark(recording.id, desk.now(), note)?;
    }
    if kept.state == VideoState::Ready && kept.ready_to_stream {
        for second in good {
            desk.cloud().delete_video(&second.uid).await?;
            let note = format!("A second video of this recording was removed from Stream: {}.", second.uid);
            desk.store().remark(recording.id, desk.now(), &note)?;
        }
    }
    Ok(kept)
}

/// Whether what was seen of a video decides which one people watch.
fn settles(recording: &Recording, video: &Video) -> bool {
    match observe::video(video) {
        Some(Seen::VideoPlayable(percent)) => matches!(recording.stage, Stage::Importing(_)) || percent.get() >= 100,
        _ => false,
    }
}

/// What to ask Stream for; `None` when the file turns out to be gone.
async fn describe(desk: &Desk, recording: &Recording) -> Result<Option<NewVideo>, Error> {
    let now = desk.now();
    let Some(cloud) = &recording.facts.cloud else {
        let note = "There is no video any more, and RealtimeKit’s recording is not known.";
        desk.store().observe(recording.id, Seen::Refused(Cause::CloudMissing), now, note, |_| {})?;
        return Ok(None);
    };
    // Read again for a fresh address: it is never stored.
    let Some(seen) = look(desk, recording, cloud).await? else {
        let note = "RealtimeKit does not know the recording.";
        desk.store().observe(recording.id, Seen::Refused(Cause::CloudMissing), now, note, |_| {})?;
        return Ok(None);
    };
    let passed = desk.passed_by_both_clocks();
    let expired = seen.download_url_expiry.is_some_and(|expiry| expiry <= passed);
    let in_own_storage = seen.download_url.is_none() && seen.own_storage.is_some();
    if in_own_storage {
        let note = "RealtimeKit saved the file to your own storage.";
        desk.store().observe(recording.id, Seen::Refused(Cause::OwnStorage), now, note, |facts| {
            observe::learn_cloud(facts, &seen);
        })?;
        return Ok(None);
    }
    let Some(source) = seen.download_url.filter(|_| !expired) else {
        // Once its time is over RealtimeKit may name neither the file nor until when it was kept.
        let over = expired || recording.facts.file_expires.is_some_and(|expiry| expiry <= passed);
        let cause = if over { Cause::FileExpired } else { Cause::NoFile };
        desk.store().observe(recording.id, Seen::Refused(cause), now, "RealtimeKit has no file to import.", |_| {})?;
        return Ok(None);
    };
    // Stream would fetch whatever is there and call it this class.
    if let Err(error) = desk.cloud().trusted_file(&source) {
        let note = error.user_message();
        desk.store().observe(recording.id, Seen::Refused(Cause::ForeignAddress), now, &note, |_| {})?;
        return Ok(None);
    }
    Ok(Some(NewVideo {
        source,
        name: recording.title.clone(),
        meta: recording.marks(),
        creator: Some(recording.creator_mark()),
        require_signed_urls: true,
        scheduled_deletion: Some(now.later(RETENTION)),
    }))
}

/// Why Stream will not import at all; `None` for what passes by itself or concerns the connection and not the file.
pub(super) fn refusal(error: &cloudflare::Error) -> Option<Cause> {
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

/// What the history says of it. A reason that no document names is told in Cloudflare's words.
pub(super) fn refusal_note(cause: Cause, error: &cloudflare::Error) -> String {
    match error.words().filter(|_| cause == Cause::ImportRefused) {
        Some(words) => refused_because(words),
        None => format!("Stream refused: {}", error.user_message()),
    }
}

/// Notes what Stream says of a video.
pub(super) async fn note_video(desk: &Desk, recording: &Recording, video: Option<&Video>) -> Result<(), Error> {
    let now = desk.now();
    let video = match video {
        Some(video) if settles(recording, video) => Some(keep_one(desk, recording, video.clone()).await?),
        Some(video) => Some(video.clone()),
        None if recording.facts.attached => None,
        // Another desk may have removed the second of two.
        None => find_existing(desk, recording).await?,
    };
    let Some(video) = &video else {
        // What somebody chose by hand is not replaced by what they did not choose.
        let chosen = recording.facts.attached && matches!(recording.stage, Stage::Importing(_));
        let seen = if chosen { Seen::Refused(Cause::VideoMissing) } else { Seen::VideoMissing };
        desk.store().observe(recording.id, seen, now, "Stream does not know the video.", |_| {})?;
        return Ok(());
    };
    let Some(meaning) = observe::video(video) else { return Ok(()) };
    let note = match meaning {
        Seen::VideoDownloading => "Stream is fetching the file.".to_owned(),
        Seen::VideoQueued => "Stream has the file and will encode it.".to_owned(),
        Seen::VideoEncoding(_) => "Stream is encoding.".to_owned(),
        Seen::VideoPlayable(_) => "Stream says that it can be watched.".to_owned(),
        _ => video
            .error
            .as_ref()
            .map_or_else(|| "Stream reported an error.".to_owned(), |error| format!("Stream reported {}.", error.code)),
    };
    let another_way = meaning == Seen::VideoFailed(Cause::SourceUnreachable);
    desk.store().observe(recording.id, meaning, now, &note, |facts| {
        observe::learn_video(facts, video);
        // What comes next is another video; this one makes way for it.
        if another_way {
            facts.video = None;
            facts.attached = false;
        }
    })?;
    if video.names_its_source() {
        scrub(desk, recording, &video.uid).await?;
    }
    Ok(())
}

/// Sets our marks and nothing else. Stream writes the address it fetched into the video’s public metadata, and that address opens the file.
pub(super) async fn scrub(desk: &Desk, recording: &Recording, video: &VideoId) -> Result<(), Error> {
    let mut meta = recording.marks();
    meta.insert("name".to_owned(), recording.title.clone());
    desk.cloud().edit_video(video, &VideoEdit { meta: Some(meta), ..VideoEdit::default() }).await?;
    Ok(())
}
