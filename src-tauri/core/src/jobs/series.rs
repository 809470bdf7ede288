//! Makes the sessions of series some weeks before they begin.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::domain::schedule::holiday;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::ports::Topic;

/// The time between two looks at all series.
const CHECK_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The job that makes these sessions.
#[derive(Debug, Default)]
pub(crate) struct SeriesAhead {
    next: Option<DateTime<Utc>>,
}

impl Job for SeriesAhead {
    const NAME: JobName = JobName { id: "series", title: "Classes of series" };
    const ACTIVITY: &'static str = "putting the next classes of series on the schedule";
    const GROUP: Group = Group::Data;
    const CONCERN: Concern = Concern::Data;

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = turn.context;
        let now = context.now();
        self.next = Some(now.later(CHECK_INTERVAL));
        let made = context.store().make_sessions(|series, has, holidays| {
            let made = series.sessions_to_make(has, now).into_iter();
            made.map(|session| holiday::outside(session, holidays, now)).collect()
        })?;
        if made == 0 {
            return Ok(Work::Nothing.into());
        }
        context.changed(&[Topic::Sessions]);
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}
