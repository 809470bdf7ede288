//! Notifications on this computer: a test, and quiet hours.

use crate::actions::guard;
use crate::context::Context;
use crate::delivery::desktop;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::desktop_settings::DesktopSettings;
use crate::domain::delivery::quiet_hours::QuietHours;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::desktop::note;

/// How notifications are set, and how they fared.
pub fn get(context: &Context) -> Result<DesktopSettings, Error> {
    guard::allow(context, Permission::SetDesk)?;
    Ok(context.store().desktop()?)
}

/// Sets the quiet hours, in which only what cannot wait is shown; `None` removes them.
pub fn set_quiet_hours(context: &Context, quiet: Option<QuietHours>) -> Result<(), Error> {
    guard::allow(context, Permission::SetDesk)?;
    context.store().set_desktop_quiet(quiet)?;
    context.changed(&[Topic::Deliveries]);
    context.wake_jobs();
    Ok(())
}

/// Shows a test, also in the quiet hours, and notes how it went.
pub async fn test(context: &Context) -> Result<Attempt, Error> {
    guard::allow(context, Permission::SetDesk)?;
    let shown = desktop::test(context.notifier()).await;
    note(context, &shown)?;
    Ok(match shown {
        Ok(()) => Attempt::Accepted { said: "The notification service of this desktop took it.".into() },
        Err(reason) => Attempt::Refused { said: reason.said() },
    })
}
