//! Settings that tell how this desk fares. The process that runs the jobs writes them for all others.

use rusqlite::Connection;

use crate::domain::health::desk::{DatabaseCheck, Heard, Worker};
use crate::store::profile::settings::{read, write};
use crate::store::{Error, Store, database_file};

/// The process that took the lease last.
const WORKER: &str = "worker";
/// What was heard from Cloudflare last.
const HEARD: &str = "heard";
/// The result of the last check of the database.
const CHECKED: &str = "database_check";
/// The names of the jobs that a person wants to run now.
const TO_RUN: &str = "jobs_to_run";

impl Store {
    /// Returns the process that took the right to run the jobs last. It may have ended since.
    pub fn last_worker(&self) -> Result<Option<Worker>, Error> {
        Ok(self.setting(WORKER)?.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// Stores the process that has taken the right to run the jobs.
    pub fn set_worker(&self, worker: &Worker) -> Result<(), Error> {
        self.set_setting(WORKER, serde_json::to_string(worker).ok().as_deref())
    }

    /// Returns what the process that worked last has heard from Cloudflare.
    pub fn heard(&self) -> Result<Heard, Error> {
        Ok(self.setting(HEARD)?.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
    }

    /// Stores when and how Cloudflare last answered this process, with its rate budget and its clock, so that other processes can show it.
    pub fn set_heard(&self, heard: &Heard) -> Result<(), Error> {
        self.set_setting(HEARD, serde_json::to_string(heard).ok().as_deref())
    }

    /// Returns the result of the last check of the database.
    pub fn database_check(&self) -> Result<Option<DatabaseCheck>, Error> {
        Ok(self.setting(CHECKED)?.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// Stores the result of a check of the database.
    pub fn set_database_check(&self, check: &DatabaseCheck) -> Result<(), Error> {
        self.set_setting(CHECKED, serde_json::to_string(check).ok().as_deref())
    }

    /// Checks every page of the database through a connection of its own, so that nobody waits. A database in memory is whole.
    pub fn check_pages(&self) -> Result<(), Error> {
        let Some(place) = &self.place else { return Ok(()) };
        database_file::check(&database_file::read_in_place(&place.path)?, &place.path)
    }

    /// Returns the size of the database in bytes, with the changes that are not in its main file yet.
    #[must_use]
    pub fn size(&self) -> u64 {
        let Some(place) = &self.place else { return 0 };
        let bytes = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |found| found.len());
        bytes(&place.path).saturating_add(bytes(&database_file::beside(&place.path, "-wal")))
    }

    /// Notes that a person wants a job to run now, in whichever process works.
    pub fn ask_job_to_run(&self, name: &str) -> Result<(), Error> {
        self.write(|transaction| {
            let mut names = to_run(transaction)?;
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
                write(transaction, TO_RUN, serde_json::to_string(&names).ok().as_deref())?;
            }
            Ok(())
        })
    }

    /// Takes those of the given jobs that a person wants to run now.
    pub fn take_jobs_to_run(&self, known: &[&str]) -> Result<Vec<String>, Error> {
        if self.setting(TO_RUN)?.is_none() {
            return Ok(Vec::new());
        }
        self.write(|transaction| {
            let (taken, left): (Vec<_>, Vec<_>) =
                to_run(transaction)?.into_iter().partition(|name| known.contains(&name.as_str()));
            let left = (!left.is_empty()).then(|| serde_json::to_string(&left).ok()).flatten();
            write(transaction, TO_RUN, left.as_deref())?;
            Ok(taken)
        })
    }
}

fn to_run(connection: &Connection) -> Result<Vec<String>, Error> {
    Ok(read(connection, TO_RUN)?.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_was_asked_for_is_taken_once_by_a_process_that_has_it() {
        let store = Store::in_memory().unwrap();
        for name in ["sync", "rooms", "sync"] {
            store.ask_job_to_run(name).unwrap();
        }
        assert_eq!(store.take_jobs_to_run(&["rooms", "backup"]).unwrap(), ["rooms"]);
        assert!(store.take_jobs_to_run(&["rooms"]).unwrap().is_empty());
        assert_eq!(store.take_jobs_to_run(&["sync"]).unwrap(), ["sync"]);
        assert_eq!(store.setting(TO_RUN).unwrap(), None);
    }

    #[test]
    fn a_check_finds_a_database_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.check_pages().unwrap();
        assert!(store.size() > 0);
    }
}
