//! What Today shows of recordings: what failed, one entry for each cause, what is on its way, what is ready. Every list ends; the counts do not.

use chrono::{DateTime, TimeDelta, Utc};

use super::sessions::{self, START_AGAIN_WITHIN};
use super::{Desk, Error, recordings};
use crate::domain::bounds::Moved as _;
use crate::domain::cause::Cause;
use crate::domain::recording::{Recording, Status};
use crate::domain::session::{Session, SessionState};
use crate::domain::stage::Stage;

/// For how long a failure is shown. A file stays at RealtimeKit for seven days.
const FAILURES_OF: TimeDelta = TimeDelta::days(7);
/// For how long what became ready is shown.
const READY_OF: TimeDelta = TimeDelta::hours(24);
/// The most recordings of one list.
const LISTED: u32 = 5;
/// The most failures that are read. So many in a week have one cause, and its entry says how to mend it.
const FAILURES_READ: u32 = 1_000;

/// What Today shows of recordings.
#[derive(Debug, Clone)]
pub struct Today {
    /// What failed, by cause, the newest first.
    pub failures: Vec<FailureGroup>,
    /// What is on its way, the newest first.
    pub on_its_way: Vec<Recording>,
    /// How many are.
    pub on_its_way_total: u32,
    /// What became ready within a day, the newest first.
    pub ready: Vec<Recording>,
    /// How many did.
    pub ready_total: u32,
    /// Classes that ended a short while ago without the recording that was planned.
    pub unrecorded: Vec<Session>,
}

/// Recordings that failed for the same cause.
#[derive(Debug, Clone)]
pub struct FailureGroup {
    /// The cause.
    pub cause: Cause,
    /// The recordings, the newest first.
    pub recordings: Vec<Recording>,
}

impl FailureGroup {
    /// Those for which trying again may help.
    pub fn retryable(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Recording> {
        self.recordings.iter().filter(move |recording| self.cause.retryable() && !recording.is_gone(now))
    }
}

/// What became of trying again everything that failed for one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetriedAll {
    /// So many are tried again.
    pub retried: u32,
    /// So many could not be.
    pub refused: u32,
}

/// What Today shows of recordings. Needs no network.
pub fn today(desk: &Desk) -> Result<Today, Error> {
    let (store, now) = (desk.store(), desk.now());
    let day_ago = now.earlier(READY_OF);
    Ok(Today {
        failures: failures(desk)?,
        on_its_way: store.recordings_since(Status::Processing, None, LISTED)?,
        on_its_way_total: store.count_since(Status::Processing, None)?,
        ready: store.recordings_since(Status::Ready, Some(day_ago), LISTED)?,
        ready_total: store.count_since(Status::Ready, Some(day_ago))?,
        unrecorded: unrecorded(desk)?,
    })
}

/// Tries again everything of Today that failed for one cause.
pub fn retry_all(desk: &Desk, cause: Cause) -> Result<RetriedAll, Error> {
    let mut done = RetriedAll::default();
    for group in failures(desk)?.into_iter().filter(|group| group.cause == cause) {
        for recording in group.retryable(desk.now()) {
            match recordings::retry(desk, recording.id) {
                Ok(_) => done.retried = done.retried.saturating_add(1),
                // It moved on in the meantime, or cannot be helped: the others still can.
                Err(Error::Conflict { .. } | Error::NotFound { .. }) => done.refused = done.refused.saturating_add(1),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(done)
}

/// Leaves out attempts that captured nothing where the class has another recording, or is still on: they are a part of its story only. And
/// what was deleted from Stream, which is no failure.
fn failures(desk: &Desk) -> Result<Vec<FailureGroup>, Error> {
    let since = desk.now().earlier(FAILURES_OF);
    let mut groups: Vec<FailureGroup> = Vec::new();
    for recording in desk.store().recordings_since(Status::Failed, Some(since), FAILURES_READ)? {
        let Stage::Failed { cause, .. } = recording.stage else { continue };
        if recording.deleted_at().is_some() || is_on(desk, &recording)? || is_superseded(desk, &recording)? {
            continue;
        }
        match groups.iter_mut().find(|group| group.cause == cause) {
            Some(group) => group.recordings.push(recording),
            None => groups.push(FailureGroup { cause, recordings: vec![recording] }),
        }
    }
    Ok(groups)
}

/// Whether it is an attempt that came to nothing of a class that is still on, so that another may follow.
pub(crate) fn is_on(desk: &Desk, attempt: &Recording) -> Result<bool, Error> {
    if !attempt.is_empty_attempt() {
        return Ok(false);
    }
    let session = desk.store().session(attempt.session)?;
    Ok(session.is_some_and(|session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..))))
}

/// Whether it is an attempt that came to nothing, and another recording of its class stands in its place.
pub(crate) fn is_superseded(desk: &Desk, attempt: &Recording) -> Result<bool, Error> {
    if !attempt.is_empty_attempt() {
        return Ok(false);
    }
    Ok(desk.store().recordings_of(attempt.session)?.iter().any(|other| attempt.is_superseded_by(other)))
}

fn unrecorded(desk: &Desk) -> Result<Vec<Session>, Error> {
    let now = desk.now();
    let mut found = Vec::new();
    // The plan may be some days from when the class was held.
    let (from, to) = (now.earlier(START_AGAIN_WITHIN).earlier(TimeDelta::days(1)), now.later(TimeDelta::days(7)));
    for session in desk.store().sessions(Some(from), Some(to))? {
        let to_be_recorded = session.plan.record && matches!(session.state, SessionState::Ended(..));
        if to_be_recorded && sessions::can_start_again(&session, &desk.store().recordings_of(session.id)?, now) {
            found.push(session);
        }
    }
    Ok(found)
}
