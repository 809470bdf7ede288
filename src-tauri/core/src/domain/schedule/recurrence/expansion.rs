//! The only file that uses the crate `rrule`.
//!
//! `rrule` 0.14 repeats or loses occurrences where a zone changes its clocks (rust-rrule issues 109 and 115). So it
//! never sees a zone: a wall-clock time goes in as if it were UTC and comes out as a wall-clock time again.

use chrono::{DateTime, NaiveDateTime};
use rrule::{NWeekday, RRule, RRuleSet, Tz, Unvalidated};

use crate::domain::schedule::recurrence::{ByDay, End, Frequency, Rule, plain};

/// Returns the wall-clock times of a rule from `first` to `last`, both included. A rule that no date fits ends: `rrule`
/// gives up after 100,000 periods without an occurrence, or in the year 10000.
pub(super) fn wall_clocks(
    rule: &Rule,
    first: NaiveDateTime,
    last: NaiveDateTime,
) -> impl Iterator<Item = NaiveDateTime> + use<> {
    let by_arithmetic = plain::wall_clocks(rule, first, last);
    let by_rrule = if by_arithmetic.is_none() { Some(by_rrule(rule, first, last)) } else { None };
    by_arithmetic.into_iter().flatten().chain(by_rrule.into_iter().flatten())
}

fn by_rrule(rule: &Rule, first: NaiveDateTime, last: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + use<> {
    let begin = as_utc(first);
    // `rrule` refuses an end before the beginning. A rule that it refuses for another reason has no occurrences;
    // `Rule::parse` has refused it before.
    let valid = (first <= last).then(|| for_rrule(rule, as_utc(last)).validate(begin).ok()).flatten();
    let set = valid.map(|valid| RRuleSet::new(begin).rrule(valid).limit());
    set.into_iter().flat_map(|set| (&set).into_iter()).map(|at| at.naive_utc())
}

/// Returns why `rrule` refuses a rule that begins at `first`.
pub(super) fn refusal(rule: &Rule, first: NaiveDateTime) -> Option<String> {
    let begin = as_utc(first);
    for_rrule(rule, begin).validate(begin).err().map(|error| error.to_string())
}

fn as_utc(wall_clock: NaiveDateTime) -> DateTime<Tz> {
    wall_clock.and_utc().with_timezone(&Tz::UTC)
}

fn for_rrule(rule: &Rule, last: DateTime<Tz>) -> RRule<Unvalidated> {
    let frequency = match rule.frequency {
        Frequency::Daily => rrule::Frequency::Daily,
        Frequency::Weekly => rrule::Frequency::Weekly,
        Frequency::Monthly => rrule::Frequency::Monthly,
        Frequency::Yearly => rrule::Frequency::Yearly,
    };
    let months: Vec<chrono::Month> = rule.by_month.iter().filter_map(|month| (*month).try_into().ok()).collect();
    let days = rule.by_day.iter().map(|ByDay { nth, weekday }| NWeekday::new(*nth, *weekday)).collect();
    let given = RRule::new(frequency)
        .interval(rule.interval)
        .until(last)
        .week_start(rule.week_start)
        .by_month(&months)
        .by_week_no(rule.by_week_no.clone())
        .by_year_day(rule.by_year_day.clone())
        .by_month_day(rule.by_month_day.clone())
        .by_weekday(days)
        .by_set_pos(rule.by_set_pos.clone());
    match rule.end {
        End::Count(count) => given.count(count),
        End::Never | End::Until(_) => given,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_rules_fall_on_the_days_that_rrule_says(
            days_apart in 0_i64..400,
            weekly in any::<bool>(),
            interval in 1_u16..9,
            days in proptest::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 0..=7),
            week_start in proptest::sample::select(vec!["MO", "SU", "WE"]),
            count in proptest::option::of(1_u32..40),
            length in 0_i64..900,
        ) {
            let first: NaiveDateTime = "2026-11-30T18:30:00".parse().unwrap();
            let first = first + TimeDelta::days(days_apart);
            let mut text = format!("FREQ={};INTERVAL={interval}", if weekly { "WEEKLY" } else { "DAILY" });
            if weekly {
                write!(text, ";WKST={week_start}").unwrap();
                if !days.is_empty() {
                    write!(text, ";BYDAY={}", days.join(",")).unwrap();
                }
            }
            if let Some(count) = count {
                write!(text, ";COUNT={count}").unwrap();
            }
            let rule = Rule::parse(&text).unwrap();
            let last = first + TimeDelta::days(length);
            let plain: Vec<_> = plain::wall_clocks(&rule, first, last).expect("a plain rule").collect();
            prop_assert_eq!(plain, by_rrule(&rule, first, last).collect::<Vec<_>>(), "{}", text);
        }
    }

    #[test]
    fn other_rules_are_left_to_rrule() {
        let at: NaiveDateTime = "2026-12-01T18:30:00".parse().unwrap();
        for text in
            ["FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=WEEKLY;BYMONTH=3", "FREQ=DAILY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=1TU"]
        {
            let rule = Rule::parse(text).unwrap();
            assert!(plain::wall_clocks(&rule, at, at + TimeDelta::days(400)).is_none(), "{text}");
            assert!(wall_clocks(&rule, at, at + TimeDelta::days(400)).next().is_some(), "{text}");
        }
    }

    #[test]
    fn rrule_sees_no_zone_but_utc() {
        // By type, a time gets to `rrule` only through `as_utc`, whose argument has no zone.
        let only: fn(NaiveDateTime) -> DateTime<Tz> = as_utc;
        let at = only("2027-03-28T02:30:00".parse().unwrap());
        assert_eq!((at.timezone(), at.naive_utc().to_string().as_str()), (Tz::UTC, "2027-03-28 02:30:00"));
        // As text, no other zone is named in this file, which is the only one that may name `rrule`.
        let code = include_str!("expansion.rs").split("#[cfg(test)]").next().unwrap_or_default();
        assert_eq!(code.matches("Tz::").count(), code.matches("Tz::UTC").count());
        assert_eq!(code.matches("with_timezone").count(), 1);
        assert!(["chrono_tz", "Local", "from_str", ".parse"].iter().all(|word| !code.contains(word)));
    }
}
