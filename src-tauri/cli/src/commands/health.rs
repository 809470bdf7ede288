//! How this desk fares: the service, what support may read, the report of a month.

pub(crate) mod diagnostics;
pub(crate) mod report;
pub(crate) mod service;
