//! `jobs`: how the background jobs last ran, in this process or another one.

use hajime_core::actions::profile::roles;
use hajime_core::context::Context;
use hajime_core::error::UserError;
use hajime_core::jobs::status::{self, JobStatus};
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

/// The output for a job. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct JobView {
    name: String,
    title: String,
    last_run: Option<String>,
    took_ms: Option<u64>,
    next_run: Option<String>,
    runs: u64,
    failures_in_a_row: u32,
    last_error: Option<ErrorView>,
    rests: Option<String>,
}

#[derive(Debug, Serialize)]
struct ErrorView {
    code: String,
    message: String,
    next: String,
}

impl JobView {
    fn new(job: JobStatus, rests: Option<String>) -> Self {
        Self {
            rests,
            last_run: job.last_run.map(instant),
            took_ms: job.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            next_run: job.next_run.map(instant),
            runs: job.runs,
            failures_in_a_row: job.failures_in_a_row,
            last_error: job.last_error.map(|error| ErrorView {
                code: error.code,
                message: error.message,
                next: error.next,
            }),
            name: job.name,
            title: job.title,
        }
    }

    fn line(&self) -> String {
        let never = || "never".to_owned();
        let last = self.last_run.clone().unwrap_or_else(never);
        let took = self.took_ms.map_or_else(String::new, |took| format!(" for {took} ms"));
        let next = self.next_run.as_ref().map_or_else(String::new, |next| format!(", next {next}"));
        let error = self.last_error.as_ref().map_or_else(String::new, |error| {
            format!("\n    failed {} times in a row: {} {}", self.failures_in_a_row, error.message, error.next)
        });
        let rests = self.rests.as_ref().map_or_else(String::new, |why| format!("\n    {why}"));
        format!("{:<16} {}: last run {last}{took}{next}{error}{rests}", self.name, self.title)
    }
}

pub(crate) fn list(context: &Context, output: Output) -> Result<(), UserError> {
    let mut all = Vec::new();
    for job in status::list(context)? {
        let rests = roles::why_job_rests(context, &job.name)?;
        all.push(JobView::new(job, rests));
    }
    output.print(&all, |all| match all.as_slice() {
        [] => "No background job has run on this data yet. Open the window, or run hajime-cli watch.".to_owned(),
        all => all.iter().map(JobView::line).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}
