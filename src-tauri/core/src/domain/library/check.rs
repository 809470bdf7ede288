//! The check of picture and sound of a video: what a few of its pictures and the loudness of its sound show.
//!
//! RealtimeKit’s recorder can lose its own connection. It then records a plain page that says “You're offline”, and the
//! length of the video is right all the same. A class in which every microphone was off has no sound. Neither is found by
//! anything but looking and listening.
//!
//! This module decides at which moments to look and what follows from what was seen. It reads no file.

mod picture;
mod sound;

pub use picture::{Look, Picture, UnfitPicture, first_looks, next_looks, stretches};
pub use sound::{Loudness, Meter, WINDOW_MS, is_silent_throughout, silent_stretches};

use chrono::TimeDelta;

use crate::domain::recorder::session_text::UnknownWord;

/// The longest time after a video is ready in which it is checked by itself. Older ones are checked when a person asks.
pub const CHECKED_WITHIN: TimeDelta = TimeDelta::days(2);
/// The times that a check is tried, or Stream is asked for the file with the sound, before it is given up: about two hours.
const TRIES_MAX: u32 = 24;
/// The first wait between two tries. It doubles with every second one.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
/// The longest wait between two tries.
const WAIT_MAX: TimeDelta = TimeDelta::minutes(10);
/// The largest file of sound that is read, in bytes: about eight hours at the bit rate that Stream uses for a voice.
pub const SOUND_MAX_BYTES: u64 = 500_000_000;
/// The largest picture that is read, in bytes.
pub const PICTURE_MAX_BYTES: usize = 1_000_000;

/// Returns how long to wait after so many tries; `None` after the last one.
#[must_use]
pub fn wait_after(tries: u32) -> Option<TimeDelta> {
    let wait = 2_i32.checked_pow(tries / 2).and_then(|times| FIRST_WAIT.checked_mul(times)).unwrap_or(WAIT_MAX);
    (tries < TRIES_MAX).then(|| wait.min(WAIT_MAX))
}

/// What is wrong with a stretch of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// The picture has one colour.
    Blank,
    /// The picture stands still and is nearly plain, like the page that the recorder shows while it is offline.
    Offline,
    /// The picture stands still.
    Frozen,
    /// Nothing is heard.
    Silent,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 4] = [Self::Blank, Self::Offline, Self::Frozen, Self::Silent];

    /// Returns the word in the database, the IPC and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Offline => "offline",
            Self::Frozen => "frozen",
            Self::Silent => "silent",
        }
    }

    /// Returns what a person reads.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Blank => "The picture is blank",
            Self::Offline => "The recorder was probably offline",
            Self::Frozen => "The picture stands still",
            Self::Silent => "Nothing is heard",
        }
    }
}

impl std::str::FromStr for Flaw {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|one| one.name() == word).ok_or(UnknownWord)
    }
}

/// A part of a video in which something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// What is wrong.
    pub flaw: Flaw,
    /// Where it begins, in milliseconds.
    pub start_ms: u64,
    /// Where it ends, in milliseconds.
    pub end_ms: u64,
}

/// How far one half of a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalfState {
    /// It is not done yet.
    Waiting,
    /// It is done.
    Done,
    /// It could not be done.
    GivenUp,
}

impl HalfState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Done, Self::GivenUp];

    /// Returns the word in the database, the IPC and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::GivenUp => "given_up",
        }
    }
}

impl std::str::FromStr for HalfState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|one| one.name() == word).ok_or(UnknownWord)
    }
}

/// The check of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// How far the check of the picture is.
    pub picture: HalfState,
    /// How far the check of the sound is.
    pub sound: HalfState,
    /// Whether nothing is heard in the whole video.
    pub muted: bool,
    /// What is wrong, in the order of time.
    pub stretches: Vec<Stretch>,
}

impl Check {
    /// Returns the result in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let open = match (self.picture, self.sound) {
            (HalfState::Waiting, HalfState::Waiting) => return "Picture and sound are being checked.".to_owned(),
            (HalfState::GivenUp, HalfState::GivenUp) => {
                return "Picture and sound could not be checked.".to_owned();
            }
            (HalfState::Waiting, _) => " The picture is still being checked.",
            (_, HalfState::Waiting) => " The sound is still being checked.",
            (HalfState::GivenUp, _) => " The picture could not be checked.",
            (_, HalfState::GivenUp) => " The sound could not be checked.",
            (HalfState::Done, HalfState::Done) => "",
        };
        let found = match (self.muted, self.stretches.len()) {
            (true, 1) => "Nothing is heard in the whole video.".to_owned(),
            (true, more) => format!("Nothing is heard in the whole video, and {} more.", parts(more.saturating_sub(1))),
            (false, 0) if open.is_empty() => "Complete, no blank, frozen or silent part.".to_owned(),
            (false, 0) => "Nothing was found so far.".to_owned(),
            (false, some) => format!("{} to look at.", parts(some)),
        };
        format!("{found}{open}")
    }
}

fn parts(number: usize) -> String {
    if number == 1 { "1 part".to_owned() } else { format!("{number} parts") }
}
