//! `installation.db` in the data folder holds the facts about this installation of Hajime that belong to no single
//! account.
//!
//! The facts are the id of the desk, the earlier ids of databases in this folder, and the connected account. Each
//! database keeps a copy of them, so that the file can be made again from the databases when it is lost or damaged, and
//! so that a backup carries them to a new computer. This file is changed first. A database whose copy was not updated
//! then is updated when it is next opened.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use uuid::Uuid;

use crate::domain::ids::AccountId;
use crate::store::database_file::{self, VFS_WITHOUT_LOCKS, check, read_in_place};
use crate::store::error::Nature;
use crate::store::open;
use crate::store::{Error, FILE_NAME as DATABASE, Store, copies, filesystem};

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "installation.db";
/// The setting in which a database keeps its copy of the desk's id.
const DESK: &str = "desk_id";
/// The setting in which a database keeps its copy of the earlier ids, separated by commas.
const EARLIER_DESKS: &str = "earlier_desk_ids";
/// The settings in which a database keeps its copy of the connected account.
pub(super) const SAVED_ACCOUNT: &str = "saved_account_id";
pub(super) const SAVED_ADDRESS: &str = "saved_api_address";
/// The setting that exists once the keyring has stored the token of the connected account.
pub(super) const TOKEN_KEPT: &str = "token_kept";
/// The folder, in the data folder, that holds the data of every account but the first.
const ACCOUNTS: &str = "accounts";
/// The version of the schema of this file.
const VERSION: i64 = 1;
/// The most damaged files that are kept.
const MAX_DAMAGED_FILES: usize = 99;

const SCHEMA: &str = "
    -- At most one row: the id that this installation marks its uploads with, made when it is first needed.
    CREATE TABLE desk (id TEXT NOT NULL) STRICT;
    -- Ids that databases of this folder had before: what is marked with them was made here.
    CREATE TABLE earlier_desks (id TEXT PRIMARY KEY) STRICT;
    -- Accounts that were connected in Settings. At most one is connected now. `address` is the API's, where it is not Cloudflare's own.
    CREATE TABLE profiles (
        account    TEXT PRIMARY KEY,
        address    TEXT,
        token_kept INTEGER NOT NULL,
        connected  INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX connected_profile ON profiles (connected) WHERE connected = 1;";

/// The account that is connected in Settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedProfile {
    /// The id of the account.
    pub account: AccountId,
    /// The address of the API; `None` for Cloudflare's own.
    pub address: Option<String>,
    /// True if the keyring has stored the account's token.
    pub token_kept: bool,
}

/// The facts about one installation.
#[derive(Debug)]
pub struct Installation {
    connection: Connection,
    path: PathBuf,
    /// The reason why the file cannot be written; `None` where it can. The facts then come from the file, as far as it
    /// can be read, or from the databases.
    reading_only: Option<String>,
    set_aside: Option<PathBuf>,
}

