//! The stages of a recording, and the one function that moves between them.
//!
//! [`step`] does no I/O. It never returns to an earlier stage, except that it leaves `Failed` when a retry begins or
//! when a recording or video turns up. It leaves `Ready` only when the video was deleted. It notifies once that a
//! recording became watchable or failed.
//!
//! The work that a stage still needs ([`Stage::pending_work`]) depends on the stage alone and not on the move into it,
//! so a crash right after a move loses nothing.

use std::fmt;

use chrono::TimeDelta;

use crate::domain::bounds::Stretched as _;
use crate::domain::delivery::notification::NotificationKind;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::stage_kind::StageKind;

/// The percentage of a video that is encoded: 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(u8);

impl Percent {
    /// Clamps a number to 0–100 and drops its fraction; NaN becomes 0.
    #[must_use]
    pub fn clamped(value: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0–100 right before")]
        let whole = if value.is_nan() { 0 } else { value.clamp(0.0, 100.0) as u8 };
        Self(whole)
    }

    /// Returns the whole percentage.
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

/// The progress of a video that cannot be watched yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// Hajime has stored that it wants to import; it may or may not have asked Stream.
    Asked,
    /// Stream fetches the file.
    Downloading,
    /// Stream could not fetch the file. Hajime has stored that it wants to ask once more, with a fresh address.
    AskedAgain,
    /// Stream fetches the file after it was asked for the second time.
    DownloadingAgain,
    /// Stream could not fetch the file twice, so this computer fetches it.
    Fetching,
    /// This computer has the whole file and sends it to Stream.
    Sending,
    /// Stream has the file and waits for an encoder.
    Queued,
    /// Stream encodes the video.
    Encoding(Percent),
}

/// The stage of a recording. A recording is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Hajime has stored that it wants to record; RealtimeKit may or may not have begun.
    Requested,
    /// RealtimeKit was *seen* recording.
    Recording,
    /// A person paused the recording.
    Paused,
    /// Hajime has stored that it wants RealtimeKit to stop.
    Stopping,
    /// RealtimeKit writes the file.
    Uploading,
    /// The file is complete at RealtimeKit, and Stream does not have it.
    Uploaded,
    /// The file is on its way into Stream.
    Importing(Import),
    /// The video can be watched; Stream still encodes better renditions.
    Playable(Percent),
    /// The video can be watched in every rendition.
    Ready,
    /// The recording failed.
    Failed {
        /// The cause of the failure.
        cause: Cause,
        /// The point at which a retry begins.
        resume: Resume,
    },
}

/// The point at which a failed recording begins again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Ask RealtimeKit what became of the recording.
    AtRealtimeKit,
    /// Import the file again.
    AtImport,
    /// Continue to fetch and send the file through this computer.
    AtRelay,
}

/// An observation: what Cloudflare reported, or what a person asked for.
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
    /// RealtimeKit: UPLOADED, without a file.
    RecorderWithoutFile,
    /// RealtimeKit: UPLOADED to storage of the account's own.
    RecorderInOwnStorage,
    /// RealtimeKit: ERRORED.
    RecorderErrored,
    /// RealtimeKit does not know the recording, or lists none for a room in which one was asked for.
    RecorderMissing,
    /// Stream: waiting for the file.
    VideoDownloading,
    /// Stream: queued.
    VideoQueued,
    /// Stream: encoding, not watchable yet.
    VideoEncoding(Percent),
    /// Stream: `readyToStream`, with this percentage encoded.
    VideoPlayable(Percent),
    /// Stream: `error`.
    VideoFailed(Cause),
    /// Stream does not know the video.
    VideoMissing,
    /// A person ended the session.
    StopAsked,
    /// Hajime is about to ask Stream for the import.
    ImportAsked,
    /// The whole file is on this computer.
    FileFetched,
    /// The file on this computer is missing or incomplete.
    FileLost,
    /// Stream accepted the whole file.
    FileSent,
    /// Cloudflare or this computer refused a call, and repeating the call would not help.
    Refused(Cause),
    /// The deadline of the stage has passed.
    DeadlinePassed,
    /// A failed recording is tried again: a person asked for it, or an auto-retry is due.
    RetryAsked,
    /// RealtimeKit has a recording for a failed one: a person attached it, or Hajime had given it up too early.
    RecorderAttached,
    /// Stream has a video for a failed recording: a person attached it, or a deleted video is there again.
    VideoAttached,
}

