//! Forecasts how long Cloudflare will still process a recording, from the processing times of this desk. Nothing here
//! does I/O.
//!
//! A forecast is a weighted set of possible remaining times. Each finished processing contributes one: the time that it
//! still took at the point where the running one is, scaled by how fast the running one is. Recordings of a similar
//! length and speed weigh most. A desk without processing times starts with a guess of five to ten minutes; a few
//! sessions outweigh it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::recorder::stage::{Percent, Stage};

/// The moments between which a recording will probably become watchable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The median: the recording is as likely to be ready before this moment as after it.
    pub likely: DateTime<Utc>,
    /// In nine cases of ten the recording is ready before this moment.
    pub latest: DateTime<Utc>,
}

/// The phase of processing that a recording is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessingPhase {
    /// RealtimeKit saves the file: from the end of capture until the file is uploaded.
    Saving,
    /// Stream fetches and encodes the file: from the request until the video can be watched.
    Importing,
}

impl ProcessingPhase {
    /// Returns the phase of a stage; `None` for a stage without processing.
    #[must_use]
    pub const fn of(stage: Stage) -> Option<Self> {
        match stage {
            Stage::Uploading => Some(Self::Saving),
            Stage::Importing(_) => Some(Self::Importing),
            _ => None,
        }
    }

    /// Returns the word in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Saving => "saving",
            Self::Importing => "importing",
        }
    }

    /// Returns the median of the guess for a desk without processing times. Both times are in seconds; `length` is the
    /// recording's.
    fn guess(self, length: f64) -> f64 {
        match self {
            Self::Saving => 30.0 + 0.012 * length,
            Self::Importing => 150.0 + 0.04 * length,
        }
    }
}

/// A percentage of the encoding, and when it was first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodingMark {
    /// The time since the phase began.
    pub after: TimeDelta,
    /// The percentage that was encoded.
    pub percent: Percent,
}

/// The processing of a recording that still goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunningProcessing {
    /// The length of the recording, as far as it is known.
    pub length: TimeDelta,
    /// The time since the phase began.
    pub lasted: TimeDelta,
    /// The percentages seen so far, each when it was first seen.
    pub marks: Vec<EncodingMark>,
}

/// The processing of a recording that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedProcessing {
    /// The length of the recording.
    pub length: TimeDelta,
    /// The duration of the phase.
    pub took: TimeDelta,
    /// The percentages that were seen, oldest first; the last one belongs to the end.
    pub marks: Vec<EncodingMark>,
}

/// The processing times of a desk, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcessingTimes {
    saving: Vec<FinishedProcessing>,
    importing: Vec<FinishedProcessing>,
}

/// The number of processing times kept of each phase. Older ones say little about Cloudflare's present speed.
pub const MAX_PROCESSING_TIMES: u16 = 500;

/// The weight of the guess, in finished processings.
const GUESS_WEIGHT: f64 = 2.0;
/// The spread of the guess: the logarithm of its factor, so `e^0.6` either way.
const GUESS_SPREAD: f64 = 0.6;
/// Standard normal quantiles at the middles of twelve equal shares.
const NORMAL_QUANTILES: [f64; 12] =
    [-1.732, -1.150, -0.812, -0.549, -0.319, -0.105, 0.105, 0.319, 0.549, 0.812, 1.150, 1.732];
/// A desk without processing times may be rehearsing with accelerated time: possible total times in seconds, and their
/// weight in finished processings.
const REHEARSAL_TIMES: [f64; 4] = [2.0, 5.0, 10.0, 20.0];
const REHEARSAL_WEIGHT: f64 = 0.3;
/// The chance that processing takes longer than ever before: its weight, in finished processings, and the possible
/// remaining times as shares of the elapsed time.
const SURPRISE_WEIGHT: f64 = 0.25;
const SURPRISE_SHARES: [f64; 6] = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6];
/// The widths of the kernels, in logarithms: how similar two lengths, and two speeds, must be for one processing to
/// predict another.
const LENGTH_WIDTH: f64 = 0.5;
const PACE_WIDTH: f64 = 0.35;
/// The factor by which the weight shrinks with each older processing.
const WEIGHT_DECAY: f64 = 0.998;

impl ProcessingTimes {
    /// Adds a processing that just ended.
    pub fn add(&mut self, wait: ProcessingPhase, past: FinishedProcessing) {
        let waits = self.waits_mut(wait);
        waits.insert(0, past);
        waits.truncate(MAX_PROCESSING_TIMES.into());
    }

    /// Returns the processing times of one phase, newest first.
    #[must_use]
    pub fn waits(&self, wait: ProcessingPhase) -> &[FinishedProcessing] {
        match wait {
            ProcessingPhase::Saving => &self.saving,
            ProcessingPhase::Importing => &self.importing,
        }
    }

    const fn waits_mut(&mut self, wait: ProcessingPhase) -> &mut Vec<FinishedProcessing> {
        match wait {
            ProcessingPhase::Saving => &mut self.saving,
            ProcessingPhase::Importing => &mut self.importing,
        }
    }

