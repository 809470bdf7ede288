//! How the command line prints a session.

use std::collections::BTreeMap;

use hajime_core::actions::schedule::series;
use hajime_core::context::Context;
use hajime_core::domain::ids::SeriesId;
use hajime_core::domain::schedule::series::{Rooms, Series};
use hajime_core::domain::schedule::session::Session;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;

/// The output for a session. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
pub(super) struct SessionView {
    id: String,
    pub(super) title: String,
    instructor: String,
    start: String,
    pub(super) end: String,
    timezone: &'static str,
    record: bool,
    quality: &'static str,
    max_participants: u32,
    status: &'static str,
    room_id: Option<String>,
    started_at: Option<String>,
    ended_at: Option<String>,
    /// What the clocks do at the start, where they skip the time or show it twice.
    start_note: Option<String>,
    /// The series; `None` for a session of its own.
    series: Option<OfSeries>,
}

/// The place of a session in a series.
#[derive(Debug, Serialize)]
struct OfSeries {
    id: String,
    rrule: String,
    repeats: String,
    /// The wall-clock time at which the rule put the session.
    occurrence: String,
    moved: bool,
    /// Whether all classes of the series share one room.
    one_room: bool,
}

impl SessionView {
    /// The output for one session.
    pub(super) fn read(context: &Context, session: &Session) -> Result<Self, UserError> {
        Ok(Self::with(session, &series::all(context)?))
    }

    /// The output for a session, given all series.
    pub(super) fn with(session: &Session, series: &BTreeMap<SeriesId, Series>) -> Self {
        let (plan, room) = (&session.plan, session.state.room());
        let of_series = session.series.and_then(|place| {
            let series = series.get(&place.series)?;
            Some(OfSeries {
                id: series.id.to_string(),
                rrule: series.rule.to_string(),
                repeats: series.sentence(),
                occurrence: wall_clock(place.occurrence),
                moved: session.is_moved(),
                one_room: series.rooms() == Rooms::Shared,
            })
        });
        Self {
            id: session.id.to_string(),
            title: plan.title.clone(),
            instructor: plan.instructor_name().to_owned(),
            start: instant(plan.start.instant()),
            end: instant(plan.end()),
            timezone: plan.start.zone().name(),
            record: plan.record,
            quality: plan.quality.name(),
            max_participants: plan.max_participants,
            status: session.state.name(),
            room_id: room.map(|room| room.id.to_string()),
            started_at: room.map(|room| instant(room.opened_at)),
            ended_at: session.state.ended_at().map(instant),
            start_note: plan.start.note(),
            series: of_series,
        }
    }

    pub(super) fn line(&self) -> String {
        let series = match &self.series {
            None => String::new(),
            Some(series) if series.moved => format!("  [{}; moved from {}]", series.repeats, series.occurrence),
            Some(series) => format!("  [{}]", series.repeats),
        };
        let note = self.start_note.as_ref().map(|note| format!("\n    {note}")).unwrap_or_default();
        format!("{}  {:<9}  {}  {} ({}){series}{note}", self.id, self.status, self.start, self.title, self.instructor)
    }
}

/// A wall-clock time as the command line prints it.
pub(super) fn wall_clock(local: chrono::NaiveDateTime) -> String {
    local.format("%Y-%m-%dT%H:%M:%S").to_string()
}
