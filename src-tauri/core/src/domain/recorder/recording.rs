//! A recording: its stage, the facts known of it, and the words for both.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, RealtimeKitRecordingId, RecordingId, SessionId, VideoId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::clip::Clip;
use crate::domain::recorder::quality::Quality;
use crate::domain::recorder::rescue;
use crate::domain::recorder::stage::{Import, Stage};
use crate::domain::recorder::video_marks::VideoMarks;
use crate::domain::recorder::work::RecordingWork;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::domain::schedule::origin::{Origin, shown_instructor};
use crate::domain::schedule::session::Session;

/// The status of a recording, in the four words that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The session is being captured.
    Recording,
    /// The recording was captured and cannot be watched yet.
    Processing,
    /// The video can be watched.
    Ready,
    /// The recording failed.
    Failed,
}

impl Status {
    /// Returns the word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recording => "RECORDING",
            Self::Processing => "PROCESSING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }

    /// Returns the status with this name; `None` for a name that no version of Hajime wrote.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Recording, Self::Processing, Self::Ready, Self::Failed].into_iter().find(|one| one.name() == name)
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

/// A recording that failed with less than this captured counts as an attempt that captured nothing.
const MIN_RECORDING_LENGTH: TimeDelta = TimeDelta::minutes(1);

/// The prefix of Hajime's marks at Stream.
pub const MARK: &str = "hajime-";

/// The facts known of a recording. Any of them may still be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The id at RealtimeKit.
    pub realtimekit_recording: Option<RealtimeKitRecordingId>,
    /// The id of the video at Stream.
    pub video: Option<VideoId>,
    /// True if a person attached the video. Hajime makes every other video from RealtimeKit's file.
    pub attached: bool,
    /// The beginning of capture, as RealtimeKit reports it.
    pub started_at: Option<DateTime<Utc>>,
    /// The end of capture, as RealtimeKit reports it.
    pub stopped_at: Option<DateTime<Utc>>,
    /// The length of the video.
    pub length: Option<TimeDelta>,
    /// The size of the file in bytes.
    pub size: Option<u64>,
    /// The moment until which RealtimeKit keeps the file.
    pub file_expires: Option<DateTime<Utc>>,
    /// The place in the account's own storage at which RealtimeKit saved the file, bucket first; `None` where it did
    /// not.
    pub own_storage: Option<String>,
    /// The address of the manifest, which contains the id of the video. Nobody can play it without a token; Hajime
    /// reads the account's delivery host from it.
    pub manifest: Option<Url>,
    /// When the video was made, as Stream told last.
    pub video_created: Option<DateTime<Utc>>,
    /// When Stream deletes the video; `None` for never, or where [`Self::video_created`] is not known.
    pub video_deletion: Option<DateTime<Utc>>,
    /// When the first video could be watched, as Stream tells.
    pub video_ready: Option<DateTime<Utc>>,
    /// When this desk noticed that the video can be watched; `None` where it did not follow the video until then.
    pub noticed: Option<Noticed>,
    /// The progress of the relay through this computer; `None` where there is no relay.
    pub relay: Option<Relay>,
    /// What the recording was cut from; `None` for a recording of a class.
    pub clip: Option<Clip>,
}

/// The moment at which this desk first saw that a video can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noticed {
    /// The moment, by Cloudflare's clock.
    pub at: DateTime<Utc>,
    /// How long this desk had not asked before; `None` where it had never asked.
    pub unasked: Option<TimeDelta>,
}

impl Facts {
    /// Forgets a video that failed, so that a retry makes another one.
    pub fn begin_anew(&mut self) {
        self.video = None;
        self.attached = false;
        self.video_created = None;
        self.video_deletion = None;
    }
}

#[cfg(test)]
impl Recording {
    /// A recording of which nothing is known yet, for tests to change.
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

/// The progress of a relay. Bytes count as fetched only once they are safely on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relay {
    /// The size of the whole file in bytes; `None` until the first answer.
    pub total: Option<u64>,
    /// The bytes that are on this computer.
    pub fetched: u64,
    /// The bytes that Stream has accepted.
    pub sent: u64,
    /// The strong `ETag` of the file. A later part with the same one belongs to the same version of the file.
    pub version: Option<String>,
}

/// The capture of one session and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Hajime's id. Videos of attached recordings carry it as their mark.
    pub id: RecordingId,
    /// The session that was recorded.
    pub session: SessionId,
    /// The room of the session; `None` where a recording was attached to a session that had no room.
    pub room: Option<MeetingId>,
    /// The title of the session when it was recorded.
    pub title: String,
    /// The instructor of the session when it was recorded; empty where only another desk knows the name. See
    /// [`Self::instructor_name`].
    pub instructor: String,
    /// The time zone of the session.
    pub timezone: chrono_tz::Tz,
    /// The quality that was asked for.
    pub quality: Quality,
    /// The stage of the recording.
    pub stage: Stage,
    /// The moment at which the stage began.
    pub stage_since: DateTime<Utc>,
    /// The facts known of the recording.
    pub facts: Facts,
    /// The work of this desk for the recording.
    pub work: RecordingWork,
    /// The moment at which recording was asked for.
    pub created_at: DateTime<Utc>,
    /// The moment at which somebody removed the recording; `None` while it is on the list.
    pub removed_at: Option<DateTime<Utc>>,
    /// The desk that the recording comes from.
    pub origin: Origin,
}

impl Recording {
    /// Makes a new recording with the present title, instructor, zone and quality of its session.
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

    /// Returns the instructor's name as people read it.
    #[must_use]
    pub fn instructor_name(&self) -> &str {
        shown_instructor(&self.instructor)
    }

    /// Returns the status that follows from the stage.
    #[must_use]
    pub fn status(&self) -> Status {
        self.stage.into()
    }

