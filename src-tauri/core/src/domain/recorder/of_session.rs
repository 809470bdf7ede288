//! Chooses among the recordings of one session. A session may have several: attempts that captured nothing, and one
//! recording after each time that the room was empty for a while. Clips never stand for a session.
//!
//! Every function takes all recordings of one session, newest first, as the store returns them.

use crate::domain::recorder::recording::Recording;

/// Returns the recording that stands for a session: the newest one that captured something and is on the list. Where
/// there is none, an attempt that captured nothing stands for the session; where there is none either, a removed
/// recording.
#[must_use]
pub fn recording_of_session(recordings: &[Recording]) -> Option<&Recording> {
    let listed = || of_class(recordings).filter(|recording| recording.removed_at.is_none());
    let whole = listed().find(|recording| !recording.is_empty_attempt()).or_else(|| listed().next());
    whole.or_else(|| of_class(recordings).next())
}

/// Returns the latest attempt to record a session, even if it captured nothing. It decides whether and when the next
/// attempt begins, and the proof of a live session.
#[must_use]
pub fn latest_attempt(recordings: &[Recording]) -> Option<&Recording> {
    of_class(recordings).next()
}

fn of_class(recordings: &[Recording]) -> impl Iterator<Item = &Recording> {
    recordings.iter().filter(|recording| recording.facts.clip.is_none())
}

/// Returns the recording that captures the room at present, as far as is known.
#[must_use]
pub fn captured_now(recordings: &[Recording]) -> Option<&Recording> {
    recordings.iter().find(|recording| recording.stage.capturing())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::domain::ids::RecordingId;
    use crate::domain::recorder::cause::Cause;
    use crate::domain::recorder::clip::{Clip, ClipRange};
    use crate::domain::recorder::stage::{Resume, Stage};

    fn now() -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse().unwrap()
    }

    fn empty() -> Recording {
        Recording::example(Stage::Failed { cause: Cause::NeverStarted, resume: Resume::AtRealtimeKit }, now())
    }

    fn full() -> Recording {
        Recording::example(Stage::Ready, now())
    }

    fn clip() -> Recording {
        let mut clip = full();
        clip.facts.clip = ClipRange::read(0, 9).map(|range| Clip { of: RecordingId::new(), range });
        clip
    }

    fn removed(recording: Recording) -> Recording {
        Recording { removed_at: Some(now()), ..recording }
    }

    #[test]
    fn recording_of_session_prefers_captured_then_empty_then_removed_recordings() {
        for (newest_first, chosen) in [
            (vec![empty(), full(), full()], 1),
            (vec![full(), empty()], 0),
            (vec![removed(full()), full()], 1),
            (vec![removed(full()), empty()], 1),
            (vec![empty(), empty()], 0),
            (vec![removed(empty()), removed(full())], 0),
            (vec![clip(), full()], 1),
            (vec![clip(), removed(full())], 1),
        ] {
            assert_eq!(recording_of_session(&newest_first), newest_first.get(chosen), "{newest_first:?}");
        }
        assert_eq!(recording_of_session(&[]), None);
        assert_eq!(recording_of_session(&[clip()]), None);
    }

    #[test]
    fn the_latest_attempt_is_the_newest_even_if_it_captured_nothing() {
        let all = [empty(), full(), Recording::example(Stage::Recording, now())];
        assert_eq!(latest_attempt(&all), all.first());
        assert_eq!(latest_attempt(&[clip(), all[1].clone()]), all.get(1));
        assert_eq!(captured_now(&all), all.get(2));
    }
}
