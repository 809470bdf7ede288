//! Saved views: queries of the library by names that people choose.

use serde_json::{Value, json};

use crate::domain::ids::ViewId;
use crate::domain::invalid::Invalid;
use crate::domain::library::query::Query;
use crate::domain::profile::journal::{Fields, JournalEntry, UndoRefusal, field};
use crate::domain::search::folded;
use crate::domain::text::one_line;

/// The longest name, in characters. It stands in the menu of the window.
pub const VIEW_NAME_MAX: usize = 40;
/// The most saved views of a desk.
pub const VIEWS_MAX: usize = 50;

/// A query with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedView {
    /// Hajime's id of the view.
    pub id: ViewId,
    /// The name. No two views have the same name, whatever its capitals.
    pub name: String,
    /// The query, without a page.
    pub query: Query,
}

/// Returns the views with one that is added or changed. Refused if another one has its name, or if there are too many.
pub fn with(views: Vec<SavedView>, id: ViewId, name: &str, query: &Query) -> Result<Vec<SavedView>, Invalid> {
    let name = one_line(name);
    let refused = |message: String, next| Err(Invalid::one("name", message, next));
    match name.chars().count() {
        0 => return refused("The name is empty.".into(), "Name the view, for example “Belt exams”."),
        length if length > VIEW_NAME_MAX => {
            return refused(format!("The name has {length} characters."), "Use at most 40 characters.");
        }
        _ => {}
    }
    let mut all: Vec<SavedView> = views.into_iter().filter(|view| view.id != id).collect();
    if all.iter().any(|view| folded(&view.name) == folded(&name)) {
        return refused(
            format!("There is a view “{name}” already."),
            "Choose another name, or remove that view first.",
        );
    }
    if all.len() >= VIEWS_MAX {
        return refused(format!("There are {} saved views.", all.len()), "Remove one first: 50 can be saved.");
    }
    all.push(SavedView { id, name, query: Query::of_view(&query.to_view()) });
    Ok(all)
}

/// Returns the fields of a view by name, for the journal.
#[must_use]
pub fn fields(view: &SavedView) -> Fields {
    [("name".to_owned(), json!(view.name)), ("query".to_owned(), view.query.to_view())].into_iter().collect()
}

/// Returns the views with the one of `entry` as it was before.
pub fn undo(views: &[SavedView], id: ViewId, entry: &JournalEntry) -> Result<Vec<SavedView>, UndoRefusal> {
    let present = views.iter().find(|view| view.id == id);
    entry.check_undo(&present.map(fields).unwrap_or_default())?;
    let others = views.iter().filter(|view| view.id != id).cloned().collect();
    if entry.is_creation() {
        return Ok(others);
    }
    let before = &entry.changes.before;
    let name = field(before, "name", |value| value.as_str().map(str::to_owned))?;
    let query = field(before, "query", |value: &Value| Some(Query::of_view(value)))?;
    let name = name.or_else(|| present.map(|view| view.name.clone())).unwrap_or_default();
    let query = query.or_else(|| present.map(|view| view.query.clone())).unwrap_or_default();
    with(others, id, &name, &query).map_err(|_| UndoRefusal::ChangedSince { fields: vec!["name".into()] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_whatever_its_capitals_and_no_name_is_empty_or_long() {
        let first = ViewId::new();
        let all = with(Vec::new(), first, " Belt  exams ", &Query::default()).unwrap();
        assert_eq!(all[0].name, "Belt exams");
        assert!(with(all.clone(), ViewId::new(), "BELT EXAMS", &Query::default()).is_err());
        assert_eq!(with(all, first, "belt exams", &Query::default()).unwrap().len(), 1);
        for name in ["", "\u{200b}", &"x".repeat(41)] {
            assert!(with(Vec::new(), first, name, &Query::default()).is_err(), "{name}");
        }
    }

    #[test]
    fn no_more_views_than_the_limit() {
        let mut all = Vec::new();
        for number in 0..VIEWS_MAX {
            all = with(all, ViewId::new(), &number.to_string(), &Query::default()).unwrap();
        }
        assert!(with(all, ViewId::new(), "one more", &Query::default()).is_err());
    }
}