    /// Returns the mark by which the Stream video is found again: Stream's `creator`, at most 64 characters.
    ///
    /// The mark contains the id of the RealtimeKit recording, so that every desk that knows the room marks and finds
    /// the same video. For an attached video the mark contains Hajime's id instead, so that no other desk takes it for
    /// a second video of the RealtimeKit recording.
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

    /// Returns the marks for the video's metadata. They do not include the video's name.
    #[must_use]
    pub fn marks(&self) -> BTreeMap<String, String> {
        let marks = VideoMarks {
            recording: Some(self.id),
            session: Some(self.session),
            room: self.room.clone(),
            instructor: Some(self.instructor.clone()).filter(|name| !name.is_empty()),
            timezone: Some(self.timezone),
            recorded_at: Some(self.facts.started_at.unwrap_or(self.created_at)),
            clip: self.facts.clip,
        };
        marks.to_meta()
    }

    /// Returns whether the recording failed before anything worth watching was captured. The session's next attempt
    /// then stands for it.
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
        came_to_nothing && facts.video.is_none() && facts.clip.is_none()
    }

    /// Returns whether `other` stands for this attempt that captured nothing: a real recording of the same session, or
    /// a later attempt.
    #[must_use]
    pub fn is_superseded_by(&self, other: &Self) -> bool {
        let follows = || (other.created_at, other.id) > (self.created_at, self.id);
        other.id != self.id
            && other.session == self.session
            && self.is_empty_attempt()
            && (!other.is_empty_attempt() || follows())
    }

    /// Returns the length of the video; before it is known, the length of capture so far.
    #[must_use]
    pub fn expected_length(&self) -> TimeDelta {
        let captured = || {
            let began = self.facts.started_at.unwrap_or(self.created_at);
            let ended = self.facts.stopped_at.unwrap_or(self.stage_since);
            ended.since(began).max(TimeDelta::zero())
        };
        self.facts.length.unwrap_or_else(captured)
    }

    /// Returns one sentence that says what is happening.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.stage {
            Stage::Requested => "Asking Cloudflare to record".to_owned(),
            Stage::Recording => "Recording".to_owned(),
            Stage::Paused => "Recording is paused".to_owned(),
            Stage::Stopping => "Stopping the recording".to_owned(),
            Stage::Uploading => "Cloudflare is saving the file".to_owned(),
            Stage::Uploaded if self.facts.clip.is_some() => "Stream cuts it next".to_owned(),
            Stage::Importing(Import::Asked) if self.facts.clip.is_some() => "Asking Stream to cut it".to_owned(),
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

    /// Returns “, 12 of 340 MB”; empty until the size is known.
    fn bytes_of(&self, part: impl Fn(&Relay) -> u64) -> String {
        const MEGABYTE: u64 = 1_000_000;
        match &self.facts.relay {
            Some(relay) => relay.total.map_or_else(String::new, |total| {
                format!(", {} of {} MB", part(relay) / MEGABYTE, total.div_ceil(MEGABYTE))
            }),
            None => String::new(),
        }
    }

    /// Returns how many of the five steps *Recorded → Uploaded → Handed to Stream → Encoding → Ready* are done.
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

    /// Returns the encoding progress in percent, 0 to 100; `None` while nothing is encoded.
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

    /// Returns the moment until which the file can be rescued; `None` once Stream has it. RealtimeKit deletes its copy
    /// after seven days.
    #[must_use]
    pub fn rescue_until(&self) -> Option<DateTime<Utc>> {
        match self.status() {
            Status::Processing | Status::Failed if !self.stage.in_stream() => self.facts.file_expires,
            Status::Processing | Status::Failed | Status::Recording | Status::Ready => None,
        }
    }

    /// Returns the moment until which RealtimeKit may have the file; `None` where no RealtimeKit recording is known.
    #[must_use]
    pub fn file_kept_until(&self) -> Option<DateTime<Utc>> {
        self.facts.realtimekit_recording.as_ref()?;
        // Where RealtimeKit reported no end, the longest possible session is over before the seven days begin.
        let ended = || self.facts.stopped_at.unwrap_or(self.created_at.later(LENGTH_MAX));
        Some(self.facts.file_expires.unwrap_or_else(|| ended().later(rescue::FILE_RETENTION)))
    }

    /// Returns the moment at which Hajime noticed that the video was deleted from Stream; `None` where it was not
    /// deleted. Stream does not tell who deleted it.
    #[must_use]
    pub const fn deleted_at(&self) -> Option<DateTime<Utc>> {
        match self.stage {
            Stage::Failed { cause: Cause::VideoMissing, .. } => Some(self.stage_since),
            _ => None,
        }
    }

    /// Returns whether a person may remove the recording from the list: its video was deleted, nothing of it is left at
    /// Cloudflare, or it is a part that Stream did not cut.
    #[must_use]
    pub fn is_removable(&self, now: DateTime<Utc>) -> bool {
        self.deleted_at().is_some() || self.is_missing(now) || self.is_clip_without_video()
    }

    /// Returns whether this is a clip that failed before there was a video, so that nothing of it is at Cloudflare.
    fn is_clip_without_video(&self) -> bool {
        matches!(self.stage, Stage::Failed { .. }) && self.facts.clip.is_some() && self.facts.video.is_none()
    }

    /// Returns whether a retry by hand may succeed: the cause allows it, and something of the recording is left at
    /// Cloudflare.
    #[must_use]
    pub fn is_retryable(&self, now: DateTime<Utc>) -> bool {
        matches!(self.stage, Stage::Failed { cause, .. } if cause.retryable()) && !self.is_missing(now)
    }

    /// Returns whether nothing of the recording is left at Cloudflare, so that neither waiting nor a retry can bring it
    /// back.
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
