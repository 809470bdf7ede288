//! Carries downloads and archivings on. Each runs in a task of its own beside the ticks, because it may take hours.

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::domain::ids::TransferId;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::recorder::transfers;
use crate::supervisor::Task;

/// The most transfers at once. More of them would only share the same bandwidth.
const MAX_CONCURRENT_TRANSFERS: usize = 2;
/// The time between two looks where nothing is under way.
const IDLE_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The tasks of this process. If this memory is lost, the transfers go on from their rows.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    tasks: HashMap<TransferId, Task<Result<(), Error>>>,
    clock_moved: bool,
}

impl Job for Transfers {
    const NAME: JobName = JobName { id: "transfers", title: "Downloads and the archive" };
    const ACTIVITY: &'static str = "copying recordings";
    const GROUP: Group = Group::Outward;
    // A disk or a bucket that does not answer says nothing about Cloudflare.
    const CONCERN: Concern = Concern::Data;

    fn due(&self, context: &Context) -> Due {
        match context.store().active_transfers() {
            Ok(active) if active.is_empty() && self.tasks.is_empty() => Due::At(context.now().later(IDLE_INTERVAL)),
            Ok(active) => Due::EveryTick { next: active.iter().filter_map(|transfer| transfer.next_try).min() },
            Err(_) => Due::EveryTick { next: None },
        }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        if std::mem::take(&mut self.clock_moved) {
            context.store().make_transfers_due()?;
        }
        let active = context.store().active_transfers()?;
        let ended: Vec<TransferId> =
            self.tasks.iter().filter(|(_, task)| task.is_finished()).map(|(id, _)| *id).collect();
        let mut trouble = None;
        for id in ended {
            if let Some(task) = self.tasks.remove(&id) {
                trouble = task.join().await?.err().or(trouble);
            }
        }
        for transfer in active.iter().filter(|transfer| transfer.is_due(context.now())) {
            if self.tasks.len() >= MAX_CONCURRENT_TRANSFERS {
                break;
            }
            if !self.tasks.contains_key(&transfer.id) {
                let (inner, id) = (context.clone(), transfer.id);
                let carried = async move {
                    let carried = transfers::carry(&inner, id).await;
                    inner.wake_jobs();
                    carried.map(|_| ())
                };
                self.tasks.insert(id, context.supervisor().spawn("copying a recording", carried));
            }
        }
        match trouble {
            Some(error) => Err(error),
            None => Ok(if self.tasks.is_empty() { Work::Nothing } else { Work::Local }.into()),
        }
    }

    fn clock_moved(&mut self) {
        self.clock_moved = true;
    }
}
