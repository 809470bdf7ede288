//! Decides when to ask Cloudflare next. These are pure functions, so that tests need no Cloudflare.

mod allowance;

use chrono::TimeDelta;

pub use crate::jobs::plan::allowance::Allowance;

use crate::cloudflare;
use crate::domain::bounds::Stretched as _;

use crate::domain::recorder::forecast::{Forecast, ProcessingPhase};
use crate::domain::recorder::stage::{Import, Stage};

/// Whether a person is looking at the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// The window is visible, or a person waits in a terminal.
    #[default]
    Watched,
    /// The window is hidden or minimized.
    Away,
}

/// The shortest time between two checks of a phase. It is shorter for the import, because people wait for its end; a
/// saved file is only a step on the way.
const fn close(wait: ProcessingPhase, attention: Attention) -> TimeDelta {
    match (wait, attention) {
        (ProcessingPhase::Importing, Attention::Watched) => TimeDelta::seconds(5),
        (ProcessingPhase::Saving, Attention::Watched) => TimeDelta::seconds(12),
        (_, Attention::Away) => TimeDelta::seconds(20),
    }
}

/// The longest time between two checks of a phase, so that its end is noticed within two minutes whatever the forecast
/// was.
pub const MAX_WAITING_INTERVAL: TimeDelta = TimeDelta::seconds(120);

/// The share of phases that may have ended without being noticed, for each second since the last check.
const MAX_UNSEEN_SHARE_PER_SECOND: f64 = 7e-4;

/// The time to wait before a phase is checked again.
///
/// Checks are frequent when the phase is likely to end and rare when it is not: no check is made while the share of
/// phases that would have ended unnoticed is below [`MAX_UNSEEN_SHARE_PER_SECOND`].
#[must_use]
pub fn waiting_interval(wait: ProcessingPhase, forecast: &Forecast, attention: Attention) -> TimeDelta {
    let mut before = (0.0, 0.0);
    let mut quiet = 0.0;
    for &(remaining, share) in forecast.points() {
        if share > MAX_UNSEEN_SHARE_PER_SECOND * remaining {
            // The share is interpolated linearly between two points of the forecast.
            let slope = (share - before.1) / (remaining - before.0).max(1e-9);
            quiet = ((slope * before.0 - before.1) / (slope - MAX_UNSEEN_SHARE_PER_SECOND).max(1e-9)).max(before.0);
            break;
        }
        before = (remaining, share);
        quiet = remaining;
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped right before")]
    let quiet = TimeDelta::milliseconds((quiet.clamp(0.0, 3_600.0) * 1_000.0) as i64);
    close(wait, attention).longer(quiet).min(MAX_WAITING_INTERVAL)
}

/// The time to wait before a recording is checked again, given how long it has been in its stage.
///
/// The start of a capture is checked often, because people must know within a minute whether the session is recorded. A
/// phase that takes minutes is checked less often the longer it takes.
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

/// The time to wait before a live room is checked again.
#[must_use]
pub fn room_interval(people: Option<u32>) -> TimeDelta {
    match people {
        // Recording begins with the first participant, so an empty room is checked more often.
        None | Some(0) => TimeDelta::seconds(3),
        Some(_) => TimeDelta::seconds(10),
    }
}

/// The time to wait after the n-th failure in a row: 2, 4, 8 … 60 seconds, never less than Cloudflare asked for.
///
/// A request that does not reach Cloudflare uses no rate budget. Without a network it is therefore repeated every few
/// seconds, so that work continues as soon as the network is back.
#[must_use]
pub fn backoff(failures: u32, error: &cloudflare::Error) -> TimeDelta {
    let longest = match error {
        cloudflare::Error::Unreachable { .. } => MAX_WAIT_WITHOUT_NETWORK,
        _ => TimeDelta::seconds(60),
    };
    let doubled = doubled(failures).min(longest);
    error.retry_after().map_or(doubled, |asked| asked.max(doubled))
}

/// The time to wait after the n-th failure in a row: twice as long as after the one before, up to 64 seconds.
#[must_use]
pub fn doubled(failures: u32) -> TimeDelta {
    TimeDelta::seconds(1i64 << failures.clamp(1, 6))
}

/// The longest wait after a failure while there is no network.
const MAX_WAIT_WITHOUT_NETWORK: TimeDelta = TimeDelta::seconds(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::forecast::{FinishedProcessing, ProcessingTimes, RunningProcessing};

    #[test]
    fn one_recording_takes_at_most_a_fifth_of_the_rate_limit() {
        // Cloudflare allows 1,200 requests per five minutes for everything that one user does. The jobs may use a fifth
        // of them.
        for stage in [Stage::Requested, Stage::Recording, Stage::Uploading, Stage::Importing(Import::Queued)] {
            let per_five_minutes = 300 / recording_interval(stage, TimeDelta::zero()).num_seconds();
            assert!(per_five_minutes <= 240, "{stage:?}: {per_five_minutes}");
        }
    }

    #[test]
    fn the_wait_doubles_with_each_failure_and_is_never_shorter_than_cloudflare_asked() {
        let lost = cloudflare::Error::Lost { why: String::new() };
        assert_eq!(backoff(1, &lost), TimeDelta::seconds(2));
        assert_eq!(backoff(3, &lost), TimeDelta::seconds(8));
        assert_eq!(backoff(u32::MAX, &lost), TimeDelta::seconds(60));
        let limited = cloudflare::Error::RateLimited(cloudflare::Blocked::default());
        assert_eq!(backoff(1, &limited), TimeDelta::seconds(300));
    }

    #[test]
    fn without_a_network_the_wait_is_five_seconds_at_most() {
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
    fn checks_are_frequent_only_when_the_end_of_a_phase_is_likely() {
        let mut history = ProcessingTimes::default();
        for number in 0..200 {
            history.add(ProcessingPhase::Importing, class(400 + number % 40));
        }
        assert!(after(&history, 0, Attention::Watched) > TimeDelta::seconds(20));
        assert!(after(&history, 410, Attention::Watched) < TimeDelta::seconds(7));
    }

    #[test]
    fn a_hidden_window_gets_fewer_checks_but_one_at_least_every_two_minutes() {
        let mut history = ProcessingTimes::default();
        for number in 0..200 {
            history.add(ProcessingPhase::Importing, class(3_000 + number));
        }
        for lasted in (0..4_000).step_by(37) {
            let (watched, away) =
                (after(&history, lasted, Attention::Watched), after(&history, lasted, Attention::Away));
            assert!(watched <= away && away <= MAX_WAITING_INTERVAL, "{lasted}: {watched} {away}");
        }
        assert!(after(&history, 3_100, Attention::Away) > TimeDelta::seconds(15));
    }
}
