//! Warns before RealtimeKit deletes a recording's file that Stream does not have yet.

use crate::context::Context;
use crate::context::health::JobName;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};

/// The job that queues these warnings in the outbox.
#[derive(Debug, Default)]
pub(crate) struct ExpiryWarnings;

impl Job for ExpiryWarnings {
    const NAME: JobName = JobName { id: "expiry_warnings", title: "Warnings before a recording’s file is deleted" };
    const ACTIVITY: &'static str = "looking for files that run out";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        turn.context.store().warn_of_expiry(turn.context.now())?;
        Ok(Work::Local.into())
    }
}