impl Installation {
    /// Opens the file of a data folder. A missing or damaged file is made again from the databases.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE_NAME);
        let mut set_aside = None;
        let opened = match open_or_make(folder, &path) {
            Err(error) if error.nature() == Nature::Damaged => {
                let aside = put_aside(&path)?;
                tracing::warn!(%error, kept = %aside.display(), "the file of the installation was damaged and is made again");
                set_aside = Some(aside);
                open_or_make(folder, &path)
            }
            opened => opened,
        };
        let (connection, reading_only) = match opened {
            Ok(connection) => (connection, None),
            Err(error @ Error::Newer { .. }) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "the file of the installation cannot be written");
                (read_only(folder, &path)?, Some(error.to_string()))
            }
        };
        Ok(Self { connection, path, reading_only, set_aside })
    }

    /// Returns the path to which a damaged file was moved; `None` when the file was not damaged.
    #[must_use]
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Returns whether the facts are stored in the file.
    pub(super) const fn is_kept(&self) -> bool {
        self.reading_only.is_none()
    }

    /// Returns the id of this desk; `None` before it is first needed.
    pub fn desk_id(&self) -> Result<Option<String>, Error> {
        let id = self.connection.query_row("SELECT id FROM desk", [], |row| row.get(0)).optional();
        id.map_err(|error| self.at(error))
    }

    /// Returns the id of this desk and makes one where there is none. The id is random, so it reveals nothing.
    fn need_desk_id(&mut self) -> Result<String, Error> {
        if let Some(id) = self.desk_id()? {
            return Ok(id);
        }
        let new = Uuid::new_v4().to_string();
        if !self.is_kept() {
            return Ok(new);
        }
        self.change(|transaction| set_desk(transaction, &new))?;
        Ok(self.desk_id()?.unwrap_or(new))
    }

    /// Returns the ids that databases of this folder had before.
    pub fn earlier_desks(&self) -> Result<Vec<String>, Error> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.connection.prepare("SELECT id FROM earlier_desks ORDER BY id")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(|error| self.at(error))
    }

    /// Returns the account that is connected in Settings.
    pub fn connected(&self) -> Result<Option<ConnectedProfile>, Error> {
        let row = self
            .connection
            .query_row("SELECT account, address, token_kept FROM profiles WHERE connected = 1", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()
            .map_err(|error| self.at(error))?;
        row.map(|(account, address, token_kept)| {
            let account = account.parse().map_err(|_| Error::unreadable("account id", &account))?;
            Ok(ConnectedProfile { account, address, token_kept })
        })
        .transpose()
    }

    /// Connects an account. It replaces the connected one, if there is one.
    pub fn connect(&mut self, profile: &ConnectedProfile) -> Result<(), Error> {
        self.change(|transaction| connect(transaction, profile))
    }

    /// Records that no account is connected.
    pub fn forget(&mut self) -> Result<(), Error> {
        self.change(|transaction| transaction.execute("DELETE FROM profiles WHERE connected = 1", []).map(drop))
    }

    /// Updates a database's copy of the desk's ids. An id of the database that is unknown here becomes the desk's id
    /// where the desk has none, and otherwise an earlier one.
    pub(super) fn tell_desk(&mut self, database: &Connection) -> Result<(), Error> {
        let own = desks_in(database)?;
        let mut desk = self.desk_id()?;
        let mut earlier: BTreeSet<String> = self.earlier_desks()?.into_iter().collect();
        let unknown = own.iter().any(|id| desk.as_ref() != Some(id) && !earlier.contains(id));
        if unknown && self.is_kept() {
            self.change(|transaction| add_desks(transaction, &own))?;
            desk = self.desk_id()?;
        }
        let Some(desk) = desk.or_else(|| own.first().cloned()) else { return Ok(()) };
        earlier.extend(own.into_iter().filter(|id| *id != desk));
        let earlier = earlier.into_iter().collect::<Vec<_>>().join(",");
        set(database, DESK, Some(&desk))?;
        Ok(set(database, EARLIER_DESKS, Some(earlier.as_str()).filter(|ids| !ids.is_empty()))?)
    }

    /// Adapts the facts to a backup that was restored into a new folder: the keyring it describes belongs to another
    /// computer.
    pub(super) fn begin_from_copy(&mut self, store: &Store) -> Result<(), Error> {
        self.change(|transaction| transaction.execute("UPDATE profiles SET token_kept = 0", []).map(drop))?;
        self.tell_connected(&store.writer())
    }

    /// Updates the copy of the connected account in the main database of the data folder.
    pub(super) fn tell_connected(&self, database: &Connection) -> Result<(), Error> {
        let connected = self.connected()?;
        let connected = connected.as_ref();
        let facts = [
            (SAVED_ADDRESS, connected.and_then(|profile| profile.address.as_deref())),
            (TOKEN_KEPT, connected.filter(|profile| profile.token_kept).map(|_| "yes")),
            (SAVED_ACCOUNT, connected.map(|profile| profile.account.as_str())),
        ];
        facts.into_iter().try_for_each(|(key, value)| set(database, key, value)).map_err(Error::from)
    }

    /// Takes the connected account from the main database of the data folder, because a restored backup may be the only
    /// place that has it.
    pub(super) fn learn_connected(&mut self, database: &Connection) -> Result<(), Error> {
        match connected_in(database) {
            Some(profile) => self.connect(&profile),
            None => Ok(()),
        }
    }

    fn change(&mut self, change: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>) -> Result<(), Error> {
        if let Some(why) = &self.reading_only {
            return Err(Error::ReadOnly { path: self.path.clone(), why: why.clone() });
        }
        let path = self.path.clone();
        let write = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            change(&transaction)?;
            transaction.commit()
        };
        write().map_err(|error| Error::at(error, &path))
    }

    fn at(&self, error: rusqlite::Error) -> Error {
        Error::at(error, &self.path)
    }
}

impl Store {
    /// Returns the id of this desk and makes one where there is none.
    pub fn desk_id(&self) -> Result<String, Error> {
        if let Some(id) = self.setting(DESK)? {
            return Ok(id);
        }
        let id = match self.folder() {
            Some(folder) => Installation::open(home(folder))?.need_desk_id()?,
            None => Uuid::new_v4().to_string(),
        };
        set(&self.writer(), DESK, Some(&id))?;
        Ok(id)
    }

    /// Returns every id that this desk has or had. Whatever is marked with one of them was made here.
    pub fn own_desk_ids(&self) -> Result<Vec<String>, Error> {
        let first = self.desk_id()?;
        let earlier = self.setting(EARLIER_DESKS)?.unwrap_or_default();
        let earlier = earlier.split(',').filter(|id| !id.is_empty()).map(str::to_owned);
        Ok(std::iter::once(first).chain(earlier).collect())
    }

