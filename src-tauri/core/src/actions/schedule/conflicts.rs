//! What speaks against a plan before it is saved. Changes nothing.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::ids::{SeriesId, SessionId};
use crate::domain::schedule::conflicts::{self, Conflict, MinutesLeft, OCCURRENCES_MAX, OtherClass, Surroundings};
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::recurrence::Rule;
use crate::domain::schedule::series::{MADE_AHEAD, Series};
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
    let now = context.now();
    let plan = match id {
        Some(id) => super::sessions::get(context, id)?.plan.check_change(input, now)?,
        None => Plan::check(input, now)?,
    };
    let starts: Vec<Start> = match rule {
        Some(rule) => {
            let series = Series::new(Rule::parse(rule)?, plan.clone(), &[], now)?;
            series.starts(now).take(OCCURRENCES_MAX).collect()
        }
        None => vec![plan.start],
    };
    let ids: Vec<SessionId> = id.into_iter().collect();
    of_plan(context, &plan, &starts, &ids).await
}

/// What speaks against several sessions of a series as they would be after a change. All have the plan of the first.
pub async fn of_sessions(context: &Context, after: &[Session]) -> Result<Found, Error> {
    let Some(first) = after.first() else { return Ok(Found { conflicts: Vec::new(), storage: None }) };
    let takes_place = |session: &&Session| session.state.phase() == SessionPhase::Scheduled;
    let starts: Vec<Start> =
        after.iter().filter(takes_place).take(OCCURRENCES_MAX).map(|session| session.plan.start).collect();
    let ids: Vec<SessionId> = after.iter().map(|session| session.id).collect();
    of_plan(context, &first.plan, &starts, &ids).await
}

async fn of_plan(context: &Context, plan: &Plan, starts: &[Start], ids: &[SessionId]) -> Result<Found, Error> {
    let on_roster = context.store().most_participants(ids)?;
    let storage = if plan.record && !starts.is_empty() { Some(storage(context).await) } else { None };
    let minutes = match &storage {
        Some(Storage::Known { minutes_left, .. }) => {
            Some(MinutesLeft { minutes: *minutes_left, planned: planned_minutes(context, plan, ids)? })
        }
        Some(Storage::Unknown { .. }) | None => None,
    };
    let around = Surroundings { others: others(context, plan, starts, ids)?, on_roster, minutes };
    Ok(Found { conflicts: conflicts::conflicts(plan, starts, &around, context.now()), storage })
}

/// Every other class that may take place between the first and the last of these starts: the sessions, and the classes
/// of series that are not sessions yet.
fn others(context: &Context, plan: &Plan, starts: &[Start], ids: &[SessionId]) -> Result<Vec<OtherClass>, Error> {
    let (Some(first), Some(last)) = (starts.iter().map(Start::instant).min(), starts.iter().map(Start::instant).max())
    else {
        return Ok(Vec::new());
    };
    let (from, to) = (first.earlier(LENGTH_MAX), last.later(plan.length).later(LENGTH_MAX));
    let sessions = context.store().sessions(Some(from), Some(to))?;
    let takes_place = |session: &&Session| {
        let phase = session.state.phase();
        !ids.contains(&session.id)
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
    for series in context.store().all_series()? {
        let later = series.starts(now).skip_while(|start| start.instant() <= made_until.max(from));
        let within = later.take_while(|start| start.instant() <= to).take(OCCURRENCES_MAX);
        let not_made = within.filter(|start| !made.contains(&(series.id, start.local())));
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

/// The minutes of the recorded classes that are planned from now to the end of a plan.
fn planned_minutes(context: &Context, plan: &Plan, ids: &[SessionId]) -> Result<i64, Error> {
    let sessions = context.store().sessions(Some(context.now()), Some(plan.start.instant()))?;
    let counts = |session: &&Session| {
        !ids.contains(&session.id)
            && session.plan.record
            && matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Starting | SessionPhase::Live)
    };
    Ok(sessions.iter().filter(counts).fold(0, |sum, session| sum.saturating_add(session.plan.length.num_minutes())))
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
