//! `door_seats` and `link_plays`: what the door saw. Both are written with the place up to which its events were fetched.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{LinkId, RecordingId, SessionId, VideoId};
use crate::domain::profile::door::Exchange;
use crate::domain::schedule::join_link::{DoorSeat, SeatState};
use crate::domain::sharing::door_exchange::{DoorNews, DoorReply, SeenPlay, SeenSeat};
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::domain::sharing::ledger::{Act, Entry, note};
use crate::store::profile::door::{door, exchange, set_exchange};
use crate::store::sharing::door_rows;
use crate::store::sharing::ledger::{Signer, append};
use crate::store::{Error, Store, moment, to_millis};

/// How long the seats of a class are kept after somebody came last: as long as the door keeps its events.
const KEPT_DAYS: i64 = 90;
/// A day in milliseconds.
const DAY_MILLIS: i64 = 86_400_000;

impl Store {
    /// Returns the people who came to a class by a link, in the order in which they came.
    pub fn door_seats_of(&self, session: SessionId) -> Result<Vec<DoorSeat>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT seat, session_id, link_id, person, name, state, agreed, since FROM door_seats
             WHERE session_id = ?1 ORDER BY since, seat",
        )?;
        let rows = statement.query_map([session.to_string()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns whether anybody waits for a host.
    pub fn somebody_waits_at_door(&self) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM door_seats WHERE state = 'waiting')")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Notes where people of a class are. Whoever was removed stays removed.
    pub fn set_door_seats(&self, session: SessionId, seats: &[(String, SeatState)]) -> Result<(), Error> {
        self.write(|transaction| {
            let sql = "UPDATE door_seats SET state = ?3 WHERE session_id = ?1 AND seat = ?2 AND state <> 'removed'";
            let mut statement = transaction.prepare_cached(sql)?;
            for (seat, state) in seats {
                statement.execute(params![session.to_string(), seat, state.name()])?;
            }
            Ok(())
        })
    }

    /// Notes that the host removed somebody from a class: a guest by the seat, or a person of the roster by the mark.
    pub fn remove_door_seat(&self, session: SessionId, seat: &str, person: &str) -> Result<(), Error> {
        let sql = "UPDATE door_seats SET state = 'removed' WHERE session_id = ?1 AND (seat = ?2 OR person = ?3)";
        self.writer().execute(sql, params![session.to_string(), seat, person])?;
        Ok(())
    }

    /// Stores what came of an exchange without plays. Returns what is new.
    pub fn end_door_exchange(&self, reply: &DoorReply) -> Result<DoorNews, Error> {
        self.write(|transaction| Ok(apply(transaction, reply)?.1))
    }

    /// Stores what came of an exchange, with a row of the ledger for each new play. Returns the new end of the chain, and what is
    /// new.
    pub fn end_door_exchange_with_plays(
        &self,
        signer: Signer<'_>,
        reply: &DoorReply,
    ) -> Result<(Anchor, DoorNews), Error> {
        self.write(|transaction| {
            let (entries, news) = apply(transaction, reply)?;
            Ok((append(transaction, signer, &entries)?, news))
        })
    }
}

/// Stores a reply. A reply of a database that is the door's no more changes nothing.
fn apply(transaction: &Transaction<'_>, reply: &DoorReply) -> Result<(Vec<Entry>, DoorNews), Error> {
    if door(transaction)?.is_none_or(|door| door.database != reply.database) {
        return Ok((Vec::new(), DoorNews::default()));
    }
    let known = Some(exchange(transaction)?).filter(|known| known.database == reply.database);
    let known = known.unwrap_or_else(|| Exchange { database: reply.database.clone(), ..Exchange::default() });
    door_rows::told(transaction, &reply.told)?;
    if reply.began_anew {
        door_rows::tell_again(transaction)?;
    }
    let mut entries = Vec::new();
    for play in &reply.plays {
        entries.extend(add_play(transaction, reply, play)?);
    }
    let played = !entries.is_empty();
    let mut changed = 0_usize;
    for seat in &reply.seats {
        changed = changed.saturating_add(add_seat(transaction, seat)?);
    }
    changed = changed.saturating_add(forget_who_waits_no_more(transaction, reply)?);
    for seat in &reply.freed {
        let sql = "UPDATE door_seats SET state = 'left' WHERE seat = ?1 AND state = 'in'";
        changed = changed.saturating_add(transaction.prepare_cached(sql)?.execute([seat])?);
    }
    let oldest = to_millis(reply.at).saturating_sub(KEPT_DAYS.saturating_mul(DAY_MILLIS));
    transaction.prepare_cached("DELETE FROM door_seats WHERE since < ?1")?.execute([oldest])?;
    // Another process may be further.
    let cursor = if reply.began_anew { reply.cursor } else { reply.cursor.max(known.cursor) };
    let done = Exchange { cursor, done_at: Some(reply.at), trouble: None, ..known };
    set_exchange(transaction, &done)?;
    Ok((entries, DoorNews { plays: played, people: changed > 0 }))
}

