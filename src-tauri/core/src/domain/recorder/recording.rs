//! A recording: its stage, the facts gathered on the way, and the words for both.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, RealtimeKitRecordingId, RecordingId, SessionId, VideoId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::quality::Quality;
use crate::domain::recorder::rescue;
use crate::domain::recorder::stage::{Import, Stage};
use crate::domain::recorder::video_marks::VideoMarks;
use crate::domain::recorder::work::RecordingWork;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::origin::{Origin, shown_instructor};
use crate::domain::schedule::session::Session;

/// The headline people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The class is being captured.
    Recording,
    /// Captured, on its way to being watchable.
    Processing,
    /// Watchable.
    Ready,
    /// Failed.
    Failed,
}

impl Status {
    /// The word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recording => "RECORDING",
            Self::Processing => "PROCESSING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }
}

impl From<Stage> for Status {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Requested | Stage::Recording | Stage::Paused => Self::Recording,
            Stage::Stopping | Stage::Uploading | Stage::Uploaded | Stage::Importing(_) => Self::Processing,
            Stage::Playable(_) | Stage::Ready => Self::Ready,
            Stage::Failed { .. } => Self::Failed,
        }
    }
}

/// A failed recording shorter than this is an attempt.
const MIN_RECORDING_LENGTH: TimeDelta = TimeDelta::minutes(1);

/// The prefix of our marks.
pub const MARK: &str = "hajime-";

/// What was learnt about a recording; every part may still be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// RealtimeKit's id.
    pub realtimekit_recording: Option<RealtimeKitRecordingId>,
    /// Stream's id.
    pub video: Option<VideoId>,
    /// Whether that video was attached by hand and not made of RealtimeKit's file.
    pub attached: bool,
    /// When capture began, as RealtimeKit says.
    pub started_at: Option<DateTime<Utc>>,
    /// When capture ended, as RealtimeKit says.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Length of the video.
    pub length: Option<TimeDelta>,
    /// Size of the file in bytes.
    pub size: Option<u64>,
    /// Until when RealtimeKit keeps its file.
    pub file_expires: Option<DateTime<Utc>>,
    /// Where in the account's own storage RealtimeKit saved the file, bucket first, if it did.
    pub own_storage: Option<String>,
    /// The manifest's address by video id. Nobody can play it without a token; it carries the account's delivery host.
    pub manifest: Option<Url>,
    /// How far this computer is with carrying the file to Stream, once it does.
    pub relay: Option<Relay>,
}

impl Facts {
    /// Lets go of a video that came to nothing, so that a retry makes another.
    pub fn begin_anew(&mut self) {
        self.video = None;
        self.attached = false;
    }
}

#[cfg(test)]
impl Recording {
    /// One that nothing is known of yet, for tests to change.
    pub(crate) fn example(stage: Stage, at: DateTime<Utc>) -> Self {
        Self {
            id: RecordingId::new(),
            session: SessionId::new(),
            room: None,
            title: "Karate".into(),
            instructor: "R. Alves".into(),
            timezone: chrono_tz::Europe::Berlin,
            quality: Quality::High,
            stage,
            stage_since: at,
            facts: Facts::default(),
            work: RecordingWork::default(),
            created_at: at,
            removed_at: None,
            origin: Origin::Here,
        }
    }
}

/// How far this computer is with carrying a file. What it says was fetched is safely on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relay {
    /// The whole file, in bytes; unknown until the first answer.
    pub total: Option<u64>,
    /// How many bytes lie on this computer.
    pub fetched: u64,
    /// How many bytes Stream took.
    pub sent: u64,
    /// The origin's name for this version of the file (its strong `ETag`), by which a later part is known to belong to it.
    pub version: Option<String>,
}

/// The capture of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Our id, also the mark on the video.
    pub id: RecordingId,
    /// The session it belongs to.
    pub session: SessionId,
    /// The room of its session; `None` for one that was attached to a class without a room.
    pub room: Option<MeetingId>,
    /// Title of the session when it was recorded.
    pub title: String,
    /// Instructor of the session when it was recorded; empty where only another desk knows the name. See [`Self::instructor_name`].
    pub instructor: String,
    /// Zone of the session.
    pub timezone: chrono_tz::Tz,
    /// Quality asked for.
    pub quality: Quality,
    /// Where it is.
    pub stage: Stage,
    /// Since when.
    pub stage_since: DateTime<Utc>,
    /// What was learnt.
    pub facts: Facts,
    /// What this desk still does for it.
    pub work: RecordingWork,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When somebody took it off the list; `None` while it stands there.
    pub removed_at: Option<DateTime<Utc>>,
    /// Which desk it comes from.
    pub origin: Origin,
}

impl Recording {
    /// A new recording of a session, at its first stage. It is called what its session is called now.
    #[must_use]
    pub fn new(session: &Session, stage: Stage, now: DateTime<Utc>) -> Self {
        let plan = &session.plan;
        Self {
            id: RecordingId::new(),
            session: session.id,
            room: session.state.room().map(|room| room.id.clone()),
            title: plan.title.clone(),
            instructor: plan.instructor.clone(),
            timezone: plan.start.zone(),
            quality: plan.quality,
            stage,
            stage_since: now,
            facts: Facts::default(),
            work: RecordingWork::begin(stage, now),
            created_at: now,
            removed_at: None,
            origin: Origin::Here,
        }
    }