    /// Stores in the database which desk it belongs to and, in the main database of the data folder, which account is
    /// connected.
    pub(crate) fn belongs_to(&self, installation: &mut Installation) -> Result<(), Error> {
        let Some(folder) = self.folder().filter(|_| self.reading_only().is_none()) else { return Ok(()) };
        let writer = self.writer();
        installation.tell_desk(&writer)?;
        if installation.path.parent() == Some(folder) { installation.tell_connected(&writer) } else { Ok(()) }
    }
}

/// Returns the data folder that a database's folder belongs to.
pub(super) fn home(folder: &Path) -> &Path {
    let others = folder.parent().filter(|parent| parent.file_name().is_some_and(|name| name == ACCOUNTS));
    others.and_then(Path::parent).filter(|home| home.join(DATABASE).exists()).unwrap_or(folder)
}

/// Returns the connected account, even where the databases are damaged. Makes no file.
pub(crate) fn connected_of_any(folder: &Path) -> Option<AccountId> {
    let path = folder.join(FILE_NAME);
    let of_file = read_in_place(&path).and_then(|connection| {
        check_version(&connection, &path)?;
        Installation { connection, path: path.clone(), reading_only: None, set_aside: None }.connected()
    });
    match of_file {
        Ok(connected) => connected.map(|profile| profile.account),
        Err(_) => open::as_it_is(folder).and_then(|database| connected_in(&database)).map(|profile| profile.account),
    }
}

fn open_or_make(folder: &Path, path: &Path) -> Result<Connection, Error> {
    let at = |error| Error::at(error, path);
    open::make_empty(folder, path)?;
    let mut connection = match connect_to(path, None) {
        Err(error) if error.nature() == Nature::Busy && !filesystem::has_locks(folder) => {
            connect_to(path, Some(VFS_WITHOUT_LOCKS))?
        }
        opened => opened?,
    };
    if check_version(&connection, path)? == VERSION {
        return Ok(connection);
    }
    // A database that cannot be read may be restored later, so nothing is written that would then be wrong. The error
    // is not `Corrupt`, because this file is not the damaged one.
    let unknown = |error: Error| Error::Unopenable { path: path.to_owned(), why: error.to_string() };
    let facts = Facts::read(folder).map_err(unknown)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(at)?;
    // Another process may have made the file meanwhile.
    if check_version(&transaction, path)? != VERSION {
        facts.write(&transaction).map_err(at)?;
    }
    transaction.commit().map_err(at)?;
    Ok(connection)
}

fn connect_to(path: &Path, vfs: Option<&'static str>) -> Result<Connection, Error> {
    let connection = database_file::connect_to(path, vfs)?;
    check(&connection, path)?;
    Ok(connection)
}

/// Returns the version of the file; 0 when it is empty.
fn check_version(connection: &Connection, path: &Path) -> Result<i64, Error> {
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0));
    match version.map_err(|error| Error::at(error, path))? {
        version if version > VERSION => Err(Error::Newer { path: path.to_owned() }),
        version => Ok(version),
    }
}

/// Returns the facts where the file cannot be written: from the file itself or, where that is unreadable, from the
/// databases.
fn read_only(folder: &Path, path: &Path) -> Result<Connection, Error> {
    let of_file = read_in_place(path).and_then(|connection| {
        check(&connection, path)?;
        Ok((check_version(&connection, path)? == VERSION).then_some(connection))
    });
    if let Ok(Some(connection)) = of_file {
        return Ok(connection);
    }
    let mut connection = Connection::open_in_memory()?;
    let facts = Facts::read(folder).unwrap_or_default();
    let transaction = connection.transaction()?;
    facts.write(&transaction)?;
    transaction.commit()?;
    Ok(connection)
}

/// Moves a damaged file to another name.
fn put_aside(path: &Path) -> Result<PathBuf, Error> {
    let name = |number: usize| match number {
        1 => path.with_file_name("installation-damaged.db"),
        number => path.with_file_name(format!("installation-damaged-{number}.db")),
    };
    let aside = (1..=MAX_DAMAGED_FILES).map(name).find(|aside| aside.symlink_metadata().is_err());
    let aside = aside.ok_or_else(|| Error::file(path, std::io::ErrorKind::AlreadyExists.into()))?;
    match std::fs::rename(path, &aside) {
        Ok(()) => {}
        // Another process moved the file first.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::file(path, error)),
    }
    Ok(aside)
}

/// The facts about the installation that the databases of a data folder hold.
#[derive(Debug, Default)]
struct Facts {
    /// The ids of the desk. Those of the oldest database come first.
    desks: Vec<String>,
    connected: Option<ConnectedProfile>,
}

