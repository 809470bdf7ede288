//! Adding an entry to the journal, in the transaction of the change, and deleting entries that are too old or too many.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::JournalId;
use crate::domain::profile::journal::{
    ENTRIES_MAX, ENTRY_RETENTION, Entity, FieldChanges, Fields, MIN_UNDO_PERIOD, UNKNOWN_ACTOR,
};
use crate::store::profile::settings;
use crate::store::{Error, to_millis};

pub(super) const COLUMNS: &str = "id, at, desk, actor, entity, entity_id, before, after, undone_by";

/// The desk and the moment of a change that a person makes.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Entry<'a> {
    /// The id of this desk.
    pub(in crate::store) desk: &'a str,
    /// The moment.
    pub(in crate::store) now: DateTime<Utc>,
}

impl Entry<'_> {
    /// Adds the entry about a change.
    pub(in crate::store) fn append(
        &self,
        transaction: &Transaction<'_>,
        entity: Entity,
        changes: &FieldChanges,
    ) -> Result<JournalId, Error> {
        append(transaction, self.desk, self.now, entity, changes)
    }
}

/// Adds an entry and deletes entries that are too old or too many.
pub(in crate::store) fn append(
    transaction: &Transaction<'_>,
    desk: &str,
    now: DateTime<Utc>,
    entity: Entity,
    changes: &FieldChanges,
) -> Result<JournalId, Error> {
    let id = JournalId::new();
    let actor = settings::read_preferences(transaction)?.instructor;
    let actor = if actor.trim().is_empty() { UNKNOWN_ACTOR } else { actor.trim() };
    let json = |fields: &Fields| serde_json::Value::Object(fields.clone()).to_string();
    transaction
        .prepare_cached(&format!("INSERT INTO journal ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL)"))?
        .execute(params![
            id.to_string(),
            to_millis(now),
            desk,
            actor,
            entity.kind(),
            entity.id(),
            json(&changes.before),
            json(&changes.after),
        ])?;
    prune(transaction, now)?;
    Ok(id)
}

pub(super) const PRUNE: &str = "DELETE FROM journal WHERE at < ?1
     AND (at < ?2 OR id <= (SELECT id FROM journal ORDER BY id DESC LIMIT 1 OFFSET ?3))";

fn prune(transaction: &Transaction<'_>, now: DateTime<Utc>) -> Result<(), Error> {
    let undoable_from = to_millis(now.earlier(MIN_UNDO_PERIOD));
    let kept_from = to_millis(now.earlier(ENTRY_RETENTION));
    transaction.prepare_cached(PRUNE)?.execute(params![undoable_from, kept_from, ENTRIES_MAX])?;
    Ok(())
}
