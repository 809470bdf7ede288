//! Days: “today”, “Tue”, “28 Nov”, “28.11.”, “2026-11-28”.

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

use super::Language;
use super::words::{Word, month, number, weekday};
use crate::domain::schedule::weekdays;

/// A day as the line says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Day {
    On(NaiveDate),
    /// The next such day of the week.
    Next(Weekday),
    /// A day that may be two: the sentence that says so, and what to write.
    Unclear(String, String),
}

/// Reads a day at the beginning of the words.
pub(super) fn read(words: &[Word], today: NaiveDate, language: Language) -> Option<(usize, Day)> {
    let first = words.first()?.text.as_str();
    let second = words.get(1).filter(|word| !word.quoted).map_or("", |word| word.text.as_str());
    let third = words.get(2).filter(|word| !word.quoted).map_or("", |word| word.text.as_str());
    if !second.is_empty() && (matches!(first, "on" | "this") || language.german && matches!(first, "am" | "diesen")) {
        return read(words.get(1..)?, today, language).map(|(count, day)| (count.saturating_add(1), day));
    }
    let next = first == "next" || language.german && matches!(first, "nächsten" | "nächster" | "kommenden");
    if next && !second.is_empty() {
        let (day, _) = weekday(second, language)?;
        let near = next_weekday(day, today.checked_add_days(Days::new(1))?)?;
        let far = near.checked_add_days(Days::new(7))?;
        let say = |date: NaiveDate| date.format("%-d %B");
        let message = format!("“{first} {second}” may be {} or {}.", say(near), say(far));
        return Some((2, Day::Unclear(message, format!("Write {} or {}.", say(near), say(far)))));
    }
    let ahead = match first {
        "today" => Some(0),
        "tomorrow" => Some(1),
        "heute" if language.german => Some(0),
        "morgen" if language.german => Some(1),
        "übermorgen" if language.german => Some(2),
        _ => None,
    };
    if let Some(ahead) = ahead {
        return Some((1, Day::On(today.checked_add_days(Days::new(ahead))?)));
    }
    if let Some((day, every)) = weekday(first, language) {
        // “Tue 1 Dec”: the date says which Tuesday, and it has to be one.
        if let Some((count, Day::On(date))) = date(second, third, year_of(words.get(3)), today, language) {
            if date.weekday() == day {
                return Some((count.saturating_add(1), Day::On(date)));
            }
            let message = format!("{} is a {}.", date.format("%-d %B %Y"), weekdays::name(date.weekday()));
            let next = format!("Leave out “{first}”, or write another date.");
            return Some((count.saturating_add(1), Day::Unclear(message, next)));
        }
        return (!every).then_some((1, Day::Next(day)));
    }
    date(first, second, year_of(words.get(2)), today, language)
}

fn year_of(word: Option<&Word>) -> Option<u32> {
    word.filter(|word| !word.quoted && word.text.len() == 4).and_then(|word| number(&word.text))
}

/// The next day of this name, `from` included.
pub(super) fn next_weekday(day: Weekday, from: NaiveDate) -> Option<NaiveDate> {
    from.checked_add_days(Days::new(u64::from(day.days_since(from.weekday()))))
}

fn date(first: &str, second: &str, year: Option<u32>, today: NaiveDate, language: Language) -> Option<(usize, Day)> {
    let with_year = |month: u32, day: u32| {
        let date = in_year(year, month, day, today)?;
        Some((if year.is_some() { 3 } else { 2 }, Day::On(date)))
    };
    if let Some(month) = month(second, language) {
        return with_year(month, ordinal(first)?);
    }
    if let Some(month) = month(first, language) {
        return with_year(month, ordinal(second)?);
    }
    numbers(first, today, language).map(|day| (1, day))
}

/// “28”, “28.”, “28th”.
fn ordinal(text: &str) -> Option<u32> {
    let bare = ["st", "nd", "rd", "th", "."].into_iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    number(bare).filter(|_| bare.len() <= 2)
}

fn numbers(text: &str, today: NaiveDate, language: Language) -> Option<Day> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return (text.len() == 10).then_some(Day::On(date));
    }
    let separator = text.chars().find(|c| matches!(c, '.' | '/'))?;
    // With dots, a date ends with one or has a year: “28.11” alone may be a time.
    if separator == '.' && text.matches('.').count() < 2 {
        return None;
    }
    let parts: Vec<&str> = text.trim_end_matches('.').split(separator).collect();
    let (first, second, year) = match parts.as_slice() {
        [first, second] => (number(first)?, number(second)?, None),
        [first, second, year] => (number(first)?, number(second)?, Some(number(year)?)),
        _ => return None,
    };
    let day_first = if separator == '.' { Some(true) } else { language.day_first };
    let either = first <= 12 && second <= 12 && first != second;
    let on = |day, month| in_year(year, month, day, today).map(Day::On);
    match day_first {
        None if either => {
            let (one, other) = (in_year(year, second, first, today)?, in_year(year, first, second, today)?);
            let say = |date: NaiveDate| date.format("%-d %B");
            let message = format!("“{text}” may be {} or {}.", say(one), say(other));
            Some(Day::Unclear(message, format!("Write {} or {}.", say(one), say(other))))
        }
        Some(true) | None => on(first, second).or_else(|| on(second, first)),
        Some(false) => on(second, first).or_else(|| on(first, second)),
    }
}

/// The date in this year, or the next such date from today on where no year is named.
fn in_year(year: Option<u32>, month: u32, day: u32, today: NaiveDate) -> Option<NaiveDate> {
    if let Some(year) = year {
        let year = if year < 100 { year.saturating_add(2_000) } else { year };
        return NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    }
    // The next 29 February may be eight years away.
    (0..9)
        .filter_map(|later| NaiveDate::from_ymd_opt(today.year().saturating_add(later), month, day))
        .find(|date| *date >= today)
}
