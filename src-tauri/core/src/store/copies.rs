//! Backups of the database. They are made while the database is in use, checked, and kept in the folder `backups`
//! beside it; old ones are removed.
//!
//! A copy is written under a temporary name and renamed once SQLite's check passes. No copy holds a secret, because the
//! database holds none.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeDelta, Utc};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use uuid::Uuid;

use crate::domain::bounds;
use crate::domain::bounds::Moved as _;
use crate::domain::profile::backup::{Contents, Copy, Reason};
use crate::store::database_file::{check, check_thoroughly, make_private_folder, open_private, read_in_place};
use crate::store::{Error, FILE_NAME, migrations};

/// The name of the backup folder, which lies in the data folder.
pub const FOLDER: &str = "backups";
/// The number of newest backups that are kept.
const NEWEST_KEPT: usize = 14;
/// The number of months of which the newest backup is kept.
const MONTHS_KEPT: usize = 12;
/// The most backups that may exist from before updates of one version.
const MAX_COPIES_OF_A_VERSION: usize = 999;
/// The size of the header of a database file, before the content of its first page.
const HEADER_BYTES: usize = 100;
/// The age at which a partial copy is removed.
const MAX_PARTIAL_COPY_AGE: TimeDelta = TimeDelta::days(1);
/// The number of times that copying is tried while another process writes.
const MAX_BUSY_TRIES: u32 = 100;
/// The pause between two tries to copy.
const BUSY_PAUSE: Duration = Duration::from_millis(100);

/// The moment in a file name, to the millisecond, because two copies may be made in one second.
const TIME_FORMAT: &str = "%Y-%m-%dT%H.%M.%S%.3fZ";
const PREFIX: &str = "hajime-";
const ENDING: &str = ".db";

/// Reads the backup that a file name describes; `None` for any other file.
fn read_copy(path: PathBuf) -> Option<Copy> {
    let found = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let name = path.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(ENDING)?;
    let (reason, made_at) = match name.strip_prefix("version-") {
        Some(version) if is_version(version) => (Reason::BeforeUpdate, found.modified().ok()?.into()),
        _ => {
            let (time, reason) = name.split_at_checked(name.find('Z')?.saturating_add(1))?;
            let reason = [Reason::Daily, Reason::ByHand, Reason::BeforeRestore]
                .into_iter()
                .find(|known| reason.strip_prefix('-') == Some(known.name()))?;
            (reason, NaiveDateTime::parse_from_str(time, TIME_FORMAT).ok()?.and_utc())
        }
    };
    let bytes = found.len();
    Some(Copy { path, reason, made_at, bytes })
}

/// Returns whether a text is a version, or a version and the number of a further copy of the same version.
fn is_version(text: &str) -> bool {
    let (version, number) = text.split_once('-').unwrap_or((text, "2"));
    [version, number].iter().all(|part| part.parse::<u32>().is_ok())
}

/// Returns the backups of a data folder, the newest first.
#[must_use]
pub fn list(folder: &Path) -> Vec<Copy> {
    let entries = std::fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let mut copies: Vec<Copy> = entries.filter_map(|entry| read_copy(entry.path())).collect();
    copies.sort_by(|one, other| other.made_at.cmp(&one.made_at).then_with(|| other.path.cmp(&one.path)));
    copies
}

/// Makes a backup in the backup folder while the database is in use.
pub fn make(folder: &Path, reason: Reason, now: DateTime<Utc>) -> Result<Copy, Error> {
    let name = format!("{PREFIX}{}-{}{ENDING}", now.format(TIME_FORMAT), reason.name());
    let path = folder.join(FOLDER).join(name);
    write(&folder.join(FILE_NAME), &path)?;
    read_copy(path.clone()).ok_or_else(|| Error::file(&path, std::io::ErrorKind::NotFound.into()))
}

/// Copies the database of a data folder to a file that must not exist yet. Returns the size in bytes.
pub fn write_to(folder: &Path, path: &Path) -> Result<u64, Error> {
    write(&folder.join(FILE_NAME), path)
}

