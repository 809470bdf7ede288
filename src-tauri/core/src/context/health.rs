//! The health of the connection to Cloudflare, of the data and of the jobs. It is derived from the last run of each
//! job.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::profile::job_status::{JobError, JobStatus};
use crate::error::UserError;

/// The names of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JobName {
    /// The stable name in the CLI and the database.
    pub(crate) id: &'static str,
    /// The name that people read.
    pub(crate) title: &'static str,
}

/// The subject of a job's error. It decides where the error is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Concern {
    /// The connection to Cloudflare: [`Health::trouble`].
    Cloudflare,
    /// The backups: [`Health::backup`].
    Backup,
    /// The data on this computer: shown by [`Health::local`], or only in the list of jobs.
    Data,
}

/// How a run of a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The run had no error.
    Succeeded,
    /// Nothing was due, so an error of an earlier run stays.
    Unchanged,
    /// The run had an error.
    Failed(UserError, Concern),
}

/// When a job ran, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunTime {
    /// The start of the run; `None` when the clock could not be read.
    pub(crate) at: Option<DateTime<Utc>>,
    /// How long the job ran.
    pub(crate) took: Duration,
}

/// The health of the connection to Cloudflare and of the data on this computer.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// The last time at which Cloudflare answered everything it was asked.
    pub last_ok: Option<DateTime<Utc>>,
    /// The time of the next request to Cloudflare.
    pub next_check: Option<DateTime<Utc>>,
    /// The error at Cloudflare of the first job in the registry that has one. A job keeps its error until it succeeds.
    pub trouble: Option<UserError>,
    /// The error that keeps Hajime from using the data on this computer; `None` while there is none.
    pub local: Option<UserError>,
    /// The error of the last backup, until a backup succeeds.
    pub backup: Option<UserError>,
    jobs: Vec<JobHealth>,
}

/// The status of a job in this process, with its last error.
#[derive(Debug, Clone)]
struct JobHealth {
    status: JobStatus,
    error: Option<(UserError, Concern)>,
}

impl Health {
    /// The status of every job that this process has run.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = &JobStatus> {
        self.jobs.iter().map(|job| &job.status)
    }

    /// Adds jobs to the list before their first run. If several jobs have errors, the error of the job that was added
    /// first is shown.
    pub(crate) fn list_jobs(&mut self, names: &[JobName]) {
        for name in names {
            self.job(*name);
        }
    }

    /// Notes a run. Returns whether the run ended an error at Cloudflare.
    pub(crate) fn note_run(&mut self, name: JobName, run: RunTime, outcome: Outcome) -> bool {
        let job = self.job(name);
        let had_failed = job.error.as_ref().is_some_and(|(_, concern)| *concern == Concern::Cloudflare);
        job.status.note_run(run.at, run.took);
        let recovered = match outcome {
            Outcome::Succeeded => {
                job.status.note_success();
                job.status.last_success = job.status.last_run;
                job.error = None;
                had_failed
            }
            Outcome::Unchanged => false,
            Outcome::Failed(error, concern) => {
                let UserError { code, message, next, .. } = error.clone();
                job.status.note_failure(JobError { code: code.to_string(), message, next });
                job.error = Some((error, concern));
                false
            }
        };
        self.derive();
        recovered
    }

    /// Notes that a job does not run on this desk, so that an earlier error is over.
    pub(crate) fn note_rest(&mut self, name: JobName) {
        let job = self.job(name);
        job.status.note_success();
        job.status.next_run = None;
        job.error = None;
        self.derive();
    }

    /// Notes the next run of a job; `None` while the job runs.
    pub(crate) fn note_next_run(&mut self, name: JobName, next: Option<DateTime<Utc>>) {
        self.job(name).status.next_run = next;
    }

    /// Forgets the errors about `about`, because the thing they were about was replaced.
    pub(crate) fn forget_errors(&mut self, about: Concern) {
        for job in &mut self.jobs {
            if job.error.as_ref().is_some_and(|(_, concern)| *concern == about) {
                job.status.note_success();
                job.error = None;
            }
        }
        self.derive();
    }

    fn job(&mut self, name: JobName) -> &mut JobHealth {
        let known = self.jobs.iter().position(|job| job.status.name == name.id);
        let place = known.unwrap_or_else(|| {
            self.jobs.push(JobHealth { status: JobStatus::new(name.id, name.title), error: None });
            self.jobs.len().saturating_sub(1)
        });
        &mut self.jobs[place]
    }

    fn derive(&mut self) {
        let first = |about: Concern| {
            let errors = self.jobs.iter().filter_map(|job| job.error.as_ref());
            errors.filter(|(_, concern)| *concern == about).map(|(error, _)| error.clone()).next()
        };
        (self.trouble, self.backup) = (first(Concern::Cloudflare), first(Concern::Backup));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error_code::ErrorCode;

    const ROOMS: JobName = JobName { id: "rooms", title: "Rooms" };
    const SYNC: JobName = JobName { id: "sync", title: "Sync" };
    const BACKUP: JobName = JobName { id: "backup", title: "Backup" };
    const RUN: RunTime = RunTime { at: None, took: Duration::ZERO };

    fn failed(message: &str, concern: Concern) -> Outcome {
        Outcome::Failed(UserError::new(ErrorCode::Offline, message, ""), concern)
    }

    fn shown(health: &Health) -> Option<&str> {
        health.trouble.as_ref().map(|error| error.message.as_str())
    }

    #[test]
    fn the_success_of_one_job_leaves_the_error_of_another() {
        let mut health = Health::default();
        health.list_jobs(&[ROOMS, SYNC]);
        health.note_run(SYNC, RUN, failed("sync", Concern::Cloudflare));
        health.note_run(ROOMS, RUN, failed("rooms", Concern::Cloudflare));
        assert_eq!(shown(&health), Some("rooms"), "the error of the job that was listed first is shown");
        assert!(health.note_run(ROOMS, RUN, Outcome::Succeeded));
        assert_eq!(shown(&health), Some("sync"));
        health.note_run(SYNC, RUN, Outcome::Unchanged);
        assert_eq!(shown(&health), Some("sync"), "a run with nothing due keeps the error");
        assert!(health.note_run(SYNC, RUN, Outcome::Succeeded));
        assert!(!health.note_run(SYNC, RUN, Outcome::Succeeded), "the second success is no recovery");
        assert_eq!(shown(&health), None);
    }

    #[test]
    fn an_error_of_the_backup_is_shown_as_such_until_the_database_is_replaced() {
        let mut health = Health::default();
        health.note_run(BACKUP, RUN, failed("disk full", Concern::Backup));
        health.note_run(ROOMS, RUN, failed("disk full", Concern::Data));
        assert!(health.trouble.is_none() && health.backup.is_some());
        health.forget_errors(Concern::Backup);
        assert!(health.backup.is_none());
        let failures: Vec<_> = health.jobs().map(|job| (job.name.as_str(), job.failures_in_a_row)).collect();
        assert_eq!(failures, [("backup", 0), ("rooms", 1)]);
    }
}
