//! How a class repeats: “every Tue and Thu”, “weekly”, “jeden Di”, “alle 2 Wochen”, “10 times”, “until 30 June”.

use std::fmt::Write as _;

use chrono::{NaiveDate, Weekday};

use super::Language;
use super::days::{self, Day};
use super::words::{Word, number, weekday};
use crate::domain::schedule::weekdays;

/// What the words say about repeating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Repeat {
    Every { frequency: &'static str, interval: u32, days: Vec<Weekday> },
    Times(u32),
    Until(NaiveDate),
}

/// Reads how a class repeats, at the beginning of the words.
pub(super) fn read(words: &[Word], today: NaiveDate, language: Language) -> Option<(usize, Repeat)> {
    let word = |index: usize| words.get(index).filter(|word| !word.quoted).map_or("", |word| word.text.as_str());
    let first = word(0);
    let every = |frequency, interval| Repeat::Every { frequency, interval, days: Vec::new() };
    let working = || {
        let days = vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
        Repeat::Every { frequency: "WEEKLY", interval: 1, days }
    };
    let single = match first {
        "daily" => Some(every("DAILY", 1)),
        "weekly" => Some(every("WEEKLY", 1)),
        "biweekly" | "fortnightly" => Some(every("WEEKLY", 2)),
        "monthly" => Some(every("MONTHLY", 1)),
        "yearly" => Some(every("YEARLY", 1)),
        "weekdays" => Some(working()),
        "täglich" if language.german => Some(every("DAILY", 1)),
        "wöchentlich" if language.german => Some(every("WEEKLY", 1)),
        "monatlich" if language.german => Some(every("MONTHLY", 1)),
        "jährlich" if language.german => Some(every("YEARLY", 1)),
        "werktags" if language.german => Some(working()),
        _ => None,
    };
    if let Some(single) = single {
        return Some((1, single));
    }
    if let Some((_, true)) = weekday(first, language) {
        return named_days(words, language, 0);
    }
    if first == "every" || language.german && matches!(first, "jeden" | "jede" | "jedes" | "alle") {
        let (skip, interval) = match word(1) {
            "other" | "second" => (2, 2),
            "zweite" | "zweiten" if language.german => (2, 2),
            text => number(text).filter(|interval| *interval > 0).map_or((1, 1), |interval| (2, interval)),
        };
        if let Some(frequency) = unit(word(skip)) {
            return Some((skip.saturating_add(1), every(frequency, interval)));
        }
        let (count, Repeat::Every { days, .. }) = named_days(words, language, skip)? else { return None };
        return Some((count, Repeat::Every { frequency: "WEEKLY", interval, days }));
    }
    let times = |text: &str| matches!(text, "times" | "classes" | "mal" | "x");
    if let Some(count) = first.strip_suffix('x').and_then(number).filter(|count| *count > 0) {
        return Some((1, Repeat::Times(count)));
    }
    if let Some(count) = number(first).filter(|count| *count > 0 && times(word(1))) {
        return Some((2, Repeat::Times(count)));
    }
    if matches!(first, "until" | "till") || language.german && first == "bis" {
        let (count, Day::On(date)) = days::read(words.get(1..)?, today, language)? else { return None };
        return Some((count.saturating_add(1), Repeat::Until(date)));
    }
    None
}

fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "day" | "days" | "tag" | "tage" => "DAILY",
        "week" | "weeks" | "woche" | "wochen" => "WEEKLY",
        "month" | "months" | "monat" | "monate" => "MONTHLY",
        "year" | "years" | "jahr" | "jahre" => "YEARLY",
        _ => return None,
    })
}

/// “Tue”, “Tue and Thu”, “Tue, Thu + Sat”, from the word at `skip` on.
fn named_days(words: &[Word], language: Language, skip: usize) -> Option<(usize, Repeat)> {
    let mut days = Vec::new();
    let mut count = skip;
    for (at, word) in words.iter().enumerate().skip(skip) {
        if word.quoted {
            break;
        }
        if let Some((day, _)) = weekday(&word.text, language) {
            if !days.contains(&day) {
                days.push(day);
            }
            count = at.saturating_add(1);
        } else if days.is_empty() || !matches!(word.text.as_str(), "and" | "und" | "+" | "&") {
            break;
        }
    }
    (!days.is_empty()).then_some((count, Repeat::Every { frequency: "WEEKLY", interval: 1, days }))
}

/// Writes the rule of RFC 5545.
pub(super) fn rule(
    frequency: &str,
    interval: u32,
    days: &[Weekday],
    times: Option<u32>,
    until: Option<NaiveDate>,
) -> String {
    let mut rule = format!("FREQ={frequency}");
    if interval != 1 {
        write!(rule, ";INTERVAL={interval}").ok();
    }
    if !days.is_empty() {
        let days: Vec<&str> = days.iter().map(|day| weekdays::code(*day)).collect();
        write!(rule, ";BYDAY={}", days.join(",")).ok();
    }
    if let Some(times) = times {
        write!(rule, ";COUNT={times}").ok();
    } else if let Some(until) = until {
        write!(rule, ";UNTIL={}", until.format("%Y%m%d")).ok();
    }
    rule
}
