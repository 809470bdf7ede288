//! When to ask Cloudflare next: pure, so that it can be argued about and tested.

mod allowance;

use chrono::TimeDelta;

pub use crate::jobs::plan::allowance::Allowance;

use crate::cloudflare;
use crate::domain::bounds::Stretched as _;

use crate::domain::recorder::forecast::{Forecast, ProcessingPhase};
use crate::domain::recorder::stage::{Import, Stage};

/// Whether somebody looks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// Somebody looks at the window, or waits in a terminal.
    #[default]
    Watched,
    /// The window is hidden.
    Away,
}

/// The shortest time between two looks at what is waited for. Whoever waits for a class to be ready waits for Stream; that the file is
/// saved is only a step on the way.
const fn close(wait: ProcessingPhase, attention: Attention) -> TimeDelta {
    match (wait, attention) {
        (ProcessingPhase::Importing, Attention::Watched) => TimeDelta::seconds(5),
        (ProcessingPhase::Saving, Attention::Watched) => TimeDelta::seconds(12),
        (_, Attention::Away) => TimeDelta::seconds(20),
    }
}

/// The longest time between two looks at what is waited for: whatever was forecast, it is noticed within two minutes.
pub const PROMISE: TimeDelta = TimeDelta::seconds(120);

/// The share of waits that may end unseen in each second that nobody looks.
const LATE_PER_SECOND: f64 = 7e-4;

/// How long to wait before what is waited for is looked at again.
///
/// Looks are close together where an end is likely and far apart where it is not: nothing is asked for as long as fewer waits would end
/// unseen than the time without looking is worth.
#[must_use]
pub fn waiting_interval(wait: ProcessingPhase, forecast: &Forecast, attention: Attention) -> TimeDelta {
    let mut before = (0.0, 0.0);
    let mut quiet = 0.0;
    for &(remaining, share) in forecast.points() {
        if share > LATE_PER_SECOND * remaining {
            // Between two possible ends the share grows evenly.
            let slope = (share - before.1) / (remaining - before.0).max(1e-9);
            quiet = ((slope * before.0 - before.1) / (slope - LATE_PER_SECOND).max(1e-9)).max(before.0);
            break;
        }
        before = (remaining, share);
        quiet = remaining;
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped right before")]
    let quiet = TimeDelta::milliseconds((quiet.clamp(0.0, 3_600.0) * 1_000.0) as i64);
    close(wait, attention).longer(quiet).min(PROMISE)
}

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
///
/// What never reached Cloudflare costs it nothing: without a network it is tried every few seconds, so that work goes on as soon as the
/// network is back.
#[must_use]
pub fn backoff(failures: u32, error: &cloudflare::Error) -> TimeDelta {
    let longest = match error {
        cloudflare::Error::Unreachable { .. } => UNREACHABLE,
        _ => TimeDelta::seconds(60),
    };
    let doubled = doubled(failures).min(longest);
    error.retry_after().map_or(doubled, |asked| asked.max(doubled))
}

/// How long to wait after so many failures in a row: twice as long after each.
#[must_use]
pub fn doubled(failures: u32) -> TimeDelta {
    TimeDelta::seconds(1i64 << failures.clamp(1, 6))
}

/// The longest wait while there is no network.
const UNREACHABLE: TimeDelta = TimeDelta::seconds(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::forecast::{FinishedProcessing, ProcessingTimes, RunningProcessing};

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
        let lost = cloudflare::Error::Lost { why: String::new() };
        assert_eq!(backoff(1, &lost), TimeDelta::seconds(2));
        assert_eq!(backoff(3, &lost), TimeDelta::seconds(8));
        assert_eq!(backoff(u32::MAX, &lost), TimeDelta::seconds(60));
        let limited = cloudflare::Error::RateLimited(cloudflare::Blocked::default());
        assert_eq!(backoff(1, &limited), TimeDelta::seconds(300));
    }

    #[test]
    fn a_network_that_is_back_is_noticed_within_seconds() {
        let away = cloudflare::Error::Unreachable { host: String::new(), why: String::new() };
        assert_eq!(backoff(u32::MAX, &away), TimeDelta::seconds(5));
    }

    fn class(took: i64) -> FinishedProcessing {
        let marks = Vec::new();
        FinishedProcessing { length: TimeDelta::hours(1), took: TimeDelta::seconds(took), marks }
    }

    fn after(history: &ProcessingTimes, lasted: i64, attention: Attention) -> TimeDelta {
        let lasted = TimeDelta::seconds(lasted);
        let going = RunningProcessing { length: TimeDelta::hours(1), lasted, marks: Vec::new() };
        waiting_interval(ProcessingPhase::Importing, &history.forecast(ProcessingPhase::Importing, &going), attention)
    }

    #[test]
    fn looks_are_close_together_only_where_an_end_is_likely() {
        let mut history = ProcessingTimes::default();
        for number in 0..200 {
            history.add(ProcessingPhase::Importing, class(400 + number % 40));
        }
        assert!(after(&history, 0, Attention::Watched) > TimeDelta::seconds(20));
        assert!(after(&history, 410, Attention::Watched) < TimeDelta::seconds(7));
    }

    #[test]
    fn nobody_looking_on_means_fewer_looks_and_never_later_than_promised() {
        let mut history = ProcessingTimes::default();
        for number in 0..200 {
            history.add(ProcessingPhase::Importing, class(3_000 + number));
        }
        for lasted in (0..4_000).step_by(37) {
            let (watched, away) =
                (after(&history, lasted, Attention::Watched), after(&history, lasted, Attention::Away));
            assert!(watched <= away && away <= PROMISE, "{lasted}: {watched} {away}");
        }
        assert!(after(&history, 3_100, Attention::Away) > TimeDelta::seconds(15));
    }
}
