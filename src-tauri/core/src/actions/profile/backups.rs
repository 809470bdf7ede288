//! Backups of a desk's data: make, list, preview, restore. They need a data folder and no account, so they work with a
//! damaged database too.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::actions::guard;
use crate::context::Context;
use crate::context::health::Concern;
use crate::domain::file_name::file_name;
use crate::domain::profile::backup::{Contents, Copy, Preview, Reason, Restored};
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::forecast;
use crate::recorder::live_rooms::LiveRooms;
use crate::store::{copies, restore};

/// The most backups or exports with the same minute in their name in one folder.
const MAX_FILES_PER_NAME: usize = 99;

/// All backups in the data folder, the newest first.
#[must_use]
pub fn list(folder: &Path) -> Vec<Copy> {
    copies::list(folder)
}

/// The folder that holds the backups of a data folder.
#[must_use]
pub fn folder_of_copies(folder: &Path) -> PathBuf {
    folder.join(copies::FOLDER)
}

/// The newest backup that is not damaged.
#[must_use]
pub fn newest_whole(folder: &Path) -> Option<Copy> {
    list(folder).into_iter().find(|copy| copies::is_whole(&copy.path))
}

/// The backup with this name.
pub fn named(folder: &Path, name: &str) -> Result<Copy, Error> {
    guard::allow_folder(folder, Permission::KeepData)?;
    let found = list(folder).into_iter().find(|copy| copy.name() == name);
    found.ok_or_else(|| Error::NotFound { what: "copy", id: name.chars().take(80).collect() })
}

/// The numbers of sessions, recordings and links in a backup.
pub fn contents(copy: &Path) -> Result<Contents, Error> {
    Ok(copies::contents(copy)?)
}

/// Makes a backup because a person asked for it.
pub fn make(folder: &Path, now: DateTime<Utc>) -> Result<Copy, Error> {
    guard::allow_folder(folder, Permission::KeepData)?;
    let made = copies::make(folder, Reason::ByHand, now)?;
    copies::tidy(folder, now);
    Ok(made)
}

/// Writes a copy of the database to another path. An existing file is never overwritten. Returns the size in bytes.
pub fn save(folder: &Path, path: &Path) -> Result<u64, Error> {
    guard::allow_folder(folder, Permission::KeepData)?;
    Ok(copies::write_to(folder, path)?)
}

/// Writes a copy of the database into a folder, with the date and time in its name. Returns its path and size in bytes.
pub fn save_into(folder: &Path, target: &Path, now: DateTime<Utc>) -> Result<(PathBuf, u64), Error> {
    guard::allow_folder(folder, Permission::KeepData)?;
    let path = free_name(target, "Hajime", ".db", now)?;
    let bytes = save(folder, &path)?;
    Ok((path, bytes))
}

/// A path in a folder with the date and time in its name, which no file has yet.
pub(crate) fn free_name(target: &Path, what: &str, ending: &str, now: DateTime<Utc>) -> Result<PathBuf, Error> {
    let begun = now.format("%Y-%m-%d %H.%M");
    let names = (1..=MAX_FILES_PER_NAME).map(|number| {
        let ending = if number == 1 { format!(" {begun}{ending}") } else { format!(" {begun} ({number}){ending}") };
        target.join(file_name(what, "Hajime", &ending))
    });
    let free = names.into_iter().find(|path| path.symlink_metadata().is_err());
    free.ok_or_else(|| Error::file(target, &std::io::ErrorKind::AlreadyExists.into()))
}

/// Compares a backup with the present data: what restoring it would bring back and what it would lose. Changes nothing.
pub fn preview(folder: &Path, copy: &Path) -> Result<Preview, Error> {
    guard::allow_folder(folder, Permission::KeepData)?;
    Ok(restore::preview(folder, copy)?)
}

/// Replaces a database by a backup. No process may have the database open.
pub fn restore(folder: &Path, copy: &Path, now: DateTime<Utc>) -> Result<Restored, Error> {
    guard::allow_folder(folder, Permission::KeepData)?;
    Ok(restore::restore(folder, copy, now)?)
}

/// Replaces the database of this desk by a backup while the desk is at work. Readers and writers wait meanwhile.
pub fn restore_desk(context: &Context, copy: &Path) -> Result<Restored, Error> {
    guard::allow(context, Permission::KeepData)?;
    let other = match context.locks().map(|locks| &locks.jobs) {
        Some(lock) if !lock.is_ours() => Some(restore::alone(lock)?),
        _ => None,
    };
    let now = context.now();
    let restored = context.store().replace(|folder| restore::put_back(folder, copy, now))?;
    drop(other);
    LiveRooms::of(context).clear();
    forecast::forget(context);
    // The errors of the last backup were about the database that was replaced.
    context.set_health(|health| health.forget_errors(Concern::Backup));
    context.changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings, Topic::Links]);
    context.wake_jobs();
    Ok(restored)
}

/// Replaces a lost or damaged database by an empty one. What is left of the old one is kept.
pub fn begin_anew(folder: &Path, now: DateTime<Utc>) -> Result<Restored, Error> {
    guard::allow_folder(folder, Permission::KeepData)?;
    Ok(restore::begin_anew(folder, now)?)
}
