//! Asks what is used at Cloudflare: every hour how much is stored, and once a day how long videos were watched and people were in
//! rooms.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::recorder::usage::{self, Reason};

/// The time between two looks at the storage.
const INTERVAL: TimeDelta = TimeDelta::hours(1);
/// The time between two looks while an import waits for room: somebody may make some at any time.
const INTERVAL_WHEN_FULL: TimeDelta = TimeDelta::minutes(10);

/// How long a tick waits for this job. Classes must not wait for numbers.
const TICK_PATIENCE: Duration = Duration::from_secs(2);

/// The job that asks what is used. If its memory is lost, it reads from the database when it asked last.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    next: Option<DateTime<Utc>>,
    failed: bool,
}

impl Job for Usage {
    const NAME: JobName = JobName { id: "usage", title: "Storage and minutes in use" };
    const ACTIVITY: &'static str = "asking what is used at Cloudflare";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(TICK_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let (context, now) = (&turn.context, turn.context.now());
        let storage_due = next_look(context, now)?;
        self.next = Some(now.later(INTERVAL_WHEN_FULL));
        if turn.is_spent() {
            return Ok(Work::Postponed.into());
        }
        // Set first, so that a run that is cancelled or panics counts as failed too.
        self.failed = true;
        let mut trouble = None;
        let is_storage_due = turn.asked_for || storage_due <= now;
        if is_storage_due && let Err(error) = usage::read_storage(context, Reason::Look).await {
            tracing::warn!(%error, "Stream did not tell how much is stored");
            trouble = Some(UserError::from(error));
        }
        let asked = usage::ask_analytics(context).await?;
        self.failed = trouble.is_some();
        // A look that failed is tried again with the next run.
        let next_storage = if self.failed { now.later(INTERVAL_WHEN_FULL) } else { next_look(context, now)? };
        let next = usage::next_asking(context)?.map_or(next_storage, |asking| asking.min(next_storage));
        self.next = Some(next.max(now.later(TimeDelta::minutes(1))));
        let work = if is_storage_due || asked { Work::Asked } else { Work::Nothing };
        Ok(Report { work, trouble })
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

/// When the storage is looked at next.
fn next_look(context: &Context, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let store = context.store();
    let Some(last) = store.last_storage_reading()? else { return Ok(now) };
    let interval = if store.recordings_without_room()?.is_empty() { INTERVAL } else { INTERVAL_WHEN_FULL };
    if usage::is_older(context, &last, interval) {
        return Ok(now);
    }
    // The reading has the time of Cloudflare’s clock, the job that of this computer.
    Ok(now.later(last.at.later(interval).since(context.cloudflare_now())))
}
