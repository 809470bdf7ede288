//! What became of a class: when it was held, who was there, its recordings, its chat and its transcript; and saving these
//! as files.

use std::path::PathBuf;

use hajime_core::actions::recorder::history::{self, History, Recorded};
use hajime_core::actions::recorder::session_texts::{self, Shown, TextView};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::recorder::extensions::Extension;
use hajime_core::domain::recorder::pauses::Pause;
use hajime_core::domain::recorder::session_text::files::TextFormat;
use hajime_core::domain::recorder::session_text::{ChatLine, Source, TextKind, TextState, TranscriptLine};
use hajime_core::domain::schedule::attendance_list::Attendee;
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::{Accounts, ActiveProfile, blocking};
use crate::ipc::library::recordings::{RecordingDto, SavedDto};
use crate::ipc::recorder::live_room::ConsentDto;
use crate::ipc::schedule::SessionDto;
use crate::ipc::schedule::roster::RoleDto;
use crate::ipc::user_error::UserErrorShape;
use crate::ipc::{id, instant, maybe_instant};

hajime_macros::commands![session_history, session_chat, session_transcript, session_attendance_save, session_text_save,];

/// Returns what became of a class.
#[hajime_macros::command]
pub(crate) async fn session_history(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<HistoryDto, UserError> {
    let here = accounts.current().await?;
    HistoryDto::new(&here, history::history(&here.context, id(&session_id)?).await?)
}

/// Returns at most 500 lines of the chat of a class, from this one on. Lines count from 0.
#[hajime_macros::command]
pub(crate) async fn session_chat(
    accounts: State<'_, Accounts>,
    session_id: String,
    from: u32,
) -> Result<Vec<ChatLineDto>, UserError> {
    let (context, session) = (accounts.current().await?.context.clone(), id(&session_id)?);
    let lines = blocking(move || session_texts::chat(&context, session, from)).await?;
    Ok(lines.into_iter().map(ChatLineDto::from).collect())
}

/// Returns at most 500 lines of the transcript of a class, from this one on. Lines count from 0.
#[hajime_macros::command]
pub(crate) async fn session_transcript(
    accounts: State<'_, Accounts>,
    session_id: String,
    from: u32,
) -> Result<TranscriptDto, UserError> {
    let (context, session) = (accounts.current().await?.context.clone(), id(&session_id)?);
    let told = blocking(move || session_texts::transcript(&context, session, from)).await?;
    Ok(TranscriptDto { lines: told.lines.into_iter().map(TranscriptLineDto::from).collect(), in_video: told.in_video })
}

/// Saves the list of who attended a class as CSV in the folder for downloads.
#[hajime_macros::command]
pub(crate) async fn session_attendance_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<SavedDto, UserError> {
    let here = accounts.current().await?;
    let folder = downloads(&app, "Save it from a terminal: hajime-cli session attendance ID --csv FILE.")?;
    let (path, bytes) = history::save_attendance_into(&here.context, id(&session_id)?, &folder).await?;
    Ok(SavedDto::new(&path, bytes))
}

/// Saves the chat or the transcript of a class as a file in the folder for downloads.
#[hajime_macros::command]
pub(crate) async fn session_text_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    session_id: String,
    kind: TextKindDto,
    format: TextFormatDto,
) -> Result<SavedDto, UserError> {
    let (context, session) = (accounts.current().await?.context.clone(), id(&session_id)?);
    let next = match kind {
        TextKindDto::Chat => "Save it from a terminal: hajime-cli session chat ID --format txt > FILE.",
        TextKindDto::Transcript => "Save it from a terminal: hajime-cli session transcript ID --format txt > FILE.",
    };
    let folder = downloads(&app, next)?;
    let work = move || session_texts::save_into(&context, session, kind.into(), format.into(), &folder);
    let (path, bytes) = blocking(work).await?;
    Ok(SavedDto::new(&path, bytes))
}

