//! Removes relay files that are not needed any more.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::recorder::relay_files;

/// The time between two searches of the relay folder.
const SWEEP_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The job that searches the relay folder.
#[derive(Debug, Default)]
pub(crate) struct RelaySweep {
    next: Option<DateTime<Utc>>,
}

impl Job for RelaySweep {
    const NAME: JobName = JobName { id: "relay_sweep", title: "Removal of temporary copies that Stream has received" };
    const ACTIVITY: &'static str = "removing files that Stream has received";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        self.next = Some(turn.context.now().later(SWEEP_INTERVAL));
        relay_files::sweep(&turn.context).await?;
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}
