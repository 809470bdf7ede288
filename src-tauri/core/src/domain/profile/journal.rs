//! The journal: the changes that people made to what Cloudflare cannot hold, and whether each can be undone.
//!
//! An entry holds the changed fields with their values before and after. An undo restores the values from before; it is
//! refused when one of these fields has changed since. An undo is an entry of its own and can be undone too.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::domain::error_code::ErrorCode;
use crate::domain::health::alert::rule_id::RuleId;
use crate::domain::ids::{
    BulkChangeId, CalendarId, HolidayId, JournalId, RecordingId, SeriesId, SessionId, TemplateId, ViewId,
};
use crate::domain::schedule::refusal::SessionRefusal;

/// The number of entries that are kept; older ones are deleted.
pub const ENTRIES_MAX: u32 = 10_000;
/// The time after which an entry is deleted.
pub const ENTRY_RETENTION: TimeDelta = TimeDelta::days(2 * 365);
/// The time for which an entry is kept even when more than [`ENTRIES_MAX`] follow, so that a recent change can be
/// undone.
pub const MIN_UNDO_PERIOD: TimeDelta = TimeDelta::days(1);
/// The actor of a change while the settings of the desk name no instructor.
pub const UNKNOWN_ACTOR: &str = "unknown";

/// Fields by name, with their values as JSON.
pub type Fields = Map<String, Value>;

/// The thing that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// A session on the schedule.
    Session(SessionId),
    /// The people of a session.
    Roster(SessionId),
    /// The people of a series and of its sessions, changed together.
    SeriesRoster(SeriesId),
    /// A series and its sessions, changed together.
    Series(SeriesId),
    /// A template.
    Template(TemplateId),
    /// A range of days without classes of series, and the sessions in it.
    Holiday(HolidayId),
    /// Everything that one import of a calendar made and changed.
    Import(CalendarId),
    /// The title, notes and tags of a recording.
    Recording(RecordingId),
    /// The tags of several recordings, changed together.
    Recordings(BulkChangeId),
    /// How long several recordings stay, decided together.
    Retention(BulkChangeId),
    /// A saved view of the library.
    View(ViewId),
    /// A rule for alerts.
    AlertRule(RuleId),
    /// The settings of the account: defaults for new sessions, and the join page.
    Settings,
}

impl Entity {
    /// Returns the word for the kind of thing in the database and the CLI.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Session(_) => "session",
            Self::Roster(_) => "roster",
            Self::SeriesRoster(_) => "series_roster",
            Self::Series(_) => "series",
            Self::Template(_) => "template",
            Self::Holiday(_) => "holiday",
            Self::Import(_) => "import",
            Self::Recording(_) => "recording",
            Self::Recordings(_) => "recordings",
            Self::Retention(_) => "retention",
            Self::View(_) => "view",
            Self::AlertRule(_) => "alert_rule",
            Self::Settings => "settings",
        }
    }

    /// Returns the thing's id in the database and the CLI. The settings have a fixed one, because they exist once.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Session(id) | Self::Roster(id) => id.to_string(),
            Self::SeriesRoster(id) | Self::Series(id) => id.to_string(),
            Self::Template(id) => id.to_string(),
            Self::Holiday(id) => id.to_string(),
            Self::Import(id) => id.to_string(),
            Self::Recording(id) => id.to_string(),
            Self::Recordings(id) | Self::Retention(id) => id.to_string(),
            Self::View(id) => id.to_string(),
            Self::AlertRule(id) => id.to_string(),
            Self::Settings => "preferences".into(),
        }
    }

    /// Reads a thing from its stored kind and id; `None` when this version does not know the kind.
    #[must_use]
    pub fn from_stored(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "session" => Some(Self::Session(id.parse().ok()?)),
            "roster" => Some(Self::Roster(id.parse().ok()?)),
            "series_roster" => Some(Self::SeriesRoster(id.parse().ok()?)),
            "series" => Some(Self::Series(id.parse().ok()?)),
            "template" => Some(Self::Template(id.parse().ok()?)),
            "holiday" => Some(Self::Holiday(id.parse().ok()?)),
            "import" => Some(Self::Import(id.parse().ok()?)),
            "recording" => Some(Self::Recording(id.parse().ok()?)),
            "recordings" => Some(Self::Recordings(id.parse().ok()?)),
            "retention" => Some(Self::Retention(id.parse().ok()?)),
            "view" => Some(Self::View(id.parse().ok()?)),
            "alert_rule" => Some(Self::AlertRule(id.parse().ok()?)),
            "settings" => Some(Self::Settings),
            _ => None,
        }
    }
}

