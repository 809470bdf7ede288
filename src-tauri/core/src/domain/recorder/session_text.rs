//! What people wrote and said in a session: the chat and the transcript, as they are kept on this computer.
//!
//! RealtimeKit keeps both for seven days, Stream keeps the captions of a video. [`plan`] says when they are asked for and
//! what follows from an answer; [`chat`] and [`transcript`] read the files; [`place`] finds a moment in the video; [`files`]
//! writes the texts as files again.

pub mod chat;
pub mod files;
pub mod place;
pub mod plan;
pub mod transcript;
mod words;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::domain::ids::{IdError, RecordingId};
use crate::domain::text::one_line;

/// The largest file of a chat or a transcript that is read, in bytes.
pub const FILE_MAX_BYTES: usize = 20 * 1_000_000;
/// The most lines of a text that are kept.
pub const LINES_MAX: usize = 100_000;
/// The longest line that is kept, in characters. RealtimeKit's own limit is not documented.
const LINE_MAX: usize = 4_000;
/// The longest name that is kept, in characters.
const NAME_MAX: usize = 120;

/// The texts of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextKind {
    /// What people wrote in the room.
    Chat,
    /// What people said.
    Transcript,
}

impl TextKind {
    /// Returns the word in the database and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Transcript => "transcript",
        }
    }
}

/// Where a transcript comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// RealtimeKit made it from what was said in the room.
    RealtimeKit,
    /// The captions of the video at Stream.
    Captions,
}

impl Source {
    /// Returns the word in the database and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RealtimeKit => "realtimekit",
            Self::Captions => "captions",
        }
    }
}

impl FromStr for Source {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        [Self::RealtimeKit, Self::Captions].into_iter().find(|one| one.name() == word).ok_or(UnknownWord)
    }
}

/// How far a text of a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextState {
    /// Hajime asks for it again.
    Waiting,
    /// It is kept on this computer.
    There,
    /// There is none, as Cloudflare said.
    Absent,
    /// Nobody knows whether there was one. What RealtimeKit had is deleted by now.
    Lost,
}

impl TextState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::There, Self::Absent, Self::Lost];

    /// Returns the word in the database and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::There => "there",
            Self::Absent => "none",
            Self::Lost => "lost",
        }
    }
}

impl FromStr for TextState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|one| one.name() == word).ok_or(UnknownWord)
    }
}

/// Why a text could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTrouble {
    /// Cloudflare could not be asked: it was not reached, or there was no token.
    NotAsked,
    /// Cloudflare refused the request.
    Refused,
    /// The address of the file does not open it.
    Shut,
    /// The address of the file leads to a host that is not trusted.
    Untrusted,
    /// The file is too large.
    TooLarge,
    /// The file has another form than documented.
    Unreadable,
    /// Hajime asked for the first time after RealtimeKit had deleted what it had.
    TooLate,
}

impl TextTrouble {
    /// Every trouble.
    pub const ALL: [Self; 7] =
        [Self::NotAsked, Self::Refused, Self::Shut, Self::Untrusted, Self::TooLarge, Self::Unreadable, Self::TooLate];

    /// Returns the word in the database and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Refused => "refused",
            Self::Shut => "shut",
            Self::Untrusted => "untrusted",
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::TooLate => "too_late",
        }
    }
}

impl FromStr for TextTrouble {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|one| one.name() == word).ok_or(UnknownWord)
    }
}

/// A word that stands for nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the word is not known")]
pub struct UnknownWord;

/// A text of a session, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionText {
    /// How far it is.
    pub state: TextState,
    /// Where it comes from; `None` while there are no lines.
    pub source: Option<Source>,
    /// The number of lines that are kept.
    pub lines: u32,
    /// Whether there were more than [`LINES_MAX`] lines.
    pub cut: bool,
    /// The recording from whose beginning the times of a transcript count; `None` where they count from the beginning of
    /// RealtimeKit's session.
    pub recording: Option<RecordingId>,
    /// When Cloudflare was last asked; `None` before the first time.
    pub asked_at: Option<DateTime<Utc>>,
    /// When it is asked again; `None` when it is not.
    pub next_ask: Option<DateTime<Utc>>,
    /// When RealtimeKit last said that there is none, in the days in which it would have had it.
    pub none_at: Option<DateTime<Utc>>,
    /// Whether Stream said that the video has no captions.
    pub no_captions: bool,
    /// Why the last request failed; `None` where it did not.
    pub trouble: Option<TextTrouble>,
}

impl SessionText {
    /// A text that is asked for at `first_ask`.
    #[must_use]
    pub const fn waiting(first_ask: DateTime<Utc>) -> Self {
        Self {
            state: TextState::Waiting,
            source: None,
            lines: 0,
            cut: false,
            recording: None,
            asked_at: None,
            next_ask: Some(first_ask),
            none_at: None,
            no_captions: false,
            trouble: None,
        }
    }
}

/// A line of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatLine {
    /// When it was written; `None` where the file does not say.
    pub at: Option<DateTime<Utc>>,
    /// The name of whoever wrote it; empty where the file does not say.
    pub name: String,
    /// The text. It may have several lines.
    pub text: String,
}

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptLine {
    /// When it begins, in milliseconds. A negative number is a moment before the recording.
    pub start_ms: i64,
    /// When it ends, in milliseconds.
    pub end_ms: i64,
    /// The name of whoever said it; empty where nobody knows.
    pub name: String,
    /// What was said.
    pub text: String,
}

/// A language, as a BCP 47 tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(String);

impl FromStr for Language {
    type Err = IdError;

    fn from_str(tag: &str) -> Result<Self, IdError> {
        let mut parts = tag.split('-');
        let main = parts.next().unwrap_or_default();
        let is_main = (2..=3).contains(&main.len()) && main.bytes().all(|letter| letter.is_ascii_alphabetic());
        let is_part =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric());
        if is_main && tag.len() <= 35 && parts.all(is_part) {
            return Ok(Self(tag.to_owned()));
        }
        Err(IdError { value: tag.chars().take(64).collect(), expected: "a language tag, such as de or pt-BR" })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file cannot be read")]
pub struct UnreadableFile;

/// What was read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines<L> {
    /// The lines, in the order of time.
    pub all: Vec<L>,
    /// Whether the file has more than [`LINES_MAX`] lines.
    pub cut: bool,
}

/// The file without a byte order mark.
fn unmarked(file: &[u8]) -> &[u8] {
    file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file)
}

/// The visible part of a text, with its line breaks.
fn cleaned(text: &str) -> String {
    let text: String = text.chars().take(LINE_MAX).collect();
    let lines = text.split(['\n', '\r']).map(one_line).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// A name on one line, without the answer about being recorded.
fn cleaned_name(name: &str) -> String {
    let (name, _) = crate::domain::recorder::consent::read(&name.chars().take(LINE_MAX).collect::<String>());
    one_line(&name).chars().take(NAME_MAX).collect()
}
