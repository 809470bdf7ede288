//! Carries a download or an archiving on, from the step that its row names to its end, or until it has to wait.
//!
//! Only one process at a time works on a transfer. A person may pause or cancel it meanwhile, also in another process, so
//! whoever works on it looks once a second whether it is still wanted.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;

use crate::archive::Opened;
use crate::cloudflare::{self, Mp4, VideoState};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::TransferId;
use crate::domain::library::transfer::{LEFT_FREE_BYTES, Target, Transfer, TransferKind, TransferState, TransferStep};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Recording, Relay};
use crate::domain::sharing::ledger::hex;
use crate::error::Error;
use crate::files;
use crate::ports::Topic;
use crate::recorder::archiving;
use crate::recorder::download::{self, NotFetched, Origin};
use crate::recorder::playback::watchable;
use crate::recorder::relay_files;
use crate::recorder::transfer_step::{
    Stop, advance, choose_name, folder, full, is_same, of_disk, part_name, part_path, place,
};
use crate::store::locks::{Held, LockFile};

/// How often Stream is asked whether it has made the file.
const PREPARE_INTERVAL: TimeDelta = TimeDelta::seconds(5);
/// How often somebody looks whether a transfer is still wanted.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// What became of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Somebody else works on it.
    Busy,
    /// Nothing can be done for it now.
    Rests,
}

/// Carries a transfer on.
pub(crate) async fn carry(context: &Context, id: TransferId) -> Result<Carried, Error> {
    let Some(_held) = lock(context, id).await? else { return Ok(Carried::Busy) };
    loop {
        let Some(transfer) = context.store().transfer(id)? else { return Ok(Carried::Rests) };
        if transfer.state == TransferState::Cancelled {
            tidy(context, &transfer).await;
        }
        if !transfer.is_due(context.now()) {
            return Ok(Carried::Rests);
        }
        let stopped = tokio::select! {
            done = step(context, &transfer) => done.err(),
            () = not_wanted(context, id) => Some(Stop::Halted),
        };
        let now = context.now();
        let note = |change: &dyn Fn(&mut Transfer)| {
            context.store().change_transfer(id, |transfer| {
                if transfer.state == TransferState::Active {
                    change(transfer);
                }
            })
        };
        match stopped {
            None | Some(Stop::Halted) => {}
            Some(Stop::Wait(said, time)) => drop(note(&|transfer| transfer.wait(said.clone(), now.later(time)))?),
            Some(Stop::Later(said)) => drop(note(&|transfer| transfer.put_off(said.clone(), now))?),
            Some(Stop::Fail(said)) => drop(note(&|transfer| transfer.fail(said.clone()))?),
            Some(Stop::Broken(error)) => return Err(error),
        }
        context.changed(&[Topic::Transfers]);
    }
}

/// Waits until a person has paused or cancelled a transfer.
async fn not_wanted(context: &Context, id: TransferId) {
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let seen = context.store().transfer(id);
        if seen.is_ok_and(|seen| seen.is_none_or(|transfer| transfer.state != TransferState::Active)) {
            return;
        }
    }
}

async fn step(context: &Context, transfer: &Transfer) -> Result<(), Stop> {
    let recording = context.store().recording(transfer.recording)?;
    let recording = recording.ok_or_else(|| Stop::Fail("Hajime has its recording no longer.".into()))?;
    match transfer.step {
        TransferStep::Prepare => prepare(context, transfer, &recording).await,
        TransferStep::Fetch => fetch(context, transfer, &recording).await,
        TransferStep::Send => archiving::send(context, transfer, &recording).await,
        TransferStep::Verify => archiving::verify(context, transfer, &recording).await,
    }
}

