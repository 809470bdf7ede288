//! `library_views`: saved views of the library.

use rusqlite::{Connection, Transaction, params};

use crate::domain::ids::ViewId;
use crate::domain::library::query::Query;
use crate::domain::library::view::{SavedView, fields};
use crate::domain::profile::journal::{Entity, FieldChanges};
use crate::store::journal::append::Entry;
use crate::store::{Error, Store};

impl Store {
    /// Returns the saved views, by name.
    pub fn library_views(&self) -> Result<Vec<SavedView>, Error> {
        read_views(self.connection().raw())
    }

    /// Adds, changes or removes a saved view for a person and writes the journal entry. `change` receives all views and
    /// returns them as they are to be; only the one with this id may differ.
    pub fn change_view_by_hand<E: From<Error> + From<rusqlite::Error>>(
        &self,
        id: ViewId,
        now: chrono::DateTime<chrono::Utc>,
        change: impl FnOnce(Vec<SavedView>) -> Result<Vec<SavedView>, E>,
    ) -> Result<Vec<SavedView>, E> {
        let desk = self.desk_id()?;
        self.write(|transaction| {
            let before = read_views(transaction)?;
            let after = change(before.clone())?;
            write_view(transaction, id, &before, &after, &Entry { desk: &desk, now })?;
            Ok(read_views(transaction)?)
        })
    }
}

pub(in crate::store) fn read_views(connection: &Connection) -> Result<Vec<SavedView>, Error> {
    let mut statement = connection.prepare_cached("SELECT id, name, query FROM library_views ORDER BY name, id")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))?;
    rows.map(|row| {
        let (id, name, query) = row?;
        let query = serde_json::from_str(&query).map_err(|_| Error::unreadable("saved view", query))?;
        Ok(SavedView {
            id: id.parse().map_err(|_| Error::unreadable("id of a saved view", &id))?,
            name,
            query: Query::of_view(&query),
        })
    })
    .collect()
}

/// Stores one view as it is among `after`, or deletes it, and writes the journal entry.
pub(in crate::store) fn write_view(
    transaction: &Transaction<'_>,
    id: ViewId,
    before: &[SavedView],
    after: &[SavedView],
    entry: &Entry<'_>,
) -> Result<Option<crate::domain::ids::JournalId>, Error> {
    let of = |all: &[SavedView]| all.iter().find(|view| view.id == id).cloned();
    let (before, after) = (of(before), of(after));
    match &after {
        Some(view) => transaction
            .prepare_cached(
                "INSERT INTO library_views VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?2, query = ?3",
            )?
            .execute(params![id.to_string(), view.name, view.query.to_view().to_string()])?,
        None => transaction.prepare_cached("DELETE FROM library_views WHERE id = ?1")?.execute([id.to_string()])?,
    };
    let all = |view: Option<SavedView>| view.as_ref().map(fields).unwrap_or_default();
    let changes = FieldChanges::between(&all(before), &all(after));
    changes.map(|changes| entry.append(transaction, Entity::View(id), &changes)).transpose()
}
