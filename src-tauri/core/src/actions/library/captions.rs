//! The captions of a recording: which there are, making, uploading, editing and deleting them.

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::domain::invalid::Invalid;
use crate::domain::library::captions::{
    self as domain, CaptionsState, Cue, FileProblem, RecordingCaptions, can_be_generated,
};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::session_text::{Language, TranscriptLine};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::{captions, playback};

/// The most lines of one answer.
pub const PAGE_MAX: u32 = 500;
/// The most changes of one edit.
const CHANGES_MAX: usize = 500;

/// Captions as people see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionsView {
    /// The captions.
    pub captions: RecordingCaptions,
    /// The number of their lines that are kept on this computer.
    pub lines: u32,
}

/// A new text of a cue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CueChange {
    /// The number of the cue, from 0.
    pub n: usize,
    /// When the cue begins, in milliseconds, as the person saw it.
    pub start_ms: u64,
    /// The new text.
    pub text: String,
}

/// The captions of a recording that are known, without those that were deleted.
pub fn known(context: &Context, id: RecordingId) -> Result<Vec<CaptionsView>, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    let all = context.store().captions_of(id)?.into_iter();
    all.filter(|one| one.state != CaptionsState::Deleted)
        .map(|captions| {
            let lines = context.store().caption_line_count(id, &captions.language)?;
            Ok(CaptionsView { captions, lines })
        })
        .collect()
}

/// Asks Stream which captions a recording has, and returns them.
pub async fn list(context: &Context, id: RecordingId) -> Result<Vec<CaptionsView>, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    captions::refresh(context, &recordings::get(context, id)?).await?;
    known(context, id)
}

/// Lines of the captions of a recording, from the `from`-th on.
pub fn lines(context: &Context, id: RecordingId, language: &Language, from: u32) -> Result<Vec<TranscriptLine>, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    Ok(context.store().caption_lines(id, language, from, PAGE_MAX)?)
}

/// Has Stream make captions. There is one set of captions for each language, so those in this language have to be deleted
/// first, unless they failed.
pub async fn generate(context: &Context, id: RecordingId, language: &Language) -> Result<Vec<CaptionsView>, Error> {
    guard::allow_recording(context, Permission::Describe, id)?;
    let recording = recordings::get(context, id)?;
    if !can_be_generated(language) {
        return Err(no_such_language(language));
    }
    captions::refresh(context, &recording).await?;
    let known = context.store().captions_of(id)?.into_iter().find(|one| one.language == *language);
    let video = playback::watchable(context, &recording)?.id;
    match known.as_ref().map(|one| one.state) {
        Some(CaptionsState::Ready | CaptionsState::Waiting) => {
            return Err(Error::Conflict {
                message: format!("“{}” has captions in this language ({language}).", recording.title),
                next: "Delete them first. Stream keeps one set of captions for each language.",
            });
        }
        Some(CaptionsState::InProgress) => return self::known(context, id),
        Some(CaptionsState::Failed) => context.cloudflare().delete_captions(video, language).await?,
        Some(CaptionsState::Asked | CaptionsState::Deleted) | None => {}
    }
    let now = context.now();
    let asked =
        RecordingCaptions { language: language.clone(), generated: true, state: CaptionsState::Asked, since: now };
    context.store().note_captions(id, video, &asked, Some(now))?;
    captions::go_on(context, &recording, language).await?;
    context.wake_jobs();
    self::known(context, id)
}

/// Uploads captions from a `WebVTT` or `SubRip` file, in the place of those that the recording has in this language.
pub async fn upload(
    context: &Context,
    id: RecordingId,
    language: &Language,
    file: &[u8],
) -> Result<Vec<CaptionsView>, Error> {
    guard::allow_recording(context, Permission::Describe, id)?;
    let recording = recordings::get(context, id)?;
    let cues = domain::read(file).map_err(refused)?;
    put(context, &recording, language, &cues).await?;
    known(context, id)
}

/// Changes the text of cues and uploads the captions again. Their times stay. Captions that Stream made count as written by
/// people from then on.
pub async fn edit(
    context: &Context,
    id: RecordingId,
    language: &Language,
    changes: &[CueChange],
) -> Result<Vec<CaptionsView>, Error> {
    guard::allow_recording(context, Permission::Describe, id)?;
    let recording = recordings::get(context, id)?;
    let video = playback::watchable(context, &recording)?.id;
    if changes.is_empty() || changes.len() > CHANGES_MAX {
        let message = format!("{} changes cannot be made at once.", changes.len());
        return Err(Invalid::one("changes", message, "Change between 1 and 500 captions.").into());
    }
    let text = context.cloudflare().captions_text(video, language).await?;
    let text = text.ok_or_else(|| Error::NotAtCloudflare { what: "captions", id: language.to_string() })?;
    let mut cues = domain::read(&text).map_err(|problem| Error::Conflict {
        message: format!("The captions at Stream cannot be edited here. {problem}"),
        next: "Upload them as a file instead.",
    })?;
    for change in changes {
        let cue = cues.get_mut(change.n).filter(|cue| cue.start_ms == change.start_ms);
        let cue = cue.ok_or_else(|| Error::Conflict {
            message: "The captions were changed meanwhile.".to_owned(),
            next: "Open them again, then make your change.",
        })?;
        cue.text = domain::checked_text(&change.text).map_err(|problem| {
            Error::from(Invalid::one(
                "text",
                FileProblem { problem, line: None }.to_string(),
                "Write a text of at most 1,000 characters, or delete the captions.",
            ))
        })?;
    }
    put(context, &recording, language, &cues).await?;
    known(context, id)
}

/// Deletes captions at Stream and here. They are not made again by themselves.
pub async fn delete(context: &Context, id: RecordingId, language: &Language) -> Result<Vec<CaptionsView>, Error> {
    guard::allow_recording(context, Permission::Describe, id)?;
    let recording = recordings::get(context, id)?;
    let video = playback::watchable(context, &recording)?.id;
    context.cloudflare().delete_captions(video, language).await?;
    let gone = RecordingCaptions {
        language: language.clone(),
        generated: false,
        state: CaptionsState::Deleted,
        since: context.now(),
    };
    context.store().note_captions(id, video, &gone, None)?;
    context.changed(&[Topic::Recordings]);
    known(context, id)
}

async fn put(context: &Context, recording: &Recording, language: &Language, cues: &[Cue]) -> Result<(), Error> {
    let video = playback::watchable(context, recording)?.id;
    context.cloudflare().put_captions(video, language, &domain::write(cues)).await?;
    let captions = RecordingCaptions {
        language: language.clone(),
        generated: false,
        state: CaptionsState::Ready,
        since: context.now(),
    };
    let place = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    let lines = cues.iter().map(|cue| TranscriptLine {
        start_ms: place(cue.start_ms),
        end_ms: place(cue.end_ms),
        name: String::new(),
        text: cue.text.clone(),
    });
    context.store().note_captions(recording.id, video, &captions, None)?;
    context.store().put_caption_lines(recording.id, language, &lines.collect::<Vec<_>>())?;
    context.changed(&[Topic::Recordings]);
    Ok(())
}

fn refused(problem: FileProblem) -> Error {
    Invalid::one("file", problem.to_string(), "Correct the file, then upload it again.").into()
}

fn no_such_language(language: &Language) -> Error {
    let message = format!("Stream makes no captions in “{language}”.");
    Invalid::one("language", message, "Choose one of cs, nl, en, fr, de, it, ja, ko, pl, pt, ru and es.").into()
}
