//! How the storage at Stream grows, and when it is full.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

/// What Stream said about its storage, in minutes of video.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// The minutes of video that the account had stored at Stream.
    pub used: f64,
    /// The minutes that are paid for.
    pub allowed: f64,
}

impl Reading {
    /// Returns the minutes that can still be stored.
    #[must_use]
    pub fn left(&self) -> f64 {
        (self.allowed - self.used).max(0.0)
    }

    /// Returns the share that is used, from 0 on; `None` where nothing is paid for.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.allowed > 0.0).then(|| self.used / self.allowed)
    }

    /// Whether there is more room than in an earlier reading: something was deleted, or more is paid for.
    #[must_use]
    pub fn has_more_room_than(&self, earlier: &Self) -> bool {
        self.left() > 0.0 && (self.used < earlier.used || self.allowed > earlier.allowed)
    }
}

/// The days of the past that the growth is read from.
pub const LOOK_BACK_DAYS: u64 = 90;
/// The fewest days between the first and the last reading from which a growth is read.
const LEAST_DAYS: i64 = 14;
/// How far ahead a date is told.
const AHEAD_DAYS: u32 = 3_652;
/// How far ahead is counted with the rules: longer than Stream keeps any video with a date.
const AHEAD_WITH_RULES_DAYS: u64 = 1_461;
/// The days of a month.
const MONTH_DAYS: f64 = 30.4;

/// How the storage grew, in minutes for each day: the line that fits the last reading of each day best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// The minutes by which it grew each day; negative where it shrank.
    pub per_day: f64,
}

impl Growth {
    /// Reads the growth from the last reading of each day, oldest first. `None` where they span fewer than 14 days.
    #[must_use]
    pub fn of(readings: &[Reading], today: NaiveDate) -> Option<Self> {
        let from = today.checked_sub_days(Days::new(LOOK_BACK_DAYS))?;
        let days: Vec<(f64, f64)> = readings
            .iter()
            .filter(|reading| (from..=today).contains(&reading.at.date_naive()))
            .map(|reading| (days_after(from, reading.at.date_naive()), reading.used))
            .collect();
        let (first, last) = (days.first()?.0, days.last()?.0);
        if last - first < f64::from(i32::try_from(LEAST_DAYS).unwrap_or(i32::MAX)) {
            return None;
        }
        let count = f64::from(u32::try_from(days.len()).unwrap_or(u32::MAX));
        let mean = |of: fn(&(f64, f64)) -> f64| days.iter().map(of).sum::<f64>() / count;
        let (mean_day, mean_used) = (mean(|day| day.0), mean(|day| day.1));
        let along: f64 = days.iter().map(|(day, used)| (day - mean_day) * (used - mean_used)).sum();
        let spread: f64 = days.iter().map(|(day, _)| (day - mean_day).powi(2)).sum();
        (spread > 0.0).then(|| Self { per_day: along / spread })
    }

    /// Returns the minutes by which it grows in a month.
    #[must_use]
    pub fn per_month(self) -> f64 {
        self.per_day * MONTH_DAYS
    }

    /// Returns the day on which the storage is full if it goes on like this; `None` for never, or for ten years on.
    #[must_use]
    pub fn full_on(self, last: &Reading, today: NaiveDate) -> Option<NaiveDate> {
        if last.left() <= 0.0 {
            return Some(today);
        }
        // Rounding errors of the line make no day.
        let days = (last.left() / self.per_day - 1e-6).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the bounds that are checked"
        )]
        let days = (self.per_day > 0.0 && days <= f64::from(AHEAD_DAYS)).then_some(days as u64)?;
        today.checked_add_days(Days::new(days))
    }

    /// Returns the minutes that are stored some days from the last reading on.
    #[must_use]
    pub fn used_after(self, last: &Reading, days: u32) -> f64 {
        (last.used + self.per_day * f64::from(days)).max(0.0)
    }
}

fn days_after(from: NaiveDate, day: NaiveDate) -> f64 {
    f64::from(i32::try_from(day.signed_duration_since(from).num_days()).unwrap_or(i32::MAX))
}

/// What comes and goes if the rules of how long recordings stay are applied.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WithRules {
    /// The minutes that new classes add each day.
    pub added_per_day: f64,
    /// After how many days a new video is deleted; `None` for never.
    pub kept_days: Option<u32>,
    /// The minutes that are deleted on each day, of the videos that there are.
    pub deleted_on: BTreeMap<NaiveDate, f64>,
}

impl WithRules {
    /// Returns the minutes that are stored on each of the next days, beginning with tomorrow.
    fn days(&self, last: &Reading, today: NaiveDate) -> impl Iterator<Item = (NaiveDate, f64)> {
        let overdue: f64 = self.deleted_on.range(..=today).map(|(_, minutes)| minutes).sum();
        let mut used = last.used - overdue;
        (1..=AHEAD_WITH_RULES_DAYS).filter_map(move |number| {
            let day = today.checked_add_days(Days::new(number))?;
            used += self.added_per_day;
            if self.kept_days.is_some_and(|kept| number > u64::from(kept)) {
                used -= self.added_per_day;
            }
            used -= self.deleted_on.get(&day).copied().unwrap_or(0.0);
            Some((day, used.max(0.0)))
        })
    }

