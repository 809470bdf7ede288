//! `jobs`: how the background jobs last ran, in this process or another one, and running one now.

use clap::Subcommand;
use hajime_core::actions::health::desk;
use hajime_core::actions::profile::roles;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use hajime_core::jobs::status::{self, JobStatus};
use hajime_core::jobs::{self, Lease};
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a job now: in the process that runs the jobs, or here if there is none.
    Run {
        /// The name of the job, as the list shows it.
        name: String,
    },
}

#[derive(Debug, Serialize)]
struct RunView {
    job: String,
    /// Whether it ran here; otherwise the process that runs the jobs runs it within a few seconds.
    here: bool,
    words: String,
}

pub(crate) async fn run(context: &Context, command: Option<Command>, output: Output) -> Result<(), UserError> {
    match command {
        None => list(context, output),
        Some(Command::Run { name }) => run_now(context, name, output).await,
    }
}

async fn run_now(context: &Context, job: String, output: Output) -> Result<(), UserError> {
    let working = desk::run_job(context, &job)?;
    let mut lease = Lease::default();
    let view = if lease.hold(context)? {
        jobs::run_once(context, &job).await?;
        let error =
            status::list(context)?.into_iter().find(|known| known.name == job).and_then(|known| known.last_error);
        if let Some(error) = error {
            return Err(UserError::new(ErrorCode::Conflict, error.message, error.next));
        }
        RunView { words: format!("The job {job} has run."), here: true, job }
    } else {
        let words = format!("The job {job} runs within a few seconds. {}", working.words());
        RunView { words, here: false, job }
    };
    output.print(&view, |view| view.words.clone());
    Ok(())
}

fn list(context: &Context, output: Output) -> Result<(), UserError> {
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
