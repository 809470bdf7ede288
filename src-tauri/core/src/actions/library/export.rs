//! Exports: saves a recording's file to this computer. This works before Stream has the file and while Stream fetches
//! it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::domain::library::transfer::{NAMES_MAX, name_of_copy};
use crate::domain::profile::role::Permission;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Recording, Relay};
use crate::error::Error;
use crate::files;
use crate::recorder::download::{self, NotFetched, Origin};
use crate::recorder::relay_files;

/// A file that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The path of the file.
    pub path: PathBuf,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The bytes that an earlier, interrupted export had saved already.
    pub resumed_from: u64,
}

/// Saves the file of a recording at `path`. An existing file is never overwritten. An export that was interrupted is
/// continued.
///
/// Until the file is complete, it has the recording's id as its name, in the same folder. That name is always short
/// enough for the file system.
pub async fn save_copy(context: &Context, id: RecordingId, path: &Path) -> Result<Saved, Error> {
    guard::allow_recording(context, Permission::SaveFiles, id)?;
    let recording = recordings::get(context, id)?;
    let trouble = |error: &std::io::Error| Error::file(path, error);
    if path.file_name().is_none() || path.is_dir() {
        return Err(trouble(&ErrorKind::IsADirectory.into()));
    }
    if tokio::fs::try_exists(path).await.map_err(|error| trouble(&error))? {
        return Err(trouble(&ErrorKind::AlreadyExists.into()));
    }
    let part = path.with_file_name(format!("{id}.part"));
    let resumed_from = tokio::fs::metadata(&part).await.map_or(0, |found| found.len());
    let bytes = match relay_files::whole(context, &recording).await {
        Some(here) => tokio::fs::copy(here, &part).await.map_err(|error| trouble(&error))?,
        None => fetch(context, &recording, &part, resumed_from).await.map_err(|why| match why {
            NotFetched::Gone(cause) => nothing_to_save(&recording, cause),
            NotFetched::Busy => Error::Conflict {
                message: format!("A copy of “{}” is being saved there already.", recording.title),
                next: "Wait until it is finished.",
            },
            NotFetched::NotAVideo => Error::NotAVideo { title: recording.title.clone() },
            NotFetched::Disk(error) => trouble(&error),
            NotFetched::Failed(error) => error,
        })?,
    };
    files::put_in_place(&part, path).await.map_err(|error| trouble(&error))?;
    Ok(Saved { path: path.to_owned(), bytes, resumed_from: resumed_from.min(bytes) })
}

/// Saves the file of a recording in a folder. The name is its title and time, with a number if such a file exists.
pub async fn save_into(context: &Context, id: RecordingId, folder: &Path) -> Result<Saved, Error> {
    guard::allow_recording(context, Permission::SaveFiles, id)?;
    let recording = recordings::get(context, id)?;
    let names = (1..=NAMES_MAX).map(|number| name_of_copy(&recording, number, "mp4"));
    let mut path = PathBuf::new();
    for name in names {
        path = folder.join(name);
        if !tokio::fs::try_exists(&path).await.map_err(|error| Error::file(folder, &error))? {
            break;
        }
    }
    save_copy(context, id, &path).await
}

async fn fetch(context: &Context, recording: &Recording, part: &Path, here: u64) -> Result<u64, NotFetched> {
    // Ask for the address first, so that no file is made if there is nothing to save.
    download::fresh_address(context, recording).await?;
    let known = Relay { fetched: here, ..Relay::default() };
    download::fetch(context, Origin::RealtimeKit(recording), part, known, |_| Ok(())).await
}

fn nothing_to_save(recording: &Recording, cause: Cause) -> Error {
    let (message, next) = match cause {
        Cause::FileExpired => (
            format!("The seven days that Cloudflare kept the file of “{}” are over.", recording.title),
            "If it is ready to watch, make a link with download and save it from there.",
        ),
        Cause::RecorderMissing if recording.facts.realtimekit_recording.is_none() => {
            (format!("“{}” has no file yet.", recording.title), "Wait until the recording has ended and is saved.")
        }
        Cause::RecorderMissing => {
            (cause.sentence().to_owned(), "If it is ready to watch, make a link with download and save it from there.")
        }
        _ => (
            format!("Cloudflare has no file of “{}” to save: {}.", recording.title, recording.sentence()),
            "Wait until the recording has ended and is saved.",
        ),
    };
    Error::Conflict { message, next }
}
