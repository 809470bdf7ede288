//! Holidays: leave out the classes of series in a range of days, and put them back. Needs no network.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::actions::guard;
use crate::actions::schedule::series::{self, Mode};
use crate::context::Context;
use crate::domain::ids::{HolidayId, JournalId, SessionId};
use crate::domain::profile::journal::{Entity, Scope};
use crate::domain::profile::role::Permission;
use crate::domain::schedule::holiday::{Holiday, HolidaySessions};
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::ports::Topic;

/// What adding or removing a holiday does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayChange {
    /// The holiday.
    pub holiday: Holiday,
    /// The sessions that are cancelled or put back, by start.
    pub sessions: Vec<Session>,
    /// The entry of the journal that undoes it; `None` where it was only shown.
    pub entry: Option<JournalId>,
}

/// All holidays, by their first day.
pub fn list(context: &Context) -> Result<Vec<Holiday>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    Ok(context.store().holidays()?)
}

/// The sessions that each holiday has cancelled.
pub fn left_out(context: &Context) -> Result<HashMap<HolidayId, Vec<SessionId>>, Error> {
    guard::allow(context, Permission::SeeSchedule)?;
    Ok(context.store().left_out()?)
}

/// Leaves out the classes of series from `first` to `last`, both included, also those that are put on the schedule
/// later. With `of`, only those of the series of that session.
pub fn add(
    context: &Context,
    first: NaiveDate,
    last: NaiveDate,
    reason: &str,
    of: Option<SessionId>,
    mode: Mode,
) -> Result<HolidayChange, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let now = context.now();
    let series = match of {
        None => None,
        Some(id) => {
            let session = super::sessions::get(context, id)?;
            let no_series = || Error::Conflict {
                message: format!("“{}” belongs to no series.", session.plan.title),
                next: "Cancel the class, or choose a class of a series.",
            };
            Some(series::of_session(context, id)?.ok_or_else(no_series)?.id)
        }
    };
    let holiday = Holiday::new(first, last, reason, series, now)?;
    let known = list(context)?;
    if let Some(same) = known
        .iter()
        .find(|known| (known.first, known.last, known.series) == (holiday.first, holiday.last, holiday.series))
    {
        let message = format!("These days are a holiday already: “{}”.", same.reason);
        return Err(Error::Conflict { message, next: "Remove that one first, or choose other days." });
    }
    change(context, &holiday.clone(), None, mode, |all| Ok(all.add(holiday, now)?))
}

/// Removes a holiday and puts back the classes that it left out.
pub fn remove(context: &Context, id: HolidayId, mode: Mode) -> Result<HolidayChange, Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    let now = context.now();
    let not_found = || Error::NotFound { what: "holiday", id: id.to_string() };
    let holiday = list(context)?.into_iter().find(|holiday| holiday.id == id).ok_or_else(not_found)?;
    change(context, &holiday, Some(id), mode, |all| Ok(all.remove(now)?))
}

fn change(
    context: &Context,
    holiday: &Holiday,
    existing: Option<HolidayId>,
    mode: Mode,
    change: impl FnOnce(HolidaySessions) -> Result<HolidaySessions, Error>,
) -> Result<HolidayChange, Error> {
    let now = context.now();
    let (before, after) = match mode {
        Mode::Make => context.store().change_holiday_by_hand(holiday.id, now, change)?,
        Mode::Show => {
            let before = context.store().holiday_sessions(existing, now)?;
            (before.clone(), change(before)?)
        }
    };
    let mut sessions: Vec<Session> =
        after.sessions.into_values().filter(|session| before.sessions.get(&session.id) != Some(session)).collect();
    sessions.sort_by_key(|session| (session.plan.start.instant(), session.id));
    let entry = match mode {
        Mode::Show => None,
        Mode::Make => {
            context.changed(&[Topic::Sessions]);
            let entries = context.store().journal(Scope::Of(Entity::Holiday(holiday.id)), 1)?;
            entries.first().map(|entry| entry.id)
        }
    };
    Ok(HolidayChange { holiday: holiday.clone(), sessions, entry })
}
