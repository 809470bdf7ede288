//! How loud the sound of a video is, and where nothing is heard.

use super::{Flaw, Stretch};

/// The length of a window in which loudness is measured, in milliseconds.
pub const WINDOW_MS: u64 = 1_000;
/// The loudness below which nothing is heard, of full scale: −60 dB. A microphone in an empty room is louder.
const HEARD_FROM: f64 = 0.001;
/// The shortest silent stretch that is told, in milliseconds. People in a class may be quiet for a while.
const SILENT_MIN_MS: u64 = 45_000;
/// The longest sound within a silent stretch that does not end it, in milliseconds: a click.
const CLICK_MAX_MS: u64 = 1_000;
/// The share of silent windows, in percent, from which nothing is heard in the whole video.
const THROUGHOUT_PERCENT: usize = 98;

/// The loudness of a window: the root of the mean square, of full scale.
pub type Loudness = f64;

/// Measures the loudness of samples as they come.
#[derive(Debug)]
pub struct Meter {
    samples_per_window: u64,
    counted: u64,
    squares: f64,
    windows: Vec<Loudness>,
}

impl Meter {
    /// A meter for sound with so many samples per second and channels.
    #[must_use]
    pub fn new(samples_per_second: u32, channels: usize) -> Self {
        let channels = u64::try_from(channels).unwrap_or(1).max(1);
        let samples_per_window =
            u64::from(samples_per_second).saturating_mul(channels).saturating_mul(WINDOW_MS) / 1_000;
        Self { samples_per_window: samples_per_window.max(1), counted: 0, squares: 0.0, windows: Vec::new() }
    }

    /// Adds samples of all channels. What is no number counts as silence.
    pub fn add(&mut self, samples: &[f32]) {
        for sample in samples {
            let sample = f64::from(*sample);
            if sample.is_finite() {
                self.squares += sample * sample;
            }
            self.counted = self.counted.saturating_add(1);
            if self.counted >= self.samples_per_window {
                self.close();
            }
        }
    }

    /// Returns the number of windows that are measured so far.
    #[must_use]
    pub const fn windows(&self) -> usize {
        self.windows.len()
    }

    /// Returns the loudness of every window. The last one may be shorter.
    #[must_use]
    pub fn finish(mut self) -> Vec<Loudness> {
        if self.counted > 0 {
            self.close();
        }
        self.windows
    }

    fn close(&mut self) {
        #[expect(clippy::cast_precision_loss, reason = "a window has far fewer samples than 2^52")]
        let mean = self.squares / self.counted.max(1) as f64;
        self.windows.push(mean.sqrt());
        (self.counted, self.squares) = (0, 0.0);
    }
}

/// Returns the silent stretches, in the order of time.
#[must_use]
pub fn silent_stretches(windows: &[Loudness]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for (window, at) in windows.iter().zip((0_u64..).map(|n| n.saturating_mul(WINDOW_MS))) {
        if *window >= HEARD_FROM {
            continue;
        }
        let end_ms = at.saturating_add(WINDOW_MS);
        match all.last_mut().filter(|last| at.saturating_sub(last.end_ms) <= CLICK_MAX_MS) {
            Some(last) => last.end_ms = end_ms,
            None => all.push(Stretch { flaw: Flaw::Silent, start_ms: at, end_ms }),
        }
    }
    all.retain(|one| one.end_ms.saturating_sub(one.start_ms) >= SILENT_MIN_MS);
    all
}

/// Whether nothing is heard in the whole video.
#[must_use]
pub fn is_silent_throughout(windows: &[Loudness]) -> bool {
    let silent = windows.iter().filter(|window| **window < HEARD_FROM).count();
    silent > 0 && silent.saturating_mul(100) >= windows.len().saturating_mul(THROUGHOUT_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 8_000;

    fn measured(seconds: u32, heard: impl Fn(u32) -> f32) -> Vec<Loudness> {
        let mut meter = Meter::new(RATE, 1);
        for second in 0..seconds {
            let sign = |n: u32| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
            let samples: Vec<f32> = (0..RATE).map(|n| heard(second) * sign(n)).collect();
            meter.add(&samples);
        }
        meter.finish()
    }

    #[test]
    fn a_silent_stretch_is_told_with_its_ends_and_a_click_does_not_end_it() {
        let heard = |second| if (100..=200).contains(&second) && second != 150 { 0.000_1 } else { 0.05 };
        let found = silent_stretches(&measured(300, heard));
        assert_eq!(found, [Stretch { flaw: Flaw::Silent, start_ms: 100_000, end_ms: 201_000 }]);
        assert!(!is_silent_throughout(&measured(300, heard)));
    }

    #[test]
    fn quiet_people_and_short_pauses_raise_nothing() {
        assert_eq!(silent_stretches(&measured(120, |_| 0.004)), []);
        assert_eq!(silent_stretches(&measured(120, |second| if second % 40 < 30 { 0.0 } else { 0.1 })), []);
        assert!(!is_silent_throughout(&[]));
    }

    #[test]
    fn a_class_with_one_click_was_silent_throughout() {
        let windows = measured(200, |second| if second == 7 { 0.2 } else { 0.0 });
        assert!(is_silent_throughout(&windows));
        assert_eq!(silent_stretches(&windows).len(), 1);
    }

    #[test]
    fn samples_that_are_no_numbers_count_as_silence() {
        let mut meter = Meter::new(4, 2);
        meter.add(&[f32::NAN, f32::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
        assert_eq!(meter.finish(), [0.0, 0.5]);
    }
}
