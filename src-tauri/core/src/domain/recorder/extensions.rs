//! How the planned end of a session was moved while it was live, as the journal tells.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::bounds::Moved as _;
use crate::domain::profile::journal::JournalEntry;
use crate::domain::schedule::session_fields::LENGTH;

/// One move of the planned end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// When a person moved it.
    pub at: DateTime<Utc>,
    /// Who moved it: the actor of the journal.
    pub actor: String,
    /// The planned end before.
    pub from: DateTime<Utc>,
    /// The planned end after.
    pub to: DateTime<Utc>,
}

/// Returns the extensions of a session that was opened at `opened_at`, the first one first. One that was undone is left
/// out, and so is its undo. `start` is the start of the plan.
#[must_use]
pub fn extensions(entries: &[JournalEntry], start: DateTime<Utc>, opened_at: DateTime<Utc>) -> Vec<Extension> {
    let undoes = |entry: &JournalEntry| entries.iter().any(|other| other.undone_by == Some(entry.id));
    let mut extensions: Vec<Extension> = entries
        .iter()
        .filter(|entry| entry.at >= opened_at && entry.undone_by.is_none() && !undoes(entry))
        .filter(|entry| entry.changes.before.keys().eq([LENGTH]))
        .filter_map(|entry| {
            let end = |fields: &crate::domain::profile::journal::Fields| {
                Some(start.later(TimeDelta::try_seconds(fields.get(LENGTH)?.as_i64()?)?))
            };
            let (from, to) = (end(&entry.changes.before)?, end(&entry.changes.after)?);
            Some(Extension { at: entry.at, actor: entry.actor.clone(), from, to })
        })
        .collect();
    extensions.sort_by_key(|extension| extension.at);
    extensions
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::ids::{JournalId, SessionId};
    use crate::domain::profile::journal::{Entity, FieldChanges, Fields};

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn entry(minute: i64, field: &str, before: i64, after: i64) -> JournalEntry {
        let fields = |value: i64| Fields::from_iter([(field.to_owned(), json!(value))]);
        JournalEntry {
            id: JournalId::new(),
            at: at(minute),
            desk: "desk".into(),
            actor: "R. Alves".into(),
            entity: Entity::Session(SessionId::new()),
            changes: FieldChanges { before: fields(before), after: fields(after) },
            undone_by: None,
        }
    }

    #[test]
    fn only_moves_of_the_end_during_the_session_count_and_none_that_was_undone() {
        let undo = entry(80, LENGTH, 4_500, 3_600);
        let undone = JournalEntry { undone_by: Some(undo.id), ..entry(70, LENGTH, 3_600, 4_500) };
        let entries =
            [entry(90, LENGTH, 3_600, 5_400), undo, undone, entry(75, "title", 1, 2), entry(-10, LENGTH, 1_800, 3_600)];
        let found = extensions(&entries, at(0), at(-5));
        let expected = Extension { at: at(90), actor: "R. Alves".into(), from: at(60), to: at(90) };
        assert_eq!(found, [expected]);
    }
}
