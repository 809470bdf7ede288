//! The stages of a recording and the one function that moves between them.
//!
//! [`step`] is pure: it never skips backwards, never leaves a final stage except by a person's hand (a retry, something attached) or the rule
//! of [`super::auto_retry`], and says once that a recording became watchable or failed. The work that a stage still needs ([`Stage::pending_work`]) is derived from the stage and not from the
//! move into it, so a crash between a move and its consequence loses nothing.

use std::fmt;

use chrono::TimeDelta;

use crate::domain::bounds::Stretched as _;
use crate::domain::delivery::notification::NotificationKind;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::stage_kind::StageKind;

/// Share of a video that is encoded: 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(u8);

impl Percent {
    /// Clamps to 0–100; anything that is not a number is 0.
    #[must_use]
    pub fn clamped(value: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0–100 right before")]
        let whole = if value.is_nan() { 0 } else { value.clamp(0.0, 100.0) as u8 };
        Self(whole)
    }

    /// Whole percent.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// How far Stream is with a video that is not watchable yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// The intent to import is recorded; Stream may or may not have been asked.
    Asked,
    /// Stream fetches the file.
    Downloading,
    /// Stream could not fetch the file; the intent to ask once more, with a fresh address, is recorded.
    AskedAgain,
    /// Stream fetches the file, asked for the second time.
    DownloadingAgain,
    /// Stream could not fetch the file twice: this computer fetches it.
    Fetching,
    /// This computer has the whole file and sends it to Stream.
    Sending,
    /// Stream has the file and waits for an encoder.
    Queued,
    /// Stream encodes.
    Encoding(Percent),
}

/// Where a recording is, exactly one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The intent to record is recorded; RealtimeKit may or may not have begun.
    Requested,
    /// RealtimeKit was *seen* recording.
    Recording,
    /// Paused by hand.
    Paused,
    /// The intent to stop is recorded.
    Stopping,
    /// RealtimeKit writes the file.
    Uploading,
    /// The file is complete at RealtimeKit, and Stream does not have it.
    Uploaded,
    /// On its way into Stream.
    Importing(Import),
    /// Watchable; better renditions are still being encoded.
    Playable(Percent),
    /// Watchable in every rendition.
    Ready,
    /// Failed; `resume` is where a retry begins.
    Failed {
        /// Why.
        cause: Cause,
        /// Where a retry begins.
        resume: Resume,
    },
}

/// Where a failed recording begins again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Ask RealtimeKit again what became of it.
    AtRealtimeKit,
    /// Import the file again.
    AtImport,
    /// Go on fetching and sending the file through this computer.
    AtRelay,
}

/// An observation: what Cloudflare said or a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// RealtimeKit: INVOKED.
    RecorderStarting,
    /// RealtimeKit: RECORDING.
    RecorderRecording,
    /// RealtimeKit: PAUSED.
    RecorderPaused,
    /// RealtimeKit: UPLOADING.
    RecorderUploading,
    /// RealtimeKit: UPLOADED, with a file.
    RecorderUploaded,
    /// RealtimeKit: UPLOADED, but no file.
    RecorderWithoutFile,
    /// RealtimeKit: UPLOADED to storage of the account's own.
    RecorderInOwnStorage,
    /// RealtimeKit: ERRORED.
    RecorderErrored,
    /// RealtimeKit does not know it, or has none for a room where one was asked for.
    RecorderMissing,
    /// Stream: waiting for the file.
    VideoDownloading,
    /// Stream: queued.
    VideoQueued,
    /// Stream: encoding, not watchable yet.
    VideoEncoding(Percent),
    /// Stream: `readyToStream`, with this much encoded.
    VideoPlayable(Percent),
    /// Stream: `error`.
    VideoFailed(Cause),
    /// Stream does not know it.
    VideoMissing,
    /// A person ended the session.
    StopAsked,
    /// The import is about to be asked for.
    ImportAsked,
    /// The whole file lies on this computer.
    FileFetched,
    /// The file that lay on this computer is gone or incomplete.
    FileLost,
    /// Stream took the whole file.
    FileSent,
    /// A call was refused for good.
    Refused(Cause),
    /// The stage's deadline is over.
    DeadlinePassed,
    /// It is tried again: a person asked, or its time has come.
    RetryAsked,
    /// RealtimeKit has a recording for a failed one: a person attached it, or it was given up too early.
    RecorderAttached,
    /// Stream has a video for a failed recording: a person attached it, or it is there again.
    VideoAttached,
}

