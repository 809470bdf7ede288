//! Finds a moment of a session in the video of its recording.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::ids::RecordingId;
use crate::domain::recorder::pauses::Pause;

/// The recording in which moments are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The recording.
    pub recording: RecordingId,
    /// When it began, as RealtimeKit reports it.
    pub started_at: DateTime<Utc>,
    /// Its pauses, the first one first. The video has nothing of them.
    pub pauses: Vec<Pause>,
}

impl Timeline {
    /// Returns the place of a moment in the video, in milliseconds. A moment within a pause is where the pause is. A
    /// negative number means that the moment is before the recording.
    #[must_use]
    pub fn place(&self, at: DateTime<Utc>) -> i64 {
        let mut paused = TimeDelta::zero();
        for Pause { from, to } in &self.pauses {
            if *from < at {
                paused = paused.longer(to.unwrap_or(at).min(at).since(*from));
            }
        }
        at.since(self.started_at).shorter(paused).num_milliseconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_not_in_the_video() {
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        let pauses = vec![Pause { from: at(100), to: Some(at(130)) }, Pause { from: at(200), to: None }];
        let timeline = Timeline { recording: RecordingId::new(), started_at: at(10), pauses };
        for (second, place) in [(0, -10), (10, 0), (100, 90), (115, 90), (130, 90), (140, 100), (200, 160), (900, 160)]
        {
            assert_eq!(timeline.place(at(second)), place * 1_000, "{second}");
        }
    }
}
