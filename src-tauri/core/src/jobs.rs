//! The background jobs: each one reconciles the open sessions and recordings with Cloudflare. Time or a person wakes them.
//!
//! | module | for |
//! |---|---|
//! | [`job`] | what a job is |
//! | [`registry`] | the list of all jobs |
//! | [`driver`] | runs the jobs that are due; knows none of them by name |
//! | [`tick`](mod@tick) | one round of the jobs, and what it found |
//! | [`background`] | ticks for as long as a process stays |
//! | [`lease`] | one process per data folder runs the jobs |
//! | [`status`] | how each job last ran, for the window and the CLI |
//! | [`plan`] | when to ask Cloudflare next, and how much of the rate budget the jobs take |
//! | [`settle`] | what follows a request about a recording |
//!
//! Every other module is one job. A job takes no input, may be stopped at any instruction and may run any number of times.

mod alarms;
mod auto_retry;
mod background;
mod backup;
mod disk_reserve;
mod driver;
mod expiry_warnings;
mod job;
mod lease;
mod notifications;
pub mod plan;
mod recordings;
mod registry;
mod relay_sweep;
mod rooms;
mod settle;
pub mod status;
mod stream;
mod sync;
mod tick;

pub use crate::jobs::background::{Driver, rest};
pub use crate::jobs::driver::Jobs;
pub use crate::jobs::job::Group;
pub use crate::jobs::lease::Lease;
pub use crate::jobs::tick::{TickReport, survey, tick, tick_to_the_end};
