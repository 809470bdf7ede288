//! The background jobs. Most of them compare the open sessions or recordings with Cloudflare and do what is missing;
//! the others look after the data on this computer. A timer or a person wakes them.
//!
//! | module | for |
//! |---|---|
//! | [`job`] | the trait that every job implements |
//! | [`registry`] | the list of all jobs |
//! | [`driver`] | runs the jobs that are due, without knowing any by name |
//! | [`tick`](mod@tick) | one run over all jobs, and its report |
//! | [`background`] | runs ticks for as long as the process lives |
//! | [`lease`] | lets only one process per data folder run the jobs |
//! | [`status`] | how each job last ran, for the window and the CLI |
//! | [`plan`] | when to ask Cloudflare next, and how many requests the jobs may send |
//! | [`put_off`] | when what failed is tried again, for jobs that keep it in memory |
//! | [`settle`] | notes the result of a request about a recording and when the next one is due |
//!
//! Each of the other modules is one job. A job takes no input, may be stopped at any instruction and may run any number
//! of times.

mod alarms;
mod alerts_watch;
mod auto_end;
mod auto_retry;
mod background;
mod backup;
mod captions;
mod checks;
mod database_check;
mod deliveries;
mod descriptions;
mod disk_reserve;
mod door;
mod driver;
mod expiry_warnings;
mod feeds;
mod job;
mod keys;
mod lease;
mod notifications;
mod people;
pub mod plan;
mod preflight;
mod put_off;
mod recordings;
mod registry;
mod relay_sweep;
mod reminders;
mod report_mail;
mod retention;
mod rooms;
mod rooms_ahead;
mod search_index;
mod series;
mod session_texts;
mod settle;
pub mod status;
mod stream;
mod sync;
mod tick;
mod to_stream;
mod transfers;
mod usage;

pub use crate::jobs::background::{Driver, rest};
pub use crate::jobs::driver::Jobs;
pub use crate::jobs::job::Group;
pub use crate::jobs::lease::Lease;
pub use crate::jobs::tick::{TickReport, run_once, send_what_is_due, survey, tick, tick_to_the_end};
