//! Whether the whole class is in the video: the time that was recorded beside the length of what came of it. Pure.
//!
//! Cloudflare's clock says when capture began and ended, this desk's when it was asked for and paused. The two are compared only where they
//! cannot mislead: what is not known for sure is no gap.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::recorder::event::{EventKind, RecordingEvent};
use crate::domain::recorder::proof::PROOF_WITHIN;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::recorder::stage_kind::StageKind;

/// The time that may always be missing, because cutting and encoding take seconds at either end.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(15);
/// Of a long class, this share may be missing, in percent.
pub const TOLERANCE_PERCENT: i32 = 2;
/// Clocks that differ by more than this factor do not run equally fast, as in a rehearsal whose time is hurried on.
const SAME_PACE: i32 = 2;

/// The time that was recorded, and the video that came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// When capture began.
    pub began: DateTime<Utc>,
    /// When capture ended.
    pub ended: DateTime<Utc>,
    /// How long it was paused between.
    pub paused: TimeDelta,
    /// Length of the video.
    pub length: TimeDelta,
    /// How long after it was asked for capture began.
    pub begun_late: TimeDelta,
    /// How long nothing was recorded before it, since the recording of the class before this one; nothing where the room was empty.
    pub hole: TimeDelta,
}

impl Coverage {
    /// How long the video should be.
    #[must_use]
    pub fn expected(&self) -> TimeDelta {
        self.ended.since(self.began).shorter(self.paused).max(TimeDelta::zero())
    }

    /// How much of that is not in the video; nothing if it is longer.
    #[must_use]
    pub fn missing(&self) -> TimeDelta {
        self.expected().shorter(self.length).max(TimeDelta::zero())
    }

    /// How much may be missing.
    #[must_use]
    pub fn tolerance(&self) -> TimeDelta {
        TOLERANCE.max(self.expected().times(TOLERANCE_PERCENT).part(100))
    }

    /// Whether the video is too short.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.missing() > self.tolerance()
    }

    /// Whether the class went on for too long before capture began.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.begun_late > PROOF_WITHIN
    }

    /// Whether the class went on for too long between its recordings.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.hole > PROOF_WITHIN
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.is_short() && !self.is_late() && !self.is_interrupted()
    }

    /// The coverage together with the previous recording of the session.
    #[must_use]
    pub fn following(self, before: &Recording, events: &[RecordingEvent]) -> Self {
        let everybody_left = events.iter().any(|event| event.kind == EventKind::RoomWasEmpty);
        let hole = before.facts.stopped_at.filter(|_| !everybody_left).map(|stopped| self.began.since(stopped));
        Self { hole: hole.unwrap_or_default().max(TimeDelta::zero()), ..self }
    }

    /// The coverage in words, on one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.sentences().join(" ")
    }

    /// The coverage in words: one sentence for each gap, or a single one where nothing is missing.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.is_short() {
            let pauses = if self.paused.is_zero() {
                String::new()
            } else {
                format!(" without {} of pauses", words(self.paused))
            };
            said.push(format!(
                "About {} are missing: {}{pauses} were recorded, and the video is {} long. Up to {} s or {TOLERANCE_PERCENT} % are normal.",
                words(self.missing()),
                words(self.expected()),
                words(self.length),
                TOLERANCE.num_seconds(),
            ));
        }
        if self.is_late() {
            said.push(format!(
                "Recording began {} after it was asked for, and what came before is not in the video. Up to {} s are normal.",
                words(self.begun_late),
                PROOF_WITHIN.num_seconds(),
            ));
        }
        if self.is_interrupted() {
            said.push(format!(
                "Nothing was recorded for {} before it began, after the recording before it had ended. Up to {} s are normal.",
                words(self.hole),
                PROOF_WITHIN.num_seconds(),
            ));
        }
        if said.is_empty() {
            said.push(format!("Complete: {} recorded of {}.", words(self.length), words(self.expected())));
        }
        said
    }
}

/// Compares a recording that can be watched with the time it was recorded; `None` while it cannot be, and where too little is known: a
/// recording that was attached, that another desk asked for, or that was never seen being captured.
#[must_use]
pub fn coverage(recording: &Recording, events: &[RecordingEvent]) -> Option<Coverage> {
    let facts = &recording.facts;
    let watchable = matches!(recording.stage, Stage::Playable(_) | Stage::Ready);
    let asked_here = events.first().is_some_and(|event| event.to == StageKind::Requested);
    if !watchable || facts.attached || !asked_here || brought_back(events) {
        return None;
    }
    let (began, ended, length) = (facts.started_at?, facts.stopped_at?, facts.length?);
    let seen = events.iter().find(|event| captured(event.to))?.at;
    let over = events.iter().find(|event| event.at >= seen && !captured(event.to))?.at;
    let paused = pauses(events);
    if !paused.is_zero() && ended.since(began) > over.since(seen).times(SAME_PACE) {
        return None;
    }
    // A room records by itself from the first person on, so it may begin a little before this desk notices. Where Cloudflare says that it
    // began long before, the clocks differ, and only this desk's counts.
    let by_cloud = began.since(recording.created_at);
    let by_desk = seen.since(recording.created_at);
    let begun_late = if by_cloud < -PROOF_WITHIN { by_desk } else { by_cloud.min(by_desk) };
    let (begun_late, hole) = (begun_late.max(TimeDelta::zero()), TimeDelta::zero());
    Some(Coverage { began, ended, paused, length, begun_late, hole })
}

