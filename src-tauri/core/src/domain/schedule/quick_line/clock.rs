//! Times of day and lengths.

use chrono::NaiveTime;

use super::words::{Word, number};

/// What words say about the clock, and how many words that are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clock {
    Time(NaiveTime),
    /// From one time to another; the length in minutes. An end before the start is on the next day.
    Span(NaiveTime, i64),
    Minutes(i64),
    /// A number that may mean two things: the sentence that says so, and what to write.
    Unclear(String, String),
}

/// Reads a time, a span of time or a length at the beginning of the words.
pub(super) fn read(words: &[Word]) -> Option<(usize, Clock)> {
    let first = words.first()?.text.as_str();
    let second = words.get(1).filter(|word| !word.quoted).map_or("", |word| word.text.as_str());
    let third = words.get(2).filter(|word| !word.quoted).map_or("", |word| word.text.as_str());
    if matches!(first, "at" | "um" | "from" | "von" | "ab") && !second.is_empty() {
        if let Some(hour) = number(second).filter(|hour| *hour < 24 && !is_time_unit(third) && !is_length_unit(third)) {
            return Some((2, bare_hour(hour)));
        }
        let (count, clock) = read(words.get(1..)?)?;
        return matches!(clock, Clock::Time(_) | Clock::Span(..)).then_some((count.saturating_add(1), clock));
    }
    if matches!(first, "for" | "für") && !second.is_empty() {
        let (count, clock) = read(words.get(1..)?)?;
        return matches!(clock, Clock::Minutes(_)).then_some((count.saturating_add(1), clock));
    }
    span(first, second)
        .or_else(|| time(first, second, third))
        .or_else(|| length(first, second, third))
        .or_else(|| with_dot(first))
}

fn bare_hour(hour: u32) -> Clock {
    if (1..=12).contains(&hour) {
        let morning = hour % 12;
        let evening = morning.saturating_add(12);
        Clock::Unclear(
            format!("“{hour}” may be the morning or the evening."),
            format!("Write {morning:02}:00 or {evening:02}:00."),
        )
    } else {
        at(hour, 0).map_or_else(|| Clock::Unclear(String::new(), String::new()), Clock::Time)
    }
}

fn is_time_unit(word: &str) -> bool {
    matches!(word, "uhr" | "am" | "pm" | "a.m." | "p.m." | "o'clock")
}

fn is_length_unit(word: &str) -> bool {
    is_hours(word) || is_minutes(word)
}

fn is_hours(word: &str) -> bool {
    matches!(word.trim_end_matches('.'), "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden")
}

fn is_minutes(word: &str) -> bool {
    matches!(word.trim_end_matches('.'), "m" | "min" | "mins" | "minute" | "minutes" | "minuten")
}

fn at(hour: u32, minute: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(hour, minute, 0)
}

/// `18:00-19:30`, also with “Uhr” behind it.
fn span(first: &str, second: &str) -> Option<(usize, Clock)> {
    let (from, to) = first.split_once(['-', '–', '—'])?;
    let (from, to) = (colon(from)?, colon(to)?);
    let minutes = to.signed_duration_since(from).num_minutes().rem_euclid(24 * 60);
    let count = if second == "uhr" { 2 } else { 1 };
    (minutes > 0).then_some((count, Clock::Span(from, minutes)))
}

/// `18:00`.
fn colon(text: &str) -> Option<NaiveTime> {
    let (hour, minute) = text.split_once(':')?;
    (minute.len() == 2).then_some(())?;
    at(number(hour).filter(|_| hour.len() <= 2)?, number(minute)?)
}

