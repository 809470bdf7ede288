//! `participants`: the seats of each room. Tokens are never stored; Cloudflare issues a fresh one for a participant's
//! id.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{MeetingId, ParticipantId, SessionId};
use crate::domain::schedule::person::{MARK_OF_PEOPLE, Role};
use crate::domain::schedule::session::RoomCode;
use crate::store::{Error, Store, to_millis};

/// The role in which somebody joins a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatRole {
    /// Runs the session.
    Host,
    /// Takes part in the session.
    Participant,
}

impl SeatRole {
    const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Participant => "participant",
        }
    }
}

impl From<Role> for SeatRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Host => Self::Host,
            Role::Participant => Self::Participant,
        }
    }
}

/// One seat in a room: Hajime's mark for it, and Cloudflare's id once that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitee {
    /// The mark that Cloudflare receives as `custom_participant_id`. It is stored before the call.
    pub custom_id: String,
    /// The participant's id at Cloudflare; `None` until Cloudflare has answered.
    pub participant: Option<ParticipantId>,
    /// The room that the participant was added to. A seat of an earlier version names none, and belongs to the session's
    /// only room.
    pub room: Option<MeetingId>,
}

/// Whether a person on the roster has a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonSeat {
    /// It was taken now.
    New,
    /// It was taken before, so Cloudflare may know the person.
    Known,
    /// All places are taken.
    Full,
}

/// The seats of participants that are taken in a session. Hosts are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenSeats {
    /// The seats of people on the roster.
    pub people: u32,
    /// All other seats.
    pub others: u32,
}

/// A seat of somebody who is no longer on the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnSeat {
    /// The session.
    pub session: SessionId,
    /// The seat.
    pub seat: Invitee,
}

