//! Copies of a desk's data: made, looked at, put back. They work on a data folder and need no account, so also while its database is damaged.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::context::Context;
use crate::context::health::Concern;
use crate::domain::file_name::file_name;
use crate::domain::profile::backup::{Contents, Copy, Preview, Reason, Restored};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::forecast;
use crate::recorder::live_rooms::LiveRooms;
use crate::store::{copies, restore};

/// How many copies or exports of one minute may lie in one folder.
const MOST_OF_A_NAME: usize = 99;

/// Every copy, the newest first.
#[must_use]
pub fn list(folder: &Path) -> Vec<Copy> {
    copies::list(folder)
}

/// Where the copies are.
#[must_use]
pub fn folder_of_copies(folder: &Path) -> PathBuf {
    folder.join(copies::FOLDER)
}

/// The newest copy that is whole.
#[must_use]
pub fn newest_whole(folder: &Path) -> Option<Copy> {
    list(folder).into_iter().find(|copy| copies::is_whole(&copy.path))
}

/// The copy of that name.
pub fn named(folder: &Path, name: &str) -> Result<Copy, Error> {
    let found = list(folder).into_iter().find(|copy| copy.name() == name);
    found.ok_or_else(|| Error::NotFound { what: "copy", id: name.chars().take(80).collect() })
}

/// What a copy holds.
pub fn contents(copy: &Path) -> Result<Contents, Error> {
    Ok(copies::contents(copy)?)
}

/// Makes a copy because somebody asked for it.
pub fn make(folder: &Path, now: DateTime<Utc>) -> Result<Copy, Error> {
    let made = copies::make(folder, Reason::ByHand, now)?;
    copies::tidy(folder, now);
    Ok(made)
}

/// Makes a copy somewhere else. A file that exists is never overwritten. Answers with its size.
pub fn save(folder: &Path, path: &Path) -> Result<u64, Error> {
    Ok(copies::write_to(folder, path)?)
}

/// Makes a copy in a folder, under a name that says when. Answers with its place and size.
pub fn save_into(folder: &Path, target: &Path, now: DateTime<Utc>) -> Result<(PathBuf, u64), Error> {
    let path = free_name(target, "Hajime", ".db", now)?;
    let bytes = save(folder, &path)?;
    Ok((path, bytes))
}

/// A name in a folder that says when, and that nothing has yet.
pub(crate) fn free_name(target: &Path, what: &str, ending: &str, now: DateTime<Utc>) -> Result<PathBuf, Error> {
    let begun = now.format("%Y-%m-%d %H.%M");
    let names = (1..=MOST_OF_A_NAME).map(|number| {
        let ending = if number == 1 { format!(" {begun}{ending}") } else { format!(" {begun} ({number}){ending}") };
        target.join(file_name(what, "Hajime", &ending))
    });
    let free = names.into_iter().find(|path| path.symlink_metadata().is_err());
    free.ok_or_else(|| Error::file(target, &std::io::ErrorKind::AlreadyExists.into()))
}

/// Looks at what putting a copy back would bring and take. Changes nothing.
pub fn preview(folder: &Path, copy: &Path) -> Result<Preview, Error> {
    Ok(restore::preview(folder, copy)?)
}

/// Puts a copy in the place of a database that nobody has open.
pub fn restore(folder: &Path, copy: &Path, now: DateTime<Utc>) -> Result<Restored, Error> {
    Ok(restore::restore(folder, copy, now)?)
}

/// Puts a copy in the place of the database of a desk that is at work. Whoever reads or writes meanwhile waits.
pub fn restore_desk(context: &Context, copy: &Path) -> Result<Restored, Error> {
    let other = match context.locks().map(|locks| &locks.jobs) {
        Some(lock) if !lock.is_ours() => Some(restore::alone(lock)?),
        _ => None,
    };
    let now = context.now();
    let restored = context.store().replace(|folder| restore::put_back(folder, copy, now))?;
    drop(other);
    LiveRooms::of(context).clear();
    forecast::forget(context);
    // Errors of the backup were about the database that was replaced.
    context.set_health(|health| health.forget_errors(Concern::Backup));
    context.changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings, Topic::Links]);
    context.wake_jobs();
    Ok(restored)
}

/// Begins with an empty database where the old one is lost or damaged, and keeps what is left of it.
pub fn begin_anew(folder: &Path, now: DateTime<Utc>) -> Result<Restored, Error> {
    Ok(restore::begin_anew(folder, now)?)
}
