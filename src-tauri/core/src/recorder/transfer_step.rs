//! What the steps of a transfer share: its place, its names, its row, and why a step stops.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use crate::archive::{self, NotDone, Opened};
use crate::cloudflare;
use crate::context::Context;
use crate::domain::ids::{PlaceId, TransferId};
use crate::domain::library::sidecar;
use crate::domain::library::transfer::{
    NAMES_MAX, Place, PlaceKind, Target, Transfer, TransferKind, TransferState, name_of_copy,
};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::Recording;
use crate::domain::sharing::ledger::hex;
use crate::error::{Error, FileTrouble};
use crate::files;
use crate::ports::SecretName;
use crate::recorder::download::disk_cause;
use crate::recorder::secrets;

/// The folder for files on their way to the archive, and for the locks.
const FOLDER: &str = "transfers";
/// How long a transfer waits for room on a disk before it looks again.
const ROOM_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// Why a step did not come to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It waits for something for this long.
    Wait(String, TimeDelta),
    /// It is tried again, later and later.
    Later(String),
    /// A person must change something.
    Fail(String),
    /// A person paused or cancelled it.
    Halted,
    /// The database failed.
    Broken(Error),
}

impl From<NotDone> for Stop {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Later(said) => Self::Later(said),
            NotDone::Refused(said) => Self::Fail(said),
            NotDone::Halted => Self::Halted,
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let said = format!("{} {}", error.message(), error.next());
        match error {
            Error::Store(_) => Self::Broken(error),
            Error::Cloudflare(cloudflare) if cloudflare.retryable() => {
                Self::Later(format!("{} It is tried again.", cloudflare.user_message()))
            }
            Error::Secret(_) => Self::Later(said),
            _ => Self::Fail(said),
        }
    }
}

impl From<crate::store::Error> for Stop {
    fn from(error: crate::store::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<cloudflare::Error> for Stop {
    fn from(error: cloudflare::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        let said = match stop {
            Stop::Broken(error) => return error,
            Stop::Wait(said, _) | Stop::Later(said) | Stop::Fail(said) => said,
            Stop::Halted => "It was stopped.".to_owned(),
        };
        Self::Conflict { message: said, next: "" }
    }
}

impl From<NotDone> for Error {
    fn from(why: NotDone) -> Self {
        Stop::from(why).into()
    }
}

/// Changes the row of a transfer that is still wanted. Fails with [`Stop::Halted`] where it is not.
pub(super) fn advance(context: &Context, id: TransferId, change: impl FnOnce(&mut Transfer)) -> Result<(), Stop> {
    let changed = context.store().change_transfer(id, |transfer| {
        if transfer.state == TransferState::Active {
            change(transfer);
        }
    })?;
    match changed {
        Some(transfer) if transfer.state == TransferState::Active => Ok(()),
        _ => Err(Stop::Halted),
    }
}

/// A place, ready to be used, with its secret key from the keyring.
pub(crate) async fn open(context: &Context, id: PlaceId) -> Result<(Place, Opened), Stop> {
    let place = context.store().archive_place(id)?;
    let place = place.ok_or_else(|| Stop::Fail("Its place of the archive is not known any more.".into()))?;
    let secret = match &place.kind {
        PlaceKind::Folder { .. } => None,
        PlaceKind::Bucket(_) => secrets::get(context, SecretName::ArchivePlace(id)).await?,
    };
    let opened = archive::open(&place, secret)?;
    Ok((place, opened))
}

/// Chooses a name that nothing at the target has, and writes it down.
pub(super) async fn choose_name(
    context: &Context,
    transfer: &Transfer,
    recording: &Recording,
    place: &Opened,
) -> Result<(), Stop> {
    let others = context.store().active_transfers()?;
    let is_taken = |name: &str| {
        let same_place = |other: &&Transfer| other.id != transfer.id && other.target == transfer.target;
        others.iter().filter(same_place).any(|other| other.name.as_deref() == Some(name))
    };
    for number in 1..=NAMES_MAX {
        let name = name_of_copy(recording, number, transfer.kind.file_ending());
        let beside = transfer.kind == TransferKind::Archive && place.has(&sidecar_name(&name)).await?;
        if !beside && !is_taken(&name) && !place.has(&name).await? {
            return advance(context, transfer.id, |transfer| transfer.name = Some(name));
        }
    }
    Err(Stop::Fail("There are 99 files of this name already. Move some of them, then resume.".into()))
}

/// The name of the file beside a video that says what is known of it.
pub(super) fn sidecar_name(video: &str) -> String {
    let stem = video.rsplit_once('.').map_or(video, |(stem, _)| stem);
    format!("{stem}.{}", sidecar::ENDING)
}

/// The target of a transfer, ready to be used.
pub(super) async fn place(context: &Context, transfer: &Transfer) -> Result<Opened, Stop> {
    match &transfer.target {
        Target::Folder(folder) => Ok(Opened::Folder(folder.clone())),
        Target::Place(id) => Ok(open(context, *id).await?.1),
    }
}

/// The name of an unfinished file. It is always short enough for the file system.
pub(super) fn part_name(id: TransferId) -> String {
    format!("{id}.part")
}

/// The unfinished file on this computer: beside the finished one, or in the data folder if it goes to the archive.
pub(super) fn part_path(context: &Context, transfer: &Transfer) -> Result<PathBuf, Stop> {
    let folder = match &transfer.target {
        Target::Folder(folder) => folder.clone(),
        Target::Place(_) => folder(context).ok_or_else(|| Stop::Fail("Hajime has no data folder.".into()))?,
    };
    Ok(folder.join(part_name(transfer.id)))
}

pub(super) fn folder(context: &Context) -> Option<PathBuf> {
    Some(context.store().folder()?.join(FOLDER))
}

pub(super) fn full(folder: &Path, room: Option<(u64, u64)>) -> Stop {
    let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
    let missing = room.map_or_else(String::new, |(more, free)| {
        format!(" {} MiB are still to come, and {} MiB are free.", mebibytes(more), mebibytes(free))
    });
    let said = format!(
        "The disk of {} is full.{missing} What came is kept. Free some space; it goes on by itself.",
        folder.display()
    );
    Stop::Wait(said, ROOM_INTERVAL)
}

pub(super) fn of_disk(path: &Path, error: &std::io::Error) -> Stop {
    if disk_cause(error) == Cause::DiskFull {
        return full(path.parent().unwrap_or(path), None);
    }
    let error = Error::file(path, error);
    let said = format!("{} {}", error.message(), error.next());
    match error {
        // A disk that is not connected may come back.
        Error::File { why: FileTrouble::NoFolder, .. } => Stop::Later(said),
        _ => Stop::Fail(said),
    }
}

/// Whether a file has this SHA-256.
pub(super) async fn is_same(path: &Path, sha256: &str) -> bool {
    files::read_back(path).await.is_ok_and(|(_, digest)| hex(&digest) == sha256)
}
