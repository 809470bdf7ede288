//! Bounds for values from outside: from a reply, a video's metadata, a form, the database.
//!
//! Hajime accepts moments from 2000 to 2100, lengths up to 48 hours, and sizes that fit in an `i64`. A value outside
//! these bounds is treated as absent or, where a row must have a value, replaced by the nearest bound. Arithmetic with
//! values inside the bounds cannot overflow.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

/// The years in which a moment may lie, both ends included.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;
/// The first and the last millisecond of [`YEARS`], counted from 1970.
const FIRST_MILLIS: i64 = 946_684_800_000;
const LAST_MILLIS: i64 = 4_133_980_799_999;
/// The longest recording or video, in seconds. RealtimeKit ends a recording after 24 hours; a video that somebody made
/// elsewhere may be longer.
const SPAN_MAX_SECONDS: f64 = 48.0 * 3_600.0;
/// [`SPAN_MAX_SECONDS`] in milliseconds.
const LENGTH_MAX_MILLIS: i64 = 48 * 3_600_000;
/// The smallest number of bytes that does not fit in an `i64`.
const BYTES_END: f64 = 9_223_372_036_854_775_808.0;

/// Returns a moment if it lies between 2000 and 2100.
#[must_use]
pub fn moment(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    YEARS.contains(&at.year()).then_some(at)
}

/// Parses a moment in RFC 3339, or in another form that chrono reads, and returns it if it lies between 2000 and 2100.
#[must_use]
pub fn moment_from(text: &str) -> Option<DateTime<Utc>> {
    moment(text.trim().parse().ok()?)
}

/// Converts milliseconds since 1970 to a moment. Outside 2000 to 2100 it returns the nearest bound: where a row must
/// have a moment, a row with a wrong one is better than no row.
#[must_use]
pub fn nearest_moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis.clamp(FIRST_MILLIS, LAST_MILLIS)).unwrap_or_default()
}

/// Converts milliseconds since 1970 to a moment, if it lies between 2000 and 2100.
#[must_use]
pub fn moment_of_millis(millis: i64) -> Option<DateTime<Utc>> {
    (FIRST_MILLIS..=LAST_MILLIS).contains(&millis).then(|| nearest_moment(millis))
}

/// Converts milliseconds to a length. Negative numbers become zero, and more than 48 hours become 48 hours.
#[must_use]
pub fn nearest_length(millis: i64) -> TimeDelta {
    TimeDelta::milliseconds(millis.clamp(0, LENGTH_MAX_MILLIS))
}

/// Converts milliseconds to a length, if it is at most 48 hours and not negative.
#[must_use]
pub fn length_of_millis(millis: i64) -> Option<TimeDelta> {
    (0..=LENGTH_MAX_MILLIS).contains(&millis).then(|| nearest_length(millis))
}