/// Adds a play of a link that this desk made, once. Returns the row of the ledger that tells of it.
fn add_play(transaction: &Transaction<'_>, reply: &DoorReply, play: &SeenPlay) -> Result<Option<Entry>, Error> {
    let found = transaction
        .prepare_cached(
            "SELECT w.id, w.recording_id, r.session_id, r.video_id FROM watch_links w
             JOIN recordings r ON r.id = w.recording_id WHERE w.hash = ?1",
        )?
        .query_row([play.link.as_str()], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Option<String>>(3)?,
            ))
        })
        .optional()?;
    let Some((link, recording, session, video)) = found else { return Ok(None) };
    let at = to_millis(play.at);
    let is_new = transaction
        .prepare_cached(
            "INSERT INTO link_plays (link_id, at, country, seq, database) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![link, at, play.country, play.seq, reply.database])?
        > 0;
    if !is_new {
        return Ok(None);
    }
    transaction
        .prepare_cached(
            "UPDATE watch_links SET plays = plays + 1, played_at = max(coalesce(played_at, ?2), ?2) WHERE id = ?1",
        )?
        .execute(params![link, at])?;
    let link: LinkId = link.parse().map_err(|_| Error::unreadable("link id", &link))?;
    let recording: RecordingId = recording.parse().map_err(|_| Error::unreadable("recording id", &recording))?;
    let session: SessionId = session.parse().map_err(|_| Error::unreadable("session id", &session))?;
    // Somebody else played it, so the row names no user of this computer.
    Ok(Some(Entry {
        recording: Some(recording),
        session: Some(session),
        video: video.and_then(|video| video.parse::<VideoId>().ok()),
        link: Some(link),
        note: note(play.country.as_deref().unwrap_or_default()),
        ..Entry::new(Act::LinkPlayed, play.at, "")
    }))
}

/// Stores where a person is. People of classes that this desk does not know are left out. Returns how many rows changed.
fn add_seat(transaction: &Transaction<'_>, seat: &SeenSeat) -> Result<usize, Error> {
    let changed = transaction
        .prepare_cached(
            "INSERT INTO door_seats (seat, session_id, link_id, person, name, state, agreed, since)
             SELECT ?1, id, (SELECT l.id FROM join_links l WHERE l.hash = ?3), ?4, ?5, ?6, ?7, ?8 FROM sessions WHERE id = ?2
             ON CONFLICT (seat) DO UPDATE SET state = excluded.state, agreed = excluded.agreed, name = excluded.name,
               since = max(door_seats.since, excluded.since)
               WHERE door_seats.session_id = excluded.session_id AND door_seats.state <> 'removed'
                 AND (door_seats.state <> excluded.state OR door_seats.agreed IS NOT excluded.agreed
                      OR door_seats.name <> excluded.name OR door_seats.since < excluded.since)",
        )?
        .execute(params![
            seat.seat,
            seat.session.to_string(),
            seat.link.as_str(),
            seat.person,
            seat.name,
            seat.state.name(),
            seat.agreed,
            to_millis(seat.since),
        ])?;
    Ok(changed)
}

/// Notes of people who waited, and of whom the door tells no more, that they left.
fn forget_who_waits_no_more(transaction: &Transaction<'_>, reply: &DoorReply) -> Result<usize, Error> {
    let waiting: Vec<&str> =
        reply.seats.iter().filter(|seat| seat.state == SeatState::Waiting).map(|seat| seat.seat.as_str()).collect();
    let waiting = serde_json::Value::from(waiting).to_string();
    let mut changed = 0_usize;
    for session in &reply.waiting_of {
        let gone = transaction
            .prepare_cached(
                "UPDATE door_seats SET state = 'left' WHERE session_id = ?1 AND state = 'waiting'
                   AND seat NOT IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![session.to_string(), waiting])?;
        changed = changed.saturating_add(gone);
    }
    Ok(changed)
}

fn read(row: &Row<'_>) -> Result<DoorSeat, Error> {
    let (session, state): (String, String) = (row.get(1)?, row.get(5)?);
    let link: Option<String> = row.get(2)?;
    Ok(DoorSeat {
        seat: row.get(0)?,
        session: session.parse().map_err(|_| Error::unreadable("session id", &session))?,
        link: link.map(|link| link.parse().map_err(|_| Error::unreadable("class link id", &link))).transpose()?,
        person: row.get(3)?,
        name: row.get(4)?,
        state: SeatState::named(&state).ok_or_else(|| Error::unreadable("state of a seat", &state))?,
        agreed: row.get(6)?,
        since: moment(row, 7)?,
    })
}
