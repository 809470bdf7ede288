//! What an import does, in words and as JSON.

use hajime_core::actions::schedule::conflicts::OfImport;
use hajime_core::domain::schedule::calendar::import::{ChangedHere, Import, Item, RefusedEvent};
use serde::Serialize;

use crate::commands::instant;

/// The output for an import. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
pub(super) struct ImportView {
    pub(super) dry_run: bool,
    calendar: String,
    name: String,
    new: Vec<ItemView>,
    changed: Vec<ItemView>,
    same: usize,
    /// Classes that their feed no longer has, which are cancelled.
    gone: Vec<ItemView>,
    /// Classes that were changed here and in the calendar, which stay as they are here.
    changed_here: Vec<ChangedHereView>,
    refused: Vec<RefusedView>,
    /// Days of a calendar of all-day events, which `--as-holidays` takes.
    holidays: Vec<DaysView>,
    /// What comes in the way of the new and changed classes; empty unless it is a dry run.
    conflicts: Vec<ConflictView>,
    /// How many events have times without a zone.
    floating: usize,
    timezone: String,
}

#[derive(Debug, Serialize)]
struct ItemView {
    title: String,
    start: String,
    repeats: Option<String>,
}

#[derive(Debug, Serialize)]
struct ChangedHereView {
    title: String,
    start: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct RefusedView {
    line: usize,
    title: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct DaysView {
    from: String,
    to: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct ConflictView {
    title: String,
    start: String,
    message: String,
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

impl From<ChangedHere> for ChangedHereView {
    fn from(ChangedHere { title, start, reason }: ChangedHere) -> Self {
        Self { title, start: instant(start.instant()), reason }
    }
}

impl ImportView {
    pub(super) fn of(import: Import, conflicts: Vec<OfImport>, timezone: String, dry_run: bool) -> Self {
        let days = import.days.into_iter().map(|days| DaysView {
            from: days.first.to_string(),
            to: days.last.to_string(),
            title: days.title,
        });
        let conflicts = conflicts.into_iter().map(|one| ConflictView {
            title: one.title,
            start: instant(one.start.instant()),
            message: one.conflict.message,
        });
        Self {
            dry_run,
            calendar: import.calendar.to_string(),
            name: import.name,
            new: import.new.into_iter().map(ItemView::from).collect(),
            changed: import.changed.into_iter().map(ItemView::from).collect(),
            same: import.same,
            gone: import.gone.into_iter().map(ItemView::from).collect(),
            changed_here: import.changed_here.into_iter().map(ChangedHereView::from).collect(),
            refused: import.refused.into_iter().map(RefusedView::from).collect(),
            holidays: days.collect(),
            conflicts: conflicts.collect(),
            floating: import.floating,
            timezone,
        }
    }

    pub(super) fn lines(&self) -> String {
        let mut lines: Vec<String> = self.new.iter().map(|item| item.line('+')).collect();
        lines.extend(self.changed.iter().map(|item| item.line('~')));
        lines.extend(self.gone.iter().map(|item| item.line('-')));
        lines.extend(self.changed_here.iter().map(|one| format!("= {}  {}: {}", one.start, one.title, one.reason)));
        lines.extend(self.refused.iter().map(|one| format!("! line {}  {}: {}", one.line, one.title, one.reason)));
        lines.extend(self.conflicts.iter().map(|one| format!("? {}  {}: {}", one.start, one.title, one.message)));
        if self.floating > 0 {
            lines.push(format!("{} events have no time zone; they count in {}.", self.floating, self.timezone));
        }
        if !self.holidays.is_empty() {
            let days = self.holidays.len();
            lines.push(format!("The calendar names days, not classes. --as-holidays takes {days} as holidays."));
        }
        let (new, changed, refused) = (self.new.len(), self.changed.len(), self.refused.len());
        if refused > 0 {
            lines.push("Refused events become no class. Hajime keeps their text for an export.".to_owned());
        }
        let gone = if self.gone.is_empty() { String::new() } else { format!(" {} cancelled,", self.gone.len()) };
        let here = match self.changed_here.len() {
            0 => String::new(),
            count => format!(" {count} changed here and there,"),
        };
        lines.push(format!("{new} new, {changed} changed,{gone}{here} {} as they were, {refused} refused.", self.same));
        lines.join("\n")
    }
}
