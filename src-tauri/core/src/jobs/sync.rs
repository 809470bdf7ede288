//! Compares the whole account with the database from time to time. This takes one request per thousand videos.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::recorder::sync;

/// The time between two syncs.
const SYNC_INTERVAL: TimeDelta = TimeDelta::minutes(15);

/// The job that syncs.
#[derive(Debug, Default)]
pub(crate) struct Sync {
    next: Option<DateTime<Utc>>,
    failed: bool,
}

impl Job for Sync {
    const NAME: JobName = sync::JOB;
    const ACTIVITY: &'static str = sync::ACTIVITY;
    const GROUP: Group = Group::Account;
    /// Live sessions must not wait for a long list.
    const PATIENCE: Patience = Patience::Beside(Duration::ZERO);

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        self.next = Some(turn.context.now().later(SYNC_INTERVAL));
        // Set first, so that a run that is cancelled or panics counts as failed too.
        self.failed = true;
        sync::sync(&turn.context).await?;
        self.failed = false;
        Ok(Work::Asked.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }

    fn woken(&mut self, wake: Wake) {
        if self.failed && wake == Wake::Network {
            self.next = None;
        }
    }
}
