//! Why a call failed, by what follows from it. No variant carries a token, an address or an unfiltered body.

use std::time::Duration;

use chrono::TimeDelta;

/// Which product a permission is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// Rooms, participants, recordings.
    Realtime,
    /// Videos.
    Stream,
    /// Tokens and whatever else.
    Other,
}

/// What is wrong with the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialProblem {
    /// Cloudflare does not know the token.
    Unknown,
    /// The token is not for this account.
    AccountNotInScope,
    /// The token lacks a permission for this product.
    PermissionMissing(Surface),
    /// A token this fresh is not known everywhere yet.
    Propagating,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The credentials do not allow it.
    #[error("credentials: {0:?}")]
    Credentials(CredentialProblem),
    /// There is no such thing.
    #[error("not found: {message}")]
    Missing {
        /// Cloudflare's words, filtered.
        message: String,
    },
    /// It clashes with what is there, for example a recording that already runs.
    #[error("conflict: {message}")]
    Conflict {
        /// Cloudflare's words, filtered.
        message: String,
    },
    /// Cloudflare understood and refused.
    #[error("refused with {status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Cloudflare's code, if it gave one.
        code: Option<i64>,
        /// Cloudflare's words, filtered.
        message: String,
    },
    /// Stream's storage is used up.
    #[error("storage is full: {message}")]
    StorageFull {
        /// Cloudflare's words, filtered.
        message: String,
    },
    /// Too many requests; nothing is sent until this is over.
    #[error("rate limited for {} s", retry_after.as_secs())]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// No connection came about: nothing was asked.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// The host that was tried.
        host: String,
        /// The cause, without the address.
        why: String,
    },
    /// The connection broke or took too long after the request may have been sent.
    #[error("the answer was lost: {why}")]
    Lost {
        /// The cause, without the address.
        why: String,
    },
    /// Cloudflare has trouble of its own.
    #[error("Cloudflare answered {status}")]
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The answer is not what Cloudflare documents.
    #[error("unreadable answer ({status}): {why}")]
    Unreadable {
        /// HTTP status.
        status: u16,
        /// Why.
        why: String,
    },
}

impl Error {
    /// Whether asking the same again later can succeed by itself.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Credentials(CredentialProblem::Propagating)
            | Self::RateLimited { .. }
            | Self::Unreachable { .. }
            | Self::Lost { .. }
            | Self::Server { .. }
            | Self::Unreadable { .. } => true,
            Self::Credentials(_)
            | Self::Missing { .. }
            | Self::Conflict { .. }
            | Self::Refused { .. }
            | Self::StorageFull { .. } => false,
        }
    }

    /// Whether the call may have taken effect all the same. Then what exists must be looked up before it is asked for again.
    #[must_use]
    pub const fn outcome_unknown(&self) -> bool {
        match self {
            Self::Lost { .. } | Self::Server { .. } | Self::Unreadable { .. } => true,
            Self::Credentials(_)
            | Self::Missing { .. }
            | Self::Conflict { .. }
            | Self::Refused { .. }
            | Self::StorageFull { .. }
            | Self::RateLimited { .. }
            | Self::Unreachable { .. } => false,
        }
    }

    /// Whether only this call went wrong: another one may well be answered.
    #[must_use]
    pub const fn is_of_this_call(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Conflict { .. }
            | Self::Refused { .. }
            | Self::Server { .. }
            | Self::Unreadable { .. } => true,
            Self::Credentials(_)
            | Self::StorageFull { .. }
            | Self::RateLimited { .. }
            | Self::Unreachable { .. }
            | Self::Lost { .. } => false,
        }
    }

    /// How long Cloudflare asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<TimeDelta> {
        match self {
            Self::RateLimited { retry_after } => TimeDelta::from_std(*retry_after).ok(),
            _ => None,
        }
    }

    /// The stable word for it in the CLI and the IPC.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Credentials(CredentialProblem::PermissionMissing(_)) => "permission",
            Self::Credentials(_) => "credentials",
            Self::Missing { .. } => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::Refused { .. } => "cloud_refused",
            Self::StorageFull { .. } => "storage_full",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unreachable { .. } | Self::Lost { .. } => "offline",
            Self::Server { .. } | Self::Unreadable { .. } => "cloud_unreadable",
        }
    }

    /// A sentence for a person.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::Credentials(CredentialProblem::Unknown) => "Cloudflare does not know this API token.".into(),
            Self::Credentials(CredentialProblem::AccountNotInScope) => "The API token is not for this account.".into(),
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Realtime)) => {
                "The API token lacks the permission “Realtime”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Stream)) => {
                "The API token lacks the permission “Stream: Edit”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Other)) => {
                "The API token lacks a permission.".into()
            }
            Self::Credentials(CredentialProblem::Propagating) => {
                "Cloudflare does not know this new API token everywhere yet.".into()
            }
            Self::Missing { .. } => "Cloudflare has no such thing any more.".into(),
            Self::Conflict { message } | Self::Refused { message, .. } if message.is_empty() => {
                "Cloudflare refused this.".into()
            }
            Self::Conflict { message } | Self::Refused { message, .. } => format!("Cloudflare refused this: {message}"),
            Self::StorageFull { .. } => "Stream’s storage is full.".into(),
            Self::RateLimited { retry_after } => {
                format!("Cloudflare asked to wait {} seconds: too many requests.", retry_after.as_secs().max(1))
            }
            Self::Unreachable { host, .. } => format!("{host} cannot be reached."),
            Self::Lost { .. } => "The connection to Cloudflare broke.".into(),
            Self::Server { status } => format!("Cloudflare has trouble right now ({status})."),
            Self::Unreadable { status, .. } => format!("The answer was not one that Cloudflare gives ({status})."),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn next_step(&self) -> String {
        match self {
            Self::Credentials(CredentialProblem::Unknown) => {
                "Copy the token again, or make a new one in the Cloudflare dashboard."
            }
            Self::Credentials(CredentialProblem::AccountNotInScope) => {
                "Check the account id, or include the account when making the token."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Realtime)) => {
                "Edit the token in the Cloudflare dashboard: Account, Realtime, Edit."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(_)) => {
                "Edit the token in the Cloudflare dashboard: Account, Stream, Edit."
            }
            Self::Credentials(CredentialProblem::Propagating) => "Wait a few seconds and try again.",
            Self::Missing { .. } => "Check now, to see what is there.",
            Self::Conflict { .. } | Self::Refused { .. } => {
                "Check the input, and the settings in the Cloudflare dashboard."
            }
            Self::StorageFull { .. } => "Free storage in Stream or raise the limit, then try again.",
            Self::RateLimited { .. } => "Nothing to do: Hajime waits and goes on by itself.",
            Self::Unreachable { .. } => "Check the network. Hajime goes on by itself once it is back.",
            Self::Lost { .. } | Self::Server { .. } => "Try again in a moment; nothing is lost.",
            Self::Unreadable { .. } => "Check whether a proxy or a sign-in page is in between, then try again.",
        }
        .into()
    }
}
