//! Whether a live class ends by itself after its planned end, and the countdown before it does.
//!
//! Time is counted in small steps between two looks. A look that comes late, because the computer slept or its clock was
//! set, begins the count again: no class ends without a countdown that ran its whole length.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::{Moved as _, Stretched as _};

/// How long the countdown runs before a class ends by itself.
pub const COUNTDOWN: TimeDelta = TimeDelta::seconds(120);
/// How long nobody but the host is in the room before the countdown begins.
pub const EMPTY_FOR: TimeDelta = TimeDelta::minutes(5);
/// The longest time between two looks that is counted. After a longer one, the count begins again.
const MAX_STEP: TimeDelta = TimeDelta::seconds(30);

/// The rule of a desk for its live classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AutoEnd {
    /// No class ends by itself.
    #[default]
    Off,
    /// A class ends when nobody but the host has been in the room for five minutes after the planned end.
    WhenEmpty,
    /// A class ends 15 minutes after the planned end.
    After15,
    /// A class ends 30 minutes after the planned end.
    After30,
}

impl AutoEnd {
    /// Every rule, in the order in which people choose.
    pub const ALL: [Self; 4] = [Self::Off, Self::WhenEmpty, Self::After15, Self::After30];

    /// Returns the stable word in the database and the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::WhenEmpty => "when_empty",
            Self::After15 => "after_15",
            Self::After30 => "after_30",
        }
    }

    /// How long after the planned end a class ends although people are in the room; `None` where it does not.
    const fn grace(self) -> Option<TimeDelta> {
        match self {
            Self::Off | Self::WhenEmpty => None,
            Self::After15 => Some(TimeDelta::minutes(15)),
            Self::After30 => Some(TimeDelta::minutes(30)),
        }
    }
}

/// The word names no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownRule;

impl FromStr for AutoEnd {
    type Err = UnknownRule;

    fn from_str(word: &str) -> Result<Self, UnknownRule> {
        Self::ALL.into_iter().find(|rule| rule.name() == word).ok_or(UnknownRule)
    }
}

/// Why a class ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nobody but the host is in the room.
    Empty,
    /// The class is over time.
    Late,
}

/// A live class that ends by itself soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Countdown {
    /// When it ends, if nothing changes.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: Why,
}

/// What is known about a live class when it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The planned end.
    pub planned_end: DateTime<Utc>,
    /// Whether nobody but the host is in the room; `None` while that is not known.
    pub empty: Option<bool>,
    /// The moment of the look.
    pub now: DateTime<Utc>,
}

/// What follows from a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The class goes on.
    GoesOn,
    /// The class ends after this time, unless something changes.
    EndsIn(TimeDelta, Why),
    /// The class ends now.
    Ends(Why),
}

/// The count for one live class. It begins empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    last: Option<DateTime<Utc>>,
    empty_for: TimeDelta,
    counting: Option<(Why, TimeDelta)>,
}

