//! What speaks against a plan before it is saved. Changes nothing.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::actions::guard;
use crate::actions::schedule::series::{Changed, Mode, SeriesInput};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::profile::role::Permission;
use crate::domain::schedule::calendar::import::Import;
use crate::domain::schedule::conflicts::{
    self, Conflict, MinutesLeft, OCCURRENCES_MAX, OtherClass, SERIES_AHEAD, Surroundings,
};
use crate::domain::schedule::holiday::Holiday;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::series::{MADE_AHEAD, Scope, Series};
use crate::domain::schedule::session::{Plan, Session, SessionInput, SessionPhase};
use crate::domain::schedule::start::Start;
use crate::error::{Error, UserError};

/// For how long an answer of Stream about its storage is used.
const STORAGE_MAX_AGE: TimeDelta = TimeDelta::minutes(15);
/// For how long Stream is not asked again after it could not be asked.
const STORAGE_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// How long the answer of Stream is waited for, because somebody is typing.
const STORAGE_TIMEOUT: Duration = Duration::from_secs(3);

/// The time that may pass until the job for series makes the sessions that are due.
const SERIES_DELAY: TimeDelta = TimeDelta::hours(2);

/// What speaks against a plan, and what is known of the storage.
#[derive(Debug, Clone)]
pub struct Found {
    /// The conflicts, the most important first. Empty if nothing speaks against the plan.
    pub conflicts: Vec<Conflict>,
    /// What is known of the minutes that Stream has left; `None` if the class is not recorded.
    pub storage: Option<Storage>,
}

/// What is known of the minutes that Stream has left.
#[derive(Debug, Clone)]
pub enum Storage {
    /// Stream said it.
    Known {
        /// The minutes of video that can still be stored.
        minutes_left: f64,
        /// When Stream said it.
        at: DateTime<Utc>,
    },
    /// It is not known.
    Unknown {
        /// A sentence that says why.
        why: String,
    },
}

/// The last answer of Stream, in memory only: an old one is useless.
#[derive(Debug, Default)]
struct LastAnswer(Mutex<Option<(DateTime<Utc>, Storage)>>);

/// What speaks against a plan. `id` is the session that is being changed, `rule` the recurrence rule of a new series.
pub async fn find(
    context: &Context,
    input: &SessionInput,
    id: Option<SessionId>,
    rule: Option<&str>,
) -> Result<Found, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let now = context.now();
    let plan = match id {
        Some(id) => super::sessions::get(context, id)?.plan.check_change(input, now)?,
        None => Plan::check(input, now)?,
    };
    let starts: Vec<Start> = match rule {
        Some(rule) => {
            let series = Series::new(Rule::parse(rule)?, plan.clone(), &[], now)?;
            dates(&series, &context.store().holidays()?, None, now)
        }
        None => vec![plan.start],
    };
    let of_series = match (id, rule) {
        (Some(id), Some(_)) => super::sessions::get(context, id)?.series.map(|place| place.series),
        _ => None,
    };
    let own = Own { sessions: id.into_iter().collect(), series: of_series.into_iter().collect() };
    of_plan(context, &plan, &starts, &own).await
}

/// The classes of the plan itself, which are no other classes.
#[derive(Debug, Default)]
struct Own {
    sessions: HashSet<SessionId>,
    series: HashSet<SeriesId>,
}

/// The dates of a series that are compared with other classes, without holidays.
fn dates(series: &Series, holidays: &[Holiday], id: Option<SeriesId>, now: DateTime<Utc>) -> Vec<Start> {
    let ahead = series.starts(now).skip_while(|start| start.instant().later(series.plan.length) < now);
    let until = ahead_of(series, now);
    let within = ahead.take_while(|start| start.instant() <= until);
    let is_holiday = |start: &Start| holidays.iter().any(|one| one.covers_series_on(id, start.local().date()));
    within.filter(|start| !is_holiday(start)).take(OCCURRENCES_MAX).collect()
}

/// The moment up to which a series is compared: a year from its first class, or from now.
fn ahead_of(series: &Series, now: DateTime<Utc>) -> DateTime<Utc> {
    series.plan.start.instant().max(now).later(SERIES_AHEAD)
}

