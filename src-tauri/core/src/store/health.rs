//! Tables of health: rules, alerts, what was told of them, and what the rules are compared with.

pub(in crate::store) mod alerts;
mod readings;
pub(in crate::store) mod rules;

pub use readings::{Decided, StorageReading, Timed};
