//! Coverage: whether the whole session is in the video. It compares the recorded time with the length of the video and
//! does no I/O.
//!
//! Cloudflare's clock says when capture began and ended; this desk's clock says when capture was asked for and paused.
//! The two are compared only where a difference between the clocks cannot mislead. An unknown time never counts as a
//! gap.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::recorder::event::{EventKind, RecordingEvent};
use crate::domain::recorder::proof::PROOF_WITHIN;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::domain::recorder::stage_kind::StageKind;

/// The part that may always be missing, because cutting and encoding take seconds at either end.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(15);
/// The percentage of the recorded time that may be missing, where this is more than [`TOLERANCE`].
pub const TOLERANCE_PERCENT: i32 = 2;
/// The ratio of Cloudflare's time to this desk's time above which the two clocks do not run equally fast, as in a
/// rehearsal with accelerated time.
const MAX_CLOCK_RATIO: i32 = 2;

/// The recorded time of a session beside the length of its video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// The beginning of capture, by Cloudflare's clock.
    pub began: DateTime<Utc>,
    /// The end of capture, by Cloudflare's clock.
    pub ended: DateTime<Utc>,
    /// The total of the pauses, by this desk's clock.
    pub paused: TimeDelta,
    /// The length of the video.
    pub length: TimeDelta,
    /// The time from the request to the beginning of capture.
    pub begun_late: TimeDelta,
    /// The time without capture between the session's previous recording and this one; zero where the room was empty in
    /// between.
    pub hole: TimeDelta,
}

impl Coverage {
    /// Returns the length that the video should have.
    #[must_use]
    pub fn expected(&self) -> TimeDelta {
        self.ended.since(self.began).shorter(self.paused).max(TimeDelta::zero())
    }

    /// Returns the part of the expected length that the video lacks; zero if the video is longer.
    #[must_use]
    pub fn missing(&self) -> TimeDelta {
        self.expected().shorter(self.length).max(TimeDelta::zero())
    }

    /// Returns the length that may be missing.
    #[must_use]
    pub fn tolerance(&self) -> TimeDelta {
        TOLERANCE.max(self.expected().times(TOLERANCE_PERCENT).part(100))
    }

    /// Returns whether the video lacks more than the tolerance.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.missing() > self.tolerance()
    }

    /// Returns whether capture began more than [`PROOF_WITHIN`] after the request.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.begun_late > PROOF_WITHIN
    }

    /// Returns whether nothing was recorded for more than [`PROOF_WITHIN`] between the previous recording and this one.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.hole > PROOF_WITHIN
    }

    /// Returns whether there is no gap of any kind.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.is_short() && !self.is_late() && !self.is_interrupted()
    }

    /// Adds the gap after `before`, the session's previous recording, whose history is `events`.
    #[must_use]
    pub fn following(self, before: &Recording, events: &[RecordingEvent]) -> Self {
        let everybody_left = events.iter().any(|event| event.kind == EventKind::RoomWasEmpty);
        let hole = before.facts.stopped_at.filter(|_| !everybody_left).map(|stopped| self.began.since(stopped));
        Self { hole: hole.unwrap_or_default().max(TimeDelta::zero()), ..self }
    }

    /// Returns the coverage in words, on one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.sentences().join(" ")
    }

    /// Returns the coverage in words: one sentence for each gap, or a single one where nothing is missing.
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
                "Nothing was recorded for {} between the recording before it and this one. Up to {} s are normal.",
                words(self.hole),
                PROOF_WITHIN.num_seconds(),
            ));
        }
        if said.is_empty() {
            said.push(format!(
                "Complete: the video is {} long, and {} were recorded.",
                words(self.length),
                words(self.expected())
            ));
        }
        said
    }
}

