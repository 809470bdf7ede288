//! Open sessions: count people, begin recording with the first one, finish what End began.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};

use super::{Memory, plan};
use crate::actions::{Desk, Error, RoomSeen, Trouble, capture, rooms, sessions};
use crate::domain::ids::MeetingId;
use crate::domain::proof::{PROOF_WITHIN, needs_recording, unrecorded_since};
use crate::domain::session::{Room, Session, SessionState};
use crate::ports::{Notice, Topic};

/// How long a start may take before it counts as interrupted and goes back on the schedule.
const START_TAKES: TimeDelta = TimeDelta::minutes(2);
/// How long to leave between two recordings of one session, so that a recorder that keeps failing does not fill the list.
const BETWEEN_RECORDINGS: TimeDelta = TimeDelta::seconds(20);
/// The longest a live room is left alone after a failure.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(10);
/// How many rooms are looked after at once.
const AT_ONCE: usize = 8;
/// From so many live rooms on, one list says who is where.
const MANY: usize = 3;
/// What the list does not name is asked about by itself: so many at a time, and a room that seems empty so often.
const UNLISTED: usize = 3;
const ALONE_EVERY: TimeDelta = TimeDelta::seconds(60);

pub(super) async fn look_after(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    asked: &mut bool,
) -> Result<(), Error> {
    let open = desk.store().open_sessions()?;
    memory.rooms_due.retain(|id, _| open.iter().any(|session| session.id == *id));
    memory.session_failures.retain(|id, _| open.iter().any(|session| session.id == *id));
    memory.rooms_asked.retain(|id, _| open.iter().any(|session| session.id == *id));
    let now = desk.now();
    let is_due = |session: &Session| memory.rooms_due.get(&session.id).is_none_or(|due| *due <= now);
    let live = |session: &Session| matches!(session.state, SessionState::Live(_));
    let (count, any_due) =
        (open.iter().filter(|one| live(one)).count(), open.iter().any(|one| live(one) && is_due(one)));
    let people = if any_due && count >= MANY { who_is_where(desk, count).await } else { None };
    // One list tells of them all: whoever is due brings the others up to date.
    let due: Vec<Session> =
        open.into_iter().filter(|session| is_due(session) || (people.is_some() && live(session))).collect();
    *asked |= due.iter().any(|session| matches!(session.state, SessionState::Live(_) | SessionState::Ending(..)));
    let due: Vec<(Session, Told)> = match people {
        Some(people) => told(desk, memory, due, &people),
        None => due.into_iter().map(|session| (session, Told::Nothing)).collect(),
    };
    // Beside each other: a class whose network hangs keeps no other class from being recorded.
    let looks = due.into_iter().map(|(session, told)| async move {
        let result = one(desk, &session, told).await;
        (session, result)
    });
    for (session, result) in stream::iter(looks).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
        let wait = match result {
            Ok(wait) => {
                memory.session_failures.remove(&session.id);
                wait
            }
            Err(Error::Cloud(error)) => {
                tracing::warn!(session = %session.id, %error, "the room could not be looked after");
                *trouble = Some(Trouble::from(&error));
                let failures = memory.session_failures.entry(session.id).or_default();
                *failures = failures.saturating_add(1);
                // A class does not wait: whatever does not forbid it is tried again soon.
                let wait = plan::backoff(*failures, &error);
                if error.retry_after().is_some() { wait } else { wait.min(LONGEST_WAIT) }
            }
            Err(other) => return Err(other),
        };
        memory.rooms_due.insert(session.id, desk.now() + wait);
    }
    Ok(())
}

/// What the list said of a room.
#[derive(Debug, Clone, Copy)]
enum Told {
    /// So many people are in it.
    People(u32),
    /// Nothing: it is asked about by itself.
    Nothing,
    /// Nothing, and others come first: its turn comes with the next look.
    Later,
}

/// How many people are in which room; `None` if the list cannot be had, so that each room is asked about by itself.
async fn who_is_where(desk: &Desk, rooms: usize) -> Option<HashMap<MeetingId, u32>> {
    let limit = u32::try_from(rooms).unwrap_or(u32::MAX).saturating_add(25);
    let listed = async { Ok::<_, Error>(desk.cloud().live_sessions(desk.app().await?, limit).await?) };
    listed.await.inspect_err(|error| tracing::warn!(%error, "who is in which room could not be listed")).ok()
}

