//! The report of a month, and whether it is mailed.

use std::path::Path;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::health::report::{Month, Report};
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::report;

/// The most months that are offered.
const MONTHS_MAX: usize = 36;

/// The months that there is a report of, the newest first: from the first class until the present month.
pub fn months(context: &Context) -> Result<Vec<Month>, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let present = Month::of(context.now().date_naive());
    let Some(first) = context.store().first_moment()?.map(|at| Month::of(at.date_naive())) else {
        return Ok(Vec::new());
    };
    let back = std::iter::successors(Some(present), |month| Some(month.before()));
    Ok(back.take_while(|month| *month >= first).take(MONTHS_MAX).collect())
}

/// The report of a month.
pub fn of_month(context: &Context, month: Month) -> Result<Report, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    report::report(context, month)
}

/// Writes a text into a new file. An existing file is never overwritten.
pub fn save(context: &Context, text: &str, path: &Path) -> Result<(), Error> {
    guard::allow(context, Permission::SeeHealth)?;
    let made = std::fs::File::create_new(path);
    let written = made.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| Error::file(path, &error))
}

/// Writes a text into a file that a person chose in a dialog. The dialog has asked about a file that was there.
pub fn replace(context: &Context, text: &str, path: &Path) -> Result<(), Error> {
    guard::allow(context, Permission::SeeHealth)?;
    std::fs::write(path, text).map_err(|error| Error::file(path, &error))
}

/// Whether the report of each month is mailed to the administrator.
pub fn is_mailed(context: &Context) -> Result<bool, Error> {
    guard::allow(context, Permission::SeeHealth)?;
    Ok(context.store().mails_report()?)
}

/// Sets whether the report of each month is mailed to the administrator. The first one is that of the present month.
pub fn set_mailed(context: &Context, on: bool) -> Result<(), Error> {
    guard::allow(context, Permission::ChangeSettings)?;
    if on && !context.store().mails_report()? {
        context.store().set_report_mailed(Some(Month::of(context.now().date_naive()).before()))?;
    }
    context.store().set_mails_report(on)?;
    context.changed(&[Topic::Desk]);
    Ok(())
}
