//! What probably lies behind a failure that nobody explains. RealtimeKit's ERRORED carries no reason, so what was seen before it is all there
//! is to go by: everything here is a guess and worded as one.

use chrono::TimeDelta;

use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::RecordingEvent;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::recorder::stage_kind::StageKind;
use crate::domain::schedule::limits::LENGTH_MAX;

/// RealtimeKit may make no file of less (Cloudflare docs, RealtimeKit, “Recording”).
const SHORTEST: TimeDelta = TimeDelta::seconds(5);
/// How near to the limit a recording ends that ended because of it.
const LIMIT_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// The likely cause of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likely {
    /// Recorded for less than five seconds.
    TooShort,
    /// The recorder never was in the room, or nobody was there any more when it came.
    NobodyThere,
    /// It reached the longest time a recording may take.
    Limit,
    /// It was recorded and ended well, and then there was no place for the file.
    Storage,
    /// It broke off in the middle.
    BrokeOff,
}

impl Likely {
    /// All of them, for tables and tests.
    pub const ALL: [Self; 5] = [Self::TooShort, Self::NobodyThere, Self::Limit, Self::Storage, Self::BrokeOff];

    /// The guess, in one sentence.
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

    /// The observation that leads to this guess, for the table of failures.
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

/// The likely cause of a failed recording; `None` where the known cause needs no guess.
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
    // Cloudflare's own times where it gives both; a recording that fails while it runs has no end there.
    let running = facts.started_at.zip(last.map(|event| event.at)).map(|(started, failed)| failed.since(started));
    Some(match (ran, running) {
        (Some(ran), _) if ran < SHORTEST => Likely::TooShort,
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

    /// The stages one after the other, a second each; the last one at `end`.
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
    fn what_was_seen_before_the_error_is_what_is_guessed_from() {
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
    fn where_a_cause_is_known_nothing_is_guessed() {
        for cause in Cause::ALL {
            let guess = likely(&failed(cause, None, None), &[]);
            assert_eq!(guess.is_some(), cause == Cause::RecorderErrored, "{cause:?}");
        }
    }

    #[test]
    fn guesses_are_worded_as_such() {
        for guess in Likely::ALL {
            assert!(guess.sentence().starts_with("Probably ") && guess.sentence().ends_with('.'));
        }
    }
}
