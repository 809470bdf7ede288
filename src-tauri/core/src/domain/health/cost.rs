//! What a video, a class and a month cost. Every number here is an estimate: Cloudflare's bill counts.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike as _, Days, NaiveDate, TimeDelta};

use crate::domain::health::price::{Dollars, PriceName, Prices, Rate};
use crate::domain::recorder::quality::Quality;

/// What it costs to keep a video for a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StorageCost {
    length: TimeDelta,
    rate: Rate,
}

impl StorageCost {
    /// Returns the cost of a video of this length: its share of the thousands that are paid in advance. Its quality and its size
    /// do not matter.
    #[must_use]
    pub const fn of(length: TimeDelta, rate: Rate) -> Self {
        Self { length, rate }
    }

    /// Returns the stored minutes, to the nearest whole one and at least one.
    #[must_use]
    pub fn minutes(self) -> i64 {
        (self.length.num_seconds().saturating_add(30) / 60).max(1)
    }

    /// Returns the cents for a month.
    #[must_use]
    pub fn cents(self) -> f64 {
        self.rate.cents_of(self.length.as_seconds_f64() / 60.0)
    }
}

impl fmt::Display for StorageCost {
    /// Writes “$0.30 a month to store”.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} a month to store", Dollars(self.cents()))
    }
}

/// What was used on one day in UTC. What was not counted is absent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DayUse {
    /// The minutes that are paid for and those that are stored, as Stream told last.
    pub storage: Option<(f64, f64)>,
    /// The minutes that were watched.
    pub watched: Option<f64>,
    /// The minutes of all people in rooms.
    pub rooms: Option<f64>,
    /// The minutes that were recorded.
    pub recorded: Option<f64>,
}

/// What a month costs, in cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthCost {
    /// The first day of the month.
    pub month: NaiveDate,
    /// The storage that is paid in advance.
    pub stored: f64,
    /// What was watched.
    pub watched: f64,
    /// People in rooms.
    pub rooms: f64,
    /// Recording.
    pub recorded: f64,
}

impl MonthCost {
    /// The sum.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.stored + self.watched + self.rooms + self.recorded
    }
}

/// Returns the first day of the month of a day.
#[must_use]
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Returns the first day of the month after the one of a day.
#[must_use]
pub fn month_after(day: NaiveDate) -> NaiveDate {
    month_of(month_of(day).checked_add_days(Days::new(31)).unwrap_or(day))
}

fn number_of_days(month: NaiveDate) -> f64 {
    let days = month_after(month).signed_duration_since(month_of(month)).num_days();
    f64::from(i32::try_from(days).unwrap_or(30))
}

/// Returns what a month costs up to its last day in `days`, with the prices of each day.
#[must_use]
pub fn to_date(month: NaiveDate, days: &BTreeMap<NaiveDate, DayUse>, prices: &Prices) -> MonthCost {
    let of_month: Vec<_> = days.range(month_of(month)..month_after(month)).collect();
    let sum = |name, minutes: fn(&DayUse) -> Option<f64>| -> f64 {
        let counted = of_month.iter().filter_map(|(day, used)| Some((**day, minutes(used)?)));
        counted.map(|(day, minutes)| prices.at(name, day).rate.cents_of(minutes)).sum()
    };
    // What is paid in advance is paid for the whole month, however many days were read.
    let read = of_month.iter().filter(|(_, used)| used.storage.is_some()).count();
    let stored = sum(PriceName::Stored, |used| used.storage.map(|(_, allowed)| allowed));
    MonthCost {
        month: month_of(month),
        stored: stored / f64::from(u32::try_from(read.max(1)).unwrap_or(u32::MAX)),
        watched: sum(PriceName::Watched, |used| used.watched),
        rooms: sum(PriceName::Room, |used| used.rooms),
        recorded: sum(PriceName::Recording, |used| used.recorded),
    }
}