impl Facts {
    /// Reads the facts from the databases. Fails when the main database, which holds the connected account, cannot be
    /// read: it may be restored later.
    fn read(folder: &Path) -> Result<Self, Error> {
        let mut dated = Vec::new();
        let mut connected = None;
        if open::has_database(folder)? {
            let path = folder.join(DATABASE);
            let database = read_in_place(&path)?;
            check(&database, &path)?;
            connected = connected_in(&database);
            dated.push((oldest_row(&database), desks_in(&database).map_err(|error| Error::at(error, &path))?));
        }
        let others = std::fs::read_dir(folder.join(ACCOUNTS)).into_iter().flatten().flatten();
        let mut others: Vec<PathBuf> = others.map(|entry| entry.path()).collect();
        others.sort();
        for other in others {
            // Where a database is damaged, its newest readable backup is used.
            let copy = || copies::list(&other).into_iter().find_map(|copy| read_in_place(&copy.path).ok());
            if let Some(database) = open::as_it_is(&other).or_else(copy) {
                dated.push((oldest_row(&database), desks_in(&database).unwrap_or_default()));
            }
        }
        // The sort is stable, so the main database comes first among databases of the same age. A database without rows
        // counts as the newest.
        dated.sort_by_key(|(oldest, _)| oldest.unwrap_or(i64::MAX));
        Ok(Self { desks: dated.into_iter().flat_map(|(_, desks)| desks).collect(), connected })
    }

    fn write(self, transaction: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute_batch(SCHEMA)?;
        add_desks(transaction, &self.desks)?;
        if let Some(connected) = &self.connected {
            connect(transaction, connected)?;
        }
        transaction.pragma_update(None, "user_version", VERSION)
    }
}

/// Adds ids of the desk. The first one becomes the desk's id where it has none; the others become earlier ids.
fn add_desks(transaction: &rusqlite::Transaction<'_>, ids: &[String]) -> rusqlite::Result<()> {
    if let Some(first) = ids.first() {
        set_desk(transaction, first)?;
    }
    for id in ids {
        let earlier =
            "INSERT OR IGNORE INTO earlier_desks (id) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM desk WHERE id = ?1)";
        transaction.execute(earlier, [id])?;
    }
    Ok(())
}

/// Sets the id of the desk, unless it has one.
fn set_desk(transaction: &rusqlite::Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO desk (id) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM desk)";
    transaction.execute(sql, [id]).map(drop)
}

fn connect(transaction: &rusqlite::Transaction<'_>, profile: &ConnectedProfile) -> rusqlite::Result<()> {
    transaction.execute("UPDATE profiles SET connected = 0 WHERE account <> ?1", [profile.account.as_str()])?;
    transaction.execute(
        "INSERT INTO profiles (account, address, token_kept, connected) VALUES (?1, ?2, ?3, 1)
         ON CONFLICT (account) DO UPDATE SET address = ?2, token_kept = ?3, connected = 1",
        params![profile.account.as_str(), profile.address, profile.token_kept],
    )?;
    Ok(())
}

/// Returns the desk's ids in a database, the present one first.
fn desks_in(database: &Connection) -> rusqlite::Result<Vec<String>> {
    let earlier = get(database, EARLIER_DESKS)?.unwrap_or_default();
    let earlier = earlier.split(',').filter(|id| !id.is_empty()).map(str::to_owned);
    Ok(get(database, DESK)?.into_iter().chain(earlier).collect())
}

fn connected_in(database: &Connection) -> Option<ConnectedProfile> {
    let value = |key| get(database, key).ok().flatten();
    Some(ConnectedProfile {
        account: value(SAVED_ACCOUNT)?.parse().ok()?,
        address: value(SAVED_ADDRESS),
        token_kept: value(TOKEN_KEPT).is_some(),
    })
}

/// Returns the moment at which the oldest session or recording was made, in milliseconds since 1970.
fn oldest_row(database: &Connection) -> Option<i64> {
    let sql = "SELECT min(at) FROM (SELECT min(created_at) AS at FROM sessions UNION ALL SELECT min(created_at) FROM recordings)";
    database.query_row(sql, [], |row| row.get(0)).ok().flatten()
}

fn get(database: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    database.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0)).optional()
}

/// Writes a setting only where it differs, so that opening an up-to-date database changes nothing.
fn set(database: &Connection, key: &str, value: Option<&str>) -> rusqlite::Result<()> {
    match value {
        before if get(database, key)?.as_deref() == before => Ok(()),
        Some(value) => database
            .execute(
                "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
                params![key, value],
            )
            .map(drop),
        None => database.execute("DELETE FROM settings WHERE key = ?1", [key]).map(drop),
    }
}

#[cfg(test)]
mod tests;
