//! Transfers: downloads of recordings to a folder, and copies of them in the archive. A transfer is a row that outlives
//! the window. Each step is written down before the next one begins, so that whoever goes on knows where it stopped.

use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::bounds::Moved as _;
use crate::domain::file_name::file_name;
use crate::domain::ids::{PlaceId, RecordingId, TransferId};
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::recorder::recording::{Recording, Relay};
use crate::domain::text::one_line;

/// The wait after the first failure that may pass by itself. Each later wait is twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(15);
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);
/// The bytes that a transfer leaves free on a disk.
pub const LEFT_FREE_BYTES: u64 = 64 << 20;
/// The smallest part of an upload to a bucket, in bytes. S3 takes no part below 5 MiB, except for the last one.
const SMALLEST_PART_BYTES: u64 = 8 << 20;
/// The most parts of an upload to a bucket (Amazon S3, “Multipart upload limits”: 10,000), with some to spare.
const PARTS_MAX: u64 = 9_000;
/// The most files with the same title and time in one place.
pub const NAMES_MAX: usize = 99;
/// The most characters of a place's name, and of each part of a bucket's address.
const PLACE_NAME_MAX: usize = 80;
const PART_OF_ADDRESS_MAX: usize = 255;

/// What is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferKind {
    /// The video, as an MP4 file in a folder.
    Video,
    /// The sound of the video, as an M4A file in a folder.
    Sound,
    /// The video and everything that is known of it, in a place of the archive.
    Archive,
}

impl TransferKind {
    /// Returns the word in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Sound => "sound",
            Self::Archive => "archive",
        }
    }

    /// Finds a kind by its word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Video, Self::Sound, Self::Archive].into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the ending of the file's name.
    #[must_use]
    pub const fn file_ending(self) -> &'static str {
        match self {
            Self::Video | Self::Archive => "mp4",
            Self::Sound => "m4a",
        }
    }
}

/// Where a transfer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A folder of this computer.
    Folder(PathBuf),
    /// A place of the archive.
    Place(PlaceId),
}

/// Whether a transfer is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferState {
    /// It is worked on, or waits for its turn or for a better moment.
    Active,
    /// A person paused it.
    Paused,
    /// It cannot go on by itself.
    Failed,
    /// It is complete.
    Done,
    /// A person cancelled it.
    Cancelled,
}

impl TransferState {
    const ALL: [Self; 5] = [Self::Active, Self::Paused, Self::Failed, Self::Done, Self::Cancelled];

    /// Returns the word in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Finds a state by its word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Returns whether nothing happens any more.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// The step that a transfer is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferStep {
    /// Stream makes the file.
    Prepare,
    /// The file comes to this computer.
    Fetch,
    /// The file goes to the place of the archive.
    Send,
    /// The place is read back, and what is known of the recording is put beside the video.
    Verify,
}

impl TransferStep {
    const ALL: [Self; 4] = [Self::Prepare, Self::Fetch, Self::Send, Self::Verify];

    /// Returns the word in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Fetch => "fetch",
            Self::Send => "send",
            Self::Verify => "verify",
        }
    }

    /// Finds a step by its word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}

/// An upload to a bucket that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketUpload {
    /// The id of the upload at the bucket.
    pub id: String,
    /// The size of every part but the last one, in bytes.
    pub part_bytes: u64,
    /// What the bucket answered to each part, in their order.
    pub parts: Vec<String>,
}

impl BucketUpload {
    /// Begins an upload of a file of this size.
    #[must_use]
    pub fn new(id: String, size: u64) -> Self {
        let part_bytes = size.div_ceil(PARTS_MAX).max(SMALLEST_PART_BYTES);
        Self { id, part_bytes, parts: Vec::new() }
    }

    /// Returns the bytes that the bucket has.
    #[must_use]
    pub fn sent(&self, size: u64) -> u64 {
        let parts = u64::try_from(self.parts.len()).unwrap_or(u64::MAX);
        parts.saturating_mul(self.part_bytes).min(size)
    }
}

