//! Downloads and archivings: asking for them, listing, pausing, resuming and cancelling them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::actions::guard;
use crate::actions::library::description::{Selected, ids};
use crate::actions::library::recordings;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{PlaceId, RecordingId, TransferId};
use crate::domain::invalid::Invalid;
use crate::domain::library::transfer::{Target, Transfer, TransferKind, TransferState};
use crate::domain::profile::role::Permission;
use crate::error::{Error, UserError};
use crate::ports::Topic;
use crate::recorder::playback::watchable;
use crate::recorder::transfers::{self, Carried};

/// The most transfers that are listed.
pub const LISTED_MAX: u32 = 500;
/// How often somebody who waits for a transfer looks at it while another process works on it.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A transfer as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferView {
    /// The transfer.
    pub transfer: Transfer,
    /// The title of the recording.
    pub title: String,
    /// The folder, or the name of the place.
    pub to: String,
    /// The finished file, or the file that it becomes; `None` until it has a name, and in a bucket.
    pub path: Option<PathBuf>,
}

/// What became of a request for several recordings.
#[derive(Debug, Clone, Default)]
pub struct Requested {
    /// The transfers.
    pub transfers: Vec<TransferView>,
    /// The recordings that were refused, by title, and why.
    pub refused: Vec<(RecordingId, String, UserError)>,
}

/// What is wanted of recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Their videos as MP4 files in a folder.
    Video(PathBuf),
    /// Their sound as M4A files in a folder.
    Sound(PathBuf),
    /// Copies in a place of the archive.
    Archive(PlaceId),
}

impl Wanted {
    fn parts(&self) -> (TransferKind, Target) {
        match self {
            Self::Video(folder) => (TransferKind::Video, Target::Folder(folder.clone())),
            Self::Sound(folder) => (TransferKind::Sound, Target::Folder(folder.clone())),
            Self::Archive(place) => (TransferKind::Archive, Target::Place(*place)),
        }
    }
}

/// Asks for a download or an archiving of a recording that can be watched. Where the same one is under way, that one is
/// returned.
pub fn request(context: &Context, id: RecordingId, wanted: &Wanted) -> Result<TransferView, Error> {
    guard::allow_recording(context, Permission::SaveFiles, id)?;
    check(context, wanted)?;
    let transfer = add(context, id, wanted)?;
    told(context);
    view(context, transfer)
}

/// Asks for downloads or archivings of several recordings. One that cannot be copied does not keep the others from it.
pub fn request_many(context: &Context, selected: &Selected, wanted: &Wanted) -> Result<Requested, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    check(context, wanted)?;
    let mut requested = Requested::default();
    for id in ids(context, selected)? {
        match add(context, id, wanted) {
            Ok(transfer) => requested.transfers.push(view(context, transfer)?),
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => {
                let title = context.store().recording(id)?.map_or_else(|| id.to_string(), |recording| recording.title);
                requested.refused.push((id, title, UserError::from(&error)));
            }
        }
    }
    told(context);
    Ok(requested)
}

fn check(context: &Context, wanted: &Wanted) -> Result<(), Error> {
    match wanted {
        Wanted::Video(folder) | Wanted::Sound(folder) => check_folder(folder),
        Wanted::Archive(place) => {
            let known = context.store().archive_places()?.into_iter().any(|one| one.id == *place);
            if known { Ok(()) } else { Err(Error::NotFound { what: "place of the archive", id: place.to_string() }) }
        }
    }
}

/// Refuses a path that names no folder, or one that the database could not keep.
pub(super) fn check_folder(folder: &Path) -> Result<(), Error> {
    let usable = folder.is_absolute() && folder.to_str().is_some() && folder.is_dir();
    if usable {
        return Ok(());
    }
    let message = format!("{} is no folder of this computer.", folder.display());
    Err(Invalid::one("folder", message, "Choose a folder that exists.").into())
}

fn add(context: &Context, id: RecordingId, wanted: &Wanted) -> Result<Transfer, Error> {
    let recording = recordings::get(context, id)?;
    watchable(context, &recording)?;
    let (kind, target) = wanted.parts();
    Ok(context.store().add_transfer(&Transfer::new(id, kind, target, context.now()))?)
}

