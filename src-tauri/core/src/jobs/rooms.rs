//! Open sessions: count people, begin recording with the first one, finish what End began.

use crate::recorder::live_rooms::LiveRooms;
use crate::recorder::live_rooms::occupancy;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::clock::is_within;
use crate::domain::recorder::of_session::latest_attempt;
use crate::domain::recorder::proof::{PROOF_WITHIN, needs_recording, unrecorded_since};
use crate::domain::schedule::session::{Room, Session, SessionState};
use crate::error::{Error, UserError};
use crate::jobs::{Memory, plan};
use crate::ports::{Notice, Topic};
use crate::recorder::capture;
use crate::recorder::ending::finish_ending;
use crate::recorder::lifecycle::change_session;
use crate::recorder::live_rooms::Occupancy;
use crate::recorder::rooms as room_calls;

mod list;

pub(crate) use crate::jobs::rooms::list::List;
use crate::jobs::rooms::list::Told;

/// How long a start may take before it counts as interrupted and goes back on the schedule.
const START_TAKES: TimeDelta = TimeDelta::minutes(2);
/// How long to leave between two recordings of one session, so that a recorder that keeps failing does not fill the list.
const BETWEEN_RECORDINGS: TimeDelta = TimeDelta::seconds(20);
/// The longest a live room is left alone after a failure.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(10);
/// How many rooms are looked after at once.
const AT_ONCE: usize = 8;

pub(crate) async fn reconcile(
    context: &Context,
    memory: &mut Memory,
    trouble: &mut Option<UserError>,
    asked: &mut bool,
) -> Result<(), Error> {
    let open = context.store().open_sessions()?;
    LiveRooms::of(context).remember_all(&open);
    memory.rooms_due.retain(|id, _| open.iter().any(|session| session.id == *id));
    memory.session_failures.retain(|id, _| open.iter().any(|session| session.id == *id));
    memory.rooms_list.forget_all_but(&open);
    let now = context.now();
    let is_due = |session: &Session| memory.rooms_due.get(&session.id).is_none_or(|due| *due <= now);
    let any_due = open.iter().any(|session| list::is_live(session) && is_due(session));
    let people = if any_due { memory.rooms_list.read(context, &open).await } else { None };
    // One list tells of them all: whoever is due brings the others up to date.
    let due: Vec<Session> =
        open.into_iter().filter(|session| is_due(session) || (people.is_some() && list::is_live(session))).collect();
    *asked |= due.iter().any(|session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..)));
    let due = memory.rooms_list.means(context, due, people.as_ref());
    // Beside each other: a class whose network hangs keeps no other class from being recorded.
    let looks = due.into_iter().map(|(session, told)| async move {
        let result = context.supervisor().caught("looking after a room", one(context, &session, told)).await;
        (session, result.unwrap_or_else(|stopped| Err(stopped.into())))
    });
    for (session, result) in stream::iter(looks).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
        let wait = match result {
            Ok(wait) => {
                memory.session_failures.remove(&session.id);
                wait
            }
            Err(Error::Cloudflare(error)) => {
                tracing::warn!(session = %session.id, %error, "the room could not be looked after");
                *trouble = Some(UserError::from(&error));
                let failures = memory.session_failures.entry(session.id).or_default();
                *failures = failures.saturating_add(1);
                // A class does not wait: whatever does not forbid it is tried again soon.
                let wait = plan::backoff(*failures, &error);
                if error.retry_after().is_some() { wait } else { wait.min(LONGEST_WAIT) }
            }
            Err(error @ Error::Stopped(_)) => {
                *trouble = Some(UserError {
                    message: format!(
                        "Looking after “{}” stopped unexpectedly. Other classes go on.",
                        session.plan.title
                    ),
                    ..UserError::from(&error)
                });
                LONGEST_WAIT
            }
            Err(other) => return Err(other),
        };
        memory.rooms_due.insert(session.id, context.now().later(wait));
    }
    Ok(())
}

