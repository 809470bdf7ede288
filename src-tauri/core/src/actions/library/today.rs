//! The recordings on the Today page: failed ones by cause, those in processing, and those that are ready. The lists are
//! shortened; the counts are complete.

use crate::actions::guard;
use crate::domain::profile::role::Permission;
use crate::recorder::attempts::is_on;
use crate::recorder::attempts::is_superseded;
use chrono::{DateTime, TimeDelta, Utc};

use crate::actions::library::recordings;
use crate::actions::library::view::{self, RecordingView};
use crate::actions::schedule::sessions::{self, SessionView};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::RecordingId;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Recording, Status};
use crate::domain::recorder::stage::Stage;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;
use crate::recorder::attempts::{RESTART_PERIOD, can_start_again};

/// How long a failed recording is shown: as long as its file stays at RealtimeKit.
const FAILURE_PERIOD: TimeDelta = TimeDelta::days(7);
/// How long a recording is shown after it became ready.
const READY_PERIOD: TimeDelta = TimeDelta::hours(24);
/// The most titles that are named for one cause.
const TITLES_PER_FAILURE: usize = 3;
/// The most recordings in one list.
const MAX_RECORDINGS_PER_LIST: u32 = 5;
/// The most failed recordings that are read.
const MAX_FAILURES_READ: u32 = 1_000;

/// The recordings on Today.
#[derive(Debug, Clone)]
pub struct Today {
    /// The failed recordings by cause, the newest first.
    pub failures: Vec<FailureGroup>,
    /// The recordings in processing, the newest first.
    pub on_its_way: Vec<Recording>,
    /// The number of recordings in processing, including those that are not listed.
    pub on_its_way_total: u32,
    /// The recordings that became ready within a day, the newest first.
    pub ready: Vec<Recording>,
    /// The number of recordings that became ready within a day, including those that are not listed.
    pub ready_total: u32,
    /// The sessions that ended a short while ago without the recording that was planned.
    pub unrecorded: Vec<Session>,
}

/// Recordings that failed for the same cause.
#[derive(Debug, Clone)]
pub struct FailureGroup {
    /// The cause of failure.
    pub cause: Cause,
    /// The recordings, the newest first.
    pub recordings: Vec<Recording>,
}

impl FailureGroup {
    /// The recordings of this group for which a retry may help.
    pub fn retryable(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Recording> {
        self.recordings.iter().filter(move |recording| recording.is_retryable(now))
    }
}

/// The Today page as people see it.
#[derive(Debug, Clone)]
pub struct TodayView {
    /// The failed recordings by cause, the newest first.
    pub failures: Vec<FailureSummary>,
    /// The recordings in processing, the newest first.
    pub on_its_way: Vec<RecordingView>,
    /// The number of recordings in processing, including those that are not listed.
    pub on_its_way_total: u32,
    /// The recordings that became ready within a day, the newest first.
    pub ready: Vec<RecordingView>,
    /// The number of recordings that became ready within a day, including those that are not listed.
    pub ready_total: u32,
    /// The sessions that ended a short while ago without the recording that was planned.
    pub unrecorded: Vec<SessionView>,
}

/// Recordings that failed for the same cause, summed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureSummary {
    /// The cause of failure.
    pub cause: Cause,
    /// The number of failed recordings.
    pub count: usize,
    /// The number of failed recordings for which a retry may help.
    pub retryable: usize,
    /// The titles of the newest ones.
    pub titles: Vec<String>,
    /// The newest recording of the group.
    pub newest: Option<RecordingId>,
    /// The earliest time of an auto-retry.
    pub next_try: Option<DateTime<Utc>>,
    /// The earliest time at which Cloudflare deletes a file of these recordings.
    pub rescue_until: Option<DateTime<Utc>>,
}

impl FailureSummary {
    fn of(group: &FailureGroup, now: DateTime<Utc>) -> Self {
        let all = &group.recordings;
        Self {
            cause: group.cause,
            count: all.len(),
            retryable: group.retryable(now).count(),
            titles: all.iter().take(TITLES_PER_FAILURE).map(|recording| recording.title.clone()).collect(),
            newest: all.first().map(|recording| recording.id),
            next_try: all.iter().filter_map(|recording| recording.work.next_auto_retry).min(),
            rescue_until: all.iter().filter_map(Recording::rescue_until).min(),
        }
    }
}

