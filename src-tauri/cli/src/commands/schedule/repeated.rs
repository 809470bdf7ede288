//! What `session add --rrule`, `edit`, `skip` and `move` print: every class that changes, before and after.

use std::collections::BTreeMap;

use hajime_core::actions::schedule::conflicts::Found;
use hajime_core::actions::schedule::series::{self, Changed, Mode, Scheduled};
use hajime_core::context::Context;
use hajime_core::domain::ids::SeriesId;
use hajime_core::domain::schedule::series::{Rooms, Series, SessionChange};
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::commands::schedule::conflict_view::ConflictsView;
use crate::commands::schedule::session_view::{SessionView, wall_clock};
use crate::output::Output;

/// The output for a series. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct SeriesView {
    id: String,
    rrule: String,
    repeats: String,
    first: String,
    timezone: &'static str,
    /// Whether all classes share one room.
    one_room: bool,
    except: Vec<String>,
    sessions: Vec<SessionView>,
    /// What speaks against it; only where nothing is changed yet.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    conflicts: Option<ConflictsView>,
}

/// The output for a change of several sessions. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct ChangedView {
    dry_run: bool,
    sessions: Vec<OneView>,
    /// Classes that are not on the schedule yet and are left out.
    left_out: Vec<String>,
    /// The first class that is not on the schedule yet and changes with the series.
    later_from: Option<String>,
    /// What speaks against it; only where nothing is changed yet.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    conflicts: Option<ConflictsView>,
}

#[derive(Debug, Serialize)]
struct OneView {
    before: Option<SessionView>,
    after: SessionView,
}

pub(super) fn add(
    context: &Context,
    output: Output,
    scheduled: Scheduled,
    found: Option<Found>,
) -> Result<(), UserError> {
    let Scheduled { series, sessions } = scheduled;
    let mut known = series::all(context)?;
    let view = SeriesView {
        id: series.id.to_string(),
        rrule: series.rule.to_string(),
        repeats: series.sentence(),
        first: wall_clock(series.plan.start.local()),
        timezone: series.plan.start.zone().name(),
        one_room: series.rooms() == Rooms::Shared,
        except: series.exceptions.iter().map(|local| wall_clock(*local)).collect(),
        sessions: {
            known.insert(series.id, series);
            sessions.iter().map(|session| SessionView::with(session, &known)).collect()
        },
        conflicts: found.map(ConflictsView::from),
    };
    output.print(&view, |view| {
        let head = format!("{}  {} ({})", view.id, view.repeats, view.timezone);
        let sessions = view.sessions.iter().map(SessionView::line);
        let conflicts = view.conflicts.iter().flat_map(ConflictsView::lines);
        std::iter::once(head).chain(sessions).chain(conflicts).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

pub(super) fn changed(
    context: &Context,
    output: Output,
    mode: Mode,
    changed: Changed,
    found: Option<Found>,
) -> Result<(), UserError> {
    let series = series::all(context)?;
    let view = ChangedView {
        dry_run: mode == Mode::Show,
        sessions: changed.sessions.iter().map(|change| OneView::of(change, &series)).collect(),
        left_out: changed.left_out.into_iter().map(wall_clock).collect(),
        later_from: changed.later_from.map(|start| instant(start.instant())),
        conflicts: found.map(ConflictsView::from),
    };
    output.print(&view, |view| {
        let mut lines: Vec<String> = view.sessions.iter().map(OneView::line).collect();
        lines.extend(view.left_out.iter().map(|local| format!("No class at {local}.")));
        lines.extend(view.later_from.iter().map(|from| format!("Every later class too, from {from} on.")));
        if lines.is_empty() {
            lines.push("Nothing changes.".to_owned());
        }
        lines.extend(view.conflicts.iter().flat_map(ConflictsView::lines));
        lines.join("\n")
    });
    Ok(())
}

impl OneView {
    fn of(change: &SessionChange, series: &BTreeMap<SeriesId, Series>) -> Self {
        let view = |session| SessionView::with(session, series);
        Self { before: change.before.as_ref().map(view), after: view(&change.after) }
    }

    fn line(&self) -> String {
        match &self.before {
            None => format!("+ {}", self.after.line()),
            Some(before) => format!("- {}\n+ {}", before.line(), self.after.line()),
        }
    }
}
