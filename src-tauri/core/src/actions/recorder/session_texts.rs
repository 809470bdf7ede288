//! The chat and the transcript of a class: how far they are, their lines, and saving them as files.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::actions::profile::backups::free_name;
use crate::context::Context;
use crate::domain::file_name::file_name;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::of_session::recording_of_session;
use crate::domain::recorder::session_text::files::{self, TextFormat};
use crate::domain::recorder::session_text::place::Timeline;
use crate::domain::recorder::session_text::{
    ChatLine, SessionText, Source, TextKind, TextState, TextTrouble, TranscriptLine,
};
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;
use crate::recorder::{lifecycle, session_texts};

/// The most lines of one answer.
pub const PAGE_MAX: u32 = 500;

/// How far a text is, as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is waited for, kept, absent or lost.
    State(TextState),
    /// Nobody wants it: transcripts are turned off, or the class is not recorded.
    Off,
}

impl Shown {
    /// Returns the word in the CLI and the window.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::State(state) => state.name(),
            Self::Off => "off",
        }
    }
}

/// A text of a class as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextView {
    /// How far it is.
    pub state: Shown,
    /// The same in one sentence.
    pub sentence: String,
    /// Who made it; `None` while there are no lines.
    pub source: Option<Source>,
    /// The number of lines.
    pub lines: u32,
    /// When Cloudflare is asked again; `None` when it is not.
    pub next_ask: Option<DateTime<Utc>>,
}

/// Lines of a chat, each with its place in the video in milliseconds; `None` where it is not known.
pub type ChatLines = Vec<(ChatLine, Option<i64>)>;

/// Lines of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// The lines.
    pub lines: Vec<TranscriptLine>,
    /// Whether their times are places in the video of the session. Otherwise they count from the beginning of the session in
    /// the room, or from that of another recording.
    pub in_video: bool,
}

/// How far a text of a session is.
pub fn state(context: &Context, id: SessionId, kind: TextKind) -> Result<TextView, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    view(context, &lifecycle::session(context, id)?, kind)
}

pub(crate) fn view(context: &Context, session: &Session, kind: TextKind) -> Result<TextView, Error> {
    let known = context.store().session_text(session.id, kind)?;
    let none = |state, sentence: &str| TextView {
        state,
        sentence: sentence.to_owned(),
        source: None,
        lines: 0,
        next_ask: None,
    };
    let kept = known.as_ref().is_some_and(|text| text.lines > 0);
    if kind == TextKind::Transcript && !kept {
        if !context.store().preferences()?.transcripts {
            return Ok(none(Shown::Off, "Transcripts are turned off in Settings."));
        }
        if !session.plan.record && context.store().recordings_of(session.id)?.is_empty() {
            return Ok(none(Shown::Off, "A class that is not recorded has no transcript."));
        }
    }
    let SessionState::Ended(_, ended) = &session.state else {
        let sentence = match kind {
            TextKind::Chat => "The chat is kept after the class.",
            TextKind::Transcript => "The transcript is made after the class.",
        };
        return Ok(none(Shown::State(TextState::Waiting), sentence));
    };
    let text = known.unwrap_or_else(|| untold(*ended, context.now()));
    Ok(TextView {
        state: Shown::State(text.state),
        sentence: text.sentence(kind),
        source: text.source,
        lines: text.lines,
        next_ask: text.next_ask,
    })
}

/// A text that nobody has asked for: it is asked for soon, or was never.
fn untold(ended: DateTime<Utc>, now: DateTime<Utc>) -> SessionText {
    use crate::domain::bounds::Moved as _;
    use crate::domain::recorder::session_text::plan::{KEPT_FOR, first_ask};
    let waiting = SessionText::waiting(first_ask(ended));
    if now.since(ended) < KEPT_FOR {
        return waiting;
    }
    SessionText { state: TextState::Lost, next_ask: None, trouble: Some(TextTrouble::TooLate), ..waiting }
}

/// Lines of the chat of a session from the `from`-th on, at most [`PAGE_MAX`].
pub fn chat(context: &Context, id: SessionId, from: u32) -> Result<ChatLines, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    chat_lines(context, id, from, PAGE_MAX)
}

/// The whole chat of a session.
pub fn whole_chat(context: &Context, id: SessionId) -> Result<ChatLines, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    chat_lines(context, id, 0, u32::MAX)
}

