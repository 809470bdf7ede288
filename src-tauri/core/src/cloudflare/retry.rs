//! When a call is repeated at once, and how often. Longer waits are the jobs' business.

use std::time::Duration;

use backon::ExponentialBuilder;

use crate::cloudflare::error::{CredentialProblem, Error};

/// Whether a call may be repeated without knowing what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The call reads, or sets a value that a second call would set again.
    Safe,
    /// The call creates something. Only a person, or a job that looked up what exists, may repeat it.
    Never,
}

/// Two repetitions, half a second and more apart.
pub(super) fn schedule() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(300))
        .with_max_delay(Duration::from_secs(2))
        .with_max_times(2)
        .with_jitter()
}

/// The one classifier: whether this failure is worth repeating at once.
pub(super) const fn worth_repeating(error: &Error) -> bool {
    match error {
        Error::Credentials(CredentialProblem::Propagating)
        | Error::Unreachable { .. }
        | Error::Lost { .. }
        | Error::Server { .. }
        | Error::OfAnother { .. }
        | Error::Unreadable { .. } => true,
        // A block lasts longer than anybody waits for a call.
        Error::RateLimited { .. }
        | Error::Untrusted(_)
        | Error::TooSlow { .. }
        | Error::FileRefused { .. }
        | Error::Forbidden { .. }
        | Error::NoToken(_)
        | Error::Credentials(_)
        | Error::Missing { .. }
        | Error::Conflict { .. }
        | Error::Refused { .. }
        | Error::StorageFull { .. } => false,
    }
}
