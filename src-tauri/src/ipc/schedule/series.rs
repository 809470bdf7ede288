//! Recurring classes: what a rule would do, putting a series on the schedule, and changing several of its classes.

use chrono::{NaiveDate, NaiveDateTime};
use hajime_core::actions::schedule::series::{self, Changed, Kept, KeptBecause, Mode, NewSeries, Preview, SeriesInput};
use hajime_core::actions::schedule::{sessions, templates};
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::invalid::Invalid;
use hajime_core::domain::schedule::series::{Rooms, Scope, Series, SessionChange};
use hajime_core::domain::schedule::session::{Session, SessionPhase};
use hajime_core::domain::schedule::start::Start;
use hajime_core::error::{Error, UserError};
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use super::{SessionDraft, SessionDto};
use crate::accounts::Accounts;
use crate::ipc::{id, instant};

hajime_macros::commands![
    series_preview,
    series_create,
    series_of_session,
    series_begin,
    series_edit,
    series_end,
    series_skip,
];

/// A wall-clock time as the page reads it.
pub(super) fn wall_clock(local: NaiveDateTime) -> String {
    local.format("%Y-%m-%dT%H:%M").to_string()
}

/// Returns what a recurrence rule of RFC 5545 would do. `start_local` is wall-clock time in `timezone`.
#[hajime_macros::command]
pub(crate) async fn series_preview(
    accounts: State<'_, Accounts>,
    start_local: String,
    timezone: String,
    rule: String,
) -> Result<SeriesPreviewDto, UserError> {
    let here = accounts.current().await?;
    Ok(series::preview(&here.context, &start_local, &timezone, &rule)?.into())
}

/// Puts a series on the schedule. Its classes begin with the people of the template, and share one room with `one_room`.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn series_create(
    accounts: State<'_, Accounts>,
    input: SessionDraft,
    rule: String,
    template: Option<String>,
    one_room: bool,
) -> Result<SeriesMadeDto, UserError> {
    let context = &accounts.current().await?.context;
    let input = input.into();
    let new = NewSeries { rule: &rule, left_out: &[], rooms: rooms(one_room) };
    let made = match template {
        Some(template) => templates::schedule_series(context, id(&template)?, &input, &new, Mode::Make)?,
        None => series::schedule_as(context, &input, &new, Vec::new(), Mode::Make)?,
    };
    Ok(SeriesMadeDto {
        sentence: made.series.sentence(),
        change: series::newest_entry(context, made.series.id)?.map(|entry| entry.to_string()),
        sessions: sessions::views(context, made.sessions)?.into_iter().map(SessionDto::from).collect(),
    })
}

/// Returns the series of a session; null for a session of its own.
#[hajime_macros::command]
pub(crate) async fn series_of_session(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<Option<SeriesDto>, UserError> {
    let here = accounts.current().await?;
    Ok(series::of_session(&here.context, id(&session_id)?)?.map(SeriesDto::from))
}

/// Makes a class of its own the first class of a series; it keeps its room, its people and its invitations. With `one_room`
/// all classes share its room. With `dry_run`, only says what would change.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn series_begin(
    accounts: State<'_, Accounts>,
    session_id: String,
    input: SessionDraft,
    rule: String,
    one_room: bool,
    dry_run: bool,
) -> Result<SeriesChangesDto, UserError> {
    let here = accounts.current().await?;
    Ok(series::begin(&here.context, id(&session_id)?, &input.into(), &rule, rooms(one_room), mode(dry_run))?.into())
}

/// Changes a session and those after it, or all of its series that have not begun; with `rule`, also how the series
/// repeats, and with `one_room`, whether its classes share one room. With `dry_run`, only says what would change.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn series_edit(
    accounts: State<'_, Accounts>,
    session_id: String,
    scope: ScopeDto,
    input: SessionDraft,
    rule: Option<String>,
    one_room: Option<bool>,
    dry_run: bool,
) -> Result<SeriesChangesDto, UserError> {
    let context = &accounts.current().await?.context;
    let (session, input, mode) = (id(&session_id)?, input.into(), mode(dry_run));
    let wanted = SeriesInput { rule: rule.as_deref(), rooms: one_room.map(rooms) };
    Ok(series::edit_series(context, session, scope.into(), &input, wanted, mode)?.into())
}

/// Cancels a session and those after it; the series ends before it. With `dry_run`, only says what would change.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn series_end(
    accounts: State<'_, Accounts>,
    session_id: String,
    dry_run: bool,
) -> Result<SeriesChangesDto, UserError> {
    let here = accounts.current().await?;
    Ok(series::skip_following(&here.context, id(&session_id)?, mode(dry_run))?.into())
}

/// Leaves out the class of a day, given as `2026-12-24`, also one that is not on the schedule yet.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn series_skip(
    accounts: State<'_, Accounts>,
    session_id: String,
    day: String,
    dry_run: bool,
) -> Result<SeriesChangesDto, UserError> {
    let here = accounts.current().await?;
    let session: SessionId = id(&session_id)?;
    let date: NaiveDate = day.parse().map_err(|_| {
        let shown: String = day.chars().take(40).collect();
        Error::from(Invalid::one("day", format!("“{shown}” is not a day."), "Write it as 2026-12-24."))
    })?;
    Ok(series::skip_day(&here.context, session, date, mode(dry_run))?.into())
}

