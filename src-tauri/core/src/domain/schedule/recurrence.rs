//! Recurrence rules of RFC 5545 (§3.3.10): reading, writing, and the occurrences of a rule.
//!
//! A rule counts in wall-clock time, and only then each occurrence gets its instant in the zone of the series. A time
//! that the clocks skip or show twice is settled in [`Start::of_occurrence`], by RFC 5545 §3.3.5.
//!
//! A class begins at one time of the day, so rules that repeat within a day (`HOURLY` and faster, `BYHOUR`, `BYMINUTE`,
//! `BYSECOND`) are refused.

mod days;
mod expansion;
mod parse;
mod plain;
mod sentence;

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use crate::domain::schedule::start::Start;
use crate::domain::schedule::weekdays;

pub use days::Period;

/// The most times that a rule may say with `COUNT`.
pub const COUNT_MAX: u32 = 1_000;
/// The largest `INTERVAL`.
pub const INTERVAL_MAX: u16 = 999;
/// The most occurrences of a rule that are counted: 27 years of daily classes. A series ends there.
pub const OCCURRENCES_MAX: usize = 10_000;
/// The longest rule that is read, in bytes.
pub const RULE_TEXT_MAX: usize = 1_000;

/// The period that a rule repeats in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every day, or every nth day.
    Daily,
    /// Every week, or every nth week.
    Weekly,
    /// Every month, or every nth month.
    Monthly,
    /// Every year, or every nth year.
    Yearly,
}

/// A day of the week; with a number, only the nth of the month or year, counted from the end if it is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByDay {
    /// The number; `None` for every such day.
    pub nth: Option<i16>,
    /// The day of the week.
    pub weekday: Weekday,
}

/// The last moment of a rule, as it was written. An occurrence at that moment still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The whole of this day, in the zone of the series.
    Date(NaiveDate),
    /// A wall-clock time in the zone of the series.
    Local(NaiveDateTime),
    /// An instant.
    Instant(DateTime<Utc>),
}

/// When a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It does not end.
    Never,
    /// After this many occurrences.
    Count(u32),
    /// After this moment.
    Until(Until),
}

/// A checked recurrence rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    interval: u16,
    end: End,
    by_month: Vec<u8>,
    by_week_no: Vec<i8>,
    by_year_day: Vec<i16>,
    by_month_day: Vec<i8>,
    by_day: Vec<ByDay>,
    by_set_pos: Vec<i32>,
    week_start: Weekday,
}

impl Rule {
    /// Returns the starts of the rule up to the wall-clock time `last`, which is included, in order.
    ///
    /// `first` is where the rule begins to count. It is an occurrence only if it fits the rule. There are at most
    /// [`OCCURRENCES_MAX`] starts, and a rule that no date fits ends.
    pub fn starts(&self, first: NaiveDateTime, zone: Tz, last: NaiveDateTime) -> impl Iterator<Item = Start> + use<> {
        let (last, not_after) = match self.end {
            End::Never | End::Count(_) => (last, None),
            End::Until(Until::Date(date)) => (last.min(end_of(date)), None),
            End::Until(Until::Local(local)) => (last.min(local), None),
            // The clocks never differ by more than a day from what they show at the instant.
            End::Until(Until::Instant(at)) => {
                let shown = at.with_timezone(&zone).naive_local();
                (last.min(shown.checked_add_signed(TimeDelta::days(1)).unwrap_or(shown)), Some(at))
            }
        };
        expansion::wall_clocks(self, first, last)
            .take(OCCURRENCES_MAX)
            .map(move |local| Start::of_occurrence(local, zone))
            .take_while(move |start| not_after.is_none_or(|end| start.instant() <= end))
    }

    /// Whether the last moment of the rule lies before `start`.
    #[must_use]
    pub fn ends_before(&self, start: &Start) -> bool {
        match self.end {
            End::Never | End::Count(_) => false,
            End::Until(Until::Date(date)) => date < start.local().date(),
            End::Until(Until::Local(local)) => local < start.local(),
            End::Until(Until::Instant(at)) => at < start.instant(),
        }
    }

    /// Returns the rule with the last day in the place of the last moment, so that it keeps its days when the class is
    /// moved to another time of the day or another zone. `time` and `zone` are those of the class before.
    #[must_use]
    pub fn ending_with_a_day(self, time: NaiveTime, zone: Tz) -> Self {
        let last_day = |local: NaiveDateTime| {
            if local.time() >= time { local.date() } else { local.date().pred_opt().unwrap_or_default() }
        };
        let end = match self.end {
            End::Until(Until::Local(local)) => End::Until(Until::Date(last_day(local))),
            End::Until(Until::Instant(at)) => {
                let date = at.with_timezone(&zone).date_naive();
                let fits = Start::of_occurrence(date.and_time(time), zone).instant() <= at;
                End::Until(Until::Date(if fits { date } else { date.pred_opt().unwrap_or_default() }))
            }
            End::Until(Until::Date(_)) | End::Never | End::Count(_) => self.end,
        };
        Self { end, ..self }
    }
}

fn end_of(date: NaiveDate) -> NaiveDateTime {
    date.and_hms_milli_opt(23, 59, 59, 999).unwrap_or_default()
}

/// Writes the rule as RFC 5545 has it, with the parts in the order of its grammar.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.frequency.name())?;
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Until(Until::Date(date)) => write!(f, ";UNTIL={}", date.format("%Y%m%d"))?,
            End::Until(Until::Local(local)) => write!(f, ";UNTIL={}", local.format("%Y%m%dT%H%M%S"))?,
            End::Until(Until::Instant(at)) => write!(f, ";UNTIL={}", at.format("%Y%m%dT%H%M%SZ"))?,
        }
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        let days: Vec<String> = self.by_day.iter().map(ToString::to_string).collect();
        list(f, "BYDAY", &days)?;
        list(f, "BYMONTHDAY", &self.by_month_day)?;
        list(f, "BYYEARDAY", &self.by_year_day)?;
        list(f, "BYWEEKNO", &self.by_week_no)?;
        list(f, "BYMONTH", &self.by_month)?;
        list(f, "BYSETPOS", &self.by_set_pos)?;
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", weekdays::code(self.week_start))?;
        }
        Ok(())
    }
}

fn list<T: ToString>(f: &mut fmt::Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    if values.is_empty() {
        return Ok(());
    }
    write!(f, ";{name}={}", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

impl Frequency {
    const fn name(self) -> &'static str {
        match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

impl fmt::Display for ByDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(weekdays::code(self.weekday))
    }
}

#[cfg(test)]
mod tests;
