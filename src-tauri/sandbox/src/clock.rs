//! The two clocks of the sandbox.
//!
//! The *process clock* is virtual: it can run fast and be moved forward, and everything that happens by itself (uploads,
//! encoding, empty rooms, retention) and every timestamp in a reply follows it. The *verification clock* is real time
//! plus the moves made by hand; playback tokens are checked against it, because whoever signs one reads a real clock,
//! and a token of 24 hours must not lapse after a minute and a half at a thousand times the speed.
//!
//! Neither clock ever runs backwards by what is done here.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// A moment of either clock.
pub type Moment = DateTime<Utc>;

/// The largest factor the process clock may run at.
pub const MAX_SPEED: f64 = 1_000_000.0;

#[derive(Debug)]
struct Anchor {
    real: Instant,
    process: Moment,
    speed: f64,
    advanced: TimeDelta,
    journey: Option<Journey>,
}

/// A move of the clocks that takes time.
#[derive(Debug)]
struct Journey {
    to: Moment,
    by: TimeDelta,
    speed_before: f64,
}

/// Both clocks; see the module documentation.
#[derive(Debug)]
pub struct Clock {
    anchor: Mutex<Anchor>,
}

impl Clock {
    /// Starts the process clock at `from`, running `speed` times as fast as real time.
    pub fn starting_at(from: Moment, speed: f64) -> Self {
        let anchor = Anchor {
            real: Instant::now(),
            process: from,
            speed: clamp_speed(speed),
            advanced: TimeDelta::zero(),
            journey: None,
        };
        Self { anchor: Mutex::new(anchor) }
    }

    /// The process clock's time.
    pub fn now(&self) -> Moment {
        self.read(Anchor::now)
    }

    /// The verification clock's time: real time plus what has been advanced by hand.
    pub fn verification(&self) -> Moment {
        self.read(|anchor| outside() + anchor.advanced)
    }

    /// How many process seconds pass in one real second.
    pub fn speed(&self) -> f64 {
        self.read(|anchor| anchor.speed)
    }

    /// How long, in real time, until the process clock shows `moment`; zero when it already has.
    pub fn real_time_until(&self, moment: Moment) -> Duration {
        self.read(|anchor| {
            let virtual_wait = (moment - anchor.now()).to_std().unwrap_or_default();
            Duration::try_from_secs_f64(virtual_wait.as_secs_f64() / anchor.speed).unwrap_or(Duration::MAX)
        })
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let by = TimeDelta::from_std(by).unwrap_or_else(|_| TimeDelta::days(3_650));
        self.write(|anchor| {
            anchor.process += by;
            anchor.advanced += by;
        });
    }

    /// Lets the process clock run at another speed until it has come forward by this much, where it stays until
    /// [`Self::arrive`]. Returns how long, in real time, it takes.
    pub fn run(&self, by: Duration, speed: f64) -> Duration {
        let speed = clamp_speed(speed);
        let span = TimeDelta::from_std(by).unwrap_or_else(|_| TimeDelta::days(3_650));
        self.write(|anchor| {
            anchor.arrive();
            anchor.process = anchor.now();
            anchor.real = Instant::now();
            anchor.journey = Some(Journey { to: anchor.process + span, by: span, speed_before: anchor.speed });
            anchor.speed = speed;
        });
        Duration::try_from_secs_f64(by.as_secs_f64() / speed).unwrap_or(Duration::MAX)
    }

    /// Ends such a run: both clocks are where it led to, and go on as before it.
    pub fn arrive(&self) {
        self.write(Anchor::arrive);
    }

    /// Changes how fast the process clock runs from now on.
    pub fn set_speed(&self, speed: f64) {
        self.write(|anchor| {
            anchor.arrive();
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
        // Microseconds are what the replies show, so nothing finer may decide an order.
        let now = (self.process + elapsed).trunc_subsecs(6);
        self.journey.as_ref().map_or(now, |journey| now.min(journey.to))
    }

    fn arrive(&mut self) {
        if let Some(journey) = self.journey.take() {
            self.process = journey.to;
            self.real = Instant::now();
            self.advanced += journey.by;
            self.speed = journey.speed_before;
        }
    }
}

/// The time outside the sandbox.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is a service of its own, and this is where it meets real time"
)]
pub fn outside() -> Moment {
    Utc::now()
}

fn clamp_speed(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.001, MAX_SPEED) } else { 1.0 }
}

/// A moment as RealtimeKit writes it: milliseconds and a `Z`.
pub fn millis(moment: Moment) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A moment as Stream writes it: microseconds and a `Z`.
pub fn micros(moment: Moment) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Seconds as a span of either clock. Values that no calendar can hold become the longest span that fits.
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
        let clock = Clock::starting_at(outside(), 1_000_000.0);
        std::thread::sleep(Duration::from_millis(5));
        assert!(clock.now() - outside() > TimeDelta::minutes(30));
        assert!((clock.verification() - outside()).abs() < TimeDelta::seconds(1));
        clock.advance(Duration::from_secs(3_600));
        assert!(clock.verification() - outside() > TimeDelta::minutes(59));
    }

    #[test]
    fn a_run_ends_exactly_where_it_led_to() {
        let clock = Clock::starting_at(outside(), 0.001);
        let begun = clock.now();
        let wait = clock.run(Duration::from_secs(30), 1_000.0);
        assert_eq!(wait, Duration::from_millis(30));
        std::thread::sleep(Duration::from_millis(60));
        assert!(clock.now() - begun - TimeDelta::seconds(30) < TimeDelta::milliseconds(1));
        clock.arrive();
        assert!((clock.now() - begun - TimeDelta::seconds(30)).abs() < TimeDelta::milliseconds(1));
        assert!(clock.verification() - outside() > TimeDelta::seconds(29));
        assert!((clock.speed() - 0.001).abs() < f64::EPSILON);
    }

    #[test]
    fn changing_the_speed_never_moves_the_clock_back() {
        let clock = Clock::starting_at(outside(), 100_000.0);
        let before = clock.now();
        clock.set_speed(1.0);
        assert!(clock.now() >= before);
    }
}
