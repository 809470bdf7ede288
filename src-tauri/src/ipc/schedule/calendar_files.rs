//! Calendar files: what an import would do, the import, days taken as holidays, and saving the schedule for other calendars.

use hajime_core::actions::schedule::calendar::{self, Covered};
use hajime_core::actions::schedule::conflicts::{self, OfImport};
use hajime_core::actions::schedule::series::Mode;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::schedule::calendar::all_day::NamedDays;
use hajime_core::domain::schedule::calendar::import::{ChangedHere, Import, Item, RefusedEvent};
use hajime_core::error::{Error, UserError};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};
use crate::ipc::library::recordings::SavedDto;
use crate::ipc::schedule::Moment;
use crate::ipc::{id, instant};

hajime_macros::commands![calendar_check, calendar_import, calendar_holidays, calendar_save,];

/// Reads a calendar file, sent in Base64, and returns what an import would do. Changes nothing. Times without a zone
/// count in `timezone`.
#[hajime_macros::command]
pub(crate) async fn calendar_check(
    accounts: State<'_, Accounts>,
    file: String,
    timezone: String,
) -> Result<CalendarCheckDto, UserError> {
    let context = accounts.current().await?.context.clone();
    blocking(move || {
        let import = calendar::import(&context, &calendar::sent_file(&file)?, &timezone, None, Mode::Show)?;
        let conflicts = conflicts::of_import(&context, &import)?;
        Ok(CalendarCheckDto::of(import, conflicts))
    })
    .await
}

/// Imports a calendar file, sent in Base64, as one change that can be undone.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn calendar_import(
    accounts: State<'_, Accounts>,
    file: String,
    timezone: String,
) -> Result<CalendarImportDto, UserError> {
    let context = accounts.current().await?.context.clone();
    blocking(move || {
        let done = calendar::import(&context, &calendar::sent_file(&file)?, &timezone, None, Mode::Make)?;
        let change = change_of(&context, &done)?;
        Ok(CalendarImportDto { done: CalendarCheckDto::of(done, Vec::new()), change })
    })
    .await
}

/// Takes the days of a calendar of all-day events, sent in Base64, as holidays. Returns how many there are.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn calendar_holidays(accounts: State<'_, Accounts>, file: String) -> Result<u32, UserError> {
    let context = accounts.current().await?.context.clone();
    let work = move || calendar::take_as_holidays(&context, &calendar::sent_file(&file)?, Mode::Make);
    Ok(number(blocking(work).await?.len()))
}

/// The change by which an import is undone; `None` if it changed nothing.
pub(super) fn change_of(context: &Context, done: &Import) -> Result<Option<String>, Error> {
    if done.new.is_empty() && done.changed.is_empty() && done.gone.is_empty() {
        return Ok(None);
    }
    Ok(calendar::newest_change(context, done.calendar)?.map(|id| id.to_string()))
}

/// Saves a part of the schedule as a calendar file in the folder for downloads. `name` is the name of the file without its
/// ending.
#[hajime_macros::command]
pub(crate) async fn calendar_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    covered: CalendarCoveredDto,
    name: String,
) -> Result<SavedDto, UserError> {
    let covered = covered.parsed()?;
    let context = accounts.current().await?.context.clone();
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        let next = "Save it from a terminal: hajime-cli calendar export --output FILE.";
        UserError::new(ErrorCode::File, "This computer has no folder for downloads.", next)
    })?;
    std::fs::create_dir_all(&folder).ok();
    let (path, bytes) = blocking(move || calendar::save_into(&context, &folder, covered, &name)).await?;
    Ok(SavedDto::new(&path, bytes))
}

/// The part of the schedule that is saved.
#[derive(Debug, Deserialize, TS)]
#[serde(tag = "covered", rename_all = "snake_case")]
pub(crate) enum CalendarCoveredDto {
    /// Everything, with series as rules.
    Everything,
    /// One class.
    Session { session: String },
    /// The classes between two instants, each alone.
    Span { from: Moment, to: Moment },
}

impl CalendarCoveredDto {
    fn parsed(self) -> Result<Covered, UserError> {
        Ok(match self {
            Self::Everything => Covered::Everything,
            Self::Session { session } => Covered::Session(id(&session)?),
            Self::Span { from, to } => Covered::Span(Some(from.0), Some(to.0)),
        })
    }
}

/// What an import of a calendar file does.
#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarCheckDto {
    /// The name that the other program gave the calendar; empty without one.
    name: String,
    /// The events that become classes or series.
    new: Vec<CalendarItemDto>,
    /// The events that change a class.
    changed: Vec<CalendarItemDto>,
    /// How many events are as they were.
    same: u32,
    /// The classes that their feed no longer has, which are cancelled.
    gone: Vec<CalendarItemDto>,
    /// The classes that were changed here and in the calendar, which stay as they are here.
    changed_here: Vec<CalendarChangedHereDto>,
    /// The events that no class is made of.
    refused: Vec<CalendarRefusedDto>,
    /// The days of a calendar of all-day events, which can be taken as holidays.
    holidays: Vec<CalendarDaysDto>,
    /// What comes in the way of the new and changed classes.
    conflicts: Vec<CalendarConflictDto>,
    /// How many events have times without a zone.
    floating: u32,
}

/// What an import did.
#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarImportDto {
    done: CalendarCheckDto,
    /// The change by which it is undone; `null` if nothing changed.
    change: Option<String>,
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarItemDto {
    title: String,
    start: String,
    /// How it repeats, in plain English.
    repeats: Option<String>,
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarChangedHereDto {
    title: String,
    start: String,
    reason: String,
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarDaysDto {
    title: String,
    /// The first day: `2026-12-24`.
    first: String,
    /// The last day, which belongs to it.
    last: String,
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarConflictDto {
    title: String,
    start: String,
    message: String,
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct CalendarRefusedDto {
    /// The line of the file.
    line: u32,
    title: String,
    reason: String,
}

impl CalendarCheckDto {
    pub(super) fn of(import: Import, conflicts: Vec<OfImport>) -> Self {
        let changed_here = import.changed_here.into_iter().map(|ChangedHere { title, start, reason }| {
            CalendarChangedHereDto { title, start: instant(start.instant()), reason }
        });
        let holidays = import.days.into_iter().map(|NamedDays { first, last, title }| CalendarDaysDto {
            title,
            first: first.to_string(),
            last: last.to_string(),
        });
        let conflicts = conflicts.into_iter().map(|OfImport { title, start, conflict }| CalendarConflictDto {
            title,
            start: instant(start.instant()),
            message: conflict.message,
        });
        Self {
            gone: import.gone.into_iter().map(CalendarItemDto::from).collect(),
            changed_here: changed_here.collect(),
            holidays: holidays.collect(),
            conflicts: conflicts.collect(),
            name: import.name,
            new: import.new.into_iter().map(CalendarItemDto::from).collect(),
            changed: import.changed.into_iter().map(CalendarItemDto::from).collect(),
            same: number(import.same),
            refused: import.refused.into_iter().map(CalendarRefusedDto::from).collect(),
            floating: number(import.floating),
        }
    }
}

impl From<Item> for CalendarItemDto {
    fn from(Item { title, start, repeats }: Item) -> Self {
        Self { title, start: instant(start.instant()), repeats }
    }
}

impl From<RefusedEvent> for CalendarRefusedDto {
    fn from(RefusedEvent { line, title, reason }: RefusedEvent) -> Self {
        Self { line: number(line), title, reason }
    }
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
