//! Compares the account with Cloudflare at once, whatever the plan says.

use crate::actions::guard;
use crate::context::Context;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::sync_report::SyncReport;
use crate::error::Error;
use crate::recorder;

/// Compares the whole account with the database. An error is also shown among the jobs, which try again.
pub async fn sync(context: &Context) -> Result<SyncReport, Error> {
    guard::allow(context, Permission::SeeDesk)?;
    recorder::sync::sync_now(context).await
}

/// The entries of Cloudflare's replies that could not be read completely since the start, in words. Only the first ones
/// are kept.
#[must_use]
pub fn unreadable_entries(context: &Context) -> Vec<String> {
    context.cloudflare().oddities().iter().map(ToString::to_string).collect()
}

/// Makes every recording in processing due, whatever the plan says. If another process runs the jobs, its next tick
/// finds them due.
pub fn make_due(context: &Context) -> Result<(), Error> {
    guard::allow(context, Permission::SeeDesk)?;
    context.store().make_due(context.now())?;
    context.wake_jobs();
    Ok(())
}