/// The result of retrying all recordings that failed for one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetriedAll {
    /// The number of recordings that are retried.
    pub retried: u32,
    /// The number of recordings that could not be retried.
    pub refused: u32,
}

/// Reads the Today page from the database. Sends no request.
pub fn today(context: &Context) -> Result<Today, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let (store, now) = (context.store(), context.now());
    let day_ago = now.earlier(READY_PERIOD);
    let had = |all| guard::recordings(context, all);
    Ok(Today {
        failures: failures(context)?,
        on_its_way: had(store.recordings_since(Status::Processing, None, MAX_RECORDINGS_PER_LIST)?)?,
        on_its_way_total: store.count_since(Status::Processing, None)?,
        ready: had(store.recordings_since(Status::Ready, Some(day_ago), MAX_RECORDINGS_PER_LIST)?)?,
        ready_total: store.count_since(Status::Ready, Some(day_ago))?,
        unrecorded: unrecorded(context)?,
    })
}

/// The Today page as people see it. Sends no request.
pub fn view(context: &Context) -> Result<TodayView, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let Today { failures, on_its_way, on_its_way_total, ready, ready_total, unrecorded } = today(context)?;
    Ok(TodayView {
        failures: failures.iter().map(|group| FailureSummary::of(group, context.now())).collect(),
        on_its_way: view::views(context, on_its_way)?,
        on_its_way_total,
        ready: view::views(context, ready)?,
        ready_total,
        unrecorded: sessions::views(context, unrecorded)?,
    })
}

/// Retries all recordings on Today that failed for one cause.
pub fn retry_all(context: &Context, cause: Cause) -> Result<RetriedAll, Error> {
    guard::allow(context, Permission::TendRecordings)?;
    let mut done = RetriedAll::default();
    for group in failures(context)?.into_iter().filter(|group| group.cause == cause) {
        for recording in group.retryable(context.now()) {
            match recordings::retry(context, recording.id) {
                Ok(_) => done.retried = done.retried.saturating_add(1),
                // This recording has moved on meanwhile or cannot be retried. The others are retried nevertheless.
                Err(Error::Conflict { .. } | Error::NotFound { .. }) => done.refused = done.refused.saturating_add(1),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(done)
}

/// The failed recordings by cause. Left out are attempts that another recording stands for or whose session is still
/// live, and recordings whose video was deleted from Stream, which is no failure.
fn failures(context: &Context) -> Result<Vec<FailureGroup>, Error> {
    let since = context.now().earlier(FAILURE_PERIOD);
    let mut groups: Vec<FailureGroup> = Vec::new();
    let failed = context.store().recordings_since(Status::Failed, Some(since), MAX_FAILURES_READ)?;
    for recording in guard::recordings(context, failed)? {
        let Stage::Failed { cause, .. } = recording.stage else { continue };
        if recording.deleted_at().is_some() || is_on(context, &recording)? || is_superseded(context, &recording)? {
            continue;
        }
        match groups.iter_mut().find(|group| group.cause == cause) {
            Some(group) => group.recordings.push(recording),
            None => groups.push(FailureGroup { cause, recordings: vec![recording] }),
        }
    }
    Ok(groups)
}

fn unrecorded(context: &Context) -> Result<Vec<Session>, Error> {
    let now = context.now();
    let mut found = Vec::new();
    // A class may be held some days before or after its planned time.
    let (from, to) = (now.earlier(RESTART_PERIOD).earlier(TimeDelta::days(1)), now.later(TimeDelta::days(7)));
    let to_be_recorded = |session: &Session| session.plan.record && matches!(session.state, SessionState::Ended(..));
    let ended: Vec<Session> =
        context.store().sessions(Some(from), Some(to))?.into_iter().filter(to_be_recorded).collect();
    let ended = guard::sessions(context, ended)?;
    let recordings = context.store().recordings_of_all(ended.iter().map(|session| session.id))?;
    for session in ended {
        if can_start_again(&session, recordings.get(&session.id).map_or(&[], Vec::as_slice), now) {
            found.push(session);
        }
    }
    Ok(found)
}
