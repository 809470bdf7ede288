//! `recording edit|tag`: titles, notes and tags.

use clap::Args;
use hajime_core::actions::library::description::{self, BulkEdited, Selected};
use hajime_core::actions::library::search;
use hajime_core::context::Context;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::library::description::{DescriptionInput, TagChange};
use hajime_core::domain::library::query::Query;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use super::recording_view::RecordingView;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The recording’s id.
    id: String,
    /// The new title.
    #[arg(long)]
    title: Option<String>,
    /// The new notes; empty takes them away.
    #[arg(long)]
    notes: Option<String>,
    /// The new tags instead of all present ones; may be given several times.
    #[arg(long)]
    tag: Option<Vec<String>>,
}

#[derive(Debug, Args)]
pub(crate) struct Tag {
    /// Ids of recordings, then the changes: `+kihon` adds a tag, `-kihon` takes it off.
    #[arg(required = true, allow_hyphen_values = true, value_name = "ID|+TAG|-TAG")]
    words: Vec<String>,
    /// All recordings that this search finds, instead of ids.
    #[arg(long, value_name = "TEXT")]
    matching: Option<String>,
}

#[derive(Debug, Serialize)]
struct EditedView {
    #[serde(flatten)]
    recording: RecordingView,
    /// The entry of the journal, for `journal undo`; `null` where nothing changed.
    change: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct RefusedView {
    id: String,
    title: String,
    why: UserError,
}

#[derive(Debug, Serialize)]
pub(super) struct BulkView {
    changed: usize,
    unchanged: usize,
    refused: Vec<RefusedView>,
    /// The entry of the journal, for `journal undo`; `null` where nothing changed.
    change: Option<String>,
}

impl From<(RecordingId, String, UserError)> for RefusedView {
    fn from((id, title, why): (RecordingId, String, UserError)) -> Self {
        Self { id: id.to_string(), title, why }
    }
}

impl RefusedView {
    pub(super) fn line(&self) -> String {
        format!("  {}  {}: {}", self.id, self.title, self.why.message)
    }
}

impl From<BulkEdited> for BulkView {
    fn from(BulkEdited { changed, unchanged, refused, change }: BulkEdited) -> Self {
        let refused = refused.into_iter().map(RefusedView::from).collect();
        Self { changed, unchanged, refused, change: change.map(|id| id.to_string()) }
    }
}

impl BulkView {
    pub(super) fn lines(&self) -> String {
        let refused = self.refused.iter().map(RefusedView::line);
        let all =
            format!("{} changed, {} were so already, {} refused.", self.changed, self.unchanged, self.refused.len());
        std::iter::once(all).chain(refused).collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn edit(context: &Context, edit: Edit, output: Output) -> Result<(), UserError> {
    let Edit { id, title, notes, tag } = edit;
    let edited = description::edit(context, id.parse()?, &DescriptionInput { title, notes, tags: tag })?;
    let view = EditedView { recording: edited.view.into(), change: edited.change.map(|id| id.to_string()) };
    output.print(&view, |view| view.recording.line());
    Ok(())
}

pub(crate) fn tag(context: &Context, tag: &Tag, output: Output) -> Result<(), UserError> {
    let (mut add, mut remove, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for word in &tag.words {
        match (word.strip_prefix('+'), word.strip_prefix('-')) {
            (Some(name), _) => add.push(name.to_owned()),
            (_, Some(name)) => remove.push(name.to_owned()),
            _ => ids.push(word.parse()?),
        }
    }
    let change = TagChange::check(&add, &remove).map_err(Error::from)?;
    let selected = selected(context, ids, tag.matching.as_deref())?;
    output.print(&BulkView::from(description::tag(context, &selected, &change)?), BulkView::lines);
    Ok(())
}

/// The recordings that a command names: by ids, or by a search.
pub(super) fn selected(
    context: &Context,
    ids: Vec<RecordingId>,
    matching: Option<&str>,
) -> Result<Selected, UserError> {
    match matching {
        Some(_) if !ids.is_empty() => Err(named_twice()),
        Some(text) => {
            search::index_all(context)?;
            let query = Box::new(Query { search: text.to_owned(), ..Query::default() });
            Ok(Selected::Matching { query, except: Vec::new() })
        }
        None if ids.is_empty() => Err(none_named()),
        None => Ok(Selected::Named(ids)),
    }
}

fn named_twice() -> UserError {
    let message = "Recordings are named by ids and by --matching at once.".into();
    Error::Conflict { message, next: "Use one of both." }.into()
}

fn none_named() -> UserError {
    let message = "No recording is named.".into();
    Error::Conflict { message, next: "Give the id of a recording, or --matching with a search." }.into()
}
