//! `sync` and `watch`: run the jobs in the foreground.

use std::time::Duration;

use hajime_core::actions::recorder::sync;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use hajime_core::jobs::{self, Group, Jobs, Lease, TickReport};
use serde::Serialize;
use tokio::time::Instant;

use crate::output::Output;

#[derive(Debug, Serialize)]
struct SyncView {
    videos: usize,
    updated: usize,
    missing: usize,
    found: usize,
    rooms: usize,
    closed: usize,
    odd: usize,
    odd_entries: Vec<String>,
    open_sessions: usize,
    in_flight: usize,
    stopped_jobs: u64,
}

pub(crate) async fn sync(context: &Context, output: Output) -> Result<(), UserError> {
    let found = sync::sync(context).await?;
    sync::make_due(context)?;
    let mut lease = Lease::default();
    // If the window is open, it holds the lease, and its jobs run now because everything is due.
    let look = if lease.hold(context)? { jobs::tick_to_the_end(context).await? } else { jobs::survey(context)? };
    if let Some(trouble) = context.health().trouble {
        return Err(trouble);
    }
    let view = SyncView {
        videos: found.videos,
        updated: found.updated,
        missing: found.missing,
        found: found.found,
        rooms: found.rooms,
        closed: found.closed,
        odd: found.odd,
        odd_entries: sync::unreadable_entries(context),
        open_sessions: look.open_sessions,
        in_flight: look.in_flight,
        stopped_jobs: context.supervisor().stopped(),
    };
    output.print(&view, |view| {
        let found = format!(
            "{} videos at Stream; {} recordings updated, {} missing, {} adopted from other desks; {} in progress.",
            view.videos, view.updated, view.missing, view.found, view.in_flight
        );
        let odd = view.odd_entries.iter().map(|odd| format!("Could not be read: {odd}."));
        std::iter::once(found).chain(odd).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

#[derive(Debug, Serialize)]
struct WatchView {
    idle: bool,
    open_sessions: usize,
    in_flight: usize,
    /// How often a background job stopped unexpectedly during this command.
    stopped_jobs: u64,
}

pub(crate) async fn watch(
    context: &Context,
    until_idle: bool,
    timeout: Option<u64>,
    output: Output,
) -> Result<(), UserError> {
    // A timeout too large for the clock means that there is no deadline.
    let deadline = timeout.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
    let (mut lease, mut jobs) = (Lease::default(), Jobs::of(&[Group::Pipeline, Group::Data, Group::Outward]));
    loop {
        // While the window is open, its jobs do the work, and this command only counts what is left.
        let look = if lease.hold(context)? {
            let report = match before(deadline, jobs::tick(context, &mut jobs)).await {
                Some(report) => report?,
                // The deadline stopped the tick. The next tick, in this process or another one, continues the work. A
                // backup that is due is still made.
                None => jobs::tick(context, &mut Jobs::of(&[Group::Data])).await?,
            };
            jobs::status::save_if_due(context);
            report
        } else {
            jobs::survey(context)?
        };
        if until_idle && look.idle() {
            let view =
                WatchView { idle: true, open_sessions: 0, in_flight: 0, stopped_jobs: context.supervisor().stopped() };
            output.print(&view, |_| "Nothing is left to do.".to_owned());
            return Ok(());
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(gave_up(context, &look));
        }
        let mut rest = jobs::rest(context, &look);
        if let Some(deadline) = deadline {
            rest = rest.min(deadline.saturating_duration_since(Instant::now()));
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            result = tokio::signal::ctrl_c() => {
                drop(result);
                return Ok(());
            }
        }
    }
}

/// Waits for `work` and returns its result; `None` if the deadline passes first.
async fn before<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
        None => Some(work.await),
    }
}

fn gave_up(context: &Context, look: &TickReport) -> UserError {
    if let Some(trouble) = context.health().trouble {
        return trouble;
    }
    UserError::new(
        ErrorCode::Timeout,
        format!("{} sessions are still open and {} recordings still on their way.", look.open_sessions, look.in_flight),
        "Run the command again to watch longer. Classes and recordings go on without it.",
    )
}
