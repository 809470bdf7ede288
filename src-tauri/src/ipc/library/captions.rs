//! The captions of a recording, and the check of its picture and sound.

use hajime_core::actions::library::captions::{self, CaptionsView, CueChange};
use hajime_core::actions::library::checks;
use hajime_core::domain::library::captions::CaptionsState;
use hajime_core::domain::library::check::{Check, Flaw, HalfState, Stretch};
use hajime_core::domain::recorder::session_text::{Language, TranscriptLine};
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};

hajime_macros::commands![
    recording_captions,
    recording_captions_ask,
    recording_captions_lines,
    recording_captions_generate,
    recording_captions_upload,
    recording_captions_edit,
    recording_captions_delete,
    recording_check,
    recording_check_again,
];

/// Returns the captions of a recording that this desk knows of.
#[hajime_macros::command]
pub(crate) async fn recording_captions(
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<Vec<CaptionsDto>, UserError> {
    let here = accounts.current().await?;
    Ok(dtos(captions::known(&here.context, crate::ipc::id(&id)?)?))
}

/// Asks Stream which captions a recording has, and returns them.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_captions_ask(
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<Vec<CaptionsDto>, UserError> {
    let here = accounts.current().await?;
    Ok(dtos(captions::list(&here.context, crate::ipc::id(&id)?).await?))
}

/// Returns at most 500 lines of the captions of a recording, from this one on. Lines count from 0.
#[hajime_macros::command]
pub(crate) async fn recording_captions_lines(
    accounts: State<'_, Accounts>,
    id: String,
    language: String,
    from: u32,
) -> Result<Vec<CaptionLineDto>, UserError> {
    let context = accounts.current().await?.context.clone();
    let (id, language) = (crate::ipc::id(&id)?, parsed(&language)?);
    let lines = blocking(move || captions::lines(&context, id, &language, from)).await?;
    Ok(lines.into_iter().map(CaptionLineDto::from).collect())
}

/// Has Stream make captions in a language.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_captions_generate(
    accounts: State<'_, Accounts>,
    id: String,
    language: String,
) -> Result<Vec<CaptionsDto>, UserError> {
    let here = accounts.current().await?;
    Ok(dtos(captions::generate(&here.context, crate::ipc::id(&id)?, &parsed(&language)?).await?))
}

/// Uploads the text of a `WebVTT` or `SubRip` file as captions in a language.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_captions_upload(
    accounts: State<'_, Accounts>,
    id: String,
    language: String,
    text: String,
) -> Result<Vec<CaptionsDto>, UserError> {
    let here = accounts.current().await?;
    let id = crate::ipc::id(&id)?;
    Ok(dtos(captions::upload(&here.context, id, &parsed(&language)?, text.as_bytes()).await?))
}

/// Changes the text of captions. Their times stay.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_captions_edit(
    accounts: State<'_, Accounts>,
    id: String,
    language: String,
    changes: Vec<CueChangeDto>,
) -> Result<Vec<CaptionsDto>, UserError> {
    let here = accounts.current().await?;
    let changes: Vec<CueChange> = changes.into_iter().map(CueChange::from).collect();
    Ok(dtos(captions::edit(&here.context, crate::ipc::id(&id)?, &parsed(&language)?, &changes).await?))
}

/// Deletes captions at Stream and on this computer.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_captions_delete(
    accounts: State<'_, Accounts>,
    id: String,
    language: String,
) -> Result<Vec<CaptionsDto>, UserError> {
    let here = accounts.current().await?;
    Ok(dtos(captions::delete(&here.context, crate::ipc::id(&id)?, &parsed(&language)?).await?))
}

