//! Runs the jobs in a process that stays. A tick runs whenever something is due or a person did something, as long as
//! the process has the lease.

use std::time::Duration;

use chrono::TimeDelta;

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::health::desk::WorkerKind;
use crate::error::{Error, UserError};
use crate::jobs::driver::Jobs;
use crate::jobs::job::Group;
use crate::jobs::lease::Lease;
use crate::jobs::reminders::remind;
use crate::jobs::status;
use crate::jobs::tick::{TickReport, tick};
use crate::ports::Topic;
use crate::supervisor::Task;

/// The longest time between two ticks, because another process may have changed the data.
const MAX_REST: Duration = Duration::from_secs(5);
/// The longest rest while something is being sent, so that its end is noticed.
const MAX_REST_WHILE_SENDING: Duration = Duration::from_millis(250);

/// Runs the jobs until it is dropped.
#[derive(Debug)]
pub struct Driver {
    _task: Task<()>,
}

impl Driver {
    /// Starts the jobs on the current tokio runtime. While another process runs the jobs on the same data, this one
    /// waits for the lease.
    #[must_use]
    pub fn start(context: Context) -> Self {
        let supervisor = context.supervisor().clone();
        Self { _task: supervisor.keep_running("watching rooms and recordings", move || run(context.clone())) }
    }
}

async fn run(context: Context) {
    let mut jobs = Jobs::of(&[Group::Pipeline, Group::Account, Group::Data, Group::Outward]);
    let mut lease = Lease::of(WorkerKind::Window);
    loop {
        let rest = match may_work(&context, &mut lease) {
            Ok(true) => work(&context, &mut jobs).await,
            Ok(false) => {
                set_local_trouble(&context, None);
                // The process that runs the jobs may be a terminal, which reminds nobody.
                if let Err(error) = remind(&context) {
                    tracing::warn!(%error, "reminders could not be read");
                }
                // Another process runs the jobs and may have changed anything, so the views are read again.
                context.changed(&[Topic::Desk, Topic::Sessions, Topic::Recordings]);
                MAX_REST
            }
            Err(trouble) => {
                set_local_trouble(&context, Some(trouble));
                MAX_REST
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = context.woken() => jobs.wake(),
        }
    }
}

/// Runs one tick. Returns how long to rest after it.
async fn work(context: &Context, jobs: &mut Jobs) -> Duration {
    let rest = match tick(context, jobs).await {
        Ok(report) => {
            set_local_trouble(context, None);
            rest(context, &report)
        }
        Err(error) => {
            tracing::error!(%error, "a tick of the jobs failed");
            if let Error::Store(error) = &error {
                set_local_trouble(context, Some(error.into()));
            }
            context.changed(&[Topic::Desk]);
            MAX_REST
        }
    };
    jobs.note_next_runs(context, context.now().later(TimeDelta::from_std(rest).unwrap_or_default()));
    status::save_if_due(context);
    rest
}

/// Whether this process may run the jobs at present. The error is one that keeps every process from running them.
fn may_work(context: &Context, lease: &mut Lease) -> Result<bool, UserError> {
    context.store().try_to_write_again();
    if let Some(error) = context.store().reading_only() {
        return Err(error.as_ref().into());
    }
    lease.hold(context).map_err(|error| UserError::from(&error))
}

fn set_local_trouble(context: &Context, trouble: Option<UserError>) {
    if context.health().local != trouble {
        if let Some(trouble) = &trouble {
            tracing::error!(code = %trouble.code, message = trouble.message, "the jobs cannot work");
        }
        context.set_health(|health| health.local = trouble);
        context.changed(&[Topic::Desk]);
    }
}

/// How long to rest until the next tick: at least 50 milliseconds and at most 5 seconds.
#[must_use]
pub fn rest(context: &Context, report: &TickReport) -> Duration {
    let next = report.next.into_iter().chain(report.next_of_schedule).min();
    let wait = next.map_or(TimeDelta::MAX, |next| next.since(context.now()));
    let longest = if report.sending { MAX_REST_WHILE_SENDING } else { MAX_REST };
    wait.max(TimeDelta::milliseconds(50)).to_std().unwrap_or(MAX_REST).min(longest)
}
