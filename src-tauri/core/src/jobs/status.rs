//! The status of each job, for the window and the CLI. The process that runs the jobs writes it to the database, so
//! that every process can read it.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::clock::is_within;
use crate::domain::health::desk::Heard;
pub use crate::domain::profile::job_status::{JobError, JobStatus};
use crate::error::Error;

/// The shortest time between two writes while no error appears or disappears.
const SAVE_INTERVAL: TimeDelta = TimeDelta::seconds(15);

/// The status of each job that has run on this data, from the process that ran it last.
pub fn list(context: &Context) -> Result<Vec<JobStatus>, Error> {
    let mut all = context.store().job_statuses()?;
    for own in context.health().jobs() {
        match all.iter_mut().find(|stored| stored.name == own.name) {
            Some(stored) if own.last_run >= stored.last_run => {
                let last_success = own.last_success.or(stored.last_success);
                stored.clone_from(own);
                stored.last_success = last_success;
            }
            Some(_) => {}
            None => all.push(own.clone()),
        }
    }
    Ok(all)
}

/// What was heard from Cloudflare last, by this process or the one that runs the jobs.
pub fn heard(context: &Context) -> Result<Heard, Error> {
    Ok(context.heard().newest(context.store().heard()?))
}

/// The last write of this process; `None` before the first.
#[derive(Debug, Default)]
struct LastSave(Mutex<Option<SavedErrors>>);

/// The error of each job when it was last written, in the order of the jobs, and the time of that write.
#[derive(Debug)]
struct SavedErrors {
    at: DateTime<Utc>,
    errors: Vec<Option<JobError>>,
}

/// Writes the status of this process's jobs, unless it was written a moment ago and no error has appeared or
/// disappeared since.
pub fn save_if_due(context: &Context) {
    let now = context.now();
    let errors: Vec<_> = context.health().jobs().map(|job| job.last_error.clone()).collect();
    let saved = context.service::<LastSave>();
    let is_fresh = |last: &SavedErrors| is_within(last.at, SAVE_INTERVAL, now) && last.errors == errors;
    {
        let mut last = saved.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_some_and(is_fresh) {
            return;
        }
        *last = Some(SavedErrors { at: now, errors });
    }
    save(context);
}

/// Writes the status of this process's jobs. If the database cannot be written, that is only logged here, because it is
/// shown elsewhere.
pub(crate) fn save(context: &Context) {
    let health = context.health();
    let all: Vec<_> = health.jobs().filter(|job| job.runs > 0).cloned().collect();
    let heard = context.heard();
    let written = context.store().put_job_statuses(&all).and_then(|()| context.store().set_heard(&heard));
    if let Err(error) = written {
        tracing::debug!(%error, "the status of the jobs could not be written");
    }
}
