//! Proof of recording: what may honestly be said about a live class being recorded.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::clock::is_within;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::schedule::session::Session;

/// RECORDING must have been seen within this time after the first person came in.
pub const PROOF_WITHIN: TimeDelta = TimeDelta::seconds(60);

/// What is known about a live session being recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The session is not to be recorded.
    NotRecorded,
    /// Nobody is in the room; recording begins with the first person.
    WaitingForPeople,
    /// Asked for, not seen yet.
    Starting(DateTime<Utc>),
    /// RealtimeKit was seen recording since then.
    Recording(DateTime<Utc>),
    /// Paused by hand since then.
    Paused(DateTime<Utc>),
    /// It ended while the class goes on, with nobody in the room.
    Stopped(DateTime<Utc>),
    /// People are in the room, and nothing is being recorded.
    Alarm(DateTime<Utc>, Why),
}

/// Why nothing is being recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was asked for and never seen.
    NotSeen,
    /// The recorder stopped with an error.
    Errored,
    /// It ended by itself, for example because it ran for as long as a recording may.
    Ended,
}

impl Proof {
    /// The stable word in the CLI and the IPC.
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

    /// Since when it is so.
    #[must_use]
    pub const fn since(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::NotRecorded | Self::WaitingForPeople => None,
            Self::Starting(at) | Self::Recording(at) | Self::Paused(at) | Self::Stopped(at) | Self::Alarm(at, _) => {
                Some(*at)
            }
        }
    }

    /// One sentence for the live panel.
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

/// Since when people are in the room without being recorded, given since when they were a moment ago. A recorder that keeps failing, each
/// time with a new recording, does not begin the time anew.
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

/// Decides what may be said. `people` is the last count of the room, `None` while it is unknown; `unrecorded` is since when people are
/// there without being recorded.
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
            // Asking again begins the stage anew, but not the wait.
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

/// Whether a live session needs a (further) recording: people are there, and the latest one no longer captures anything.
///
/// RealtimeKit stops a recording after 60 seconds of empty room; a class whose people come back must be recorded on.
#[must_use]
pub fn needs_recording(session: &Session, latest: Option<&Recording>, people: u32) -> bool {
    session.plan.record && people > 0 && latest.is_none_or(|recording| !recording.stage.capturing())
}
