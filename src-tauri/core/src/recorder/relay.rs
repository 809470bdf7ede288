//! The relay: if Stream cannot fetch a file, this computer downloads it and uploads it to Stream.
//!
//! Both halves can resume, even in another process. The download needs the file's size and version, which are in the
//! database. The upload needs its address. Whoever has that address can write the video, so only the keyring keeps it.
//! Without a keyring the address is lost when the process ends; then the unfinished video is deleted and the whole file
//! on this computer is uploaded again from its first byte.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::time::Instant;

use crate::cloudflare::{self, NewUpload, Upload, UploadAddress, Video, VideoState};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RecordingId, VideoId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::{EventKind, EventNote};
use crate::domain::recorder::recording::{Recording, Relay};
use crate::domain::recorder::stage::{Import, Observation, Stage};
use crate::error::Error;
use crate::ports::{SecretName, Topic};
use crate::recorder::download::{self, NotFetched, Origin, disk_cause};
use crate::recorder::{import, relay_files, retention};
use crate::supervisor::Task;

/// The most relays at once. More of them would only share the same bandwidth.
const MAX_CONCURRENT_RELAYS: usize = 2;
/// How long a recording keeps its place while another one waits for it. Everything sent by then is kept, except for an
/// unfinished chunk. Each upload begins with the smallest chunk, which gets through in this time even at the lowest
/// speed that is allowed. A larger chunk may not get through if the connection becomes slow; the next run then begins
/// with the smallest one again.
const RELAY_TURN: TimeDelta = TimeDelta::minutes(20);
/// The smallest and largest chunk, in bytes. Stream takes 5 to 200 MiB, in multiples of 256 KiB. Large chunks need
/// fewer requests; small ones lose less when one fails.
const SMALLEST_CHUNK_BYTES: usize = 8 << 20;
const LARGEST_CHUNK_BYTES: usize = 32 << 20;
/// After a chunk that took less than this, the next is larger; after one that took far longer, it is smaller.
const QUICK_CHUNK_TIME: Duration = Duration::from_secs(2);
/// Chunks in a row of which Stream may take no byte before the error is returned and the poll plan decides about the
/// next try.
const MAX_CHUNKS_WITHOUT_PROGRESS: u32 = 4;
/// The wait after the first such chunk. Each later wait is twice as long.
const FIRST_RETRY_WAIT: Duration = Duration::from_millis(250);

/// The uploads of this process.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    /// The uploads that can be resumed, for desks without a keyring.
    begun: Mutex<HashMap<RecordingId, Upload>>,
    /// The recordings whose history already says that another desk uploads them.
    elsewhere: Mutex<HashSet<RecordingId>>,
}

/// The relays of this process. If this memory is lost, a few more requests are sent.
#[derive(Debug, Default)]
pub(crate) struct Relays {
    tasks: HashMap<RecordingId, RelayTask>,
    turns: RelayTurns,
    uploads: Arc<Uploads>,
}

/// A running relay. It is cancelled when dropped.
#[derive(Debug)]
pub(crate) struct RelayTask {
    task: Task<Result<(), Error>>,
    since: DateTime<Utc>,
}

/// The order in which recordings last received a relay place, so that the one that waited longest is next.
#[derive(Debug, Default)]
pub(crate) struct RelayTurns {
    given: u64,
    last: HashMap<RecordingId, u64>,
}

impl RelayTurns {
    fn give(&mut self, id: RecordingId) {
        self.given = self.given.saturating_add(1);
        self.last.insert(id, self.given);
    }

    fn last(&self, id: RecordingId) -> u64 {
        self.last.get(&id).copied().unwrap_or(0)
    }
}

