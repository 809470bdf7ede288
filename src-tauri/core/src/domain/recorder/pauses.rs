//! The pauses of a recording, as its history tells.

use chrono::{DateTime, Utc};

use crate::domain::recorder::event::RecordingEvent;
use crate::domain::recorder::stage_kind::StageKind;

/// A time during which nothing was recorded because a person paused the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// When it began, by this desk's clock.
    pub from: DateTime<Utc>,
    /// When it was over; `None` while it lasts.
    pub to: Option<DateTime<Utc>>,
}

/// Returns the pauses, the first one first. A pause lasts from the first event of the pause to the next event of another
/// stage.
#[must_use]
pub fn pauses(events: &[RecordingEvent]) -> Vec<Pause> {
    let mut pauses: Vec<Pause> = Vec::new();
    for event in events {
        let open = pauses.last_mut().filter(|pause| pause.to.is_none());
        match (event.to == StageKind::Paused, open) {
            (true, None) => pauses.push(Pause { from: event.at, to: None }),
            (false, Some(pause)) => pause.to = Some(event.at.max(pause.from)),
            (true, Some(_)) | (false, None) => {}
        }
    }
    pauses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::event::EventKind;

    #[test]
    fn a_pause_ends_with_the_next_stage_and_may_last() {
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        let event =
            |second, to| RecordingEvent { at: at(second), from: None, to, kind: EventKind::Noted, note: String::new() };
        let events = [
            event(0, StageKind::Recording),
            event(10, StageKind::Paused),
            event(12, StageKind::Paused),
            event(40, StageKind::Recording),
            event(50, StageKind::Paused),
        ];
        assert_eq!(pauses(&events), [Pause { from: at(10), to: Some(at(40)) }, Pause { from: at(50), to: None }]);
        assert!(pauses(&events[..1]).is_empty());
    }
}
