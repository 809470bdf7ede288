//! Open rooms: counts their participants, begins to record when the first one joins, and finishes ending sessions.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::ids::SessionId;
use crate::domain::recorder::of_session::latest_attempt;
use crate::domain::recorder::proof::needs_recording;
use crate::domain::schedule::session::{Room, Session, SessionState};
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Report, Turn, Wake, Work};
use crate::jobs::plan;
use crate::ports::Topic;
use crate::recorder::capture;
use crate::recorder::ending::finish_ending;
use crate::recorder::lifecycle::change_session;
use crate::recorder::live_rooms::{LiveRooms, Occupancy};
use crate::recorder::rooms as room_calls;

mod list;

use crate::jobs::rooms::list::{List, RoomEntry};

/// The longest time a start may take. After that it counts as interrupted, and the session is scheduled again.
const START_LIMIT: TimeDelta = TimeDelta::minutes(2);
/// The shortest time between two recordings of one session, so that a recorder that fails again and again does not fill
/// the list.
const MIN_TIME_BETWEEN_RECORDINGS: TimeDelta = TimeDelta::seconds(20);
/// The longest time until a live room is checked again after a failure.
const MAX_WAIT_AFTER_FAILURE: TimeDelta = TimeDelta::seconds(10);
/// The most rooms that are checked at the same time.
const MAX_ROOMS_AT_ONCE: usize = 8;

/// The job that counts participants and follows the open sessions.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    failures: HashMap<SessionId, u32>,
    due: HashMap<SessionId, DateTime<Utc>>,
    list: List,
}

impl Job for Rooms {
    const NAME: JobName = JobName { id: "rooms", title: "Open rooms" };
    const ACTIVITY: &'static str = "looking after rooms";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.due.values().copied().min() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let open = context.store().open_sessions()?;
        LiveRooms::of(context).remember_all(&open);
        self.forget_all_but(&open);
        if open.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let now = context.now();
        let is_due = |due: &HashMap<_, _>, session: &Session| due.get(&session.id).is_none_or(|due| *due <= now);
        let any_due = open.iter().any(|session| list::is_live(session) && is_due(&self.due, session));
        let people = if any_due { self.list.read(context, &open).await } else { None };
        // One list names all rooms, so if one is due, all live rooms are checked.
        let due: Vec<Session> = open
            .into_iter()
            .filter(|session| is_due(&self.due, session) || (people.is_some() && list::is_live(session)))
            .collect();
        let asks = |session: &Session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..));
        let work = if due.iter().any(asks) { Work::Asked } else { Work::Postponed };
        let due = self.list.means(context, due, people.as_ref());
        // The rooms are checked at the same time, so that a room whose requests hang does not keep another session from
        // being recorded.
        let checks = due.into_iter().map(|(session, told)| async move {
            let result = context.supervisor().caught("looking after a room", one(context, &session, told)).await;
            (session, result.unwrap_or_else(|stopped| Err(stopped.into())))
        });
        let mut trouble = None;
        for (session, result) in stream::iter(checks).buffer_unordered(MAX_ROOMS_AT_ONCE).collect::<Vec<_>>().await {
            let wait = self.wait_after(&session, result, &mut trouble)?;
            self.due.insert(session.id, context.now().later(wait));
        }
        Ok(Report { work, trouble })
    }

    fn clock_moved(&mut self) {
        self.due.clear();
        self.list.forget_when();
    }

    fn woken(&mut self, _wake: Wake) {
        self.due.clear();
    }
}

impl Rooms {
    fn forget_all_but(&mut self, open: &[Session]) {
        let is_open = |id: &SessionId| open.iter().any(|session| session.id == *id);
        self.due.retain(|id, _| is_open(id));
        self.failures.retain(|id, _| is_open(id));
        self.list.forget_all_but(open);
    }

