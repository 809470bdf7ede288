//! Has Stream make captions, or take those of an archive, and keeps what they say on this computer, so that a search finds it.
//!
//! Before Stream is asked, the wish is in the database. After a crash or a lost reply Stream’s list of captions says whether they
//! exist before they are asked for again.

use chrono::TimeDelta;

use crate::cloudflare::{self, CaptionsStatus};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RecordingId, VideoId};
use crate::domain::library::captions::{self as domain, CaptionsState, Cue, RecordingCaptions};
use crate::domain::library::check::wait_after;
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::recorder::session_text::transcript::{self, NamesInText};
use crate::domain::recorder::session_text::{LINES_MAX, Language, TranscriptLine, UnreadableFile};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::playback;

/// How often captions are looked at while they, or the video of those of an archive, are on their way to Stream.
const WAIT_FOR_STREAM: TimeDelta = TimeDelta::minutes(1);
/// The same while their recording has failed, or Stream did not take them.
const WAIT_FOR_FAILED: TimeDelta = TimeDelta::hours(1);

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
    let known = context.store().captions_of(id)?.into_iter().find(|one| one.language == *language);
    let Some(known) = known.filter(|known| known.state.is_under_way()) else { return Ok(()) };
    let is_waiting = known.state == CaptionsState::Waiting;
    if is_waiting && recording.status() != Status::Ready {
        let wait = if recording.status() == Status::Failed { WAIT_FOR_FAILED } else { WAIT_FOR_STREAM };
        return Ok(context.store().ask_about_captions_at(id, language, now.later(wait))?);
    }
    let video = playback::watchable(context, recording)?.id;
    let listed = context.cloudflare().captions(video).await?;
    let there = listed.iter().find(|one| one.language == *language);
    if let Some(captions) = there.filter(|there| !give_way(there, &known)) {
        take_over(context, recording, video, captions, Some(&known)).await?;
    } else if is_waiting {
        return upload_again(context, recording, video, &known).await;
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

/// Whether captions that Stream lists give way to those of an archive: it could not make them, or it made them and a person wrote
/// those of the archive.
fn give_way(listed: &cloudflare::Captions, known: &RecordingCaptions) -> bool {
    let give_way = match listed.status {
        CaptionsStatus::InProgress => false,
        CaptionsStatus::Ready => listed.generated && !known.generated,
        CaptionsStatus::Failed => true,
    };
    known.state == CaptionsState::Waiting && give_way
}

/// Uploads the captions that an archive had, in the place of those that give way to them.
async fn upload_again(
    context: &Context,
    recording: &Recording,
    video: &VideoId,
    known: &RecordingCaptions,
) -> Result<(), Error> {
    let lines = all_lines(context, recording.id, &known.language)?;
    let text = domain::write(&lines.iter().filter_map(cue).collect::<Vec<_>>());
    let state = match context.cloudflare().put_captions(video, &known.language, &text).await {
        Ok(()) => CaptionsState::Ready,
        // The same captions get the same answer.
        Err(cloudflare::Error::Refused { .. }) => CaptionsState::Failed,
        Err(error) => return Err(error.into()),
    };
    let captions = RecordingCaptions { state, since: context.now(), ..known.clone() };
    context.store().note_captions(recording.id, video, &captions, None)?;
    context.changed(&[Topic::Recordings]);
    Ok(())
}

/// The lines of captions that are kept on this computer.
fn all_lines(context: &Context, id: RecordingId, language: &Language) -> Result<Vec<TranscriptLine>, Error> {
    Ok(context.store().caption_lines(id, language, 0, u32::try_from(LINES_MAX).unwrap_or(u32::MAX))?)
}

fn cue(line: &TranscriptLine) -> Option<Cue> {
    let (start_ms, end_ms) = (u64::try_from(line.start_ms).ok()?, u64::try_from(line.end_ms).ok()?);
    (start_ms < end_ms).then(|| Cue { start_ms, end_ms, text: line.text.clone() })
}

/// Whether Stream made captions with these lines and nobody changed them. Of captions that were uploaded, Stream says only that
/// it did not make them; those of an archive are known to be made by it as long as their text is the same.
pub(crate) fn are_generated(
    context: &Context,
    id: RecordingId,
    listed: &cloudflare::Captions,
    lines: &[TranscriptLine],
) -> Result<bool, Error> {
    if listed.generated {
        return Ok(true);
    }
    let known = context.store().captions_of(id)?.into_iter().find(|one| one.language == listed.language);
    let was_generated = known.is_some_and(|known| known.generated && known.state.has_text());
    Ok(was_generated && all_lines(context, id, &listed.language)? == lines)
}

/// Reads captions as players do: what cannot be read is left out.
pub(crate) async fn lines_of(context: &Context, text: Vec<u8>) -> Result<Vec<TranscriptLine>, Error> {
    let read = move || transcript::read(&text, NamesInText::None, None);
    let read = context.supervisor().spawn_blocking("reading captions", read).join().await?;
    Ok(read.map_or_else(|UnreadableFile| Vec::new(), |read| read.all))
}

/// Notes that Stream refused or did not answer a request for captions, and when it is asked again. After the last try the
/// captions count as failed, except those of an archive: nobody else has them, so Stream is asked for them again and again.
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
        if known.state == CaptionsState::Waiting {
            let later = context.now().later(WAIT_FOR_FAILED);
            return Ok(context.store().ask_about_captions_at(recording.id, language, later)?);
        }
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
    let ask_later = || context.store().ask_about_captions_at(id, &listed.language, now.later(WAIT_FOR_STREAM));
    let stay = |known: &RecordingCaptions| {
        let is_early = known.state == CaptionsState::Waiting && listed.status == CaptionsStatus::InProgress;
        is_early || give_way(listed, known)
    };
    if known.is_some_and(stay) {
        // The archive had them, and its captions are not lost for others that may fail.
        return Ok(ask_later()?);
    }
    let state = match listed.status {
        CaptionsStatus::InProgress => CaptionsState::InProgress,
        CaptionsStatus::Ready => CaptionsState::Ready,
        CaptionsStatus::Failed => CaptionsState::Failed,
    };
    let since = known.filter(|known| known.state == state).map_or(now, |known| known.since);
    let mut captions =
        RecordingCaptions { language: listed.language.clone(), generated: listed.generated, state, since };
    if state == CaptionsState::InProgress {
        // Questions are rarer the longer it takes.
        let age = now.since(since);
        let wait = age.max(wait_after(0).unwrap_or_default()).min(TimeDelta::minutes(2));
        context.store().note_captions(id, video, &captions, Some(now.later(wait)))?;
        return Ok(());
    }
    let mut lines = None;
    if state == CaptionsState::Ready {
        let Some(text) = context.cloudflare().captions_text(video, &listed.language).await? else {
            // Stream lists them and does not give them out yet.
            if known.is_some_and(|known| known.state.is_under_way()) {
                ask_later()?;
            }
            return Ok(());
        };
        // What cannot be read is shown by players all the same, but no search finds it.
        let read = lines_of(context, text).await?;
        captions.generated = are_generated(context, id, listed, &read)?;
        lines = Some(read);
    }
    context.store().note_captions(id, video, &captions, None)?;
    if let Some(lines) = lines {
        context.store().put_caption_lines(id, &listed.language, &lines)?;
    }
    Ok(())
}
