//! `session dates`: the dates of a recurrence rule, for people who look before they plan, and for scripts that compare
//! many rules with another program.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use chrono::NaiveDateTime;
use clap::Args;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::schedule::recurrence::Rule;
use hajime_core::domain::schedule::start::{OnTheClock, Start};
use hajime_core::error::{Error, UserError};
use serde::{Deserialize, Serialize};

use crate::commands::instant;
use crate::commands::schedule::session_view::wall_clock;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Dates {
    #[command(flatten)]
    one: Option<Asked>,
    /// Read one JSON object a line from this file, with `rrule`, `start`, `timezone` and `to`, and print one JSON array a
    /// line.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rrule", "start", "timezone", "to"])]
    lines: Option<PathBuf>,
}

/// A rule and the span in which its dates are asked for.
#[derive(Debug, Args, Deserialize)]
pub(crate) struct Asked {
    /// The rule of RFC 5545: `FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10`.
    #[arg(long)]
    rrule: String,
    /// Where the rule begins to count: `2026-11-23T19:00`.
    #[arg(long)]
    start: String,
    /// IANA time zone.
    #[arg(long, default_value = "UTC")]
    timezone: String,
    /// The last wall-clock time: `2027-12-31T23:59`.
    #[arg(long)]
    to: String,
}

/// One date of a rule.
#[derive(Debug, Serialize)]
struct DateView {
    local: String,
    start: String,
    clock: &'static str,
    note: Option<String>,
}

impl From<Start> for DateView {
    fn from(start: Start) -> Self {
        let clock = match start.on_the_clock() {
            OnTheClock::Once => "once",
            OnTheClock::Skipped { .. } => "skipped",
            OnTheClock::Twice(_) => "twice",
        };
        Self { local: wall_clock(start.local()), start: instant(start.instant()), clock, note: start.note() }
    }
}

pub(crate) fn run(asked: &Dates, output: Output) -> Result<(), UserError> {
    if let Some(file) = &asked.lines {
        let file = File::open(file).map_err(|error| unreadable(&error.to_string()))?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| unreadable(&error.to_string()))?;
            let asked: Asked = serde_json::from_str(&line).map_err(|error| unreadable(&error.to_string()))?;
            let dates = asked.dates()?;
            Output::line(&serde_json::to_string(&dates).unwrap_or_default());
        }
        return Ok(());
    }
    let Some(asked) = &asked.one else {
        let next = "Give --rrule, --start and --to, or --lines.";
        return Err(Error::from(Invalid::one("rrule", "No rule is given.", next)).into());
    };
    output.print(&asked.dates()?, |dates| {
        let line = |date: &DateView| match &date.note {
            Some(note) => format!("{}  {}  {note}", date.local, date.start),
            None => format!("{}  {}", date.local, date.start),
        };
        dates.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

impl Asked {
    fn dates(&self) -> Result<Vec<DateView>, UserError> {
        let refused = |field, text: &str, next| {
            let shown: String = text.chars().take(40).collect();
            Error::from(Invalid::one(field, format!("“{shown}” cannot be read."), next))
        };
        let time = |field, text: &str| {
            let read = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
            read.ok_or_else(|| refused(field, text, "Write it as 2026-11-23T19:00."))
        };
        let zone = self.timezone.parse();
        let zone = zone.map_err(|_| refused("timezone", &self.timezone, "Choose a zone such as Europe/Berlin."))?;
        let rule = Rule::parse(&self.rrule).map_err(Error::from)?;
        let (first, last) = (time("start", &self.start)?, time("to", &self.to)?);
        Ok(rule.starts(first, zone, last).map(DateView::from).collect())
    }
}

fn unreadable(why: &str) -> UserError {
    let shown: String = why.chars().take(120).collect();
    Error::from(Invalid::one("lines", format!("A line cannot be read: {shown}."), "Give one JSON object a line."))
        .into()
}