/// A download or an archiving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// The recording.
    pub recording: RecordingId,
    /// What is transferred.
    pub kind: TransferKind,
    /// Where it ends.
    pub target: Target,
    /// The name of the file; `None` until one is chosen, before anything of that name is made.
    pub name: Option<String>,
    /// Whether it is worked on.
    pub state: TransferState,
    /// The step that it is at.
    pub step: TransferStep,
    /// The size of the file, the bytes that are on this computer, and the bytes that the place has.
    pub file: Relay,
    /// The SHA-256 of the file on this computer, in hexadecimal digits; `None` until it is complete.
    pub sha256: Option<String>,
    /// The upload to a bucket; `None` while there is none.
    pub upload: Option<BucketUpload>,
    /// Failures in a row.
    pub tries: u32,
    /// When it goes on after a failure; `None` for at once.
    pub next_try: Option<DateTime<Utc>>,
    /// What people should know: why it waits or failed, or that it had to start anew. Empty if there is nothing.
    pub said: String,
    /// When a person asked for it.
    pub created_at: DateTime<Utc>,
    /// When it was done or cancelled; `None` before.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Transfer {
    /// A new transfer that waits for its turn.
    #[must_use]
    pub fn new(recording: RecordingId, kind: TransferKind, target: Target, now: DateTime<Utc>) -> Self {
        Self {
            id: TransferId::new(),
            recording,
            kind,
            target,
            name: None,
            state: TransferState::Active,
            step: TransferStep::Prepare,
            file: Relay::default(),
            sha256: None,
            upload: None,
            tries: 0,
            next_try: None,
            said: String::new(),
            created_at: now,
            ended_at: None,
        }
    }

    /// Whether it may be worked on now.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.state == TransferState::Active && self.next_try.is_none_or(|next| next <= now)
    }

    /// Notes progress: the failures in a row are over, and so is what was said of them.
    pub fn went_on(&mut self) {
        self.tries = 0;
        if self.next_try.take().is_some() {
            self.said.clear();
        }
    }

    /// Goes to the next step.
    pub fn go_to(&mut self, step: TransferStep) {
        self.went_on();
        self.step = step;
    }

    /// Notes that it waits, and for what.
    pub fn wait(&mut self, why: String, until: DateTime<Utc>) {
        self.said = why;
        self.next_try = Some(until);
    }

    /// Notes a failure that may pass by itself. The wait doubles with each failure in a row.
    pub fn put_off(&mut self, why: String, now: DateTime<Utc>) {
        let doubled = 1_i32.checked_shl(self.tries.min(10)).and_then(|times| FIRST_WAIT.checked_mul(times));
        let wait = doubled.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        self.tries = self.tries.saturating_add(1);
        self.wait(why, now.later(wait));
    }

    /// Notes a failure that does not pass by itself.
    pub fn fail(&mut self, why: String) {
        self.state = TransferState::Failed;
        self.said = why;
        self.next_try = None;
    }

    /// Notes the end.
    pub fn finish(&mut self, now: DateTime<Utc>) {
        self.went_on();
        self.state = TransferState::Done;
        self.ended_at = Some(now);
        self.upload = None;
    }

    /// Begins again from the first byte, with the same name.
    pub fn begin_anew(&mut self) {
        self.go_to(TransferStep::Prepare);
        self.file = Relay::default();
        self.sha256 = None;
        self.upload = None;
    }

    /// Pauses it. Returns whether that is possible: only what is active can be paused.
    pub fn pause(&mut self) -> bool {
        let possible = self.state == TransferState::Active;
        if possible {
            self.state = TransferState::Paused;
            self.next_try = None;
            self.said.clear();
        }
        possible
    }

    /// Lets it go on at once. Returns whether that is possible: what is done or cancelled does not go on.
    pub fn resume(&mut self) -> bool {
        let possible = !self.state.is_over();
        if possible {
            self.state = TransferState::Active;
            self.said.clear();
            self.went_on();
        }
        possible
    }

    /// Cancels it. Returns whether that is possible: what is done cannot be cancelled.
    pub fn cancel(&mut self, now: DateTime<Utc>) -> bool {
        let possible = !self.state.is_over();
        if possible {
            self.state = TransferState::Cancelled;
            self.next_try = None;
            self.said.clear();
            self.ended_at = Some(now);
        }
        possible
    }

    /// Returns the whole way in bytes, of which [`Self::way_done`] are done: an archived file is fetched, sent and read
    /// back. `None` until its size is known.
    #[must_use]
    pub fn way(&self) -> Option<u64> {
        let total = self.file.total?;
        Some(if self.kind == TransferKind::Archive { total.saturating_mul(2) } else { total })
    }

    /// Returns the bytes of the way that are done.
    #[must_use]
    pub const fn way_done(&self) -> u64 {
        self.file.fetched.saturating_add(self.file.sent)
    }
}

