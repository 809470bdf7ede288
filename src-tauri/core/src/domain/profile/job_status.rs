//! The status of a background job: when it ran, when it runs next, and what went wrong.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The status of one background job, counted since the process that runs it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStatus {
    /// The stable name in the CLI and the database.
    pub name: String,
    /// The name that people read.
    pub title: String,
    /// The start of the last run; `None` before the first.
    pub last_run: Option<DateTime<Utc>>,
    /// How long the last run took; `None` before the first.
    pub took: Option<Duration>,
    /// When it runs next; `None` while it runs, and before the first run.
    pub next_run: Option<DateTime<Utc>>,
    /// The error of the last run that failed, until a run succeeds.
    pub last_error: Option<JobError>,
    /// How often it ran.
    pub runs: u64,
    /// How many runs failed since the last one that succeeded.
    pub failures_in_a_row: u32,
}

/// An error of a job as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobError {
    /// The stable word for it.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What a person can do.
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
            took: None,
            next_run: None,
            last_error: None,
            runs: 0,
            failures_in_a_row: 0,
        }
    }

    /// Counts a run. `at` is absent when the clock could not be read.
    pub fn note_run(&mut self, at: Option<DateTime<Utc>>, took: Duration) {
        self.last_run = at.or(self.last_run);
        self.took = Some(took);
        self.runs = self.runs.saturating_add(1);
    }

    /// The last run succeeded.
    pub fn note_success(&mut self) {
        self.last_error = None;
        self.failures_in_a_row = 0;
    }

    /// The last run failed.
    pub fn note_failure(&mut self, error: JobError) {
        self.last_error = Some(error);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
    }
}
