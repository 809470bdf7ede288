//! Makes a backup of the database once a day.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::profile::backup::Reason;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::store::{Store, copies};

/// The time between two checks whether a backup is due.
const CHECK_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// The age of the newest backup from which a new one is due.
const MAX_AGE_OF_NEWEST_COPY: TimeDelta = TimeDelta::hours(24);

/// The job that makes the daily backup.
#[derive(Debug, Default)]
pub(crate) struct Backup {
    last: Option<DateTime<Utc>>,
}

impl Job for Backup {
    const NAME: JobName = JobName { id: "backup", title: "Daily backup" };
    const ACTIVITY: &'static str = "making a copy of the data";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Backup;

    /// Runs at once if a backup was made, perhaps by another process, after this job's last try had failed: the error
    /// is over.
    fn due(&self, context: &Context) -> Due {
        match self.last {
            Some(last) if !was_copied_since(context, last) => Due::At(last.later(CHECK_INTERVAL)),
            _ => Due::EveryTick { next: None },
        }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let now = turn.context.now();
        self.last = Some(now);
        let store = turn.context.store().clone();
        let work = move || copy_if_due(&store, now);
        turn.context.supervisor().spawn_blocking(Self::ACTIVITY, work).join().await??;
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.last = None;
    }
}

fn was_copied_since(context: &Context, last: DateTime<Utc>) -> bool {
    let newest = || copies::list(context.store().folder()?).first().map(|copy| copy.made_at);
    context.health().backup.is_some() && newest().is_some_and(|made| made.timestamp_millis() >= last.timestamp_millis())
}

fn copy_if_due(store: &Store, now: DateTime<Utc>) -> Result<(), crate::store::Error> {
    let Some(folder) = store.folder() else { return Ok(()) };
    let all = copies::list(folder);
    if all.iter().any(|copy| is_within(copy.made_at, MAX_AGE_OF_NEWEST_COPY, now)) || store.is_empty()? {
        return Ok(());
    }
    copies::make(folder, Reason::Daily, now)?;
    copies::tidy(folder, now);
    Ok(())
}
