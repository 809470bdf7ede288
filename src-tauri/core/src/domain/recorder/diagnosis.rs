//! The diagnosis of a failure for which Cloudflare gives no reason. RealtimeKit's ERRORED carries none, so the history
//! before the error is all that is known. Every diagnosis is a guess and is worded as one.

use chrono::TimeDelta;

use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::RecordingEvent;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::recorder::stage_kind::StageKind;
use crate::domain::schedule::limits::LENGTH_MAX;

/// The shortest recording of which RealtimeKit makes a file (Cloudflare docs, RealtimeKit, “Recording”).
const MIN_FILE_LENGTH: TimeDelta = TimeDelta::seconds(5);
/// A recording that ends this close to its maximum length is taken to have ended because of that limit.
const LIMIT_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// The likely cause of a failure, as a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likely {
    /// Less than five seconds were recorded.
    TooShort,
    /// The recorder was never in the room, or the room was empty when it came.
    NobodyThere,
    /// The recording reached its maximum length.
    Limit,
    /// The recording ended well, and then its file could not be stored.
    Storage,
    /// The recorder failed while it was recording.
    BrokeOff,
}

impl Likely {
    /// All guesses, for tables and tests.
    pub const ALL: [Self; 5] = [Self::TooShort, Self::NobodyThere, Self::Limit, Self::Storage, Self::BrokeOff];

    /// Returns the guess in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooShort => {
                "Probably it ran for too short a time: RealtimeKit makes no file of less than five seconds."
            }
            Self::NobodyThere => {
                "Probably the room was empty, or the session was ended, before Cloudflare’s recorder came: it was never seen recording."
            }
            Self::Limit => "Probably it reached the 24 hours after which Cloudflare ends every recording.",
            Self::Storage => {
                "Probably the file could not be stored: the class was recorded to its end, and the error came after it. Check the storage settings of the app in the Cloudflare dashboard."
            }
            Self::BrokeOff => {
                "Probably the fault lies in Cloudflare’s recorder: it broke off while the class was being recorded."
            }
        }
    }

    /// Returns the observation that leads to the guess, for the table of failures.
    #[must_use]
    pub const fn seen(self) -> &'static str {
        match self {
            Self::TooShort => "it ended less than five seconds after it began",
            Self::NobodyThere => "it was asked for and never seen recording",
            Self::Limit => "it ran for 24 hours",
            Self::Storage => "it had ended, and the file was being saved",
            Self::BrokeOff => "it was being recorded",
        }
    }
}

/// Returns the likely cause of a failed recording; `None` where the cause is known and needs no guess.
#[must_use]
pub fn likely(recording: &Recording, events: &[RecordingEvent]) -> Option<Likely> {
    if !matches!(recording.stage, Stage::Failed { cause: Cause::RecorderErrored, .. }) {
        return None;
    }
    let facts = &recording.facts;
    let last = events.iter().rfind(|event| event.to == recording.stage.kind());
    let ran = facts.started_at.zip(facts.stopped_at).map(|(started, stopped)| stopped.since(started));
    let was_seen = events.iter().any(|event| event.to == StageKind::Recording);
    let over = last
        .and_then(|event| event.from)
        .is_some_and(|from| matches!(from, StageKind::Stopping | StageKind::Uploading | StageKind::Uploaded));
    // Cloudflare's own times are used where it gives both. A recording that fails while it runs has no end at
    // Cloudflare.
    let running = facts.started_at.zip(last.map(|event| event.at)).map(|(started, failed)| failed.since(started));
    Some(match (ran, running) {
        (Some(ran), _) if ran < MIN_FILE_LENGTH => Likely::TooShort,
        (None, _) if facts.started_at.is_none() && !was_seen => Likely::NobodyThere,
        (Some(length), _) | (None, Some(length)) if length >= LENGTH_MAX.shorter(LIMIT_TOLERANCE) => Likely::Limit,
        _ if over => Likely::Storage,
        _ => Likely::BrokeOff,
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::domain::recorder::event::EventKind;
    use crate::domain::recorder::recording::Facts;
    use crate::domain::recorder::stage::Resume;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
    }

    fn failed(cause: Cause, started: Option<i64>, stopped: Option<i64>) -> Recording {
        let facts = Facts { started_at: started.map(at), stopped_at: stopped.map(at), ..Facts::default() };
        Recording { facts, ..Recording::example(Stage::Failed { cause, resume: Resume::AtRealtimeKit }, at(0)) }
    }

    /// Returns a history with one stage each second; the last stage begins at `end`.
    fn history(stages: &[&str], end: i64) -> Vec<RecordingEvent> {
        let events = stages.iter().enumerate().map(|(n, to)| RecordingEvent {
            at: if n + 1 == stages.len() { at(end) } else { at(i64::try_from(n).unwrap()) },
            from: n.checked_sub(1).map(|before| stages[before].parse().unwrap()),
            to: to.parse().unwrap(),
            kind: EventKind::Noted,
            note: String::new(),
        });
        events.collect()
    }

    #[test]
    fn the_history_before_the_error_decides_the_guess() {
        let day = 86_400;
        let cases = [
            (Some(1), Some(4), &["requested", "recording", "stopping", "failed"][..], 6, Likely::TooShort),
            (None, None, &["requested", "failed"], 65, Likely::NobodyThere),
            (None, None, &["requested", "stopping", "failed"], 65, Likely::NobodyThere),
            (Some(1), None, &["requested", "recording", "failed"], day, Likely::Limit),
            (Some(1), Some(day), &["requested", "recording", "uploading", "failed"], day + 9, Likely::Limit),
            (Some(1), Some(900), &["requested", "recording", "uploading", "failed"], 905, Likely::Storage),
            (Some(1), None, &["requested", "recording", "failed"], 700, Likely::BrokeOff),
        ];
        for (started, stopped, stages, end, guess) in cases {
            let recording = failed(Cause::RecorderErrored, started, stopped);
            assert_eq!(likely(&recording, &history(stages, end)), Some(guess), "{stages:?}");
        }
    }

    #[test]
    fn only_a_recorder_error_gets_a_guess() {
        for cause in Cause::ALL {
            let guess = likely(&failed(cause, None, None), &[]);
            assert_eq!(guess.is_some(), cause == Cause::RecorderErrored, "{cause:?}");
        }
    }

    #[test]
    fn every_guess_begins_with_probably_and_ends_with_a_full_stop() {
        for guess in Likely::ALL {
            assert!(guess.sentence().starts_with("Probably ") && guess.sentence().ends_with('.'));
        }
    }
}
