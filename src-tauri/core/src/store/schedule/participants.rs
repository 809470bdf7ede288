//! `participants`: the seats of each room. Tokens are never stored; Cloudflare issues a fresh one for a participant's
//! id.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use crate::domain::ids::{ParticipantId, SessionId};
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

/// One seat in a room: Hajime's mark for it, and Cloudflare's id once that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitee {
    /// The mark that Cloudflare receives as `custom_participant_id`. It is stored before the call.
    pub custom_id: String,
    /// The participant's id at Cloudflare; `None` until Cloudflare has answered.
    pub participant: Option<ParticipantId>,
}

impl Store {
    /// Returns the seat with this mark; `None` where there is none.
    pub fn invitee(&self, session: SessionId, custom_id: &str) -> Result<Option<Invitee>, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT participant_id FROM participants WHERE session_id = ?1 AND custom_id = ?2")?;
        let found = statement
            .query_row([session.to_string(), custom_id.to_owned()], |row| row.get::<_, Option<String>>(0))
            .optional()?;
        let Some(participant) = found else { return Ok(None) };
        let participant =
            participant.map(|id| id.parse().map_err(|_| Error::unreadable("participant id", &id))).transpose()?;
        Ok(Some(Invitee { custom_id: custom_id.to_owned(), participant }))
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

    /// Frees a seat after Cloudflare refused the participant.
    pub fn free_seat(&self, session: SessionId, custom_id: &str) -> Result<(), Error> {
        self.writer().execute(
            "DELETE FROM participants WHERE session_id = ?1 AND custom_id = ?2",
            params![session.to_string(), custom_id],
        )?;
        Ok(())
    }

    /// Stores Cloudflare's id for a seat.
    pub fn seat_known(&self, session: SessionId, custom_id: &str, participant: &ParticipantId) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE participants SET participant_id = ?3 WHERE session_id = ?1 AND custom_id = ?2",
            params![session.to_string(), custom_id, participant.as_str()],
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
