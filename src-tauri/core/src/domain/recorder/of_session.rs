//! Which of the recordings of one session is meant. A session may have several: attempts that captured nothing, and one for each time that its
//! room was empty for a while.
//!
//! Every function takes all recordings of one session, newest first, as the store answers them.

use crate::domain::recorder::recording::Recording;

/// The recording of a session: the newest one that captured something and is on the list. An attempt that captured nothing, and at last one
/// that was taken off the list, stands for the session only where there is no other.
#[must_use]
pub fn recording_of_session(recordings: &[Recording]) -> Option<&Recording> {
    let listed = || recordings.iter().filter(|recording| recording.removed_at.is_none());
    listed().find(|recording| !recording.is_empty_attempt()).or_else(|| listed().next()).or(recordings.first())
}

/// The latest attempt to record a session, whatever became of it. It decides whether and when the next attempt begins, and what may be said
/// about a class that is on.
#[must_use]
pub fn latest_attempt(recordings: &[Recording]) -> Option<&Recording> {
    recordings.first()
}

/// The recording that captures the room now, as far as is known.
#[must_use]
pub fn captured_now(recordings: &[Recording]) -> Option<&Recording> {
    recordings.iter().find(|recording| recording.stage.capturing())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::domain::recorder::cause::Cause;
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

    fn removed(recording: Recording) -> Recording {
        Recording { removed_at: Some(now()), ..recording }
    }

    #[test]
    fn an_attempt_that_captured_nothing_stands_for_the_session_only_where_there_is_no_other() {
        for (newest_first, chosen) in [
            (vec![empty(), full(), full()], 1),
            (vec![full(), empty()], 0),
            (vec![removed(full()), full()], 1),
            (vec![removed(full()), empty()], 1),
            (vec![empty(), empty()], 0),
            (vec![removed(empty()), removed(full())], 0),
        ] {
            assert_eq!(recording_of_session(&newest_first), newest_first.get(chosen), "{newest_first:?}");
        }
        assert_eq!(recording_of_session(&[]), None);
    }

    #[test]
    fn the_latest_attempt_counts_even_if_it_captured_nothing() {
        let all = [empty(), full(), Recording::example(Stage::Recording, now())];
        assert_eq!(latest_attempt(&all), all.first());
        assert_eq!(captured_now(&all), all.get(2));
    }
}
