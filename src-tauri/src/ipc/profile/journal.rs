//! The changes that people made to a session, and undoing one of them.

use hajime_core::actions::profile::journal;
use hajime_core::domain::profile::journal::JournalEntry;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{id, instant};

hajime_macros::commands![session_changes, change_undo,];

/// Returns the newest changes of a session’s plan, its people and its series, newest first.
#[hajime_macros::command]
pub(crate) async fn session_changes(
    accounts: State<'_, Accounts>,
    session_id: String,
    limit: u32,
) -> Result<Vec<ChangeDto>, UserError> {
    let here = accounts.current().await?;
    let entries = journal::of_session(&here.context, id(&session_id)?, limit)?;
    Ok(entries.into_iter().map(ChangeDto::from).collect())
}

/// Undoes a change of the schedule or the library. The undo is a change of its own, which can be undone too. A change of the settings
/// is refused: it may bring back another join page, which a person has to confirm first.
#[hajime_macros::command(changes(Sessions, Recordings))]
pub(crate) async fn change_undo(accounts: State<'_, Accounts>, change: String) -> Result<ChangeDto, UserError> {
    let here = accounts.current().await?;
    Ok(journal::undo_in_schedule(&here.context, id(&change)?)?.into())
}

/// One change that a person made.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ChangeDto {
    id: String,
    at: String,
    /// The instructor in the settings of the desk that made it, or “unknown”.
    actor: String,
    /// The kind of thing that was changed: “session”, “roster” or “series”.
    kind: String,
    /// The names of the fields that changed.
    fields: Vec<String>,
    /// Whether the change put the thing on the schedule. It cannot be undone, only cancelled.
    creation: bool,
    undone: bool,
}

impl From<JournalEntry> for ChangeDto {
    fn from(entry: JournalEntry) -> Self {
        let mut fields: Vec<String> = entry.changes.before.keys().chain(entry.changes.after.keys()).cloned().collect();
        fields.sort();
        fields.dedup();
        Self {
            id: entry.id.to_string(),
            at: instant(entry.at),
            kind: entry.entity.kind().to_owned(),
            creation: entry.is_creation(),
            undone: entry.undone_by.is_some(),
            actor: entry.actor,
            fields,
        }
    }
}
