//! When to ask Cloudflare next: pure, so that it can be argued about and tested.

use chrono::TimeDelta;

use crate::domain::stage::{Import, Stage};

/// How long to wait before a recording is looked at again, given how long it has been in its stage.
///
/// Capture is watched closely at its start, where proof is owed within a minute. What takes Cloudflare minutes is asked less often the longer it takes.
#[must_use]
pub fn recording_interval(stage: Stage, age: TimeDelta) -> TimeDelta {
    let seconds = age.num_seconds().max(0);
    let wait = match stage {
        Stage::Requested | Stage::Stopping | Stage::Importing(Import::Fetching | Import::Sending) => 2,
        Stage::Recording | Stage::Paused => 5,
        Stage::Uploaded | Stage::Importing(Import::Asked | Import::AskedAgain) => 3,
        Stage::Uploading | Stage::Importing(_) => (seconds / 60).clamp(3, 15),
        Stage::Playable(_) => (seconds / 30).clamp(10, 60),
        Stage::Ready | Stage::Failed { .. } => 60,
    };
    TimeDelta::seconds(wait)
}

/// How long to wait before a live room is looked at again.
#[must_use]
pub fn room_interval(people: Option<u32>) -> TimeDelta {
    match people {
        // Recording begins with the first person, and the class waits for it.
        None | Some(0) => TimeDelta::seconds(3),
        Some(_) => TimeDelta::seconds(10),
    }
}

/// How long to wait after the n-th failure in a row: 2, 4, 8 … 60 seconds, never less than Cloudflare asked for.
#[must_use]
pub fn backoff(failures: u32, asked: Option<TimeDelta>) -> TimeDelta {
    let doubled = TimeDelta::seconds(1i64 << failures.clamp(1, 6)).min(TimeDelta::seconds(60));
    asked.map_or(doubled, |asked| asked.max(doubled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_one_recording_stays_far_below_the_limit() {
        // 1,200 requests per five minutes are allowed for everything a user does; a fifth of that is ours.
        for stage in [Stage::Requested, Stage::Recording, Stage::Uploading, Stage::Importing(Import::Queued)] {
            let per_five_minutes = 300 / recording_interval(stage, TimeDelta::zero()).num_seconds();
            assert!(per_five_minutes <= 240, "{stage:?}: {per_five_minutes}");
        }
    }

    #[test]
    fn failures_back_off_and_obey() {
        assert_eq!(backoff(1, None), TimeDelta::seconds(2));
        assert_eq!(backoff(3, None), TimeDelta::seconds(8));
        assert_eq!(backoff(u32::MAX, None), TimeDelta::seconds(60));
        assert_eq!(backoff(1, Some(TimeDelta::seconds(300))), TimeDelta::seconds(300));
    }
}
