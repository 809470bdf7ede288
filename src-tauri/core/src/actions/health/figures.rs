//! The figures over the history of this desk and what it took over from others.

use chrono_tz::Tz;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::health::figure::{Definition, Figure};
use crate::domain::health::overview::Overview;
use crate::domain::health::period::Period;
use crate::domain::health::row::Narrowed;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::recorder;

/// Returns all figures of the last `days` days.
pub fn overview(context: &Context, days: u32, narrowed: &Narrowed) -> Result<Overview, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let period = Period::last(days, context.now())?;
    let zone = context.store().zone_of_figures()?.unwrap_or(Tz::UTC);
    recorder::figures::of_period(context, period, zone, narrowed)
}

/// Returns what each figure means.
pub fn definitions(context: &Context) -> Result<Vec<Definition>, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    Ok(Figure::ALL.into_iter().map(Figure::definition).collect())
}