fn time(first: &str, second: &str, third: &str) -> Option<(usize, Clock)> {
    if first == "noon" {
        return at(12, 0).map(|time| (1, Clock::Time(time)));
    }
    if first == "midnight" {
        return at(0, 0).map(|time| (1, Clock::Time(time)));
    }
    let bare = first.trim_end_matches("uhr");
    let half = |unit: &str| match unit {
        "am" | "a.m." => Some(false),
        "pm" | "p.m." => Some(true),
        _ => None,
    };
    let joined =
        ["a.m.", "p.m.", "am", "pm"].into_iter().find_map(|unit| Some((first.strip_suffix(unit)?, half(unit)?)));
    let (count, digits, afternoon) = match (joined, half(second)) {
        (Some((digits, afternoon)), _) => (1, digits, Some(afternoon)),
        (None, Some(afternoon)) => (2, first, Some(afternoon)),
        (None, None) => (1, first, None),
    };
    if let Some(afternoon) = afternoon {
        let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits, "00"));
        let hour = number(hour).filter(|hour| (1..=12).contains(hour))? % 12;
        return Some((count, Clock::Time(at(hour.saturating_add(if afternoon { 12 } else { 0 }), number(minute)?)?)));
    }
    // “18 Uhr 30”, “18 Uhr”, “18:30 Uhr”, “18.30 Uhr”, “18uhr”.
    if second == "uhr" || bare.len() < first.len() {
        let count = if second == "uhr" { 2 } else { 1 };
        if let Some((hour, minute)) = bare.split_once([':', '.']) {
            return Some((count, Clock::Time(at(number(hour)?, number(minute)?)?)));
        }
        let hour = number(bare)?;
        let minute = number(third).filter(|minute| count == 2 && third.len() == 2 && *minute < 60);
        let words = if minute.is_some() { 3 } else { count };
        return Some((words, Clock::Time(at(hour, minute.unwrap_or(0))?)));
    }
    colon(first).map(|time| (1, Clock::Time(time)))
}

/// `18.30`, which may be a date where the second number is a month.
fn with_dot(first: &str) -> Option<(usize, Clock)> {
    let (hour, minute) = first.split_once('.')?;
    let (hours, minutes) = (number(hour)?, number(minute).filter(|_| minute.len() == 2)?);
    let time = at(hours, minutes)?;
    if (1..=12).contains(&minutes) && hours >= 1 {
        let message = format!("“{first}” may be a time or a date.");
        return Some((1, Clock::Unclear(message, format!("Write {hours:02}:{minutes:02} or {hours}.{minutes}."))));
    }
    Some((1, Clock::Time(time)))
}

fn length(first: &str, second: &str, third: &str) -> Option<(usize, Clock)> {
    if is_minutes(second) {
        return number(first).map(|minutes| (2, Clock::Minutes(i64::from(minutes))));
    }
    if is_hours(second) {
        let minutes = hours(first)?;
        return Some(match number(third).filter(|_| third.len() == 2) {
            Some(more) if more < 60 && minutes % 60 == 0 => {
                (3, Clock::Minutes(minutes.saturating_add(i64::from(more))))
            }
            _ => (2, Clock::Minutes(minutes)),
        });
    }
    let letters = first.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))?;
    let (digits, unit) = first.split_at(letters);
    if digits.is_empty() {
        return None;
    }
    if is_minutes(unit) {
        return number(digits).map(|minutes| (1, Clock::Minutes(i64::from(minutes))));
    }
    if is_hours(unit) {
        let minutes = hours(digits)?;
        if (13 * 60..24 * 60).contains(&minutes) && unit == "h" && minutes % 60 == 0 {
            let hour = minutes / 60;
            let message = format!("“{first}” may be a time or a length.");
            return Some((1, Clock::Unclear(message, format!("Write {hour}:00 or {hour} hours."))));
        }
        return Some((1, Clock::Minutes(minutes)));
    }
    let more = unit.strip_prefix('h')?;
    let more = more.trim_end_matches("min").trim_end_matches('m');
    let minutes = number(more).filter(|minutes| *minutes < 60)?;
    Some((1, Clock::Minutes(hours(digits)?.saturating_add(i64::from(minutes)))))
}

/// Hours as minutes: `1`, `1.5`, `1,25`.
fn hours(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let part = match part {
        "0" | "00" => 0,
        "25" => 15,
        "5" | "50" => 30,
        "75" => 45,
        _ => return None,
    };
    Some(i64::from(number(whole)?).saturating_mul(60).saturating_add(part))
}