/// Sorts the due recordings by the order in which they receive a relay place, the longest wait first. If a recording
/// waits and no place is free, the relay that has run longest is stopped, once it has run for [`RELAY_TURN`].
pub(crate) fn in_turn<'a>(context: &Context, relays: &mut Relays, mut due: Vec<&'a Recording>) -> Vec<&'a Recording> {
    due.sort_by_key(|recording| relays.turns.last(recording.id));
    let waits = due.iter().any(|recording| !relays.tasks.contains_key(&recording.id));
    if waits && relays.tasks.len() >= MAX_CONCURRENT_RELAYS {
        let over = |relay_task: &RelayTask| {
            !relay_task.task.is_finished() && context.now().since(relay_task.since) >= RELAY_TURN
        };
        let longest = relays
            .tasks
            .iter()
            .filter(|(_, relay_task)| over(relay_task))
            .min_by_key(|(_, relay_task)| relay_task.since);
        if let Some(id) = longest.map(|(id, _)| *id) {
            tracing::info!(recording = %id, "a relay gives up its place for another");
            relays.tasks.remove(&id);
            // The stopped recording waits behind the others.
            due.retain(|recording| recording.id != id);
        }
    }
    due
}

/// Stops the relays of recordings that need none any more. A relay whose file has reached Stream may finish cleaning
/// up.
pub(crate) fn let_go(relays: &mut Relays, in_flight: &[Recording]) {
    relays.tasks.retain(|id, relay_task| {
        let stage = in_flight.iter().find(|recording| recording.id == *id).map(|recording| recording.stage);
        match stage {
            Some(stage) if stage.relaying() => true,
            Some(stage) => stage.in_stream() && !relay_task.task.is_finished(),
            None => false,
        }
    });
    relays.turns.last.retain(|id, _| in_flight.iter().any(|recording| recording.id == *id));
}

/// Starts the relay of a recording as a task if a place is free. If its task has ended, returns the task's result.
pub(crate) async fn relay(context: &Context, relays: &mut Relays, recording: &Recording) -> Result<(), Error> {
    match relays.tasks.remove(&recording.id) {
        Some(relay_task) if relay_task.task.is_finished() => relay_task.task.join().await?,
        Some(relay_task) => {
            relays.tasks.insert(recording.id, relay_task);
            Ok(())
        }
        None if relays.tasks.len() < MAX_CONCURRENT_RELAYS => {
            let carried = carry(context.clone(), recording.id, Arc::clone(&relays.uploads));
            relays.turns.give(recording.id);
            let task = context.supervisor().spawn("carrying a file to Stream", carried);
            relays.tasks.insert(recording.id, RelayTask { task, since: context.now() });
            Ok(())
        }
        None => Ok(()),
    }
}

/// Relays a recording until Stream has its file, an error occurs, or its stage stays the same.
async fn carry(context: Context, id: RecordingId, uploads: Arc<Uploads>) -> Result<(), Error> {
    let mut before = None;
    while let Some(recording) = context.store().recording(id)? {
        if before == Some(recording.stage) {
            break;
        }
        before = Some(recording.stage);
        match recording.stage {
            Stage::Importing(Import::Fetching) => fetch(&context, &recording).await?,
            Stage::Importing(Import::Sending) => {
                Sender { context: &context, recording: &recording, uploads: &uploads }.send().await?;
            }
            _ => break,
        }
        context.changed(&[Topic::Recordings]);
    }
    context.wake_jobs();
    Ok(())
}

fn observe(
    context: &Context,
    recording: &Recording,
    seen: Observation,
    note: impl Into<EventNote>,
) -> Result<(), Error> {
    context.store().observe(recording.id, seen, context.now(), note, |_| {})?;
    Ok(())
}

