//! The time from the end of a class to its video, and from a ready video to this desk noticing.

use chrono::TimeDelta;

use crate::domain::bounds::Moved as _;
use crate::domain::health::distribution::Distribution;
use crate::domain::health::row::{Outcome, RecordingRow};

/// How long a desk that follows a video may not have asked before it notices. It asks at least every two minutes, so a
/// longer pause means that the computer was off, asleep or without a network.
pub const ASKED_WITHIN: TimeDelta = TimeDelta::minutes(3);
/// How far a moment may lie before one that it must follow. Clocks differ by less; after more, one of them was set.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);
/// The longest time that is believed. RealtimeKit keeps a file for seven days, so no video is made of it after that.
const LONGEST: TimeDelta = TimeDelta::days(30);

/// A measured time, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// It took this long.
    Took(TimeDelta),
    /// There is nothing to measure: it is no recording that became a video.
    Nothing,
    /// It became a video, and is left out.
    LeftOut(Unmeasured),
}

/// Why a recording that became a video has no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmeasured {
    /// Nobody knows when the class ended.
    NoEnd,
    /// Stream does not tell when the video became ready, and this desk did not follow it closely.
    NoMoment,
    /// This desk did not follow the video: another one did, or an earlier version that kept no moment.
    NotFollowed,
    /// The computer was off, asleep or without a network.
    Away,
    /// The moments contradict each other, because a clock was set.
    Clock,
}

impl Unmeasured {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::NoEnd, Self::NoMoment, Self::NotFollowed, Self::Away, Self::Clock];

    /// Says why, in words that follow “left out: ”.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoEnd => "the end of the class is not known",
            Self::NoMoment => "the moment at which it could be watched is not known",
            Self::NotFollowed => "this desk did not follow the video",
            Self::Away => "this computer was off, asleep or without a network",
            Self::Clock => "a clock was set in between",
        }
    }
}

/// Returns the time from the end of capture, or else of the class, to the moment at which the video could first be
/// watched.
#[must_use]
pub fn watchable(row: &RecordingRow) -> Timing {
    if row.outcome() != Outcome::Succeeded {
        return Timing::Nothing;
    }
    let Some(ended) = row.stopped_at.or(row.session_ended_at) else { return Timing::LeftOut(Unmeasured::NoEnd) };
    let closely = row.noticed.filter(|noticed| noticed.unasked.is_some_and(|unasked| unasked <= ASKED_WITHIN));
    let Some(ready) = row.ready_at.or(closely.map(|noticed| noticed.at)) else {
        return Timing::LeftOut(Unmeasured::NoMoment);
    };
    let took = ready.since(ended);
    if (TimeDelta::zero()..=LONGEST).contains(&took) { Timing::Took(took) } else { Timing::LeftOut(Unmeasured::Clock) }
}

/// Returns the time from the moment at which Stream says that the video could be watched to the one at which this desk
/// noticed that, both by Cloudflare's clock. A difference of less than a minute the other way counts as zero.
#[must_use]
pub fn detection(row: &RecordingRow) -> Timing {
    if row.outcome() != Outcome::Succeeded {
        return Timing::Nothing;
    }
    let Some(noticed) = row.noticed else { return Timing::LeftOut(Unmeasured::NotFollowed) };
    if noticed.unasked.is_none_or(|unasked| unasked > ASKED_WITHIN) {
        return Timing::LeftOut(Unmeasured::Away);
    }
    let Some(ready) = row.ready_at else { return Timing::LeftOut(Unmeasured::NoMoment) };
    let took = noticed.at.since(ready);
    if (-CLOCKS_DIFFER..=LONGEST).contains(&took) {
        Timing::Took(took.max(TimeDelta::zero()))
    } else {
        Timing::LeftOut(Unmeasured::Clock)
    }
}

/// The times of a period, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timings {
    /// The times.
    pub times: Distribution,
    /// How many were left out for each reason.
    pub left_out: Vec<(Unmeasured, u32)>,
}

/// Collects times.
#[must_use]
pub fn collect(all: impl IntoIterator<Item = Timing>) -> Timings {
    let (mut times, mut counts) = (Vec::new(), [0_u32; Unmeasured::ALL.len()]);
    for timing in all {
        match timing {
            Timing::Took(time) => times.push(time),
            Timing::LeftOut(why) => {
                for (count, one) in counts.iter_mut().zip(Unmeasured::ALL) {
                    *count = count.saturating_add(u32::from(one == why));
                }
            }
            Timing::Nothing => {}
        }
    }
    let left_out = Unmeasured::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect();
    Timings { times: times.into_iter().collect(), left_out }
}

