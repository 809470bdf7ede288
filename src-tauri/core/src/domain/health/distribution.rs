//! Middle values and other quantiles of times, by the nearest rank: each is a time that was measured.

use chrono::TimeDelta;

/// Times in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution(Vec<TimeDelta>);

impl FromIterator<TimeDelta> for Distribution {
    fn from_iter<I: IntoIterator<Item = TimeDelta>>(times: I) -> Self {
        let mut all: Vec<TimeDelta> = times.into_iter().collect();
        all.sort_unstable();
        Self(all)
    }
}

impl Distribution {
    /// Returns how many times there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Returns the smallest time that at least `percent` of the times do not exceed: of n times in order, the one at place
    /// ⌈n × percent / 100⌉. `None` without times.
    #[must_use]
    pub fn quantile(&self, percent: usize) -> Option<TimeDelta> {
        let rank = self.0.len().saturating_mul(percent).div_ceil(100).max(1);
        self.0.get(rank.saturating_sub(1)).copied()
    }

    /// Returns the middle value.
    #[must_use]
    pub fn median(&self) -> Option<TimeDelta> {
        self.quantile(50)
    }

    /// Returns the longest time.
    #[must_use]
    pub fn slowest(&self) -> Option<TimeDelta> {
        self.0.last().copied()
    }

    /// Returns how many times are at most this long.
    #[must_use]
    pub fn within(&self, goal: TimeDelta) -> u32 {
        u32::try_from(self.0.partition_point(|time| *time <= goal)).unwrap_or(u32::MAX)
    }

    /// Returns the sum of all times.
    #[must_use]
    pub fn sum(&self) -> TimeDelta {
        self.0.iter().fold(TimeDelta::zero(), |sum, time| sum.checked_add(time).unwrap_or(TimeDelta::MAX))
    }

    /// Returns how many times lie in each bin, from the first one that has any to the last one.
    #[must_use]
    pub fn bins(&self) -> Vec<Bin> {
        let ends = BIN_ENDS.iter().copied().map(Some).chain([None]);
        let starts = [0].into_iter().chain(BIN_ENDS);
        let mut all: Vec<Bin> = starts
            .zip(ends)
            .map(|(from, to)| {
                let below = |minutes: u32| self.0.partition_point(|time| *time < TimeDelta::minutes(minutes.into()));
                let count = to.map_or(self.0.len(), below).saturating_sub(below(from));
                Bin { from, to, count: u32::try_from(count).unwrap_or(u32::MAX) }
            })
            .collect();
        while all.pop_if(|last| last.count == 0).is_some() {}
        let empty = all.iter().take_while(|bin| bin.count == 0).count();
        all.split_off(empty)
    }
}

/// The ends of the bins, in minutes. Each bin begins where the one before it ends.
const BIN_ENDS: [u32; 24] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 25, 30, 45, 60, 120, 1_440];

/// A bar of the chart: how many of the measured times lie between two numbers of minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// The first minute, which belongs to it.
    pub from: u32,
    /// The end, which does not belong to it; `None` for the last bin.
    pub to: Option<u32>,
    /// How many times it has.
    pub count: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: impl IntoIterator<Item = i64>) -> Distribution {
        seconds.into_iter().map(TimeDelta::seconds).collect()
    }

    #[test]
    fn a_quantile_is_a_measured_time() {
        let all = of((1..=20).rev());
        for (percent, seconds) in [(50, 10), (90, 18), (95, 19), (100, 20), (0, 1)] {
            assert_eq!(all.quantile(percent), Some(TimeDelta::seconds(seconds)), "{percent}");
        }
        assert_eq!(of([7]).quantile(95), Some(TimeDelta::seconds(7)));
        assert_eq!(of([]).median(), None);
    }

    #[test]
    fn every_time_lies_in_one_bin_and_empty_bins_at_the_ends_are_left_out() {
        let all = of([180, 239, 240, 601, 200_000]);
        let bins = all.bins();
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<u32>(), all.count());
        assert_eq!(bins.first(), Some(&Bin { from: 3, to: Some(4), count: 2 }));
        assert_eq!(bins.last(), Some(&Bin { from: 1_440, to: None, count: 1 }));
        assert!(of([]).bins().is_empty());
    }

    #[test]
    fn a_time_of_exactly_the_goal_is_within_it() {
        assert_eq!(of([599, 600, 601]).within(TimeDelta::minutes(10)), 2);
    }
}
