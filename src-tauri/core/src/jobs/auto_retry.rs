//! Retries failed recordings when their auto-retry is due. [`crate::domain::recorder::auto_retry`] decides which and
//! when.

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Facts;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::ports::Topic;

/// The job that retries failed recordings.
#[derive(Debug, Default)]
pub(crate) struct AutoRetry;

impl Job for AutoRetry {
    const NAME: JobName = JobName { id: "auto_retry", title: "New attempts for failed recordings" };
    const ACTIVITY: &'static str = "beginning failed recordings again";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        let due = context.store().recordings_to_auto_retry(now)?;
        // The requests of retries can wait, so none is begun while the jobs have used their share of the rate budget.
        if due.is_empty() || turn.is_spent() {
            return Ok(Work::Local.into());
        }
        for id in due {
            let note = EventKind::RetriedAutomatically.note("Tried again by itself.");
            context.store().auto_retry(id, now, note, Facts::begin_anew)?;
        }
        context.changed(&[Topic::Recordings]);
        Ok(Work::Local.into())
    }
}
