//! Saved views of the library.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::{JournalId, ViewId};
use crate::domain::library::query::Query;
use crate::domain::library::view::{self, SavedView};
use crate::domain::profile::journal::{Entity, Scope};
use crate::domain::profile::role::Permission;
use crate::domain::search::folded;
use crate::error::Error;
use crate::ports::Topic;

/// The saved views, by name.
pub fn list(context: &Context) -> Result<Vec<SavedView>, Error> {
    guard::allow(context, Permission::Watch)?;
    Ok(context.store().library_views()?)
}

/// The view with this id or this name.
pub fn find(context: &Context, id_or_name: &str) -> Result<SavedView, Error> {
    guard::allow(context, Permission::Watch)?;
    let by_id = id_or_name.trim().parse::<ViewId>().ok();
    let name = folded(id_or_name.trim());
    let found = list(context)?.into_iter().find(|view| Some(view.id) == by_id || folded(&view.name) == name);
    found.ok_or_else(|| not_found(id_or_name))
}

/// Saves a query under a name: a new view, or the one with this id.
pub fn save(context: &Context, id: Option<ViewId>, name: &str, query: &Query) -> Result<SavedView, Error> {
    guard::allow(context, Permission::SetDesk)?;
    let new = id.unwrap_or_default();
    let all = context.store().change_view_by_hand::<Error>(new, context.now(), |all| {
        if id.is_some() && !all.iter().any(|view| view.id == new) {
            return Err(not_found(&new.to_string()));
        }
        Ok(view::with(all, new, name, query)?)
    })?;
    context.changed(&[Topic::Recordings]);
    all.into_iter().find(|view| view.id == new).ok_or_else(|| not_found(&new.to_string()))
}

/// Removes a saved view. Returns the entry of the journal, by which it comes back.
pub fn remove(context: &Context, id: ViewId) -> Result<Option<JournalId>, Error> {
    guard::allow(context, Permission::SetDesk)?;
    context.store().change_view_by_hand::<Error>(id, context.now(), |all| {
        if !all.iter().any(|view| view.id == id) {
            return Err(not_found(&id.to_string()));
        }
        Ok(all.into_iter().filter(|view| view.id != id).collect())
    })?;
    context.changed(&[Topic::Recordings]);
    Ok(context.store().journal(Scope::Of(Entity::View(id)), 1)?.first().map(|entry| entry.id))
}

fn not_found(id: &str) -> Error {
    Error::NotFound { what: "saved view", id: id.chars().take(64).collect() }
}
