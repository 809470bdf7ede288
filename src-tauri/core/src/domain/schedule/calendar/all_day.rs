//! Events that last whole days. No class is made of them, but a calendar of nothing else is one of holidays.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::schedule::calendar::lines::{Component, Line};
use crate::domain::schedule::holiday::{HOLIDAY_MAX, Holiday, REASON_MAX};
use crate::domain::schedule::recurrence::Rule;
use crate::domain::text::one_line;

/// How far ahead holidays that repeat are read.
const AHEAD: TimeDelta = TimeDelta::days(2 * 366);
/// The most holidays of one calendar.
pub const HOLIDAYS_MAX: usize = 500;

/// Days that a calendar names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedDays {
    /// The first day.
    pub first: NaiveDate,
    /// The last day, which belongs to it.
    pub last: NaiveDate,
    /// The title of the event.
    pub title: String,
}

/// Returns whether an event lasts whole days.
#[must_use]
pub fn is_all_day(event: &Component) -> bool {
    event.line("DTSTART").is_some_and(|line| day(line).is_some())
}

fn day(line: &Line) -> Option<NaiveDate> {
    let value = line.value().trim();
    NaiveDate::parse_from_str(value, "%Y%m%d").ok().filter(|_| value.len() == 8)
}

/// Returns the days of an event that lie ahead; none for an event that is cancelled or cannot be read.
#[must_use]
pub fn days_of(event: &Component, now: DateTime<Utc>) -> Vec<NamedDays> {
    let today = now.date_naive();
    let is_cancelled = event.line("STATUS").is_some_and(|line| line.value().trim().eq_ignore_ascii_case("CANCELLED"));
    let Some(first) = event.line("DTSTART").and_then(day).filter(|_| !is_cancelled) else { return Vec::new() };
    // The end is the day after the last (RFC 5545 §3.6.1).
    let last = event.line("DTEND").and_then(day).and_then(|end| end.pred_opt()).filter(|last| *last >= first);
    let length = last.unwrap_or(first).signed_duration_since(first);
    let title = event.line("SUMMARY").map(|line| one_line(&line.text())).unwrap_or_default();
    let title: String = title.chars().take(REASON_MAX).collect();
    if title.is_empty() || length > HOLIDAY_MAX {
        return Vec::new();
    }
    let firsts: Vec<NaiveDate> = match event.line("RRULE").map(|line| Rule::parse(line.value())) {
        None => vec![first],
        Some(Err(_)) => Vec::new(),
        Some(Ok(rule)) => {
            let horizon = now.later(AHEAD).naive_utc();
            let starts = rule.starts(first.and_time(NaiveTime::MIN), Tz::UTC, horizon);
            starts.map(|start| start.local().date()).collect()
        }
    };
    let length = Days::new(u64::try_from(length.num_days()).unwrap_or_default());
    let days = firsts.into_iter().filter_map(|first| {
        let last = first.checked_add_days(length)?;
        (last >= today).then(|| NamedDays { first, last, title: title.clone() })
    });
    days.take(HOLIDAYS_MAX).collect()
}

impl NamedDays {
    /// Returns whether a holiday for all series covers these days already.
    #[must_use]
    pub fn is_among(&self, holidays: &[Holiday]) -> bool {
        holidays.iter().any(|one| one.series.is_none() && one.first <= self.first && self.last <= one.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(lines: &str) -> Vec<String> {
        let event = Component::from_text(&format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT")).unwrap();
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        assert!(is_all_day(&event));
        days_of(&event, now).into_iter().map(|one| format!("{} {} {}", one.first, one.last, one.title)).collect()
    }

    #[test]
    fn the_end_is_the_day_after_the_last_and_what_is_over_is_left_out() {
        let christmas = "SUMMARY:Christmas\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227";
        assert_eq!(days(christmas), ["2026-12-24 2026-12-26 Christmas"]);
        assert_eq!(days("SUMMARY:One\nDTSTART:20261224"), ["2026-12-24 2026-12-24 One"]);
        assert_eq!(days("SUMMARY:Past\nDTSTART;VALUE=DATE:20261129"), Vec::<String>::new());
        assert_eq!(days(&format!("{christmas}\nSTATUS:CANCELLED")), Vec::<String>::new());
    }

    #[test]
    fn a_day_that_repeats_is_read_two_years_ahead() {
        let days = days("SUMMARY:New Year\nDTSTART;VALUE=DATE:20000101\nRRULE:FREQ=YEARLY");
        assert_eq!(days, ["2027-01-01 2027-01-01 New Year", "2028-01-01 2028-01-01 New Year"]);
    }
}
