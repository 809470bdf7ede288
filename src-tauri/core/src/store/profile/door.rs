//! The door of the account, and how far the exchange with it is: entries of `settings`.

use rusqlite::Connection;

use crate::domain::profile::door::{Door, Exchange};
use crate::store::profile::settings::{read, write};
use crate::store::{Error, Store};

const DOOR: &str = "door";
const EXCHANGE: &str = "door_exchange";

impl Store {
    /// Returns the door of the account; `None` where there is none, or this desk does not know it.
    pub fn door(&self) -> Result<Option<Door>, Error> {
        Ok(self.setting(DOOR)?.and_then(|stored| serde_json::from_str(&stored).ok()))
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

    /// Returns how far the exchange with the door is.
    pub fn door_exchange(&self) -> Result<Exchange, Error> {
        exchange(self.connection().raw())
    }

    /// Stores how far the exchange with the door is.
    pub fn set_door_exchange(&self, exchange: &Exchange) -> Result<(), Error> {
        self.set_setting(EXCHANGE, serde_json::to_string(exchange).ok().as_deref())
    }
}

/// Reads the exchange on any connection or transaction.
pub(in crate::store) fn exchange(connection: &Connection) -> Result<Exchange, Error> {
    Ok(read(connection, EXCHANGE)?.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
}
