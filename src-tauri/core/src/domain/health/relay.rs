//! Recordings whose file this computer passed on to Stream.

use crate::domain::health::row::{Outcome, RecordingRow};

/// How many recordings became a video, and how many of them through this computer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelayCount {
    /// All that became a video.
    pub recordings: u32,
    /// Those that were relayed.
    pub relayed: u32,
}

/// Counts the recordings that became a video.
#[must_use]
pub fn relay<'a>(rows: impl IntoIterator<Item = &'a RecordingRow>) -> RelayCount {
    let mut counted = RelayCount::default();
    for row in rows.into_iter().filter(|row| row.outcome() == Outcome::Succeeded) {
        counted.recordings = counted.recordings.saturating_add(1);
        counted.relayed = counted.relayed.saturating_add(u32::from(row.is_relayed));
    }
    counted
}
