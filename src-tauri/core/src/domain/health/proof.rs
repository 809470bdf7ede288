//! Classes that should have been recorded and were not seen being recorded within a minute.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::health::row::{ClassRow, RecordingRow};
use crate::domain::ids::SessionId;
use crate::domain::recorder::proof::PROOF_WITHIN;

/// When recording of a class was first asked for, and when it was first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// When this desk first saw a recorder capturing; `None` if it never did.
    pub seen: Option<DateTime<Utc>>,
}

/// What a class counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// It was seen being recorded in time.
    InTime(TimeDelta),
    /// It was seen being recorded, but later.
    Late(TimeDelta),
    /// Recording was asked for and never seen.
    Never,
    /// Nobody asked for a recording although somebody was in the room.
    NotAsked,
    /// Nobody was in the room, so there was nothing to record.
    Empty,
}

impl Proven {
    /// Returns whether the class is counted, and whether it is one without proof.
    #[must_use]
    pub const fn counts(self) -> Option<bool> {
        match self {
            Self::InTime(_) => Some(false),
            Self::Late(_) | Self::Never | Self::NotAsked => Some(true),
            Self::Empty => None,
        }
    }
}

/// Returns when recording of each class was first asked for and seen, from the recordings that this desk asked for.
#[must_use]
pub fn asked(rows: &[RecordingRow]) -> HashMap<SessionId, Asked> {
    let mut all: HashMap<SessionId, Asked> = HashMap::new();
    let own = rows.iter().filter(|row| row.is_own && !row.is_clip && (!row.is_attached || row.capture_seen.is_some()));
    for row in own {
        let one = all.entry(row.session).or_insert(Asked { at: row.asked_at, seen: None });
        one.at = one.at.min(row.asked_at);
        one.seen = one.seen.into_iter().chain(row.capture_seen).min();
    }
    all
}

/// Returns what a class counts as.
#[must_use]
pub fn proven(class: &ClassRow, asked: Option<&Asked>) -> Proven {
    match asked {
        None if class.had_people => Proven::NotAsked,
        None => Proven::Empty,
        Some(Asked { seen: None, .. }) => Proven::Never,
        Some(Asked { at, seen: Some(seen) }) => {
            let after = seen.since(*at).max(TimeDelta::zero());
            if after <= PROOF_WITHIN { Proven::InTime(after) } else { Proven::Late(after) }
        }
    }
}

/// How many classes were recorded with and without proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProofCount {
    /// All classes that should have been recorded and had somebody in the room.
    pub classes: u32,
    /// Those without proof.
    pub without: u32,
}

/// Counts classes.
#[must_use]
pub fn count(all: impl IntoIterator<Item = Proven>) -> ProofCount {
    let mut counted = ProofCount::default();
    for without in all.into_iter().filter_map(Proven::counts) {
        counted.classes = counted.classes.saturating_add(1);
        counted.without = counted.without.saturating_add(u32::from(without));
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::cause::Cause;

    fn at(seconds: i64) -> DateTime<Utc> {
        "2026-11-02T18:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
    }

    fn class(had_people: bool) -> ClassRow {
        ClassRow { id: SessionId::new(), series: None, instructor: "R. Alves".into(), opened_at: at(0), had_people }
    }

    #[test]
    fn the_first_recorder_that_is_seen_within_a_minute_of_the_first_request_is_proof() {
        let class = class(true);
        let row = |asked, seen: Option<i64>| RecordingRow {
            session: class.id,
            capture_seen: seen.map(at),
            ..RecordingRow::example(at(asked))
        };
        let of = |rows: &[RecordingRow]| proven(&class, asked(rows).get(&class.id));
        assert_eq!(of(&[row(0, Some(8))]), Proven::InTime(TimeDelta::seconds(8)));
        assert_eq!(
            of(&[row(0, None).failed(Cause::NeverStarted), row(50, Some(61))]),
            Proven::Late(TimeDelta::seconds(61))
        );
        assert_eq!(of(&[row(0, None)]), Proven::Never);
        assert_eq!(of(&[]), Proven::NotAsked);
    }

    #[test]
    fn clips_and_recordings_of_other_desks_and_attached_ones_prove_nothing() {
        let class = class(false);
        let row = RecordingRow { session: class.id, ..RecordingRow::example(at(0)) };
        let attached = RecordingRow { is_attached: true, capture_seen: None, ..row.clone() };
        let rows = [RecordingRow { is_clip: true, ..row.clone() }, RecordingRow { is_own: false, ..row }, attached];
        assert_eq!(proven(&class, asked(&rows).get(&class.id)), Proven::Empty);
        assert_eq!(
            count([Proven::Empty, Proven::Never, Proven::InTime(TimeDelta::zero())]),
            ProofCount { classes: 2, without: 1 }
        );
    }
}
