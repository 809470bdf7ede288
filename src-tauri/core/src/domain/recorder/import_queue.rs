//! The queue of recordings that wait for Stream: how many Stream accepts at once, and which comes first.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Import, Stage};

/// The most videos of an account that Stream queues or encodes at once (Stream docs, FAQ, “limits”). Ready videos do
/// not count.
pub const STREAM_QUEUE_LIMIT: usize = 120;

/// The time after its end during which a recording is imported before older ones, because people wait for it.
const RECENT_END_PERIOD: TimeDelta = TimeDelta::hours(2);
/// The time before its file expires from which a recording is imported before older ones.
const EXPIRY_PRIORITY_PERIOD: TimeDelta = TimeDelta::hours(48);

/// The people who wait for a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// True if a person asked for another try.
    pub by_hand: bool,
    /// True if a link to the recording exists.
    pub shared: bool,
}

/// The place of a recording in the queue. The smallest place comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u8, DateTime<Utc>);

impl Place {
    /// Orders recordings: first those that a person retried, then those that are shared or have just ended, then those
    /// whose file expires soon, then the oldest.
    #[must_use]
    pub fn of(recording: &Recording, wanted: Wanted, now: DateTime<Utc>) -> Self {
        let ended = recording.facts.stopped_at.unwrap_or(recording.created_at);
        let expires = recording.facts.file_expires.filter(|expires| expires.since(now) <= EXPIRY_PRIORITY_PERIOD);
        match expires {
            _ if wanted.by_hand => Self(0, recording.stage_since),
            _ if recording.facts.clip.is_none() && (wanted.shared || now.since(ended) <= RECENT_END_PERIOD) => {
                Self(1, ended)
            }
            Some(expires) => Self(2, expires),
            // People cut what was recorded long ago, and nothing is lost while a clip waits.
            None if recording.facts.clip.is_some() => Self(3, recording.stage_since),
            None => Self(3, ended),
        }
    }
}

/// Returns whether a recording in this stage counts towards [`STREAM_QUEUE_LIMIT`].
#[must_use]
pub const fn takes_place(stage: Stage) -> bool {
    match stage {
        Stage::Importing(
            Import::Asked
            | Import::Downloading
            | Import::AskedAgain
            | Import::DownloadingAgain
            | Import::Queued
            | Import::Encoding(_),
        )
        | Stage::Playable(_) => true,
        Stage::Importing(Import::Fetching | Import::Sending)
        | Stage::Requested
        | Stage::Recording
        | Stage::Paused
        | Stage::Stopping
        | Stage::Uploading
        | Stage::Uploaded
        | Stage::Ready
        | Stage::Failed { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::stage::Percent;

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn ended(hours_ago: i64, kept_for: i64) -> Recording {
        let mut recording = Recording::example(Stage::Uploaded, now());
        recording.facts.stopped_at = Some(now() - TimeDelta::hours(hours_ago));
        recording.facts.file_expires = Some(now() + TimeDelta::hours(kept_for));
        recording
    }

    #[test]
    fn retried_shared_and_recent_recordings_come_before_expiring_and_old_ones() {
        let (by_hand, shared) = (Wanted { by_hand: true, shared: false }, Wanted { by_hand: false, shared: true });
        let nobody = Wanted::default();
        let in_order = [
            (ended(50, 118), by_hand),
            (ended(60, 108), shared),
            (ended(1, 167), nobody),
            (ended(140, 20), nobody),
            (ended(130, 30), nobody),
            (ended(90, 78), nobody),
            (ended(80, 88), nobody),
        ];
        let places: Vec<Place> =
            in_order.iter().map(|(recording, wanted)| Place::of(recording, *wanted, now())).collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn a_recording_takes_a_place_at_stream_from_queued_until_encoded() {
        assert!(!takes_place(Stage::Uploaded) && !takes_place(Stage::Ready));
        assert!(takes_place(Stage::Importing(Import::Queued)) && takes_place(Stage::Playable(Percent::clamped(40.0))));
        // A file that is still being sent does not count: Stream counts a video once it has the file.
        assert!(!takes_place(Stage::Importing(Import::Sending)));
    }
}
