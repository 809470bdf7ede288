//! `signing_keys`, `key_groups` and `key_intents`: the keys that sign links. Their private halves are in the keyring.

mod kept;
mod settings;
mod uses;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::ids::{KeyId, RecordingId};
use crate::domain::sharing::key::{KEPT_AFTER_LAST_LINK, Key, KeyGroup, KeyOrigin, KeyState, Purpose};
use crate::domain::sharing::ledger::Entry;
use crate::domain::sharing::ledger::anchor::Anchor;
use crate::store::sharing::ledger::{self, Signer};
use crate::store::{Error, Store, moment, set_moment, to_millis};

pub(in crate::store) use kept::Kept;
pub use uses::KeyUse;

const SELECT: &str = "SELECT kid, name, purpose, group_id, recording_id, state, origin, made_at, changed_at, delete_after FROM signing_keys";

/// A request for a key whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyIntent {
    /// The id.
    pub id: i64,
    /// When Cloudflare was asked, by its clock.
    pub at: DateTime<Utc>,
    /// The keys that its list had before.
    pub known: Vec<KeyId>,
}

impl Store {
    /// Returns every key that Hajime knows, newest first.
    pub fn keys(&self) -> Result<Vec<Key>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY made_at DESC, kid"))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns one key; `None` where Hajime does not know it.
    pub fn key(&self, id: &KeyId) -> Result<Option<Key>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE kid = ?1"))?;
        statement.query_row([id.as_str()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns the key that signs for a purpose; `None` where there is none.
    pub fn key_in_use(&self, purpose: Purpose) -> Result<Option<KeyId>, Error> {
        in_use(self.connection().raw(), purpose)
    }

    /// Returns the id of this desk's signing key; `None` where there is none.
    pub fn signing_key(&self) -> Result<Option<KeyId>, Error> {
        self.key_in_use(Purpose::Desk)
    }

    /// Forgets which keys sign, because the keyring no longer has their private halves. They are deleted when their links
    /// have ended. The door has its own private half.
    pub fn forget_signing_keys(&self, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| retire(transaction, "state = 'in_use' AND purpose <> 'door'", &[], now))
    }

    /// Adds a key with the rows of the ledger that tell of it. The key that signed for its purpose is replaced, and is
    /// deleted at `replaced_until`, if that is given. Ends the intent. Returns the new end of the chain.
    pub fn add_key(
        &self,
        signer: Signer<'_>,
        key: &Key,
        replaced_until: Option<DateTime<Utc>>,
        intent: Option<i64>,
        entries: &[Entry],
    ) -> Result<Anchor, Error> {
        self.write(|transaction| {
            if key.state == KeyState::InUse
                && let Some(earlier) = in_use(transaction, key.purpose)?
                && key.purpose != Purpose::Pool
            {
                set_state(transaction, &earlier, KeyState::Replaced, key.made_at, replaced_until)?;
            }
            insert(transaction, key)?;
            if let Some(intent) = intent {
                transaction.execute("DELETE FROM key_intents WHERE id = ?1", [intent])?;
            }
            ledger::append(transaction, signer, entries)
        })
    }

    /// Notes what became of a key, with the rows of the ledger that tell of it. Returns the new end of the chain.
    pub fn move_key(
        &self,
        signer: Signer<'_>,
        id: &KeyId,
        state: KeyState,
        now: DateTime<Utc>,
        entries: &[Entry],
    ) -> Result<Anchor, Error> {
        self.write(|transaction| {
            set_state(transaction, id, state, now, None)?;
            ledger::append(transaction, signer, entries)
        })
    }

    /// Takes a key out of use that is deleted from `at` on.
    pub fn condemn_key(&self, id: &KeyId, now: DateTime<Utc>, at: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| set_state(transaction, id, KeyState::Replaced, now, Some(at)))
    }

    /// Gives a key of the pool to a recording. Returns its id; `None` if the pool is empty.
    pub fn take_pool_key(&self, recording: RecordingId, now: DateTime<Utc>) -> Result<Option<KeyId>, Error> {
        let sql = "UPDATE signing_keys SET purpose = 'recording', recording_id = ?1, changed_at = ?2
                   WHERE kid = (SELECT kid FROM signing_keys WHERE purpose = 'pool' AND state = 'in_use' ORDER BY made_at, kid LIMIT 1)
                   RETURNING kid";
        self.write(|transaction| {
            retire_own(transaction, recording, now)?;
            let kid = transaction.query_row(sql, params![recording.to_string(), to_millis(now)], |row| row.get(0));
            kid.optional()?.map(|kid: String| read_id(&kid)).transpose()
        })
    }

