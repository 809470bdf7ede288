//! Measures how long it takes to find the starts of ten years of 200 series, beside bare arithmetic on dates: as many
//! weeks added to a date, and each made an instant of the zone.

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use hajime_core::domain::schedule::recurrence::Rule;

use crate::api::Failure;
use crate::table::{Row, Table, Times, millis};

/// The longest time for all starts.
const TARGET: Duration = Duration::from_millis(50);
/// Runs of each measurement; the median counts.
const RUNS: usize = 21;
/// The rules, as a school has them, and how many series have each.
const RULES: [(&str, usize); 6] = [
    ("FREQ=WEEKLY", 130),
    ("FREQ=WEEKLY;BYDAY=TU,TH", 40),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", 10),
    ("FREQ=DAILY;COUNT=500", 4),
    ("FREQ=MONTHLY;BYDAY=1SA", 12),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", 4),
];
const ZONES: [Tz; 4] = [Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Tokyo, Tz::Australia__Lord_Howe];
/// Ten years.
const SPAN: TimeDelta = TimeDelta::days(3_653);

pub(crate) fn run(table: &mut Table) {
    if let Err(failure) = measure(table) {
        let what = format!("expansion: {failure}");
        table.add(Row { what, figure: "none".into(), beside: String::new(), mark: String::new(), reached: false });
    }
}

fn measure(table: &mut Table) -> Result<(), Failure> {
    let first: NaiveDateTime = "2026-12-01T18:30:00".parse()?;
    let last = first + SPAN;
    let mut series = Vec::new();
    for (text, count) in RULES {
        let rule = Rule::parse(text).map_err(|refused| refused.to_string())?;
        series.extend((0..count).map(|number| (rule.clone(), ZONES[number % ZONES.len()])));
    }
    let (mut expanding, mut counting) = (Times::default(), Times::default());
    let mut found = 0;
    for _ in 0..RUNS {
        let begun = Instant::now();
        let starts = series.iter().flat_map(|(rule, zone)| rule.starts(first, *zone, last));
        found = black_box(
            starts.map(|start| start.instant()).fold(0, |sum, at| sum + usize::from(at > DateTime::UNIX_EPOCH)),
        );
        expanding.since(begun);
        let begun = Instant::now();
        black_box(bare(first, found));
        counting.since(begun);
    }
    let (took, bare) = (expanding.percentile(50), counting.percentile(50));
    table.add(Row {
        what: format!("expansion: 10 years of {} series, {found} classes", series.len()),
        figure: millis(took),
        beside: format!("{:.1} × bare arithmetic, {}", took.as_secs_f64() / bare.as_secs_f64(), millis(bare)),
        mark: format!("≤ {} ms", TARGET.as_millis()),
        reached: took <= TARGET,
    });
    Ok(())
}

/// Adds up to ten years of weeks to a date again and again, until there are `count` instants.
fn bare(first: NaiveDateTime, count: usize) -> usize {
    let mut earlier = 0;
    for number in 0..count {
        let weeks = i64::try_from(number % 522).unwrap_or_default();
        let zone = ZONES[number / 522 % ZONES.len()];
        let local = first + TimeDelta::weeks(weeks);
        let at = zone.from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc));
        earlier += usize::from(at.is_some_and(|at| at > DateTime::UNIX_EPOCH));
    }
    earlier
}
