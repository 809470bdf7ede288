//! `rooms_ahead`: the rooms of sessions that have not begun.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::SessionId;
use crate::domain::schedule::room_ahead::{KnownRoom, RoomAhead};
use crate::store::{Error, Store};

const COLUMNS: &str = "session_id, app_id, room_id, title, closed";

impl Store {
    /// Returns what is known of the room of a session that has not begun; `None` where nobody asked for one.
    pub fn room_ahead(&self, session: SessionId) -> Result<Option<RoomAhead>, Error> {
        let connection = self.connection();
        let sql = format!("SELECT {COLUMNS} FROM rooms_ahead WHERE session_id = ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_row([session.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns what is known of the rooms of all sessions that have not begun.
    pub fn rooms_ahead(&self) -> Result<Vec<RoomAhead>, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached(&format!("SELECT {COLUMNS} FROM rooms_ahead ORDER BY session_id"))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Notes that the room of a session is about to be asked for. What is known of it already stays.
    pub fn note_room_asked_for(&self, session: SessionId) -> Result<(), Error> {
        self.write(|transaction| {
            let sql = "INSERT INTO rooms_ahead (session_id, closed) VALUES (?1, 0) ON CONFLICT (session_id) DO NOTHING";
            transaction.prepare_cached(sql)?.execute([session.to_string()])?;
            Ok(())
        })
    }

    /// Notes the room that a session has.
    pub fn note_room_ahead(&self, session: SessionId, room: &KnownRoom) -> Result<(), Error> {
        self.write(|transaction| {
            let sql = format!(
                "INSERT INTO rooms_ahead ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (session_id) DO UPDATE SET app_id = ?2, room_id = ?3, title = ?4, closed = ?5"
            );
            transaction.prepare_cached(&sql)?.execute(params![
                session.to_string(),
                room.app.as_str(),
                room.id.as_str(),
                room.title,
                room.closed,
            ])?;
            Ok(())
        })
    }

    /// Forgets the room of a session.
    pub fn forget_room_ahead(&self, session: SessionId) -> Result<(), Error> {
        self.write(|transaction| forget(transaction, session))
    }
}

/// Forgets the room of a session within a transaction.
pub(in crate::store) fn forget(transaction: &Transaction<'_>, session: SessionId) -> Result<(), Error> {
    transaction.prepare_cached("DELETE FROM rooms_ahead WHERE session_id = ?1")?.execute([session.to_string()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<RoomAhead, Error> {
    let session: String = row.get("session_id")?;
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let room = match (text("app_id")?, text("room_id")?, text("title")?) {
        (Some(app), Some(id), Some(title)) => Some(KnownRoom {
            app: app.parse().map_err(|_| Error::unreadable("app id", app))?,
            id: id.parse().map_err(|_| Error::unreadable("room id", id))?,
            title,
            closed: row.get("closed")?,
        }),
        _ => None,
    };
    Ok(RoomAhead { session: session.parse().map_err(|_| Error::unreadable("session id", &session))?, room })
}
