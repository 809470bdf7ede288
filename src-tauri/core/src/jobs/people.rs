//! The people of a session: takes links back from those who were taken off the roster, and asks who was in the room.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::ports::Topic;
use crate::recorder::invited;

/// How long a tick waits for this job. Nothing else waits for its answers.
const PEOPLE_PATIENCE: Duration = Duration::from_secs(2);
/// The time until something is tried again after a failure.
const RETRY_AFTER: TimeDelta = TimeDelta::minutes(2);
/// The most requests for people in one run.
const MAX_PER_RUN: usize = 20;

/// The job that looks after the people on rosters. If its memory is lost, it tries again sooner.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// When to try again, by the seat or the session.
    put_off: HashMap<String, DateTime<Utc>>,
}

impl Job for People {
    const NAME: JobName = JobName { id: "people", title: "People of classes" };
    const ACTIVITY: &'static str = "looking after the people of classes";
    const GROUP: Group = Group::Pipeline;
    const PATIENCE: Patience = Patience::Beside(PEOPLE_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.put_off.values().copied().min() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        self.put_off.retain(|_, until| *until > now);
        let withdrawn = context.store().withdrawn_seats(now)?;
        let asked_about = context.store().sessions_to_ask_about(now)?;
        if withdrawn.is_empty() && asked_about.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let (mut trouble, mut left, mut changed) = (None, MAX_PER_RUN, false);
        for seat in withdrawn {
            let key = format!("{} {}", seat.session, seat.seat.custom_id);
            if left == 0 || turn.is_spent() || self.put_off.contains_key(&key) {
                continue;
            }
            left = left.saturating_sub(1);
            let done = invited::withdraw(context, &seat).await;
            changed |= self.note(context, key, done.map(|()| true), &mut trouble);
        }
        for session in asked_about {
            let key = session.to_string();
            if left == 0 || turn.is_spent() || self.put_off.contains_key(&key) {
                continue;
            }
            left = left.saturating_sub(1);
            let done = invited::read_attendance(context, session).await;
            changed |= self.note(context, key, done, &mut trouble);
        }
        if changed {
            context.changed(&[Topic::Sessions]);
        }
        let work = if left == MAX_PER_RUN { Work::Postponed } else { Work::Asked };
        Ok(Report { work, trouble })
    }

    fn clock_moved(&mut self) {
        self.put_off.clear();
    }

    fn woken(&mut self, _wake: Wake) {
        self.put_off.clear();
    }
}

impl People {
    /// Notes how one piece of work ended. Returns whether anything changed.
    fn note(
        &mut self,
        context: &Context,
        key: String,
        done: Result<bool, Error>,
        trouble: &mut Option<UserError>,
    ) -> bool {
        match done {
            Ok(changed) => changed,
            Err(error) => {
                self.put_off.insert(key, context.now().later(RETRY_AFTER));
                *trouble = Some(UserError::from(error));
                false
            }
        }
    }
}