/// The outcome of [`step`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing new.
    Stay,
    /// A new stage, and what people are told about it.
    Move(Stage, Option<NotificationKind>),
    /// The observation makes no sense here; it is logged and nothing moves.
    Refuse,
}

/// The work that a stage still needs Hajime to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingWork {
    /// Have RealtimeKit record, or find out that it does.
    Start,
    /// Have RealtimeKit stop.
    Stop,
    /// Have Stream import the file, or find out that it did.
    Import,
    /// Carry the file to Stream through this computer.
    Relay,
    /// Watch RealtimeKit.
    WatchRecorder,
    /// Watch Stream.
    WatchVideo,
}

impl Stage {
    /// Where a recording of RealtimeKit's that was attached by hand begins: what it is there now decides the rest.
    pub const RECORDER_ATTACHED: Self = Self::Uploading;
    /// Where a video that was attached by hand begins: what Stream says of it now decides the rest.
    pub const VIDEO_ATTACHED: Self = Self::Importing(Import::Downloading);

    /// The stage's word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.kind().name()
    }

    /// The stage without its data.
    #[must_use]
    pub const fn kind(self) -> StageKind {
        match self {
            Self::Requested => StageKind::Requested,
            Self::Recording => StageKind::Recording,
            Self::Paused => StageKind::Paused,
            Self::Stopping => StageKind::Stopping,
            Self::Uploading => StageKind::Uploading,
            Self::Uploaded => StageKind::Uploaded,
            Self::Importing(_) => StageKind::Importing,
            Self::Playable(_) => StageKind::Playable,
            Self::Ready => StageKind::Ready,
            Self::Failed { .. } => StageKind::Failed,
        }
    }

    /// The pending work; `None` once the recording is at rest.
    #[must_use]
    pub const fn pending_work(self) -> Option<PendingWork> {
        match self {
            Self::Requested => Some(PendingWork::Start),
            Self::Recording | Self::Paused | Self::Uploading => Some(PendingWork::WatchRecorder),
            Self::Stopping => Some(PendingWork::Stop),
            Self::Uploaded | Self::Importing(Import::Asked | Import::AskedAgain) => Some(PendingWork::Import),
            Self::Importing(Import::Fetching | Import::Sending) => Some(PendingWork::Relay),
            Self::Importing(Import::Downloading | Import::DownloadingAgain | Import::Queued | Import::Encoding(_))
            | Self::Playable(_) => Some(PendingWork::WatchVideo),
            Self::Ready | Self::Failed { .. } => None,
        }
    }

    /// Whether the room is still being captured, as far as is known.
    #[must_use]
    pub const fn capturing(self) -> bool {
        matches!(self, Self::Requested | Self::Recording | Self::Paused)
    }

    /// Whether this computer carries the file.
    #[must_use]
    pub const fn relaying(self) -> bool {
        matches!(self, Self::Importing(Import::Fetching | Import::Sending))
    }

    /// Whether Stream has the whole file, so that RealtimeKit's copy may go.
    #[must_use]
    pub const fn in_stream(self) -> bool {
        matches!(self, Self::Importing(Import::Queued | Import::Encoding(_)) | Self::Playable(_) | Self::Ready)
    }

    /// The longest a stage can sensibly take, given the length of what was recorded. Capture itself has no deadline: RealtimeKit ends it.
    ///
    /// Stream encodes at most 120 videos at once, so a queue of hours is possible and not yet a failure. As long as Stream does not have
    /// the file, asking again costs little and giving up may cost the recording: what bounds it is the week that RealtimeKit keeps it.
    #[must_use]
    pub fn deadline(self, length: TimeDelta) -> Option<TimeDelta> {
        match self {
            Self::Stopping => Some(TimeDelta::minutes(15)),
            Self::Uploading => Some(TimeDelta::hours(1).longer(length)),
            Self::Importing(Import::Asked | Import::AskedAgain | Import::Fetching | Import::Sending) => {
                Some(TimeDelta::days(8))
            }
            Self::Importing(_) => Some(TimeDelta::hours(6).longer(length)),
            Self::Playable(_) => Some(TimeDelta::hours(24)),
            Self::Requested | Self::Recording | Self::Paused | Self::Uploaded | Self::Ready | Self::Failed { .. } => {
                None
            }
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Requested => 0,
            Self::Recording | Self::Paused => 1,
            Self::Stopping => 2,
            Self::Uploading => 3,
            Self::Uploaded => 4,
            Self::Importing(Import::Asked) => 5,
            Self::Importing(Import::Downloading) => 6,
            Self::Importing(Import::AskedAgain) => 7,
            Self::Importing(Import::DownloadingAgain) => 8,
            Self::Importing(Import::Fetching) => 9,
            Self::Importing(Import::Sending) => 10,
            Self::Importing(Import::Queued) => 11,
            Self::Importing(Import::Encoding(_)) => 12,
            Self::Playable(_) => 13,
            Self::Ready => 14,
            Self::Failed { .. } => 15,
        }
    }
}

