//! One process per data folder runs the jobs.

use crate::context::Context;
use crate::error::Error;
use crate::store::locks::Held;

/// The right to run the jobs on a data folder. The operating system takes it back when the process ends, however it ends.
#[derive(Debug, Default)]
pub struct Lease(Option<Held>);

impl Lease {
    /// Whether this process holds it. Takes it if nobody does. A lock file that cannot be opened is an error and no sign of another process.
    pub fn hold(&mut self, context: &Context) -> Result<bool, Error> {
        let Some(lock) = context.locks().map(|locks| &locks.jobs) else { return Ok(true) };
        if self.0.is_none() {
            self.0 = lock.take()?;
        }
        Ok(self.0.is_some())
    }
}
