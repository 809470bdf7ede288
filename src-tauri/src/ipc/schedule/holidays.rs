//! Holidays: ranges of days without classes of series.

use chrono::NaiveDate;
use hajime_core::actions::schedule::holidays::{self, HolidayChange};
use hajime_core::actions::schedule::series::Mode;
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::schedule::holiday::Holiday;
use hajime_core::domain::schedule::session::{Session, SessionPhase};
use hajime_core::error::{Error, UserError};
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use super::series::wall_clock;
use crate::accounts::Accounts;
use crate::ipc::id;

hajime_macros::commands![holidays_list, holiday_add, holiday_remove,];

/// Returns all holidays, by their first day.
#[hajime_macros::command]
pub(crate) async fn holidays_list(accounts: State<'_, Accounts>) -> Result<Vec<HolidayDto>, UserError> {
    let here = accounts.current().await?;
    let mut left_out = holidays::left_out(&here.context)?;
    let all = holidays::list(&here.context)?.into_iter();
    Ok(all
        .map(|holiday| {
            let sessions = left_out.remove(&holiday.id).unwrap_or_default();
            HolidayDto::of(holiday, sessions)
        })
        .collect())
}

/// Leaves out the classes of all series from `first` to `last`, both included (`2026-12-24`), or only those of the series
/// of a session. With `dry_run`, only says which.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn holiday_add(
    accounts: State<'_, Accounts>,
    first: String,
    last: String,
    reason: String,
    of_session: Option<String>,
    dry_run: bool,
) -> Result<HolidayChangeDto, UserError> {
    let here = accounts.current().await?;
    let (first, last) = (day("from", &first)?, day("to", &last)?);
    let of = of_session.map(|session| id(&session)).transpose()?;
    Ok(holidays::add(&here.context, first, last, &reason, of, mode(dry_run))?.into())
}

/// Removes a holiday and puts back the classes that it left out.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn holiday_remove(
    accounts: State<'_, Accounts>,
    holiday_id: String,
    dry_run: bool,
) -> Result<HolidayChangeDto, UserError> {
    let here = accounts.current().await?;
    Ok(holidays::remove(&here.context, id(&holiday_id)?, mode(dry_run))?.into())
}

const fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Show } else { Mode::Make }
}

fn day(field: &'static str, text: &str) -> Result<NaiveDate, UserError> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Error::from(Invalid::one(field, format!("“{shown}” is not a day."), "Write it as 2026-12-24.")).into()
    })
}

/// A range of days without classes of series.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct HolidayDto {
    id: String,
    /// The first day, `2026-12-24`.
    first: String,
    /// The last day, which belongs to it.
    last: String,
    reason: String,
    /// The only series that it is for; null for all.
    series: Option<String>,
    /// The ids of the classes that it leaves out.
    left_out: Vec<String>,
}

impl HolidayDto {
    fn of(holiday: Holiday, left_out: Vec<SessionId>) -> Self {
        Self {
            left_out: left_out.into_iter().map(|id| id.to_string()).collect(),
            id: holiday.id.to_string(),
            first: holiday.first.to_string(),
            last: holiday.last.to_string(),
            reason: holiday.reason,
            series: holiday.series.map(|series| series.to_string()),
        }
    }
}

/// What adding or removing a holiday does.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct HolidayChangeDto {
    holiday: HolidayDto,
    /// The classes that are left out or put back, by start.
    sessions: Vec<HolidaySessionDto>,
    /// The change that undoes it; null where it was only shown.
    change: Option<String>,
}

/// A class that a holiday leaves out or that comes back.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct HolidaySessionDto {
    id: String,
    title: String,
    /// In wall-clock time of the class’s zone.
    local: String,
    cancelled: bool,
}

impl From<HolidayChange> for HolidayChangeDto {
    fn from(change: HolidayChange) -> Self {
        let is_left_out = |session: &&Session| session.state.phase() == SessionPhase::Cancelled;
        let left_out = change.sessions.iter().filter(is_left_out).map(|session| session.id).collect();
        let sessions = change.sessions.into_iter().map(|session| HolidaySessionDto {
            id: session.id.to_string(),
            local: wall_clock(session.plan.start.local()),
            cancelled: session.state.phase() == SessionPhase::Cancelled,
            title: session.plan.title,
        });
        Self {
            sessions: sessions.collect(),
            change: change.entry.map(|entry| entry.to_string()),
            holiday: HolidayDto::of(change.holiday, left_out),
        }
    }
}
