//! The lease: only one process per data folder runs the jobs.

use crate::context::Context;
use crate::domain::health::desk::{Worker, WorkerKind};
use crate::error::Error;
use crate::store::locks::Held;

/// The right to run the jobs on a data folder. The operating system releases it when the process ends or crashes.
#[derive(Debug, Default)]
pub struct Lease {
    held: Option<Held>,
    kind: WorkerKind,
}

impl Lease {
    /// The lease for a process of this kind. Whoever has it says so to all others.
    #[must_use]
    pub const fn of(kind: WorkerKind) -> Self {
        Self { held: None, kind }
    }

    /// Takes the lease if nobody has it, and returns whether this process has it. A lock file that cannot be opened is
    /// an error: it does not show that another process has the lease.
    pub fn hold(&mut self, context: &Context) -> Result<bool, Error> {
        let Some(lock) = context.locks().map(|locks| &locks.jobs) else { return Ok(true) };
        if self.held.is_none() {
            self.held = lock.take()?;
            if self.held.is_some() {
                self.say(context);
            }
        }
        Ok(self.held.is_some())
    }

    /// The jobs run all the same where this cannot be written.
    fn say(&self, context: &Context) {
        let worker = Worker { kind: self.kind, since: context.now() };
        if let Err(error) = context.store().set_worker(&worker) {
            tracing::debug!(%error, "who runs the jobs could not be written");
        }
    }
}