impl Count {
    /// Counts on to the moment of a look and says what follows.
    pub fn look(&mut self, rule: AutoEnd, look: &Look) -> Verdict {
        let step = self.last.map(|last| look.now.since(last));
        self.last = Some(look.now);
        let Some(step) = step.filter(|step| (TimeDelta::zero()..=MAX_STEP).contains(step)) else {
            (self.empty_for, self.counting) = (TimeDelta::zero(), None);
            return Verdict::GoesOn;
        };
        if rule == AutoEnd::Off || look.now < look.planned_end {
            (self.empty_for, self.counting) = (TimeDelta::zero(), None);
            return Verdict::GoesOn;
        }
        self.empty_for = if look.empty == Some(true) { self.empty_for.longer(step) } else { TimeDelta::zero() };
        let is_empty = rule == AutoEnd::WhenEmpty && self.empty_for >= EMPTY_FOR;
        let is_late = rule.grace().is_some_and(|grace| look.now >= look.planned_end.later(grace));
        let why = match (is_empty, is_late) {
            (true, _) => Why::Empty,
            (false, true) => Why::Late,
            (false, false) => {
                self.counting = None;
                return Verdict::GoesOn;
            }
        };
        let counted = match self.counting {
            Some((known, counted)) if known == why => counted.longer(step),
            _ => TimeDelta::zero(),
        };
        self.counting = Some((why, counted));
        if counted >= COUNTDOWN { Verdict::Ends(why) } else { Verdict::EndsIn(COUNTDOWN.shorter(counted), why) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-03-20T18:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
    }

    /// Looks at a class every ten seconds, from the second `from` after the planned end to the second `to`. Returns the last
    /// verdict.
    fn watch(count: &mut Count, rule: AutoEnd, empty: Option<bool>, from: i64, to: i64) -> Verdict {
        let mut last = Verdict::GoesOn;
        for now in (from..=to).step_by(10) {
            last = count.look(rule, &Look { planned_end: at(0), empty, now: at(now) });
            if matches!(last, Verdict::Ends(_)) {
                return last;
            }
        }
        last
    }

    #[test]
    fn an_empty_room_counts_five_minutes_after_the_planned_end_and_then_down() {
        let mut count = Count::default();
        assert_eq!(watch(&mut count, AutoEnd::WhenEmpty, Some(true), -600, -10), Verdict::GoesOn);
        assert_eq!(watch(&mut count, AutoEnd::WhenEmpty, Some(true), 0, 280), Verdict::GoesOn);
        assert_eq!(watch(&mut count, AutoEnd::WhenEmpty, Some(true), 290, 290), Verdict::EndsIn(COUNTDOWN, Why::Empty));
        // Somebody comes back.
        assert_eq!(watch(&mut count, AutoEnd::WhenEmpty, Some(false), 300, 300), Verdict::GoesOn);
        assert_eq!(watch(&mut count, AutoEnd::WhenEmpty, Some(true), 310, 590), Verdict::GoesOn);
        assert_eq!(watch(&mut count, AutoEnd::WhenEmpty, Some(true), 600, 800), Verdict::Ends(Why::Empty));
    }

    #[test]
    fn nothing_ends_without_a_rule_or_while_the_number_of_people_is_unknown() {
        assert_eq!(watch(&mut Count::default(), AutoEnd::Off, Some(true), 0, 9_000), Verdict::GoesOn);
        assert_eq!(watch(&mut Count::default(), AutoEnd::WhenEmpty, None, 0, 9_000), Verdict::GoesOn);
        assert_eq!(watch(&mut Count::default(), AutoEnd::WhenEmpty, Some(false), 0, 9_000), Verdict::GoesOn);
    }

    #[test]
    fn a_class_that_runs_over_ends_after_the_grace_and_the_countdown() {
        let mut count = Count::default();
        assert_eq!(watch(&mut count, AutoEnd::After15, Some(false), 0, 890), Verdict::GoesOn);
        assert_eq!(
            watch(&mut count, AutoEnd::After15, Some(false), 900, 910),
            Verdict::EndsIn(COUNTDOWN - TimeDelta::seconds(10), Why::Late)
        );
        assert_eq!(watch(&mut count, AutoEnd::After15, Some(false), 920, 1_020), Verdict::Ends(Why::Late));
    }

    #[test]
    fn after_sleep_and_after_a_jump_of_the_clock_the_whole_countdown_runs_again() {
        for jump in [-3_600, 31, 3_600, 86_400] {
            let mut count = Count::default();
            watch(&mut count, AutoEnd::After15, Some(false), 800, 1_010);
            let next = count.look(AutoEnd::After15, &Look { planned_end: at(0), empty: None, now: at(1_010 + jump) });
            assert_eq!(next, Verdict::GoesOn, "{jump}");
            if jump > 0 {
                let after = 1_010 + jump + 10;
                assert_eq!(
                    watch(&mut count, AutoEnd::After15, None, after, after),
                    Verdict::EndsIn(COUNTDOWN, Why::Late)
                );
            }
        }
    }

    proptest! {
        #[test]
        fn no_class_ends_before_two_minutes_of_countdown_in_small_steps(
            steps in proptest::collection::vec((-7_200i64..7_200, proptest::option::of(any::<bool>())), 1..300),
            rule in 0usize..4,
        ) {
            let (mut count, mut now, mut counted) = (Count::default(), at(0), TimeDelta::zero());
            for (step, empty) in steps {
                // Most looks come in time.
                let step = TimeDelta::seconds(if step % 4 == 0 { step } else { step.rem_euclid(30) });
                now += step;
                counted = if (TimeDelta::zero()..=MAX_STEP).contains(&step) { counted + step } else { TimeDelta::zero() };
                let verdict = count.look(AutoEnd::ALL[rule], &Look { planned_end: at(0), empty, now });
                if let Verdict::Ends(_) = verdict {
                    prop_assert!(counted >= COUNTDOWN);
                    prop_assert!(now >= at(0) && rule != 0);
                }
            }
        }
    }
}