/// Decides the next stage. Stale answers (a stage already left) are `Stay`; impossible ones are `Refuse`.
#[must_use]
pub fn step(stage: Stage, seen: Observation) -> Step {
    if let Stage::Failed { resume, .. } = stage {
        return match (seen, resume) {
            (Observation::RetryAsked, Resume::AtRealtimeKit) => Step::Move(Stage::Uploading, None),
            (Observation::RetryAsked, Resume::AtImport) => Step::Move(Stage::Uploaded, None),
            (Observation::RetryAsked, Resume::AtRelay) => Step::Move(Stage::Importing(Import::Fetching), None),
            (Observation::RecorderAttached, _) => Step::Move(Stage::RECORDER_ATTACHED, None),
            (Observation::VideoAttached, _) => Step::Move(Stage::VIDEO_ATTACHED, None),
            _ => Step::Stay,
        };
    }
    match seen {
        Observation::RecorderStarting => Step::Stay,
        Observation::RecorderRecording => match stage {
            Stage::Requested | Stage::Paused => Step::Move(Stage::Recording, None),
            _ => Step::Stay,
        },
        Observation::RecorderPaused => match stage {
            Stage::Requested | Stage::Recording => Step::Move(Stage::Paused, None),
            _ => Step::Stay,
        },
        Observation::RecorderUploading => forward(stage, Stage::Uploading),
        Observation::RecorderUploaded => forward(stage, Stage::Uploaded),
        Observation::RecorderWithoutFile => before_import(stage, Cause::NoFile),
        Observation::RecorderInOwnStorage => before_import(stage, Cause::OwnStorage),
        Observation::RecorderErrored => before_import(stage, Cause::RecorderErrored),
        Observation::RecorderMissing => match stage {
            Stage::Requested => fail(stage, Cause::NeverStarted),
            _ => before_import(stage, Cause::RecorderMissing),
        },
        Observation::ImportAsked => match stage {
            Stage::Uploaded => Step::Move(Stage::Importing(Import::Asked), None),
            Stage::Importing(_) => Step::Stay,
            _ => Step::Refuse,
        },
        Observation::FileFetched => match stage {
            Stage::Importing(Import::Fetching) => Step::Move(Stage::Importing(Import::Sending), None),
            _ => Step::Stay,
        },
        Observation::FileLost => match stage {
            Stage::Importing(Import::Sending) => Step::Move(Stage::Importing(Import::Fetching), None),
            _ => Step::Stay,
        },
        Observation::FileSent => match stage {
            Stage::Importing(Import::Sending) => Step::Move(Stage::Importing(Import::Queued), None),
            _ => Step::Stay,
        },
        Observation::VideoDownloading => match stage {
            Stage::Importing(Import::AskedAgain) => Step::Move(Stage::Importing(Import::DownloadingAgain), None),
            _ => imported(stage, Stage::Importing(Import::Downloading)),
        },
        Observation::VideoQueued => imported(stage, Stage::Importing(Import::Queued)),
        Observation::VideoEncoding(percent) => imported(stage, Stage::Importing(Import::Encoding(percent))),
        Observation::VideoPlayable(percent) if percent.get() >= 100 => imported(stage, Stage::Ready),
        Observation::VideoPlayable(percent) => imported(stage, Stage::Playable(percent)),
        Observation::VideoFailed(Cause::SourceUnreachable) | Observation::Refused(Cause::SourceUnreachable)
            if matches!(stage, Stage::Importing(_)) =>
        {
            another_way(stage)
        }
        Observation::VideoFailed(cause) => match stage {
            // A video that failed before the relay began is not the one that the relay makes.
            Stage::Importing(Import::Fetching) => Step::Stay,
            Stage::Importing(_) | Stage::Playable(_) => fail(stage, cause),
            _ => Step::Refuse,
        },
        Observation::VideoMissing => match stage {
            // Whoever asks or sends next looks for the video first and makes another.
            Stage::Importing(Import::AskedAgain | Import::Fetching | Import::Sending) => Step::Stay,
            // Another desk found it broken and makes way for the next one.
            Stage::Importing(Import::Asked | Import::Downloading | Import::DownloadingAgain) => another_way(stage),
            Stage::Importing(_) | Stage::Playable(_) | Stage::Ready => fail(stage, Cause::VideoMissing),
            _ => Step::Refuse,
        },
        Observation::StopAsked => match stage {
            Stage::Requested | Stage::Recording | Stage::Paused => Step::Move(Stage::Stopping, None),
            _ => Step::Stay,
        },
        Observation::Refused(cause) => match stage {
            Stage::Ready | Stage::Playable(_) => Step::Refuse,
            _ => fail(stage, cause),
        },
        Observation::DeadlinePassed => match stage {
            // It can be watched: better renditions that never come are no failure.
            Stage::Playable(_) => Step::Move(Stage::Ready, None),
            Stage::Ready => Step::Stay,
            // Stream has not got the file, and there are other ways to bring it there.
            Stage::Importing(Import::Downloading | Import::DownloadingAgain) => another_way(stage),
            _ => fail(stage, Cause::TookTooLong),
        },
        Observation::RetryAsked | Observation::RecorderAttached | Observation::VideoAttached => Step::Refuse,
    }
}

