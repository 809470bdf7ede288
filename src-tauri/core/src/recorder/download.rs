//! Downloads a recording's file to this computer and can resume. Used by the relay, the export and the transfers.
//!
//! Only bytes that were synced to the disk count as downloaded. Before more bytes are added, the last ones on the disk
//! are compared with the same bytes at the origin. If the file has changed on either side, the download begins again
//! from the first byte.

use std::io::{ErrorKind, SeekFrom};
use std::path::Path;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use crate::cloudflare::{self, FilePart, FileReply, PresignedUrl};
use crate::context::Context;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Recording, Relay};
use crate::error::Error;
use crate::recorder::{capture, playback};
use crate::store::locks::{self, Asked};

/// Bytes that are collected before they are written to the file.
const WRITE_SIZE_BYTES: usize = 1 << 20;
/// Bytes that are written between two syncs to the disk.
const DISK_SYNC_INTERVAL_BYTES: u64 = 8 << 20;
/// Bytes at the end of the file that are compared with the origin before more are added.
const OVERLAP_BYTES: u64 = 64 << 10;
/// Requests in a row that may bring no bytes before the error is returned to the caller. The last one also accepts a file
/// of an unexpected size.
const MAX_REQUESTS_WITHOUT_PROGRESS: u32 = 4;
/// The wait after the first such request. Each later wait is twice as long.
const FIRST_RETRY_WAIT: Duration = Duration::from_millis(250);
/// Bytes that are freed on a full disk, so that the database can record the cause.
const FREED_BYTES_ON_FULL_DISK: u64 = 4 << 20;

/// The reason why a file was not downloaded.
#[derive(Debug)]
pub(crate) enum NotFetched {
    /// The file cannot be downloaded, neither now nor later: the cause of failure.
    Gone(Cause),
    /// Another task or process is downloading to the same path.
    Busy,
    /// The server sent something that is not a video.
    NotAVideo,
    /// This computer could not write the file.
    Disk(std::io::Error),
    /// Another error, which may pass.
    Failed(Error),
}

