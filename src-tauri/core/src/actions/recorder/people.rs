//! The people in the room of a session, and removing one of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::{ParticipantId, PersonId, SessionId};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::room_people::{self as of_room, RoomPerson, WayIn};
use crate::domain::schedule::person::Person;
use crate::domain::schedule::refusal::SessionRefusal;
use crate::domain::schedule::session::{Session, SessionState};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::door::live;
use crate::recorder::{lifecycle, room_people};

/// The people who are or were in a room, as RealtimeKit told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPeople {
    /// The session.
    pub session: Session,
    /// The people. Those who are in the room come first.
    pub people: Vec<InRoom>,
    /// When RealtimeKit was asked.
    pub at: DateTime<Utc>,
}

/// Somebody who is or was in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InRoom {
    /// What RealtimeKit tells of them.
    pub seen: RoomPerson,
    /// The person of the roster whose link they came in with.
    pub person: Option<Person>,
}

/// Who is and was in the room of a session. RealtimeKit is asked at most every ten seconds. Refused for a session that has
/// not begun.
pub async fn people(context: &Context, id: SessionId) -> Result<RoomPeople, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let session = lifecycle::session(context, id)?;
    if session.state.room().is_none() {
        return Err(SessionRefusal::NotLive.into());
    }
    let list = room_people::recent(context, &session).await?;
    view(context, session, &list)
}

fn view(context: &Context, session: Session, list: &room_people::List) -> Result<RoomPeople, Error> {
    let roster = context.store().roster_of(session.id)?;
    let by_mark: HashMap<String, &Person> = roster.iter().map(|person| (person.mark(), person)).collect();
    let until = session.state.ended_at().unwrap_or(list.at);
    let people = of_room::people(session.id, &list.seen, until)
        .into_iter()
        .map(|seen| InRoom { person: by_mark.get(&seen.mark).map(|person| (*person).clone()), seen });
    Ok(RoomPeople { people: people.collect(), at: list.at, session })
}

/// Removes somebody from the room of a live session and deletes the participant, so that the link that they came in with
/// lets nobody in any more. They stay on the roster, where a new link can be made for them.
///
/// `whom` is the id of a participant, or of a person on the roster. A second call is harmless. Refused for the host who
/// runs the session.
pub async fn remove(context: &Context, id: SessionId, whom: &str) -> Result<RoomPeople, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let session = lifecycle::session(context, id)?;
    let SessionState::Live(room) = &session.state else { return Err(SessionRefusal::NotLive.into()) };
    let (participant, mark) = find(context, &session, whom).await?;
    if of_room::way_in(id, &mark) == WayIn::Host {
        return Err(Error::Conflict {
            message: format!("{} runs the class and cannot be removed from it.", session.plan.instructor_name()),
            next: "End the class instead.",
        });
    }
    // First at the door, which would give another participant to whoever asks again.
    live::remove(context, id, &mark).await?;
    room_people::expel(context, &room.id, participant.as_ref(), &mark).await?;
    context.store().forget_participant(&room.id, &mark)?;
    let is_listed = context.store().roster_of(id)?.iter().any(|person| person.mark() == mark);
    if is_listed {
        context.store().empty_seat(id, &mark)?;
    } else {
        context.store().free_seat(id, &mark)?;
    }
    room_people::note_removed(context, id, participant.as_ref(), &mark);
    tracing::info!(session = %id, "somebody was removed from the room");
    context.changed(&[Topic::Sessions]);
    context.wake_jobs();
    let list = room_people::recent(context, &session).await?;
    view(context, session, &list)
}

/// The participant, where known, and the mark of somebody in the room.
async fn find(context: &Context, session: &Session, whom: &str) -> Result<(Option<ParticipantId>, String), Error> {
    let not_found = || Error::NotFound { what: "person", id: whom.to_owned() };
    let by_person =
        |id: PersonId| Ok::<_, Error>(context.store().roster_of(session.id)?.into_iter().find(|one| one.id == id));
    if let Ok(person) = whom.parse()
        && let Some(person) = by_person(person)?
    {
        let seat = context.store().invitee(session.id, &person.mark())?;
        return Ok((seat.and_then(|seat| seat.participant), person.mark()));
    }
    let participant: ParticipantId = whom.parse().map_err(|_| not_found())?;
    if let Some(seat) = context.store().seat_of_participant(session.id, &participant)? {
        return Ok((Some(participant), seat.custom_id));
    }
    // Another desk or the dashboard let them in, or they were removed before.
    let list = room_people::recent(context, session).await?;
    let seen = list.seen.into_iter().find(|seen| seen.participant.as_ref() == Some(&participant));
    seen.map(|seen| (Some(participant), seen.mark)).ok_or_else(not_found)
}