/// The first half: downloads the file to this computer.
async fn fetch(context: &Context, recording: &Recording) -> Result<(), Error> {
    let known = recording.facts.relay.clone().unwrap_or_default();
    let here = known.fetched;
    let fetched = match relay_files::path_of(context, recording.id) {
        Some(path) => land(context, recording, &path, known).await,
        None => Err(NotFetched::Disk(std::io::ErrorKind::Unsupported.into())),
    };
    match fetched {
        Ok(bytes) => {
            let note = format!("The file is on this computer: {bytes} bytes, of which {here} were here before.");
            observe(context, recording, Observation::FileFetched, EventKind::RelayMoved.note(note))
        }
        Err(NotFetched::Gone(cause)) => {
            observe(context, recording, Observation::Refused(cause), "RealtimeKit has no file to fetch any more.")
        }
        Err(NotFetched::NotAVideo) => observe(
            context,
            recording,
            Observation::Refused(Cause::ForeignFile),
            "What came in place of the file is not a video.",
        ),
        Err(NotFetched::Failed(Error::Cloudflare(error @ cloudflare::Error::Untrusted(_)))) => {
            observe(context, recording, Observation::Refused(Cause::ForeignAddress), error.user_message().as_str())
        }
        Err(NotFetched::Busy) => Err(busy()),
        Err(NotFetched::Disk(error)) => disk_trouble(context, recording, &error),
        Err(NotFetched::Failed(error)) => Err(error),
    }
}

async fn land(context: &Context, recording: &Recording, path: &Path, known: Relay) -> Result<u64, NotFetched> {
    relay_files::make_folder(path).await?;
    let note = |relay: &Relay| {
        context.store().note_relay(recording.id, relay)?;
        context.changed(&[Topic::Recordings]);
        Ok(())
    };
    download::fetch(context, Origin::RealtimeKit(recording), path, known, note).await
}

/// The error while another task has the file open. A relay that was stopped closes its file a moment later.
fn busy() -> Error {
    cloudflare::Error::Lost { why: "the file is being fetched already".into() }.into()
}

fn disk_trouble(context: &Context, recording: &Recording, error: &std::io::Error) -> Result<(), Error> {
    let cause = disk_cause(error);
    tracing::warn!(recording = %recording.id, %error, "the disk is in the way of a relay");
    observe(
        context,
        recording,
        Observation::Refused(cause),
        format!("This computer could not keep the file: {}.", error.kind()).as_str(),
    )
}

/// The second half: uploads the file to Stream.
struct Sender<'a> {
    context: &'a Context,
    recording: &'a Recording,
    uploads: &'a Uploads,
}