/// Has Stream make the file, and chooses its name.
async fn prepare(context: &Context, transfer: &Transfer, recording: &Recording) -> Result<(), Stop> {
    let video = watchable(context, recording).map_err(Stop::from)?.id;
    let cloudflare = context.cloudflare();
    match cloudflare.video(video).await? {
        None => return Err(deleted()),
        Some(video) if video.state == VideoState::Error => return Err(in_error()),
        Some(_) => {}
    }
    let sound = transfer.kind == TransferKind::Sound;
    let known = if sound { cloudflare.m4a(video).await? } else { cloudflare.mp4(video).await? };
    let made = match known {
        Mp4::NotAsked if sound => cloudflare.create_m4a(video).await?,
        Mp4::NotAsked => cloudflare.create_mp4(video).await?,
        known => known,
    };
    match made {
        Mp4::Ready => {}
        Mp4::Failed => {
            let said =
                "Stream could not make the file. Resume to ask for it again, or look at the video in the dashboard.";
            return Err(Stop::Fail(said.into()));
        }
        Mp4::NotAsked | Mp4::InProgress(None) => {
            return Err(Stop::Wait("Stream is making the file.".into(), PREPARE_INTERVAL));
        }
        Mp4::InProgress(Some(percent)) => {
            let said = format!("Stream is making the file ({percent} %).");
            return Err(Stop::Wait(said, PREPARE_INTERVAL));
        }
    }
    if transfer.name.is_none() {
        choose_name(context, transfer, recording, &place(context, transfer).await?).await?;
    }
    advance(context, transfer.id, |transfer| transfer.go_to(TransferStep::Fetch))
}

/// Downloads the file. A download then gets its name; a file for the archive stays for the next step.
async fn fetch(context: &Context, transfer: &Transfer, recording: &Recording) -> Result<(), Stop> {
    let part = part_path(context, transfer)?;
    if transfer.kind == TransferKind::Archive {
        relay_files::make_folder(&part).await.map_err(|error| of_disk(&part, &error))?;
    }
    if let (Target::Folder(folder), Some(name), Some(sha256)) = (&transfer.target, &transfer.name, &transfer.sha256) {
        // The process may have ended between the last two steps.
        if is_same(&folder.join(name), sha256).await {
            return advance(context, transfer.id, |transfer| transfer.finish(context.now()));
        }
    }
    room_for(&part, transfer.file.total.map(|total| total.saturating_sub(transfer.file.fetched)))?;
    let origin = match transfer.kind {
        TransferKind::Sound => Origin::M4a(recording),
        TransferKind::Video | TransferKind::Archive => Origin::Mp4(recording),
    };
    let mut halted = None;
    let fetched = {
        let mut was_checked = false;
        let note = |relay: &Relay| match note(context, transfer.id, &part, relay, &mut was_checked) {
            Ok(()) => Ok(()),
            Err(stop) => {
                halted = Some(stop);
                Err(Error::Conflict { message: "The transfer stops.".into(), next: "" })
            }
        };
        download::fetch(context, origin, &part, Relay { sent: 0, ..transfer.file.clone() }, note).await
    };
    if let Some(stop) = halted {
        return Err(stop);
    }
    let size = match fetched {
        Ok(size) => size,
        Err(why) => return Err(not_fetched(context, transfer, &part, why)?),
    };
    let (_, digest) = files::read_back(&part).await.map_err(|error| of_disk(&part, &error))?;
    let sha256 = hex(&digest);
    advance(context, transfer.id, |transfer| {
        transfer.went_on();
        transfer.file.fetched = size;
        transfer.file.total = Some(size);
        transfer.sha256 = Some(sha256);
        if transfer.kind == TransferKind::Archive {
            transfer.step = TransferStep::Send;
        }
    })?;
    let (Target::Folder(folder), Some(name)) = (&transfer.target, &transfer.name) else { return Ok(()) };
    let path = folder.join(name);
    match files::put_in_place(&part, &path).await {
        Ok(()) => advance(context, transfer.id, |transfer| transfer.finish(context.now())),
        // Another program has taken the name meanwhile. The file keeps its bytes and gets another name.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            choose_name(context, transfer, recording, &Opened::Folder(folder.clone())).await
        }
        Err(error) => Err(of_disk(&path, &error)),
    }
}

