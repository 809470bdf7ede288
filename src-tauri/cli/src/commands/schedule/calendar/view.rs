//! What an import does, in words and as JSON.

use hajime_core::domain::schedule::calendar::import::{ChangedHere, Import, Item, RefusedEvent};
use serde::Serialize;

use crate::commands::instant;
use crate::commands::schedule::conflict_view::ConflictView;

/// The output for an import. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
pub(super) struct ImportView {
    dry_run: bool,
    calendar: String,
    name: String,
    new: Vec<ItemView>,
    changed: Vec<ItemView>,
    same: usize,
    /// Classes that their feed no longer has.
    gone: Vec<ItemView>,
    /// Classes that were changed here and in the calendar, which stay as they are here.
    changed_here: Vec<ChangedHereView>,
    refused: Vec<RefusedView>,
    /// Days that can be taken as holidays.
    holidays: Vec<DaysView>,
    /// What speaks against the new and changed classes.
    conflicts: Vec<ImportConflictView>,
    /// How many events have times without a zone.
    floating: usize,
    timezone: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ItemView {
    title: String,
    start: String,
    repeats: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChangedHereView {
    title: String,
    start: String,
    reason: String,
}

#[derive(Debug, Serialize)]
pub(super) struct DaysView {
    from: String,
    to: String,
    title: String,
}

#[derive(Debug, Serialize)]
pub(super) struct RefusedView {
    line: usize,
    title: String,
    reason: String,
}

impl From<Item> for ItemView {
    fn from(Item { title, start, repeats }: Item) -> Self {
        Self { title, start: instant(start.instant()), repeats }
    }
}

impl ItemView {
    fn line(&self, sign: char) -> String {
        let repeats = self.repeats.as_ref().map(|repeats| format!("  {repeats}")).unwrap_or_default();
        format!("{sign} {}  {}{repeats}", self.start, self.title)
    }
}

impl From<RefusedEvent> for RefusedView {
    fn from(RefusedEvent { line, title, reason }: RefusedEvent) -> Self {
        Self { line, title, reason }
    }
}

impl ImportView {
    fn lines(&self) -> String {
        let mut lines: Vec<String> = self.new.iter().map(|item| item.line('+')).collect();
        lines.extend(self.changed.iter().map(|item| item.line('~')));
        lines.extend(self.refused.iter().map(|one| format!("! line {}  {}: {}", one.line, one.title, one.reason)));
        if self.floating > 0 {
            lines.push(format!("{} events have no time zone; they count in {}.", self.floating, self.timezone));
        }
        let (new, changed, refused) = (self.new.len(), self.changed.len(), self.refused.len());
        if refused > 0 {
            lines.push("Refused events become no class. Hajime keeps their text for an export.".to_owned());
        }
        lines.push(format!("{new} new, {changed} changed, {} as they were, {refused} refused.", self.same));
        lines.join("\n")
    }
}