/// The newest transfers.
pub fn list(context: &Context) -> Result<Vec<TransferView>, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    let all = context.store().transfers(LISTED_MAX)?;
    all.into_iter().map(|transfer| view(context, transfer)).collect()
}

/// One transfer.
pub fn get(context: &Context, id: TransferId) -> Result<TransferView, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    let transfer = context.store().transfer(id)?.ok_or_else(|| unknown(id))?;
    view(context, transfer)
}

fn view(context: &Context, transfer: Transfer) -> Result<TransferView, Error> {
    let title = context.store().recording(transfer.recording)?.map(|recording| recording.title).unwrap_or_default();
    let (to, folder) = match &transfer.target {
        Target::Folder(folder) => (folder.display().to_string(), Some(folder.clone())),
        Target::Place(id) => match context.store().archive_place(*id)? {
            Some(place) => {
                let folder = place.folder().map(Path::to_owned);
                (place.name, folder)
            }
            None => (String::new(), None),
        },
    };
    let path = folder.zip(transfer.name.as_ref()).map(|(folder, name)| folder.join(name));
    Ok(TransferView { transfer, title, to, path })
}

/// Pauses a transfer. What came is kept.
pub fn pause(context: &Context, id: TransferId) -> Result<TransferView, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    change(context, id, "It is not under way, so it cannot be paused.", Transfer::pause)
}

/// Lets a transfer go on at once, from where it stopped.
pub fn resume(context: &Context, id: TransferId) -> Result<TransferView, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    change(context, id, "It is over, so it does not go on.", Transfer::resume)
}

/// Cancels a transfer and removes what came of it.
pub async fn cancel(context: &Context, id: TransferId) -> Result<TransferView, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    let now = context.now();
    let cancelled = change(context, id, "It is over, so it cannot be cancelled.", |transfer| transfer.cancel(now))?;
    // Whoever works on it removes what came; where nobody does, that is done here.
    transfers::carry(context, id).await?;
    Ok(cancelled)
}

fn change(
    context: &Context,
    id: TransferId,
    impossible: &str,
    change: impl FnOnce(&mut Transfer) -> bool,
) -> Result<TransferView, Error> {
    let mut was_possible = false;
    let changed = context.store().change_transfer(id, |transfer| was_possible = change(transfer))?;
    let transfer = changed.ok_or_else(|| unknown(id))?;
    if !was_possible {
        return Err(Error::Conflict { message: impossible.to_owned(), next: "Look at the list of transfers again." });
    }
    told(context);
    view(context, transfer)
}

/// Works on a transfer until it is over, paused, or cannot go on by itself; or waits for the process that does. `progress`
/// is told about every change.
pub async fn carry_to_end(
    context: &Context,
    id: TransferId,
    mut progress: impl FnMut(&TransferView),
) -> Result<TransferView, Error> {
    guard::allow(context, Permission::SaveFiles)?;
    loop {
        let carried = {
            let carry = transfers::carry(context, id);
            tokio::pin!(carry);
            loop {
                tokio::select! {
                    carried = &mut carry => break carried?,
                    () = tokio::time::sleep(LOOK_INTERVAL) => progress(&get(context, id)?),
                }
            }
        };
        let seen = get(context, id)?;
        progress(&seen);
        if seen.transfer.state != TransferState::Active {
            return Ok(seen);
        }
        let wait = match seen.transfer.next_try {
            Some(next) if carried == Carried::Rests => next.since(context.now()).to_std().unwrap_or_default(),
            _ => LOOK_INTERVAL,
        };
        tokio::time::sleep(wait.min(Duration::from_secs(60)).max(Duration::from_millis(50))).await;
    }
}

fn told(context: &Context) {
    context.changed(&[Topic::Transfers]);
    context.wake_jobs();
}

fn unknown(id: TransferId) -> Error {
    Error::NotFound { what: "transfer", id: id.to_string() }
}
