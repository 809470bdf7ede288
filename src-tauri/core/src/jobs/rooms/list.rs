//! The list of live sessions at RealtimeKit: one request counts the participants of every room, so that requests do not grow with the rooms.
//!
//! The list names no empty room, may lag behind, and no document says what else it leaves out. So only the answer about the room itself proves
//! that everybody left, a room that seems empty is asked about now and then, and until the list has named one of our rooms it proves nothing.

use crate::recorder::live_rooms::occupancy;
use crate::recorder::realtimekit_app;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, SessionId};
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;

/// The number of live rooms from which the list is read.
const MIN_ROOMS_FOR_LIST: usize = 3;
/// How long the list may take: live sessions wait for it.
const LIST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the list is left alone after it could not be read.
const LIST_PAUSE_AFTER_FAILURE: TimeDelta = TimeDelta::seconds(60);
/// The most rooms without an entry in the list that are asked about one by one in a tick, those first that have waited longest.
const MAX_UNLISTED_PER_TICK: usize = 3;
/// The time between two requests about a room that seems empty.
const EMPTY_ROOM_INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// The memory of the list between two ticks.
#[derive(Debug, Default)]
pub struct List {
    /// When a room that the list did not name was asked about by itself.
    asked: HashMap<SessionId, DateTime<Utc>>,
    /// Whether the list has ever named one of our rooms.
    proven: bool,
    /// When the list is read again after it could not be read.
    not_before: Option<DateTime<Utc>>,
}

/// The entry of the list about one room.
#[derive(Debug, Clone, Copy)]
pub(super) enum RoomEntry {
    /// The number of participants in it.
    People(u32),
    /// Nothing, so the room is asked about by itself.
    Nothing,
    /// Nothing, and other rooms come first: it is asked about in a later tick.
    Later,
}

/// Whether the room is open.
pub(super) fn is_live(session: &Session) -> bool {
    matches!(session.state, SessionState::Live(_))
}

impl List {
    /// Forgets every remembered moment.
    pub(crate) fn forget_when(&mut self) {
        self.asked.clear();
        self.not_before = None;
    }

    pub(super) fn forget_all_but(&mut self, open: &[Session]) {
        self.asked.retain(|id, _| open.iter().any(|session| session.id == *id));
    }

    /// The number of participants of each room; `None` when each room is asked about by itself.
    pub(super) async fn read(&mut self, context: &Context, open: &[Session]) -> Option<HashMap<MeetingId, u32>> {
        let rooms = open.iter().filter(|session| is_live(session)).count();
        if rooms < MIN_ROOMS_FOR_LIST || self.not_before.is_some_and(|moment| context.now() < moment) {
            return None;
        }
        let limit = u32::try_from(rooms).unwrap_or(u32::MAX).saturating_add(25);
        let listed = async {
            Ok::<_, Error>(context.cloudflare().live_sessions(&realtimekit_app::id(context).await?, limit).await?)
        };
        let why = match tokio::time::timeout(LIST_TIMEOUT, listed).await {
            Ok(Ok(people)) => {
                self.not_before = None;
                return Some(people);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took too long".to_owned(),
        };
        tracing::warn!(why, "the list of live sessions could not be read");
        self.not_before = Some(context.now().later(LIST_PAUSE_AFTER_FAILURE));
        None
    }

    /// Finds the entry of each session in the list.
    pub(super) fn means(
        &mut self,
        context: &Context,
        due: Vec<Session>,
        people: Option<&HashMap<MeetingId, u32>>,
    ) -> Vec<(Session, RoomEntry)> {
        let Some(people) = people else {
            return due.into_iter().map(|session| (session, RoomEntry::Nothing)).collect();
        };
        let named = |session: &Session| session.state.room().and_then(|room| people.get(&room.id)).copied();
        self.proven |= due.iter().any(|session| named(session).is_some());
        let alone = self.alone(context, due.iter().filter(|session| is_live(session) && named(session).is_none()));
        let entry = |session: Session| {
            let entry = match named(&session) {
                _ if !is_live(&session) || alone.contains(&session.id) => RoomEntry::Nothing,
                Some(people) => RoomEntry::People(people),
                None if self.proven && seems_empty(context, &session) => RoomEntry::People(0),
                None => RoomEntry::Later,
            };
            (session, entry)
        };
        due.into_iter().map(entry).collect()
    }

    /// The rooms without an entry in the list that are asked about by themselves now.
    fn alone<'a>(&mut self, context: &Context, unlisted: impl Iterator<Item = &'a Session>) -> HashSet<SessionId> {
        let now = context.now();
        let mut waiting: Vec<(Option<DateTime<Utc>>, SessionId)> = unlisted
            .map(|session| (self.asked.get(&session.id).copied(), session))
            .filter(|(asked, session)| {
                let just = asked.is_some_and(|asked| now.since(asked) < EMPTY_ROOM_INTERVAL);
                !(self.proven && just && seems_empty(context, session))
            })
            .map(|(asked, session)| (asked, session.id))
            .collect();
        waiting.sort_by_key(|(asked, _)| *asked);
        waiting.truncate(if self.proven { MAX_UNLISTED_PER_TICK } else { usize::MAX });
        self.asked.extend(waiting.iter().map(|(_, id)| (*id, now)));
        waiting.into_iter().map(|(_, id)| id).collect()
    }
}

fn seems_empty(context: &Context, session: &Session) -> bool {
    occupancy(context, session.id).is_some_and(|seen| seen.people == 0)
}
