//! Recurring classes: put a series on the schedule, and change or leave out several of its sessions at once. Needs no
//! network.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};

use crate::context::Context;
use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::series::{Scope, Series, SeriesRefusal, SeriesSessions, SessionChange};
use crate::domain::schedule::session::{Plan, Session, SessionInput};
use crate::domain::schedule::start::Start;
use crate::error::Error;
use crate::ports::Topic;

/// Whether a change is made or only shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The change is made.
    Make,
    /// Nothing is changed.
    Show,
}

/// What a change does, session by session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// The sessions that change, by the time at which the rule put them.
    pub sessions: Vec<SessionChange>,
    /// Classes that are not sessions yet and that are left out from now on.
    pub left_out: Vec<NaiveDateTime>,
    /// The first class that changes with the series and is not a session yet; `None` where there is none.
    pub later_from: Option<Start>,
}

/// A series with the sessions that exist so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// The series.
    pub series: Series,
    /// Its sessions, by start.
    pub sessions: Vec<Session>,
}

/// All series by id.
pub fn all(context: &Context) -> Result<BTreeMap<SeriesId, Series>, Error> {
    Ok(context.store().all_series()?.into_iter().map(|series| (series.id, series)).collect())
}

/// Puts a series on the schedule. `rule` is a recurrence rule of RFC 5545; on the days in `left_out` there is no class.
pub fn schedule(
    context: &Context,
    input: &SessionInput,
    rule: &str,
    left_out: &[NaiveDate],
    mode: Mode,
) -> Result<Scheduled, Error> {
    let now = context.now();
    let series = Series::new(Rule::parse(rule)?, Plan::check(input, now)?, left_out, now)?;
    let sessions = series.sessions_to_make([], now);
    if mode == Mode::Make {
        let all = SeriesSessions {
            series: [(series.id, series.clone())].into(),
            sessions: sessions.iter().map(|session| (session.id, session.clone())).collect(),
        };
        context.store().schedule_series(series.id, &all, now)?;
        context.changed(&[Topic::Sessions]);
    }
    Ok(Scheduled { series, sessions })
}

/// Changes the plan of a session and of those after it, or of all that have not begun. Only the fields that differ from
/// the session’s plan change.
pub fn edit(
    context: &Context,
    id: SessionId,
    scope: Scope,
    input: &SessionInput,
    mode: Mode,
) -> Result<Changed, Error> {
    let now = context.now();
    change(context, id, mode, |all| all.edit(id, scope, input, now))
}

/// Changes the plan of one session, which stays in its series, or shows what would change.
pub fn edit_one(context: &Context, id: SessionId, input: &SessionInput, mode: Mode) -> Result<Changed, Error> {
    let now = context.now();
    let before = super::sessions::get(context, id)?;
    let after = match mode {
        Mode::Make => super::sessions::edit(context, id, input)?,
        Mode::Show => before.clone().edit(|plan| Ok::<_, Error>(plan.check_change(input, now)?), now)?,
    };
    Ok(one(before, after))
}

/// Cancels one session, or shows what would change. Its series never makes it again.
pub fn skip_one(context: &Context, id: SessionId, mode: Mode) -> Result<Changed, Error> {
    let before = super::sessions::get(context, id)?;
    let after = match mode {
        Mode::Make => super::sessions::cancel(context, id)?,
        Mode::Show => before.clone().cancel(context.now())?,
    };
    Ok(one(before, after))
}

/// Cancels a session and those after it. The series ends before it.
pub fn skip_following(context: &Context, id: SessionId, mode: Mode) -> Result<Changed, Error> {
    let now = context.now();
    change(context, id, mode, |all| all.end_before(id, now))
}

/// Leaves out the class of a day, also one that is not a session yet. `id` is any session of the series.
pub fn skip_day(context: &Context, id: SessionId, date: NaiveDate, mode: Mode) -> Result<Changed, Error> {
    let now = context.now();
    change(context, id, mode, |all| all.skip_day(id, date, now))
}

fn one(before: Session, after: Session) -> Changed {
    let sessions = if before.plan == after.plan && before.state == after.state {
        Vec::new()
    } else {
        vec![SessionChange { before: Some(before), after }]
    };
    Changed { sessions, ..Changed::default() }
}

fn change(
    context: &Context,
    id: SessionId,
    mode: Mode,
    change: impl FnOnce(SeriesSessions) -> Result<SeriesSessions, SeriesRefusal>,
) -> Result<Changed, Error> {
    let session = super::sessions::get(context, id)?;
    let changed = match mode {
        Mode::Make => {
            context.store().change_series_by_hand(id, context.now(), |before| Ok::<_, Error>(change(before)?))?
        }
        Mode::Show => {
            let before = context.store().series_with_session(id)?;
            let after = change(before.clone())?;
            Some((before, after))
        }
    };
    let (before, after) = changed.ok_or(SeriesRefusal::NoSeries { title: session.plan.title })?;
    if mode == Mode::Make {
        context.changed(&[Topic::Sessions]);
    }
    let now = context.now();
    // A series whose exceptions only moved to another time leaves out nothing new.
    let left_out = after.series.values().flat_map(|series| {
        let known = before.series.get(&series.id).filter(|other| other.exceptions.len() < series.exceptions.len());
        known.into_iter().flat_map(|other| series.exceptions.difference(&other.exceptions).copied())
    });
    let later = after.series.values().filter(|series| {
        let other = before.series.get(&series.id);
        other.is_none_or(|other| other.plan != series.plan)
    });
    let later_from = later
        .filter_map(|series| series.first_without_session(after.sessions.values(), now))
        .min_by_key(Start::instant);
    Ok(Changed { sessions: after.changes_since(&before), left_out: left_out.collect(), later_from })
}
