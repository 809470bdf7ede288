//! The days of the calendar, and the line that schedules a class.

use hajime_core::actions::schedule::calendar_days::{self, Entry};
use hajime_core::actions::schedule::quick_line::{self, Line, Read, Shown, Unclear};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::schedule::quick_line::Part;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use super::SessionDto;
use crate::accounts::Accounts;

hajime_macros::commands![calendar_entries, quick_line, quick_line_create,];

/// Returns the sessions of the days from one to another, both included, by start. The days are those of `zone`.
#[hajime_macros::command]
pub(crate) async fn calendar_entries(
    accounts: State<'_, Accounts>,
    from_day: String,
    to_day: String,
    zone: String,
) -> Result<Vec<CalendarEntryDto>, UserError> {
    let context = &accounts.current().await?.context;
    Ok(calendar_days::entries(context, &from_day, &to_day, &zone)?.into_iter().map(CalendarEntryDto::from).collect())
}

/// Reads a class from a line. Changes nothing.
#[hajime_macros::command]
pub(crate) async fn quick_line(
    accounts: State<'_, Accounts>,
    text: String,
    zone: String,
    language: String,
) -> Result<QuickLineDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(quick_line::read(context, line(&text, &zone, &language))?.into())
}

/// Puts the class of a line on the schedule, or its series, and returns the first session.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn quick_line_create(
    accounts: State<'_, Accounts>,
    text: String,
    zone: String,
    language: String,
) -> Result<SessionDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(sessions::view(context, quick_line::schedule(context, line(&text, &zone, &language))?)?.into())
}

const fn line<'a>(text: &'a str, zone: &'a str, language: &'a str) -> Line<'a> {
    Line { text, zone, language, instructor: None }
}

/// A session on the calendar.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct CalendarEntryDto {
    session: SessionDto,
    /// What clocks show at the start, in the zone of the person who looks: `2026-11-30T19:00`.
    start_local: String,
    /// What clocks show at the end, in the same zone.
    end_local: String,
    /// What clocks show at the start, in the zone of the session.
    own_local: String,
}

impl From<Entry> for CalendarEntryDto {
    fn from(Entry { view, start, end }: Entry) -> Self {
        let own = view.session.plan.start.local();
        let text = |local: chrono::NaiveDateTime| local.format("%Y-%m-%dT%H:%M").to_string();
        Self { start_local: text(start), end_local: text(end), own_local: text(own), session: view.into() }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "QuickPart")]
pub(crate) enum QuickPartDto {
    Title,
    Day,
    Time,
    Length,
    Record,
    Repeats,
}

impl From<Part> for QuickPartDto {
    fn from(part: Part) -> Self {
        match part {
            Part::Title => Self::Title,
            Part::Day => Self::Day,
            Part::Time => Self::Time,
            Part::Length => Self::Length,
            Part::Record => Self::Record,
            Part::Repeats => Self::Repeats,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct QuickShownDto {
    part: QuickPartDto,
    means: String,
    /// The words that say so; `null` where the settings or the clock decide.
    source: Option<String>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct QuickProblemDto {
    source: Option<String>,
    message: String,
    next: String,
}

/// What a line would put on the schedule.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct QuickLineDto {
    parts: Vec<QuickShownDto>,
    /// The words that are left out.
    left_out: Vec<String>,
    /// Why no class can be made; empty where it can.
    problems: Vec<QuickProblemDto>,
    title: String,
    /// Empty where the line names no time.
    start_local: String,
    duration_minutes: i64,
    record: bool,
    rule: Option<String>,
    /// A sentence where the clocks skip the time or show it twice.
    note: Option<String>,
}

impl From<Read> for QuickLineDto {
    fn from(Read { parts, left_out, unclear, input, rule, note }: Read) -> Self {
        let part = |Shown { part, means, source }| QuickShownDto { part: QuickPartDto::from(part), means, source };
        let problem = |Unclear { source, message, next }| QuickProblemDto { source, message, next };
        Self {
            parts: parts.into_iter().map(part).collect(),
            left_out,
            problems: unclear.into_iter().map(problem).collect(),
            title: input.title,
            start_local: input.start_local,
            duration_minutes: input.duration_minutes,
            record: input.record,
            rule,
            note,
        }
    }
}
