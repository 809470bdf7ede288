//! The length of a recording in all its units.
//!
//! Both tracks count 48,000 ticks per second, so that a video frame, an AAC frame and a millisecond are whole numbers
//! of ticks.

use std::{ops::Range, time::Duration};

use super::{FRAME_RATE, SEGMENT_FRAMES};

/// Ticks per second.
pub const TICKS_PER_SECOND: u32 = 48_000;
/// Ticks in a video frame.
pub const TICKS_PER_FRAME: u32 = TICKS_PER_SECOND / FRAME_RATE;
/// Ticks in an AAC frame. One tick is one sample.
pub const TICKS_PER_AAC_FRAME: u32 = 1_024;
const TICKS_PER_MILLI: u32 = TICKS_PER_SECOND / 1_000;
const TICKS_PER_SEGMENT: u32 = TICKS_PER_FRAME * SEGMENT_FRAMES;

/// The length of a recording: from one video frame to one day, so that all counts below fit in 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    millis: u32,
}

impl Length {
    /// Returns the nearest valid length.
    pub fn of(duration: Duration) -> Self {
        const DAY: u32 = 86_400_000;
        let millis = u32::try_from(duration.as_millis()).unwrap_or(DAY);
        Self { millis: millis.clamp(1_000 / FRAME_RATE, DAY) }
    }

    pub fn millis(self) -> u32 {
        self.millis
    }

    pub fn ticks(self) -> u32 {
        self.millis * TICKS_PER_MILLI
    }

    /// The number of video frames. The last one may be shorter.
    pub fn frames(self) -> u32 {
        self.ticks().div_ceil(TICKS_PER_FRAME)
    }

    /// The ticks for which the last video frame is shown.
    pub fn last_frame(self) -> u32 {
        self.ticks() - (self.frames() - 1) * TICKS_PER_FRAME
    }

    /// The number of AAC frames. The audio ends with the video or less than one AAC frame earlier.
    pub fn audio_frames(self) -> u32 {
        self.ticks() / TICKS_PER_AAC_FRAME
    }

    /// The number of segments. The last one may be shorter.
    pub fn segments(self) -> u32 {
        self.ticks().div_ceil(TICKS_PER_SEGMENT)
    }

    /// The ticks of segment `n`; `None` beyond the end.
    pub fn segment(self, n: u32) -> Option<Range<u32>> {
        (n < self.segments())
            .then(|| n * TICKS_PER_SEGMENT..(n + 1).saturating_mul(TICKS_PER_SEGMENT).min(self.ticks()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cover_any_length_without_gaps() {
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
            assert!((1..=TICKS_PER_FRAME).contains(&length.last_frame()));
        }
    }

    #[test]
    fn a_length_beyond_the_limits_becomes_the_limit() {
        assert_eq!(Length::of(Duration::ZERO).frames(), 1);
        assert_eq!(Length::of(Duration::MAX).millis(), 86_400_000);
    }
}