/// Whether what RealtimeKit has was taken up again after a failure. It may be another recording than the history tells of.
fn brought_back(events: &[RecordingEvent]) -> bool {
    events.iter().any(|event| event.from == Some(StageKind::Failed) && event.to == StageKind::Uploading)
}

/// How long it was paused: from each move to the pause until the next move out of it.
fn pauses(events: &[RecordingEvent]) -> TimeDelta {
    let mut since = None;
    let mut sum = TimeDelta::zero();
    for event in events {
        if event.to == StageKind::Paused {
            since = since.or(Some(event.at));
        } else if let Some(since) = since.take() {
            sum = sum.longer(event.at.since(since).max(TimeDelta::zero()));
        }
    }
    sum
}

fn captured(stage: StageKind) -> bool {
    matches!(stage, StageKind::Recording | StageKind::Paused)
}

/// “54 s”, “59 min 40 s”, “1 h 2 min”.
fn words(span: TimeDelta) -> String {
    let seconds = span.num_seconds();
    let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if said.is_empty() { "0 s".to_owned() } else { said.join(" ") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::recorder::recording::Facts;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
    }

    /// Asked for at 0.
    fn recording(started: i64, stopped: i64, length: i64) -> Recording {
        let facts = Facts {
            started_at: Some(at(started)),
            stopped_at: Some(at(stopped)),
            length: Some(TimeDelta::seconds(length)),
            ..Facts::default()
        };
        Recording { facts, ..Recording::example(Stage::Ready, at(0)) }
    }

    fn history(moves: &[(i64, &str)]) -> Vec<RecordingEvent> {
        let events = moves.iter().enumerate().map(|(n, (seconds, to))| RecordingEvent {
            at: at(*seconds),
            from: n.checked_sub(1).map(|before| moves[before].1.parse().unwrap()),
            to: to.parse().unwrap(),
            kind: EventKind::Noted,
            note: String::new(),
        });
        events.collect()
    }

    const PLAIN: &[(i64, &str)] = &[(0, "requested"), (5, "recording"), (3_605, "stopping"), (3_606, "uploading")];

    fn of(recording: &Recording, moves: &[(i64, &str)]) -> Coverage {
        coverage(recording, &history(moves)).unwrap()
    }

    #[test]
    fn a_whole_class_is_complete_and_says_so() {
        let whole = of(&recording(3, 3_595, 3_580), PLAIN);
        assert!(whole.is_complete());
        assert_eq!(whole.sentence(), "Complete: 59 min 40 s recorded of 59 min 52 s.");
    }

    #[test]
    fn what_went_on_between_two_recordings_is_missing_unless_everybody_had_left() {
        let before = recording(-1_000, -240, 700);
        let after = of(&recording(3, 3_595, 3_580), PLAIN);
        let followed = after.following(&before, &history(PLAIN));
        assert!(followed.is_interrupted() && !followed.is_complete());
        assert_eq!(
            followed.sentence(),
            "Nothing was recorded for 4 min 3 s before it began, after the recording before it had ended. Up to 60 s are normal."
        );
        let mut events = history(PLAIN);
        events[2].kind = EventKind::RoomWasEmpty;
        assert!(after.following(&before, &events).is_complete());
        assert!(after.following(&recording(-1_000, -40, 900), &history(PLAIN)).is_complete(), "begun again at once");
        assert!(after.following(&recording(-1_000, 500, 900), &history(PLAIN)).is_complete(), "beside each other");
    }

    #[test]
    fn pauses_are_no_gap_and_what_is_missing_beside_them_is() {
        let moves = &[
            (0, "requested"),
            (5, "recording"),
            (605, "paused"),
            (610, "paused"),
            (725, "recording"),
            (3_605, "uploading"),
        ];
        let whole = of(&recording(5, 3_605, 3_480), moves);
        assert_eq!((whole.paused, whole.missing()), (TimeDelta::seconds(120), TimeDelta::zero()));
        assert!(whole.is_complete());
        let short = of(&recording(5, 3_605, 3_240), moves);
        assert_eq!(
            short.sentence(),
            "About 4 min are missing: 58 min without 2 min of pauses were recorded, and the video is 54 min long. Up to 15 s or 2 % are normal."
        );
    }

    #[test]
    fn a_pause_may_last_until_the_end() {
        let ended =
            of(&recording(5, 605, 300), &[(0, "requested"), (5, "recording"), (305, "paused"), (605, "stopping")]);
        assert_eq!(ended.paused, TimeDelta::seconds(300));
        assert!(ended.is_complete());
    }

    #[test]
    fn the_tolerance_is_fifteen_seconds_or_two_percent_and_a_minute_to_begin() {
        for (length, short) in [(86, false), (85, false), (84, true)] {
            let brief = of(&recording(5, 105, length), &[(0, "requested"), (5, "recording"), (105, "stopping")]);
            assert_eq!(brief.is_short(), short, "{length}");
        }
        for (length, short) in [(3_528, false), (3_527, true)] {
            assert_eq!(of(&recording(5, 3_605, length), PLAIN).is_short(), short, "{length}");
        }
        for (began, late) in [(60, false), (61, true), (200, true)] {
            let moves = &[(0, "requested"), (began + 2, "recording"), (3_605, "stopping")];
            let found = of(&recording(began, 3_605, 3_605 - began), moves);
            assert_eq!((found.is_late(), found.is_short()), (late, false), "{began}");
        }
    }

    #[test]
    fn clocks_that_differ_make_no_gap() {
        // Cloudflare's is two minutes ahead, then two behind: what this desk saw counts.
        for ahead in [120, -120] {
            let found = of(&recording(3 + ahead, 3_603 + ahead, 3_600), PLAIN);
            assert!(found.is_complete(), "{found:?}");
        }
        // A hurried rehearsal: its hour is a minute of ours, and its pauses cannot be known.
        let hurried = &[(0, "requested"), (1, "recording"), (20, "paused"), (30, "recording"), (60, "stopping")];
        assert_eq!(coverage(&recording(3, 3_600, 3_000), &history(hurried)), None);
    }

    #[test]
    fn what_is_not_known_is_not_judged() {
        let mut attached = recording(3, 3_600, 60);
        attached.facts.attached = true;
        let mut waiting = recording(3, 3_600, 60);
        waiting.stage = Stage::Uploaded;
        let mut endless = recording(3, 3_600, 60);
        endless.facts.stopped_at = None;
        for unknown in [attached, waiting, endless] {
            assert_eq!(coverage(&unknown, &history(PLAIN)), None);
        }
        let adopted = &[(900, "uploaded"), (910, "importing"), (999, "ready")][..];
        let unseen = &[(0, "requested"), (3_605, "uploading"), (3_700, "ready")][..];
        let taken_up = &[(0, "requested"), (5, "recording"), (50, "failed"), (99, "uploading")][..];
        for moves in [adopted, unseen, taken_up, &[]] {
            assert_eq!(coverage(&recording(3, 3_600, 60), &history(moves)), None, "{moves:?}");
        }
    }

    proptest! {
        #[test]
        fn a_video_as_long_as_what_was_recorded_is_complete_however_often_it_was_paused(
            spans in proptest::collection::vec((1i64..2_000, 1i64..2_000), 0..8), last in 1i64..2_000, lost in 0i64..=15,
        ) {
            let (mut now, mut filmed) = (5, 0);
            let mut moves = vec![(0, "requested"), (5, "recording")];
            for (recorded, paused) in spans {
                moves.push((now + recorded, "paused"));
                now += recorded + paused;
                filmed += recorded;
                moves.push((now, "recording"));
            }
            moves.push((now + last, "stopping"));
            let found = of(&recording(5, now + last, (filmed + last - lost).max(0)), &moves);
            prop_assert!(found.is_complete(), "{found:?}");
            prop_assert_eq!(found.expected(), TimeDelta::seconds(filmed + last));
        }

        #[test]
        fn more_missing_is_never_less_of_a_gap(
            stopped in 6i64..90_000, length in 0i64..90_000, less in 0i64..90_000, late in -9_000i64..9_000,
        ) {
            let moves = [(0, "requested"), (late.max(1), "recording"), (stopped.max(late + 1), "stopping")];
            let Some(found) = coverage(&recording(5, stopped, length), &history(&moves)) else { return Ok(()) };
            let shorter = Coverage { length: found.length - TimeDelta::seconds(less), ..found };
            prop_assert!(shorter.is_short() || !found.is_short());
            prop_assert!(!found.sentence().is_empty() && found.missing() >= TimeDelta::zero());
        }
    }
}