/// Notes progress of a download. Looks once whether the disk has room for the rest.
fn note(context: &Context, id: TransferId, part: &Path, relay: &Relay, was_checked: &mut bool) -> Result<(), Stop> {
    advance(context, id, |transfer| {
        let begins_anew = relay.fetched == 0 && transfer.file.fetched > 0;
        transfer.went_on();
        if begins_anew {
            transfer.sha256 = None;
            transfer.said =
                "The file at Cloudflare is another one now, or it comes only as a whole. The download began \
                             again from the first byte."
                    .into();
        }
        transfer.file = Relay { sent: transfer.file.sent, ..relay.clone() };
    })?;
    context.changed(&[Topic::Transfers]);
    if !std::mem::replace(was_checked, true) {
        room_for(part, relay.total.map(|total| total.saturating_sub(relay.fetched)))?;
    }
    Ok(())
}

/// Fails if the disk of a file has no room for this many more bytes.
fn room_for(path: &Path, more: Option<u64>) -> Result<(), Stop> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let (Some(more), Ok(free)) = (more, fs4::available_space(folder)) else { return Ok(()) };
    if free < more.saturating_add(LEFT_FREE_BYTES) {
        return Err(full(folder, Some((more, free))));
    }
    Ok(())
}

/// What follows from a download that failed.
fn not_fetched(context: &Context, transfer: &Transfer, part: &Path, why: NotFetched) -> Result<Stop, Stop> {
    Ok(match why {
        NotFetched::Gone(Cause::VideoMissing) => deleted(),
        NotFetched::Gone(cause) => Stop::Fail(format!("{} {}", cause.sentence(), cause.next())),
        NotFetched::Busy => Stop::Later("Another process writes the same file.".into()),
        NotFetched::NotAVideo => Stop::Fail(
            "The server sent something that is no video. Check whether a proxy or a sign-in page answers for Cloudflare, \
             then resume."
                .into(),
        ),
        NotFetched::Disk(error) => of_disk(part, &error),
        NotFetched::Failed(Error::Cloudflare(cloudflare::Error::FileRefused { status: 424 })) => in_error(),
        NotFetched::Failed(Error::Cloudflare(cloudflare::Error::FileRefused { status: 404 })) => {
            // Somebody removed the file, so Stream is asked to make it again.
            advance(context, transfer.id, |transfer| transfer.step = TransferStep::Prepare)?;
            Stop::Later("Stream has the file no longer. It is asked to make it again.".into())
        }
        NotFetched::Failed(error) => error.into(),
    })
}

fn deleted() -> Stop {
    Stop::Fail("The video was deleted from Stream, so there is nothing to copy any more.".into())
}

fn in_error() -> Stop {
    Stop::Fail("Stream says that this video failed, and gives out no file of it.".into())
}

/// Removes what a cancelled transfer left. What cannot be removed now stays, because nothing depends on it.
async fn tidy(context: &Context, transfer: &Transfer) {
    if let Ok(part) = part_path(context, transfer) {
        relay_files::remove(&part).await;
    }
    if let Target::Place(_) = transfer.target
        && let Ok(place) = place(context, transfer).await
        && let Err(error) =
            place.tidy(transfer.name.as_deref(), &part_name(transfer.id), transfer.upload.as_ref()).await
    {
        tracing::warn!(?error, "what a cancelled transfer sent could not be removed");
    }
}

/// Takes the lock of a transfer; `None` while somebody else has it. Data in memory needs none.
async fn lock(context: &Context, id: TransferId) -> Result<Option<Option<Held>>, Error> {
    let Some(path) = folder(context).map(|folder| folder.join(format!("{id}.lock"))) else { return Ok(Some(None)) };
    relay_files::make_folder(&path).await.map_err(|error| Error::file(&path, &error))?;
    Ok(LockFile::at(path).take()?.map(Some))
}