/// What a list means for each room. It names no room that is empty, and may lag behind: that somebody left is believed of the room itself
/// only, and whether nobody came is asked of it now and then. Before it has named one of our rooms, its silence means nothing.
fn told(desk: &Desk, memory: &mut Memory, due: Vec<Session>, people: &HashMap<MeetingId, u32>) -> Vec<(Session, Told)> {
    let now = desk.now();
    let listed = |session: &Session| session.state.room().and_then(|room| people.get(&room.id)).copied();
    memory.list_proven |= due.iter().any(|session| listed(session).is_some());
    let proven = memory.list_proven;
    let mut alone = 0;
    let told = |session: Session| {
        let listed = listed(&session);
        let seems_empty = desk.room_seen(session.id).is_some_and(|seen| seen.people == 0);
        let just_asked = memory.rooms_asked.get(&session.id).is_some_and(|asked| now - *asked < ALONE_EVERY);
        let told = match (&session.state, listed) {
            (SessionState::Live(_), Some(people)) => Told::People(people),
            (SessionState::Live(_), None) if proven && seems_empty && just_asked => Told::People(0),
            (SessionState::Live(_), None) if !proven || alone < UNLISTED => {
                alone += 1;
                memory.rooms_asked.insert(session.id, now);
                Told::Nothing
            }
            (SessionState::Live(_), None) => Told::Later,
            _ => Told::Nothing,
        };
        (session, told)
    };
    due.into_iter().map(told).collect()
}

/// Looks after one session, and says when to look again.
async fn one(desk: &Desk, session: &Session, told: Told) -> Result<TimeDelta, Error> {
    match &session.state {
        SessionState::Starting { since, .. } => {
            if desk.now() - *since > START_TAKES {
                take_back(desk, session)?;
            }
            Ok(START_TAKES)
        }
        SessionState::Live(room) => watch(desk, session, room, told).await,
        SessionState::Ending(..) => sessions::finish_ending(desk, session).await.map(|_| TimeDelta::zero()),
        SessionState::Scheduled { .. } | SessionState::Ended(..) | SessionState::Cancelled => Ok(TimeDelta::zero()),
    }
}

/// The app died while it opened the room: back on the schedule, with the mark by which the next Start finds the room.
fn take_back(desk: &Desk, session: &Session) -> Result<(), Error> {
    let now = desk.now();
    sessions::change(desk, session.id, |session| match session.state {
        SessionState::Starting { code, since } if now - since > START_TAKES => {
            Ok(Session { state: SessionState::Scheduled { code: Some(code) }, updated_at: now, ..session })
        }
        _ => Ok(session),
    })?;
    Ok(())
}

async fn watch(desk: &Desk, session: &Session, room: &Room, told: Told) -> Result<TimeDelta, Error> {
    let (people, at) = match told {
        Told::People(people) => (people, desk.now()),
        Told::Nothing => rooms::look(desk, &room.id).await?,
        Told::Later => return Ok(plan::room_interval(None)),
    };
    note_people(desk, session, people, at);
    let latest = desk.store().recordings_of(session.id)?.into_iter().next();
    let too_soon = latest.as_ref().is_some_and(|recording| desk.now() - recording.created_at < BETWEEN_RECORDINGS);
    if needs_recording(session, latest.as_ref(), people) && !too_soon {
        capture::begin(desk, session, room).await?;
    }
    Ok(plan::room_interval(Some(people)))
}

fn note_people(desk: &Desk, session: &Session, people: u32, at: DateTime<Utc>) {
    let before = {
        let mut board = desk.board();
        let before = board.get(&session.id).cloned();
        let (unrecorded_since, alarmed) =
            before.as_ref().map_or((None, false), |seen| (seen.unrecorded_since, seen.alarmed));
        board.insert(session.id, RoomSeen { people, at, unrecorded_since, alarmed });
        before
    };
    if before.is_none_or(|seen| seen.people != people) {
        desk.changed(&[Topic::Sessions]);
    }
}

/// Tells whoever runs a class that it has not been recorded for too long, once; after everything was looked at.
pub(super) fn raise_alarms(desk: &Desk) -> Result<(), Error> {
    for session in desk.store().open_sessions()? {
        let Some(seen) = desk.room_seen(session.id) else { continue };
        let latest = desk.store().recordings_of(session.id)?.into_iter().next();
        let live = matches!(session.state, SessionState::Live(_));
        let since = unrecorded_since(&session, latest.as_ref(), seen.people, seen.unrecorded_since, desk.now())
            .filter(|_| live);
        let late = since.is_some_and(|since| desk.now() - since >= PROOF_WITHIN);
        let alarmed = since.is_some() && (seen.alarmed || late);
        if let Some(seen) = desk.board().get_mut(&session.id) {
            (seen.unrecorded_since, seen.alarmed) = (since, alarmed);
        }
        if let (true, false, Some(recording)) = (alarmed, seen.alarmed, latest) {
            desk.changed(&[Topic::Sessions]);
            desk.notifier().notify(&Notice {
                title: format!("Not being recorded: {}", session.plan.title),
                body: "People are in the room, and Cloudflare has not been seen recording for a minute. Open Hajime and press Record again."
                    .into(),
                recording: recording.id,
            });
        }
    }
    Ok(())
}
