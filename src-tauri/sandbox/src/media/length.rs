//! How long a recording is, in everything it is counted in.
//!
//! Both tracks count 48,000 ticks a second: a video frame and an AAC frame are then whole numbers of ticks, and so is a
//! millisecond.

use std::{ops::Range, time::Duration};

use super::{FRAME_RATE, SEGMENT_FRAMES};

/// Ticks a second.
pub const TICKS: u32 = 48_000;
/// Ticks in a frame of video.
pub const FRAME: u32 = TICKS / FRAME_RATE;
/// Ticks in a frame of AAC, which is that many samples.
pub const AAC_FRAME: u32 = 1_024;
const TICKS_PER_MILLI: u32 = TICKS / 1_000;
const SEGMENT: u32 = FRAME * SEGMENT_FRAMES;

/// The length of a recording: from one frame to one day, so that every count below fits in 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    millis: u32,
}

impl Length {
    /// The nearest length there can be.
    pub fn of(duration: Duration) -> Self {
        const DAY: u32 = 86_400_000;
        let millis = u32::try_from(duration.as_millis()).unwrap_or(DAY);
        Self { millis: millis.clamp(1_000 / FRAME_RATE, DAY) }
    }

    /// Milliseconds.
    pub fn millis(self) -> u32 {
        self.millis
    }

    /// Ticks.
    pub fn ticks(self) -> u32 {
        self.millis * TICKS_PER_MILLI
    }

    /// Frames of video, the last of them perhaps cut short.
    pub fn frames(self) -> u32 {
        self.ticks().div_ceil(FRAME)
    }

    /// Ticks for which the last frame is shown.
    pub fn last_frame(self) -> u32 {
        self.ticks() - (self.frames() - 1) * FRAME
    }

    /// Frames of AAC, which end with the video or less than one frame before it.
    pub fn audio_frames(self) -> u32 {
        self.ticks() / AAC_FRAME
    }

    /// Segments, the last of them perhaps cut short.
    pub fn segments(self) -> u32 {
        self.ticks().div_ceil(SEGMENT)
    }

    /// The ticks of segment `n`.
    pub fn segment(self, n: u32) -> Option<Range<u32>> {
        (n < self.segments()).then(|| n * SEGMENT..(n + 1).saturating_mul(SEGMENT).min(self.ticks()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cover_a_recording_without_gaps() {
        for millis in [100, 101, 1_999, 2_000, 2_001, 61_234, 86_400_000] {
            let length = Length::of(Duration::from_millis(millis));
            assert_eq!(u64::from(length.millis()), millis);
            let mut end = 0;
            for n in 0..length.segments() {
                let segment = length.segment(n).unwrap();
                assert_eq!(segment.start, end);
                assert!(segment.start < segment.end);
                end = segment.end;
            }
            assert_eq!(end, length.ticks());
            assert_eq!(length.segment(length.segments()), None);
            assert!((1..=FRAME).contains(&length.last_frame()));
        }
    }

    #[test]
    fn lengths_beyond_the_limits_become_the_limits() {
        assert_eq!(Length::of(Duration::ZERO).frames(), 1);
        assert_eq!(Length::of(Duration::MAX).millis(), 86_400_000);
    }
}