impl Sender<'_> {
    async fn send(&self) -> Result<(), Error> {
        let begun = match self.look().await? {
            Found::Settled | Found::Elsewhere => return Ok(()),
            Found::Begun(upload) => Some(upload),
            Found::Nothing => None,
        };
        let Some((path, length)) = self.file().await else {
            let note = EventKind::RelayMoved.note("The file on this computer is incomplete.");
            return observe(self.context, self.recording, Observation::FileLost, note);
        };
        if !relay_files::is_video(&path).await {
            relay_files::remove(&path).await;
            let note = EventKind::RelayMoved.note("The file on this computer is not a video; it is fetched anew.");
            return observe(self.context, self.recording, Observation::FileLost, note);
        }
        let upload = match begun {
            Some(upload) => upload,
            None => match self.begin(length).await? {
                Some(upload) => upload,
                None => return Ok(()),
            },
        };
        let Some(begun_at) = self.offset(&upload, length).await? else { return Ok(()) };
        match self.push(&upload, &path, length, begun_at).await {
            Ok(true) => self.finish(&upload.video).await,
            Ok(false) => Ok(()),
            Err(NotFetched::Disk(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => observe(
                self.context,
                self.recording,
                Observation::FileLost,
                EventKind::RelayMoved.note("The file on this computer is incomplete."),
            ),
            Err(NotFetched::Disk(error)) => disk_trouble(self.context, self.recording, &error),
            Err(NotFetched::Gone(cause)) => {
                observe(self.context, self.recording, Observation::Refused(cause), "Stream refused the file.")
            }
            Err(NotFetched::NotAVideo) => observe(
                self.context,
                self.recording,
                Observation::Refused(Cause::ForeignFile),
                "The file is not a video.",
            ),
            Err(NotFetched::Busy) => Err(busy()),
            Err(NotFetched::Failed(error)) => Err(error),
        }
    }

    /// The path and length of the file; `None` if it is not as long as the origin said.
    async fn file(&self) -> Option<(PathBuf, u64)> {
        let path = relay_files::whole(self.context, self.recording).await?;
        Some((path, self.recording.facts.relay.as_ref()?.fetched))
    }

    /// Looks at the videos with the recording's mark. Deletes broken ones and uploads of this desk that cannot be
    /// resumed. Does not touch an upload of another desk or a file that Stream is fetching: the relay waits for these.
    async fn look(&self) -> Result<Found, Error> {
        let own = self.recording.facts.video.as_ref();
        let kept = self.kept();
        let mut videos = import::marked(self.context, self.recording).await?;
        // The list may not contain the recording's own video yet.
        if let Some(id) = own
            && !videos.iter().any(|video| video.uid == *id)
        {
            videos.extend(self.context.cloudflare().video(id).await?);
        }
        let us = self.context.store().own_desk_ids()?;
        let mut found = Found::Nothing;
        for video in videos {
            let ours = own == Some(&video.uid);
            let from_here = ours || video.sender.as_ref().is_some_and(|sender| us.contains(sender));
            if !from_here && import::is_given_up(self.context, self.recording, &video) {
                continue;
            }
            match &video.state {
                VideoState::PendingUpload => match &kept {
                    Some(upload) if ours && upload.video == video.uid => found = Found::Begun(upload.clone()),
                    _ if from_here => self.context.cloudflare().delete_video(&video.uid).await?,
                    _ if matches!(found, Found::Nothing) => found = Found::Elsewhere,
                    _ => {}
                },
                VideoState::Error if !ours => self.context.cloudflare().delete_video(&video.uid).await?,
                // Somebody has asked Stream to fetch the file after all. The relay waits for the result.
                VideoState::Downloading if !ours => return Ok(Found::Settled),
                VideoState::Error => {
                    import::note_video(self.context, self.recording, Some(&video)).await?;
                    return Ok(Found::Settled);
                }
                // Stream may have received the last chunk although its reply was lost.
                _ if ours => {
                    self.finish(&video.uid).await?;
                    return Ok(Found::Settled);
                }
                _ => {
                    import::note_video(self.context, self.recording, Some(&video)).await?;
                    return Ok(Found::Settled);
                }
            }
        }
        if matches!(found, Found::Elsewhere) {
            let mut elsewhere = self.uploads.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
            if elsewhere.insert(self.recording.id) {
                let note = "Another desk is sending the file to Stream. This one waits an hour for it.";
                let note = EventKind::RelayByOtherDesk.note(note);
                self.context.store().remark(self.recording.id, self.context.now(), note)?;
            }
        }
        Ok(found)
    }

    async fn begin(&self, length: u64) -> Result<Option<Upload>, Error> {
        let new = NewUpload {
            length,
            name: self.recording.title.clone(),
            sender: self.context.store().desk_id()?,
            meta: self.recording.marks(),
            creator: self.recording.creator_mark(),
            scheduled_deletion: retention::date_of_new(self.context, self.recording)?,
        };
        match self.context.cloudflare().begin_upload(&new).await {
            Ok(upload) => {
                self.keep(&upload);
                let video = upload.video.clone();
                let now = self.context.now();
                self.context.store().observe(self.recording.id, Observation::VideoDownloading, now, "", |facts| {
                    facts.video = Some(video);
                    if let Some(relay) = &mut facts.relay {
                        relay.sent = 0;
                    }
                })?;
                Ok(Some(upload))
            }
            Err(error) => match import::refusal(&error) {
                Some(cause) => {
                    let note = import::refusal_note(cause, &error);
                    observe(self.context, self.recording, Observation::Refused(cause), note)?;
                    Ok(None)
                }
                None => Err(error.into()),
            },
        }
    }

    /// The number of bytes that Stream has; `None` if the upload cannot continue and was deleted.
    async fn offset(&self, upload: &Upload, length: u64) -> Result<Option<u64>, Error> {
        match self.context.cloudflare().upload_offset(&upload.address).await {
            Ok(Some(offset)) if offset <= length => Ok(Some(offset)),
            Err(error) if !matches!(error, cloudflare::Error::Untrusted(_)) => Err(error.into()),
            _ => {
                tracing::info!(recording = %self.recording.id, "Stream does not know the upload any more; it is begun anew");
                self.forget();
                self.context.cloudflare().delete_video(&upload.video).await?;
                Ok(None)
            }
        }
    }

    /// Sends the missing bytes; `false` if the upload has to begin again.
    async fn push(&self, upload: &Upload, path: &Path, length: u64, begun_at: u64) -> Result<bool, NotFetched> {
        let mut file = tokio::fs::File::open(path).await?;
        let (mut at, mut size, mut tries) = (begun_at, SMALLEST_CHUNK_BYTES, 0_u32);
        while at < length {
            let wanted = usize::try_from(length.saturating_sub(at)).unwrap_or(usize::MAX).min(size);
            let mut chunk = vec![0; wanted];
            file.seek(std::io::SeekFrom::Start(at)).await?;
            file.read_exact(&mut chunk).await?;
            let began = Instant::now();
            let (next, trouble) = match self.context.cloudflare().send_chunk(&upload.address, at, chunk).await {
                Ok(next) => (next, None),
                Err(error @ cloudflare::Error::RateLimited { .. }) => return Err(error.into()),
                Err(error @ cloudflare::Error::StorageFull { .. }) => {
                    tracing::warn!(%error, "Stream refused a chunk");
                    return Err(NotFetched::Gone(Cause::StorageFull));
                }
                Err(error) => match self.offset(upload, length).await.map_err(NotFetched::Failed)? {
                    Some(next) => (next, Some(error)),
                    None => return Ok(false),
                },
            };
            tries = if next > at { 0 } else { tries.saturating_add(1) };
            if tries >= MAX_CHUNKS_WITHOUT_PROGRESS {
                let error = trouble.unwrap_or(cloudflare::Error::Lost { why: "Stream takes no more bytes".into() });
                return Err(match import::refusal(&error) {
                    Some(cause) => NotFetched::Gone(cause),
                    None => error.into(),
                });
            }
            if trouble.is_some() || next <= at {
                tokio::time::sleep(FIRST_RETRY_WAIT.saturating_mul(2_u32.saturating_pow(tries))).await;
            }
            size = next_size(size, began.elapsed());
            at = next;
            self.note(at).map_err(NotFetched::Failed)?;
        }
        Ok(true)
    }

    fn note(&self, sent: u64) -> Result<(), Error> {
        let relay = Relay { sent, ..self.recording.facts.relay.clone().unwrap_or_default() };
        self.context.store().note_relay(self.recording.id, &relay)?;
        self.context.changed(&[Topic::Recordings]);
        Ok(())
    }

    /// Once Stream confirms the file: sets the marks, deletes unfinished duplicates, notes the new stage, and removes
    /// the file from this computer.
    async fn finish(&self, id: &VideoId) -> Result<(), Error> {
        // If Stream does not confirm the file yet, nothing changes, and the next run checks again.
        if !self.context.cloudflare().video(id).await?.is_some_and(|video| arrived(&video)) {
            return Ok(());
        }
        import::scrub(self.context, self.recording, id).await?;
        for other in import::marked(self.context, self.recording).await? {
            if other.uid != *id && matches!(other.state, VideoState::PendingUpload | VideoState::Error) {
                self.context.cloudflare().delete_video(&other.uid).await?;
            }
        }
        let length = self.recording.facts.relay.as_ref().map_or(0, |relay| relay.fetched);
        let note = EventKind::RelayMoved.note(format!("Stream has the file: {length} bytes."));
        self.context.store().observe(self.recording.id, Observation::FileSent, self.context.now(), note, |facts| {
            facts.video = Some(id.clone());
            if let Some(relay) = &mut facts.relay {
                relay.sent = length;
            }
        })?;
        self.forget();
        if let Some(path) = relay_files::path_of(self.context, self.recording.id) {
            relay_files::remove(&path).await;
        }
        Ok(())
    }

    /// The upload that this process or an earlier one began; `None` if it cannot be resumed.
    fn kept(&self) -> Option<Upload> {
        let known = self.uploads.begun.lock().unwrap_or_else(PoisonError::into_inner).get(&self.recording.id).cloned();
        let kept = || {
            let video = self.recording.facts.video.clone()?;
            match self.context.secrets()?.get(&SecretName::Upload(self.recording.id)) {
                Ok(address) => {
                    let address = address?;
                    // The keyring and the database are not changed in one transaction, so the address may belong to an
                    // earlier video.
                    let (of, address) = address.expose_secret().split_once(' ')?;
                    (of == video.as_str()).then(|| Upload { video, address: UploadAddress::kept(address.into()) })
                }
                Err(error) => {
                    tracing::warn!(%error, "the keyring does not say where an upload goes on");
                    None
                }
            }
        };
        known.or_else(kept)
    }

    fn keep(&self, upload: &Upload) {
        self.uploads.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(self.recording.id, upload.clone());
        if let Some(secrets) = self.context.secrets() {
            let secret = format!("{} {}", upload.video, upload.address.secret().expose_secret());
            if let Err(error) = secrets.set(&SecretName::Upload(self.recording.id), &secret.into()) {
                tracing::warn!(%error, "the keyring does not keep where an upload goes on");
            }
        }
    }

    fn forget(&self) {
        self.uploads.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.recording.id);
        if let Some(secrets) = self.context.secrets()
            && let Err(error) = secrets.remove(&SecretName::Upload(self.recording.id))
        {
            tracing::warn!(%error, "the keyring does not forget an upload");
        }
    }
}

