//! `journal list|undo`: the changes that people made, and undoing one of them.

use clap::{Args, Subcommand};
use hajime_core::actions::profile::journal;
use hajime_core::context::Context;
use hajime_core::domain::profile::journal::{Entity, Fields, JournalEntry, Scope};
use hajime_core::error::UserError;
use serde::Serialize;
use serde_json::Value;

use crate::commands::instant;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Changes of the schedule and the settings, newest first.
    List(List),
    /// Take one change back. The undo is a change of its own, which can be undone too.
    Undo {
        /// The change’s id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only changes of this session, its people and its series.
    #[arg(long, value_name = "ID", conflicts_with = "settings")]
    session: Option<String>,
    /// Only changes of the settings.
    #[arg(long)]
    settings: bool,
    /// At most this many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// The output for a change. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct EntryView {
    id: String,
    at: String,
    desk: String,
    actor: String,
    entity: &'static str,
    entity_id: String,
    before: Fields,
    after: Fields,
    undone_by: Option<String>,
}

impl From<JournalEntry> for EntryView {
    fn from(entry: JournalEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: instant(entry.at),
            desk: entry.desk,
            actor: entry.actor,
            entity: entry.entity.kind(),
            entity_id: entry.entity.id(),
            before: entry.changes.before,
            after: entry.changes.after,
            undone_by: entry.undone_by.map(|id| id.to_string()),
        }
    }
}

impl EntryView {
    fn line(&self) -> String {
        let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
        let removed = |(name, before): (&String, &Value)| format!("{name} removed, it was {before}");
        let changes: Vec<String> = self
            .after
            .iter()
            .map(|(name, after)| match self.before.get(name) {
                before @ Some(_) => format!("{name} from {} to {after}", shown(before)),
                None => format!("{name} {after}"),
            })
            .chain(self.before.iter().filter(|(name, _)| !self.after.contains_key(*name)).map(removed))
            .collect();
        let undone = if self.undone_by.is_some() { "  (undone)" } else { "" };
        format!(
            "{}  {}  {}  {} {}: {}{undone}",
            self.id,
            self.at,
            self.actor,
            self.entity,
            self.entity_id,
            changes.join(", ")
        )
    }
}

pub(crate) fn run(context: &Context, command: Command, output: Output) -> Result<(), UserError> {
    match command {
        Command::List(List { session, settings, limit }) => {
            let entries = match session {
                Some(id) => journal::of_session(context, id.parse()?, limit)?,
                None if settings => journal::list(context, Scope::Of(Entity::Settings), limit)?,
                None => journal::list(context, Scope::Everything, limit)?,
            };
            let entries: Vec<EntryView> = entries.into_iter().map(EntryView::from).collect();
            output.print(&entries, |entries| match entries.as_slice() {
                [] => "Nothing was changed.".to_owned(),
                entries => entries.iter().map(EntryView::line).collect::<Vec<_>>().join("\n"),
            });
        }
        Command::Undo { id } => {
            output.print(&EntryView::from(journal::undo(context, id.parse()?)?), EntryView::line);
        }
    }
    Ok(())
}