/// Makes the name of a saved file, such as “Karate 2026-03-20 18.00.mp4”, or “… (2).mp4” for the second one. The time is
/// that in the time zone of the class.
#[must_use]
pub fn name_of_copy(recording: &Recording, number: usize, extension: &str) -> String {
    let begun = recording.facts.started_at.unwrap_or(recording.created_at).with_timezone(&recording.timezone);
    let begun = begun.format("%Y-%m-%d %H.%M");
    let ending = if number == 1 { format!(" {begun}.{extension}") } else { format!(" {begun} ({number}).{extension}") };
    file_name(&recording.title, "Recording", &ending)
}

/// What a place of the archive is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlaceKind {
    /// A folder, also one on another computer or on a disk that is not always connected.
    Folder {
        /// The path of the folder.
        folder: PathBuf,
    },
    /// A bucket that speaks the protocol of Amazon S3.
    Bucket(Bucket),
}

/// A bucket. The secret key is in the keyring alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The address of the service, such as `https://ACCOUNT.r2.cloudflarestorage.com`.
    pub endpoint: Url,
    /// The region, such as `auto`.
    pub region: String,
    /// The name of the bucket.
    pub bucket: String,
    /// The beginning of every key, without a slash at its end; empty if there is none.
    pub prefix: String,
    /// The id of the access key.
    pub access_key: String,
}

/// A place of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// Its name, as people know it.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
}

impl Place {
    /// Its folder; `None` for a bucket.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.kind {
            PlaceKind::Folder { folder } => Some(folder),
            PlaceKind::Bucket(_) => None,
        }
    }

    /// Returns what kind of place it is and where, on one line.
    #[must_use]
    pub fn whereabouts(&self) -> String {
        match &self.kind {
            PlaceKind::Folder { folder } => folder.display().to_string(),
            PlaceKind::Bucket(bucket) => bucket.to_string(),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.endpoint.host_str().unwrap_or_default();
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "{}{slash}{} at {host}", self.bucket, self.prefix)
    }
}

/// What a person enters for a bucket, without its secret key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketInput {
    /// The address of the service.
    pub endpoint: String,
    /// The region; `auto` if it is empty.
    pub region: String,
    /// The name of the bucket.
    pub bucket: String,
    /// The beginning of every key.
    pub prefix: String,
    /// The id of the access key.
    pub access_key: String,
}

impl Bucket {
    /// Checks what a person entered. `is_here` tells whether an address is on this computer, where no encryption is
    /// needed.
    pub fn check(input: &BucketInput, is_here: impl Fn(&Url) -> bool) -> Result<Self, Invalid> {
        let mut problems = Vec::new();
        let mut problem = |field, message: &str, next| {
            problems.push(FieldError { field, message: message.to_owned(), next });
        };
        let endpoint = Url::parse(input.endpoint.trim()).ok().filter(|url| {
            let encrypted = url.scheme() == "https" || url.scheme() == "http" && is_here(url);
            encrypted
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
        });
        if endpoint.is_none() {
            let next = "Copy the S3 address of the service; it begins with https://.";
            problem("endpoint", "This is no address of an S3 service.", next);
        }
        let plain = |text: &str| {
            let text = text.trim();
            let fits = text.len() <= PART_OF_ADDRESS_MAX
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            fits.then(|| text.to_owned())
        };
        let bucket = plain(&input.bucket).filter(|name| name.len() >= 3);
        if bucket.is_none() {
            let next = "Copy the name of the bucket as its service shows it.";
            problem("bucket", "This is no name of a bucket.", next);
        }
        let access_key = plain(&input.access_key).filter(|key| !key.is_empty());
        if access_key.is_none() {
            problem("access_key", "This is no id of an access key.", "Copy the access key id, not the secret key.");
        }
        let region = plain(&input.region).map(|region| if region.is_empty() { "auto".to_owned() } else { region });
        if region.is_none() {
            problem("region", "This is no region.", "Leave it empty for Cloudflare R2.");
        }
        let folders: Vec<&str> = input.prefix.split('/').map(str::trim).filter(|part| !part.is_empty()).collect();
        let fits = folders.iter().all(|part| *part != ".." && *part != "." && plain(part).is_some());
        if !fits {
            let next = "Use letters, digits, dots and dashes, and / between folders.";
            problem("prefix", "This cannot be the beginning of a key.", next);
        }
        let prefix = folders.join("/");
        Invalid::check(problems)?;
        let whole =
            (|| Some(Self { endpoint: endpoint?, region: region?, bucket: bucket?, prefix, access_key: access_key? }))(
            );
        whole.ok_or_else(|| Invalid::one("endpoint", "The bucket is not complete.", "Fill every field."))
    }
}

