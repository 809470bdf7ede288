//! The options of `session add` and `session edit` that are about a series.

use chrono::NaiveDate;
use clap::Args;
use hajime_core::actions::schedule::series;
use hajime_core::context::Context;
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::schedule::series::{Rooms, Scope};
use hajime_core::error::{Error, UserError};

#[derive(Debug, Args)]
pub(crate) struct Repeat {
    /// Repeat it by this rule of RFC 5545: `FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10`.
    #[arg(long, value_name = "RULE")]
    pub(super) rrule: Option<String>,
    /// No class on this day: `2026-12-24`. May be given several times.
    #[arg(long, value_name = "DAY", requires = "rrule")]
    pub(super) except: Vec<NaiveDate>,
    /// Hold all classes of the series in one room, so that everybody joins with the same link each time.
    #[arg(long, requires = "rrule")]
    one_room: bool,
}

impl Repeat {
    pub(super) const fn rooms(&self) -> Rooms {
        if self.one_room { Rooms::Shared } else { Rooms::Own }
    }
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Repeats {
    /// Repeat the class by this rule of RFC 5545 as the first of a series; with `--following` or `--all`, repeat its series
    /// by this rule from now on.
    #[arg(long, value_name = "RULE")]
    rrule: Option<String>,
    /// With `--following` or `--all`: hold the classes of a weekly series on these days, for example `TU,TH`.
    #[arg(long, value_name = "DAYS")]
    days: Option<String>,
}

impl Repeats {
    /// Returns the new rule of the series of a session; `None` where it keeps its rule.
    pub(super) fn rule(self, context: &Context, id: SessionId) -> Result<Option<String>, UserError> {
        let Some(days) = self.days else { return Ok(self.rrule) };
        let series = series::of_session(context, id)?;
        let rule = series.map(|series| series.rule.with_weekdays(&days)).transpose().map_err(Error::from)?;
        Ok(rule.map(|rule| rule.to_string()))
    }
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct InRooms {
    /// With `--following`, `--all`, or the `--rrule` of a new series: hold all these classes in one room, so that everybody
    /// joins with the same link each time.
    #[arg(long)]
    one_room: bool,
    /// With `--following` or `--all`: give each class a room of its own again.
    #[arg(long)]
    own_rooms: bool,
}

impl InRooms {
    pub(super) const fn wanted(&self) -> Option<Rooms> {
        match (self.one_room, self.own_rooms) {
            (true, _) => Some(Rooms::Shared),
            (_, true) => Some(Rooms::Own),
            (false, false) => None,
        }
    }
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Which {
    /// Change this class only, as without any of these.
    #[arg(long)]
    this: bool,
    /// Change this class and those after it.
    #[arg(long)]
    following: bool,
    /// Change all classes of the series that have not begun.
    #[arg(long)]
    all: bool,
}

impl Which {
    /// Returns the classes that a change is for; `None` for one class alone.
    pub(super) const fn scope(&self) -> Option<Scope> {
        // Without the others, “this” says what holds anyway.
        let Self { following, all, this: _ } = self;
        match (*following, *all) {
            (true, _) => Some(Scope::Following),
            (_, true) => Some(Scope::All),
            (false, false) => None,
        }
    }
}