    /// How long to wait before a room is checked again, by the result of its last check.
    fn wait_after(
        &mut self,
        session: &Session,
        result: Result<TimeDelta, Error>,
        trouble: &mut Option<UserError>,
    ) -> Result<TimeDelta, Error> {
        match result {
            Ok(wait) => {
                self.failures.remove(&session.id);
                Ok(wait)
            }
            Err(Error::Cloudflare(error)) => {
                tracing::warn!(session = %session.id, %error, "the room could not be checked");
                *trouble = Some(UserError::from(&error));
                let failures = self.failures.entry(session.id).or_default();
                *failures = failures.saturating_add(1);
                // A live session must not wait long: unless Cloudflare asks for a longer wait, the room is checked
                // again soon.
                let wait = plan::backoff(*failures, &error);
                Ok(if error.retry_after().is_some() { wait } else { wait.min(MAX_WAIT_AFTER_FAILURE) })
            }
            Err(error @ Error::Stopped(_)) => {
                *trouble = Some(UserError {
                    message: format!(
                        "Checking “{}” stopped unexpectedly. Hajime still checks the other classes.",
                        session.plan.title
                    ),
                    ..UserError::from(&error)
                });
                Ok(MAX_WAIT_AFTER_FAILURE)
            }
            Err(other) => Err(other),
        }
    }
}

/// Checks one session. Returns how long to wait before its next check.
async fn one(context: &Context, session: &Session, told: RoomEntry) -> Result<TimeDelta, Error> {
    match &session.state {
        SessionState::Starting { since, .. } => {
            if context.now().since(*since).abs() > START_LIMIT {
                take_back(context, session)?;
            }
            Ok(START_LIMIT)
        }
        SessionState::Live(room) => watch(context, session, room, told).await,
        SessionState::Ending(..) => finish_ending(context, session).await.map(|_| TimeDelta::zero()),
        SessionState::Scheduled { .. } | SessionState::Ended(..) | SessionState::Cancelled { .. } => {
            Ok(TimeDelta::zero())
        }
    }
}

/// Schedules a session again whose start was interrupted. It keeps the room code, by which the next start finds the
/// room.
fn take_back(context: &Context, session: &Session) -> Result<(), Error> {
    let now = context.now();
    change_session(context, session.id, |session| match session.state {
        SessionState::Starting { since, .. } if now.since(since).abs() > START_LIMIT => {
            Ok(session.start_failed(None, now))
        }
        _ => Ok(session),
    })?;
    Ok(())
}

async fn watch(context: &Context, session: &Session, room: &Room, told: RoomEntry) -> Result<TimeDelta, Error> {
    let (people, at) = match told {
        RoomEntry::People(people) => (people, context.now()),
        RoomEntry::Nothing => room_calls::count_participants(context, &room.id).await?,
        RoomEntry::Later => return Ok(plan::room_interval(None)),
    };
    note_people(context, session, people, at);
    let latest = latest_attempt(&context.store().recordings_of(session.id)?).cloned();
    let too_soon =
        latest.as_ref().is_some_and(|one| is_within(one.created_at, MIN_TIME_BETWEEN_RECORDINGS, context.now()));
    if needs_recording(session, latest.as_ref(), people) && !too_soon {
        capture::begin(context, session, room).await?;
    }
    Ok(plan::room_interval(Some(people)))
}

fn note_people(context: &Context, session: &Session, people: u32, at: DateTime<Utc>) {
    let before = {
        let rooms = LiveRooms::of(context);
        let mut occupancies = rooms.occupancies();
        let before = occupancies.get(&session.id).cloned();
        let (unrecorded_since, alarmed) =
            before.as_ref().map_or((None, false), |seen| (seen.unrecorded_since, seen.alarmed));
        let emptied = before.as_ref().and_then(|seen| seen.empty_since).map_or(at, |since| since.min(at));
        let empty_since = (people == 0).then_some(emptied);
        occupancies.insert(session.id, Occupancy { people, at, unrecorded_since, empty_since, alarmed });
        before
    };
    if before.is_none_or(|seen| seen.people != people) {
        context.changed(&[Topic::Sessions]);
    }
}