/// The part of the journal that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every entry.
    Everything,
    /// The entries of all sessions.
    Sessions,
    /// The entries of one session or of the settings.
    Of(Entity),
}

/// The fields that a change touched, with their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChanges {
    /// The values before the change; empty where the change created the thing.
    pub before: Fields,
    /// The values after the change.
    pub after: Fields,
}

impl FieldChanges {
    /// Returns the fields in which `before` and `after` differ; `None` when they are equal.
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
    /// The entry's id. Ids sort by the moment of the change.
    pub id: JournalId,
    /// The moment of the change.
    pub at: DateTime<Utc>,
    /// The id of the desk at which the change was made.
    pub desk: String,
    /// The actor: the instructor in the settings of that desk, or [`UNKNOWN_ACTOR`].
    pub actor: String,
    /// The thing that was changed.
    pub entity: Entity,
    /// The changed fields with their values.
    pub changes: FieldChanges,
    /// The entry that undid this one; `None` where none did.
    pub undone_by: Option<JournalId>,
}

impl JournalEntry {
    /// Returns whether the change created the thing. Such a change has no values before it that could be restored.
    #[must_use]
    pub fn is_creation(&self) -> bool {
        self.changes.before.is_empty()
    }

    /// Refuses an undo when the entry was undone already, or when a field that it changed has another value in `now`.
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

/// The reason why a change was not undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefusal {
    /// Another entry has undone the change.
    #[error("the change was undone before")]
    AlreadyUndone,
    /// Fields that the change touched have other values in the meantime.
    #[error("changed since: {}", fields.join(", "))]
    ChangedSince {
        /// The names of these fields.
        fields: Vec<String>,
    },
    /// A field holds a value that this version does not know.
    #[error("the field {field} cannot be read")]
    Unreadable {
        /// The name of the field.
        field: String,
    },
    /// The change is one of the settings, where only one of the schedule may be undone.
    #[error("the change is one of the settings")]
    OfSettings,
    /// The session has begun, or is cancelled.
    #[error(transparent)]
    Session(#[from] SessionRefusal),
}

impl UndoRefusal {
    /// Returns the stable word in the CLI and the IPC.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::AlreadyUndone | Self::ChangedSince { .. } | Self::Unreadable { .. } | Self::OfSettings => {
                ErrorCode::Conflict
            }
            Self::Session(refusal) => refusal.code(),
        }
    }

    /// Returns a sentence that says why the change was not undone.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::AlreadyUndone => "This change was undone before.".into(),
            Self::OfSettings => "A change of the settings is not undone here.".into(),
            Self::ChangedSince { fields } => {
                format!("This cannot be undone, because these fields were changed again later: {}.", fields.join(", "))
            }
            Self::Unreadable { field } => format!("This cannot be undone: its “{field}” cannot be read."),
            Self::Session(refusal) => refusal.message(),
        }
    }

    /// Returns a sentence that says what to do next.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::AlreadyUndone => "To have the change back, undo the entry that undid it.",
            Self::ChangedSince { .. } => "Undo the newer change first, or make the change by hand.",
            Self::Unreadable { .. } => "Make the change by hand.",
            Self::OfSettings => "Change the setting back in Settings.",
            Self::Session(refusal) => refusal.next(),
        }
    }
}

/// Reads a field of an entry. Returns `None` where the entry lacks the field, and an error where `read` refuses its
/// value.
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
    fn field_changes_hold_only_the_fields_that_differ() {
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