impl Store {
    /// Returns the seat with this mark; `None` where there is none.
    pub fn invitee(&self, session: SessionId, custom_id: &str) -> Result<Option<Invitee>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT custom_id, participant_id, room_id FROM participants WHERE session_id = ?1 AND custom_id = ?2",
        )?;
        let found =
            statement.query_row([session.to_string(), custom_id.to_owned()], |row| Ok(read_seat(row))).optional()?;
        found.transpose()
    }

    /// Takes one seat for a participant if fewer than `max` are taken. Returns the number of seats taken then; `None`
    /// when the room is full.
    pub fn take_seat(
        &self,
        session: SessionId,
        custom_id: &str,
        max: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<u32>, Error> {
        self.write(|transaction| {
            let taken: u32 = transaction.query_row(
                "SELECT count(*) FROM participants WHERE session_id = ?1 AND role = 'participant'",
                [session.to_string()],
                |row| row.get(0),
            )?;
            if taken >= max {
                return Ok(None);
            }
            insert(transaction, session, custom_id, SeatRole::Participant, now)?;
            Ok(Some(taken.saturating_add(1)))
        })
    }

    /// Takes the host's seat. Where the seat is taken already, nothing changes.
    pub fn take_host_seat(&self, session: SessionId, custom_id: &str, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| insert(transaction, session, custom_id, SeatRole::Host, now))
    }

    /// Takes the seat of a person on the roster, or gives the seat that the person has another role. A host needs no
    /// place, and a seat that is taken keeps its place.
    pub fn take_seat_of_person(
        &self,
        session: SessionId,
        custom_id: &str,
        role: SeatRole,
        max: u32,
        now: DateTime<Utc>,
    ) -> Result<PersonSeat, Error> {
        self.write(|transaction| {
            let others: u32 = transaction.query_row(
                "SELECT count(*) FROM participants WHERE session_id = ?1 AND role = 'participant' AND custom_id <> ?2",
                params![session.to_string(), custom_id],
                |row| row.get(0),
            )?;
            if role == SeatRole::Participant && others >= max {
                return Ok(PersonSeat::Full);
            }
            let known = transaction.execute(
                "UPDATE participants SET role = ?3 WHERE session_id = ?1 AND custom_id = ?2",
                params![session.to_string(), custom_id, role.name()],
            )?;
            if known > 0 {
                return Ok(PersonSeat::Known);
            }
            insert(transaction, session, custom_id, role, now)?;
            Ok(PersonSeat::New)
        })
    }

    /// Returns how many seats of participants are taken in a session.
    pub fn taken_seats(&self, session: SessionId) -> Result<TakenSeats, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT count(*) FILTER (WHERE custom_id GLOB ?2 || '*'), count(*) FILTER (WHERE custom_id NOT GLOB ?2 || '*')
             FROM participants WHERE session_id = ?1 AND role = 'participant'",
        )?;
        Ok(statement.query_row(params![session.to_string(), MARK_OF_PEOPLE], |row| {
            Ok(TakenSeats { people: row.get(0)?, others: row.get(1)? })
        })?)
    }

    /// Returns the seats of people who are no longer on the roster of a session that is not over. Where several sessions
    /// share a room, the one that is live or comes next decides who may be in it. Somebody who is only invited to a later one
    /// keeps the link.
    pub fn withdrawn_seats(&self, now: DateTime<Utc>) -> Result<Vec<WithdrawnSeat>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT p.custom_id, p.participant_id, p.room_id, p.session_id
             FROM participants p JOIN sessions s ON s.id = p.session_id
             WHERE p.custom_id GLOB ?1 || '*' AND s.state IN ('scheduled', 'live')
               AND NOT EXISTS (SELECT 1 FROM series x WHERE x.room_code = s.room_code)
               AND NOT EXISTS (SELECT 1 FROM roster r WHERE r.session_id = p.session_id AND ?1 || r.person_id = p.custom_id)
             UNION ALL
             SELECT p.custom_id, p.participant_id, p.room_id, c.id
             FROM (SELECT DISTINCT room_code FROM series WHERE room_code IS NOT NULL) x
             JOIN sessions c ON c.id = (
               SELECT o.id FROM sessions o
               WHERE o.room_code = x.room_code AND o.state IN ('scheduled', 'starting', 'live', 'ending')
               ORDER BY o.state = 'scheduled', o.start + o.length <= ?2, o.start, o.id LIMIT 1)
             JOIN sessions s ON s.room_code = x.room_code
             JOIN participants p ON p.session_id = s.id
             WHERE p.custom_id GLOB ?1 || '*' AND c.state IN ('scheduled', 'live')
               AND (p.participant_id IS NOT NULL OR p.session_id = c.id)
               AND NOT EXISTS (SELECT 1 FROM roster r WHERE r.session_id = c.id AND ?1 || r.person_id = p.custom_id)
               AND NOT (s.id <> c.id AND s.state = 'scheduled' AND s.start >= c.start AND EXISTS (
                 SELECT 1 FROM roster r WHERE r.session_id = s.id AND ?1 || r.person_id = p.custom_id))
             GROUP BY c.id, p.custom_id, p.participant_id",
        )?;
        let mut rows = statement.query(params![MARK_OF_PEOPLE, to_millis(now)])?;
        let mut seats = Vec::new();
        while let Some(row) = rows.next()? {
            let session: String = row.get(3)?;
            let session = session.parse().map_err(|_| Error::unreadable("session id", &session))?;
            seats.push(WithdrawnSeat { session, seat: read_seat(row)? });
        }
        Ok(seats)
    }

    /// Returns the titles of the sessions that start after a moment and have participants in a room already, the next
    /// one first.
    pub fn titles_with_invitations(&self, after: DateTime<Utc>) -> Result<Vec<String>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT title FROM sessions s
             WHERE state = 'scheduled' AND start > ?1
               AND EXISTS (SELECT 1 FROM participants p WHERE p.session_id = s.id AND p.room_id IS NOT NULL)
             ORDER BY start, id",
        )?;
        let titles = statement.query_map([to_millis(after)], |row| row.get(0))?;
        Ok(titles.collect::<Result<_, _>>()?)
    }

    /// Notes that a link with a fresh token was made for a seat.
    pub fn link_made(&self, session: SessionId, custom_id: &str, now: DateTime<Utc>) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE participants SET link_at = ?3 WHERE session_id = ?1 AND custom_id = ?2",
            params![session.to_string(), custom_id, to_millis(now)],
        )?;
        Ok(())
    }

    /// Returns the seat of a participant; `None` where this desk gave the participant none.
    pub fn seat_of_participant(
        &self,
        session: SessionId,
        participant: &ParticipantId,
    ) -> Result<Option<Invitee>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT custom_id, participant_id, room_id FROM participants WHERE session_id = ?1 AND participant_id = ?2",
        )?;
        let found =
            statement.query_row([session.to_string(), participant.to_string()], |row| Ok(read_seat(row))).optional()?;
        found.transpose()
    }

    /// Returns the participant with this mark in a room, from a seat in any of the sessions that share the room.
    pub fn participant_in_room(&self, room: &MeetingId, custom_id: &str) -> Result<Option<ParticipantId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT participant_id FROM participants
             WHERE room_id = ?1 AND custom_id = ?2 AND participant_id IS NOT NULL ORDER BY created_at DESC LIMIT 1",
        )?;
        let found: Option<String> = statement.query_row([room.as_str(), custom_id], |row| row.get(0)).optional()?;
        found.map(|id| id.parse().map_err(|_| Error::unreadable("participant id", &id))).transpose()
    }

    /// Forgets a participant who was deleted from a room, with the links, in every session that shares the room.
    pub fn forget_participant(&self, room: &MeetingId, custom_id: &str) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE participants SET participant_id = NULL, link_at = NULL WHERE room_id = ?1 AND custom_id = ?2",
            params![room.as_str(), custom_id],
        )?;
        Ok(())
    }

    /// Forgets the participant and the link of a seat. The person keeps the place, and it stays known when they were in
    /// the room.
    pub fn empty_seat(&self, session: SessionId, custom_id: &str) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE participants SET participant_id = NULL, link_at = NULL WHERE session_id = ?1 AND custom_id = ?2",
            params![session.to_string(), custom_id],
        )?;
        Ok(())
    }

    /// Frees a seat whose participant Cloudflare refused, or whose link was taken back.
    pub fn free_seat(&self, session: SessionId, custom_id: &str) -> Result<(), Error> {
        self.writer().execute(
            "DELETE FROM participants WHERE session_id = ?1 AND custom_id = ?2",
            params![session.to_string(), custom_id],
        )?;
        Ok(())
    }

    /// Stores Cloudflare's id for a seat in a room.
    pub fn seat_known(
        &self,
        session: SessionId,
        custom_id: &str,
        room: &MeetingId,
        participant: &ParticipantId,
    ) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE participants SET participant_id = ?3, room_id = ?4 WHERE session_id = ?1 AND custom_id = ?2",
            params![session.to_string(), custom_id, participant.as_str(), room.as_str()],
        )?;
        Ok(())
    }

    /// Returns the number of invitations of a session.
    pub fn invites_made(&self, session: SessionId) -> Result<u32, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT count(*) FROM participants WHERE session_id = ?1 AND role = 'participant'")?;
        Ok(statement.query_row([session.to_string()], |row| row.get(0))?)
    }
}

