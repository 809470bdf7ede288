//! Makes the checks before a class once, when its start is ten minutes away.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::ports::Topic;
use crate::recorder::preflight;

/// How long a tick waits for this job. Nothing else waits for its answers.
const PREFLIGHT_PATIENCE: Duration = Duration::from_secs(2);
/// The time until a class is looked at again whose checks were put off.
const RETRY_AFTER: TimeDelta = TimeDelta::minutes(1);

/// The job that checks the next class.
#[derive(Debug, Default)]
pub(crate) struct PreflightAhead {
    put_off: Option<DateTime<Utc>>,
    next: Option<DateTime<Utc>>,
}

impl Job for PreflightAhead {
    const NAME: JobName = JobName { id: "preflight", title: "Checks before the next class" };
    const ACTIVITY: &'static str = "checking what the next class needs";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(PREFLIGHT_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        // Another process may put a class on the schedule at any time.
        self.put_off.map_or(Due::EveryTick { next: self.next }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        self.put_off = None;
        let ahead = preflight::ahead(context, context.now())?;
        self.next = ahead.next;
        let Some(session) = ahead.due else { return Ok(Work::Nothing.into()) };
        if turn.is_spent() {
            // A person can ask for the checks at any time, and live classes need the requests more.
            self.put_off = Some(context.now().later(RETRY_AFTER));
            return Ok(Work::Postponed.into());
        }
        let found = preflight::run(context, Some(session)).await?;
        context.changed(&[Topic::Sessions]);
        if preflight::reached(&found) {
            return Ok(Work::Asked.into());
        }
        self.put_off = Some(context.now().later(RETRY_AFTER));
        Ok(Work::Postponed.into())
    }

    fn clock_moved(&mut self) {
        (self.put_off, self.next) = (None, None);
    }

    fn woken(&mut self, _wake: Wake) {
        self.put_off = None;
    }
}