/// The result of [`step`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing changes.
    Stay,
    /// The recording moves to a stage, and people may be notified.
    Move(Stage, Option<NotificationKind>),
    /// The observation is impossible in this stage. It is logged, and nothing changes.
    Refuse,
}

/// The work that a stage still needs Hajime to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingWork {
    /// Make RealtimeKit record, or find out that it records already.
    Start,
    /// Make RealtimeKit stop.
    Stop,
    /// Make Stream import the file, or find out that it has done so.
    Import,
    /// Relay the file to Stream through this computer.
    Relay,
    /// Ask RealtimeKit for its status until it changes.
    WatchRecorder,
    /// Ask Stream for the state of the video until it changes.
    WatchVideo,
}

impl Stage {
    /// The first stage of a RealtimeKit recording that a person attached. RealtimeKit's next report moves it on.
    pub const RECORDER_ATTACHED: Self = Self::Uploading;
    /// The first stage of a video that a person attached. Stream's next report moves it on.
    pub const VIDEO_ATTACHED: Self = Self::Importing(Import::Downloading);

    /// Returns the stable word in the CLI, the IPC and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.kind().name()
    }

    /// Returns the stage without its data.
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

    /// Returns the pending work; `None` once the recording is ready or failed.
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

    /// Returns whether RealtimeKit still captures the room, as far as is known.
    #[must_use]
    pub const fn capturing(self) -> bool {
        matches!(self, Self::Requested | Self::Recording | Self::Paused)
    }

    /// Returns whether this computer relays the file.
    #[must_use]
    pub const fn relaying(self) -> bool {
        matches!(self, Self::Importing(Import::Fetching | Import::Sending))
    }

    /// Returns whether Stream has the whole file, so that RealtimeKit's copy is not needed.
    #[must_use]
    pub const fn in_stream(self) -> bool {
        matches!(self, Self::Importing(Import::Queued | Import::Encoding(_)) | Self::Playable(_) | Self::Ready)
    }

    /// Returns the longest time that a stage should take, given the recorded length. Capture has no deadline, because
    /// RealtimeKit ends it.
    ///
    /// Stream encodes at most 120 videos at once, so a wait of hours in its queue is not yet a failure. While Stream
    /// does not have the file, asking again costs little, and giving up may lose the recording. That deadline is
    /// therefore longer than the seven days for which RealtimeKit keeps the file.
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

/// Decides the next stage. A late report, about a stage already left, is `Stay`; an impossible one is `Refuse`.
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
            // This failure belongs to a video from before the relay, not to the one that the relay makes.
            Stage::Importing(Import::Fetching) => Step::Stay,
            Stage::Importing(_) | Stage::Playable(_) => fail(stage, cause),
            _ => Step::Refuse,
        },
        Observation::VideoMissing => match stage {
            // The next step looks for the video first and makes another one.
            Stage::Importing(Import::AskedAgain | Import::Fetching | Import::Sending) => Step::Stay,
            // Another desk found the video broken and deleted it to make way for the next one.
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
            // The video can be watched, so renditions that never come are not a failure.
            Stage::Playable(_) => Step::Move(Stage::Ready, None),
            Stage::Ready => Step::Stay,
            // Stream does not have the file, and the file can be brought there in another way.
            Stage::Importing(Import::Downloading | Import::DownloadingAgain) => another_way(stage),
            _ => fail(stage, Cause::TookTooLong),
        },
        Observation::RetryAsked | Observation::RecorderAttached | Observation::VideoAttached => Step::Refuse,
    }
}

/// Moves to a later stage; stays where that stage is reached or passed.
fn forward(stage: Stage, to: Stage) -> Step {
    if to.rank() > stage.rank() { Step::Move(to, None) } else { Step::Stay }
}

/// Fails only while Stream does not have the file: after that, RealtimeKit's errors do not matter.
fn before_import(stage: Stage, cause: Cause) -> Step {
    if stage.rank() <= Stage::Uploaded.rank() { fail(stage, cause) } else { Step::Stay }
}

/// Follows a report from Stream. Before the import was asked for, such a report is impossible.
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

/// Finds another way for a file that Stream could not fetch: Stream is asked once more with a fresh address, and then
/// this computer relays the file.
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
