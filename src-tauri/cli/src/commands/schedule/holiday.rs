//! `holiday add|list|remove`: ranges of days without classes of series.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use clap::Subcommand;
use hajime_core::actions::schedule::holidays::{self, HolidayChange};
use hajime_core::actions::schedule::series::{self, Mode};
use hajime_core::context::Context;
use hajime_core::domain::ids::SeriesId;
use hajime_core::domain::schedule::holiday::Holiday;
use hajime_core::domain::schedule::series::Series;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::schedule::session_view::SessionView;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Leave out the classes of all series on these days, also those that are put on the schedule later.
    Add {
        /// The first day: `2026-12-24`.
        #[arg(long)]
        from: NaiveDate,
        /// The last day, which belongs to it: `2027-01-01`.
        #[arg(long)]
        to: NaiveDate,
        /// Why there are no classes.
        #[arg(long)]
        reason: String,
        /// Only for the series of this session.
        #[arg(long, value_name = "SESSION")]
        series_of: Option<String>,
        /// Only say which classes are left out.
        #[arg(long)]
        dry_run: bool,
    },
    /// All holidays, by their first day.
    List,
    /// Remove a holiday and put back the classes that it left out.
    Remove {
        /// The holiday’s id.
        id: String,
        /// Only say which classes come back.
        #[arg(long)]
        dry_run: bool,
    },
}

/// The output for a holiday. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct HolidayView {
    id: String,
    from: String,
    to: String,
    reason: String,
    series_id: Option<String>,
}

impl From<&Holiday> for HolidayView {
    fn from(holiday: &Holiday) -> Self {
        Self {
            id: holiday.id.to_string(),
            from: holiday.first.to_string(),
            to: holiday.last.to_string(),
            reason: holiday.reason.clone(),
            series_id: holiday.series.map(|series| series.to_string()),
        }
    }
}

impl HolidayView {
    fn line(&self) -> String {
        let whose = self.series_id.as_ref().map(|id| format!("  (series {id})")).unwrap_or_default();
        format!("{}  {} to {}  {}{whose}", self.id, self.from, self.to, self.reason)
    }
}

#[derive(Debug, Serialize)]
struct ChangeView {
    dry_run: bool,
    holiday: HolidayView,
    /// The classes that are cancelled or put back.
    sessions: Vec<SessionView>,
    change: Option<String>,
}

pub(crate) fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Add { from, to, reason, series_of, dry_run } => {
            let of = series_of.map(|id| id.parse()).transpose()?;
            let mode = mode(dry_run);
            changed(context, output, mode, &holidays::add(context, from, to, &reason, of, mode)?)
        }
        Command::Remove { id, dry_run } => {
            let mode = mode(dry_run);
            changed(context, output, mode, &holidays::remove(context, id.parse()?, mode)?)
        }
        Command::List => {
            let all: Vec<HolidayView> = holidays::list(context)?.iter().map(HolidayView::from).collect();
            output.print(&all, |all| match all.as_slice() {
                [] => "No holidays.".to_owned(),
                all => all.iter().map(HolidayView::line).collect::<Vec<_>>().join("\n"),
            });
            Ok(())
        }
    }
}

fn changed(context: &Context, output: Output, mode: Mode, change: &HolidayChange) -> Result<(), UserError> {
    let known: BTreeMap<SeriesId, Series> = series::all(context)?;
    let view = ChangeView {
        dry_run: mode == Mode::Show,
        holiday: (&change.holiday).into(),
        sessions: change.sessions.iter().map(|session| SessionView::with(session, &known)).collect(),
        change: change.entry.map(|entry| entry.to_string()),
    };
    output.print(&view, |view| {
        let lines = view.sessions.iter().map(SessionView::line);
        std::iter::once(view.holiday.line()).chain(lines).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

const fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Show } else { Mode::Make }
}
