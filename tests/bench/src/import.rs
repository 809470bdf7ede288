//! Measures the import of a calendar of 10,000 events into a desk. Reading the same file with `calcard` alone is the comparison.

use std::fmt::Write as _;
use std::time::Instant;

use calcard::icalendar::ICalendar;
use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::schedule::calendar;
use hajime_core::actions::schedule::series::Mode;

use crate::api::Failure;
use crate::desk;
use crate::table::{Row, Table};

const EVENTS: usize = 10_000;
/// How many of them repeat.
const SERIES: usize = 100;
/// The longest time for the import.
const TARGET_SECONDS: f64 = 2.0;

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        table.add(row(&failure.to_string(), "none".into(), String::new(), "", false));
    }
}

fn row(what: &str, figure: String, beside: String, mark: &str, reached: bool) -> Row {
    Row { what: format!("import: {what}"), figure, beside, mark: mark.into(), reached }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
    let folder = tempfile::tempdir()?;
    let context = desk::open(&sandbox, folder.path())?;
    let file = file(context.now());

    let begun = Instant::now();
    let parsed = ICalendar::parse(&file);
    let alone = begun.elapsed().as_secs_f64();
    if parsed.is_err() {
        return Err("calcard does not read the file".into());
    }
    for (what, mode) in [("10,000 events, shown", Mode::Show), ("10,000 events, made", Mode::Make)] {
        let begun = Instant::now();
        let done = calendar::import(&context, file.as_bytes(), "UTC", Some("M. Ito"), mode)?;
        let ours = begun.elapsed().as_secs_f64();
        if done.new.len() != EVENTS {
            return Err(format!("{} of {EVENTS} events became classes", done.new.len()).into());
        }
        let beside = format!("{:.1} × calcard reading alone ({alone:.3} s)", ours / alone);
        table.add(row(what, format!("{ours:.2} s"), beside, "≤ 2 s", ours <= TARGET_SECONDS));
    }
    Ok(())
}

/// A calendar whose events lie in the coming four years.
fn file(now: chrono::DateTime<chrono::Utc>) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n");
    for number in 0..EVENTS {
        let hours = i64::try_from(number).unwrap_or_default().saturating_mul(3).saturating_add(24);
        let start = now.checked_add_signed(chrono::TimeDelta::hours(hours)).unwrap_or(now).format("%Y%m%dT%H0000");
        let rule = if number < SERIES { "RRULE:FREQ=WEEKLY;COUNT=50\r\n" } else { "" };
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:{number}@example.org\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;TZID=Europe/Berlin:{start}\r\n\
             DURATION:PT1H\r\n{rule}SUMMARY:Class {number}\r\nDESCRIPTION:Bring water\\, and a towel.\r\nLOCATION:Hall\r\n\
             END:VEVENT\r\n"
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}