/// The folder for downloads, which is made if it is missing.
fn downloads(app: &AppHandle, next: &str) -> Result<PathBuf, UserError> {
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        UserError::new(ErrorCode::File, "This computer has no folder for downloads.", next)
    })?;
    std::fs::create_dir_all(&folder).ok();
    Ok(folder)
}

/// What became of a class.
#[derive(Debug, Serialize, TS)]
pub(crate) struct HistoryDto {
    session: SessionDto,
    /// When the room was opened; `null` where the class was not held.
    opened_at: Option<String>,
    /// When the class was ended; `null` while it is live.
    ended_at: Option<String>,
    /// The people: those who were in the room by when they first joined, then those of the list who were not seen.
    people: Vec<AttendeeDto>,
    /// Why Cloudflare was not heard; `null` where it was. Without it, people who are not on the list are missing.
    #[ts(as = "Option<UserErrorShape>")]
    people_incomplete: Option<UserError>,
    extensions: Vec<ExtensionDto>,
    /// The recordings, newest first.
    recordings: Vec<RecordedDto>,
    chat: TextDto,
    transcript: TextDto,
}

impl HistoryDto {
    fn new(here: &ActiveProfile, history: History) -> Result<Self, UserError> {
        Ok(Self {
            opened_at: maybe_instant(history.session.state.room().map(|room| room.opened_at)),
            ended_at: maybe_instant(history.session.state.ended_at()),
            session: sessions::view(&here.context, history.session)?.into(),
            people: history.people.into_iter().map(AttendeeDto::from).collect(),
            people_incomplete: history.unheard.map(UserError::from),
            extensions: history.extensions.into_iter().map(ExtensionDto::from).collect(),
            recordings: history.recordings.into_iter().map(RecordedDto::from).collect(),
            chat: history.chat.into(),
            transcript: history.transcript.into(),
        })
    }
}

/// Somebody who was in the room of a class, or was expected there.
#[derive(Debug, Serialize, TS)]
pub(crate) struct AttendeeDto {
    /// The name on the list, or else the one that they gave themselves; empty where there is none.
    name: String,
    role: RoleDto,
    /// When they first joined; `null` where they were not seen.
    joined_at: Option<String>,
    /// When they left for the last time.
    left_at: Option<String>,
    present_minutes: i64,
    consent: ConsentDto,
}

impl From<Attendee> for AttendeeDto {
    fn from(one: Attendee) -> Self {
        Self {
            name: one.name,
            role: one.role.into(),
            joined_at: one.attendance.map(|seen| instant(seen.joined_at)),
            left_at: one.attendance.and_then(|seen| seen.left_at).map(instant),
            present_minutes: one.attendance.map_or(0, |seen| seen.present.num_minutes()),
            consent: one.consent.into(),
        }
    }
}

/// A move of the planned end while the class was live.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ExtensionDto {
    at: String,
    /// Who moved it: the instructor in the settings of that desk, or `unknown`.
    actor: String,
    from: String,
    to: String,
}

impl From<Extension> for ExtensionDto {
    fn from(Extension { at, actor, from, to }: Extension) -> Self {
        Self { at: instant(at), actor, from: instant(from), to: instant(to) }
    }
}

/// A recording of a class, and when it was paused.
#[derive(Debug, Serialize, TS)]
pub(crate) struct RecordedDto {
    recording: RecordingDto,
    pauses: Vec<PauseDto>,
}

impl From<Recorded> for RecordedDto {
    fn from(Recorded { recording, pauses }: Recorded) -> Self {
        Self { recording: recording.into(), pauses: pauses.into_iter().map(PauseDto::from).collect() }
    }
}

/// A time during which nothing was recorded because a person paused the recording.
#[derive(Debug, Serialize, TS)]
pub(crate) struct PauseDto {
    from: String,
    /// `null` while it lasts.
    to: Option<String>,
}

impl From<Pause> for PauseDto {
    fn from(Pause { from, to }: Pause) -> Self {
        Self { from: instant(from), to: maybe_instant(to) }
    }
}