/// Makes a backup before a new version of Hajime changes the database. Returns its path; `None` when there is nothing
/// to keep, or when another process has updated the database meanwhile. An existing backup with the same content is
/// used again, so that an update that fails every time does not fill the disk.
pub(super) fn keep_before_update(folder: &Path, version: usize) -> Result<Option<PathBuf>, Error> {
    let place = folder.join(FILE_NAME);
    let source = read_in_place(&place)?;
    if !holds_anything(&source).map_err(|error| Error::at(error, &place))? {
        return Ok(None);
    }
    let copies = folder.join(FOLDER);
    let first = copies.join(update_name(version, 1));
    make_private_folder(&copies).map_err(|error| Error::file(&first, error))?;
    let part = Part::new(&copies);
    fill(&source, &part.0, &first).map_err(|error| damaged_at_source(error, &place))?;
    drop(source);
    let failed = |error| Error::file(&first, error);
    if version_in(&part.0).map_err(failed)? != version {
        return Ok(None);
    }
    for number in 1..=MAX_COPIES_OF_A_VERSION {
        let path = copies.join(update_name(version, number));
        match part.put_at(&path) {
            Ok(()) => return Ok(Some(path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                if same_pages(&part.0, &path).unwrap_or(false) {
                    return Ok(Some(path));
                }
            }
            Err(error) => return Err(Error::file(&path, error)),
        }
    }
    Err(failed(std::io::ErrorKind::AlreadyExists.into()))
}

fn update_name(version: usize, number: usize) -> String {
    let number = if number == 1 { String::new() } else { format!("-{number}") };
    format!("{PREFIX}version-{version}{number}{ENDING}")
}

/// Returns whether a database holds a row that a person would miss.
fn holds_anything(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM recordings) OR EXISTS (SELECT 1 FROM share_links)
               OR EXISTS (SELECT 1 FROM settings)";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Reads the version in the header of a database file (SQLite docs, “Database File Format”, offset 60).
fn version_in(path: &Path) -> std::io::Result<usize> {
    let mut header = [0; HEADER_BYTES];
    File::open(path)?.read_exact(&mut header)?;
    let version = header.get(60..64).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Returns whether two database files hold the same pages. The header is not compared, because it counts changes and
/// names the version of SQLite.
fn same_pages(one: &Path, other: &Path) -> std::io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let mut header = [0; HEADER_BYTES];
    one.read_exact(&mut header)?;
    other.read_exact(&mut header)?;
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    loop {
        let length = {
            let (here, there) = (one.fill_buf()?, other.fill_buf()?);
            let length = here.len().min(there.len());
            if here.get(..length) != there.get(..length) {
                return Ok(false);
            }
            length
        };
        if length == 0 {
            return Ok(true);
        }
        one.consume(length);
        other.consume(length);
    }
}

/// Removes old backups: all but the newest 14, and the newest of each of the last 12 months. Also removes old partial
/// copies.
pub fn tidy(folder: &Path, now: DateTime<Utc>) {
    let mut months = BTreeSet::new();
    for (number, copy) in list(folder).into_iter().enumerate() {
        let month = (copy.made_at.year(), copy.made_at.month());
        let newest_of_month = months.insert(month) && months.len() <= MONTHS_KEPT;
        if number >= NEWEST_KEPT && !newest_of_month {
            remove(&copy.path);
        }
    }
    let entries = std::fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_part(&entry.path())) {
        let changed = entry.metadata().and_then(|found| found.modified()).map(DateTime::<Utc>::from);
        if changed.is_ok_and(|changed| now.since(changed) > MAX_PARTIAL_COPY_AGE) {
            remove(&entry.path());
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, "an old copy could not be removed");
    }
}

/// Summarises a backup. Refuses a file in which a quick check finds damage, one of a newer version, and a database of
/// another program.
pub fn contents(path: &Path) -> Result<Contents, Error> {
    let connection = read(path, check)?;
    read_contents(&connection).map_err(|error| Error::at(error, path))
}

/// Opens a backup that is about to be restored. A full check, which includes the indexes, must pass.
pub(super) fn read_whole(path: &Path) -> Result<Connection, Error> {
    read(path, check_thoroughly)
}

/// Returns whether a backup can be restored.
#[must_use]
pub fn is_whole(path: &Path) -> bool {
    read_whole(path).and_then(|connection| read_contents(&connection).map_err(|error| Error::at(error, path))).is_ok()
}

