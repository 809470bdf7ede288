//! The hours in which a channel sends nothing. What falls into them waits until they are over.

use chrono::{DateTime, Days, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use crate::domain::invalid::Invalid;
use crate::domain::schedule::start::LONGEST_GAP_MINUTES;

/// From one wall-clock time to another, in a zone; over midnight where the end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: NaiveTime,
    to: NaiveTime,
    zone: Tz,
}

impl QuietHours {
    /// From `HH:MM` to `HH:MM` in a zone of the tz database.
    pub fn parse(from: &str, to: &str, zone: &str) -> Result<Self, Invalid> {
        let time = |field, text: &str| {
            NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| {
                let shown: String = text.chars().take(20).collect();
                Invalid::one(field, format!("“{shown}” is not a time."), "Write it as 22:30.")
            })
        };
        let (from, to) = (time("quiet_from", from)?, time("quiet_to", to)?);
        let zone = zone.parse().map_err(|_| {
            let shown: String = zone.chars().take(40).collect();
            Invalid::one("quiet_zone", format!("“{shown}” is not a time zone."), "Write it as Europe/Berlin.")
        })?;
        if from == to {
            return Err(Invalid::one(
                "quiet_to",
                "The quiet hours end when they begin.",
                "Choose another end, or turn the channel off to send nothing at all.",
            ));
        }
        Ok(Self { from, to, zone })
    }

    /// The beginning as `HH:MM`.
    #[must_use]
    pub fn from(&self) -> String {
        self.from.format("%H:%M").to_string()
    }

    /// The end as `HH:MM`.
    #[must_use]
    pub fn to(&self) -> String {
        self.to.format("%H:%M").to_string()
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// When the quiet hours that it is in are over; `None` outside them.
    #[must_use]
    pub fn over_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let here = now.with_timezone(&self.zone).naive_local();
        let (date, time) = (here.date(), here.time());
        let over_midnight = self.from > self.to;
        let end = if over_midnight {
            match time {
                time if time < self.to => date,
                time if time >= self.from => date.checked_add_days(Days::new(1))?,
                _ => return None,
            }
        } else if self.from <= time && time < self.to {
            date
        } else {
            return None;
        };
        passed(end.and_time(self.to), self.zone).filter(|over| *over > now)
    }
}

/// The moment at which the clocks of a zone pass a time. Where they show it twice, the second time is meant; where they
/// skip it, they pass it when they go forward.
fn passed(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let shown = (0..=LONGEST_GAP_MINUTES)
        .filter_map(|minutes| local.checked_add_signed(TimeDelta::minutes(minutes)))
        .find_map(|time| zone.from_local_datetime(&time).latest())?;
    Some(shown.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn over(hours: QuietHours, now: &str) -> Option<String> {
        hours.over_at(at(now)).map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }

    #[test]
    fn hours_over_midnight_end_the_next_morning() {
        let nights = QuietHours::parse("22:30", "07:00", "Europe/Berlin").unwrap();
        assert_eq!(over(nights, "2026-11-29T21:29:59Z"), None, "22:29:59 in Berlin");
        assert_eq!(over(nights, "2026-11-29T21:30:00Z").as_deref(), Some("2026-11-30T06:00:00Z"));
        assert_eq!(over(nights, "2026-11-30T05:59:59Z").as_deref(), Some("2026-11-30T06:00:00Z"));
        assert_eq!(over(nights, "2026-11-30T06:00:00Z"), None);
    }

    #[test]
    fn hours_within_a_day_end_on_that_day() {
        let noon = QuietHours::parse("12:00", "13:30", "UTC").unwrap();
        assert_eq!(over(noon, "2026-11-29T12:00:00Z").as_deref(), Some("2026-11-29T13:30:00Z"));
        assert_eq!(over(noon, "2026-11-29T13:30:00Z"), None);
    }

    #[test]
    fn hours_whose_end_is_skipped_or_shown_twice_by_the_clocks_still_end() {
        let early = QuietHours::parse("01:00", "02:30", "Europe/Berlin").unwrap();
        assert_eq!(over(early, "2026-03-29T00:30:00Z").as_deref(), Some("2026-03-29T01:00:00Z"), "2:30 was skipped");
        assert_eq!(over(early, "2026-10-25T00:00:00Z").as_deref(), Some("2026-10-25T01:30:00Z"), "2:30 came twice");
    }

    #[test]
    fn times_and_zones_that_are_none_are_refused() {
        for (from, to, zone, field) in [
            ("25:00", "07:00", "UTC", "quiet_from"),
            ("22:30", "", "UTC", "quiet_to"),
            ("22:30", "22:30", "UTC", "quiet_to"),
            ("22:30", "07:00", "Mars/Olympus", "quiet_zone"),
        ] {
            let refused = QuietHours::parse(from, to, zone).unwrap_err();
            assert_eq!(refused.problems()[0].field, field);
        }
    }
}