/// Checks the name of a place.
pub fn place_name(text: &str) -> Result<String, Invalid> {
    let name: String = one_line(text).chars().take(PLACE_NAME_MAX).collect();
    if name.is_empty() {
        return Err(Invalid::one("name", "The place has no name.", "Write a name, such as “Office NAS”."));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer() -> Transfer {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Transfer::new(RecordingId::new(), TransferKind::Archive, Target::Place(PlaceId::new()), now)
    }

    #[test]
    fn the_wait_doubles_with_each_failure_up_to_ten_minutes_and_ends_with_progress() {
        let (mut transfer, now) = (transfer(), transfer().created_at);
        for seconds in [15, 30, 60, 120, 240, 480, 600, 600] {
            transfer.put_off("no answer".into(), now);
            assert_eq!(transfer.next_try, Some(now + TimeDelta::seconds(seconds)));
            assert!(!transfer.is_due(now) && transfer.is_due(now + TimeDelta::seconds(seconds)));
        }
        transfer.went_on();
        assert!(transfer.is_due(now) && transfer.said.is_empty() && transfer.tries == 0);
    }

    #[test]
    fn what_is_over_is_neither_paused_nor_resumed_nor_cancelled() {
        let mut done = transfer();
        done.finish(done.created_at);
        assert!(!done.pause() && !done.resume() && !done.cancel(done.created_at));
        assert_eq!(done.state, TransferState::Done);
        let mut paused = transfer();
        assert!(paused.pause() && !paused.pause());
        assert!(!paused.is_due(paused.created_at));
        assert!(paused.resume() && paused.is_due(paused.created_at));
        let mut failed = transfer();
        failed.fail("no such bucket".into());
        assert!(!failed.pause() && failed.resume());
    }

    #[test]
    fn no_file_needs_more_parts_than_a_bucket_takes() {
        for size in [0, 1, 8 << 20, 2 << 30, 5 << 40] {
            let upload = BucketUpload::new("id".into(), size);
            assert!(size.div_ceil(upload.part_bytes) <= PARTS_MAX && upload.part_bytes >= SMALLEST_PART_BYTES);
        }
    }

    #[test]
    fn a_bucket_needs_an_encrypted_address_unless_it_is_on_this_computer() {
        let input = |endpoint: &str, prefix: &str| BucketInput {
            endpoint: endpoint.into(),
            bucket: "exams".into(),
            access_key: "key".into(),
            prefix: prefix.into(),
            ..BucketInput::default()
        };
        let check = |endpoint: &str, prefix: &str| {
            Bucket::check(&input(endpoint, prefix), |url| url.host_str() == Some("127.0.0.1"))
        };
        let bucket = check("https://a.r2.cloudflarestorage.com", "/dojo//2026/").unwrap();
        assert_eq!((bucket.prefix.as_str(), bucket.region.as_str()), ("dojo/2026", "auto"));
        assert!(check("http://127.0.0.1:9000", "").is_ok());
        for (endpoint, prefix) in [
            ("http://s3.example.org", ""),
            ("https://user:secret@s3.example.org", ""),
            ("s3.example.org", ""),
            ("https://s3.example.org", "../other"),
            ("https://s3.example.org", "a b"),
        ] {
            assert!(check(endpoint, prefix).is_err(), "{endpoint} {prefix}");
        }
    }
}
