//! Decides whether and how often a call is repeated at once. The jobs decide about later repetitions.

use std::time::Duration;

use backon::ExponentialBuilder;

use crate::cloudflare::error::{CredentialProblem, Error};

/// Whether a call may be repeated when its outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The call reads something, or sets a value that a repetition would set again.
    Safe,
    /// The call creates something. Only a person may repeat it, or a job that has looked up what exists.
    Never,
}

/// The waits before at most two repetitions: from 0.3 seconds on, with jitter.
pub(super) fn schedule() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(300))
        .with_max_delay(Duration::from_secs(2))
        .with_max_times(2)
        .with_jitter()
}

/// Whether a call with this error is worth repeating at once.
pub(super) const fn worth_repeating(error: &Error) -> bool {
    match error {
        Error::Credentials(CredentialProblem::Propagating)
        | Error::Unreachable { .. }
        | Error::Lost { .. }
        | Error::Server { .. }
        | Error::OfAnother { .. }
        | Error::Unreadable { .. } => true,
        // A block lasts longer than a caller can wait.
        Error::RateLimited { .. }
        | Error::DailyLimit { .. }
        | Error::Untrusted(_)
        | Error::TooSlow { .. }
        | Error::FileRefused { .. }
        | Error::Forbidden { .. }
        | Error::NoToken(_)
        | Error::ReadsOnly
        | Error::Credentials(_)
        | Error::Missing { .. }
        | Error::Conflict { .. }
        | Error::Refused { .. }
        | Error::StorageFull { .. } => false,
    }
}