fn chat_lines(context: &Context, id: SessionId, from: u32, limit: u32) -> Result<ChatLines, Error> {
    lifecycle::session(context, id)?;
    let timeline = timeline(context, id)?;
    let place = |line: &ChatLine| Some(timeline.as_ref()?.place(line.at?)).filter(|place| *place >= 0);
    let lines = context.store().chat_lines(id, from, limit)?;
    Ok(lines.into_iter().map(|line| (line.clone(), place(&line))).collect())
}

fn timeline(context: &Context, id: SessionId) -> Result<Option<Timeline>, Error> {
    let recordings = context.store().recordings_of(id)?;
    match recording_of_session(&recordings) {
        Some(recording) => session_texts::timeline_of(context, recording),
        None => Ok(None),
    }
}

/// Lines of the transcript of a session from the `from`-th on, at most [`PAGE_MAX`].
pub fn transcript(context: &Context, id: SessionId, from: u32) -> Result<Transcript, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    transcript_lines(context, id, from, PAGE_MAX)
}

/// The whole transcript of a session.
pub fn whole_transcript(context: &Context, id: SessionId) -> Result<Transcript, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    transcript_lines(context, id, 0, u32::MAX)
}

fn transcript_lines(context: &Context, id: SessionId, from: u32, limit: u32) -> Result<Transcript, Error> {
    lifecycle::session(context, id)?;
    let known = context.store().session_text(id, TextKind::Transcript)?;
    let recordings = context.store().recordings_of(id)?;
    let video = recording_of_session(&recordings).map(|recording| recording.id);
    let in_video = video.is_some() && known.as_ref().and_then(|text| text.recording) == video;
    let lines = match known.and_then(|text| text.source) {
        Some(source) => context.store().transcript_lines(id, source, from, limit)?,
        None => Vec::new(),
    };
    Ok(Transcript { lines, in_video })
}

/// A text of a session as a file, and a name for it without the ending. Refused while there are no lines.
fn file(context: &Context, id: SessionId, kind: TextKind, format: TextFormat) -> Result<(String, String), Error> {
    let session = lifecycle::session(context, id)?;
    let start = session.plan.start;
    let text = match kind {
        TextKind::Chat => {
            let lines: Vec<ChatLine> = whole_chat(context, id)?.into_iter().map(|(line, _)| line).collect();
            (!lines.is_empty()).then(|| files::chat(&lines, start.zone(), format))
        }
        TextKind::Transcript => {
            let Transcript { lines, in_video } = whole_transcript(context, id)?;
            if format == TextFormat::Vtt && !in_video && !lines.is_empty() {
                return Err(Error::Conflict {
                    message: "The transcript cannot be saved as subtitles: its times are not places in the video."
                        .into(),
                    next: "Save it as text instead.",
                });
            }
            (!lines.is_empty()).then(|| files::transcript(&lines, format))
        }
    };
    let Some(text) = text else {
        return Err(Error::Conflict {
            message: format!("There is nothing to save. {}", view(context, &session, kind)?.sentence),
            next: "Open the class’s history later: it says when the text is there.",
        });
    };
    let when = start.local().format("%Y-%m-%d %H.%M");
    Ok((text, file_name(&session.plan.title, "Class", &format!(" {when} {}", kind.name()))))
}

/// A text of a session as the content of a file.
pub fn written(context: &Context, id: SessionId, kind: TextKind, format: TextFormat) -> Result<String, Error> {
    guard::allow_session(context, Permission::SaveFiles, id)?;
    Ok(file(context, id, kind, format)?.0)
}

/// Saves a text of a session as a new file in a folder. Returns its path and its size in bytes.
pub fn save_into(
    context: &Context,
    id: SessionId,
    kind: TextKind,
    format: TextFormat,
    folder: &Path,
) -> Result<(PathBuf, u64), Error> {
    guard::allow_session(context, Permission::SaveFiles, id)?;
    let (text, name) = file(context, id, kind, format)?;
    save_new(context, &text, &name, format.extension(), folder)
}

/// Saves a text as a file that no file has the name of yet.
pub(crate) fn save_new(
    context: &Context,
    text: &str,
    name: &str,
    extension: &str,
    folder: &Path,
) -> Result<(PathBuf, u64), Error> {
    let plain = folder.join(format!("{name}.{extension}"));
    let path = if plain.symlink_metadata().is_err() {
        plain
    } else {
        free_name(folder, name, &format!(".{extension}"), context.now())?
    };
    let made = std::fs::File::create_new(&path);
    let written = made.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| Error::file(&path, &error))?;
    Ok((path, u64::try_from(text.len()).unwrap_or(u64::MAX)))
}
