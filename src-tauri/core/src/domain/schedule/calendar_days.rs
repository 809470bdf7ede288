//! The days that a calendar shows, and the wall-clock times of sessions on them.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::domain::invalid::Invalid;
use crate::domain::schedule::session::Plan;
use crate::domain::schedule::start::Start;

/// The most days that are read at once: a year and its first and last week.
pub const DAYS_MAX: i64 = 380;

/// A span of days in the zone of the person who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
    zone: Tz,
}

impl Pages {
    /// Reads the span from one day to another, which is included.
    pub fn read(from_day: &str, to_day: &str, zone: &str) -> Result<Self, Invalid> {
        let zone = read_zone(zone)?;
        let day = |field, text: &str| {
            let shown: String = text.chars().take(40).collect();
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map_err(|_| Invalid::one(field, format!("“{shown}” is not a day."), "Write it as 2026-11-30."))
        };
        let (first, last) = (day("from_day", from_day)?, day("to_day", to_day)?);
        let days = last.signed_duration_since(first).num_days().saturating_add(1);
        if !(1..=DAYS_MAX).contains(&days) {
            let message = format!("{days} days cannot be shown at once.");
            return Err(Invalid::one("to_day", message, "Choose from 1 to 380 days."));
        }
        let begin = |date: NaiveDate| Start::derived(date.and_time(NaiveTime::MIN), zone, None).instant();
        let after = last.checked_add_days(Days::new(1)).unwrap_or(last);
        Ok(Self { from: begin(first), to: begin(after), zone })
    }

    /// Returns the times that a clock in the zone shows at the start and at the end of a session.
    #[must_use]
    pub fn wall_clock(&self, plan: &Plan) -> (NaiveDateTime, NaiveDateTime) {
        let shown = |at: DateTime<Utc>| at.with_timezone(&self.zone).naive_local();
        (shown(plan.start.instant()), shown(plan.end()))
    }
}

/// Reads the name of a time zone.
pub fn read_zone(zone: &str) -> Result<Tz, Invalid> {
    zone.trim().parse().map_err(|_| {
        let shown: String = zone.chars().take(40).collect();
        let next = "Choose a zone such as Europe/Berlin or America/New_York.";
        Invalid::one("timezone", format!("“{shown}” is not a time zone."), next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_included_and_has_25_hours_where_the_clocks_go_back() {
        let pages = Pages::read("2026-10-25", "2026-10-25", "Europe/Berlin").unwrap();
        assert_eq!((pages.to - pages.from).num_hours(), 25);
    }

    #[test]
    fn a_day_that_begins_without_midnight_begins_after_the_gap() {
        // Cairo set its clocks forward at midnight on 24 April 2026.
        let pages = Pages::read("2026-04-24", "2026-04-24", "Africa/Cairo").unwrap();
        assert_eq!((pages.to - pages.from).num_hours(), 23);
    }

    #[test]
    fn days_zones_and_spans_that_make_no_sense_are_named() {
        let refused = |from, to, zone| Pages::read(from, to, zone).unwrap_err().to_string();
        assert_eq!(refused("2026-02-30", "2026-03-01", "UTC"), "“2026-02-30” is not a day.");
        assert_eq!(refused("2026-03-02", "2026-03-01", "UTC"), "0 days cannot be shown at once.");
        assert_eq!(refused("2026-01-01", "2036-01-01", "UTC"), "3653 days cannot be shown at once.");
        assert_eq!(refused("2026-01-01", "2026-01-01", "Mars/Base"), "“Mars/Base” is not a time zone.");
    }
}