/// The state of the upload at Stream, before anything is sent.
enum Found {
    /// There is no upload, so a new one begins.
    Nothing,
    /// This desk began an upload that can resume.
    Begun(Upload),
    /// Another desk is uploading the file.
    Elsewhere,
    /// A video exists that needs no upload. It was noted, or the relay waits for it.
    Settled,
}

/// Whether Stream's report means that it has the whole file of an uploaded video. A missing or unknown state does not
/// mean that.
const fn arrived(video: &Video) -> bool {
    video.ready_to_stream
        || matches!(
            video.state,
            VideoState::Downloading | VideoState::Queued | VideoState::InProgress | VideoState::Ready
        )
}

fn next_size(size: usize, took: Duration) -> usize {
    if took < QUICK_CHUNK_TIME {
        size.saturating_mul(2).min(LARGEST_CHUNK_BYTES)
    } else if took > QUICK_CHUNK_TIME.saturating_mul(10) {
        (size / 2).max(SMALLEST_CHUNK_BYTES)
    } else {
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_chunk_gets_through_within_a_turn_at_the_lowest_allowed_speed() {
        let pace = cloudflare::Pace::default();
        let longest = pace.over + Duration::from_secs(u64::try_from(SMALLEST_CHUNK_BYTES).unwrap() / pace.least);
        assert!(longest < RELAY_TURN.to_std().unwrap(), "{longest:?}");
    }

    #[test]
    fn every_chunk_size_is_one_that_stream_accepts() {
        let mut size = SMALLEST_CHUNK_BYTES;
        for took in [0, 0, 0, 5, 60, 60, 60, 60, 1].map(Duration::from_secs) {
            size = next_size(size, took);
            assert!((5 << 20..=200 << 20).contains(&size) && size.is_multiple_of(256 << 10), "{size}");
        }
    }
}
