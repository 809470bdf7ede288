//! Finding recordings: pages of the list with what the search found in each, and how many each filter would leave.

use crate::actions::guard;
use crate::actions::library::view::{self, RecordingView};
use crate::context::Context;
use crate::domain::library::hit::Hit;
use crate::domain::library::query::{Cursor, Facets, Query};
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::store::Found;

/// The most recordings that a search indexes before it looks, usually in far less than a second. A job indexes the others.
const INDEXED_FIRST: u32 = 200;

/// A row of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRow {
    /// The recording as people see it.
    pub view: RecordingView,
    /// Where the words of the search are in it; empty without a search.
    pub hits: Vec<Hit>,
}

/// A page of found recordings.
#[derive(Debug, Clone, Default)]
pub struct FoundPage {
    /// The rows in the order of the query.
    pub rows: Vec<FoundRow>,
    /// Where the next page begins; `None` at the end, and where the order is by fit.
    pub next: Option<Cursor>,
    /// Words that the search was taken for, because it finds little as it was written.
    pub also: Vec<String>,
    /// How many recordings are not indexed yet, so that the search may not find them; 0 without a search.
    pub behind: u32,
}

/// A page of recordings. What was written just now is indexed first, so that it is found.
pub fn find(context: &Context, query: &Query) -> Result<FoundPage, Error> {
    guard::allow(context, Permission::Watch)?;
    let query = guard::narrowed(context, query)?.bounded().at(context.now());
    let behind = index_first(context, &query);
    let Found { recordings, parts, next, also } = context.store().search_library(&query)?;
    let hits = if parts.is_empty() {
        vec![Vec::new(); recordings.len()]
    } else {
        context.store().hits(&recordings, &parts, query.place)?
    };
    let views = view::views(context, recordings)?;
    let rows = views.into_iter().zip(hits).map(|(view, hits)| FoundRow { view, hits }).collect();
    Ok(FoundPage { rows, next, also, behind })
}

/// How many recordings each choice of a filter would leave.
pub fn facets(context: &Context, query: &Query) -> Result<Facets, Error> {
    guard::allow(context, Permission::Watch)?;
    let query = guard::narrowed(context, query)?.bounded().at(context.now());
    index_first(context, &query);
    Ok(context.store().library_facets(&query)?)
}

/// Indexes everything that can be searched and was not indexed yet. Returns how many recordings that were.
pub fn index_all(context: &Context) -> Result<usize, Error> {
    guard::allow(context, Permission::Watch)?;
    let mut all = 0_usize;
    loop {
        match context.store().index_pending(INDEXED_FIRST)? {
            0 => return Ok(all),
            done => all = all.saturating_add(done),
        }
    }
}

/// Returns how many recordings remain that are not indexed. A database that cannot be written now is searched as it was
/// indexed.
fn index_first(context: &Context, query: &Query) -> u32 {
    if query.search.trim().is_empty() {
        return 0;
    }
    let store = context.store();
    if let Err(error) = store.is_index_behind().and_then(|behind| {
        if behind {
            store.index_pending(INDEXED_FIRST)?;
        }
        Ok(())
    }) {
        tracing::info!(%error, "what was written last is not indexed yet");
    }
    store.index_backlog().unwrap_or_default()
}
