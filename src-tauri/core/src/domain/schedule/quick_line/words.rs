//! The words of a line with their places, and the names of days and months.

use std::ops::Range;

use chrono::{Month, Weekday};

use super::Language;
use crate::domain::schedule::weekdays;

/// A word of the line, in lower case and without the commas behind it.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Range<usize>,
    /// Whether it stood in quotation marks, so that it is part of the title whatever it says.
    pub(super) quoted: bool,
}

/// Cuts a line into words. A text in quotation marks is one word.
pub(super) fn cut(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = 0;
    // Every place below is in the line, so that no sum overflows.
    let from = |start: usize, length: usize| start..start.saturating_add(length);
    while let Some(start) = line[rest..].find(|c: char| !c.is_whitespace()).map(|at| from(rest, at).end) {
        let first = line[start..].chars().next();
        let inner = from(start, first.map_or(0, char::len_utf8)).end;
        let quoted = first
            .and_then(closing)
            .and_then(|quote| line[inner..].find(quote).map(|length| (from(inner, length), quote)));
        if let Some((span, quote)) = quoted {
            rest = from(span.end, quote.len_utf8()).end;
            words.push(Word { text: line[span.clone()].to_lowercase(), span, quoted: true });
            continue;
        }
        rest = line[start..].find(char::is_whitespace).map_or(line.len(), |at| from(start, at).end);
        let bare = line[start..rest].trim_end_matches([',', ';']);
        if !bare.is_empty() {
            words.push(Word { text: bare.to_lowercase(), span: from(start, bare.len()), quoted: false });
        }
    }
    words
}

const fn closing(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '“' => Some('”'),
        '„' => Some('“'),
        '«' => Some('»'),
        _ => None,
    }
}

/// The day of the week that a word names in full or abbreviates, and whether it says every such day (“Tuesdays”).
pub(super) fn weekday(word: &str, language: Language) -> Option<(Weekday, bool)> {
    const ENGLISH: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    const GERMAN: [&str; 7] = ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"];
    let bare = word.trim_end_matches('.');
    let named = |names: &[&str; 7], shortest: usize| {
        let fits = |name: &&str| bare.len() >= shortest && name.starts_with(bare);
        names.iter().position(fits).map(|index| (weekdays::ALL[index], false))
    };
    let every = |names: &[&str; 7]| {
        let one = bare.strip_suffix('s')?;
        names.iter().position(|name| *name == one).map(|index| (weekdays::ALL[index], true))
    };
    let german = language.german.then(|| named(&GERMAN, 2).or_else(|| every(&GERMAN))).flatten();
    let german = german.or_else(|| (language.german && bare == "sonnabend").then_some((Weekday::Sat, false)));
    german.or_else(|| named(&ENGLISH, 3)).or_else(|| every(&ENGLISH))
}

/// The month that a word names in full or abbreviates to three letters or more.
pub(super) fn month(word: &str, language: Language) -> Option<u32> {
    const GERMAN: [&str; 12] = [
        "januar",
        "februar",
        "märz",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "dezember",
    ];
    let bare = word.trim_end_matches('.');
    if bare.chars().count() < 3 {
        return None;
    }
    let german = || (1..).zip(GERMAN).find(|(_, name)| name.starts_with(bare)).map(|(number, _)| number);
    let english = (1..=12_u8)
        .find(|number| Month::try_from(*number).is_ok_and(|month| month.name().to_lowercase().starts_with(bare)));
    english.map(u32::from).or_else(|| language.german.then(german).flatten())
}

/// A whole number of at most four digits.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
