//! `calendar import|export|feed|keep|publish`: calendars of other programs, and the schedule for them.

use std::path::PathBuf;

use clap::Subcommand;
use hajime_core::actions::schedule::calendar::{self, Covered};
use hajime_core::actions::schedule::series::Mode;
use hajime_core::context::Context;
use hajime_core::domain::schedule::calendar::import::{Import, Item, RefusedEvent};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::commands::schedule::session::moment;
use crate::output::Output;

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
    /// Publish the classes of the coming 90 days at an address that nobody can guess. It shows titles, instructors and times; no
    /// people.
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
    /// The path of the file that was written; `null` without `--output`.
    file: Option<String>,
    /// The calendar, where no file was written.
    text: Option<String>,
}

pub(crate) fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::Import { file, timezone, instructor, dry_run } => {
            let mode = if dry_run { Mode::Show } else { Mode::Make };
            let bytes = calendar::read_file(&file)?;
            let Import { calendar, name, new, changed, same, refused, floating, .. } =
                calendar::import(context, &bytes, &timezone, instructor.as_deref(), mode)?;
            let view = ImportView {
                dry_run,
                calendar: calendar.to_string(),
                name,
                new: new.into_iter().map(ItemView::from).collect(),
                changed: changed.into_iter().map(ItemView::from).collect(),
                same,
                refused: refused.into_iter().map(RefusedView::from).collect(),
                floating,
                timezone,
            };
            output.print(&view, ImportView::lines);
        }
        Command::Export { session, from, to, output: file } => {
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
            output.print(&exported, |exported| match (&exported.file, &exported.text) {
                (Some(file), _) => format!("Saved as {file}."),
                (None, text) => text.clone().unwrap_or_default().trim_end().to_owned(),
            });
        }
    }
    Ok(())
}
