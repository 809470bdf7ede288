//! The role of this desk, the admin passphrase, and what the API token may do: settings that a restore does not change.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::domain::bounds::nearest_moment;
use crate::domain::profile::passphrase::Attempts;
use crate::domain::profile::role::{Role, TokenRights};
use crate::domain::sharing::ledger::Entry;
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::store::profile::settings::{PASSPHRASE, RIGHTS, ROLE, WRONG, read, read_role, write};
use crate::store::sharing::ledger::append;
use crate::store::{Error, Signer, Store, open, to_millis};

impl Store {
    /// Returns the role of this desk. A desk without one is an admin's; an unreadable one is the weakest.
    pub fn role(&self) -> Result<Role, Error> {
        read_role(self.connection().raw())
    }

    /// Stores the role with the rows of the ledger that tell of it. Returns the new end of the chain.
    pub fn set_role(&self, signer: Signer<'_>, role: Role, entries: &[Entry]) -> Result<Anchor, Error> {
        self.write(|transaction| {
            // The rows carry the role of whoever changed it.
            let end = append(transaction, signer, entries)?;
            write(transaction, ROLE, Some(role.name()))?;
            Ok(end)
        })
    }

    /// Returns the hash of the admin passphrase; `None` while nobody has set one.
    pub fn passphrase(&self) -> Result<Option<String>, Error> {
        self.setting(PASSPHRASE)
    }

    /// Stores the hash of the admin passphrase with the rows of the ledger that tell of it. Returns the new end of the chain.
    pub fn set_passphrase(&self, signer: Signer<'_>, hash: &str, entries: &[Entry]) -> Result<Anchor, Error> {
        self.write(|transaction| {
            write(transaction, PASSPHRASE, Some(hash))?;
            write(transaction, WRONG, None)?;
            append(transaction, signer, entries)
        })
    }

    /// Counts an attempt as wrong before it is looked at, unless it comes too early. Returns when it may be made if it does.
    pub fn begin_passphrase_attempt(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
        self.write(|transaction| {
            let before = attempts(transaction)?;
            if let Some(until) = before.wait_until(now) {
                return Ok(Some(until));
            }
            let Attempts { wrong, .. } = before.and_one_more(now);
            write(transaction, WRONG, Some(&format!("{wrong} {}", to_millis(now))))?;
            Ok(None)
        })
    }

    /// Returns the wrong passphrases since the last right one.
    pub fn passphrase_attempts(&self) -> Result<Attempts, Error> {
        attempts(self.connection().raw())
    }

    /// Forgets the wrong passphrases, because the right one was given.
    pub fn forget_passphrase_attempts(&self) -> Result<(), Error> {
        self.set_setting(WRONG, None)
    }

    /// Returns what the API token may do; `None` while that was not tried.
    pub fn token_rights(&self) -> Result<Option<TokenRights>, Error> {
        Ok(self.setting(RIGHTS)?.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// Stores what the API token may do; `None` forgets it.
    pub fn set_token_rights(&self, rights: Option<&TokenRights>) -> Result<(), Error> {
        let stored = rights.and_then(|rights| serde_json::to_string(rights).ok());
        self.set_setting(RIGHTS, stored.as_deref())
    }
}

/// Returns the role of the desk whose database is in a folder, without opening it for work; `None` where it cannot be read.
pub fn role_in(folder: &Path) -> Option<Role> {
    read_role(&open::as_it_is(folder)?).ok()
}

fn attempts(connection: &Connection) -> Result<Attempts, Error> {
    let stored = read(connection, WRONG)?;
    let Some((wrong, last)) = stored.as_deref().and_then(|stored| stored.split_once(' ')) else {
        return Ok(Attempts::default());
    };
    Ok(Attempts { wrong: wrong.parse().unwrap_or(u32::MAX), last: last.parse().ok().map(nearest_moment) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_without_a_role_is_an_admins_and_an_unreadable_role_is_the_weakest() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.role().unwrap(), Role::Admin);
        store.set_setting(ROLE, Some("emperor")).unwrap();
        assert_eq!(store.role().unwrap(), Role::Staff);
    }

    #[test]
    fn every_attempt_is_counted_before_it_is_looked_at() {
        let store = Store::in_memory().unwrap();
        let now = DateTime::UNIX_EPOCH;
        for _ in 0..3 {
            assert_eq!(store.begin_passphrase_attempt(now).unwrap(), None);
        }
        assert!(store.begin_passphrase_attempt(now).unwrap().is_some());
        assert_eq!(store.passphrase_attempts().unwrap().wrong, 3);
        store.forget_passphrase_attempts().unwrap();
        assert_eq!(store.begin_passphrase_attempt(now).unwrap(), None);
    }
}