    /// Gives a recording the key of another one whose links have all ended, before `ended_before`. Returns its id; `None`
    /// if there is no such key.
    pub fn take_rested_key(
        &self,
        recording: RecordingId,
        ended_before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<KeyId>, Error> {
        let sql = "UPDATE signing_keys SET recording_id = ?1, changed_at = ?3
                   WHERE kid = (SELECT kid FROM signing_keys k WHERE purpose = 'recording' AND state = 'in_use' AND changed_at <= ?2
                                  AND NOT EXISTS (SELECT 1 FROM share_links l WHERE l.kid = k.kid AND l.expires_at > ?2)
                                ORDER BY changed_at, kid LIMIT 1)
                   RETURNING kid";
        self.write(|transaction| {
            retire_own(transaction, recording, now)?;
            let values = params![recording.to_string(), to_millis(ended_before), to_millis(now)];
            let kid = transaction.query_row(sql, values, |row| row.get(0));
            kid.optional()?.map(|kid: String| read_id(&kid)).transpose()
        })
    }

    /// Notes that Cloudflare is about to be asked for a key, with the ids in its list. Returns the intent's id.
    pub fn begin_key(&self, known: &[KeyId], now: DateTime<Utc>) -> Result<i64, Error> {
        let known = serde_json::to_string(known).unwrap_or_default();
        let connection = self.writer();
        connection.execute("INSERT INTO key_intents (at, known) VALUES (?1, ?2)", params![to_millis(now), known])?;
        Ok(connection.last_insert_rowid())
    }

    /// The intents without an outcome.
    pub fn key_intents(&self) -> Result<Vec<KeyIntent>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT id, at, known FROM key_intents ORDER BY id")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, moment(row, 1)?, row.get::<_, String>(2)?)))?;
        rows.map(|row| {
            let (id, at, known) = row?;
            let known = serde_json::from_str(&known).map_err(|_| Error::unreadable("intent for a key", &known))?;
            Ok(KeyIntent { id, at, known })
        })
        .collect()
    }

    /// Ends an intent whose outcome is known. Keys that came with it and that nobody here has are kept as unclaimed.
    pub fn end_key_intent(&self, intent: i64, unclaimed: &[KeyId], now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| {
            for id in unclaimed {
                let key = Key {
                    id: id.clone(),
                    name: String::new(),
                    purpose: Purpose::Unclaimed,
                    state: KeyState::Replaced,
                    origin: KeyOrigin::Made,
                    made_at: now,
                    changed_at: now,
                    delete_after: None,
                };
                insert(transaction, &key)?;
            }
            transaction.execute("DELETE FROM key_intents WHERE id = ?1", [intent])?;
            Ok(())
        })
    }

    /// Returns every group, by name.
    pub fn key_groups(&self) -> Result<Vec<KeyGroup>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT id, name FROM key_groups ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (id, name) = row?;
            Ok(KeyGroup { id: id.parse().map_err(|_| Error::unreadable("key group id", &id))?, name })
        })
        .collect()
    }

    /// Adds a group. Returns whether its name was free.
    pub fn add_key_group(&self, group: &KeyGroup, now: DateTime<Utc>) -> Result<bool, Error> {
        let sql = "INSERT INTO key_groups (id, name, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING";
        Ok(self.writer().execute(sql, params![group.id.to_string(), group.name, to_millis(now)])? > 0)
    }
}

/// Replaces the key of a recording that gets another one, because the keyring has lost its private half.
fn retire_own(transaction: &Transaction<'_>, recording: RecordingId, now: DateTime<Utc>) -> Result<(), Error> {
    let own = "purpose = 'recording' AND recording_id = ?3 AND state = 'in_use'";
    retire(transaction, own, &[&recording.to_string()], now)
}