    /// Returns the first day on which the storage is full; `None` for never.
    #[must_use]
    pub fn full_on(&self, last: &Reading, today: NaiveDate) -> Option<NaiveDate> {
        if last.left() <= 0.0 && last.allowed <= 0.0 {
            return Some(today);
        }
        self.days(last, today).find(|(_, used)| *used >= last.allowed).map(|(day, _)| day)
    }

    /// Returns the minutes that are stored on certain days ahead.
    #[must_use]
    pub fn used_on(&self, last: &Reading, today: NaiveDate, days: &[NaiveDate]) -> BTreeMap<NaiveDate, f64> {
        self.days(last, today).filter(|(day, _)| days.contains(day)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn reading(on: &str, used: f64) -> Reading {
        Reading { at: format!("{on}T12:00:00Z").parse().unwrap(), used, allowed: 100_000.0 }
    }

    #[test]
    fn a_line_through_the_readings_tells_when_the_storage_is_full() {
        // 100 minutes more each day, with a day on which nobody asked.
        let readings = [
            reading("2026-11-01", 80_000.0),
            reading("2026-11-02", 80_100.0),
            reading("2026-11-11", 81_000.0),
            reading("2026-11-30", 82_900.0),
        ];
        let growth = Growth::of(&readings, day("2026-11-30")).unwrap();
        assert!((growth.per_day - 100.0).abs() < 1e-9);
        assert!((growth.per_month() - 3_040.0).abs() < 1e-6);
        let last = readings.last().unwrap();
        assert_eq!(growth.full_on(last, day("2026-11-30")), Some(day("2027-05-20")), "after 171 days");
        assert!((growth.used_after(last, 30) - 85_900.0).abs() < 1e-6);
    }

    #[test]
    fn fewer_than_14_days_are_no_growth() {
        let short = [reading("2026-11-17", 1.0), reading("2026-11-30", 500.0)];
        assert_eq!(Growth::of(&short, day("2026-11-30")), None);
        let long = [reading("2026-11-16", 1.0), reading("2026-11-30", 500.0)];
        assert!(Growth::of(&long, day("2026-11-30")).is_some());
        assert_eq!(Growth::of(&[], day("2026-11-30")), None);
        // What is older than 90 days does not count, and neither does what lies ahead.
        let old = [reading("2026-08-01", 1.0), reading("2026-11-30", 500.0), reading("2027-11-30", 900.0)];
        assert_eq!(Growth::of(&old, day("2026-11-30")), None);
    }

    #[test]
    fn storage_that_does_not_grow_is_never_full_and_full_storage_is_full_today() {
        let last = reading("2026-11-30", 80_000.0);
        let full_on = |per_day: f64, last: &Reading| Growth { per_day }.full_on(last, day("2026-11-30"));
        assert_eq!(full_on(0.0, &last), None);
        assert_eq!(full_on(-5.0, &last), None);
        assert_eq!(full_on(0.001, &last), None, "after more than ten years");
        assert_eq!(full_on(-5.0, &reading("2026-11-30", 100_000.0)), Some(day("2026-11-30")));
    }

    #[test]
    fn with_rules_what_is_deleted_makes_room_for_what_comes() {
        let last = reading("2026-11-30", 90_000.0);
        let forever = WithRules { added_per_day: 100.0, ..WithRules::default() };
        assert_eq!(forever.full_on(&last, day("2026-11-30")), Some(day("2027-03-10")), "after 100 days");
        let kept_90 = WithRules { kept_days: Some(90), ..forever.clone() };
        assert_eq!(kept_90.full_on(&last, day("2026-11-30")), None, "99,000 minutes at most");
        let deleted_on = BTreeMap::from([(day("2027-03-09"), 3_000.0)]);
        let with_deletion = WithRules { deleted_on, ..forever };
        assert_eq!(with_deletion.full_on(&last, day("2026-11-30")), Some(day("2027-04-09")), "30 days later");
        let used = with_deletion.used_on(&last, day("2026-11-30"), &[day("2026-12-01"), day("2027-03-09")]);
        assert_eq!(used.into_values().collect::<Vec<_>>(), [90_100.0, 96_900.0]);
    }

    #[test]
    fn there_is_more_room_after_a_deletion_and_after_minutes_were_bought() {
        let before = reading("2026-11-29", 100_000.0);
        assert!(reading("2026-11-30", 99_000.0).has_more_room_than(&before));
        assert!(Reading { allowed: 110_000.0, ..before }.has_more_room_than(&before));
        assert!(!before.has_more_room_than(&before));
        assert!(!reading("2026-11-30", 100_500.0).has_more_room_than(&reading("2026-11-29", 101_000.0)));
        assert_eq!(Reading { allowed: 0.0, ..before }.share(), None);
    }
}
