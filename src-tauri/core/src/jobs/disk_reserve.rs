//! Keeps disk space in reserve, so that the end of a session can be noted even when the disk is full.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::store::reserve;

/// The time between two checks of the reserve.
const CHECK_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The job that makes the reserve if there is none.
#[derive(Debug, Default)]
pub(crate) struct DiskReserve {
    next: Option<DateTime<Utc>>,
}

impl Job for DiskReserve {
    const NAME: JobName = JobName { id: "disk_reserve", title: "Disk space in reserve" };
    const ACTIVITY: &'static str = "reserving disk space";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Data;

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        self.next = Some(turn.context.now().later(CHECK_INTERVAL));
        let Some(folder) = turn.context.store().folder().map(ToOwned::to_owned) else {
            return Ok(Work::Nothing.into());
        };
        let kept = move || reserve::keep(&folder).map_err(|error| Error::file(&folder, &error));
        turn.context.supervisor().spawn_blocking(Self::ACTIVITY, kept).join().await??;
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}