/// The classes of lengths: the longest length in minutes, and the name.
pub const LENGTHS: [(Option<u32>, &str); 5] = [
    (Some(30), "up to 30 min"),
    (Some(60), "30 to 60 min"),
    (Some(90), "60 to 90 min"),
    (Some(180), "1½ to 3 h"),
    (None, "longer than 3 h"),
];

/// Returns the times by the length of the video: the name of the length, and its times. Lengths without times, and videos
/// whose length is not known, are left out.
#[must_use]
pub fn by_length(all: &[(Option<TimeDelta>, TimeDelta)]) -> Vec<(&'static str, Distribution)> {
    let class_of = |length: TimeDelta| {
        LENGTHS
            .iter()
            .position(|(longest, _)| longest.is_none_or(|longest| length <= TimeDelta::minutes(longest.into())))
    };
    let of = |class: usize| -> Distribution {
        all.iter().filter(|(length, _)| length.and_then(class_of) == Some(class)).map(|(_, time)| *time).collect()
    };
    let every = LENGTHS.iter().enumerate().map(|(class, (_, name))| (*name, of(class)));
    every.filter(|(_, times)| times.count() > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::cause::Cause;
    use crate::domain::recorder::recording::Noticed;

    fn row() -> RecordingRow {
        RecordingRow::example("2026-11-02T18:00:00Z".parse().unwrap())
    }

    fn took(seconds: i64) -> Timing {
        Timing::Took(TimeDelta::seconds(seconds))
    }

    #[test]
    fn the_moment_that_stream_tells_counts_and_else_the_one_that_this_desk_saw_closely() {
        assert_eq!(watchable(&row()), took(360));
        let without = RecordingRow { ready_at: None, ..row() };
        assert_eq!(watchable(&without), took(362));
        let noticed = without.noticed.map(|noticed| Noticed { unasked: Some(TimeDelta::hours(8)), ..noticed });
        let away = RecordingRow { noticed, ..without };
        assert_eq!(watchable(&away), Timing::LeftOut(Unmeasured::NoMoment));
    }

    #[test]
    fn without_the_end_of_capture_the_end_of_the_class_counts() {
        let none = RecordingRow { stopped_at: None, ..row() };
        assert_eq!(watchable(&none), Timing::LeftOut(Unmeasured::NoEnd));
        assert_eq!(watchable(&RecordingRow { session_ended_at: row().stopped_at, ..none }), took(360));
    }

    #[test]
    fn moments_that_contradict_each_other_are_left_out() {
        let before = RecordingRow { ready_at: row().stopped_at.map(|at| at - TimeDelta::seconds(1)), ..row() };
        assert_eq!(watchable(&before), Timing::LeftOut(Unmeasured::Clock));
        let ahead = RecordingRow { ready_at: row().ready_at.map(|at| at + TimeDelta::days(400)), ..row() };
        assert_eq!(watchable(&ahead), Timing::LeftOut(Unmeasured::Clock));
        assert_eq!(detection(&ahead), Timing::LeftOut(Unmeasured::Clock));
    }

    #[test]
    fn detection_counts_where_this_desk_followed_the_video() {
        assert_eq!(detection(&row()), took(2));
        assert_eq!(detection(&RecordingRow { noticed: None, ..row() }), Timing::LeftOut(Unmeasured::NotFollowed));
        let slept = row().noticed.map(|noticed| Noticed { unasked: Some(TimeDelta::hours(1)), ..noticed });
        assert_eq!(detection(&RecordingRow { noticed: slept, ..row() }), Timing::LeftOut(Unmeasured::Away));
        let early = row().ready_at.map(|at| at + TimeDelta::seconds(30));
        assert_eq!(detection(&RecordingRow { ready_at: early, ..row() }), took(0));
    }

    #[test]
    fn what_did_not_become_a_video_has_no_time() {
        let failed = row().failed(Cause::Damaged);
        assert_eq!((watchable(&failed), detection(&failed)), (Timing::Nothing, Timing::Nothing));
    }

    #[test]
    fn times_are_sorted_by_the_length_of_the_video() {
        let minutes = |length: i64, took: i64| (Some(TimeDelta::minutes(length)), TimeDelta::minutes(took));
        let all = [minutes(30, 3), minutes(31, 4), minutes(60, 6), minutes(200, 16), (None, TimeDelta::minutes(1))];
        let found: Vec<_> = by_length(&all).into_iter().map(|(name, times)| (name, times.count())).collect();
        assert_eq!(found, [("up to 30 min", 1), ("30 to 60 min", 2), ("longer than 3 h", 1)]);
    }

    #[test]
    fn what_is_left_out_is_counted_by_its_reason() {
        let found =
            collect([took(1), Timing::Nothing, Timing::LeftOut(Unmeasured::Away), Timing::LeftOut(Unmeasured::Away)]);
        assert_eq!((found.times.count(), found.left_out), (1, vec![(Unmeasured::Away, 2)]));
    }
}
