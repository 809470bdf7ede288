//! Checks once a day whether the database is whole, so that damage is found before it is needed.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::domain::health::desk::DatabaseCheck;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::store::{Nature, Store};

/// The time between two checks. The time of the last one is in the database.
const CHECK_INTERVAL: TimeDelta = TimeDelta::hours(24);
/// The time before a check that failed for another reason than damage is made again.
const RETRY_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The job that checks the database.
#[derive(Debug, Default)]
pub(crate) struct DatabaseCheckJob {
    next: Option<DateTime<Utc>>,
}

impl Job for DatabaseCheckJob {
    const NAME: JobName = JobName { id: "database_check", title: "Check of the database" };
    const ACTIVITY: &'static str = "checking the database";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Data;

    fn due(&self, context: &Context) -> Due {
        self.next.or_else(|| after_the_last(context)).map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let now = turn.context.now();
        self.next = Some(now.later(RETRY_INTERVAL));
        let store = turn.context.store().clone();
        let work = move || check(&store, now);
        turn.context.supervisor().spawn_blocking(Self::ACTIVITY, work).join().await??;
        self.next = Some(now.later(CHECK_INTERVAL));
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}

/// A day after the last check; `None` where there was none or it lies ahead, so that it is made at once.
fn after_the_last(context: &Context) -> Option<DateTime<Utc>> {
    let last = context.store().database_check().ok().flatten()?.at;
    (last <= context.now()).then(|| last.later(CHECK_INTERVAL))
}

fn check(store: &Store, at: DateTime<Utc>) -> Result<(), crate::store::Error> {
    let found = store.check_pages();
    let is_whole = match &found {
        Ok(()) => true,
        Err(error) if error.nature() == Nature::Damaged => false,
        // It could not be looked at, which says nothing.
        Err(_) => return found,
    };
    store.set_database_check(&DatabaseCheck { at, is_whole })?;
    found
}
