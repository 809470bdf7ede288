//! Queries of the figures of Health.
//!
//! | module | purpose |
//! |---|---|
//! | `figures` | the recordings and classes of a period, through indexes that hold every column that is read |
//! | `desk_days` | the days on which the jobs of this desk ran |
//! | `told` | deliveries of a period, by channel and state |

pub(in crate::store) mod desk_days;
mod figures;
mod told;

pub use told::Told;
//! Tables of health: rules, alerts, what was told of them, and what the rules are compared with.

pub(in crate::store) mod alerts;
mod readings;
pub(in crate::store) mod rules;

pub use readings::{Decided, StorageReading, Timed};
