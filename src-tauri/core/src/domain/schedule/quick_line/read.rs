//! From the words of a line to its parts.

use std::ops::Range;

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use super::clock::{self, Clock};
use super::days::{self, Day};
use super::repeats::{self, Repeat};
use super::words::{Word, cut};
use super::{Language, Part, Problem, QUICK_LINE_MAX, QuickLine, Understood};
use crate::domain::schedule::weekdays;

/// What was said so far.
#[derive(Default)]
struct Said {
    day: Option<Day>,
    time: Option<NaiveTime>,
    every: Option<(&'static str, u32, Vec<Weekday>)>,
    times: Option<u32>,
    until: Option<NaiveDate>,
    /// Whether words about the time or the day are unclear, so that a missing one is no second problem.
    unclear_time: bool,
    line: QuickLine,
}

impl Said {
    fn understood(&mut self, part: Part, span: Range<usize>) {
        self.line.understood.push(Understood { part, span });
    }

    fn problem(&mut self, span: Option<Range<usize>>, message: String, next: impl Into<String>) {
        self.line.problems.push(Problem { span, message, next: next.into() });
    }

    /// Sets a part that may be said once.
    fn once<T: PartialEq>(
        &mut self,
        part: Part,
        span: Range<usize>,
        slot: impl Fn(&mut Self) -> &mut Option<T>,
        value: T,
        what: &str,
    ) {
        if slot(self).as_ref().is_some_and(|known| *known != value) {
            let message = format!("The line names two {what}.");
            self.problem(Some(span), message, "Leave one of them out.");
            return;
        }
        *slot(self) = Some(value);
        self.understood(part, span);
    }
}

impl QuickLine {
    /// Reads a line at the present time in a zone. Never fails: what is wrong is in the result.
    #[must_use]
    pub fn read(text: &str, now: DateTime<Utc>, zone: Tz, language: Language) -> Self {
        read(text, now.with_timezone(&zone).naive_local(), language)
    }
}

fn read(text: &str, now: NaiveDateTime, language: Language) -> QuickLine {
    if text.len() > QUICK_LINE_MAX {
        let message = "The line is too long to be read.".to_owned();
        let next = "Name the class in one short line, or use the form.".to_owned();
        return QuickLine { problems: vec![Problem { span: None, message, next }], ..QuickLine::default() };
    }
    let words = cut(text);
    let mut said = Said::default();
    let mut others: Vec<Range<usize>> = Vec::new();
    let mut quoted: Option<Range<usize>> = None;
    // Whether the word before was no part, so that a following one belongs to the same run.
    let mut in_run = false;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word.quoted {
            match quoted {
                None => quoted = Some(word.span.clone()),
                Some(_) => others.push(word.span.clone()),
            }
            (in_run, at) = (false, at.saturating_add(1));
            continue;
        }
        if let Some(count) = part(&mut said, &words[at..], now.date(), language) {
            (in_run, at) = (false, at.saturating_add(count));
            continue;
        }
        match others.last_mut() {
            Some(run) if in_run => run.end = word.span.end,
            _ => others.push(word.span.clone()),
        }
        (in_run, at) = (true, at.saturating_add(1));
    }
    let title = quoted.or_else(|| (!others.is_empty()).then(|| others.remove(0)));
    if let Some(span) = title.filter(|span| !text[span.clone()].trim().is_empty()) {
        said.line.title = Some(text[span.clone()].trim().to_owned());
        said.understood(Part::Title, span);
    }
    said.line.left_out = others;
    finish(said, now)
}

