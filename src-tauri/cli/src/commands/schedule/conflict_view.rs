//! How the command line prints what speaks against a plan.

use hajime_core::actions::schedule::conflicts::{Found, Storage};
use hajime_core::domain::schedule::conflicts::{Conflict, Solution};
use serde::Serialize;

use crate::commands::instant;
use crate::commands::schedule::session_view::wall_clock;

/// The output for the conflicts of a plan. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
pub(super) struct ConflictsView {
    conflicts: Vec<ConflictView>,
    /// The minutes that Stream has left; `None` if the class is not recorded.
    storage: Option<StorageView>,
}

#[derive(Debug, Serialize)]
struct ConflictView {
    kind: &'static str,
    message: String,
    session_id: Option<String>,
    solutions: Vec<SolutionView>,
}

/// One change that solves a conflict. Exactly one of the fields besides the label is set.
#[derive(Debug, Serialize)]
struct SolutionView {
    label: String,
    start_local: Option<String>,
    duration_minutes: Option<i64>,
    max_participants: Option<u32>,
}

#[derive(Debug, Serialize)]
struct StorageView {
    minutes_left: Option<f64>,
    at: Option<String>,
    /// Why the minutes are not known.
    unknown: Option<String>,
}

impl From<Found> for ConflictsView {
    fn from(found: Found) -> Self {
        Self {
            conflicts: found.conflicts.into_iter().map(ConflictView::from).collect(),
            storage: found.storage.map(|storage| match storage {
                Storage::Known { minutes_left, at } => {
                    StorageView { minutes_left: Some(minutes_left), at: Some(instant(at)), unknown: None }
                }
                Storage::Unknown { why } => StorageView { minutes_left: None, at: None, unknown: Some(why) },
            }),
        }
    }
}

impl From<Conflict> for ConflictView {
    fn from(conflict: Conflict) -> Self {
        Self {
            kind: conflict.kind.name(),
            message: conflict.message,
            session_id: conflict.other.map(|id| id.to_string()),
            solutions: conflict.solutions.iter().map(SolutionView::from).collect(),
        }
    }
}

impl From<&Solution> for SolutionView {
    fn from(solution: &Solution) -> Self {
        let none = Self { label: solution.label(), start_local: None, duration_minutes: None, max_participants: None };
        match *solution {
            Solution::BeginAt(local) => Self { start_local: Some(wall_clock(local)), ..none },
            Solution::EndAt { minutes, .. } => Self { duration_minutes: Some(minutes), ..none },
            Solution::Participants(number) => Self { max_participants: Some(number), ..none },
        }
    }
}

impl ConflictsView {
    /// The lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let unknown = self.storage.as_ref().and_then(|storage| storage.unknown.as_ref());
        let unknown = unknown.map(|why| format!("How many minutes Stream has left is not known: {why}"));
        self.conflicts.iter().map(ConflictView::line).chain(unknown).collect()
    }
}

impl ConflictView {
    fn line(&self) -> String {
        let labels: Vec<&str> = self.solutions.iter().map(|solution| solution.label.as_str()).collect();
        let solved = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(" · ")) };
        format!("! {}{solved}", self.message)
    }
}
