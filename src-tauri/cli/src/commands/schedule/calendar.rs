//! `calendar import|export|feed|keep|publish`: calendars of other programs, and the schedule for them.

use std::path::PathBuf;

use clap::Subcommand;
use hajime_core::actions::schedule::calendar::{self, Covered};
use hajime_core::actions::schedule::holidays::HolidayChange;
use hajime_core::actions::schedule::series::Mode;
use hajime_core::actions::schedule::{conflicts, outlets};
use hajime_core::context::Context;
use hajime_core::domain::schedule::calendar::outlet::{Kind, Outlet};
use hajime_core::error::UserError;
use secrecy::SecretString;
use serde::Serialize;

use crate::commands::instant;
use crate::commands::schedule::session::moment;
use crate::output::Output;
use view::ImportView;

mod feed;
mod view;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make classes of the events of a calendar file (.ics). One `journal undo` takes the whole import back.
    Import {
        /// The file.
        file: PathBuf,
        /// The IANA time zone of times that have none.
        #[arg(long, default_value = "UTC")]
        timezone: String,
        /// Who teaches the classes. Without it: the instructor of the settings, or the organiser of each event.
        #[arg(long)]
        instructor: Option<String>,
        /// Take the days of a calendar of all-day events as holidays, on which the classes of series are left out.
        #[arg(long)]
        as_holidays: bool,
        /// Only say what would be imported.
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the schedule as a calendar file.
    Export {
        /// Only this session.
        #[arg(long, value_name = "ID", conflicts_with_all = ["from", "to"])]
        session: Option<String>,
        /// Only sessions that end after this: an instant, or a day such as `2026-12-01` (UTC).
        #[arg(long)]
        from: Option<String>,
        /// Only sessions that begin before this: an instant, or a day such as `2026-12-31` (UTC).
        #[arg(long)]
        to: Option<String>,
        /// Write to this file, in the place of one that is there. Without it the calendar is printed.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write to this file what other people may read: titles, instructors and times, and nothing else of what was
        /// imported.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["session", "from", "to", "output"])]
        feed: Option<PathBuf>,
    },
    /// Calendars of other programs that are read again from their address.
    #[command(subcommand)]
    Feed(feed::Command),
    /// Keep a calendar file up to date with the schedule, for programs on this computer.
    Keep {
        /// The whole path of the file. Without it, it is said which file is kept.
        #[arg(conflicts_with = "stop")]
        file: Option<PathBuf>,
        /// Keep it no longer. The file stays as it is.
        #[arg(long)]
        stop: bool,
    },
    /// Publish the classes of the last 7 and the coming 90 days, and series that go on with all their classes, at an address that
    /// nobody can guess. It shows titles, instructors and times; no people.
    Publish {
        /// Take another address. The one before opens no longer.
        #[arg(long, conflicts_with = "stop")]
        replace: bool,
        /// Take the calendar down.
        #[arg(long)]
        stop: bool,
    },
}

#[derive(Debug, Serialize)]
struct Exported {
    /// The path of the file that was written; `null` without `--output` and `--feed`.
    file: Option<String>,
    /// The calendar, where no file was written.
    text: Option<String>,
}

/// The output for an import that takes days as holidays. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct HolidaysView {
    dry_run: bool,
    holidays: Vec<HolidayView>,
}

#[derive(Debug, Serialize)]
struct HolidayView {
    id: Option<String>,
    from: String,
    to: String,
    reason: String,
    /// How many classes it leaves out.
    sessions: usize,
    /// The change by which it is undone.
    change: Option<String>,
}

/// The output for a place where the schedule is kept. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct OutletView {
    kind: &'static str,
    /// The path of the file, or the address; `null` where there is none.
    place: Option<String>,
    written_at: Option<String>,
    trouble: Option<String>,
}

impl OutletView {
    fn of(kind: Kind, outlet: Option<Outlet>, place: Option<String>) -> Self {
        let written_at = outlet.as_ref().and_then(|outlet| outlet.written_at).map(instant);
        Self {
            kind: kind.name(),
            place,
            written_at,
            trouble: outlet.and_then(|one| one.trouble).map(|one| one.message),
        }
    }

    fn line(&self) -> String {
        let Some(place) = &self.place else { return "No calendar is kept up to date.".to_owned() };
        let written = self.written_at.as_ref().map(|at| format!(", written at {at}")).unwrap_or_default();
        let trouble = self.trouble.as_ref().map(|trouble| format!("\n! {trouble}")).unwrap_or_default();
        format!("{place}{written}{trouble}")
    }
}

