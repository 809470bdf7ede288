//! Who changed what, and undoing one change.

use crate::context::Context;
use crate::domain::ids::JournalId;
use crate::domain::profile::journal::{Entity, JournalEntry, Scope};
use crate::domain::profile::preference_fields;
use crate::domain::schedule::session_fields;
use crate::error::Error;
use crate::ports::Topic;
use crate::store::Subject;

/// The changes that people made, newest first, at most `limit` of them.
pub fn list(context: &Context, scope: Scope, limit: u32) -> Result<Vec<JournalEntry>, Error> {
    Ok(context.store().journal(scope, limit)?)
}

/// Takes one change back and returns the entry of the undo, which can be undone in turn. Refused when a field of the change has another value
/// now, and for a session that has begun.
///
/// An undo may bring another join page back, which decides who gets the invitations: whoever offers it has that address confirmed first.
pub fn undo(context: &Context, id: JournalId) -> Result<JournalEntry, Error> {
    let now = context.now();
    let undo = |entry: &JournalEntry, subject| {
        Ok::<_, Error>(match subject {
            Subject::Session(session) => Subject::Session(session_fields::undo(session, entry, now)?),
            Subject::Settings(preferences) => Subject::Settings(preference_fields::undo(&preferences, entry)?),
        })
    };
    let not_found = || Error::NotFound { what: "change", id: id.to_string() };
    let made = context.store().undo_change(id, now, undo)?.ok_or_else(not_found)?;
    context.changed(&[match made.entity {
        Entity::Session(_) => Topic::Sessions,
        Entity::Settings => Topic::Desk,
    }]);
    Ok(made)
}