    /// The instructor as people read it.
    #[must_use]
    pub fn instructor_name(&self) -> &str {
        shown_instructor(&self.instructor)
    }

    /// The headline.
    #[must_use]
    pub fn status(&self) -> Status {
        self.stage.into()
    }

    /// The mark on the Stream video by which it is found again: Stream's `creator`, at most 64 characters.
    ///
    /// It names RealtimeKit's recording, so that every desk that knows the room marks and finds the same video. A video that was attached by
    /// hand is another one than those desks would make, so it is named by our id and can never be taken for a second of theirs.
    #[must_use]
    pub fn creator_mark(&self) -> String {
        const LONGEST: usize = 64;
        let shared = self
            .facts
            .realtimekit_recording
            .as_ref()
            .filter(|_| !self.facts.attached)
            .map(|realtimekit_recording| format!("{MARK}{realtimekit_recording}"));
        shared.filter(|mark| mark.len() <= LONGEST).unwrap_or_else(|| format!("{MARK}{}", self.id))
    }

    /// What the video's metadata says of it beside its name.
    #[must_use]
    pub fn marks(&self) -> BTreeMap<String, String> {
        let marks = VideoMarks {
            recording: Some(self.id),
            session: Some(self.session),
            room: self.room.clone(),
            instructor: Some(self.instructor.clone()).filter(|name| !name.is_empty()),
            timezone: Some(self.timezone),
            recorded_at: Some(self.facts.started_at.unwrap_or(self.created_at)),
        };
        marks.to_meta()
    }

    /// Whether it failed before anything worth watching was captured. The next attempt of its class stands in its place.
    #[must_use]
    pub fn is_empty_attempt(&self) -> bool {
        let Stage::Failed { cause, .. } = self.stage else { return false };
        let facts = &self.facts;
        let captured = match (facts.started_at, facts.stopped_at) {
            (None, _) => TimeDelta::zero(),
            (Some(began), ended) => ended.unwrap_or(self.stage_since).since(began),
        };
        let came_to_nothing = match cause {
            Cause::NeverStarted => true,
            Cause::RecorderErrored | Cause::RecorderMissing | Cause::NoFile | Cause::TooShort => {
                captured < MIN_RECORDING_LENGTH
            }
            Cause::FileExpired
            | Cause::StorageFull
            | Cause::ImportRefused
            | Cause::SourceUnreachable
            | Cause::NotAVideo
            | Cause::Damaged
            | Cause::TooLong
            | Cause::EncodingFailed
            | Cause::VideoMissing
            | Cause::TookTooLong
            | Cause::DiskFull
            | Cause::DiskRefused
            | Cause::TooLarge
            | Cause::ForeignAddress
            | Cause::ForeignFile
            | Cause::OwnStorage => false,
        };
        came_to_nothing && facts.video.is_none()
    }

    /// Whether the other stands in the place of this attempt that came to nothing: a recording of the same class, or the next attempt.
    #[must_use]
    pub fn is_superseded_by(&self, other: &Self) -> bool {
        let follows = || (other.created_at, other.id) > (self.created_at, self.id);
        other.id != self.id
            && other.session == self.session
            && self.is_empty_attempt()
            && (!other.is_empty_attempt() || follows())
    }

    /// How long it is, as far as can be told yet.
    #[must_use]
    pub fn expected_length(&self) -> TimeDelta {
        let captured = || {
            let began = self.facts.started_at.unwrap_or(self.created_at);
            let ended = self.facts.stopped_at.unwrap_or(self.stage_since);
            ended.since(began).max(TimeDelta::zero())
        };
        self.facts.length.unwrap_or_else(captured)
    }

