//! The journal: what people changed of what Cloudflare cannot hold, and whether a change can be undone.
//!
//! An entry holds the fields that changed, as they were before and as they were after. Undoing an entry puts the fields from before back; it is
//! refused when one of these fields has changed since. An undo is an entry of its own and can be undone too.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::domain::error_code::ErrorCode;
use crate::domain::ids::{JournalId, SessionId};
use crate::domain::schedule::refusal::SessionRefusal;

/// How many entries are kept; older ones are deleted.
pub const ENTRIES_MAX: u32 = 10_000;
/// How long an entry is kept.
pub const ENTRY_RETENTION: TimeDelta = TimeDelta::days(2 * 365);
/// How long an entry is kept however many follow, so that what was just changed can be undone.
pub const MIN_UNDO_PERIOD: TimeDelta = TimeDelta::days(1);
/// Stands for the person who made a change while the settings name no instructor.
pub const UNKNOWN_ACTOR: &str = "unknown";

/// Fields by name, with their values as JSON.
pub type Fields = Map<String, Value>;

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// A session on the schedule.
    Session(SessionId),
    /// The settings of the account: defaults for new sessions, and the join page.
    Settings,
}

impl Entity {
    /// The word for its kind in the database and the CLI.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Session(_) => "session",
            Self::Settings => "settings",
        }
    }

    /// Its id in the database and the CLI. The settings exist once.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Session(id) => id.to_string(),
            Self::Settings => "preferences".into(),
        }
    }

    /// The entity of a kind and an id; `None` when this version does not know it.
    #[must_use]
    pub fn from_stored(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "session" => Some(Self::Session(id.parse().ok()?)),
            "settings" => Some(Self::Settings),
            _ => None,
        }
    }
}

/// Which part of the journal is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every entry.
    Everything,
    /// The entries of all sessions.
    Sessions,
    /// The entries of one session or of the settings.
    Of(Entity),
}

/// The fields that a change touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChanges {
    /// Their values before; empty for something that was new.
    pub before: Fields,
    /// Their values after.
    pub after: Fields,
}

impl FieldChanges {
    /// The fields that differ; `None` when nothing does.
    #[must_use]
    pub fn between(before: &Fields, after: &Fields) -> Option<Self> {
        let only = |one: &Fields, other: &Fields| -> Fields {
            let differing = one.iter().filter(|(name, value)| other.get(*name) != Some(value));
            differing.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let changes = Self { before: only(before, after), after: only(after, before) };
        (!changes.before.is_empty() || !changes.after.is_empty()).then_some(changes)
    }
}

/// One change that a person made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its id. Ids sort by the moment of the change.
    pub id: JournalId,
    /// When the change was made.
    pub at: DateTime<Utc>,
    /// The id of the desk at which it was made.
    pub desk: String,
    /// Who made it: the instructor in the settings of that desk, or [`UNKNOWN_ACTOR`].
    pub actor: String,
    /// What was changed.
    pub entity: Entity,
    /// The fields and their values.
    pub changes: FieldChanges,
    /// The entry that undid this one.
    pub undone_by: Option<JournalId>,
}

impl JournalEntry {
    /// Whether it put something new down, so that there is nothing from before to go back to.
    #[must_use]
    pub fn is_creation(&self) -> bool {
        self.changes.before.is_empty()
    }

    /// Refuses an undo when this entry was undone, or when a field that it changed has another value now.
    pub(crate) fn check_undo(&self, now: &Fields) -> Result<(), UndoRefusal> {
        if self.undone_by.is_some() {
            return Err(UndoRefusal::AlreadyUndone);
        }
        let changed = self.changes.after.iter().filter(|(name, value)| now.get(*name) != Some(value));
        match changed.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            fields if fields.is_empty() => Ok(()),
            fields => Err(UndoRefusal::ChangedSince { fields }),
        }
    }
}

/// Why a change was not undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefusal {
    /// Another entry has undone it.
    #[error("the change was undone before")]
    AlreadyUndone,
    /// Fields that it changed have other values now.
    #[error("changed since: {}", fields.join(", "))]
    ChangedSince {
        /// Their names.
        fields: Vec<String>,
    },
    /// A field holds a value that this version does not know.
    #[error("the field {field} cannot be read")]
    Unreadable {
        /// Its name.
        field: String,
    },
    /// The session has begun, or is cancelled.
    #[error(transparent)]
    Session(#[from] SessionRefusal),
}

impl UndoRefusal {
    /// The stable word for it in the CLI and the IPC.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::AlreadyUndone | Self::ChangedSince { .. } | Self::Unreadable { .. } => ErrorCode::Conflict,
            Self::Session(refusal) => refusal.code(),
        }
    }

    /// A sentence for a person.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::AlreadyUndone => "This change was undone before.".into(),
            Self::ChangedSince { fields } => {
                format!("This cannot be undone, because there is a newer change of the same: {}.", fields.join(", "))
            }
            Self::Unreadable { field } => format!("This cannot be undone: its “{field}” cannot be read."),
            Self::Session(refusal) => refusal.message(),
        }
    }

    /// What to do next.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::AlreadyUndone => "To have the change back, undo the entry that undid it.",
            Self::ChangedSince { .. } => "Undo the newer change first, or make the change by hand.",
            Self::Unreadable { .. } => "Make the change by hand.",
            Self::Session(refusal) => refusal.next(),
        }
    }
}

/// Reads a field of an entry.
pub(crate) fn field<T>(
    fields: &Fields,
    name: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, UndoRefusal> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    read(value).map(Some).ok_or_else(|| UndoRefusal::Unreadable { field: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        match value {
            Value::Object(fields) => fields,
            _ => Fields::new(),
        }
    }

    #[test]
    fn only_fields_that_differ_are_kept() {
        let before = fields(json!({ "title": "Judo", "record": true }));
        let after = fields(json!({ "title": "Karate", "record": true }));
        let changes = FieldChanges::between(&before, &after).unwrap();
        assert_eq!(changes.before, fields(json!({ "title": "Judo" })));
        assert_eq!(changes.after, fields(json!({ "title": "Karate" })));
        assert_eq!(FieldChanges::between(&after, &after), None);
    }

    #[test]
    fn an_undo_is_refused_when_the_same_field_changed_since_and_allowed_when_another_did() {
        let entry = JournalEntry {
            id: JournalId::new(),
            at: DateTime::UNIX_EPOCH,
            desk: "desk".into(),
            actor: UNKNOWN_ACTOR.into(),
            entity: Entity::Settings,
            changes: FieldChanges {
                before: fields(json!({ "title": "Judo" })),
                after: fields(json!({ "title": "Karate" })),
            },
            undone_by: None,
        };
        assert_eq!(entry.check_undo(&fields(json!({ "title": "Karate", "record": false }))), Ok(()));
        let since = entry.check_undo(&fields(json!({ "title": "Aikido" })));
        assert_eq!(since, Err(UndoRefusal::ChangedSince { fields: vec!["title".into()] }));
        let undone = JournalEntry { undone_by: Some(JournalId::new()), ..entry };
        let again = undone.check_undo(&fields(json!({ "title": "Karate" })));
        assert_eq!(again, Err(UndoRefusal::AlreadyUndone));
    }
}
