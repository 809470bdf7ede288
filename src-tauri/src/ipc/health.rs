//! Whether it works: figures, alerts, usage and storage, and the state of the desk.

pub(super) mod alerts;
pub(super) mod desk;
pub(super) mod metrics;
pub(super) mod report;
pub(super) mod storage;
pub(super) mod usage;

use hajime_core::domain::health::usage::Untold;
use hajime_core::error::UserError;
use serde::Serialize;
use ts_rs::TS;

/// Why numbers are missing or old.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ProblemDto {
    message: String,
    next: String,
}

impl From<Untold> for ProblemDto {
    fn from(Untold { message, next }: Untold) -> Self {
        Self { message, next }
    }
}

impl From<UserError> for ProblemDto {
    fn from(UserError { message, next, .. }: UserError) -> Self {
        Self { message, next }
    }
}