/// How far the chat or the transcript of a class is.
#[derive(Debug, Serialize, TS)]
pub(crate) struct TextDto {
    state: TextStateDto,
    /// The same in one sentence.
    sentence: String,
    /// Who made it; `null` while there are no lines.
    source: Option<TextSourceDto>,
    lines: u32,
    /// When Cloudflare is asked again; `null` when it is not.
    next_ask: Option<String>,
}

impl From<TextView> for TextDto {
    fn from(text: TextView) -> Self {
        Self {
            state: text.state.into(),
            sentence: text.sentence,
            source: text.source.map(TextSourceDto::from),
            lines: text.lines,
            next_ask: maybe_instant(text.next_ask),
        }
    }
}

/// How far a text is.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "TextState")]
#[serde(rename_all = "snake_case")]
pub(crate) enum TextStateDto {
    /// Hajime asks for it again.
    Waiting,
    /// It is kept on this computer.
    There,
    /// There is none, as Cloudflare said.
    None,
    /// Nobody knows whether there was one.
    Lost,
    /// Nobody wants it.
    Off,
}

impl From<Shown> for TextStateDto {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::State(TextState::Waiting) => Self::Waiting,
            Shown::State(TextState::There) => Self::There,
            Shown::State(TextState::Absent) => Self::None,
            Shown::State(TextState::Lost) => Self::Lost,
            Shown::Off => Self::Off,
        }
    }
}

/// Who made a text.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "TextSource")]
#[serde(rename_all = "lowercase")]
pub(crate) enum TextSourceDto {
    /// RealtimeKit, from what was written or said in the room.
    RealtimeKit,
    /// Stream or a person: the captions of the video.
    Captions,
}

impl From<Source> for TextSourceDto {
    fn from(source: Source) -> Self {
        match source {
            Source::RealtimeKit => Self::RealtimeKit,
            Source::Captions => Self::Captions,
        }
    }
}

/// The texts of a class.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[ts(rename = "TextKind")]
#[serde(rename_all = "snake_case")]
pub(crate) enum TextKindDto {
    Chat,
    Transcript,
}

impl From<TextKindDto> for TextKind {
    fn from(kind: TextKindDto) -> Self {
        match kind {
            TextKindDto::Chat => Self::Chat,
            TextKindDto::Transcript => Self::Transcript,
        }
    }
}

/// The form of a file.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[ts(rename = "TextFormat")]
#[serde(rename_all = "snake_case")]
pub(crate) enum TextFormatDto {
    Txt,
    /// Only for a transcript.
    Vtt,
    Csv,
    Json,
}

impl From<TextFormatDto> for TextFormat {
    fn from(format: TextFormatDto) -> Self {
        match format {
            TextFormatDto::Txt => Self::Text,
            TextFormatDto::Vtt => Self::Vtt,
            TextFormatDto::Csv => Self::Csv,
            TextFormatDto::Json => Self::Json,
        }
    }
}

/// A line of a chat.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ChatLineDto {
    at: Option<String>,
    /// The place in the video in seconds; `null` where it is not known.
    place: Option<i64>,
    name: String,
    text: String,
}

impl From<(ChatLine, Option<i64>)> for ChatLineDto {
    fn from((line, place_ms): (ChatLine, Option<i64>)) -> Self {
        let place = place_ms.map(|millis| millis.div_euclid(1_000));
        Self { at: maybe_instant(line.at), place, name: line.name, text: line.text }
    }
}

/// Lines of a transcript.
#[derive(Debug, Serialize, TS)]
pub(crate) struct TranscriptDto {
    lines: Vec<TranscriptLineDto>,
    /// Whether the times are places in the video.
    in_video: bool,
}

/// A line of a transcript.
#[derive(Debug, Serialize, TS)]
pub(crate) struct TranscriptLineDto {
    /// When it begins, in seconds. A negative number is a moment before the recording.
    start: i64,
    /// The name of whoever said it; empty where nobody knows.
    name: String,
    text: String,
}

impl From<TranscriptLine> for TranscriptLineDto {
    fn from(line: TranscriptLine) -> Self {
        Self { start: line.start_ms.div_euclid(1_000), name: line.name, text: line.text }
    }
}
