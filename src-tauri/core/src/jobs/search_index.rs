//! Indexes what was written or said since it was last indexed, so that it is found in the library.

use chrono::{DateTime, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};

/// The most recordings in one transaction. Other changes wait for it.
const PER_TRANSACTION: u32 = 50;
/// The most transactions in one run. The next run follows at once.
const TRANSACTIONS_MAX: u32 = 10;

/// The job that keeps the index up to date.
#[derive(Debug, Default)]
pub(crate) struct SearchIndex {
    next: Option<DateTime<Utc>>,
}

impl Job for SearchIndex {
    const NAME: JobName = JobName { id: "search_index", title: "Index for the search" };
    const ACTIVITY: &'static str = "indexing what can be searched";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Data;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.next }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let store = turn.context.store();
        self.next = None;
        if !store.is_index_behind()? {
            return Ok(Work::Nothing.into());
        }
        for _ in 0..TRANSACTIONS_MAX {
            if store.index_pending(PER_TRANSACTION)? == 0 {
                return Ok(Work::Local.into());
            }
            tokio::task::yield_now().await;
        }
        self.next = Some(turn.context.now());
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}