/// Moves to a later stage; a stage already reached or passed stays.
fn forward(stage: Stage, to: Stage) -> Step {
    if to.rank() > stage.rank() { Step::Move(to, None) } else { Step::Stay }
}

/// RealtimeKit's failures matter only until Stream has the file.
fn before_import(stage: Stage, cause: Cause) -> Step {
    if stage.rank() <= Stage::Uploaded.rank() { fail(stage, cause) } else { Step::Stay }
}

/// What Stream says counts only once the import was asked for.
fn imported(stage: Stage, to: Stage) -> Step {
    if stage.rank() < Stage::Importing(Import::Asked).rank() {
        return Step::Refuse;
    }
    let watchable = |stage: Stage| matches!(stage, Stage::Playable(_) | Stage::Ready);
    let further = match (stage, to) {
        (Stage::Importing(Import::Encoding(from)), Stage::Importing(Import::Encoding(to)))
        | (Stage::Playable(from), Stage::Playable(to)) => to > from,
        _ => to.rank() > stage.rank(),
    };
    if !further {
        return Step::Stay;
    }
    let news = (watchable(to) && !watchable(stage)).then_some(NotificationKind::Watchable);
    Step::Move(to, news)
}

/// Stream has not fetched the file: it is asked once more with a fresh address, and then the file goes through this computer.
fn another_way(stage: Stage) -> Step {
    match stage {
        Stage::Importing(Import::Asked | Import::Downloading) => Step::Move(Stage::Importing(Import::AskedAgain), None),
        Stage::Importing(Import::AskedAgain | Import::DownloadingAgain) => {
            Step::Move(Stage::Importing(Import::Fetching), None)
        }
        Stage::Importing(Import::Fetching | Import::Sending) => Step::Stay,
        _ => fail(stage, Cause::SourceUnreachable),
    }
}

fn fail(stage: Stage, cause: Cause) -> Step {
    let resume = if stage.relaying() {
        Resume::AtRelay
    } else if stage.rank() >= Stage::Uploaded.rank() {
        Resume::AtImport
    } else {
        Resume::AtRealtimeKit
    };
    Step::Move(Stage::Failed { cause, resume }, Some(NotificationKind::Failed))
}

#[cfg(test)]
mod tests;
