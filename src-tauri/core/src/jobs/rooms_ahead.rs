//! Rooms of classes that begin within a day: makes them closed, so that a start only opens them; gives them the present
//! title; and closes those of classes that do not take place.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare;
use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::SessionId;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::room_ahead::{ROOM_HORIZON, RoomAhead, RoomNeed, need};
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::jobs::put_off::PutOff;
use crate::recorder::lifecycle::{self, change_session};
use crate::recorder::{realtimekit_app, room_lock, room_use, rooms_ahead};

/// The time between two looks at the schedule.
const CHECK_INTERVAL: TimeDelta = TimeDelta::minutes(1);
/// The time between two looks at an account without an app. The first start makes it.
const WITHOUT_APP_INTERVAL: TimeDelta = TimeDelta::minutes(15);
/// The most times that the wait after a failure doubles: 64 minutes.
const MAX_DOUBLINGS: u32 = 5;
/// The most rooms in one run. Each takes three requests.
const MAX_PER_RUN: usize = 10;
/// How long a tick waits for this job.
const ROOMS_AHEAD_PATIENCE: Duration = Duration::from_secs(2);

/// The job that makes these rooms. If its memory is lost, it tries again sooner.
#[derive(Debug, Default)]
pub(crate) struct RoomsAhead {
    next: Option<DateTime<Utc>>,
    /// The rooms that failed.
    put_off: PutOff<SessionId, MAX_DOUBLINGS>,
}

impl Job for RoomsAhead {
    const NAME: JobName = JobName { id: "rooms-ahead", title: "Rooms of coming classes" };
    const ACTIVITY: &'static str = "making the rooms of coming classes";
    const GROUP: Group = Group::Account;
    const PATIENCE: Patience = Patience::Beside(ROOMS_AHEAD_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        self.next.map_or(Due::EveryTick { next: None }, Due::At)
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        self.next = Some(now.later(CHECK_INTERVAL));
        let waiting = work(context, now)?;
        self.put_off.keep(|id| waiting.contains(id));
        if waiting.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let due = waiting.into_iter().filter(|id| self.put_off.is_due(id, now));
        let due: Vec<SessionId> = due.take(MAX_PER_RUN).collect();
        if due.is_empty() || turn.is_spent() {
            return Ok(Work::Postponed.into());
        }
        if realtimekit_app::existing(context).await?.is_none() {
            self.next = Some(now.later(WITHOUT_APP_INTERVAL));
            return Ok(Work::Asked.into());
        }
        let mut trouble = None;
        for id in due {
            if turn.is_spent() {
                break;
            }
            match one(context, id).await {
                Ok(()) => self.put_off.done(&id),
                Err(error) => {
                    tracing::warn!(session = %id, %error, "the room of a coming class was not brought up to date");
                    self.put_off.fail(id, now);
                    let stops = concerns_every_room(&error);
                    trouble = Some(UserError::from(error));
                    if stops {
                        break;
                    }
                }
            }
        }
        Ok(Report { work: Work::Asked, trouble })
    }

    fn clock_moved(&mut self) {
        self.next = None;
        self.put_off.clear();
    }

    fn woken(&mut self, _wake: Wake) {
        self.next = None;
        self.put_off.clear();
    }
}

/// Whether the next room would fail for the same reason.
fn concerns_every_room(error: &Error) -> bool {
    matches!(
        error,
        Error::Cloudflare(
            cloudflare::Error::Unreachable { .. } | cloudflare::Error::RateLimited(_) | cloudflare::Error::Lost { .. }
        ) | Error::SeveralApps { .. }
            | Error::UnknownApp { .. }
    )
}

/// The sessions whose rooms need something, by start.
fn work(context: &Context, now: DateTime<Utc>) -> Result<Vec<SessionId>, Error> {
    let known: HashMap<SessionId, RoomAhead> =
        context.store().rooms_ahead()?.into_iter().map(|room| (room.session, room)).collect();
    let near = context.store().sessions(Some(now.earlier(LENGTH_MAX)), Some(now.later(ROOM_HORIZON)))?;
    let mut all: HashMap<SessionId, Session> = near.into_iter().map(|session| (session.id, session)).collect();
    for id in known.keys().filter(|id| !all.contains_key(*id)).copied().collect::<Vec<_>>() {
        all.extend(context.store().session(id)?.map(|session| (id, session)));
    }
    let mut needing = Vec::new();
    for session in all.values().filter(|session| need(session, known.get(&session.id), now).is_some()) {
        // While a room is open for another class, that class looks after it.
        if room_use::other_in_room(context, session)?.is_none() {
            needing.push(session);
        }
    }
    needing.sort_by_key(|session| (session.plan.start.instant(), session.id));
    Ok(needing.into_iter().map(|session| session.id).collect())
}

/// Does what the room of one session needs now. The room lock keeps a start from doing the same meanwhile.
async fn one(context: &Context, id: SessionId) -> Result<(), Error> {
    let _room_lock = room_lock::take(context).await?;
    let session = lifecycle::session(context, id)?;
    if room_use::other_in_room(context, &session)?.is_some() {
        return Ok(());
    }
    let known = context.store().room_ahead(id)?;
    match need(&session, known.as_ref(), context.now()) {
        None => Ok(()),
        Some(RoomNeed::Make | RoomNeed::Tell) => make(context, id).await,
        Some(RoomNeed::Close) => match known.and_then(|known| known.room) {
            Some(room) => rooms_ahead::close(context, id, room).await,
            None => Ok(()),
        },
        Some(RoomNeed::Settle) => rooms_ahead::settle(context, &session, session.state.code()).await,
        Some(RoomNeed::Forget) => Ok(context.store().forget_room_ahead(id)?),
    }
}

async fn make(context: &Context, id: SessionId) -> Result<(), Error> {
    let mut code_is_new = false;
    let session = change_session(context, id, |session| {
        code_is_new = session.needs_room_code();
        Ok(session.with_room_code())
    })?;
    let SessionState::Scheduled { code: Some(code) } = &session.state else { return Ok(()) };
    rooms_ahead::closed_room(context, &session, code, code_is_new).await?;
    // Read now, so that the start need not ask for them.
    realtimekit_app::presets(context).await?;
    Ok(())
}
