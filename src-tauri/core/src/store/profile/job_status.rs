//! `job_status`: how each job last ran. The process that runs the jobs writes it for all others.

use std::time::Duration;

use rusqlite::{Row, named_params};

use crate::domain::profile::job_status::{JobError, JobStatus};
use crate::store::health::desk_days;
use crate::store::{Error, Store, set_moment, to_millis};

impl Store {
    /// Returns the status of every job that has run on this data, in the order of the registry.
    pub fn job_statuses(&self) -> Result<Vec<JobStatus>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT name, title, last_run, took_ms, next_run, error_code, error_message, error_next, runs, failures_in_a_row,
               last_success
             FROM job_status ORDER BY place, name",
        )?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Stores the status of each given job, in the order of the registry, and that this desk ran today. Other jobs keep
    /// their status.
    pub fn put_job_statuses(&self, all: &[JobStatus]) -> Result<(), Error> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO job_status
                   (name, title, place, last_run, took_ms, next_run, error_code, error_message, error_next, runs, failures_in_a_row,
                    last_success)
                 VALUES (:name, :title, :place, :last_run, :took, :next_run, :code, :message, :next, :runs, :failures, :last_success)
                 ON CONFLICT (name) DO UPDATE SET title = :title, place = :place, last_run = :last_run, took_ms = :took,
                   next_run = :next_run, error_code = :code, error_message = :message, error_next = :next, runs = :runs,
                   failures_in_a_row = :failures, last_success = coalesce(:last_success, last_success)",
            )?;
            for (place, job) in all.iter().enumerate() {
                let error = job.last_error.as_ref();
                statement.execute(named_params! {
                    ":name": job.name,
                    ":title": job.title,
                    ":place": i64::try_from(place).unwrap_or(i64::MAX),
                    ":last_run": job.last_run.map(to_millis),
                    ":took": job.took.map(|took| i64::try_from(took.as_millis()).unwrap_or(i64::MAX)),
                    ":next_run": job.next_run.map(to_millis),
                    ":code": error.map(|error| &error.code),
                    ":message": error.map(|error| &error.message),
                    ":next": error.map(|error| &error.next),
                    ":runs": i64::try_from(job.runs).unwrap_or(i64::MAX),
                    ":failures": job.failures_in_a_row,
                    ":last_success": job.last_success.map(to_millis),
                })?;
            }
            drop(statement);
            match all.iter().filter_map(|job| job.last_run).max() {
                Some(at) => desk_days::note(transaction, at),
                None => Ok(()),
            }
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<JobStatus> {
    let code: Option<String> = row.get("error_code")?;
    let text = |name: &str| row.get::<_, Option<String>>(name).map(Option::unwrap_or_default);
    let (message, next) = (text("error_message")?, text("error_next")?);
    let milliseconds: Option<i64> = row.get("took_ms")?;
    Ok(JobStatus {
        name: row.get("name")?,
        title: row.get("title")?,
        last_run: set_moment(row, row.as_ref().column_index("last_run")?)?,
        took: milliseconds.map(|took| Duration::from_millis(u64::try_from(took).unwrap_or_default())),
        next_run: set_moment(row, row.as_ref().column_index("next_run")?)?,
        last_success: set_moment(row, row.as_ref().column_index("last_success")?)?,
        last_error: code.map(|code| JobError { code, message, next }),
        runs: u64::try_from(row.get::<_, i64>("runs")?).unwrap_or_default(),
        failures_in_a_row: u32::try_from(row.get::<_, i64>("failures_in_a_row")?).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_status_reads_back_and_the_next_one_replaces_it() {
        let store = Store::in_memory().unwrap();
        let mut rooms = JobStatus::new("rooms", "Open rooms");
        rooms.note_run(Some("2026-03-01T12:00:00Z".parse().unwrap()), Duration::from_millis(1_500));
        rooms.note_failure(JobError { code: "lost".into(), message: "No answer.".into(), next: "Wait.".into() });
        rooms.next_run = rooms.last_run;
        let sync = JobStatus::new("sync", "Sync");
        store.put_job_statuses(&[rooms.clone(), sync.clone()]).unwrap();
        assert_eq!(store.job_statuses().unwrap(), [rooms.clone(), sync.clone()]);
        rooms.note_success();
        store.put_job_statuses(std::slice::from_ref(&rooms)).unwrap();
        assert_eq!(store.job_statuses().unwrap(), [rooms, sync]);
    }
}
