//! The sessions of the schedule, and invitations to a session.

use chrono::{DateTime, Utc};
use hajime_core::actions::schedule::invitations;
use hajime_core::actions::schedule::sessions::{self, SessionView};
use hajime_core::domain::recorder::quality::Quality;
use hajime_core::domain::schedule::session::{SessionInput, SessionState};
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::{copy, instant, maybe_instant};
use crate::accounts::Accounts;

pub(crate) mod calendar;
pub(crate) mod calendar_feeds;
pub(crate) mod calendar_files;
pub(crate) mod class_links;
pub(crate) mod holidays;
pub(crate) mod planning;
pub(crate) mod preflight;
pub(crate) mod roster;
pub(crate) mod series;

hajime_macros::commands![sessions_list, session_create, session_edit, session_cancel, session_restore, session_invite,];

/// An instant that the page sends as RFC 3339 text.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[ts(type = "string")]
#[serde(transparent)]
pub(crate) struct Moment(DateTime<Utc>);

/// Returns the sessions that overlap the span, by start. Without `from` or `to`, the span has no limit on that side.
#[hajime_macros::command]
pub(crate) async fn sessions_list(
    accounts: State<'_, Accounts>,
    from: Option<Moment>,
    to: Option<Moment>,
) -> Result<Vec<SessionDto>, UserError> {
    let context = &accounts.current().await?.context;
    let sessions = sessions::list(context, from.map(|from| from.0), to.map(|to| to.0))?;
    Ok(sessions::views(context, sessions)?.into_iter().map(SessionDto::from).collect())
}

#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_create(
    accounts: State<'_, Accounts>,
    input: SessionDraft,
) -> Result<SessionDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(sessions::view(context, sessions::schedule(context, &input.into())?)?.into())
}

#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_edit(
    accounts: State<'_, Accounts>,
    id: String,
    input: SessionDraft,
) -> Result<SessionDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(sessions::view(context, sessions::edit(context, super::id(&id)?, &input.into())?)?.into())
}

#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_cancel(accounts: State<'_, Accounts>, id: String) -> Result<SessionDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(sessions::view(context, sessions::cancel(context, super::id(&id)?)?)?.into())
}

/// Puts a cancelled session back on the schedule.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_restore(accounts: State<'_, Accounts>, id: String) -> Result<SessionDto, UserError> {
    let context = &accounts.current().await?.context;
    Ok(sessions::view(context, sessions::restore(context, super::id(&id)?)?)?.into())
}

/// Makes an invitation for one person and copies its address.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn session_invite(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<InviteDto, UserError> {
    let here = accounts.current().await?;
    let made = invitations::invite(&here.context, super::id(&id)?).await?;
    Ok(InviteDto { made: made.made, max: made.max, copied: copy(&app, made.url.expose()), local_only: made.local_only })
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[ts(rename = "Quality")]
pub(crate) enum QualityDto {
    #[serde(rename = "1080p")]
    Full,
    #[serde(rename = "720p")]
    High,
    #[serde(rename = "480p")]
    Standard,
}

impl From<Quality> for QualityDto {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Full => Self::Full,
            Quality::High => Self::High,
            Quality::Standard => Self::Standard,
        }
    }
}

impl From<QualityDto> for Quality {
    fn from(quality: QualityDto) -> Self {
        match quality {
            QualityDto::Full => Self::Full,
            QualityDto::High => Self::High,
            QualityDto::Standard => Self::Standard,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Scheduled,
    Starting,
    Live,
    Ending,
    Ended,
    Cancelled,
}

impl From<&SessionState> for SessionStatus {
    fn from(state: &SessionState) -> Self {
        match state {
            SessionState::Scheduled { .. } => Self::Scheduled,
            SessionState::Starting { .. } => Self::Starting,
            SessionState::Live(_) => Self::Live,
            SessionState::Ending(..) => Self::Ending,
            SessionState::Ended(..) => Self::Ended,
            SessionState::Cancelled { .. } => Self::Cancelled,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct SessionDto {
    id: String,
    title: String,
    instructor: String,
    start: String,
    end: String,
    duration_minutes: i64,
    timezone: String,
    record: bool,
    quality: QualityDto,
    max_participants: u32,
    status: SessionStatus,
    room_id: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
    recording_id: Option<String>,
    /// Whether the session can be opened again: it ended a short while ago, and nothing was recorded.
    can_start_again: bool,
    /// The place in a series; null for a session of its own.
    series: Option<InSeriesDto>,
}

/// The series of a session.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct InSeriesDto {
    id: String,
    /// How it repeats, for example “every Tuesday”.
    sentence: String,
    /// The wall-clock time at which the rule put the session, where somebody moved it: `2026-12-01T18:30`.
    moved_from: Option<String>,
}

impl From<SessionView> for SessionDto {
    fn from(SessionView { session, recording, can_start_again, series }: SessionView) -> Self {
        let (plan, room) = (session.plan, session.state.room());
        Self {
            id: session.id.to_string(),
            start: instant(plan.start.instant()),
            end: instant(plan.end()),
            duration_minutes: plan.length.num_minutes(),
            timezone: plan.start.zone().name().to_owned(),
            record: plan.record,
            quality: plan.quality.into(),
            max_participants: plan.max_participants,
            status: (&session.state).into(),
            room_id: room.map(|room| room.id.to_string()),
            started_at: maybe_instant(room.map(|room| room.opened_at)),
            ended_at: maybe_instant(session.state.ended_at()),
            recording_id: recording.map(|recording| recording.to_string()),
            can_start_again,
            series: series.map(|series| InSeriesDto {
                id: series.id.to_string(),
                sentence: series.sentence,
                moved_from: series.moved_from.map(series::wall_clock),
            }),
            instructor: plan.instructor_name().to_owned(),
            title: plan.title,
        }
    }
}

#[derive(Debug, Clone, Deserialize, TS)]
pub(crate) struct SessionDraft {
    title: String,
    instructor: String,
    start_local: String,
    timezone: String,
    duration_minutes: i64,
    record: bool,
    quality: QualityDto,
    max_participants: i64,
}

impl From<SessionDraft> for SessionInput {
    fn from(draft: SessionDraft) -> Self {
        Self {
            title: draft.title,
            instructor: draft.instructor,
            start_local: draft.start_local,
            timezone: draft.timezone,
            duration_minutes: draft.duration_minutes,
            record: draft.record,
            quality: Quality::from(draft.quality).name().to_owned(),
            max_participants: draft.max_participants,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct InviteDto {
    made: u32,
    max: u32,
    copied: bool,
    local_only: bool,
}
