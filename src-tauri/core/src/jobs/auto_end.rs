//! Ends live classes by themselves after their planned end, if the settings of the desk say so, after a countdown that
//! people can see and cancel.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::recorder::auto_end::{AutoEnd, Count, Countdown, Look, Verdict, Why};
use crate::domain::schedule::origin::Origin;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::ports::Topic;
use crate::recorder::auto_end::{Countdowns, nobody_but_host};
use crate::recorder::lifecycle::change_session;
use crate::recorder::{room_lock, rooms};

/// The time before its planned end from which a class is looked at.
const LOOK_AHEAD: TimeDelta = TimeDelta::seconds(10);
/// The time between two looks at the live classes while the rule is on.
const LOOK_INTERVAL: TimeDelta = TimeDelta::seconds(5);

/// The job that ends classes by themselves. If its memory is lost, every count begins again.
#[derive(Debug, Default)]
pub(crate) struct AutoEnds {
    counts: HashMap<SessionId, Count>,
    next: Option<DateTime<Utc>>,
}

impl Job for AutoEnds {
    const NAME: JobName = JobName { id: "auto_end", title: "Classes that end by themselves" };
    const ACTIVITY: &'static str = "looking for classes that end by themselves";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.next }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let Watched { rule, sessions: watched, later } = watched(context)?;
        self.counts.retain(|id, _| watched.iter().any(|session| session.id == *id));
        let before = Countdowns::of(context).all().clone();
        Countdowns::of(context).all().retain(|id, _| watched.iter().any(|session| session.id == *id));
        let soon = (!watched.is_empty()).then(|| context.now().later(LOOK_INTERVAL));
        self.next = soon.into_iter().chain(later).min();
        let (mut trouble, mut ended) = (None, false);
        for session in &watched {
            match self.one(context, rule, session).await {
                Ok(did) => ended |= did,
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => trouble = Some(UserError::from(error)),
            }
        }
        // The page counts down by itself. It has to know which classes end, and why.
        let is_shown = {
            let countdowns = Countdowns::of(context);
            let now = countdowns.all();
            let known = |(id, one): (&SessionId, &Countdown)| before.get(id).is_some_and(|other| other.why == one.why);
            now.len() == before.len() && now.iter().all(known)
        };
        if ended || !is_shown {
            context.changed(&[Topic::Sessions]);
        }
        if ended {
            // The rooms job then stops the recordings, removes everybody and closes the rooms.
            context.wake_jobs();
        }
        Ok(Report { work: if watched.is_empty() { Work::Nothing } else { Work::Local }, trouble })
    }

    fn clock_moved(&mut self) {
        self.counts.clear();
        self.next = None;
    }
}

impl AutoEnds {
    /// Looks at one live class. Returns whether it begins to end.
    async fn one(&mut self, context: &Context, rule: AutoEnd, session: &Session) -> Result<bool, Error> {
        let planned_end = session.plan.end();
        // Before the planned end nobody needs to be asked for.
        let empty = if rule == AutoEnd::WhenEmpty && context.now() >= planned_end {
            // Without an answer the class goes on.
            nobody_but_host(context, session).await.unwrap_or(None)
        } else {
            None
        };
        let now = context.now();
        let verdict = self.counts.entry(session.id).or_default().look(rule, &Look { planned_end, empty, now });
        let countdowns = Countdowns::of(context);
        match verdict {
            Verdict::GoesOn => {
                countdowns.all().remove(&session.id);
                Ok(false)
            }
            Verdict::EndsIn(left, why) => {
                countdowns.all().insert(session.id, Countdown { at: now.later(left), why });
                Ok(false)
            }
            Verdict::Ends(why) => {
                if why == Why::Empty && somebody_came(context, session).await? {
                    self.counts.remove(&session.id);
                    countdowns.all().remove(&session.id);
                    return Ok(false);
                }
                let ends = end(context, session).await?;
                countdowns.all().remove(&session.id);
                Ok(ends)
            }
        }
    }
}

/// Counts the people once more right before the end: somebody may have come in since the last count.
async fn somebody_came(context: &Context, session: &Session) -> Result<bool, Error> {
    let SessionState::Live(room) = &session.state else { return Ok(true) };
    Ok(rooms::count_participants(context, &room.id).await?.0 > 1)
}

/// The live classes that may end by themselves.
#[derive(Debug)]
struct Watched {
    rule: AutoEnd,
    /// Those that are near their planned end, or past it.
    sessions: Vec<Session>,
    /// When the next of the others comes near its planned end.
    later: Option<DateTime<Utc>>,
}

/// The rule of the desk, and the live classes for which it holds: those of this desk, because the length of others is
/// not known here, and only where people see the countdown.
fn watched(context: &Context) -> Result<Watched, Error> {
    let mut live = context.store().open_sessions()?;
    live.retain(|session| matches!(session.state, SessionState::Live(_)) && session.origin == Origin::Here);
    let mut watched = Watched { rule: AutoEnd::Off, sessions: Vec::new(), later: None };
    if live.is_empty() || !context.notifier().has_desktop() {
        return Ok(watched);
    }
    let (now, from) = (context.now(), |session: &Session| session.plan.end().earlier(LOOK_AHEAD));
    let (near, later): (Vec<_>, Vec<_>) = live.into_iter().partition(|session| from(session) <= now);
    watched.later = later.iter().map(from).min();
    if near.is_empty() {
        return Ok(watched);
    }
    watched.rule = context.store().preferences()?.auto_end;
    if watched.rule != AutoEnd::Off {
        let kept = context.store().kept_open()?;
        watched.sessions = near.into_iter().filter(|session| !kept.contains(&session.id)).collect();
    }
    Ok(watched)
}

/// Notes that the session ends, unless a person has decided otherwise meanwhile. Returns whether it ends.
async fn end(context: &Context, session: &Session) -> Result<bool, Error> {
    let _room_lock = room_lock::take(context).await?;
    if context.store().kept_open()?.contains(&session.id) {
        return Ok(false);
    }
    let now = context.now();
    let end = session.plan.end();
    let mut ends = false;
    change_session(context, session.id, |current| {
        ends = matches!(current.state, SessionState::Live(_)) && current.plan.end() == end;
        if ends { Ok(current.begin_ending(now)?) } else { Ok(current) }
    })?;
    if ends {
        tracing::info!(session = %session.id, "the class ends by itself");
    }
    Ok(ends)
}