/// What speaks against a change of sessions and their series. All have the plan of the first session.
pub async fn of_change(context: &Context, changed: &Changed) -> Result<Found, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let now = context.now();
    let after: Vec<&Session> = changed.sessions.iter().map(|change| &change.after).collect();
    let first = after.first().map(|session| &session.plan).or_else(|| changed.series.first().map(|one| &one.plan));
    let Some(plan) = first.cloned() else { return Ok(Found { conflicts: Vec::new(), storage: None }) };
    let takes_place = |session: &&&Session| session.state.phase() == SessionPhase::Scheduled;
    let mut starts: Vec<Start> =
        after.iter().filter(takes_place).map(|session| session.plan.start).take(OCCURRENCES_MAX).collect();
    let holidays = context.store().holidays()?;
    let last = after.iter().filter_map(|session| session.series.map(|place| place.occurrence.date())).max();
    for series in changed.series.iter().filter(|series| changed.later_from.is_some() && series.plan.title == plan.title)
    {
        let later = dates(series, &holidays, Some(series.id), now).into_iter();
        starts.extend(later.filter(|start| Some(start.local().date()) > last));
    }
    starts.truncate(OCCURRENCES_MAX);
    let own = Own {
        sessions: after.iter().map(|session| session.id).collect(),
        series: changed.series.iter().map(|series| series.id).collect(),
    };
    of_plan(context, &plan, &starts, &own).await
}

/// What speaks against a change of several sessions of a series, which is not made yet.
pub async fn of_edit(
    context: &Context,
    id: SessionId,
    scope: Scope,
    input: &SessionInput,
    wanted: SeriesInput<'_>,
) -> Result<Found, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let changed = super::series::edit_series(context, id, scope, input, wanted, Mode::Show)?;
    of_change(context, &changed).await
}

/// The most classes of an import for which it is said what comes in their way.
const OF_IMPORT_MAX: usize = 100;

/// A class or series of an import, and another class that comes in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfImport {
    /// The title of the class.
    pub title: String,
    /// The start of the class, or of the first of the series.
    pub start: Start,
    /// What comes in its way.
    pub conflict: Conflict,
}

/// What comes in the way of the new and changed classes of an import, which is not made yet.
pub fn of_import(context: &Context, import: &Import) -> Result<Vec<OfImport>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let (now, holidays) = (context.now(), context.store().holidays()?);
    let own = Own {
        sessions: import.after.sessions.keys().copied().collect(),
        series: import.after.series.keys().copied().collect(),
    };
    let of_series = import.after.series.values().map(|series| {
        let starts = dates(series, &holidays, Some(series.id), now);
        (&series.plan, starts)
    });
    let single = import
        .after
        .sessions
        .values()
        .filter(|session| session.series.is_none() && session.state.phase() == SessionPhase::Scheduled);
    let plans: Vec<(&Plan, Vec<Start>)> =
        of_series.chain(single.map(|session| (&session.plan, vec![session.plan.start]))).collect();
    let all: Vec<Start> = plans.iter().flat_map(|(_, starts)| starts.iter().copied()).collect();
    let Some((longest, _)) = plans.iter().max_by_key(|(plan, _)| plan.length) else { return Ok(Vec::new()) };
    let mut others = others(context, longest, &all, &own)?;
    // The classes of the import come in each other's way, too.
    let of_plan = |plan: &Plan, start: Start| OtherClass {
        id: None,
        title: plan.title.clone(),
        instructor: plan.instructor.clone(),
        start: start.instant(),
        end: start.instant().later(plan.length),
    };
    let known = others.len();
    others.extend(plans.iter().flat_map(|(plan, starts)| starts.iter().map(|start| of_plan(plan, *start))));
    let index = conflicts::ByInstructor::of(&others);
    let mut found = Vec::new();
    let mut at = known;
    for (plan, starts) in &plans {
        let own = at..at.saturating_add(starts.len());
        at = own.end;
        let conflicts = index.conflicts(plan, starts, &own, now);
        let left = OF_IMPORT_MAX.saturating_sub(found.len());
        found.extend(conflicts.into_iter().take(left).map(|conflict| OfImport {
            title: plan.title.clone(),
            start: starts.first().copied().unwrap_or(plan.start),
            conflict,
        }));
        if found.len() >= OF_IMPORT_MAX {
            break;
        }
    }
    Ok(found)
}

async fn of_plan(context: &Context, plan: &Plan, starts: &[Start], own: &Own) -> Result<Found, Error> {
    let sessions: Vec<SessionId> = own.sessions.iter().copied().collect();
    let on_roster = context.store().most_participants(&sessions)?;
    let storage = if plan.record && !starts.is_empty() { Some(storage(context).await) } else { None };
    let minutes = match &storage {
        Some(Storage::Known { minutes_left, .. }) => Some(minutes_left_for(context, *minutes_left, plan, starts, own)?),
        Some(Storage::Unknown { .. }) | None => None,
    };
    let around = Surroundings { others: others(context, plan, starts, own)?, on_roster, minutes };
    Ok(Found { conflicts: conflicts::conflicts(plan, starts, &around, context.now()), storage })
}