    /// Returns the forecast of the remaining time.
    #[must_use]
    pub fn forecast(&self, wait: ProcessingPhase, going: &RunningProcessing) -> Forecast {
        let lasted = seconds(going.lasted).max(0.0);
        let length = seconds(going.length).max(60.0);
        let mut possible = Vec::with_capacity(
            [self.waits(wait).len(), NORMAL_QUANTILES.len(), REHEARSAL_TIMES.len(), SURPRISE_SHARES.len()].iter().sum(),
        );
        let mut fading = 1.0;
        for past in self.waits(wait) {
            let alike = fading * kernel((length / seconds(past.length).max(60.0)).ln(), LENGTH_WIDTH);
            fading *= WEIGHT_DECAY;
            if let Some((remaining, pace)) = past.remaining(going, lasted) {
                possible.push((remaining, alike * kernel(pace.ln(), PACE_WIDTH)));
            }
        }
        for deviation in NORMAL_QUANTILES {
            let total = wait.guess(length) * (GUESS_SPREAD * deviation).exp();
            #[expect(clippy::cast_precision_loss, reason = "twelve")]
            let weight = GUESS_WEIGHT / NORMAL_QUANTILES.len() as f64;
            possible.push((total - lasted, weight));
        }
        for total in REHEARSAL_TIMES {
            #[expect(clippy::cast_precision_loss, reason = "four")]
            possible.push((total - lasted, REHEARSAL_WEIGHT / REHEARSAL_TIMES.len() as f64));
        }
        possible.retain(|(remaining, _)| *remaining > 0.0);
        for share in SURPRISE_SHARES {
            #[expect(clippy::cast_precision_loss, reason = "six")]
            possible.push((share * lasted.max(20.0), SURPRISE_WEIGHT / SURPRISE_SHARES.len() as f64));
        }
        Forecast::new(possible)
    }
}

impl FinishedProcessing {
    /// Returns the time that this processing still took at the point where `going` is, scaled to the speed of `going`,
    /// and the factor by which `going` is slower. `None` if this processing ended before that point.
    fn remaining(&self, going: &RunningProcessing, lasted: f64) -> Option<(f64, f64)> {
        let took = seconds(self.took);
        let Some(last) = going.marks.last().filter(|mark| mark.percent.get() > 0 && !self.marks.is_empty()) else {
            return Some((took - lasted, 1.0));
        };
        let here = self.reached(last.percent)?;
        let then = seconds(last.after);
        let pace = (then / here.max(1.0)).clamp(0.1, 10.0);
        // The more of the video is encoded, the more the speed so far says about the rest.
        let share = f64::from(last.percent.get()) / 100.0;
        Some(((took - here) * pace.powf(share.sqrt()) - (lasted - then), pace))
    }

    /// Returns the seconds after which `percent` was encoded; `None` if the video could be watched before that.
    fn reached(&self, percent: Percent) -> Option<f64> {
        let wanted = f64::from(percent.get());
        let mut before = (0.0, 0.0);
        for mark in &self.marks {
            let here = (seconds(mark.after), f64::from(mark.percent.get()));
            if here.1 >= wanted {
                let share = if here.1 > before.1 { (wanted - before.1) / (here.1 - before.1) } else { 1.0 };
                return Some(before.0 + share * (here.0 - before.0));
            }
            before = here;
        }
        None
    }
}

fn kernel(distance: f64, width: f64) -> f64 {
    (-(distance / width).powi(2) / 2.0).exp()
}

fn seconds(delta: TimeDelta) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a wait is far shorter than 2^53 milliseconds")]
    let millis = delta.num_milliseconds() as f64;
    millis / 1_000.0
}

/// Possible remaining times in seconds, shortest first. Each has the share of the total weight up to and including it.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    points: Vec<(f64, f64)>,
}

impl Forecast {
    fn new(mut possible: Vec<(f64, f64)>) -> Self {
        possible.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = possible.iter().map(|(_, weight)| weight).sum();
        let mut sum = 0.0;
        let points = possible
            .into_iter()
            .map(|(remaining, weight)| {
                sum += weight;
                (remaining, if total > 0.0 { sum / total } else { 1.0 })
            })
            .collect();
        Self { points }
    }

    /// Returns the remaining times in seconds, shortest first, each with the share of the weight up to it.
    pub(crate) fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// Returns the remaining time that is not exceeded with the probability `share`.
    #[must_use]
    pub fn quantile(&self, share: f64) -> TimeDelta {
        let mut before = (0.0, 0.0);
        for &(remaining, sum) in &self.points {
            if sum >= share {
                let part = if sum > before.1 { (share - before.1) / (sum - before.1) } else { 1.0 };
                return delta(before.0 + part * (remaining - before.0));
            }
            before = (remaining, sum);
        }
        delta(before.0)
    }
}

