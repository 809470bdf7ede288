//! Whether it works: the figures and the same for monitoring programs, alerts, usage, storage and prices, the service, what
//! support may read, and the report of a month.

pub(crate) mod alerts;
pub(crate) mod diagnostics;
pub(crate) mod figures;
pub(crate) mod metrics;
pub(crate) mod price;
pub(crate) mod report;
pub(crate) mod service;
pub(crate) mod storage;
pub(crate) mod usage;
