//! The two clocks of the sandbox.
//!
//! The *process clock* is virtual: it can run faster than real time and can be moved forward. Everything that happens
//! by itself (uploads, encoding, empty rooms, retention) and every timestamp in a reply follows it. The *verification
//! clock* is real time plus every move forward. Playback tokens are checked against it, because a client signs them
//! with a real clock: at a thousand times the speed, a token of 24 hours would otherwise expire after a minute and a
//! half.
//!
//! No function of this module moves a clock backwards.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// A moment of either clock.
pub type Moment = DateTime<Utc>;

/// The highest speed of the process clock, in process seconds per real second.
pub const MAX_SPEED: f64 = 1_000_000.0;

#[derive(Debug)]
struct Anchor {
    real: Instant,
    process: Moment,
    speed: f64,
    advanced: TimeDelta,
    fast_forward: Option<FastForward>,
}

/// A move of the process clock that takes real time instead of happening at once.
#[derive(Debug)]
struct FastForward {
    to: Moment,
    by: TimeDelta,
    speed_before: f64,
}

/// The process clock and the verification clock.
#[derive(Debug)]
pub struct Clock {
    anchor: Mutex<Anchor>,
}

impl Clock {
    /// Starts the process clock at `from`. It runs `speed` times as fast as real time.
    pub fn starting_at(from: Moment, speed: f64) -> Self {
        let anchor = Anchor {
            real: Instant::now(),
            process: from,
            speed: clamp_speed(speed),
            advanced: TimeDelta::zero(),
            fast_forward: None,
        };
        Self { anchor: Mutex::new(anchor) }
    }

    /// The process clock's time.
    pub fn now(&self) -> Moment {
        self.read(Anchor::now)
    }

    /// The verification clock's time: real time plus every move forward.
    pub fn verification(&self) -> Moment {
        self.read(|anchor| real_now() + anchor.advanced)
    }

    /// The speed: process seconds per real second.
    pub fn speed(&self) -> f64 {
        self.read(|anchor| anchor.speed)
    }

    /// The real time until the process clock shows `moment`; zero when it already does.
    pub fn real_time_until(&self, moment: Moment) -> Duration {
        self.read(|anchor| {
            let virtual_wait = (moment - anchor.now()).to_std().unwrap_or_default();
            Duration::try_from_secs_f64(virtual_wait.as_secs_f64() / anchor.speed).unwrap_or(Duration::MAX)
        })
    }

    /// Moves both clocks forward at once.
    pub fn advance(&self, by: Duration) {
        let by = TimeDelta::from_std(by).unwrap_or_else(|_| TimeDelta::days(3_650));
        self.write(|anchor| {
            anchor.process += by;
            anchor.advanced += by;
        });
    }

    /// Runs the process clock at `speed` until it has moved forward by `by`, then stops it until
    /// [`Self::end_fast_forward`] is called. Returns the real time that the move takes.
    pub fn start_fast_forward(&self, by: Duration, speed: f64) -> Duration {
        let speed = clamp_speed(speed);
        let span = TimeDelta::from_std(by).unwrap_or_else(|_| TimeDelta::days(3_650));
        self.write(|anchor| {
            anchor.end_fast_forward();
            anchor.process = anchor.now();
            anchor.real = Instant::now();
            anchor.fast_forward = Some(FastForward { to: anchor.process + span, by: span, speed_before: anchor.speed });
            anchor.speed = speed;
        });
        Duration::try_from_secs_f64(by.as_secs_f64() / speed).unwrap_or(Duration::MAX)
    }

    /// Ends a fast-forward. The process clock continues from the target at its earlier speed, and the verification
    /// clock moves forward by the same length.
    pub fn end_fast_forward(&self) {
        self.write(Anchor::end_fast_forward);
    }

    /// Ends a fast-forward, if there is one, and changes the speed of the process clock.
    pub fn set_speed(&self, speed: f64) {
        self.write(|anchor| {
            anchor.end_fast_forward();
            anchor.process = anchor.now();
            anchor.real = Instant::now();
            anchor.speed = clamp_speed(speed);
        });
    }

    fn read<T>(&self, look: impl FnOnce(&Anchor) -> T) -> T {
        look(&self.anchor.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut Anchor)) {
        change(&mut self.anchor.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Anchor {
    fn now(&self) -> Moment {
        let elapsed = self.real.elapsed().as_secs_f64() * self.speed;
        let elapsed = Duration::try_from_secs_f64(elapsed).unwrap_or_default();
        let elapsed = TimeDelta::from_std(elapsed).unwrap_or_default();
        // Replies show microseconds. Finer parts are cut off, so that replies show the order of two moments.
        let now = (self.process + elapsed).trunc_subsecs(6);
        self.fast_forward.as_ref().map_or(now, |fast_forward| now.min(fast_forward.to))
    }

    fn end_fast_forward(&mut self) {
        if let Some(fast_forward) = self.fast_forward.take() {
            self.process = fast_forward.to;
            self.real = Instant::now();
            self.advanced += fast_forward.by;
            self.speed = fast_forward.speed_before;
        }
    }
}

/// The computer's time, which neither the speed nor an advance changes.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is a service of its own, and this is where it meets real time"
)]
pub fn real_now() -> Moment {
    Utc::now()
}

fn clamp_speed(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.001, MAX_SPEED) } else { 1.0 }
}

/// A moment in RealtimeKit's format: RFC 3339 with milliseconds and `Z`.
pub fn millis(moment: Moment) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A moment in Stream's format: RFC 3339 with microseconds and `Z`.
pub fn micros(moment: Moment) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Converts seconds to a span of time. Negative values become zero, and values too large for a span become one hundred
/// years.
pub fn seconds(value: f64) -> TimeDelta {
    Duration::try_from_secs_f64(value.max(0.0))
        .ok()
        .and_then(|span| TimeDelta::from_std(span).ok())
        .unwrap_or_else(|| TimeDelta::days(36_500))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verification_clock_ignores_speed_and_follows_advances() {
        let clock = Clock::starting_at(real_now(), 1_000_000.0);
        std::thread::sleep(Duration::from_millis(5));
        assert!(clock.now() - real_now() > TimeDelta::minutes(30));
        assert!((clock.verification() - real_now()).abs() < TimeDelta::seconds(1));
        clock.advance(Duration::from_secs(3_600));
        assert!(clock.verification() - real_now() > TimeDelta::minutes(59));
    }

    #[test]
    fn a_fast_forward_ends_exactly_at_its_target() {
        let clock = Clock::starting_at(real_now(), 0.001);
        let begun = clock.now();
        let wait = clock.start_fast_forward(Duration::from_secs(30), 1_000.0);
        assert_eq!(wait, Duration::from_millis(30));
        std::thread::sleep(Duration::from_millis(60));
        assert!(clock.now() - begun - TimeDelta::seconds(30) < TimeDelta::milliseconds(1));
        clock.end_fast_forward();
        assert!((clock.now() - begun - TimeDelta::seconds(30)).abs() < TimeDelta::milliseconds(1));
        assert!(clock.verification() - real_now() > TimeDelta::seconds(29));
        assert!((clock.speed() - 0.001).abs() < f64::EPSILON);
    }

    #[test]
    fn changing_the_speed_never_moves_the_clock_back() {
        let clock = Clock::starting_at(real_now(), 100_000.0);
        let before = clock.now();
        clock.set_speed(1.0);
        assert!(clock.now() >= before);
    }
}