const fn rooms(one_room: bool) -> Rooms {
    if one_room { Rooms::Shared } else { Rooms::Own }
}

const fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Show } else { Mode::Make }
}

/// The sessions of a series that a change applies to.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[ts(rename = "SeriesScope")]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeDto {
    Following,
    All,
}

impl From<ScopeDto> for Scope {
    fn from(scope: ScopeDto) -> Self {
        match scope {
            ScopeDto::Following => Self::Following,
            ScopeDto::All => Self::All,
        }
    }
}

/// A series.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SeriesDto {
    id: String,
    /// The recurrence rule of RFC 5545.
    rule: String,
    sentence: String,
    /// Where the rule begins to count, in wall-clock time.
    first: String,
    timezone: String,
    /// Whether all classes share one room.
    one_room: bool,
}

impl From<Series> for SeriesDto {
    fn from(series: Series) -> Self {
        Self {
            sentence: series.sentence(),
            id: series.id.to_string(),
            rule: series.rule.to_string(),
            first: wall_clock(series.plan.start.local()),
            timezone: series.plan.start.zone().name().to_owned(),
            one_room: series.rooms() == Rooms::Shared,
        }
    }
}

/// What a rule would do.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SeriesPreviewDto {
    sentence: String,
    /// The first dates.
    dates: Vec<SeriesDateDto>,
    /// Whether more dates follow.
    more: bool,
    /// What the clocks do at dates of the next two years, where they skip the time or show it twice.
    notes: Vec<String>,
}

impl From<Preview> for SeriesPreviewDto {
    fn from(preview: Preview) -> Self {
        Self {
            sentence: preview.series.sentence(),
            dates: preview.starts.into_iter().map(SeriesDateDto::from).collect(),
            more: preview.more,
            notes: preview.changed_clocks.iter().filter_map(Start::note).collect(),
        }
    }
}

/// A date of a series.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SeriesDateDto {
    /// In wall-clock time of the series.
    local: String,
    start: String,
    /// What the clocks do then, where they skip the time or show it twice.
    note: Option<String>,
}

impl From<Start> for SeriesDateDto {
    fn from(start: Start) -> Self {
        Self { local: wall_clock(start.local()), start: instant(start.instant()), note: start.note() }
    }
}

/// A series that was put on the schedule.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SeriesMadeDto {
    sentence: String,
    /// The classes that exist so far, by start.
    sessions: Vec<SessionDto>,
    /// The change that undoes it.
    change: Option<String>,
}

/// What a change of a series does.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SeriesChangesDto {
    /// The classes that change, in the order of the series.
    sessions: Vec<ChangedSessionDto>,
    /// Wall-clock times of classes that are not on the schedule yet and are left out.
    left_out: Vec<String>,
    /// The first class that changes with the series and is not on the schedule yet, in wall-clock time.
    later_from: Option<String>,
    /// The classes that keep their time.
    kept: Vec<KeptSessionDto>,
    /// The change that undoes it; null where nothing was changed.
    change: Option<String>,
}

/// A class before and after a change of its series.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ChangedSessionDto {
    id: String,
    /// Null where the change puts the class on the schedule.
    before: Option<ClassThenDto>,
    after: ClassThenDto,
}

/// What people see of a class in a list of changes.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ClassThenDto {
    title: String,
    /// In wall-clock time of `timezone`.
    local: String,
    timezone: String,
    cancelled: bool,
}

impl From<&Session> for ClassThenDto {
    fn from(session: &Session) -> Self {
        Self {
            title: session.plan.title.clone(),
            local: wall_clock(session.plan.start.local()),
            timezone: session.plan.start.zone().name().to_owned(),
            cancelled: session.state.phase() == SessionPhase::Cancelled,
        }
    }
}

/// A class that keeps its time.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct KeptSessionDto {
    local: String,
    why: KeptBecauseDto,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[ts(rename = "KeptBecause")]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeptBecauseDto {
    Begun,
    Moved,
}

impl From<Kept> for KeptSessionDto {
    fn from(kept: Kept) -> Self {
        let why = match kept.why {
            KeptBecause::Begun => KeptBecauseDto::Begun,
            KeptBecause::Moved => KeptBecauseDto::Moved,
        };
        Self { local: wall_clock(kept.session.plan.start.local()), why }
    }
}

impl From<Changed> for SeriesChangesDto {
    fn from(changed: Changed) -> Self {
        let one = |change: SessionChange| ChangedSessionDto {
            id: change.after.id.to_string(),
            before: change.before.as_ref().map(ClassThenDto::from),
            after: (&change.after).into(),
        };
        Self {
            sessions: changed.sessions.into_iter().map(one).collect(),
            left_out: changed.left_out.into_iter().map(wall_clock).collect(),
            later_from: changed.later_from.map(|start| wall_clock(start.local())),
            kept: changed.kept.into_iter().map(KeptSessionDto::from).collect(),
            change: changed.entry.map(|entry| entry.to_string()),
        }
    }
}
