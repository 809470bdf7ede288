//! How many of the recordings that were asked for became a video.

use chrono::{DateTime, Utc};

use crate::domain::health::row::{Outcome, RecordingRow};
use crate::domain::recorder::cause::Cause;

/// A number of recordings and how many of them succeeded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that succeeded.
    pub succeeded: u32,
    /// Those that failed.
    pub failed: u32,
}

impl Tally {
    /// Returns those that are decided.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.succeeded.saturating_add(self.failed)
    }

    /// Returns the share of those that succeeded; `None` without any.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        share(self.succeeded, self.total())
    }

    /// Counts an outcome. What is on its way or left out changes nothing.
    pub const fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Succeeded => self.succeeded = self.succeeded.saturating_add(1),
            Outcome::Failed(_) => self.failed = self.failed.saturating_add(1),
            Outcome::Undecided | Outcome::LeftOut(_) => {}
        }
    }
}

/// Returns a part as a share of the whole, 0 to 1; `None` where the whole is nothing.
#[must_use]
pub fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// A day on which the jobs of this desk ran: the first and the last moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskDay {
    /// The first moment.
    pub first: DateTime<Utc>,
    /// The last moment.
    pub last: DateTime<Utc>,
}

/// A week, and what was recorded in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its beginning.
    pub start: DateTime<Utc>,
    /// The recordings that were asked for in it.
    pub tally: Tally,
    /// Whether no job of this desk ran in it. Without recordings, that says why there are none.
    pub is_desk_off: bool,
}

/// How many recordings became a video.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Success {
    /// All of the period.
    pub tally: Tally,
    /// Those that are on their way.
    pub undecided: u32,
    /// The same by week, the first one first.
    pub weeks: Vec<Week>,
    /// How many failed for each cause, the most frequent one first. `None` stands for a cause that this version does not
    /// know.
    pub causes: Vec<(Option<Cause>, u32)>,
}

/// Counts the recordings of a period. `weeks` are the beginnings of its weeks.
#[must_use]
pub fn success<'a>(
    rows: impl IntoIterator<Item = &'a RecordingRow>,
    weeks: &[DateTime<Utc>],
    desk_days: &[DeskDay],
) -> Success {
    let ends = weeks.iter().skip(1).copied().chain([DateTime::<Utc>::MAX_UTC]);
    let mut all = Success {
        weeks: weeks
            .iter()
            .copied()
            .zip(ends)
            .map(|(start, end)| {
                let is_desk_off = !desk_days.iter().any(|day| day.last >= start && day.first < end);
                Week { start, tally: Tally::default(), is_desk_off }
            })
            .collect(),
        ..Success::default()
    };
    for row in rows {
        let outcome = row.outcome();
        all.tally.add(outcome);
        let week = weeks.partition_point(|start| *start <= row.asked_at).checked_sub(1);
        if let Some(week) = week.and_then(|week| all.weeks.get_mut(week)) {
            week.tally.add(outcome);
        }
        match outcome {
            Outcome::Undecided => all.undecided = all.undecided.saturating_add(1),
            Outcome::Failed(cause) => match all.causes.iter_mut().find(|(one, _)| *one == cause) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => all.causes.push((cause, 1)),
            },
            Outcome::Succeeded | Outcome::LeftOut(_) => {}
        }
    }
    all.causes.sort_by_key(|(cause, count)| (std::cmp::Reverse(*count), cause.map(Cause::code)));
    all
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::recorder::recording::Status;

    fn at(day: i64) -> DateTime<Utc> {
        "2026-11-02T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day)
    }

    #[test]
    fn only_decided_recordings_count_and_each_in_its_week() {
        let row = |day| RecordingRow::example(at(day));
        let rows = [
            row(0),
            row(1).failed(Cause::StorageFull),
            row(8).failed(Cause::StorageFull),
            row(8).failed(Cause::Damaged),
            RecordingRow { status: Status::Processing, was_ready: false, ..row(9) },
            RecordingRow { is_clip: true, ..row(9) },
        ];
        let days = [DeskDay { first: at(0), last: at(0) }, DeskDay { first: at(8), last: at(8) }];
        let found = success(&rows, &[at(0), at(7), at(14)], &days);
        assert_eq!((found.tally.succeeded, found.tally.failed, found.undecided), (1, 3, 1));
        assert_eq!(found.tally.share(), Some(0.25));
        let weeks: Vec<_> = found.weeks.iter().map(|week| (week.tally.total(), week.is_desk_off)).collect();
        assert_eq!(weeks, [(2, false), (2, false), (0, true)]);
        assert_eq!(found.causes, [(Some(Cause::StorageFull), 2), (Some(Cause::Damaged), 1)]);
    }

    #[test]
    fn without_recordings_there_is_no_share() {
        assert_eq!(success(&[], &[], &[]).tally.share(), None);
    }
}
