//! The sessions of the days that a calendar shows.

use chrono::NaiveDateTime;

use crate::actions::guard;
use crate::actions::schedule::sessions::{self, SessionView};
use crate::context::Context;
use crate::domain::profile::role::Permission;
use crate::domain::schedule::calendar_days::Pages;
use crate::error::Error;

/// A session on a calendar, with the times that clocks show in the zone of the person who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The session.
    pub view: SessionView,
    /// What clocks show at the start.
    pub start: NaiveDateTime,
    /// What clocks show at the end. Where they were set back meanwhile, it may come before the start.
    pub end: NaiveDateTime,
}

/// The sessions that overlap the days from one to another, both included, by start. The days are those of `zone`.
pub fn entries(context: &Context, from_day: &str, to_day: &str, zone: &str) -> Result<Vec<Entry>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    let pages = Pages::read(from_day, to_day, zone)?;
    let sessions = sessions::list(context, Some(pages.from), Some(pages.to))?;
    let entry = |view: SessionView| {
        let (start, end) = pages.wall_clock(&view.session.plan);
        Entry { view, start, end }
    };
    Ok(sessions::views(context, sessions)?.into_iter().map(entry).collect())
}
