//! One list that says who is in which room, so that requests do not grow with the number of classes.
//!
//! It names no room that is empty, may lag behind, and no document says what it leaves out. That everybody left is therefore believed of the
//! room itself only, a room that seems empty is asked about now and then, and before the list has named one of ours its silence means nothing.

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

/// From so many live rooms on, the list is read.
const MANY: usize = 3;
/// How long the list may take: classes wait for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it is left alone after it could not be had.
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(60);
/// Of the rooms it does not name, so many are asked about by themselves at a time, those first that were not for longest.
const UNLISTED: usize = 3;
/// And how often a room is that seems empty.
const ALONE_EVERY: TimeDelta = TimeDelta::seconds(60);

/// What is remembered of it.
#[derive(Debug, Default)]
pub struct List {
    /// When a room that it did not name was asked about by itself.
    asked: HashMap<SessionId, DateTime<Utc>>,
    /// Whether it has ever named one of ours.
    proven: bool,
    /// When it is read again, after it could not be had.
    not_before: Option<DateTime<Utc>>,
}

/// What it said of a room.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    /// So many people are in it.
    People(u32),
    /// Nothing: it is asked about by itself.
    Nothing,
    /// Nothing, and others come first: its turn comes with the next look.
    Later,
}

/// Whether a class is on.
pub(super) fn is_live(session: &Session) -> bool {
    matches!(session.state, SessionState::Live(_))
}

impl List {
    /// Forgets when something was asked, and when it is to be.
    pub(crate) fn forget_when(&mut self) {
        self.asked.clear();
        self.not_before = None;
    }

    pub(super) fn forget_all_but(&mut self, open: &[Session]) {
        self.asked.retain(|id, _| open.iter().any(|session| session.id == *id));
    }

    /// How many people are in which room; `None` where each room is asked about by itself.
    pub(super) async fn read(&mut self, context: &Context, open: &[Session]) -> Option<HashMap<MeetingId, u32>> {
        let rooms = open.iter().filter(|session| is_live(session)).count();
        if rooms < MANY || self.not_before.is_some_and(|moment| context.now() < moment) {
            return None;
        }
        let limit = u32::try_from(rooms).unwrap_or(u32::MAX).saturating_add(25);
        let listed = async {
            Ok::<_, Error>(context.cloudflare().live_sessions(&realtimekit_app::id(context).await?, limit).await?)
        };
        let why = match tokio::time::timeout(PATIENCE, listed).await {
            Ok(Ok(people)) => {
                self.not_before = None;
                return Some(people);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it took too long".to_owned(),
        };
        tracing::warn!(why, "who is in which room could not be listed");
        self.not_before = Some(context.now().later(AFTER_FAILURE));
        None
    }

    /// What the list means for each session.
    pub(super) fn means(
        &mut self,
        context: &Context,
        due: Vec<Session>,
        people: Option<&HashMap<MeetingId, u32>>,
    ) -> Vec<(Session, Told)> {
        let Some(people) = people else { return due.into_iter().map(|session| (session, Told::Nothing)).collect() };
        let named = |session: &Session| session.state.room().and_then(|room| people.get(&room.id)).copied();
        self.proven |= due.iter().any(|session| named(session).is_some());
        let alone = self.alone(context, due.iter().filter(|session| is_live(session) && named(session).is_none()));
        let told = |session: Session| {
            let told = match named(&session) {
                _ if !is_live(&session) || alone.contains(&session.id) => Told::Nothing,
                Some(people) => Told::People(people),
                None if self.proven && seems_empty(context, &session) => Told::People(0),
                None => Told::Later,
            };
            (session, told)
        };
        due.into_iter().map(told).collect()
    }

    /// Which of the rooms that it does not name are asked about by themselves now.
    fn alone<'a>(&mut self, context: &Context, unlisted: impl Iterator<Item = &'a Session>) -> HashSet<SessionId> {
        let now = context.now();
        let mut waiting: Vec<(Option<DateTime<Utc>>, SessionId)> = unlisted
            .map(|session| (self.asked.get(&session.id).copied(), session))
            .filter(|(asked, session)| {
                let just = asked.is_some_and(|asked| now.since(asked) < ALONE_EVERY);
                !(self.proven && just && seems_empty(context, session))
            })
            .map(|(asked, session)| (asked, session.id))
            .collect();
        waiting.sort_by_key(|(asked, _)| *asked);
        waiting.truncate(if self.proven { UNLISTED } else { usize::MAX });
        self.asked.extend(waiting.iter().map(|(_, id)| (*id, now)));
        waiting.into_iter().map(|(_, id)| id).collect()
    }
}

fn seems_empty(context: &Context, session: &Session) -> bool {
    occupancy(context, session.id).is_some_and(|seen| seen.people == 0)
}
