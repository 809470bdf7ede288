//! Proof of recording: what Hajime may say about whether a live session is recorded.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::clock::is_within;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::schedule::session::Session;

/// The time after the first person came in within which RealtimeKit must be seen recording. After it, there is an
/// alarm.
pub const PROOF_WITHIN: TimeDelta = TimeDelta::seconds(60);

/// The state of the proof that a live session is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The session is not to be recorded.
    NotRecorded,
    /// Nobody is in the room. Recording begins with the first person.
    WaitingForPeople,
    /// Recording was asked for at this moment and is not confirmed yet.
    Starting(DateTime<Utc>),
    /// RealtimeKit has been recording since this moment.
    Recording(DateTime<Utc>),
    /// A person paused the recording at this moment.
    Paused(DateTime<Utc>),
    /// The recording ended at this moment, and nobody is in the room of the live session.
    Stopped(DateTime<Utc>),
    /// Since this moment people are in the room, and nothing is recorded.
    Alarm(DateTime<Utc>, Why),
}

/// The reason why nothing is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Recording was asked for, but RealtimeKit was never seen recording.
    NotSeen,
    /// The recorder stopped with an error.
    Errored,
    /// The recording ended by itself, for example because it reached its maximum length.
    Ended,
}

impl Proof {
    /// Returns the stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotRecorded => "not_recorded",
            Self::WaitingForPeople => "waiting_for_people",
            Self::Starting(_) => "starting",
            Self::Recording(_) => "recording",
            Self::Paused(_) => "paused",
            Self::Stopped(_) => "stopped",
            Self::Alarm(..) => "alarm",
        }
    }

    /// Returns the moment since which this is so; `None` where the proof has no such moment.
    #[must_use]
    pub const fn since(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::NotRecorded | Self::WaitingForPeople => None,
            Self::Starting(at) | Self::Recording(at) | Self::Paused(at) | Self::Stopped(at) | Self::Alarm(at, _) => {
                Some(*at)
            }
        }
    }

    /// Returns one sentence for the live panel.
    #[must_use]
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::NotRecorded => "This class is not recorded.",
            Self::WaitingForPeople => "Recording begins when the first person is in the room.",
            Self::Starting(_) => "Starting to record. Waiting for Cloudflare to confirm it.",
            Self::Recording(_) => "Recording. Confirmed by Cloudflare.",
            Self::Paused(_) => "Recording is paused. Resume when the class goes on.",
            Self::Stopped(_) => "Recording stopped because the room was empty. It begins again when somebody comes in.",
            Self::Alarm(_, Why::NotSeen) => "This class is not being recorded. Hajime is retrying.",
            Self::Alarm(_, Why::Errored) => {
                "This class is not being recorded: Cloudflare’s recorder stopped with an error. Hajime is starting a new recording."
            }
            Self::Alarm(_, Why::Ended) => {
                "This class is not being recorded: the recording ended while people were in the room. Hajime is starting a new one."
            }
        }
    }
}

/// Returns the moment since which people are in the room without being recorded; `before` is the previous result. A
/// recorder that fails repeatedly, each time with a new recording, does not reset this moment.
#[must_use]
pub fn unrecorded_since(
    session: &Session,
    latest: Option<&Recording>,
    people: u32,
    before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let captured = latest.is_some_and(|recording| matches!(recording.stage, Stage::Recording | Stage::Paused));
    (session.plan.record && people > 0 && !captured).then(|| before.map_or(now, |before| before.min(now)))
}

/// Decides what may be said. `people` is the last count of the room, `None` while it is unknown; `unrecorded` is the
/// result of [`unrecorded_since`].
#[must_use]
pub fn proof(
    session: &Session,
    latest: Option<&Recording>,
    people: Option<u32>,
    unrecorded: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Proof {
    if !session.plan.record {
        return Proof::NotRecorded;
    }
    let Some(recording) = latest else {
        return if people.is_some_and(|count| count > 0) { Proof::Starting(now) } else { Proof::WaitingForPeople };
    };
    match recording.stage {
        Stage::Requested => {
            // Asking again begins a new stage but does not reset the wait.
            let since = unrecorded.map_or(recording.created_at, |since| since.min(recording.created_at));
            if is_within(since, PROOF_WITHIN, now) { Proof::Starting(since) } else { Proof::Alarm(since, Why::NotSeen) }
        }
        Stage::Recording => Proof::Recording(recording.stage_since),
        Stage::Paused => Proof::Paused(recording.stage_since),
        Stage::Stopping
        | Stage::Uploading
        | Stage::Uploaded
        | Stage::Importing(_)
        | Stage::Playable(_)
        | Stage::Ready
        | Stage::Failed { .. } => {
            if people == Some(0) {
                Proof::Stopped(recording.stage_since)
            } else {
                let why = if matches!(recording.stage, Stage::Failed { .. }) { Why::Errored } else { Why::Ended };
                Proof::Alarm(recording.stage_since, why)
            }
        }
    }
}

/// Returns whether a live session needs a new recording: people are in the room, and the latest recording captures
/// nothing.
///
/// RealtimeKit stops a recording after 60 seconds of an empty room. When people come back, the session needs another
/// one.
#[must_use]
pub fn needs_recording(session: &Session, latest: Option<&Recording>, people: u32) -> bool {
    session.plan.record && people > 0 && latest.is_none_or(|recording| !recording.stage.capturing())
}
