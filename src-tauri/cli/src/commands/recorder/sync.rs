//! `sync` and `watch`: run the jobs in the foreground.

use std::time::Duration;

use hajime_core::actions::recorder::sync;
use hajime_core::context::Context;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::domain::health::desk::WorkerKind;
use hajime_core::error::UserError;
use hajime_core::jobs::{self, Group, Jobs, Lease, TickReport};
use serde::Serialize;
use tokio::time::Instant;

use crate::output::{self, Output};

/// How long a service rests after a tick that failed, for example because the keyring is locked.
const REST_AFTER_ERROR: Duration = Duration::from_secs(30);

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

/// When `watch` ends by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// Once nothing is left to do.
    pub(crate) until_idle: bool,
    /// After this many seconds.
    pub(crate) timeout: Option<u64>,
}

pub(crate) async fn watch(context: &Context, ends: Ends, is_service: bool, output: Output) -> Result<(), UserError> {
    // A timeout too large for the clock means that there is no deadline.
    let deadline = ends.timeout.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
    // A service stands for the window, so it also compares the whole account.
    let (kind, groups): (_, &[Group]) = if is_service {
        (WorkerKind::Service, &[Group::Pipeline, Group::Account, Group::Data, Group::Outward])
    } else {
        (WorkerKind::Terminal, &[Group::Pipeline, Group::Data, Group::Outward])
    };
    let (mut lease, mut jobs) = (Lease::of(kind), Jobs::of(groups));
    let (mut stop, mut said) = (Stop::listen(), None);
    loop {
        // A job survives being stopped anywhere.
        let looked = tokio::select! {
            looked = look(context, &mut lease, &mut jobs, deadline) => looked,
            () = stop.asked() => break,
        };
        let mut rest = match looked {
            Ok(look) if ends.until_idle && look.idle() => {
                let stopped_jobs = context.supervisor().stopped();
                let view = WatchView { idle: true, open_sessions: 0, in_flight: 0, stopped_jobs };
                output.print(&view, |_| "Nothing is left to do.".to_owned());
                return Ok(());
            }
            Ok(look) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => {
                return Err(gave_up(context, &look));
            }
            Ok(look) => {
                said = None;
                jobs::rest(context, &look)
            }
            // Whoever waits in front of a terminal sees the error. A service says it once and tries again.
            Err(error) if is_service => {
                let words = output::words(&error);
                if said.as_ref() != Some(&words) {
                    Output::note(&words);
                }
                said = Some(words);
                REST_AFTER_ERROR
            }
            Err(error) => return Err(error),
        };
        if let Some(deadline) = deadline {
            rest = rest.min(deadline.saturating_duration_since(Instant::now()));
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = stop.asked() => break,
        }
    }
    jobs::status::save_if_due(context);
    Ok(())
}

/// Runs one tick, or looks at what is left where another process runs the jobs.
async fn look(
    context: &Context,
    lease: &mut Lease,
    jobs: &mut Jobs,
    deadline: Option<Instant>,
) -> Result<TickReport, UserError> {
    if !lease.hold(context)? {
        return Ok(jobs::survey(context)?);
    }
    let report = match before(deadline, jobs::tick(context, jobs)).await {
        Some(report) => report,
        // The deadline stopped the tick. The next tick, in this process or another one, continues the work. A backup that
        // is due is still made.
        None => jobs::tick(context, &mut Jobs::of(&[Group::Data])).await,
    };
    jobs::status::save_if_due(context);
    Ok(report?)
}

/// Hears of a wish to stop: Ctrl+C in the terminal, or the system that ends a service.
struct Stop {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Stop {
    fn listen() -> Self {
        Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .map_err(|error| tracing::warn!(%error, "the end of the service cannot be heard"))
                .ok(),
        }
    }

    async fn asked(&mut self) {
        let interrupted = tokio::signal::ctrl_c();
        #[cfg(unix)]
        if let Some(terminate) = &mut self.terminate {
            tokio::select! {
                result = interrupted => drop(result),
                _ = terminate.recv() => {}
            }
            return;
        }
        drop(interrupted.await);
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