fn delta(seconds: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "clamped right before")]
    let millis = (seconds.clamp(0.0, 31_536_000.0) * 1_000.0) as i64;
    TimeDelta::milliseconds(millis)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn going(length: i64, lasted: i64, marks: &[(i64, u8)]) -> RunningProcessing {
        RunningProcessing {
            length: TimeDelta::seconds(length),
            lasted: TimeDelta::seconds(lasted),
            marks: marks_of(marks),
        }
    }

    fn marks_of(marks: &[(i64, u8)]) -> Vec<EncodingMark> {
        marks
            .iter()
            .map(|(after, percent)| EncodingMark {
                after: TimeDelta::seconds(*after),
                percent: Percent::clamped(f32::from(*percent)),
            })
            .collect()
    }

    fn past(length: i64, took: i64, marks: &[(i64, u8)]) -> FinishedProcessing {
        FinishedProcessing {
            length: TimeDelta::seconds(length),
            took: TimeDelta::seconds(took),
            marks: marks_of(marks),
        }
    }

    fn median(history: &ProcessingTimes, going: &RunningProcessing) -> i64 {
        history.forecast(ProcessingPhase::Importing, going).quantile(0.5).num_seconds()
    }

    #[test]
    fn without_processing_times_the_forecast_is_the_guess() {
        let median = median(&ProcessingTimes::default(), &going(3_600, 30, &[]));
        assert!((200..=400).contains(&median), "{median}");
    }

    #[test]
    fn without_processing_times_the_early_quantile_is_short_enough_for_a_rehearsal() {
        let early = ProcessingTimes::default().forecast(ProcessingPhase::Importing, &going(60, 0, &[])).quantile(0.05);
        assert!(early < TimeDelta::seconds(10), "{early}");
    }

    #[test]
    fn twelve_processing_times_outweigh_the_guess() {
        let mut history = ProcessingTimes::default();
        for _ in 0..12 {
            history.add(ProcessingPhase::Importing, past(3_600, 900, &[]));
        }
        let median = median(&history, &going(3_600, 0, &[]));
        assert!((850..=950).contains(&median), "{median}");
    }

    #[test]
    fn recordings_of_a_similar_length_weigh_most() {
        let mut history = ProcessingTimes::default();
        for _ in 0..20 {
            history.add(ProcessingPhase::Importing, past(1_800, 120, &[]));
            history.add(ProcessingPhase::Importing, past(10_800, 1_200, &[]));
        }
        assert!(median(&history, &going(1_800, 0, &[])) < 200);
        assert!(median(&history, &going(10_800, 0, &[])) > 900);
    }

    #[test]
    fn faster_encoding_than_in_the_past_shortens_the_forecast() {
        let mut history = ProcessingTimes::default();
        for _ in 0..30 {
            history.add(ProcessingPhase::Importing, past(3_600, 400, &[(100, 25), (200, 50), (400, 80)]));
        }
        let slow = median(&history, &going(3_600, 200, &[(200, 50)]));
        let fast = median(&history, &going(3_600, 100, &[(100, 50)]));
        assert!((150..=230).contains(&slow), "{slow}");
        assert!(fast < slow, "{fast}");
    }

    #[test]
    fn processing_that_lasts_longer_than_ever_still_gets_a_forecast() {
        let mut history = ProcessingTimes::default();
        for _ in 0..30 {
            history.add(ProcessingPhase::Importing, past(3_600, 300, &[]));
        }
        let late = history.forecast(ProcessingPhase::Importing, &going(3_600, 3_000, &[]));
        assert!(late.quantile(0.5) > TimeDelta::seconds(60), "{late:?}");
    }

    #[test]
    fn only_the_newest_500_processing_times_are_kept() {
        let mut history = ProcessingTimes::default();
        for number in 0..1_000 {
            history.add(ProcessingPhase::Saving, past(3_600, number, &[]));
        }
        assert_eq!(history.waits(ProcessingPhase::Saving).len(), usize::from(MAX_PROCESSING_TIMES));
        assert_eq!(history.waits(ProcessingPhase::Saving)[0].took, TimeDelta::seconds(999));
    }

    proptest! {
        #[test]
        fn quantiles_never_decrease_and_are_never_negative(
            pasts in proptest::collection::vec((1i64..20_000, 0i64..20_000, proptest::collection::vec((0i64..20_000, 0u8..=100), 0..6)), 0..40),
            length in 0i64..90_000, lasted in -10i64..90_000, marks in proptest::collection::vec((0i64..90_000, 0u8..=100), 0..4),
        ) {
            let mut history = ProcessingTimes::default();
            for (length, took, marks) in &pasts {
                history.add(ProcessingPhase::Importing, past(*length, *took, marks));
            }
            let forecast = history.forecast(ProcessingPhase::Importing, &going(length, lasted, &marks));
            let mut before = TimeDelta::zero();
            for share in 0..=20 {
                let here = forecast.quantile(f64::from(share) / 20.0);
                prop_assert!(here >= before);
                before = here;
            }
        }
    }
}
