//! Which days of the analytics are asked for, and from when on nothing is missing.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;

/// The last finished days that are counted again each day: the numbers may be late.
const COUNTED_AGAIN_DAYS: u64 = 3;
/// How many days may lie between the last day that was counted and today.
const LATE_DAYS: u64 = 4;
/// The time until the analytics are asked again after an error that may be over by itself.
const RETRY_AFTER: TimeDelta = TimeDelta::hours(1);
/// The time until they are asked again after a refusal that a person has to end.
const REFUSED_AFTER: TimeDelta = TimeDelta::hours(24);

/// What the analytics are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// How long videos were watched.
    Watched,
    /// How long people were in rooms.
    Rooms,
}

impl Asking {
    /// The word in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Watched => "watched",
            Self::Rooms => "rooms",
        }
    }
}

/// Why the analytics were not told, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// What happened.
    pub message: String,
    /// The next step.
    pub next: String,
}

/// When the analytics were asked last, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When they were asked.
    pub at: DateTime<Utc>,
    /// When they are asked again.
    pub again: DateTime<Utc>,
    /// Why they were not told; `None` where they were.
    pub problem: Option<Untold>,
}

impl Asked {
    /// Returns what is noted when they were told: they are asked again on the next day.
    #[must_use]
    pub fn told(at: DateTime<Utc>) -> Self {
        let tomorrow = at.date_naive().checked_add_days(Days::new(1)).unwrap_or(at.date_naive());
        Self { at, again: tomorrow.and_time(chrono::NaiveTime::MIN).and_utc(), problem: None }
    }

    /// Returns what is noted when they were not told. `passes` tells whether the reason may be over by itself.
    #[must_use]
    pub fn untold(at: DateTime<Utc>, passes: bool, problem: Untold) -> Self {
        let again = at.later(if passes { RETRY_AFTER } else { REFUSED_AFTER });
        Self { at, again, problem: Some(problem) }
    }
}

/// Whether the analytics are to be asked now. A clock that was set back makes it so.
#[must_use]
pub fn is_due(asked: Option<&Asked>, now: DateTime<Utc>) -> bool {
    asked.is_none_or(|asked| asked.again <= now || now < asked.at)
}

/// Returns the finished days whose minutes are to be counted: those of the last `kept` days that were not counted yet, and the last
/// three again.
#[must_use]
pub fn days_to_count(counted: &BTreeSet<NaiveDate>, today: NaiveDate, kept: u64) -> Vec<NaiveDate> {
    let days = (1..kept).rev().filter_map(|ago| Some((ago, today.checked_sub_days(Days::new(ago))?)));
    days.filter(|(ago, day)| *ago <= COUNTED_AGAIN_DAYS || !counted.contains(day)).map(|(_, day)| day).collect()
}

/// Returns the first day from which on every finished day was counted; `None` where the last days were not.
#[must_use]
pub fn complete_since(counted: &BTreeSet<NaiveDate>, today: NaiveDate) -> Option<NaiveDate> {
    let last = *counted.range(..today).next_back()?;
    if last < today.checked_sub_days(Days::new(LATE_DAYS))? {
        return None;
    }
    let mut first = last;
    for day in counted.range(..last).rev() {
        if day.succ_opt() != Some(first) {
            break;
        }
        first = *day;
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn problem() -> Untold {
        Untold { message: "No.".into(), next: "Later.".into() }
    }

    #[test]
    fn days_that_were_not_counted_and_the_last_three_are_counted() {
        let today = day("2026-11-30");
        let all = days_to_count(&BTreeSet::new(), today, 90);
        assert_eq!((all.len(), all[0], all[88]), (89, day("2026-09-02"), day("2026-11-29")));
        let counted: BTreeSet<_> = all.into_iter().filter(|one| *one != day("2026-10-10")).collect();
        let again = days_to_count(&counted, today, 90);
        assert_eq!(again, ["2026-10-10", "2026-11-27", "2026-11-28", "2026-11-29"].map(day));
    }

    #[test]
    fn the_days_are_complete_from_the_day_after_the_last_gap() {
        let today = day("2026-11-30");
        let of = |days: &[&str]| complete_since(&days.iter().map(|one| day(one)).collect(), today);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["2026-11-29"]), Some(day("2026-11-29")));
        assert_eq!(of(&["2026-11-20", "2026-11-27", "2026-11-28", "2026-11-29"]), Some(day("2026-11-27")));
        assert_eq!(of(&["2026-11-25", "2026-11-26"]), Some(day("2026-11-25")));
        assert_eq!(of(&["2026-11-24", "2026-11-25"]), None, "nothing was counted for five days");
    }

    #[test]
    fn the_analytics_are_asked_once_a_day_and_again_soon_where_an_error_may_pass() {
        let at = moment("2026-11-30T20:00:00Z");
        let due = |asked: &Asked, now: &str| is_due(Some(asked), moment(now));
        assert!(is_due(None, at));
        let told = Asked::told(at);
        assert!(!due(&told, "2026-11-30T23:59:59Z") && due(&told, "2026-12-01T00:00:00Z"));
        let broken = Asked::untold(at, true, problem());
        assert!(!due(&broken, "2026-11-30T20:59:00Z") && due(&broken, "2026-11-30T21:00:00Z"));
        let refused = Asked::untold(at, false, problem());
        assert!(!due(&refused, "2026-12-01T19:00:00Z") && due(&refused, "2026-12-01T20:00:00Z"));
        assert!(due(&refused, "2026-11-30T19:00:00Z"), "the clock was set back");
    }
}