    /// What is happening, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.stage {
            Stage::Requested => "Asking Cloudflare to record".to_owned(),
            Stage::Recording => "Recording".to_owned(),
            Stage::Paused => "Recording is paused".to_owned(),
            Stage::Stopping => "Stopping the recording".to_owned(),
            Stage::Uploading => "Cloudflare is saving the file".to_owned(),
            Stage::Uploaded => "The file is saved; Stream gets it next".to_owned(),
            Stage::Importing(Import::Asked) => "Handing the file to Stream".to_owned(),
            Stage::Importing(Import::Downloading) => "Stream is fetching the file".to_owned(),
            Stage::Importing(Import::AskedAgain | Import::DownloadingAgain) => {
                "Stream could not fetch the file and is asked once more".to_owned()
            }
            Stage::Importing(Import::Fetching) => {
                format!("Fetching the file through this computer{}", self.bytes_of(|relay| relay.fetched))
            }
            Stage::Importing(Import::Sending) => {
                format!("Sending the file to Stream{}", self.bytes_of(|relay| relay.sent))
            }
            Stage::Importing(Import::Queued) => "Stream will encode it next".to_owned(),
            Stage::Importing(Import::Encoding(percent)) => format!("Stream is encoding, {percent}"),
            Stage::Playable(percent) => format!("Ready to watch; still improving, {percent}"),
            Stage::Ready => "Ready to watch".to_owned(),
            Stage::Failed { cause: Cause::OwnStorage, .. } if self.facts.own_storage.is_some() => {
                let place = self.facts.own_storage.as_deref().unwrap_or_default();
                format!("Cloudflare saved the recording to your own storage: {place}.")
            }
            Stage::Failed { cause, .. } => cause.sentence().to_owned(),
        }
    }

    /// “, 12 of 340 MB”, once it is known.
    fn bytes_of(&self, part: impl Fn(&Relay) -> u64) -> String {
        const MEGABYTE: u64 = 1_000_000;
        match &self.facts.relay {
            Some(relay) => relay.total.map_or_else(String::new, |total| {
                format!(", {} of {} MB", part(relay) / MEGABYTE, total.div_ceil(MEGABYTE))
            }),
            None => String::new(),
        }
    }

    /// How many of the five steps *Recorded → Uploaded → Handed to Stream → Encoding → Ready* are behind it.
    #[must_use]
    pub const fn steps_done(&self) -> u8 {
        match self.stage {
            Stage::Requested | Stage::Recording | Stage::Paused | Stage::Stopping => 0,
            Stage::Uploading => 1,
            Stage::Uploaded
            | Stage::Importing(Import::Asked | Import::AskedAgain | Import::Fetching | Import::Sending) => 2,
            Stage::Importing(_) => 3,
            Stage::Playable(_) | Stage::Ready => 5,
            Stage::Failed { .. } => {
                if self.facts.video.is_some() {
                    3
                } else if self.facts.file_expires.is_some() {
                    2
                } else {
                    0
                }
            }
        }
    }

    /// Encoding progress, 0–100, while there is any.
    #[must_use]
    pub const fn progress(&self) -> Option<u8> {
        match self.stage {
            Stage::Importing(Import::Encoding(percent)) | Stage::Playable(percent) => Some(percent.get()),
            Stage::Requested
            | Stage::Recording
            | Stage::Paused
            | Stage::Stopping
            | Stage::Uploading
            | Stage::Uploaded
            | Stage::Importing(
                Import::Asked
                | Import::Downloading
                | Import::AskedAgain
                | Import::DownloadingAgain
                | Import::Fetching
                | Import::Sending
                | Import::Queued,
            )
            | Stage::Ready
            | Stage::Failed { .. } => None,
        }
    }

    /// Until when the file can be rescued: RealtimeKit's copy goes after seven days, which matters only until Stream has it.
    #[must_use]
    pub fn rescue_until(&self) -> Option<DateTime<Utc>> {
        match self.status() {
            Status::Processing | Status::Failed if !self.stage.in_stream() => self.facts.file_expires,
            Status::Processing | Status::Failed | Status::Recording | Status::Ready => None,
        }
    }

    /// Until when RealtimeKit may have its file; `None` if it never made one that is known.
    #[must_use]
    pub fn file_kept_until(&self) -> Option<DateTime<Utc>> {
        self.facts.realtimekit_recording.as_ref()?;
        // Where RealtimeKit did not say, the longest class there can be is over before its week begins.
        let ended = || self.facts.stopped_at.unwrap_or(self.created_at.later(LENGTH_MAX));
        Some(self.facts.file_expires.unwrap_or_else(|| ended().later(rescue::FILE_RETENTION)))
    }

    /// When it was noticed that its video was deleted from Stream; `None` while it was not. Stream does not tell who did it.
    #[must_use]
    pub const fn deleted_at(&self) -> Option<DateTime<Utc>> {
        match self.stage {
            Stage::Failed { cause: Cause::VideoMissing, .. } => Some(self.stage_since),
            _ => None,
        }
    }

    /// Whether somebody may take it off the list: its video was deleted, or nothing of it is left at Cloudflare.
    #[must_use]
    pub fn is_removable(&self, now: DateTime<Utc>) -> bool {
        self.deleted_at().is_some() || self.is_missing(now)
    }

    /// Whether trying again by hand may help: its cause allows it, and something of it is left at Cloudflare.
    #[must_use]
    pub fn is_retryable(&self, now: DateTime<Utc>) -> bool {
        matches!(self.stage, Stage::Failed { cause, .. } if cause.retryable()) && !self.is_missing(now)
    }

    /// Whether nothing of it is left at Cloudflare, so that neither waiting nor trying again can bring it back.
    #[must_use]
    pub fn is_missing(&self, now: DateTime<Utc>) -> bool {
        match self.stage {
            Stage::Failed { cause, .. } => cause.is_loss() && self.file_kept_until().is_none_or(|until| until <= now),
            Stage::Requested
            | Stage::Recording
            | Stage::Paused
            | Stage::Stopping
            | Stage::Uploading
            | Stage::Uploaded
            | Stage::Importing(_)
            | Stage::Playable(_)
            | Stage::Ready => false,
        }
    }
}
