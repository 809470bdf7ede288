//! The figures for each instructor and each series.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::TimeDelta;

use crate::domain::health::distribution::Distribution;
use crate::domain::health::row::RecordingRow;
use crate::domain::health::success::Tally;
use crate::domain::health::timing::{Timing, watchable};

/// The recordings of one instructor or one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<K> {
    /// Whose they are.
    pub key: K,
    /// How many became a video.
    pub tally: Tally,
    /// The middle value from the end of a class to its video; `None` where no time is known.
    pub median: Option<TimeDelta>,
}

/// Groups recordings; one without a key belongs to no group. The largest group comes first.
#[must_use]
pub fn groups<K: Hash + Ord + Clone>(
    rows: &[&RecordingRow],
    key: impl Fn(&RecordingRow) -> Option<K>,
) -> Vec<Group<K>> {
    let mut all: HashMap<K, (Tally, Vec<TimeDelta>)> = HashMap::new();
    for row in rows {
        let Some(key) = key(row) else { continue };
        let (tally, times) = all.entry(key).or_default();
        tally.add(row.outcome());
        if let Timing::Took(time) = watchable(row) {
            times.push(time);
        }
    }
    let mut groups: Vec<Group<K>> = all
        .into_iter()
        .filter(|(_, (tally, _))| tally.total() > 0)
        .map(|(key, (tally, times))| Group { key, tally, median: times.into_iter().collect::<Distribution>().median() })
        .collect();
    groups.sort_by(|one, other| (other.tally.total(), &one.key).cmp(&(one.tally.total(), &other.key)));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::cause::Cause;

    #[test]
    fn the_largest_group_comes_first_and_one_without_decided_recordings_is_left_out() {
        let at = "2026-11-02T18:00:00Z".parse().unwrap();
        let of = |name: &str| RecordingRow { instructor: name.into(), ..RecordingRow::example(at) };
        let rows = [of("B"), of("A"), of("A").failed(Cause::Damaged), RecordingRow { is_clip: true, ..of("C") }];
        let found = groups(&rows.iter().collect::<Vec<_>>(), |row| Some(row.instructor.clone()));
        let shown: Vec<_> = found.iter().map(|group| (group.key.as_str(), group.tally.total())).collect();
        assert_eq!(shown, [("A", 2), ("B", 1)]);
        assert_eq!(found[0].median, Some(TimeDelta::minutes(6)));
    }
}