/// Takes the seats of a session in a room away from it, because it is deleted or gets another room. Another session that
/// shares the room gets them, so that the links can still be taken back.
pub(in crate::store) fn leave_room(
    transaction: &Transaction<'_>,
    session: SessionId,
    code: &RoomCode,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "UPDATE OR IGNORE participants SET session_id = (
               SELECT id FROM sessions WHERE room_code = ?2 AND id <> ?1 ORDER BY start, id LIMIT 1)
             WHERE session_id = ?1",
        )?
        .execute(params![session.to_string(), code.as_str()])?;
    transaction.prepare_cached("DELETE FROM participants WHERE session_id = ?1")?.execute([session.to_string()])?;
    Ok(())
}

fn read_seat(row: &Row<'_>) -> Result<Invitee, Error> {
    let (participant, room): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
    Ok(Invitee {
        custom_id: row.get(0)?,
        participant: participant
            .map(|id| id.parse().map_err(|_| Error::unreadable("participant id", &id)))
            .transpose()?,
        room: room.map(|id| id.parse().map_err(|_| Error::unreadable("room id", &id))).transpose()?,
    })
}

fn insert(
    transaction: &rusqlite::Transaction<'_>,
    session: SessionId,
    custom_id: &str,
    role: SeatRole,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    transaction.execute(
        "INSERT INTO participants (session_id, custom_id, role, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![session.to_string(), custom_id, role.name(), to_millis(now)],
    )?;
    Ok(())
}
