//! The status of a job: when it last ran, when it runs next, and its last error.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The status of one job, counted since the process that runs the jobs began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStatus {
    /// The stable name in the CLI and in the database.
    pub name: String,
    /// The name that people read.
    pub title: String,
    /// The start of the last run; `None` before the first.
    pub last_run: Option<DateTime<Utc>>,
    /// The start of the last run that succeeded; `None` before the first.
    pub last_success: Option<DateTime<Utc>>,
    /// The duration of the last run; `None` before the first.
    pub took: Option<Duration>,
    /// The moment of the next run; `None` while the job runs, and before the first run.
    pub next_run: Option<DateTime<Utc>>,
    /// The error of the last run that failed, until a run succeeds.
    pub last_error: Option<JobError>,
    /// The number of runs.
    pub runs: u64,
    /// The number of failed runs since the last one that succeeded.
    pub failures_in_a_row: u32,
}

/// The error of a job as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobError {
    /// The stable error code.
    pub code: String,
    /// A sentence that says what happened.
    pub message: String,
    /// A sentence that says what a person can do.
    pub next: String,
}

impl JobStatus {
    /// The status of a job that has not run yet.
    #[must_use]
    pub fn new(name: &str, title: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            last_run: None,
            last_success: None,
            took: None,
            next_run: None,
            last_error: None,
            runs: 0,
            failures_in_a_row: 0,
        }
    }

    /// Counts a run that took `took` and began at `at`, which is `None` when the clock could not be read.
    pub fn note_run(&mut self, at: Option<DateTime<Utc>>, took: Duration) {
        self.last_run = at.or(self.last_run);
        self.took = Some(took);
        self.runs = self.runs.saturating_add(1);
    }

    /// Records that the last run succeeded.
    pub fn note_success(&mut self) {
        self.last_error = None;
        self.failures_in_a_row = 0;
    }

    /// Records that the last run failed.
    pub fn note_failure(&mut self, error: JobError) {
        self.last_error = Some(error);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
    }
}
