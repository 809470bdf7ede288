//! Has Stream make captions, and keeps what they say on this computer, so that a search finds it.
//!
//! Before Stream is asked, the wish is in the database. After a crash or a lost reply Stream’s list of captions says whether they
//! exist before they are asked for again.

use crate::cloudflare::{self, CaptionsStatus};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::VideoId;
use crate::domain::library::captions::{CaptionsState, RecordingCaptions};
use crate::domain::library::check::wait_after;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::session_text::transcript::{self, NamesInText};
use crate::domain::recorder::session_text::{Language, UnreadableFile};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::playback;

/// Reads from Stream which captions a video has, and fetches those that are new or changed. Captions that Stream does not list
/// any more are deleted here too.
pub(crate) async fn refresh(context: &Context, recording: &Recording) -> Result<(), Error> {
    let video = playback::watchable(context, recording)?.id;
    let listed = context.cloudflare().captions(video).await?;
    let known = context.store().captions_of(recording.id)?;
    for captions in &listed {
        take_over(context, recording, video, captions, known.iter().find(|one| one.language == captions.language))
            .await?;
    }
    for gone in known.into_iter().filter(|one| !listed.iter().any(|listed| listed.language == one.language)) {
        if matches!(gone.state, CaptionsState::Ready | CaptionsState::InProgress | CaptionsState::Failed) {
            let gone = RecordingCaptions { state: CaptionsState::Deleted, ..gone };
            context.store().note_captions(recording.id, video, &gone, None)?;
        }
    }
    context.changed(&[Topic::Recordings]);
    Ok(())
}

/// Goes on with captions that were asked for: asks Stream to make them, or how far they are.
pub(crate) async fn go_on(context: &Context, recording: &Recording, language: &Language) -> Result<(), Error> {
    let (id, now) = (recording.id, context.now());
    let video = playback::watchable(context, recording)?.id;
    let known = context.store().captions_of(id)?.into_iter().find(|one| one.language == *language);
    let Some(known) = known.filter(|known| known.state.is_under_way()) else { return Ok(()) };
    let listed = context.cloudflare().captions(video).await?;
    if let Some(captions) = listed.iter().find(|one| one.language == *language) {
        take_over(context, recording, video, captions, Some(&known)).await?;
    } else if known.state == CaptionsState::Asked {
        let failed = match context.cloudflare().generate_captions(video, language).await {
            Ok(()) => false,
            // The same question gets the same answer.
            Err(cloudflare::Error::Refused { .. } | cloudflare::Error::Conflict { .. }) => true,
            Err(error) => return Err(error.into()),
        };
        let state = if failed { CaptionsState::Failed } else { CaptionsState::InProgress };
        let next = if failed { None } else { wait_after(0).map(|wait| now.later(wait)) };
        let captions = RecordingCaptions { generated: true, state, since: now, ..known };
        context.store().note_captions(id, video, &captions, next)?;
    } else {
        // Somebody deleted them while Stream made them.
        context.store().note_captions(
            id,
            video,
            &RecordingCaptions { state: CaptionsState::Deleted, ..known },
            None,
        )?;
    }
    context.changed(&[Topic::Recordings]);
    Ok(())
}

/// Puts off captions that Stream was asked for in vain; gives them up after the last time.
pub(crate) fn put_off(context: &Context, recording: &Recording, language: &Language) -> Result<(), Error> {
    let now = context.now();
    let first = wait_after(0).unwrap_or_default();
    let tries = context.store().put_captions_off(recording.id, language, now.later(first))?;
    match (wait_after(tries), recording.facts.video.as_ref()) {
        (Some(wait), _) => {
            context.store().put_captions_off(recording.id, language, now.later(wait))?;
        }
        (None, Some(video)) => fail(context, recording, video, language)?,
        (None, None) => {}
    }
    Ok(())
}

fn fail(context: &Context, recording: &Recording, video: &VideoId, language: &Language) -> Result<(), Error> {
    let known = context.store().captions_of(recording.id)?.into_iter().find(|one| one.language == *language);
    if let Some(known) = known {
        let failed = RecordingCaptions { state: CaptionsState::Failed, ..known };
        context.store().note_captions(recording.id, video, &failed, None)?;
        context.changed(&[Topic::Recordings]);
    }
    Ok(())
}

/// Stores captions as Stream lists them. The text is fetched when they have become ready, or changed.
async fn take_over(
    context: &Context,
    recording: &Recording,
    video: &VideoId,
    listed: &cloudflare::Captions,
    known: Option<&RecordingCaptions>,
) -> Result<(), Error> {
    let (id, now) = (recording.id, context.now());
    let state = match listed.status {
        CaptionsStatus::InProgress => CaptionsState::InProgress,
        CaptionsStatus::Ready => CaptionsState::Ready,
        CaptionsStatus::Failed => CaptionsState::Failed,
    };
    let since = known.filter(|known| known.state == state).map_or(now, |known| known.since);
    let captions = RecordingCaptions { language: listed.language.clone(), generated: listed.generated, state, since };
    if state == CaptionsState::InProgress {
        // Questions are rarer the longer it takes.
        let age = now.since(since);
        let wait = age.max(wait_after(0).unwrap_or_default()).min(chrono::TimeDelta::minutes(2));
        context.store().note_captions(id, video, &captions, Some(now.later(wait)))?;
        return Ok(());
    }
    let mut lines = None;
    if state == CaptionsState::Ready {
        let Some(text) = context.cloudflare().captions_text(video, &listed.language).await? else { return Ok(()) };
        let read = move || transcript::read(&text, NamesInText::None, None);
        let read = context.supervisor().spawn_blocking("reading captions", read).join().await?;
        // What cannot be read is shown by players all the same, but no search finds it.
        lines = Some(read.map_or_else(|UnreadableFile| Vec::new(), |read| read.all));
    }
    context.store().note_captions(id, video, &captions, None)?;
    if let Some(lines) = lines {
        context.store().put_caption_lines(id, &listed.language, &lines)?;
    }
    Ok(())
}
