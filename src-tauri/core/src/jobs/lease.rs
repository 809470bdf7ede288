//! The lease: only one process per data folder runs the jobs.

use crate::context::Context;
use crate::error::Error;
use crate::store::locks::Held;

/// The right to run the jobs on a data folder. The operating system releases it when the process ends or crashes.
#[derive(Debug, Default)]
pub struct Lease(Option<Held>);

impl Lease {
    /// Takes the lease if nobody has it, and returns whether this process has it. A lock file that cannot be opened is
    /// an error: it does not show that another process has the lease.
    pub fn hold(&mut self, context: &Context) -> Result<bool, Error> {
        let Some(lock) = context.locks().map(|locks| &locks.jobs) else { return Ok(true) };
        if self.0.is_none() {
            self.0 = lock.take()?;
        }
        Ok(self.0.is_some())
    }
}
