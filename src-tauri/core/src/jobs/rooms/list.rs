//! RealtimeKit's list of live sessions. One request counts the participants of all rooms, so that the number of
//! requests does not grow with the rooms.
//!
//! The list names no empty room and may be out of date, and no document says what else it leaves out. Three rules
//! follow. Only the answer about a room itself proves that everybody has left. A room that seems empty is still asked
//! about from time to time. As long as the list has never named one of this desk's rooms, a missing entry means
//! nothing.

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

/// The number of live rooms from which the list is used.
const MIN_ROOMS_FOR_LIST: usize = 3;
/// The longest time reading the list may take, because live sessions wait for it.
const LIST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the list is not read again after it could not be read.
const LIST_PAUSE_AFTER_FAILURE: TimeDelta = TimeDelta::seconds(60);
/// The most rooms without an entry in the list that one tick asks about one by one. Those that have waited longest come
/// first.
const MAX_UNLISTED_PER_TICK: usize = 3;
/// The time between two requests about one room that seems empty.
const EMPTY_ROOM_INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// What is remembered of the list between two ticks.
#[derive(Debug, Default)]
pub struct List {
    /// When each room without an entry in the list was last asked about by itself.
    asked: HashMap<SessionId, DateTime<Utc>>,
    /// Whether the list has ever named one of this desk's rooms.
    proven: bool,
    /// The moment from which the list may be read again after it could not be read.
    not_before: Option<DateTime<Utc>>,
}

/// What the list says of one room.
#[derive(Debug, Clone, Copy)]
pub(super) enum RoomEntry {
    /// The room has this many participants.
    People(u32),
    /// The room has no entry and is asked about by itself in this tick.
    Nothing,
    /// The room has no entry. Other rooms come first, and a later tick asks about it.
    Later,
}

/// Whether the session is live.
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

    /// The number of participants by room; `None` if the list is not used, so that each room is asked about by itself.
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

    /// Pairs each session with what the list says of its room.
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

    /// Chooses the rooms without an entry in the list that are asked about by themselves in this tick.
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
