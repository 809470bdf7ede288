//! The background jobs: when each ran, when it runs next, and what went wrong.

use hajime_core::actions::profile::roles;
use hajime_core::error::UserError;
use hajime_core::jobs::status::{self, JobError, JobStatus};
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::maybe_instant;

hajime_macros::commands![jobs_list];

/// Returns the background jobs, in the order in which they run.
#[hajime_macros::command]
pub(crate) async fn jobs_list(accounts: State<'_, Accounts>) -> Result<Vec<JobDto>, UserError> {
    let here = accounts.current().await?;
    let jobs = status::list(&here.context)?.into_iter().map(|job| {
        let rests = roles::why_job_rests(&here.context, &job.name)?;
        Ok(JobDto::new(job, rests))
    });
    jobs.collect()
}

#[derive(Debug, Serialize, TS)]
pub(crate) struct JobDto {
    /// The job's stable name, for programs.
    name: String,
    /// The job's name for people.
    title: String,
    /// The start of the last run; `null` before the first run.
    last_run: Option<String>,
    /// When the job runs next; `null` while it runs.
    next_run: Option<String>,
    /// The error of the last run that failed, until a run succeeds.
    last_error: Option<JobErrorDto>,
    failures_in_a_row: u32,
    /// Why the job does not run on this desk; `null` if it does.
    rests: Option<String>,
}

/// The error of a job. The process that runs the jobs may have another version of Hajime, so the page may not know the
/// code.
#[derive(Debug, Serialize, TS)]
pub(crate) struct JobErrorDto {
    code: String,
    message: String,
    next: String,
}

impl JobDto {
    fn new(job: JobStatus, rests: Option<String>) -> Self {
        Self {
            rests,
            last_run: maybe_instant(job.last_run),
            next_run: maybe_instant(job.next_run),
            last_error: job.last_error.map(|JobError { code, message, next }| JobErrorDto { code, message, next }),
            failures_in_a_row: job.failures_in_a_row,
            name: job.name,
            title: job.title,
        }
    }
}
