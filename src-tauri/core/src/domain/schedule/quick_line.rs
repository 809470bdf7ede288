//! A class in one line: “Karate tomorrow 18:00 60m rec”, “jeden Di 19:30 Judo”.
//!
//! Every word is understood as one part, or it belongs to the title, or it is left out and named. What may mean two things
//! is a problem that names both meanings; nothing is guessed.

mod clock;
mod days;
mod read;
mod repeats;
mod words;

use std::ops::Range;

use chrono::NaiveDateTime;

/// The longest line that is read, in bytes.
pub const QUICK_LINE_MAX: usize = 400;

/// The words that a line may use, and the order of day and month in a date of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// Whether German words are understood beside English ones.
    pub german: bool,
    /// Whether the day comes before the month in `3/4`; `None` where that is not known.
    pub day_first: Option<bool>,
}

impl Language {
    /// Returns the language of a BCP 47 tag such as `de-DE`. Of English alone, the order of dates is not known.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase().replace('_', "-");
        let language = tag.split('-').next().unwrap_or_default();
        let day_first = match tag.as_str() {
            "en" | "" => None,
            _ => Some(!(tag.starts_with("en-us") || tag.ends_with("-us"))),
        };
        Self { german: language == "de", day_first }
    }
}

/// What a part of the line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The name of the class.
    Title,
    /// The day, or the first day.
    Day,
    /// The time of day.
    Time,
    /// The length.
    Length,
    /// Whether it is recorded.
    Record,
    /// How it repeats.
    Repeats,
}

impl Part {
    /// Returns the name as scripts and the page spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Day => "day",
            Self::Time => "time",
            Self::Length => "length",
            Self::Record => "record",
            Self::Repeats => "repeats",
        }
    }
}

/// A part that was understood, and the bytes of the line that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// The part.
    pub part: Part,
    /// Where it stands in the line, in bytes.
    pub span: Range<usize>,
}

/// Why the line makes no class yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The words that may mean two things; `None` where something is missing.
    pub span: Option<Range<usize>>,
    /// A sentence that says what is wrong.
    pub message: String,
    /// A sentence that says what to write.
    pub next: String,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuickLine {
    /// The name of the class.
    pub title: Option<String>,
    /// The wall-clock time at which it begins.
    pub start: Option<NaiveDateTime>,
    /// The length in minutes; `None` where the line names none.
    pub minutes: Option<i64>,
    /// Whether it is recorded; `None` where the line does not say.
    pub record: Option<bool>,
    /// The recurrence rule of RFC 5545; `None` for a single class.
    pub rule: Option<String>,
    /// The parts, in the order of the line. One part may come from several places.
    pub understood: Vec<Understood>,
    /// The words that mean nothing here, as bytes of the line. A class is made without them.
    pub left_out: Vec<Range<usize>>,
    /// Why no class can be made; empty where it can.
    pub problems: Vec<Problem>,
}

#[cfg(test)]
mod tests;
