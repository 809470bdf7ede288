//! Bringing everything up to date with Cloudflare now, whatever the plan says.

use crate::context::Context;
use crate::domain::recorder::sync_report::SyncReport;
use crate::error::Error;
use crate::recorder;

/// Compares the whole account with the database. An error is shown among the jobs too, and they try again.
pub async fn sync(context: &Context) -> Result<SyncReport, Error> {
    recorder::sync::sync_now(context).await
}

/// The first entries at Cloudflare that could not be read as a whole since the start, in words.
#[must_use]
pub fn unreadable_entries(context: &Context) -> Vec<String> {
    context.cloudflare().oddities().iter().map(ToString::to_string).collect()
}

/// Has everything on its way looked at now, whatever the plan says. The process that runs the jobs sees it at its next look.
pub fn make_due(context: &Context) -> Result<(), Error> {
    context.store().make_due(context.now())?;
    context.wake_jobs();
    Ok(())
}
