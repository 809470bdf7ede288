//! The door of the account, and how far the exchange with it is: entries of `settings`.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::domain::profile::door::{Door, DoorFacts, DoorWork, Exchange};
use crate::domain::sharing::ledger::Entry;
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::store::profile::settings::{read, write};
use crate::store::sharing::ledger::{Signer, append};
use crate::store::{Error, Store, count, to_millis};

const DOOR: &str = "door";
const EXCHANGE: &str = "door_exchange";
const WORK: &str = "door_work";
const FACTS: &str = "door_facts";
const ANSWERED: &str = "door_answered_at";

/// How many links of the door live at this desk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DoorLinks {
    /// Links to join a class or series.
    pub classes: u32,
    /// Links to watch a recording.
    pub watching: u32,
}

impl Store {
    /// Returns the door of the account; `None` where there is none, or this desk does not know it.
    pub fn door(&self) -> Result<Option<Door>, Error> {
        door(self.connection().raw())
    }

    /// Stores the door of the account. Another database than before has none of the rows, so all are told again.
    pub fn set_door(&self, door: Option<&Door>) -> Result<(), Error> {
        let text = door.and_then(|door| serde_json::to_string(door).ok());
        self.write(|transaction| {
            write(transaction, DOOR, text.as_deref())?;
            if door.is_some_and(|door| exchange(transaction).is_ok_and(|known| known.database == door.database)) {
                return Ok(());
            }
            let fresh = door.map(|door| Exchange { database: door.database.clone(), ..Exchange::default() });
            write(transaction, EXCHANGE, fresh.and_then(|fresh| serde_json::to_string(&fresh).ok()).as_deref())?;
            transaction.execute("UPDATE door_rows SET pushed = 0", [])?;
            Ok(())
        })
    }

    /// Returns what was begun with the door and not seen to end.
    pub fn door_work(&self) -> Result<DoorWork, Error> {
        Ok(self.setting(WORK)?.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
    }

    /// Stores what was begun with the door.
    pub fn set_door_work(&self, work: &DoorWork) -> Result<(), Error> {
        let text = (*work != DoorWork::default()).then(|| serde_json::to_string(work).ok()).flatten();
        self.set_setting(WORK, text.as_deref())
    }

    /// Returns what the door was published with, as this desk wrote it last.
    pub fn door_facts(&self) -> Result<DoorFacts, Error> {
        Ok(self.setting(FACTS)?.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
    }

    /// Keeps what the door was published with.
    pub fn set_door_facts(&self, facts: Option<&DoorFacts>) -> Result<(), Error> {
        self.set_setting(FACTS, facts.and_then(|facts| serde_json::to_string(facts).ok()).as_deref())
    }

    /// Returns when the door answered last; `None` where it never did.
    pub fn door_answered_at(&self) -> Result<Option<DateTime<Utc>>, Error> {
        Ok(self.setting(ANSWERED)?.and_then(|at| at.parse().ok()))
    }

    /// Notes when the door answered last.
    pub fn set_door_answered_at(&self, at: Option<DateTime<Utc>>) -> Result<(), Error> {
        self.set_setting(ANSWERED, at.map(|at| at.to_rfc3339()).as_deref())
    }

    /// Returns how many links of the door live at this desk.
    pub fn living_door_links(&self, now: DateTime<Utc>) -> Result<DoorLinks, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT (SELECT count(*) FROM join_links WHERE revoked_at IS NULL),
                    (SELECT count(*) FROM watch_links WHERE revoked_at IS NULL AND until > ?1)",
        )?;
        let found = statement
            .query_row([to_millis(now)], |row| Ok(DoorLinks { classes: count(row, 0)?, watching: count(row, 1)? }));
        Ok(found?)
    }

    /// Revokes every link of the door, because it is taken down, and adds the rows that tell of it. Returns the new end of the chain.
    pub fn revoke_door_links(
        &self,
        signer: Signer<'_>,
        now: DateTime<Utc>,
        entries: &[Entry],
    ) -> Result<Anchor, Error> {
        self.write(|transaction| {
            for table in ["join_links", "watch_links"] {
                let sql = format!("UPDATE {table} SET revoked_at = ?1 WHERE revoked_at IS NULL");
                transaction.execute(&sql, params![to_millis(now)])?;
            }
            append(transaction, signer, entries)
        })
    }

    /// Returns how far the exchange with the door is.
    pub fn door_exchange(&self) -> Result<Exchange, Error> {
        exchange(self.connection().raw())
    }

    /// Notes why the exchange with a database failed, if it is the door's. Returns whether that is new.
    pub fn note_door_trouble(&self, database: &str, trouble: &str) -> Result<bool, Error> {
        self.write(|transaction| {
            let known = exchange(transaction)?;
            if known.database != database || known.trouble.as_deref() == Some(trouble) {
                return Ok(false);
            }
            set_exchange(transaction, &Exchange { trouble: Some(trouble.to_owned()), ..known })?;
            Ok(true)
        })
    }

    /// Stores how far the exchange with the door is.
    pub fn set_door_exchange(&self, exchange: &Exchange) -> Result<(), Error> {
        set_exchange(&self.writer(), exchange)
    }
}

/// Reads the door of the account on any connection or transaction.
pub(in crate::store) fn door(connection: &Connection) -> Result<Option<Door>, Error> {
    Ok(read(connection, DOOR)?.and_then(|stored| serde_json::from_str(&stored).ok()))
}

/// Stores how far the exchange with the door is, on any connection or transaction.
pub(in crate::store) fn set_exchange(connection: &Connection, exchange: &Exchange) -> Result<(), Error> {
    write(connection, EXCHANGE, serde_json::to_string(exchange).ok().as_deref())
}

/// Reads the exchange on any connection or transaction.
pub(in crate::store) fn exchange(connection: &Connection) -> Result<Exchange, Error> {
    Ok(read(connection, EXCHANGE)?.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
}