impl From<cloudflare::Error> for NotFetched {
    fn from(error: cloudflare::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<std::io::Error> for NotFetched {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

/// The cause of failure for an error of the disk.
pub(crate) fn disk_cause(error: &std::io::Error) -> Cause {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Cause::DiskFull,
        _ => Cause::DiskRefused,
    }
}

/// Asks RealtimeKit for a fresh address of the file. Addresses are never stored.
pub(crate) async fn fresh_address(context: &Context, recording: &Recording) -> Result<PresignedUrl, NotFetched> {
    let Some(realtimekit_recording) = &recording.facts.realtimekit_recording else {
        return Err(NotFetched::Gone(Cause::RecorderMissing));
    };
    let seen = capture::fetch_recording(context, recording, realtimekit_recording).await.map_err(NotFetched::Failed)?;
    let seen = seen.ok_or(NotFetched::Gone(Cause::RecorderMissing))?;
    if seen.download_url_expiry.is_some_and(|expiry| expiry <= context.passed_by_both_clocks()) {
        return Err(NotFetched::Gone(Cause::FileExpired));
    }
    let cause = if seen.own_storage.is_some() { Cause::OwnStorage } else { Cause::NoFile };
    seen.download_url.ok_or(NotFetched::Gone(cause))
}

/// Where a file is downloaded from. Every address of it expires, so a new one is asked for whenever one is refused.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// RealtimeKit's file of the recording.
    RealtimeKit(&'a Recording),
    /// The MP4 that Stream made of the recording's video.
    Mp4(&'a Recording),
    /// The M4A that Stream made of the recording's video.
    M4a(&'a Recording),
}

impl Origin<'_> {
    async fn fresh_address(self, context: &Context) -> Result<PresignedUrl, NotFetched> {
        let recording = match self {
            Self::RealtimeKit(recording) => return fresh_address(context, recording).await,
            Self::Mp4(recording) | Self::M4a(recording) => recording,
        };
        let signed = playback::to_download(context, recording).await.map_err(NotFetched::Failed)?;
        let signed = signed.ok_or(NotFetched::Gone(Cause::VideoMissing))?;
        let address = if matches!(self, Self::M4a(_)) { signed.m4a } else { signed.mp4 };
        Ok(PresignedUrl::new(address.into()))
    }

    /// The size of the file, if it was told before.
    const fn promised(self) -> Option<u64> {
        match self {
            Self::RealtimeKit(recording) => recording.facts.size,
            Self::Mp4(_) | Self::M4a(_) => None,
        }
    }
}

/// Downloads a file to `path`, continues after the bytes that `known` names, and returns the size of the file.
///
/// Calls `note` after each step that is synced to the disk.
pub(crate) async fn fetch(
    context: &Context,
    origin: Origin<'_>,
    path: &Path,
    known: Relay,
    note: impl FnMut(&Relay) -> Result<(), Error>,
) -> Result<u64, NotFetched> {
    let mut landing = Landing::open(path, known, origin.promised(), note).await?;
    let mut address = None;
    let mut tries = 0_u32;
    loop {
        if landing.relay.total == Some(landing.relay.fetched) {
            return Ok(landing.relay.fetched);
        }
        let before = landing.relay.fetched;
        let from = match address.take() {
            Some(address) => address,
            None => origin.fresh_address(context).await?,
        };
        let failure = match landing.go_on(context, &from).await {
            // The fresh address was refused, or the answer ended early. The missing bytes are requested again.
            Ok(Went::Shut(status)) => cloudflare::Error::FileRefused { status },
            Ok(Went::Ended) => {
                address = Some(from);
                cloudflare::Error::Lost { why: "the file ended early".into() }
            }
            // A retry at once would keep the place that another relay waits for.
            Err(NotFetched::Failed(Error::Cloudflare(
                error @ (cloudflare::Error::TooSlow { .. } | cloudflare::Error::Untrusted(_)),
            ))) => return Err(error.into()),
            Err(NotFetched::Failed(Error::Cloudflare(error))) => {
                address = Some(from);
                error
            }
            Err(NotFetched::Disk(error)) => {
                if disk_cause(&error) == Cause::DiskFull {
                    landing.give_back().await;
                }
                return Err(NotFetched::Disk(error));
            }
            Err(other) => return Err(other),
        };
        if landing.relay.total == Some(landing.relay.fetched) {
            continue;
        }
        tries = if landing.relay.fetched > before { 0 } else { tries.saturating_add(1) };
        if tries >= MAX_REQUESTS_WITHOUT_PROGRESS {
            return Err(failure.into());
        }
        tokio::time::sleep(FIRST_RETRY_WAIT.saturating_mul(2_u32.saturating_pow(tries))).await;
    }
}

/// The number of bytes that show whether a file is a video.
const SIGNATURE_BYTES: usize = 8;

/// Whether these bytes are the beginning of a video: of an MP4 (ISO/IEC 14496-12, `ftyp`) or of a `WebM` (RFC 8794, the
/// EBML header).
pub(crate) fn is_video(first: &[u8]) -> bool {
    first.get(4..8) == Some(b"ftyp".as_slice()) || first.starts_with(&[0x1a, 0x45, 0xdf, 0xa3])
}

/// How an answer without an error ended.
enum Went {
    /// The server refused the address: the HTTP status.
    Shut(u16),
    /// The answer has ended.
    Ended,
}

/// The file on this computer that receives the bytes.
struct Landing<N> {
    file: File,
    relay: Relay,
    note: N,
    written: u64,
    /// The size of the file according to RealtimeKit.
    promised: Option<u64>,
    /// The number of answers whose size was another one.
    doubts: u32,
}

impl<N: FnMut(&Relay) -> Result<(), Error>> Landing<N> {
    async fn open(path: &Path, mut relay: Relay, promised: Option<u64>, note: N) -> Result<Self, NotFetched> {
        let mut options = tokio::fs::OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(path).await?.into_std().await;
        // Two downloads to one file would each cut off the other's bytes.
        if locks::ask(&file)? == Asked::SomebodyElses {
            return Err(NotFetched::Busy);
        }
        let file = File::from_std(file);
        let length = file.metadata().await?.len();
        relay.fetched = relay.fetched.min(length);
        if length > relay.fetched {
            file.set_len(relay.fetched).await?;
        }
        let written = relay.fetched;
        Ok(Self { file, relay, note, written, promised, doubts: 0 })
    }

    /// Requests the missing bytes and adds them to the file.
    async fn go_on(&mut self, context: &Context, from: &PresignedUrl) -> Result<Went, NotFetched> {
        let start = self.relay.fetched.saturating_sub(OVERLAP_BYTES);
        let mut part = match context.cloudflare().file(from, start, self.relay.version.as_deref()).await? {
            FileReply::Part(part) => part,
            FileReply::Shut(status) => return Ok(Went::Shut(status)),
            FileReply::TooFar(_) => {
                self.begin_anew().await?;
                return Ok(Went::Ended);
            }
        };
        // A wrong size from a proxy usually occurs once. A size that the origin repeats is accepted.
        if self.promised.is_some_and(|size| size != part.total)
            && self.doubts.saturating_add(1) < MAX_REQUESTS_WITHOUT_PROGRESS
        {
            self.doubts = self.doubts.saturating_add(1);
            return Err(cloudflare::Error::Lost { why: "the file has another size than it should".into() }.into());
        }
        let same = self.relay.total.is_none_or(|total| total == part.total)
            && (self.relay.version.is_none() || self.relay.version == part.version);
        if !same || part.start < start {
            self.begin_anew().await?;
            if part.start > 0 {
                return Ok(Went::Ended);
            }
        }
        self.relay.total = Some(part.total);
        self.relay.version.clone_from(&part.version);
        let mut pieces = Vec::with_capacity(WRITE_SIZE_BYTES);
        if self.relay.fetched > part.start && !self.overlaps(context, &mut part, &mut pieces).await? {
            self.begin_anew().await?;
            return Ok(Went::Ended);
        }
        self.file.seek(SeekFrom::Start(self.relay.fetched)).await?;
        self.written = self.relay.fetched;
        loop {
            let more = context.cloudflare().next_piece(&mut part, &mut pieces).await;
            let ended = !matches!(more, Ok(true));
            if pieces.len() >= WRITE_SIZE_BYTES || ended {
                self.write(&mut pieces, part.total).await?;
            }
            if ended || self.written.saturating_sub(self.relay.fetched) >= DISK_SYNC_INTERVAL_BYTES {
                self.keep().await?;
            }
            if ended {
                more?;
                return Ok(Went::Ended);
            }
        }
    }

    /// Whether the answer begins with the last bytes of the file. The bytes after these stay in `pieces`.
    async fn overlaps(
        &mut self,
        context: &Context,
        part: &mut FilePart,
        pieces: &mut Vec<u8>,
    ) -> Result<bool, NotFetched> {
        let length = usize::try_from(self.relay.fetched.saturating_sub(part.start)).unwrap_or(usize::MAX);
        let mut here = vec![0; length];
        self.file.seek(SeekFrom::Start(part.start)).await?;
        self.file.read_exact(&mut here).await?;
        while pieces.len() < length {
            if !context.cloudflare().next_piece(part, pieces).await? {
                return Err(cloudflare::Error::Lost { why: "the file ended early".into() }.into());
            }
        }
        if pieces[..length] != here[..] {
            return Ok(false);
        }
        pieces.drain(..length);
        Ok(true)
    }

    async fn write(&mut self, pieces: &mut Vec<u8>, total: u64) -> Result<(), NotFetched> {
        let room = usize::try_from(total.saturating_sub(self.written)).unwrap_or(usize::MAX);
        // Bytes beyond the total size are not part of the file.
        pieces.truncate(room);
        if self.written == 0 && !pieces.is_empty() {
            // So few bytes do not show whether the file is a video. They are dropped, and the next request brings them
            // again.
            if pieces.len() < SIGNATURE_BYTES && pieces.len() < room {
                pieces.clear();
                return Ok(());
            }
            if !is_video(pieces) {
                return Err(NotFetched::NotAVideo);
            }
        }
        self.file.write_all(pieces).await?;
        self.file.flush().await?;
        self.written = self.written.saturating_add(u64::try_from(pieces.len()).unwrap_or(0));
        pieces.clear();
        Ok(())
    }

    /// Syncs the written bytes to the disk and notes them.
    async fn keep(&mut self) -> Result<(), NotFetched> {
        if self.written > self.relay.fetched {
            self.file.sync_data().await?;
            self.relay.fetched = self.written;
        }
        (self.note)(&self.relay).map_err(NotFetched::Failed)
    }

    async fn begin_anew(&mut self) -> Result<(), NotFetched> {
        tracing::info!("what was fetched does not belong to the file that is there now; it is fetched anew");
        self.file.set_len(0).await?;
        self.relay = Relay::default();
        self.written = 0;
        (self.note)(&self.relay).map_err(NotFetched::Failed)
    }

    /// Shortens the file to free bytes on a full disk. If this fails too, the caller still reports the original error.
    async fn give_back(&mut self) {
        let less = self.relay.fetched.saturating_sub(FREED_BYTES_ON_FULL_DISK);
        if self.file.set_len(less).await.is_ok() {
            self.relay.fetched = less;
            if let Err(error) = (self.note)(&self.relay) {
                tracing::warn!(%error, "a full disk could not be noted");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIDEO: &[u8] = b"\0\0\0\x18ftypisom";

    async fn landing(folder: &Path) -> Landing<impl FnMut(&Relay) -> Result<(), Error>> {
        Landing::open(&folder.join("file"), Relay::default(), None, |_| Ok(())).await.unwrap()
    }

    #[tokio::test]
    async fn fewer_bytes_than_a_signature_are_dropped_without_a_verdict() {
        let folder = tempfile::tempdir().unwrap();
        let mut landing = landing(folder.path()).await;
        for few in 1..8 {
            landing.write(&mut VIDEO[..few].to_vec(), 1_000).await.unwrap();
            landing.keep().await.unwrap();
            assert_eq!((landing.written, landing.relay.fetched), (0, 0), "{few} bytes");
        }
        landing.write(&mut VIDEO.to_vec(), 1_000).await.unwrap();
        // Bytes in the middle of the file are not checked for being a video.
        landing.write(&mut vec![0; 3], 1_000).await.unwrap();
        landing.keep().await.unwrap();
        assert_eq!(landing.relay.fetched, 15);
    }

    #[tokio::test]
    async fn a_complete_file_shorter_than_a_signature_is_not_a_video() {
        let folder = tempfile::tempdir().unwrap();
        let mut landing = landing(folder.path()).await;
        let short = landing.write(&mut b"no".to_vec(), 2).await;
        assert!(matches!(short, Err(NotFetched::NotAVideo)), "{short:?}");
        let page = landing.write(&mut b"<!doctype html>".to_vec(), 1_000).await;
        assert!(matches!(page, Err(NotFetched::NotAVideo)), "{page:?}");
    }
}
