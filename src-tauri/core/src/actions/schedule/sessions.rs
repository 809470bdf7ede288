//! The schedule: plan, change, cancel, restore and duplicate sessions. Needs no network.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::{RecordingId, SeriesId, SessionId};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::of_session::recording_of_session;
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::series::Series;
use crate::domain::schedule::session::{Plan, Session, SessionInput};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::attempts::can_start_again;
use crate::recorder::lifecycle::{self, change_by_hand};

/// A session as people see it, with its recording and whether it can be started again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// The recording that stands for the session; `None` if it has none.
    pub recording: Option<RecordingId>,
    /// Whether the session ended a short while ago with nothing recorded, so that it can continue.
    pub can_start_again: bool,
    /// The place in a series; `None` for a session of its own.
    pub series: Option<InSeries>,
}

/// The series of a session, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InSeries {
    /// The series.
    pub id: SeriesId,
    /// How it repeats, in plain English.
    pub sentence: String,
    /// The wall-clock time at which the rule put the session, where somebody moved it.
    pub moved_from: Option<NaiveDateTime>,
}

/// One session as people see it.
pub fn view(context: &Context, session: Session) -> Result<SessionView, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let recordings = context.store().recordings_of(session.id)?;
    let series = all_series(context)?;
    Ok(view_with(session, &recordings, &series, context.now()))
}

/// Sessions as people see them, in the same order. One query reads their recordings.
pub fn views(context: &Context, sessions: Vec<Session>) -> Result<Vec<SessionView>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let recordings = context.store().recordings_of_all(sessions.iter().map(|session| session.id))?;
    let series = all_series(context)?;
    let of = |session: &Session| recordings.get(&session.id).map_or(&[][..], Vec::as_slice);
    Ok(sessions
        .into_iter()
        .map(|session| {
            let recordings = of(&session);
            view_with(session, recordings, &series, context.now())
        })
        .collect())
}

fn all_series(context: &Context) -> Result<HashMap<SeriesId, Series>, Error> {
    Ok(context.store().all_series()?.into_iter().map(|series| (series.id, series)).collect())
}

fn view_with(
    session: Session,
    recordings: &[Recording],
    series: &HashMap<SeriesId, Series>,
    now: DateTime<Utc>,
) -> SessionView {
    let series = session.series.and_then(|place| {
        let moved_from = session.is_moved().then_some(place.occurrence);
        Some(InSeries { id: place.series, sentence: series.get(&place.series)?.sentence(), moved_from })
    });
    SessionView {
        series,
        recording: recording_of_session(recordings).map(|recording| recording.id),
        can_start_again: can_start_again(&session, recordings, now),
        session,
    }
}

/// The session with this id.
pub fn get(context: &Context, id: SessionId) -> Result<Session, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    lifecycle::session(context, id)
}

/// The sessions that overlap a span of time, by their start.
pub fn list(context: &Context, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<Vec<Session>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    guard::sessions(context, context.store().sessions(from, to)?)
}

/// Puts a session on the schedule. Needs no network.
pub fn schedule(context: &Context, input: &SessionInput) -> Result<Session, Error> {
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let session = draft(context, input)?;
    context.store().schedule_session(&session)?;
    context.changed(&[Topic::Sessions]);
    Ok(session)
}

/// Returns the session that [`schedule`] would put on the schedule. Changes nothing.
pub fn draft(context: &Context, input: &SessionInput) -> Result<Session, Error> {
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let now = context.now();
    Ok(Session::new(Plan::check(input, now)?, now))
}

/// Changes the plan of a session that has not begun.
pub fn edit(context: &Context, id: SessionId, input: &SessionInput) -> Result<Session, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    guard::allow_name(context, Permission::PlanClasses, &input.instructor)?;
    let now = context.now();
    change_by_hand(context, id, |session| session.edit(|plan| Ok(plan.check_change(input, now)?), now))
}

/// Cancels a session that has not begun. It is no error if it is cancelled already.
pub fn cancel(context: &Context, id: SessionId) -> Result<Session, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let now = context.now();
    change_by_hand(context, id, |session| Ok(session.cancel(now)?))
}

/// Puts a cancelled session back on the schedule. It is no error if it is there already.
pub fn restore(context: &Context, id: SessionId) -> Result<Session, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let now = context.now();
    change_by_hand(context, id, |session| Ok(session.restore(now)?))
}

/// Schedules another session with the same plan, at another time in the same zone.
pub fn duplicate(context: &Context, id: SessionId, start_local: &str) -> Result<Session, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let plan = get(context, id)?.plan;
    let instructor = plan.instructor_name().to_owned();
    let Plan { title, start, length, record, quality, max_participants, instructor: _ } = plan;
    let input = SessionInput {
        title,
        instructor,
        start_local: start_local.to_owned(),
        timezone: start.zone().name().to_owned(),
        duration_minutes: length.num_minutes(),
        record,
        quality: quality.name().to_owned(),
        max_participants: max_participants.into(),
    };
    schedule(context, &input)
}
