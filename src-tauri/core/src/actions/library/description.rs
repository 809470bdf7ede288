//! What people write about recordings: titles, notes and tags, of one or of many at once.

use std::collections::HashSet;

use crate::actions::guard;
use crate::actions::library::view::{self, RecordingView};
use crate::context::Context;
use crate::domain::ids::{JournalId, RecordingId};
use crate::domain::invalid::Invalid;
use crate::domain::library::description::{DescriptionInput, TagChange};
use crate::domain::library::query::Query;
use crate::domain::profile::role::Permission;
use crate::error::{Error, UserError};
use crate::ports::Topic;

/// The most recordings that one change names. A query may find more.
pub const NAMED_MAX: usize = 1_000;

/// A recording with the entry of the journal about its change.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The recording as it is now.
    pub view: RecordingView,
    /// The entry, by which the change is undone; `None` where nothing changed.
    pub change: Option<JournalId>,
}

/// The recordings that a change is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Selected {
    /// These.
    Named(Vec<RecordingId>),
    /// All that a query finds now, whatever page it asks for, without those in `except`.
    Matching {
        /// The query.
        query: Box<Query>,
        /// Those that stay as they are.
        except: Vec<RecordingId>,
    },
}

/// What became of a change of several recordings.
#[derive(Debug, Clone)]
pub struct BulkEdited {
    /// How many changed.
    pub changed: usize,
    /// How many were as they should be.
    pub unchanged: usize,
    /// The recordings that did not change, by title, and why.
    pub refused: Vec<(RecordingId, String, UserError)>,
    /// The entry of the journal, by which all changes are undone at once; `None` where nothing changed.
    pub change: Option<JournalId>,
}

/// Changes title, notes or tags of a recording. The metadata of its video follows by itself.
pub fn edit(context: &Context, id: RecordingId, input: &DescriptionInput) -> Result<Edited, Error> {
    guard::allow_recording(context, Permission::Describe, id)?;
    let changed =
        context.store().change_description_by_hand::<Error>(id, context.now(), |before| Ok(before.changed(input)?))?;
    let (_, change) = changed.ok_or_else(|| unknown(id))?;
    told(context, change.is_some());
    let recording = context.store().recording(id)?.ok_or_else(|| unknown(id))?;
    Ok(Edited { view: view::view(context, recording)?, change })
}

/// Adds tags to recordings and takes tags off them. A recording that would have too many tags is refused and does not
/// keep the others from being changed.
pub fn tag(context: &Context, selected: &Selected, change: &TagChange) -> Result<BulkEdited, Error> {
    guard::allow(context, Permission::Describe)?;
    let ids = ids(context, selected)?;
    guard::allow_recordings(context, Permission::Describe, &ids)?;
    let done = context.store().change_tags_by_hand(
        &ids,
        context.now(),
        |id| unknown(id).into(),
        |tags| change.apply(tags).map_err(|invalid: Invalid| UserError::from(invalid)),
    )?;
    told(context, done.entry.is_some());
    let mut refused = Vec::new();
    for (id, why) in done.refused {
        let title = context.store().recording(id)?.map_or_else(|| id.to_string(), |recording| recording.title);
        refused.push((id, title, why));
    }
    let unchanged = ids.len().saturating_sub(done.changed.len()).saturating_sub(refused.len());
    Ok(BulkEdited { changed: done.changed.len(), unchanged, refused, change: done.entry })
}

/// The recordings that a selection is about, each once.
pub fn ids(context: &Context, selected: &Selected) -> Result<Vec<RecordingId>, Error> {
    guard::allow(context, Permission::Describe)?;
    match selected {
        Selected::Named(ids) | Selected::Matching { except: ids, .. } if ids.len() > NAMED_MAX => Err(Invalid::one(
            "ids",
            format!("{} recordings were named at once.", ids.len()),
            "Name at most 1,000, or change the search so that it finds only those.",
        )
        .into()),
        Selected::Matching { query, except } => {
            let mut found =
                context.store().ids_in_library(&guard::narrowed(context, query)?.bounded().at(context.now()))?;
            let except: HashSet<&RecordingId> = except.iter().collect();
            found.retain(|id| !except.contains(id));
            Ok(found)
        }
        Selected::Named(ids) => {
            let mut each = ids.clone();
            each.sort_unstable();
            each.dedup();
            Ok(each)
        }
    }
}

fn told(context: &Context, changed: bool) {
    if changed {
        context.changed(&[Topic::Recordings]);
        context.wake_jobs();
    }
}

fn unknown(id: RecordingId) -> Error {
    Error::NotFound { what: "recording", id: id.to_string() }
}
