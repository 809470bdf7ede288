//! Converts the preferences to and from fields of the journal.

use serde_json::{Value, json};

use crate::domain::delivery::reminder::ReminderSettings;
use crate::domain::profile::global_keys::{GlobalKeys, KeyAction, KeyPress};
use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal, field};
use crate::domain::profile::preferences::Preferences;

/// Returns the preferences as fields by name.
#[must_use]
pub fn fields(preferences: &Preferences) -> Fields {
    let Preferences {
        quality,
        duration_minutes,
        max_participants,
        record,
        instructor,
        join_page,
        auto_end,
        reminders,
        transcripts,
        captions,
        keys,
        retention,
        prices,
        budget_cents,
    } = preferences;
    let values = [
        ("quality", json!(quality.name())),
        ("duration_minutes", json!(duration_minutes)),
        ("max_participants", json!(max_participants)),
        ("record", json!(record)),
        ("instructor", json!(instructor)),
        ("join_page", json!(join_page.as_ref().map(url::Url::as_str))),
        ("auto_end", json!(auto_end.name())),
        ("remind_before_minutes", json!(reminders.before_minutes)),
        ("remind_at_start", json!(reminders.at_start)),
        ("remind_late_minutes", json!(reminders.late_minutes)),
        ("transcripts", json!(transcripts)),
        ("captions", json!(captions.as_ref().map(ToString::to_string))),
        ("retention", json!(retention)),
        ("prices", json!(prices)),
        ("budget_cents", json!(budget_cents)),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value));
    let keys = KeyAction::ALL.map(|action| (key_field(action), json!(keys.of(action).map(|press| press.to_string()))));
    values.into_iter().chain(keys).collect()
}

fn key_field(action: KeyAction) -> String {
    format!("key_{}", action.name())
}

/// Returns the preferences with the values from before the change in `entry`. [`UndoRefusal`] lists when this is
/// refused.
pub fn undo(preferences: &Preferences, entry: &JournalEntry) -> Result<Preferences, UndoRefusal> {
    entry.check_undo(&fields(preferences))?;
    let before = &entry.changes.before;
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let page = |value: &Value| match value {
        Value::Null => Some(None),
        value => Some(Some(value.as_str()?.parse().ok()?)),
    };
    let maybe_number = |value: &Value| if value.is_null() { Some(None) } else { number(value).map(Some) };
    let now = preferences.clone();
    let reminders = ReminderSettings {
        before_minutes: field(before, "remind_before_minutes", maybe_number)?.unwrap_or(now.reminders.before_minutes),
        at_start: field(before, "remind_at_start", Value::as_bool)?.unwrap_or(now.reminders.at_start),
        late_minutes: field(before, "remind_late_minutes", maybe_number)?.unwrap_or(now.reminders.late_minutes),
    };
    let language = |value: &Value| match value {
        Value::Null => Some(None),
        value => Some(Some(value.as_str()?.parse().ok()?)),
    };
    let press = |value: &Value| match value {
        Value::Null => Some(None),
        value => Some(Some(value.as_str()?.parse::<KeyPress>().ok()?)),
    };
    let key = |action| Ok::<_, UndoRefusal>(field(before, &key_field(action), press)?.unwrap_or(now.keys.of(action)));
    let keys = GlobalKeys {
        show: key(KeyAction::Show)?,
        start_or_end: key(KeyAction::StartOrEnd)?,
        copy_link: key(KeyAction::CopyLink)?,
    };
    Ok(Preferences {
        quality: field(before, "quality", |value| value.as_str()?.parse().ok())?.unwrap_or(now.quality),
        duration_minutes: field(before, "duration_minutes", number)?.unwrap_or(now.duration_minutes),
        max_participants: field(before, "max_participants", number)?.unwrap_or(now.max_participants),
        record: field(before, "record", Value::as_bool)?.unwrap_or(now.record),
        instructor: field(before, "instructor", text)?.unwrap_or(now.instructor),
        join_page: field(before, "join_page", page)?.unwrap_or(now.join_page),
        auto_end: field(before, "auto_end", |value| value.as_str()?.parse().ok())?.unwrap_or(now.auto_end),
        reminders,
        transcripts: field(before, "transcripts", Value::as_bool)?.unwrap_or(now.transcripts),
        captions: field(before, "captions", language)?.unwrap_or(now.captions),
        keys,
        retention: field(before, "retention", |value| serde_json::from_value(value.clone()).ok())?
            .unwrap_or(now.retention),
        prices: field(before, "prices", |value| serde_json::from_value(value.clone()).ok())?.unwrap_or(now.prices),
        budget_cents: field(before, "budget_cents", maybe_number)?.unwrap_or(now.budget_cents),
    })
}
