//! Reads feeds again, and keeps the calendars for other programs up to date.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::domain::bounds::Moved as _;
use crate::domain::schedule::calendar::feed::PACE_MAX;
use crate::domain::schedule::calendar::outlet::Kind;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Work};
use crate::ports::Topic;
use crate::recorder::feeds::{Reader, refresh};
use crate::recorder::outlets::{Alone, Kept, bring_up_to_date};

/// The time between two looks at the calendars for other programs.
const LOOK_INTERVAL: TimeDelta = TimeDelta::minutes(1);
/// The time between two looks where there is no feed.
const IDLE_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Reads the feeds that are due.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    clock_moved: bool,
}

impl Job for Feeds {
    const NAME: JobName = JobName { id: "feeds", title: "Calendars of other programs" };
    const ACTIVITY: &'static str = "reading the calendars of other programs";
    const GROUP: Group = Group::Outward;
    const PATIENCE: Patience = Patience::Beside(Duration::ZERO);
    // A server that does not answer says nothing about Cloudflare.
    const CONCERN: Concern = Concern::Data;

    fn due(&self, context: &Context) -> Due {
        match context.store().next_feed() {
            _ if self.clock_moved => Due::EveryTick { next: None },
            Ok(Some(next)) => Due::At(next),
            Ok(None) => Due::At(context.now().later(IDLE_INTERVAL)),
            Err(_) => Due::EveryTick { next: None },
        }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        if std::mem::take(&mut self.clock_moved) {
            context.store().bring_feeds_into_the_present(now, now.later(PACE_MAX))?;
        }
        let due = context.store().feeds()?.into_iter().filter(|feed| feed.due_at <= now);
        // Their troubles are shown beside each feed, as they are other people's.
        for feed in due {
            refresh(context, feed.calendar, Reader::Job).await?;
        }
        Ok(Work::Local.into())
    }

    fn clock_moved(&mut self) {
        self.clock_moved = true;
    }
}

/// Writes the schedule to the file and the address that a person chose.
#[derive(Debug, Default)]
pub(crate) struct Outlets {
    next: Option<DateTime<Utc>>,
}

impl Job for Outlets {
    const NAME: JobName = JobName { id: "calendars", title: "Calendars for other programs" };
    const ACTIVITY: &'static str = "writing the schedule for other programs";
    const GROUP: Group = Group::Account;
    /// A file is written within this time. A publication may take longer, and then goes on beside the ticks.
    const PATIENCE: Patience = Patience::Beside(Duration::from_secs(1));
    const CONCERN: Concern = Concern::Data;

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        self.next = Some(context.now().later(LOOK_INTERVAL));
        let (mut work, mut trouble) = (Work::Nothing, None);
        for kind in [Kind::File, Kind::Published] {
            if kind == Kind::Published && turn.is_spent() {
                continue;
            }
            match bring_up_to_date(context, &Alone::with(context, kind).await).await {
                Ok(Kept::Written) => {
                    context.changed(&[Topic::Sessions]);
                    work = if kind == Kind::Published { Work::Asked } else { Work::Local };
                }
                Ok(Kept::Later) if work == Work::Nothing => work = Work::Postponed,
                Ok(Kept::Same | Kept::Later) => {}
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => trouble = Some(UserError::from(&error)),
            }
        }
        Ok(Report { work, trouble })
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }
}