/// Returns what is known of the picture and the sound of a recording; `null` where it was not checked.
#[hajime_macros::command]
pub(crate) async fn recording_check(
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<Option<VideoCheckDto>, UserError> {
    let here = accounts.current().await?;
    Ok(checks::known(&here.context, crate::ipc::id(&id)?)?.map(VideoCheckDto::from))
}

/// Checks the picture and the sound of a recording again. The result follows in a minute.
#[hajime_macros::command(changes(Recordings))]
pub(crate) async fn recording_check_again(
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<VideoCheckDto, UserError> {
    let here = accounts.current().await?;
    Ok(checks::begin(&here.context, crate::ipc::id(&id)?)?.into())
}

fn parsed(language: &str) -> Result<Language, UserError> {
    Ok(language.parse::<Language>()?)
}

fn dtos(all: Vec<CaptionsView>) -> Vec<CaptionsDto> {
    all.into_iter().map(CaptionsDto::from).collect()
}

/// The captions of a recording in one language.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CaptionsDto {
    /// The language as a BCP 47 tag.
    language: String,
    /// Whether Stream made them and nobody changed them.
    generated: bool,
    state: CaptionsStateDto,
    /// The number of lines that are kept on this computer.
    lines: u32,
}

/// How far captions are.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "CaptionsState")]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaptionsStateDto {
    /// Stream is to be asked to make them.
    Asked,
    /// Stream makes them.
    InProgress,
    /// They are there.
    Ready,
    /// Stream could not make them.
    Failed,
    /// They were deleted.
    Deleted,
    /// An archive had them, and the video gets them once it can be watched.
    Waiting,
}

impl From<CaptionsView> for CaptionsDto {
    fn from(view: CaptionsView) -> Self {
        let CaptionsView { captions, lines } = view;
        let state = match captions.state {
            CaptionsState::Asked => CaptionsStateDto::Asked,
            CaptionsState::InProgress => CaptionsStateDto::InProgress,
            CaptionsState::Ready => CaptionsStateDto::Ready,
            CaptionsState::Failed => CaptionsStateDto::Failed,
            CaptionsState::Deleted => CaptionsStateDto::Deleted,
            CaptionsState::Waiting => CaptionsStateDto::Waiting,
        };
        Self { language: captions.language.to_string(), generated: captions.generated, state, lines }
    }
}

/// A line of captions.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CaptionLineDto {
    /// When it begins in the video, in milliseconds.
    start_ms: i64,
    /// When it ends, in milliseconds.
    end_ms: i64,
    text: String,
}

impl From<TranscriptLine> for CaptionLineDto {
    fn from(line: TranscriptLine) -> Self {
        Self { start_ms: line.start_ms, end_ms: line.end_ms, text: line.text }
    }
}

/// A new text of a line.
#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct CueChangeDto {
    /// The number of the line, from 0.
    n: u32,
    /// When it begins, as it was shown.
    start_ms: u64,
    text: String,
}

impl From<CueChangeDto> for CueChange {
    fn from(change: CueChangeDto) -> Self {
        let CueChangeDto { n, start_ms, text } = change;
        Self { n: usize::try_from(n).unwrap_or(usize::MAX), start_ms, text }
    }
}

/// The check of the picture and the sound of a recording.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct VideoCheckDto {
    /// Whether a part of it is still to come.
    waits: bool,
    /// Whether nothing is heard in the whole video.
    muted: bool,
    /// The result in one sentence.
    sentence: String,
    stretches: Vec<StretchDto>,
}

/// A part of a video in which something is wrong.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct StretchDto {
    flaw: FlawDto,
    words: String,
    /// Where it begins in the video, in milliseconds.
    start_ms: u64,
    /// Where it ends, in milliseconds.
    end_ms: u64,
}

/// What is wrong with a part of a video.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "Flaw")]
#[serde(rename_all = "snake_case")]
pub(crate) enum FlawDto {
    /// The picture has one colour.
    Blank,
    /// The picture is nearly plain and stands still.
    Offline,
    /// The picture stands still.
    Frozen,
    /// Nothing is heard.
    Silent,
}

impl From<Check> for VideoCheckDto {
    fn from(check: Check) -> Self {
        Self {
            waits: [check.picture, check.sound].contains(&HalfState::Waiting),
            muted: check.muted,
            sentence: check.sentence(),
            stretches: check.stretches.into_iter().map(StretchDto::from).collect(),
        }
    }
}

impl From<Stretch> for StretchDto {
    fn from(stretch: Stretch) -> Self {
        let flaw = match stretch.flaw {
            Flaw::Blank => FlawDto::Blank,
            Flaw::Offline => FlawDto::Offline,
            Flaw::Frozen => FlawDto::Frozen,
            Flaw::Silent => FlawDto::Silent,
        };
        Self { flaw, words: stretch.flaw.words().to_owned(), start_ms: stretch.start_ms, end_ms: stretch.end_ms }
    }
}
