//! Bounds for values from outside: from a reply, a video's metadata, a form, the database.
//!
//! Nothing that Hajime handles happened before 2000 or happens after 2100, no class lasts two days, and no file is larger than a database
//! can count. Whatever lies outside is no value. Arithmetic with what lies inside cannot overflow.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

/// The years in which a moment may lie, the first and the last included.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;
/// The bounds of [`YEARS`] in milliseconds since 1970.
const FIRST_MILLIS: i64 = 946_684_800_000;
const LAST_MILLIS: i64 = 4_133_980_799_999;
/// The longest recording or video, in seconds. RealtimeKit ends a recording after 24 hours; a video that somebody made elsewhere may be longer.
const SPAN_MAX_SECONDS: f64 = 48.0 * 3_600.0;
/// [`SPAN_MAX_SECONDS`] in milliseconds.
const LENGTH_MAX_MILLIS: i64 = 48 * 3_600_000;
/// The first number of bytes that no `i64` holds.
const BYTES_END: f64 = 9_223_372_036_854_775_808.0;

/// A moment, if it lies between 2000 and 2100.
#[must_use]
pub fn moment(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    YEARS.contains(&at.year()).then_some(at)
}

/// A moment written as RFC 3339 or as chrono reads it, if it lies between 2000 and 2100.
#[must_use]
pub fn moment_from(text: &str) -> Option<DateTime<Utc>> {
    moment(text.trim().parse().ok()?)
}

/// The moment so many milliseconds after 1970 or, where that lies outside, the first or the last that there is: what a row must have is shown
/// somehow, for a row is worth more than its number.
#[must_use]
pub fn nearest_moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis.clamp(FIRST_MILLIS, LAST_MILLIS)).unwrap_or_default()
}

/// The moment so many milliseconds after 1970, if it lies between 2000 and 2100.
#[must_use]
pub fn moment_of_millis(millis: i64) -> Option<DateTime<Utc>> {
    (FIRST_MILLIS..=LAST_MILLIS).contains(&millis).then(|| nearest_moment(millis))
}

/// The length of so many milliseconds or, where that lies outside, none or 48 hours.
#[must_use]
pub fn nearest_length(millis: i64) -> TimeDelta {
    TimeDelta::milliseconds(millis.clamp(0, LENGTH_MAX_MILLIS))
}

/// The length of so many milliseconds, if it is one of 0 to 48 hours.
#[must_use]
pub fn length_of_millis(millis: i64) -> Option<TimeDelta> {
    (0..=LENGTH_MAX_MILLIS).contains(&millis).then(|| nearest_length(millis))
}

/// A length in seconds, if it is one of 0 to 48 hours.
#[must_use]
pub fn length(seconds: f64) -> Option<Duration> {
    let within = (0.0..=SPAN_MAX_SECONDS).contains(&seconds);
    within.then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

/// A size in bytes, if it is one of 0 to `i64::MAX`.
#[must_use]
pub fn bytes(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked right before")]
    (0.0..BYTES_END).contains(&number).then_some(number as u64)
}

/// Moments moved without a panic. Past the end of time lies the end of time.
pub trait Moved: Sized {
    /// The moment later by `by`; earlier where `by` is negative.
    #[must_use]
    fn later(self, by: TimeDelta) -> Self;

    /// The moment earlier by `by`; later where `by` is negative.
    #[must_use]
    fn earlier(self, by: TimeDelta) -> Self;

    /// How long after the other it lies; negative where it lies before.
    #[must_use]
    fn since(self, other: Self) -> TimeDelta;
}

/// Lengths of time made longer and shorter without a panic. Past the longest there is lies the longest there is.
pub trait Stretched: Sized {
    /// The sum, within the bounds.
    #[must_use]
    fn longer(self, by: Self) -> Self;

    /// The difference, within the bounds.
    #[must_use]
    fn shorter(self, by: Self) -> Self;

    /// The product, within the bounds.
    #[must_use]
    fn times(self, factor: i32) -> Self;

    /// One of so many equal parts; all of it where there are none.
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
    fn moments_outside_of_2000_to_2100_are_no_moments() {
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
    fn lengths_are_zero_to_48_hours_and_sizes_zero_to_i64_max() {
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
    fn milliseconds_have_the_same_bounds() {
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
