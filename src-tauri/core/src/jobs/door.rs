//! Keeps the door of the join page informed, and fetches what it saw: who came, who waits, and what was played.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

use crate::cloudflare;
use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::clock::is_within;
use crate::domain::error_code::ErrorCode;
use crate::domain::profile::door::DoorTrouble;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::jobs::plan::doubled;
use crate::recorder::door::sync::{self, Exchanged, ToTell, Wants};

/// How long a tick waits for this job. Nothing else waits for the door.
const TICK_PATIENCE: Duration = Duration::from_secs(2);
/// The time between two questions while people come: whoever waits is seen soon.
const NEAR_INTERVAL: TimeDelta = TimeDelta::seconds(10);
/// The time between two questions otherwise.
const IDLE_INTERVAL: TimeDelta = TimeDelta::seconds(60);
/// The most requests in [`MINUTE`] while people come, and otherwise. Whom to keep out is told in any case.
const NEAR_REQUESTS: usize = 6;
const IDLE_REQUESTS: usize = 2;
const MINUTE: TimeDelta = TimeDelta::seconds(60);
/// The longest wait after failures in a row.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(5);
/// How long what the Worker noted is told as a trouble. It notes one that goes on every minute.
const TROUBLE_COUNTS: TimeDelta = TimeDelta::minutes(10);

/// The job of the door. If its memory is lost, it asks sooner.
#[derive(Debug, Default)]
pub(crate) struct Door {
    /// When the job looks again; `None` for at once.
    next: Option<DateTime<Utc>>,
    /// When the door was asked last what it saw.
    asked_at: Option<DateTime<Utc>>,
    /// When the last requests were sent.
    sent: VecDeque<DateTime<Utc>>,
    /// How many exchanges failed in a row, and until when the next one waits.
    failures: u32,
    waits_until: Option<DateTime<Utc>>,
    /// Whether what the account may use in a day is used up.
    is_used_up: bool,
}

impl Job for Door {
    const NAME: JobName = JobName { id: "door", title: "The door of the join page" };
    const ACTIVITY: &'static str = "telling and asking the door of the join page";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(TICK_PATIENCE);

    fn due(&self, context: &Context) -> Due {
        match self.next {
            Some(next) if next > context.now() => Due::At(next),
            Some(_) | None => Due::EveryTick { next: None },
        }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let (context, now) = (&turn.context, turn.context.now());
        self.next = Some(now.later(IDLE_INTERVAL));
        if !context.store().door()?.is_some_and(|door| door.is_open) {
            *self = Self { next: self.next, ..Self::default() };
            return Ok(Work::Nothing.into());
        }
        if let Some(until) = self.waits_until.filter(|until| *until > now && !turn.asked_for) {
            self.next = Some(until);
            return Ok(Work::Postponed.into());
        }
        let to_tell = sync::gather(context).await?;
        let interval = if to_tell.is_near { NEAR_INTERVAL } else { IDLE_INTERVAL };
        self.next = Some(now.later(interval));
        let is_due = turn.asked_for || self.asked_at.is_none_or(|asked| !is_within(asked, interval, now));
        if !is_due && !to_tell.waits {
            self.next = self.asked_at.map(|asked| asked.later(interval));
            return Ok(Work::Nothing.into());
        }
        if !to_tell.urgent && !turn.asked_for {
            if turn.is_spent() {
                return Ok(Work::Postponed.into());
            }
            if let Some(free) = self.free_at(to_tell, now) {
                self.next = Some(free);
                return Ok(Work::Postponed.into());
            }
        }
        // Set first, so that a run that is cancelled or panics waits too.
        self.waits_until = Some(now.later(NEAR_INTERVAL));
        match sync::send(context, Wants::Seen).await {
            Ok(done) => Ok(self.done(context, &done, interval)),
            Err(error) => {
                self.fail(context, &error);
                Err(error)
            }
        }
    }

    fn clock_moved(&mut self) {
        *self = Self::default();
    }