/// Returns what the month of `today` will cost, if it goes on as on the days that were counted; on its first days, as in the month
/// before.
#[must_use]
pub fn forecast(today: NaiveDate, days: &BTreeMap<NaiveDate, DayUse>, prices: &Prices) -> MonthCost {
    // Today is not over, so that it says little about a day.
    let finished: BTreeMap<NaiveDate, DayUse> = days.range(..today).map(|(day, used)| (*day, *used)).collect();
    let (so_far, ended) = (to_date(today, days, prices), to_date(today, &finished, prices));
    let before = month_of(today).pred_opt().unwrap_or(today);
    let last = to_date(before, days, prices);
    let counted = |month: NaiveDate, counts: fn(&DayUse) -> bool| {
        let counted = finished.range(month_of(month)..month_after(month)).filter(|(_, used)| counts(used)).count();
        f64::from(u32::try_from(counted).unwrap_or(u32::MAX))
    };
    let expected = |of: fn(&MonthCost) -> f64, counts: fn(&DayUse) -> bool| {
        let (here, there) = (counted(today, counts), counted(before, counts));
        let per_day = match (here, there) {
            (here, _) if here >= 1.0 => of(&ended) / here,
            (_, there) if there >= 1.0 => of(&last) / there,
            _ => 0.0,
        };
        (per_day * number_of_days(today)).max(of(&so_far))
    };
    MonthCost {
        month: so_far.month,
        stored: if so_far.stored > 0.0 { so_far.stored } else { last.stored },
        watched: expected(|month| month.watched, |used| used.watched.is_some()),
        rooms: expected(|month| month.rooms, |used| used.rooms.is_some()),
        recorded: expected(|month| month.recorded, |used| used.recorded.is_some()),
    }
}

/// A class before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedClass {
    /// Its length in minutes.
    pub minutes: u32,
    /// How many people take part.
    pub people: u32,
    /// The quality of its recording.
    pub quality: Quality,
}

/// What a class will cost, in cents.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Its people in the room.
    pub room: f64,
    /// Its recording.
    pub recording: f64,
    /// Its video for a month.
    pub stored_month: f64,
    /// Everybody who took part watches all of it once.
    pub if_all_watch: f64,
    /// The minutes that its video takes of the storage.
    pub stored_minutes: f64,
    /// Whether rooms and recording are free.
    pub rooms_free: bool,
    /// What the qualities differ in; only those of which this desk has recordings.
    pub qualities: Vec<QualityCost>,
}

/// A quality, for one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityCost {
    /// The quality.
    pub quality: Quality,
    /// The size of the file, by the recordings of this desk.
    pub gigabytes: f64,
    /// The video for a month, in cents. Cloudflare counts minutes, so that it is the same for every quality.
    pub stored_month: f64,
}

