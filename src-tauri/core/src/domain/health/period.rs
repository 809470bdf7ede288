//! The period that figures are about, and its weeks.

use chrono::{DateTime, Datelike as _, Days, NaiveTime, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::domain::bounds::Moved as _;
use crate::domain::health::report::Month;
use crate::domain::invalid::Invalid;
use crate::domain::schedule::start::Start;

/// The periods that people choose from, in days.
pub const PERIODS: [u32; 4] = [7, 30, 90, 365];

/// The last days until a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The beginning, which belongs to it.
    pub from: DateTime<Utc>,
    /// The end, which belongs to it.
    pub to: DateTime<Utc>,
    /// Its length in days of 24 hours.
    pub days: u32,
}

impl Period {
    /// Returns the last `days` days, to the second.
    pub fn last(days: u32, now: DateTime<Utc>) -> Result<Self, Invalid> {
        if !PERIODS.contains(&days) {
            return Err(Invalid::one("days", format!("{days} days is not a period."), "Choose 7, 30, 90 or 365 days."));
        }
        let to = now.trunc_subsecs(0);
        Ok(Self { from: to.earlier(TimeDelta::days(days.into())), to, days })
    }

    /// Returns a month in UTC, up to now.
    #[must_use]
    pub fn of_month(month: Month, now: DateTime<Utc>) -> Self {
        let begins = |month: Month| month.first_day().and_time(NaiveTime::MIN).and_utc();
        let (from, end) = (begins(month), begins(month.after()));
        let days = u32::try_from(end.since(from).num_days()).unwrap_or_default();
        Self { from, to: end.earlier(TimeDelta::milliseconds(1)).min(now), days }
    }

    /// Returns the beginnings of its weeks: Mondays at midnight in this zone. The first one may lie before the period.
    #[must_use]
    pub fn weeks(&self, zone: Tz) -> Vec<DateTime<Utc>> {
        let day = self.from.with_timezone(&zone).date_naive();
        let monday = day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()));
        let mut days = std::iter::successors(monday, |monday| monday.checked_add_days(Days::new(7)));
        let starts = days.by_ref().map(|monday| Start::derived(monday.and_time(NaiveTime::MIN), zone, None).instant());
        starts.take_while(|start| *start <= self.to).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday_at_midnight_of_the_zone_also_when_the_clocks_change() {
        let period = Period::last(7, "2026-10-28T12:00:00.7Z".parse().unwrap()).unwrap();
        let weeks: Vec<_> = period.weeks(Tz::Europe__Berlin).iter().map(DateTime::to_rfc3339).collect();
        assert_eq!(weeks, ["2026-10-18T22:00:00+00:00", "2026-10-25T23:00:00+00:00"]);
        assert_eq!(period.to.to_rfc3339(), "2026-10-28T12:00:00+00:00");
    }

    #[test]
    fn a_year_has_53_or_54_weeks_and_other_periods_are_refused() {
        let now = "2026-11-30T12:00:00Z".parse().unwrap();
        assert_eq!(Period::last(365, now).unwrap().weeks(Tz::UTC).len(), 54);
        assert!(Period::last(0, now).is_err() && Period::last(366, now).is_err());
    }

    #[test]
    fn a_month_ends_before_the_next_one_begins_and_the_present_one_ends_now() {
        let now = "2026-11-10T12:00:00Z".parse().unwrap();
        let of = |month: &str| Period::of_month(month.parse().unwrap(), now);
        let october = of("2026-10");
        assert_eq!((october.from.to_rfc3339(), october.days), ("2026-10-01T00:00:00+00:00".to_owned(), 31));
        assert_eq!(october.to, of("2026-11").from.earlier(TimeDelta::milliseconds(1)));
        assert_eq!(of("2026-11").to, now);
    }
}
