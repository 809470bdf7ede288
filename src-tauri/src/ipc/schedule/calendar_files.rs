//! Calendar files: what an import would do, the import, and saving the schedule for other calendars.

use hajime_core::actions::schedule::calendar;
use hajime_core::actions::schedule::series::Mode;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::schedule::calendar::import::{Import, Item, RefusedEvent};
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};
use crate::ipc::instant;
use crate::ipc::library::recordings::SavedDto;

hajime_macros::commands![calendar_check, calendar_import, calendar_save,];

/// Reads a calendar file, sent in Base64, and returns what an import would do. Changes nothing. Times without a zone
/// count in `timezone`.
#[hajime_macros::command]
pub(crate) async fn calendar_check(
    accounts: State<'_, Accounts>,
    file: String,
    timezone: String,
) -> Result<CalendarCheckDto, UserError> {
    let context = accounts.current().await?.context.clone();
    let work = move || calendar::import(&context, &calendar::sent_file(&file)?, &timezone, None, Mode::Show);
    Ok(blocking(work).await?.into())
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
        let change = if done.new.is_empty() && done.changed.is_empty() {
            None
        } else {
            calendar::newest_change(&context, done.calendar)?.map(|id| id.to_string())
        };
        Ok(CalendarImportDto { done: done.into(), change })
    })
    .await
}

/// Saves the whole schedule as a calendar file in the folder for downloads.
#[hajime_macros::command]
pub(crate) async fn calendar_save(app: AppHandle, accounts: State<'_, Accounts>) -> Result<SavedDto, UserError> {
    let context = accounts.current().await?.context.clone();
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        let next = "Save it from a terminal: hajime-cli calendar export --output FILE.";
        UserError::new(ErrorCode::File, "This computer has no folder for downloads.", next)
    })?;
    std::fs::create_dir_all(&folder).ok();
    let (path, bytes) = blocking(move || calendar::save_into(&context, &folder)).await?;
    Ok(SavedDto::new(&path, bytes))
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
    /// The events that no class is made of.
    refused: Vec<CalendarRefusedDto>,
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
pub(crate) struct CalendarRefusedDto {
    /// The line of the file.
    line: u32,
    title: String,
    reason: String,
}

impl From<Import> for CalendarCheckDto {
    fn from(import: Import) -> Self {
        Self {
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

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
