//! The people in a room: their connections, as RealtimeKit lists them, put together to one entry for each person.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::ids::{ParticipantId, SessionId};
use crate::domain::recorder::consent::Consent;
use crate::domain::schedule::attendance::{Attendance, Connection};
use crate::domain::schedule::person::Role;

/// One connection to a room, and who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Hajime's mark for the participant; empty where RealtimeKit names none.
    pub mark: String,
    /// The participant; `None` where RealtimeKit does not say.
    pub participant: Option<ParticipantId>,
    /// The name that others see in the room, without the marks behind it.
    pub name: String,
    /// Whether the person agreed to be recorded, as the name said.
    pub consent: Consent,
    /// The role in the room.
    pub role: Role,
    /// When the connection began and ended.
    pub connection: Connection,
}

/// How somebody came into a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayIn {
    /// By the seat of the host who runs the session.
    Host,
    /// By the code of the room, which many people use as one participant.
    RoomCode,
    /// By a link of their own.
    OwnLink,
}

/// Somebody who is or was in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPerson {
    /// Hajime's mark for the participant; empty where RealtimeKit names none.
    pub mark: String,
    /// The participant; `None` where RealtimeKit does not say.
    pub participant: Option<ParticipantId>,
    /// The name that others see in the room, without the marks behind it.
    pub name: String,
    /// Whether the person agreed to be recorded, as the newest connection said.
    pub consent: Consent,
    /// The role in the room.
    pub role: Role,
    /// How the person came in.
    pub way_in: WayIn,
    /// When the person was in the room.
    pub attendance: Attendance,
}

impl RoomPerson {
    /// Whether the person is in the room.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        self.attendance.left_at.is_none()
    }
}

/// Returns the mark of the host who runs a session.
#[must_use]
pub fn host_mark(session: SessionId) -> String {
    format!("host-{session}")
}

/// Returns the mark of the participant that stands for everybody who comes in by the code of the room.
#[must_use]
pub fn room_code_mark(session: SessionId) -> String {
    format!("room-{session}")
}

/// Returns how the participant with this mark came into the room of a session.
#[must_use]
pub fn way_in(session: SessionId, mark: &str) -> WayIn {
    if mark == host_mark(session) {
        WayIn::Host
    } else if mark == room_code_mark(session) {
        WayIn::RoomCode
    } else {
        WayIn::OwnLink
    }
}

/// Puts the connections of each person together. Those who are in the room come first, each group by when they first
/// joined. Everybody who came in by the code of the room has an entry of their own.
#[must_use]
pub fn people(session: SessionId, seen: &[Seen], now: DateTime<Utc>) -> Vec<RoomPerson> {
    let mut groups: Vec<(WayIn, Vec<&Seen>)> = Vec::new();
    let mut places: HashMap<Key<'_>, usize> = HashMap::new();
    for one in seen {
        let way_in = way_in(session, &one.mark);
        let key = Key::of(one).filter(|_| way_in != WayIn::RoomCode);
        let known = key.and_then(|key| places.get(&key).copied());
        match known.and_then(|place| groups.get_mut(place)) {
            Some((_, group)) => group.push(one),
            None => {
                places.extend(key.map(|key| (key, groups.len())));
                groups.push((way_in, vec![one]));
            }
        }
    }
    let mut people: Vec<RoomPerson> =
        groups.into_iter().filter_map(|(way_in, group)| person(way_in, &group, now)).collect();
    people.sort_by_key(|person| (!person.is_there(), person.attendance.joined_at));
    people
}

/// What the connections of one person have in common. Whoever was removed and invited again has another participant with
/// the same mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Mark(&'a str),
    Participant(&'a ParticipantId),
}

impl<'a> Key<'a> {
    fn of(seen: &'a Seen) -> Option<Self> {
        if seen.mark.is_empty() {
            seen.participant.as_ref().map(Self::Participant)
        } else {
            Some(Self::Mark(&seen.mark))
        }
    }
}

fn person(way_in: WayIn, group: &[&Seen], now: DateTime<Utc>) -> Option<RoomPerson> {
    let connections: Vec<Connection> = group.iter().map(|one| one.connection).collect();
    let attendance = Attendance::of(&connections, now)?;
    // The newest connection has the present name and role.
    let newest = group.iter().max_by_key(|one| one.connection.joined_at)?;
    Some(RoomPerson {
        mark: newest.mark.clone(),
        participant: newest.participant.clone(),
        name: newest.name.clone(),
        consent: newest.consent,
        role: newest.role,
        way_in,
        attendance,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(mark: &str, name: &str, from: i64, to: Option<i64>) -> Seen {
        let at = |minute: i64| DateTime::from_timestamp(minute * 60, 0).unwrap();
        Seen {
            mark: mark.into(),
            participant: None,
            name: name.into(),
            consent: Consent::Unknown,
            role: Role::Participant,
            connection: Connection { joined_at: at(from), left_at: to.map(at) },
        }
    }

    #[test]
    fn two_devices_are_one_person_and_everybody_by_the_code_of_the_room_is_listed() {
        let session = SessionId::new();
        let code = room_code_mark(session);
        let all = [
            seen("person-1", "Anna", 5, Some(9)),
            seen(&code, "Guest A", 1, None),
            seen("person-1", "Anna L.", 7, None),
            seen(&code, "Guest B", 2, None),
            seen("person-2", "Ben", 0, Some(3)),
            seen("", "Nobody knows", 4, None),
            seen("", "Nobody knows", 4, None),
        ];
        let now = DateTime::from_timestamp(600, 0).unwrap();
        let people = people(session, &all, now);
        let told: Vec<_> = people.iter().map(|one| (one.name.as_str(), one.is_there(), one.way_in)).collect();
        assert_eq!(
            told,
            [
                ("Guest A", true, WayIn::RoomCode),
                ("Guest B", true, WayIn::RoomCode),
                ("Nobody knows", true, WayIn::OwnLink),
                ("Nobody knows", true, WayIn::OwnLink),
                ("Anna L.", true, WayIn::OwnLink),
                ("Ben", false, WayIn::OwnLink),
            ]
        );
        assert_eq!(way_in(session, &host_mark(session)), WayIn::Host);
        assert_eq!(way_in(SessionId::new(), &host_mark(session)), WayIn::OwnLink);
    }
}