/// Every other class that may take place between the first and the last of these starts: the sessions, and the classes
/// of series that are not sessions yet.
fn others(context: &Context, plan: &Plan, starts: &[Start], own: &Own) -> Result<Vec<OtherClass>, Error> {
    let (Some(first), Some(last)) = (starts.iter().map(Start::instant).min(), starts.iter().map(Start::instant).max())
    else {
        return Ok(Vec::new());
    };
    let (from, to) = (first.earlier(LENGTH_MAX), last.later(plan.length).later(LENGTH_MAX));
    let sessions = context.store().sessions(Some(from), Some(to))?;
    let takes_place = |session: &&Session| {
        let phase = session.state.phase();
        !own.sessions.contains(&session.id)
            && matches!(phase, SessionPhase::Scheduled | SessionPhase::Starting | SessionPhase::Live)
    };
    let mut others: Vec<OtherClass> = sessions
        .iter()
        .filter(takes_place)
        .map(|session| OtherClass {
            id: Some(session.id),
            title: session.plan.title.clone(),
            instructor: session.plan.instructor.clone(),
            start: session.plan.start.instant(),
            end: session.plan.end(),
        })
        .collect();
    let now = context.now();
    // Until then every occurrence is a session, or was one that was cancelled or moved.
    let made_until = now.later(MADE_AHEAD).earlier(SERIES_DELAY);
    if to <= made_until {
        return Ok(others);
    }
    let places = sessions.iter().filter_map(|session| session.series);
    let made: HashSet<(SeriesId, NaiveDateTime)> = places.map(|place| (place.series, place.occurrence)).collect();
    let holidays = context.store().holidays()?;
    for series in context.store().all_series()?.iter().filter(|series| !own.series.contains(&series.id)) {
        let later = series.starts(now).skip_while(|start| start.instant() <= made_until.max(from));
        let within = later.take_while(|start| start.instant() <= to).take(OCCURRENCES_MAX);
        let is_holiday =
            |start: &Start| holidays.iter().any(|one| one.covers_series_on(Some(series.id), start.local().date()));
        let not_made = within.filter(|start| !made.contains(&(series.id, start.local())) && !is_holiday(start));
        others.extend(not_made.map(|start| OtherClass {
            id: None,
            title: series.plan.title.clone(),
            instructor: series.plan.instructor.clone(),
            start: start.instant(),
            end: start.instant().later(series.plan.length),
        }));
    }
    Ok(others)
}

/// What is left for a plan: for the classes that are made ahead or, where all of them come later, for the first. The recorded
/// classes that are planned from now to the last of them need minutes before it.
fn minutes_left_for(
    context: &Context,
    minutes: f64,
    plan: &Plan,
    starts: &[Start],
    own: &Own,
) -> Result<MinutesLeft, Error> {
    let horizon = context.now().later(MADE_AHEAD);
    let ahead: Vec<DateTime<Utc>> =
        starts.iter().map(Start::instant).filter(|start| starts.len() == 1 || *start <= horizon).collect();
    let last = ahead.iter().max().copied().unwrap_or_else(|| plan.start.instant());
    let sessions = context.store().sessions(Some(context.now()), Some(last))?;
    let counts = |session: &&Session| {
        let is_own = session.series.is_some_and(|place| own.series.contains(&place.series));
        !own.sessions.contains(&session.id)
            && !is_own
            && session.plan.record
            && matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Starting | SessionPhase::Live)
    };
    let planned = sessions.iter().filter(counts);
    let planned = planned.fold(0_i64, |sum, session| sum.saturating_add(session.plan.length.num_minutes()));
    Ok(MinutesLeft { minutes, planned, classes: ahead.len().max(1) })
}

/// The minutes that Stream has left, from memory or from Stream. An error is no reason not to tell the other conflicts.
async fn storage(context: &Context) -> Storage {
    let last = context.service::<LastAnswer>();
    let now = context.now();
    let known = last.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((at, answer)) = known {
        let age = match answer {
            Storage::Known { .. } => STORAGE_MAX_AGE,
            Storage::Unknown { .. } => STORAGE_PAUSE,
        };
        if is_within(at, age, now) {
            return answer;
        }
    }
    let answer = match tokio::time::timeout(STORAGE_TIMEOUT, context.cloudflare().storage_usage()).await {
        // A limit of nothing is what an answer without a limit reads as.
        Ok(Ok(usage)) if usage.total_storage_minutes_limit > 0.0 => Storage::Known {
            minutes_left: (usage.total_storage_minutes_limit - usage.total_storage_minutes).max(0.0),
            at: now,
        },
        Ok(Ok(_)) => Storage::Unknown { why: "Stream did not say how many minutes are paid for.".into() },
        Ok(Err(error)) => Storage::Unknown { why: UserError::from(&error).message },
        Err(_) => Storage::Unknown { why: "Stream did not answer in time.".into() },
    };
    *last.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, answer.clone()));
    answer
}