/// Replaces keys. Each is deleted when its last link has ended, see [`deletion_after`].
fn retire(
    transaction: &Transaction<'_>,
    which: &str,
    more: &[&dyn rusqlite::ToSql],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sql = format!(
        "UPDATE signing_keys SET state = 'replaced', changed_at = ?1, delete_after =
           max(?1, coalesce((SELECT max(l.expires_at) FROM share_links l WHERE l.kid = signing_keys.kid), 0)) + ?2
         WHERE {which}"
    );
    let (now, kept) = (to_millis(now), KEPT_AFTER_LAST_LINK.num_milliseconds());
    let values: Vec<&dyn rusqlite::ToSql> =
        [&now as &dyn rusqlite::ToSql, &kept].into_iter().chain(more.iter().copied()).collect();
    transaction.execute(&sql, values.as_slice())?;
    Ok(())
}

fn in_use(connection: &Connection, purpose: Purpose) -> Result<Option<KeyId>, Error> {
    let (group, recording) = columns(purpose);
    let sql = "SELECT kid FROM signing_keys WHERE purpose = ?1 AND group_id IS ?2 AND recording_id IS ?3 AND state = 'in_use' ORDER BY made_at LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let kid =
        statement.query_row(params![purpose.name(), group, recording], |row| row.get::<_, String>(0)).optional()?;
    kid.map(|kid| read_id(&kid)).transpose()
}

fn insert(transaction: &Transaction<'_>, key: &Key) -> Result<(), Error> {
    let (group, recording) = columns(key.purpose);
    transaction.execute(
        "INSERT INTO signing_keys (kid, name, purpose, group_id, recording_id, state, origin, made_at, changed_at, delete_after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (kid) DO UPDATE SET name = ?2, purpose = ?3, group_id = ?4, recording_id = ?5, state = ?6, origin = ?7, changed_at = ?9,
           delete_after = ?10",
        params![
            key.id.as_str(),
            key.name,
            key.purpose.name(),
            group,
            recording,
            key.state.name(),
            key.origin.name(),
            to_millis(key.made_at),
            to_millis(key.changed_at),
            key.delete_after.map(to_millis),
        ],
    )?;
    Ok(())
}

fn set_state(
    transaction: &Transaction<'_>,
    id: &KeyId,
    state: KeyState,
    now: DateTime<Utc>,
    delete_after: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    transaction.execute(
        "UPDATE signing_keys SET state = ?2, changed_at = ?3, delete_after = ?4 WHERE kid = ?1",
        params![id.as_str(), state.name(), to_millis(now), delete_after.map(to_millis)],
    )?;
    Ok(())
}

fn columns(purpose: Purpose) -> (Option<String>, Option<String>) {
    match purpose {
        Purpose::Group(group) => (Some(group.to_string()), None),
        Purpose::Recording(recording) => (None, Some(recording.to_string())),
        Purpose::Desk | Purpose::Pool | Purpose::Door | Purpose::Unclaimed => (None, None),
    }
}

fn read_id(id: &str) -> Result<KeyId, Error> {
    id.parse().map_err(|_| Error::unreadable("signing key id", id))
}

fn read(row: &Row<'_>) -> Result<Key, Error> {
    let (kid, purpose): (String, String) = (row.get(0)?, row.get(2)?);
    let (group, recording): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
    let (state, origin): (String, String) = (row.get(5)?, row.get(6)?);
    let unreadable = || Error::unreadable("purpose of a key", &purpose);
    let purpose_read = match purpose.as_str() {
        "desk" => Purpose::Desk,
        "group" => Purpose::Group(group.as_deref().and_then(|id| id.parse().ok()).ok_or_else(unreadable)?),
        "recording" => Purpose::Recording(recording.as_deref().and_then(|id| id.parse().ok()).ok_or_else(unreadable)?),
        "pool" => Purpose::Pool,
        "door" => Purpose::Door,
        "unclaimed" => Purpose::Unclaimed,
        _ => return Err(unreadable()),
    };
    Ok(Key {
        id: read_id(&kid)?,
        name: row.get(1)?,
        purpose: purpose_read,
        state: KeyState::named(&state).ok_or_else(|| Error::unreadable("state of a key", &state))?,
        origin: if origin == KeyOrigin::Imported.name() { KeyOrigin::Imported } else { KeyOrigin::Made },
        made_at: moment(row, 7)?,
        changed_at: moment(row, 8)?,
        delete_after: set_moment(row, 9)?,
    })
}