/// Returns what a class will cost. `bytes_per_minute` is what recordings of a quality took at this desk.
#[must_use]
pub fn estimate(
    class: PlannedClass,
    bytes_per_minute: &[(Quality, f64)],
    prices: &Prices,
    today: NaiveDate,
) -> Estimate {
    const GIGABYTE: f64 = 1e9;
    let rate = |name| prices.at(name, today).rate;
    let minutes = f64::from(class.minutes);
    let person_minutes = minutes * f64::from(class.people);
    let stored_month = rate(PriceName::Stored).cents_of(minutes);
    let known = |quality| bytes_per_minute.iter().find(|(of, _)| *of == quality).map(|(_, bytes)| *bytes);
    Estimate {
        room: rate(PriceName::Room).cents_of(person_minutes),
        recording: rate(PriceName::Recording).cents_of(minutes),
        stored_month,
        if_all_watch: rate(PriceName::Watched).cents_of(person_minutes),
        stored_minutes: minutes,
        rooms_free: rate(PriceName::Room).is_free() && rate(PriceName::Recording).is_free(),
        qualities: Quality::ALL
            .into_iter()
            .filter_map(|quality| {
                let gigabytes = known(quality)? * minutes / GIGABYTE;
                Some(QualityCost { quality, gigabytes, stored_month })
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn used(watched: f64) -> DayUse {
        DayUse { storage: Some((81_000.0, 100_000.0)), watched: Some(watched), ..DayUse::default() }
    }

    #[test]
    fn an_hour_costs_thirty_cents_a_month() {
        let rate = Prices::default().at(PriceName::Stored, day("2026-11-30")).rate;
        for (seconds, words) in [
            (3_600, "$0.30 a month to store"),
            (90, "$0.01 a month to store"),
            (20, "less than $0.01 a month to store"),
            (86_400, "$7.20 a month to store"),
        ] {
            assert_eq!(StorageCost::of(TimeDelta::seconds(seconds), rate).to_string(), words);
        }
        assert_eq!(StorageCost::of(TimeDelta::seconds(3_612), rate).minutes(), 60);
        assert_eq!(StorageCost::of(TimeDelta::seconds(5), rate).minutes(), 1);
    }

    #[test]
    fn a_month_costs_what_is_paid_in_advance_and_what_was_watched() {
        let days = BTreeMap::from([
            (day("2026-10-31"), used(9_000.0)),
            (day("2026-11-01"), used(2_000.0)),
            (day("2026-11-02"), used(1_000.0)),
        ]);
        let prices = Prices::default();
        let november = to_date(day("2026-11-15"), &days, &prices);
        assert_eq!((november.month, november.stored, november.watched), (day("2026-11-01"), 50_000.0, 300.0));
        assert_eq!(Dollars(november.total()).to_string(), "$503.00");
        // 1,500 minutes a day, for 30 days.
        let whole = forecast(day("2026-11-15"), &days, &prices);
        assert_eq!((whole.stored, whole.watched), (50_000.0, 4_500.0));
        // Nothing was counted in December, so it is as in November.
        let next = forecast(day("2026-12-01"), &days, &prices);
        assert_eq!((next.stored, next.watched), (50_000.0, 4_650.0));
    }

    #[test]
    fn today_is_in_the_sum_and_in_no_average() {
        let days = BTreeMap::from([(day("2026-11-01"), used(1_000.0)), (day("2026-11-02"), used(100.0))]);
        let prices = Prices::default();
        let second = forecast(day("2026-11-02"), &days, &prices);
        // On the first day there is no finished one, and the month costs no less than it has already.
        let first = BTreeMap::from([(day("2026-11-01"), used(1_000.0))]);
        let first = forecast(day("2026-11-01"), &first, &prices);
        assert_eq!((second.watched, first.watched), (3_000.0, 100.0));
    }

    #[test]
    fn a_price_that_changes_within_a_month_counts_from_its_day_on() {
        let days = BTreeMap::from([(day("2026-11-10"), used(1_000.0)), (day("2026-11-20"), used(1_000.0))]);
        let prices = Prices::default().with(PriceName::Watched, 300.0, day("2026-11-15")).unwrap();
        assert_eq!(Dollars(to_date(day("2026-11-30"), &days, &prices).watched).to_string(), "$4.00");
    }

    #[test]
    fn a_month_in_which_nothing_was_counted_costs_nothing_that_is_known() {
        let none = BTreeMap::new();
        let empty = to_date(day("2026-11-15"), &none, &Prices::default());
        assert!(empty.total().abs() < f64::EPSILON);
        assert!(forecast(day("2026-11-15"), &none, &Prices::default()).total().abs() < f64::EPSILON);
    }

    #[test]
    fn an_estimate_counts_people_in_rooms_and_viewers_and_compares_only_known_qualities() {
        let prices = Prices::default()
            .with(PriceName::Room, 200.0, day("2027-01-01"))
            .and_then(|prices| prices.with(PriceName::Recording, 1_000.0, day("2027-01-01")))
            .unwrap();
        let class = PlannedClass { minutes: 60, people: 10, quality: Quality::High };
        let sizes = [(Quality::High, 20e6), (Quality::Standard, 8e6)];
        let free = estimate(class, &sizes, &prices, day("2026-12-31"));
        assert!(free.rooms_free && free.room == 0.0 && free.recording == 0.0);
        let paid = estimate(class, &sizes, &prices, day("2027-01-01"));
        assert_eq!((paid.room, paid.recording, paid.stored_month, paid.if_all_watch), (120.0, 60.0, 30.0, 60.0));
        assert!(!paid.rooms_free);
        let known: Vec<_> = paid.qualities.iter().map(|one| (one.quality, one.gigabytes, one.stored_month)).collect();
        assert_eq!(known, [(Quality::High, 1.2, 30.0), (Quality::Standard, 0.48, 30.0)]);
    }
}
