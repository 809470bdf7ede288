//! The people in a room: asks RealtimeKit who is and was there, remembers the answer for a moment, and removes one of
//! them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::clock::is_within;
use crate::domain::ids::{MeetingId, ParticipantId, SessionId};
use crate::domain::recorder::consent;
use crate::domain::recorder::room_people::Seen;
use crate::domain::schedule::attendance::{Attendance, Connection};
use crate::domain::schedule::person::Role;
use crate::domain::schedule::session::Session;
use crate::domain::text::one_line;
use crate::error::Error;
use crate::recorder::{realtimekit_app, room_use};

/// The shortest time between two questions about the people of one room.
const LIST_INTERVAL: TimeDelta = TimeDelta::seconds(10);
/// How long an answer is remembered.
const MEMORY: TimeDelta = TimeDelta::minutes(10);
/// The longest name in a room that is shown, in characters.
const ROOM_NAME_MAX: usize = 120;

/// An answer of RealtimeKit.
#[derive(Debug, Clone)]
pub(crate) struct List {
    /// Every connection to the room, those that have ended among them.
    pub(crate) seen: Vec<Seen>,
    /// When RealtimeKit was asked.
    pub(crate) at: DateTime<Utc>,
}

/// The last answer about each room. Nothing of it is stored.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    known: Mutex<HashMap<SessionId, List>>,
    /// Held while RealtimeKit is asked, so that two askers at once make one request.
    asking: tokio::sync::Mutex<()>,
}

impl Lists {
    fn of(context: &Context) -> Arc<Self> {
        context.service()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<SessionId, List>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The people of a room, asked for at most every ten seconds.
pub(crate) async fn recent(context: &Context, session: &Session) -> Result<List, Error> {
    let lists = Lists::of(context);
    let _asking = lists.asking.lock().await;
    let known = lists.known().get(&session.id).cloned();
    match known.filter(|list| is_within(list.at, LIST_INTERVAL, context.now())) {
        Some(list) => Ok(list),
        None => Ok(read(context, session).await?.0),
    }
}

/// Asks RealtimeKit who is and was in the room of a session, and stores when the people of the roster were there. Returns
/// whether anything of that is new.
pub(crate) async fn read(context: &Context, session: &Session) -> Result<(List, bool), Error> {
    let mut seen = Vec::new();
    if let Some(room) = session.state.room() {
        let app = &realtimekit_app::id(context).await?;
        let time = room_use::time_of(context, &room.id, session.id)?;
        let mut held = context.cloudflare().sessions_of(app, &room.id).await?;
        held.retain(|held| time.overlaps(held.started_at, held.ended_at));
        for held in held {
            for peer in context.cloudflare().peers(app, &held.id).await? {
                let Some(joined_at) = peer.joined_at.filter(|at| time.contains(Some(*at))) else { continue };
                let is_host = peer.preset_name.as_deref().is_some_and(realtimekit_app::is_host_preset);
                let (name, consent) = consent::read(&peer.display_name.unwrap_or_default());
                let name: String = one_line(&name).chars().take(ROOM_NAME_MAX).collect();
                seen.push(Seen {
                    mark: peer.custom_participant_id,
                    participant: peer.participant,
                    name,
                    consent,
                    role: if is_host { Role::Host } else { Role::Participant },
                    connection: Connection { joined_at, left_at: peer.left_at },
                });
            }
        }
    }
    let list = List { seen, at: context.now() };
    let is_new = note_attendance(context, session, &list)?;
    let lists = Lists::of(context);
    let mut known = lists.known();
    known.retain(|_, list| is_within(list.at, MEMORY, context.now()));
    known.insert(session.id, list.clone());
    Ok((list, is_new))
}

fn note_attendance(context: &Context, session: &Session, list: &List) -> Result<bool, Error> {
    let mut connections: HashMap<&str, Vec<Connection>> = HashMap::new();
    for one in &list.seen {
        connections.entry(&one.mark).or_default().push(one.connection);
    }
    // A connection without an end cannot have lasted longer than the session.
    let until = session.state.ended_at().unwrap_or(list.at).min(list.at);
    let attendance: Vec<(String, Attendance)> =
        connections.into_iter().filter_map(|(mark, of)| Some((mark.to_owned(), Attendance::of(&of, until)?))).collect();
    Ok(context.store().note_attendance(session.id, &attendance, list.at)?)
}

/// Lets one participant in no more and removes them from the room. `participant` is the one whose id is known; others
/// with the same mark are removed too. Every step may be repeated.
pub(crate) async fn expel(
    context: &Context,
    room: &MeetingId,
    participant: Option<&ParticipantId>,
    mark: &str,
) -> Result<(), Error> {
    let app = &realtimekit_app::id(context).await?;
    let mut all: Vec<ParticipantId> = participant.into_iter().cloned().collect();
    if !mark.is_empty() {
        let listed = context.cloudflare().participants(app, room).await?;
        let same = listed.into_iter().filter(|other| other.custom_participant_id == mark).map(|other| other.id);
        all.extend(same.filter(|id| participant != Some(id)));
    }
    // Deleting a participant closes no connection, and a connection that is closed can be opened again until the
    // participant is deleted.
    context.cloudflare().kick(app, room, &all, mark).await?;
    for participant in &all {
        context.cloudflare().delete_participant(app, room, participant).await?;
    }
    Ok(context.cloudflare().kick(app, room, &all, mark).await?)
}

/// Notes in the remembered list that somebody was removed from the room just now, so that it need not be asked for again.
pub(crate) fn note_removed(context: &Context, session: SessionId, participant: Option<&ParticipantId>, mark: &str) {
    let now = context.now();
    let lists = Lists::of(context);
    let mut known = lists.known();
    let Some(list) = known.get_mut(&session) else { return };
    for one in &mut list.seen {
        let is_same = (!mark.is_empty() && one.mark == mark)
            || (one.participant.is_some() && one.participant.as_ref() == participant);
        if is_same && one.connection.left_at.is_none() {
            one.connection.left_at = Some(now);
        }
    }
}
