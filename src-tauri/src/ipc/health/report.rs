//! The report of a month, and the page for printing of a class.

use std::path::PathBuf;
use std::time::Duration;

use hajime_core::actions::health::{class_page, report};
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::health::report::Month;
use hajime_core::error::{Error, UserError};
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, State};
use ts_rs::TS;

use crate::accounts::{Accounts, blocking};
use crate::ipc::id;
use crate::platform::{ask, browser, private_page};

hajime_macros::commands![
    report_months,
    report,
    report_save,
    report_open,
    report_mail,
    report_mail_set,
    class_print_open,
];

/// Returns the months that there is a report of, the newest first.
#[hajime_macros::command]
pub(crate) async fn report_months(accounts: State<'_, Accounts>) -> Result<Vec<String>, UserError> {
    let context = accounts.current().await?.context.clone();
    let months = blocking(move || report::months(&context)).await?;
    Ok(months.iter().map(ToString::to_string).collect())
}

/// Returns the report of a month.
#[hajime_macros::command]
pub(crate) async fn report(accounts: State<'_, Accounts>, month: String) -> Result<ReportDto, UserError> {
    let (context, asked) = (accounts.current().await?.context.clone(), month_of(&month)?);
    let told = blocking(move || report::of_month(&context, asked)).await?;
    Ok(ReportDto { month, html: told.html(), csv: told.csv() })
}

/// Saves the report of a month as a file that a person chooses; `null` if no file was chosen.
#[hajime_macros::command]
pub(crate) async fn report_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    month: String,
    format: ReportFormatDto,
) -> Result<Option<String>, UserError> {
    let (context, asked) = (accounts.current().await?.context.clone(), month_of(&month)?);
    let ending = match format {
        ReportFormatDto::Html => "html",
        ReportFormatDto::Csv => "csv",
    };
    let Some(file) = ask::new_file(&app, "Save the report", &format!("Hajime report {month}.{ending}")).await else {
        return Ok(None);
    };
    let saved = file.clone();
    blocking(move || {
        let told = report::of_month(&context, asked)?;
        let text = match format {
            ReportFormatDto::Html => told.html(),
            ReportFormatDto::Csv => told.csv(),
        };
        report::replace(&context, &text, &saved)
    })
    .await?;
    Ok(Some(file.display().to_string()))
}

/// Opens the report of a month in the browser, to be printed.
#[hajime_macros::command]
pub(crate) async fn report_open(app: AppHandle, accounts: State<'_, Accounts>, month: String) -> Result<(), UserError> {
    let (context, asked) = (accounts.current().await?.context.clone(), month_of(&month)?);
    let told = blocking(move || report::of_month(&context, asked)).await?;
    open(&app, &told.html(), "Save it from a terminal: hajime-cli report --html FILE.")
}

/// Returns whether the report of each month is mailed to the administrator.
#[hajime_macros::command]
pub(crate) async fn report_mail(accounts: State<'_, Accounts>) -> Result<bool, UserError> {
    let context = accounts.current().await?.context.clone();
    blocking(move || report::is_mailed(&context)).await
}

/// Sets whether the report of each month is mailed to the administrator.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn report_mail_set(accounts: State<'_, Accounts>, on: bool) -> Result<(), UserError> {
    let context = accounts.current().await?.context.clone();
    blocking(move || report::set_mailed(&context, on)).await
}

/// Opens what became of a class in the browser, to be printed.
#[hajime_macros::command]
pub(crate) async fn class_print_open(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    session: String,
) -> Result<(), UserError> {
    let here = accounts.current().await?;
    let (page, _) = class_page::page(&here.context, id(&session)?).await?;
    open(&app, &page.html(), "Save it from a terminal: hajime-cli session print ID FILE.")
}

fn month_of(text: &str) -> Result<Month, UserError> {
    text.parse().map_err(|error| Error::from(error).into())
}

/// How long a page stays at least, so that the browser can read it and a person can load it again.
const PAGE_KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Opens a page in the browser. It is in a file that only this user can read.
fn open(app: &AppHandle, html: &str, next: &'static str) -> Result<(), UserError> {
    let not_opened = || UserError::new(ErrorCode::File, "The page could not be opened in the browser.", next);
    let folder: PathBuf = app.path().app_cache_dir().map_err(|error| {
        tracing::warn!(%error, "there is no folder for what can be made again");
        not_opened()
    })?;
    let page = private_page::write(&folder.join("printing"), PAGE_KEPT_FOR, html).map_err(|error| {
        tracing::warn!(%error, "a page for printing could not be written");
        not_opened()
    })?;
    if browser::show_page(app, &page) { Ok(()) } else { Err(not_opened()) }
}

/// The form of a saved report.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportFormatDto {
    Html,
    Csv,
}

/// The report of a month.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ReportDto {
    month: String,
    /// The page for printing.
    html: String,
    /// The table.
    csv: String,
}