/// Looks after one session, and says when to look again.
async fn one(context: &Context, session: &Session, told: Told) -> Result<TimeDelta, Error> {
    match &session.state {
        SessionState::Starting { since, .. } => {
            if context.now().since(*since).abs() > START_TAKES {
                take_back(context, session)?;
            }
            Ok(START_TAKES)
        }
        SessionState::Live(room) => watch(context, session, room, told).await,
        SessionState::Ending(..) => finish_ending(context, session).await.map(|_| TimeDelta::zero()),
        SessionState::Scheduled { .. } | SessionState::Ended(..) | SessionState::Cancelled => Ok(TimeDelta::zero()),
    }
}

/// The app died while it opened the room: back on the schedule, with the mark by which the next Start finds the room.
fn take_back(context: &Context, session: &Session) -> Result<(), Error> {
    let now = context.now();
    change_session(context, session.id, |session| match session.state {
        SessionState::Starting { code, since } if now.since(since).abs() > START_TAKES => {
            Ok(Session { state: SessionState::Scheduled { code: Some(code) }, updated_at: now, ..session })
        }
        _ => Ok(session),
    })?;
    Ok(())
}

async fn watch(context: &Context, session: &Session, room: &Room, told: Told) -> Result<TimeDelta, Error> {
    let (people, at) = match told {
        Told::People(people) => (people, context.now()),
        Told::Nothing => room_calls::count_participants(context, &room.id).await?,
        Told::Later => return Ok(plan::room_interval(None)),
    };
    note_people(context, session, people, at);
    let latest = latest_attempt(&context.store().recordings_of(session.id)?).cloned();
    let too_soon = latest.as_ref().is_some_and(|one| is_within(one.created_at, BETWEEN_RECORDINGS, context.now()));
    if needs_recording(session, latest.as_ref(), people) && !too_soon {
        capture::begin(context, session, room).await?;
    }
    Ok(plan::room_interval(Some(people)))
}

fn note_people(context: &Context, session: &Session, people: u32, at: DateTime<Utc>) {
    let before = {
        let rooms = LiveRooms::of(context);
        let mut board = rooms.occupancies();
        let before = board.get(&session.id).cloned();
        let (unrecorded_since, alarmed) =
            before.as_ref().map_or((None, false), |seen| (seen.unrecorded_since, seen.alarmed));
        board.insert(session.id, Occupancy { people, at, unrecorded_since, alarmed });
        before
    };
    if before.is_none_or(|seen| seen.people != people) {
        context.changed(&[Topic::Sessions]);
    }
}

/// Tells whoever runs a class that it has not been recorded for too long, once; after everything was looked at.
pub(crate) fn raise_alarms(context: &Context) -> Result<(), Error> {
    for session in context.store().open_sessions()? {
        let Some(seen) = occupancy(context, session.id) else { continue };
        let latest = latest_attempt(&context.store().recordings_of(session.id)?).cloned();
        let live = matches!(session.state, SessionState::Live(_));
        let since = unrecorded_since(&session, latest.as_ref(), seen.people, seen.unrecorded_since, context.now())
            .filter(|_| live);
        let late = since.is_some_and(|since| context.now().since(since) >= PROOF_WITHIN);
        let alarmed = since.is_some() && (seen.alarmed || late);
        if let Some(seen) = LiveRooms::of(context).occupancies().get_mut(&session.id) {
            (seen.unrecorded_since, seen.alarmed) = (since, alarmed);
        }
        if seen.alarmed && !alarmed {
            context.notifier().withdraw(session.id);
            context.changed(&[Topic::Sessions]);
        }
        if let (true, false, Some(recording)) = (alarmed, seen.alarmed, latest) {
            context.changed(&[Topic::Sessions]);
            context.notifier().notify(&Notice {
                title: format!("Not being recorded: {}", session.plan.title),
                body: "People are in the room, and Cloudflare has not confirmed a recording for a minute. Open Hajime and press Record again."
                    .into(),
                recording: recording.id,
                alarm: Some(session.id),
            });
        }
    }
    Ok(())
}