/// Reads one part at the beginning of the words and returns how many words it takes.
fn part(said: &mut Said, words: &[Word], today: NaiveDate, language: Language) -> Option<usize> {
    let span = |count: usize| words[0].span.start..words[count.saturating_sub(1)].span.end;
    if let Some((count, repeat)) = repeats::read(words, today, language) {
        let span = span(count);
        match repeat {
            Repeat::Every { frequency, interval, days } => {
                said.once(Part::Repeats, span, |said| &mut said.every, (frequency, interval, days), "ways to repeat");
            }
            Repeat::Times(times) => said.once(Part::Repeats, span, |said| &mut said.times, times, "numbers of classes"),
            Repeat::Until(until) => said.once(Part::Repeats, span, |said| &mut said.until, until, "last days"),
        }
        return Some(count);
    }
    if let Some((count, record)) = recording(words, language) {
        said.once(Part::Record, span(count), |said| &mut said.line.record, record, "choices for the recording");
        return Some(count);
    }
    if let Some((count, day)) = days::read(words, today, language) {
        match day {
            Day::Unclear(message, next) => {
                said.unclear_time = true;
                said.problem(Some(span(count)), message, next);
            }
            day => said.once(Part::Day, span(count), |said| &mut said.day, day, "days"),
        }
        return Some(count);
    }
    let (count, clock) = clock::read(words)?;
    let span = span(count);
    match clock {
        Clock::Time(time) => said.once(Part::Time, span, |said| &mut said.time, time, "times"),
        Clock::Span(time, minutes) => {
            said.once(Part::Time, span.clone(), |said| &mut said.time, time, "times");
            said.once(Part::Length, span, |said| &mut said.line.minutes, minutes, "lengths");
        }
        Clock::Minutes(minutes) => {
            said.once(Part::Length, span, |said| &mut said.line.minutes, minutes, "lengths");
        }
        Clock::Unclear(message, next) => {
            said.unclear_time = true;
            said.problem(Some(span), message, next);
        }
    }
    Some(count)
}

fn recording(words: &[Word], language: Language) -> Option<(usize, bool)> {
    let yes = |word: &Word| {
        let english = matches!(word.text.as_str(), "rec" | "record" | "recorded");
        !word.quoted
            && (english || language.german && matches!(word.text.as_str(), "aufnehmen" | "aufnahme" | "aufgezeichnet"))
    };
    let first = words.first()?;
    if yes(first) {
        return Some((1, true));
    }
    if matches!(first.text.as_str(), "norec" | "unrecorded") {
        return Some((1, false));
    }
    let no = matches!(first.text.as_str(), "no" | "not" | "without" | "don't")
        || language.german && matches!(first.text.as_str(), "nicht" | "ohne" | "keine");
    (no && words.get(1).is_some_and(yes)).then_some((2, false))
}

fn finish(mut said: Said, now: NaiveDateTime) -> QuickLine {
    if said.line.title.is_none() {
        said.problem(None, "The class has no name.".into(), "Name it, for example “Karate tomorrow 18:00”.");
    }
    if said.time.is_none() && !said.unclear_time {
        said.problem(None, "The line names no time.".into(), "Say when the class begins, for example 18:00.");
    }
    if let Some((frequency, interval, days)) = said.every.clone() {
        said.line.rule = Some(repeats::rule(frequency, interval, &days, said.times, said.until));
        if said.times.is_some() && said.until.is_some() {
            let message = "The line names a number of classes and a last day.".to_owned();
            said.problem(None, message, "Leave one of them out.");
        }
    } else if said.times.is_some() || said.until.is_some() {
        let message = "The line names an end, and not how often the class is.".to_owned();
        said.problem(None, message, "Write for example “weekly” or “every Tue”.");
    }
    if let Some(time) = said.time {
        said.line.start = first_day(&mut said, time, now).map(|day| day.and_time(time));
    }
    said.line.understood.sort_by_key(|one| (one.span.start, one.part));
    said.line
}

/// The day on which the class is for the first time.
fn first_day(said: &mut Said, time: NaiveTime, now: NaiveDateTime) -> Option<NaiveDate> {
    let passed = time <= now.time();
    let from = if passed { now.date().checked_add_days(Days::new(1))? } else { now.date() };
    let named = said.every.as_ref().map(|(_, _, days)| days.clone()).filter(|days| !days.is_empty());
    match (said.day.clone(), named) {
        (Some(Day::On(date)), Some(days)) if !days.contains(&date.weekday()) => {
            let message = format!(
                "{} is a {}, and the class is on other days.",
                date.format("%-d %B"),
                weekdays::name(date.weekday())
            );
            said.problem(None, message, "Leave out the date, or write the day of the week that it has.");
            None
        }
        (Some(Day::Next(day)), Some(days)) if !days.contains(&day) => {
            said.problem(
                None,
                format!("The line says {} beside the days on which the class is.", weekdays::name(day)),
                "Leave out one of them.",
            );
            None
        }
        (Some(Day::On(date)), _) => Some(date),
        (Some(Day::Next(day)), _) => days::next_weekday(day, from),
        (Some(Day::Unclear(..)), _) => None,
        (None, Some(days)) => days.into_iter().filter_map(|day| days::next_weekday(day, from)).min(),
        (None, None) if said.unclear_time => None,
        (None, None) => Some(from),
    }
}