/// Converts seconds to a length, if it is at most 48 hours and not negative.
#[must_use]
pub fn length(seconds: f64) -> Option<Duration> {
    let within = (0.0..=SPAN_MAX_SECONDS).contains(&seconds);
    within.then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

/// Converts a number to a size in bytes without its fraction, if it is not negative and fits in an `i64`.
#[must_use]
pub fn bytes(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked right before")]
    (0.0..BYTES_END).contains(&number).then_some(number as u64)
}

/// Arithmetic on moments that never panics. A result beyond chrono's range becomes chrono's first or last moment.
pub trait Moved: Sized {
    /// Returns the moment `by` later; an earlier one where `by` is negative.
    #[must_use]
    fn later(self, by: TimeDelta) -> Self;

    /// Returns the moment `by` earlier; a later one where `by` is negative.
    #[must_use]
    fn earlier(self, by: TimeDelta) -> Self;

    /// Returns the time from `other` to `self`; negative where `self` is the earlier one.
    #[must_use]
    fn since(self, other: Self) -> TimeDelta;
}

/// Arithmetic on lengths of time that never panics. A result beyond chrono's range becomes chrono's shortest or longest
/// length.
pub trait Stretched: Sized {
    /// Returns the sum, within chrono's range.
    #[must_use]
    fn longer(self, by: Self) -> Self;

    /// Returns the difference, within chrono's range.
    #[must_use]
    fn shorter(self, by: Self) -> Self;

    /// Returns the product, within chrono's range.
    #[must_use]
    fn times(self, factor: i32) -> Self;

    /// Divides the length into `of` equal parts and returns one; the whole length where `of` is 0.
    #[must_use]
    fn part(self, of: i32) -> Self;
}

impl Stretched for TimeDelta {
    fn longer(self, by: Self) -> Self {
        self.checked_add(&by).unwrap_or(if by < Self::zero() { Self::MIN } else { Self::MAX })
    }

    fn shorter(self, by: Self) -> Self {
        self.checked_sub(&by).unwrap_or(if by < Self::zero() { Self::MAX } else { Self::MIN })
    }

    fn times(self, factor: i32) -> Self {
        let is_below = (self < Self::zero()) != (factor < 0);
        self.checked_mul(factor).unwrap_or(if is_below { Self::MIN } else { Self::MAX })
    }

    fn part(self, of: i32) -> Self {
        self.checked_div(of).unwrap_or(self)
    }
}

impl Moved for DateTime<Utc> {
    fn later(self, by: TimeDelta) -> Self {
        let end = if by < TimeDelta::zero() { Self::MIN_UTC } else { Self::MAX_UTC };
        self.checked_add_signed(by).unwrap_or(end)
    }

    fn earlier(self, by: TimeDelta) -> Self {
        let end = if by < TimeDelta::zero() { Self::MAX_UTC } else { Self::MIN_UTC };
        self.checked_sub_signed(by).unwrap_or(end)
    }

    fn since(self, other: Self) -> TimeDelta {
        self.signed_duration_since(other)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moment_from_accepts_only_moments_from_2000_to_2100() {
        for (text, fine) in [
            ("2000-01-01T00:00:00Z", true),
            ("2100-12-31T23:59:59Z", true),
            (" 2026-03-01T10:00:00.123Z ", true),
            ("2026-03-01T10:00:00+02:00", true),
            ("1999-12-31T23:59:59Z", false),
            ("2101-01-01T00:00:00Z", false),
            ("+262142-12-31T23:59:59Z", false),
            ("-262143-01-01T00:00:00Z", false),
            ("0000-00-00T00:00:00Z", false),
            ("yesterday", false),
            ("", false),
        ] {
            assert_eq!(moment_from(text).is_some(), fine, "{text}");
        }
    }

    #[test]
    fn length_accepts_0_to_48_hours_and_bytes_accepts_0_to_i64_max() {
        for (seconds, fine) in
            [(0.0, true), (172_800.0, true), (172_800.1, false), (-1.0, false), (9.2e15, false), (f64::NAN, false)]
        {
            assert_eq!(length(seconds).is_some(), fine, "{seconds}");
        }
        for (number, fine) in [
            (0.0, true),
            (9_223_372_036_854_774_784.0, true),
            (9_223_372_036_854_775_808.0, false),
            (-1.0, false),
            (f64::INFINITY, false),
            (f64::NAN, false),
        ] {
            assert_eq!(bytes(number).is_some(), fine, "{number}");
        }
    }

    #[test]
    fn milliseconds_out_of_bounds_become_the_nearest_bound_or_none() {
        for (millis, text) in [
            (i64::MIN, "2000-01-01T00:00:00Z"),
            (FIRST_MILLIS - 1, "2000-01-01T00:00:00Z"),
            (1_772_366_400_000, "2026-03-01T12:00:00Z"),
            (LAST_MILLIS + 1, "2100-12-31T23:59:59.999Z"),
            (i64::MAX, "2100-12-31T23:59:59.999Z"),
        ] {
            let nearest = nearest_moment(millis);
            assert_eq!(Some(nearest), moment_from(text), "{millis}");
            assert_eq!(
                moment_of_millis(millis),
                Some(nearest).filter(|at| at.timestamp_millis() == millis),
                "{millis}"
            );
        }
        for (millis, hours) in [(i64::MIN, 0), (-1, 0), (3_600_000, 1), (LENGTH_MAX_MILLIS + 1, 48), (i64::MAX, 48)] {
            let nearest = nearest_length(millis);
            assert_eq!(nearest, TimeDelta::hours(hours), "{millis}");
            assert_eq!(length_of_millis(millis), Some(nearest).filter(|l| l.num_milliseconds() == millis), "{millis}");
        }
    }

    proptest! {
        #[test]
        fn moving_a_moment_never_panics(millis: i64, by: i64) {
            let at = DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MAX_UTC);
            let by = TimeDelta::try_milliseconds(by).unwrap_or(TimeDelta::MAX);
            let (later, earlier) = (at.later(by), at.earlier(by));
            let in_order = if by < TimeDelta::zero() { later <= at && at <= earlier } else { earlier <= at && at <= later };
            prop_assert!(in_order, "{earlier} {at} {later}");
        }

        #[test]
        fn stretching_a_length_never_panics(one: i64, other: i64, factor: i32) {
            let length = |millis| TimeDelta::try_milliseconds(millis).unwrap_or(TimeDelta::MAX);
            let (one, other) = (length(one), length(other));
            let (longer, shorter) = (one.longer(other), one.shorter(other));
            let in_order = if other < TimeDelta::zero() { longer <= one && one <= shorter } else { shorter <= one && one <= longer };
            prop_assert!(in_order, "{shorter} {one} {longer}");
            let (times, part) = (one.times(factor), one.part(factor));
            prop_assert!(times.is_zero() || (times < TimeDelta::zero()) == ((one < TimeDelta::zero()) != (factor < 0)));
            prop_assert!(factor == 0 || part.abs() <= one.abs());
        }
    }
}
