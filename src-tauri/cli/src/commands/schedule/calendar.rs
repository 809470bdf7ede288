//! `calendar import|export`: calendar files of other programs.

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
    },
}

/// The output for an import. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct ImportView {
    dry_run: bool,
    calendar: String,
    name: String,
    new: Vec<ItemView>,
    changed: Vec<ItemView>,
    same: usize,
    refused: Vec<RefusedView>,
    /// How many events have times without a zone.
    floating: usize,
    timezone: String,
}

#[derive(Debug, Serialize)]
struct ItemView {
    title: String,
    start: String,
    repeats: Option<String>,
}

#[derive(Debug, Serialize)]
struct RefusedView {
    line: usize,
    title: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Exported {
    /// The path of the file that was written; `null` without `--output`.
    file: Option<String>,
    /// The calendar, where no file was written.
    text: Option<String>,
}

impl From<Item> for ItemView {
    fn from(Item { title, start, repeats }: Item) -> Self {
        Self { title, start: instant(start.instant()), repeats }
    }
}

impl ItemView {
    fn line(&self, sign: char) -> String {
        let repeats = self.repeats.as_ref().map(|repeats| format!("  {repeats}")).unwrap_or_default();
        format!("{sign} {}  {}{repeats}", self.start, self.title)
    }
}

impl From<RefusedEvent> for RefusedView {
    fn from(RefusedEvent { line, title, reason }: RefusedEvent) -> Self {
        Self { line, title, reason }
    }
}

impl ImportView {
    fn lines(&self) -> String {
        let mut lines: Vec<String> = self.new.iter().map(|item| item.line('+')).collect();
        lines.extend(self.changed.iter().map(|item| item.line('~')));
        lines.extend(self.refused.iter().map(|one| format!("! line {}  {}: {}", one.line, one.title, one.reason)));
        if self.floating > 0 {
            lines.push(format!("{} events have no time zone; they count in {}.", self.floating, self.timezone));
        }
        let (new, changed, refused) = (self.new.len(), self.changed.len(), self.refused.len());
        if refused > 0 {
            lines.push("Refused events become no class. Hajime keeps their text for an export.".to_owned());
        }
        lines.push(format!("{new} new, {changed} changed, {} as they were, {refused} refused.", self.same));
        lines.join("\n")
    }
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
                    calendar::save(&file, &text)?;
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