/// Runs a command. `input` is what was on standard input, if it was taken from there already.
pub(crate) async fn run(
    context: &Context,
    command: Command,
    input: Option<SecretString>,
    output: Output,
) -> Result<(), UserError> {
    match command {
        Command::Import { file, timezone, instructor, as_holidays, dry_run } => {
            let mode = if dry_run { Mode::Show } else { Mode::Make };
            let bytes = calendar::read_file(&file)?;
            if as_holidays {
                let holidays = calendar::take_as_holidays(context, &bytes, mode)?;
                print_holidays(output, dry_run, &holidays);
                return Ok(());
            }
            let import = calendar::import(context, &bytes, &timezone, instructor.as_deref(), mode)?;
            let conflicts = if dry_run { conflicts::of_import(context, &import)? } else { Vec::new() };
            output.print(&ImportView::of(import, conflicts, timezone, dry_run), ImportView::lines);
        }
        Command::Export { feed: Some(file), .. } => {
            calendar::save_as(&file, &calendar::for_readers(context)?)?;
            print_exported(output, &Exported { file: Some(file.display().to_string()), text: None });
        }
        Command::Export { session, from, to, output: file, feed: None } => {
            let (from, to) = (from.map(|text| moment("from", &text)), to.map(|text| moment("to", &text)));
            let covered = match (session, from.transpose()?, to.transpose()?) {
                (Some(id), _, _) => Covered::Session(id.parse()?),
                (None, None, None) => Covered::Everything,
                (None, from, to) => Covered::Span(from, to),
            };
            let text = calendar::export(context, covered)?;
            let exported = match file {
                Some(file) => {
                    calendar::save_as(&file, &text)?;
                    Exported { file: Some(file.display().to_string()), text: None }
                }
                None => Exported { file: None, text: Some(text) },
            };
            print_exported(output, &exported);
        }
        Command::Feed(command) => return feed::run(context, command, input, output).await,
        Command::Keep { stop: true, .. } => {
            outlets::forget_file(context).await?;
            output.print(&OutletView::of(Kind::File, None, None), |_| {
                "The file is kept up to date no longer.".to_owned()
            });
        }
        Command::Keep { file: Some(file), .. } => {
            let outlet = outlets::keep_file(context, &file).await?;
            let place = Some(outlet.place.clone());
            output.print(&OutletView::of(Kind::File, Some(outlet), place), OutletView::line);
        }
        Command::Keep { file: None, .. } => {
            let outlet = outlets::all(context)?.file;
            let place = outlet.as_ref().map(|outlet| outlet.place.clone());
            output.print(&OutletView::of(Kind::File, outlet, place), OutletView::line);
        }
        Command::Publish { stop: true, .. } => {
            outlets::take_down(context).await?;
            output.print(&OutletView::of(Kind::Published, None, None), |_| "The calendar is not published.".to_owned());
        }
        Command::Publish { replace, .. } => {
            let outlet = match outlets::all(context)?.published.filter(|_| !replace) {
                Some(outlet) => outlet,
                None => outlets::publish(context).await?,
            };
            let address = outlets::address(context, &outlet).await?;
            let view = OutletView::of(Kind::Published, Some(outlet), Some(address.into()));
            output.print(&view, OutletView::line);
        }
    }
    Ok(())
}

fn print_exported(output: Output, exported: &Exported) {
    output.print(exported, |exported| match (&exported.file, &exported.text) {
        (Some(file), _) => format!("Saved as {file}."),
        (None, text) => text.clone().unwrap_or_default().trim_end().to_owned(),
    });
}

fn print_holidays(output: Output, dry_run: bool, holidays: &[HolidayChange]) {
    let holidays = holidays.iter().map(|change| HolidayView {
        id: (!dry_run).then(|| change.holiday.id.to_string()),
        from: change.holiday.first.to_string(),
        to: change.holiday.last.to_string(),
        reason: change.holiday.reason.clone(),
        sessions: change.sessions.len(),
        change: change.entry.map(|entry| entry.to_string()),
    });
    let view = HolidaysView { dry_run, holidays: holidays.collect() };
    output.print(&view, |view| match view.holidays.as_slice() {
        [] => "The calendar names no days that lie ahead and are no holidays yet.".to_owned(),
        all => all
            .iter()
            .map(|one| format!("{} to {}  {}  {} classes", one.from, one.to, one.reason, one.sessions))
            .collect::<Vec<_>>()
            .join("\n"),
    });
}
