//! Captions of a video: the files that people upload, and the captions that are known.
//!
//! A file that a person gives is read strictly, and the first line that is wrong is named. What is uploaded is written anew
//! from its cues: times and text, without marks, so that nothing else of a file reaches a player.

mod file;

pub use file::{FileProblem, Problem, checked_text, read, write};

use chrono::{DateTime, Utc};

use crate::domain::recorder::session_text::{Language, UnknownWord};

/// The largest file of captions, in bytes (Stream docs, “Add captions”).
pub const FILE_MAX_BYTES: usize = 10_000_000;
/// The most cues of a file.
pub const CUES_MAX: usize = 20_000;
/// The longest text of a cue, in characters.
pub const CUE_TEXT_MAX: usize = 1_000;

/// The languages in which Stream makes captions (Stream docs, “Add captions”), each with its English name.
pub const GENERATED_LANGUAGES: [(&str, &str); 12] = [
    ("cs", "Czech"),
    ("nl", "Dutch"),
    ("en", "English"),
    ("fr", "French"),
    ("de", "German"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ru", "Russian"),
    ("es", "Spanish"),
];

/// Whether Stream makes captions in a language.
#[must_use]
pub fn can_be_generated(language: &Language) -> bool {
    GENERATED_LANGUAGES.iter().any(|(tag, _)| *tag == language.to_string())
}

/// A part of captions: a text from one moment to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When the cue begins, in milliseconds from the beginning of the video.
    pub start_ms: u64,
    /// When it ends, in milliseconds.
    pub end_ms: u64,
    /// The text, with its line breaks.
    pub text: String,
}

/// How far captions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionsState {
    /// Stream is to be asked to make them.
    Asked,
    /// Stream makes them.
    InProgress,
    /// They are there.
    Ready,
    /// Stream could not make them, or they could not be asked for.
    Failed,
    /// A person deleted them. They are not made again by themselves.
    Deleted,
    /// An archive had them. They are uploaded once the video can take them.
    Waiting,
}

impl CaptionsState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Asked, Self::InProgress, Self::Ready, Self::Failed, Self::Deleted, Self::Waiting];

    /// Returns the word in the database, the IPC and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::InProgress => "in_progress",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Deleted => "deleted",
            Self::Waiting => "waiting",
        }
    }

    /// Whether Stream is asked again how far they are, or gets them.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Asked | Self::InProgress | Self::Waiting)
    }

    /// Whether their text is known.
    #[must_use]
    pub const fn has_text(self) -> bool {
        matches!(self, Self::Ready | Self::Waiting)
    }
}

impl std::str::FromStr for CaptionsState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|one| one.name() == word).ok_or(UnknownWord)
    }
}

/// The captions of a recording in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingCaptions {
    /// The language.
    pub language: Language,
    /// Whether Stream made them and nobody changed them.
    pub generated: bool,
    /// How far they are.
    pub state: CaptionsState,
    /// When they were asked for, uploaded or first seen.
    pub since: DateTime<Utc>,
}