    fn woken(&mut self, wake: Wake) {
        self.next = None;
        if wake == Wake::Network && !self.is_used_up {
            self.waits_until = None;
        }
    }
}

impl Door {
    /// The moment at which a request may be sent; `None` for now.
    fn free_at(&mut self, ToTell { is_near, .. }: ToTell, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.sent.retain(|at| is_within(*at, MINUTE, now));
        let most = if is_near { NEAR_REQUESTS } else { IDLE_REQUESTS };
        let oldest = self.sent.len().checked_sub(most)?;
        self.sent.get(oldest).map(|at| at.later(MINUTE))
    }

    fn done(&mut self, context: &Context, done: &Exchanged, interval: TimeDelta) -> Report {
        let now = context.now();
        self.sent.extend(std::iter::repeat_n(now, done.requests));
        (self.failures, self.waits_until, self.is_used_up) = (0, None, false);
        (self.asked_at, self.next) = (Some(now), Some(now.later(interval)));
        let trouble =
            done.trouble.as_ref().filter(|noted| is_within(noted.at, TROUBLE_COUNTS, context.cloudflare_now()));
        Report { work: Work::Asked, trouble: trouble.map(told) }
    }

    /// Notes a failure: the next exchange waits twice as long as the one before, and until midnight where the day's share is used up.
    fn fail(&mut self, context: &Context, error: &Error) {
        let now = context.now();
        self.sent.push_back(now);
        self.failures = self.failures.saturating_add(1);
        self.is_used_up = matches!(error, Error::Cloudflare(cloudflare::Error::DailyLimit { .. }));
        let wait = match error {
            Error::Cloudflare(cloudflare::Error::DailyLimit { .. }) => until_midnight(context.cloudflare_now()),
            Error::Cloudflare(error) => error.retry_after().unwrap_or_default().max(self.wait()),
            _ => self.wait(),
        };
        self.waits_until = Some(now.later(wait));
        self.next = self.waits_until;
    }

    /// The wait after the failures in a row: ten seconds, then twice as long each time.
    fn wait(&self) -> TimeDelta {
        doubled(self.failures).times(5).min(LONGEST_WAIT)
    }
}

/// The time until the day of Cloudflare’s limits is over.
fn until_midnight(now: DateTime<Utc>) -> TimeDelta {
    let tomorrow = now.date_naive().checked_add_days(Days::new(1)).map(|day| day.and_time(NaiveTime::MIN).and_utc());
    tomorrow.map_or(LONGEST_WAIT, |tomorrow| tomorrow.since(now))
}

fn told(noted: &DoorTrouble) -> UserError {
    let next = "Look at the door in Settings, Join page.";
    UserError::new(ErrorCode::Conflict, noted.sentence(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_share_of_a_day_counts_again_after_midnight_utc() {
        assert_eq!(until_midnight(at("2026-12-08T23:59:00Z")), TimeDelta::minutes(1));
        assert_eq!(until_midnight(at("2026-12-08T00:00:00Z")), TimeDelta::days(1));
    }

    #[test]
    fn no_more_requests_are_sent_in_a_minute_than_the_door_may_be_asked() {
        let now = at("2026-12-08T12:00:00Z");
        for (is_near, most) in [(true, NEAR_REQUESTS), (false, IDLE_REQUESTS)] {
            let mut job = Door::default();
            let to_tell = ToTell { is_near, ..ToTell::default() };
            for sent in 0..most {
                let moment = now.later(TimeDelta::seconds(i64::try_from(sent).unwrap()));
                assert_eq!(job.free_at(to_tell, moment), None);
                job.sent.push_back(moment);
            }
            let full = now.later(TimeDelta::seconds(30));
            assert_eq!(job.free_at(to_tell, full), Some(now.later(MINUTE)));
            assert_eq!(job.free_at(to_tell, now.later(TimeDelta::seconds(61))), None);
        }
    }
}