fn read(path: &Path, check: impl FnOnce(&Connection, &Path) -> Result<(), Error>) -> Result<Connection, Error> {
    let not_a_copy = |why: &str| Error::NotACopy { path: path.to_owned(), why: why.to_owned() };
    if !path.is_file() {
        return Err(not_a_copy("there is no such file"));
    }
    let damaged = |error: Error| match error {
        Error::Corrupt { .. } => not_a_copy("it is damaged, or no database"),
        other => other,
    };
    let connection = read_in_place(path).map_err(damaged)?;
    check(&connection, path).map_err(damaged)?;
    let version = migrations::version(&connection, path).map_err(damaged)?;
    if version > migrations::newest() {
        return Err(Error::Newer { path: path.to_owned() });
    }
    let ours = "SELECT count(*) = 3 FROM sqlite_schema WHERE type = 'table' AND name IN ('sessions', 'recordings', 'share_links')";
    match connection.query_row(ours, [], |row| row.get(0)) {
        Ok(true) => Ok(connection),
        Ok(false) => Err(not_a_copy("it is a database of another program")),
        Err(error) => Err(Error::at(error, path)),
    }
}

pub(super) fn read_contents(connection: &Connection) -> rusqlite::Result<Contents> {
    let sql = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM recordings), (SELECT count(*) FROM share_links),
               (SELECT max(at) FROM (SELECT max(updated_at) AS at FROM sessions UNION ALL SELECT max(updated_at) FROM recordings
                                     UNION ALL SELECT max(created_at) FROM share_links)),
               (SELECT value FROM settings WHERE key = 'account_id')";
    connection.query_row(sql, [], |row| {
        Ok(Contents {
            sessions: row.get(0)?,
            recordings: row.get(1)?,
            links: row.get(2)?,
            changed_at: row.get::<_, Option<i64>>(3)?.and_then(bounds::moment_of_millis),
            account: row.get(4)?,
        })
    })
}

/// Copies a database into memory.
pub(super) fn into_memory(source: &Connection) -> rusqlite::Result<Connection> {
    let mut memory = Connection::open_in_memory()?;
    copy_pages(source, &mut memory)?;
    Ok(memory)
}

/// Copies a database file to another one, which gets its name once it is complete and checked.
fn write(source: &Path, target: &Path) -> Result<u64, Error> {
    let connection = read_in_place(source)?;
    write_from(&connection, source, target)
}

/// Copies the open database at `place` to a file that must not exist yet.
pub(super) fn write_from(source: &Connection, place: &Path, target: &Path) -> Result<u64, Error> {
    let failed = |error| Error::file(target, error);
    if target.symlink_metadata().is_ok() {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.ends_with(FOLDER) {
        make_private_folder(folder).map_err(failed)?;
    }
    let part = Part::new(folder);
    let bytes = fill(source, &part.0, target).map_err(|error| damaged_at_source(error, place))?;
    part.put_at(target).map_err(failed)?;
    Ok(bytes)
}

/// Reports damage in a copy as damage of the database at `place`, because the copy has the same pages.
fn damaged_at_source(error: Error, place: &Path) -> Error {
    match error {
        Error::Corrupt { why, .. } => Error::Corrupt { path: place.to_owned(), why },
        other => other,
    }
}

/// A file that is written under a temporary name, which is removed when this value is dropped.
struct Part(PathBuf);

impl Part {
    fn new(folder: &Path) -> Self {
        Self(folder.join(format!("{}.part", Uuid::new_v4())))
    }

    /// Gives the file its name without overwriting another: the hard link fails where a file with that name has just
    /// appeared.
    fn put_at(&self, target: &Path) -> std::io::Result<()> {
        std::fs::hard_link(&self.0, target).or_else(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists || target.symlink_metadata().is_ok() {
                Err(std::io::ErrorKind::AlreadyExists.into())
            } else {
                std::fs::rename(&self.0, target)
            }
        })?;
        keep_names(target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")));
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        match std::fs::remove_file(&self.0) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, "what was left of a copy could not be removed"),
        }
    }
}