/// Compares a watchable recording with the time for which it was recorded. Returns `None` while the recording cannot be
/// watched and where too little is known: when it was attached, when another desk asked for it, or when no capture was
/// seen.
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
    if !paused.is_zero() && ended.since(began) > over.since(seen).times(MAX_CLOCK_RATIO) {
        return None;
    }
    // A room records by itself as soon as the first person is in, so capture may begin a little before this desk
    // notices. Where Cloudflare's beginning lies long before the request, the clocks differ, and only this desk's clock
    // counts.
    let by_cloud = began.since(recording.created_at);
    let by_desk = seen.since(recording.created_at);
    let begun_late = if by_cloud < -PROOF_WITHIN { by_desk } else { by_cloud.min(by_desk) };
    let (begun_late, hole) = (begun_late.max(TimeDelta::zero()), TimeDelta::zero());
    Some(Coverage { began, ended, paused, length, begun_late, hole })
}

/// Returns whether the recording left a failure because RealtimeKit has a file after all. That file may belong to
/// another capture than the history describes.
fn brought_back(events: &[RecordingEvent]) -> bool {
    events.iter().any(|event| event.from == Some(StageKind::Failed) && event.to == StageKind::Uploading)
}

/// Returns the total of the pauses: each lasts from the first event of the pause to the next event of another stage.
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

/// Returns a length in words, such as “54 s”, “59 min 40 s” or “1 h 2 min”.
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

    /// Returns a recording that was asked for at second 0.
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
    fn a_video_of_the_whole_session_is_complete() {
        let whole = of(&recording(3, 3_595, 3_580), PLAIN);
        assert!(whole.is_complete());
        assert_eq!(whole.sentence(), "Complete: the video is 59 min 40 s long, and 59 min 52 s were recorded.");
    }

    #[test]
    fn time_between_two_recordings_is_a_gap_unless_everybody_had_left() {
        let before = recording(-1_000, -240, 700);
        let after = of(&recording(3, 3_595, 3_580), PLAIN);
        let followed = after.following(&before, &history(PLAIN));
        assert!(followed.is_interrupted() && !followed.is_complete());
        assert_eq!(
            followed.sentence(),
            "Nothing was recorded for 4 min 3 s between the recording before it and this one. Up to 60 s are normal."
        );
        let mut events = history(PLAIN);
        events[2].kind = EventKind::RoomWasEmpty;
        assert!(after.following(&before, &events).is_complete());
        assert!(after.following(&recording(-1_000, -40, 900), &history(PLAIN)).is_complete(), "begun again at once");
        assert!(after.following(&recording(-1_000, 500, 900), &history(PLAIN)).is_complete(), "beside each other");
    }

    #[test]
    fn pauses_are_not_missing_but_other_time_is() {
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
    fn a_pause_that_lasts_until_the_end_counts_as_paused() {
        let ended =
            of(&recording(5, 605, 300), &[(0, "requested"), (5, "recording"), (305, "paused"), (605, "stopping")]);
        assert_eq!(ended.paused, TimeDelta::seconds(300));
        assert!(ended.is_complete());
    }

    #[test]
    fn fifteen_seconds_or_two_percent_may_be_missing_and_capture_may_begin_a_minute_late() {
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
    fn a_difference_between_the_clocks_is_not_a_gap() {
        // Cloudflare's clock is two minutes ahead of this desk's, then two behind. The desk's observations count.
        for ahead in [120, -120] {
            let found = of(&recording(3 + ahead, 3_603 + ahead, 3_600), PLAIN);
            assert!(found.is_complete(), "{found:?}");
        }
        // In an accelerated rehearsal an hour at Cloudflare is a minute at this desk, so the pauses are unknown.
        let hurried = &[(0, "requested"), (1, "recording"), (20, "paused"), (30, "recording"), (60, "stopping")];
        assert_eq!(coverage(&recording(3, 3_600, 3_000), &history(hurried)), None);
    }

    #[test]
    fn coverage_is_none_for_attached_unfinished_adopted_unseen_and_recovered_recordings() {
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
        fn a_video_as_long_as_the_recorded_time_is_complete_after_any_number_of_pauses(
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
        fn a_shorter_video_is_never_judged_more_complete(
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