fn fill(source: &Connection, part: &Path, target: &Path) -> Result<u64, Error> {
    let failed = |error| Error::file(target, error);
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(part).map_err(failed)?;
    let at = |error| match Error::at(error, target) {
        Error::Unopenable { path, why } => Error::File { path, error: std::io::Error::other(why) },
        other => other,
    };
    let mut copy = open_private(part).map_err(at)?;
    copy_pages(source, &mut copy).map_err(at)?;
    // In this mode the copy is a single file, which can be moved without any file beside it.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0)).map_err(at)?;
    check_thoroughly(&copy, target)?;
    drop(copy);
    file.sync_all().map_err(failed)?;
    Ok(file.metadata().map_err(failed)?.len())
}

fn copy_pages(source: &Connection, target: &mut Connection) -> rusqlite::Result<()> {
    let backup = Backup::new(source, target)?;
    for _ in 0..MAX_BUSY_TRIES {
        // All pages at once: a copy in steps would restart whenever another process writes.
        if backup.step(-1)? == StepResult::Done {
            return Ok(());
        }
        std::thread::sleep(BUSY_PAUSE);
    }
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None))
}

/// Makes the disk store the names in a folder, where the system can do so.
pub(super) fn keep_names(folder: &Path) {
    #[cfg(unix)]
    if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::debug!(%error, "the names in a folder could not be synced");
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// Returns whether a file is a partial copy: its name is a random id.
fn is_part(path: &Path) -> bool {
    let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".part"));
    id.is_some_and(|id| Uuid::parse_str(id).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_copies_made_in_one_second_have_different_names_and_are_listed_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        drop(crate::store::Store::open(folder.path()).unwrap());
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (first, second) = (at("2026-11-28T18:12:00.001Z"), at("2026-11-28T18:12:00.250Z"));
        make(folder.path(), Reason::Daily, first).unwrap();
        make(folder.path(), Reason::BeforeRestore, second).unwrap();
        let found: Vec<_> = list(folder.path()).into_iter().map(|copy| (copy.made_at, copy.reason)).collect();
        assert_eq!(found, [(second, Reason::BeforeRestore), (first, Reason::Daily)]);
    }

    #[test]
    fn making_a_copy_fails_as_damaged_when_an_index_lacks_a_row() {
        let folder = tempfile::tempdir().unwrap();
        drop(crate::store::Store::open(folder.path()).unwrap());
        let raw = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        // While the index is hidden from SQLite, a row is added, so that the index lacks the row.
        raw.execute_batch(
            "PRAGMA writable_schema = ON;
             CREATE TEMP TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'sessions_by_start';
             DELETE FROM sqlite_schema WHERE name = 'sessions_by_start';
             PRAGMA writable_schema = RESET;
             INSERT INTO sessions (id, title, instructor, start, length, timezone, record, quality, max_participants, state, created_at, updated_at)
             VALUES ('s', 'Karate', 'R. Alves', 0, 1, 'UTC', 1, '480p', 2, 'ended', 0, 0);
             PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema SELECT * FROM hidden;
             PRAGMA writable_schema = RESET;",
        )
        .unwrap();
        drop(raw);
        let now = "2026-11-28T18:12:00Z".parse::<DateTime<Utc>>().unwrap();
        let error = make(folder.path(), Reason::Daily, now).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        assert_eq!(list(folder.path()), []);
    }

    #[test]
    fn tidy_keeps_the_newest_14_copies_and_the_newest_of_each_month() {
        let folder = tempfile::tempdir().unwrap();
        let copies = folder.path().join(FOLDER);
        std::fs::create_dir(&copies).unwrap();
        let now = "2026-11-28T18:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for days in 0..60 {
            let name = format!("hajime-{}-daily.db", (now - TimeDelta::days(days)).format(TIME_FORMAT));
            std::fs::write(copies.join(name), "x").unwrap();
        }
        std::fs::write(copies.join("somebody-elses.db"), "x").unwrap();
        tidy(folder.path(), now);
        let days: Vec<_> = list(folder.path()).iter().map(|copy| (now - copy.made_at).num_days()).collect();
        // 31 October was 28 days before, and 30 September 59 days.
        assert_eq!(days, (0..14).chain([28, 59]).collect::<Vec<_>>());
        assert!(copies.join("somebody-elses.db").exists());
    }
}
