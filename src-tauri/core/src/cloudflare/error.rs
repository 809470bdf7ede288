//! The errors of calls, sorted by their consequence. None of them contains a token, an address or an unfiltered body.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Local, TimeDelta, Utc};

use crate::domain::address::Untrusted;
use crate::domain::bounds::Moved as _;
use crate::domain::error_code::ErrorCode;
use crate::ports::SecretError;

use crate::cloudflare::redact::plain;

/// The product that a call or permission is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Surface {
    /// RealtimeKit: rooms, participants, recordings.
    Realtime,
    /// Stream: videos.
    Stream,
    /// Workers: the published join page.
    Workers,
    /// Email Sending: letters.
    Email,
    /// GraphQL analytics: how long videos were watched.
    Analytics,
    /// D1: the database of the door.
    D1,
    /// The making of API tokens.
    Tokens,
    /// Everything else, such as whether the API token is active.
    Other,
}

/// The reason why the credentials were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialProblem {
    /// Cloudflare does not know the token.
    Unknown,
    /// The token is valid but not for this account.
    AccountNotInScope,
    /// The token lacks a permission for this product.
    PermissionMissing(Surface),
    /// The token is so new that not every server knows it yet.
    Propagating,
    /// The token may not be used from this network. Cloudflare may name the network's address.
    Location(Option<IpAddr>),
    /// The token has expired.
    Expired,
    /// The token is not valid yet.
    NotYetValid,
}

/// A time during which a kind of call is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    /// The time that is left.
    pub retry_after: Duration,
    /// The moment at which the block ends; `None` if the clock was not read.
    pub until: Option<DateTime<Utc>>,
    /// Whether Cloudflare named the time. Otherwise Hajime chose it.
    pub asked: bool,
}

impl Default for Blocked {
    fn default() -> Self {
        Self { retry_after: Duration::from_secs(300), until: None, asked: false }
    }
}

impl Blocked {
    /// The end of the block by the local clock, rounded up to the next minute, such as “at 18:04”.
    #[must_use]
    pub fn end(&self) -> String {
        match self.until {
            Some(until) => format!("at {}", until.later(TimeDelta::seconds(59)).with_timezone(&Local).format("%H:%M")),
            None => format!("in {} seconds", self.retry_after.as_secs().max(1)),
        }
    }
}

/// The reason why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The keyring did not give the API token, so no request was sent.
    #[error("no API token: {0}")]
    NoToken(SecretError),
    /// The credentials do not allow the call.
    #[error("credentials: {0:?}")]
    Credentials(CredentialProblem),
    /// The role of the desk only reads, so no request was sent.
    #[error("the role of this desk only reads")]
    ReadsOnly,
    /// Cloudflare has nothing with this id.
    #[error("not found: {message}")]
    Missing {
        /// Cloudflare's message, filtered.
        message: String,
    },
    /// The request conflicts with the current state, for example a recording that already runs.
    #[error("conflict: {message}")]
    Conflict {
        /// Cloudflare's message, filtered.
        message: String,
    },
    /// Cloudflare understood the request and refused it.
    #[error("refused with {status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Cloudflare's code; `None` if it gave none.
        code: Option<i64>,
        /// Cloudflare's message, filtered.
        message: String,
    },
    /// Stream's storage is full.
    #[error("storage is full: {message}")]
    StorageFull {
        /// Cloudflare's message, filtered.
        message: String,
    },
    /// The account has used up what D1's free plan gives in a day.
    #[error("daily limit of D1: {message}")]
    DailyLimit {
        /// Cloudflare's message, filtered.
        message: String,
    },
    /// The token or its owner may not do this, for a reason that no document names.
    #[error("forbidden with {status}: {message}")]
    Forbidden {
        /// HTTP status.
        status: u16,
        /// Cloudflare's code; `None` if it gave none.
        code: Option<i64>,
        /// Cloudflare's message, filtered.
        message: String,
    },
    /// Too many requests were sent. This kind of call is not sent until the block ends.
    #[error("rate limited for {} s", .0.retry_after.as_secs())]
    RateLimited(Blocked),
    /// An address in a reply is not trusted, so it is not used.
    #[error("{0}")]
    Untrusted(Untrusted),
    /// A transfer was ended because it was too slow.
    #[error("fewer than {least} bytes a second")]
    TooSlow {
        /// The lowest speed that is allowed, in bytes per second.
        least: u64,
    },
    /// The origin of a recording's file refused it.
    #[error("the file was refused with {status}")]
    FileRefused {
        /// HTTP status.
        status: u16,
    },
    /// No connection could be made, so nothing was sent.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// The host that was tried.
        host: String,
        /// The cause, without the address.
        why: String,
    },
    /// The connection broke or timed out, perhaps after the request had been sent.
    #[error("the answer was lost: {why}")]
    Lost {
        /// The cause, without the address.
        why: String,
    },
    /// Cloudflare has an error of its own.
    #[error("Cloudflare answered {status}")]
    Server {
        /// HTTP status.
        status: u16,
    },
    /// The answer is about another thing than the one that was asked about.
    #[error("asked about {what} {asked}, answered about {answered}")]
    OfAnother {
        /// The kind of thing: `Stream video`, `RealtimeKit recording`, …
        what: &'static str,
        /// The id in the request.
        asked: String,
        /// The id in the answer.
        answered: String,
    },
    /// The answer does not have a documented form.
    #[error("unreadable answer ({status}): {why}")]
    Unreadable {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// An error if an answer has another id than the request. Capitals in ids do not matter.
    pub(crate) fn unless_same(what: &'static str, asked: &str, answered: &str) -> Result<(), Self> {
        if asked.eq_ignore_ascii_case(answered) {
            return Ok(());
        }
        Err(Self::OfAnother { what, asked: asked.to_owned(), answered: plain(answered) })
    }

    /// Whether another call would fail for the same reason: no network, no requests left, or credentials that do not work.
    #[must_use]
    pub const fn concerns_every_call(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::RateLimited(_)
                | Self::Lost { .. }
                | Self::Credentials(_)
                | Self::NoToken(_)
                | Self::ReadsOnly
        )
    }

    /// Whether the same call may succeed later by itself.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Credentials(CredentialProblem::Propagating)
            | Self::RateLimited { .. }
            | Self::DailyLimit { .. }
            | Self::Unreachable { .. }
            | Self::Lost { .. }
            | Self::TooSlow { .. }
            | Self::FileRefused { .. }
            | Self::Server { .. }
            | Self::OfAnother { .. }
            | Self::Unreadable { .. } => true,
            Self::NoToken(_)
            | Self::ReadsOnly
            | Self::Credentials(_)
            | Self::Forbidden { .. }
            | Self::Untrusted(_)
            | Self::Missing { .. }
            | Self::Conflict { .. }
            | Self::Refused { .. }
            | Self::StorageFull { .. } => false,
        }
    }

    /// Whether the call may have taken effect. Then what exists must be looked up before the call is repeated.
    #[must_use]
    pub const fn outcome_unknown(&self) -> bool {
        match self {
            Self::Lost { .. }
            | Self::Server { .. }
            | Self::OfAnother { .. }
            | Self::Unreadable { .. }
            | Self::Untrusted(_) => true,
            Self::NoToken(_)
            | Self::ReadsOnly
            | Self::Credentials(_)
            | Self::Forbidden { .. }
            | Self::TooSlow { .. }
            | Self::FileRefused { .. }
            | Self::Missing { .. }
            | Self::Conflict { .. }
            | Self::Refused { .. }
            | Self::StorageFull { .. }
            | Self::DailyLimit { .. }
            | Self::RateLimited { .. }
            | Self::Unreachable { .. } => false,
        }
    }

    /// Whether the error concerns this call only, so that another call may succeed.
    #[must_use]
    pub const fn is_of_this_call(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Conflict { .. }
            | Self::Refused { .. }
            | Self::Server { .. }
            | Self::Untrusted(_)
            | Self::TooSlow { .. }
            | Self::FileRefused { .. }
            | Self::OfAnother { .. }
            | Self::Unreadable { .. } => true,
            Self::NoToken(_)
            | Self::ReadsOnly
            | Self::Credentials(_)
            | Self::Forbidden { .. }
            | Self::StorageFull { .. }
            | Self::DailyLimit { .. }
            | Self::RateLimited { .. }
            | Self::Unreachable { .. }
            | Self::Lost { .. } => false,
        }
    }

    /// Whether other calls would fail too, because there is no connection or the credentials are refused.
    #[must_use]
    pub const fn is_of_every_call(&self) -> bool {
        !self.is_of_this_call()
            && !matches!(self, Self::RateLimited(_) | Self::StorageFull { .. } | Self::DailyLimit { .. })
    }

    /// The shortest wait before the same call; `None` if Cloudflare asks for none.
    #[must_use]
    pub fn retry_after(&self) -> Option<TimeDelta> {
        match self {
            Self::RateLimited(blocked) => TimeDelta::from_std(blocked.retry_after).ok(),
            _ => None,
        }
    }

    /// The stable code of the error in the CLI and the IPC.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NoToken(_) => ErrorCode::Keyring,
            Self::ReadsOnly => ErrorCode::Role,
            Self::Credentials(CredentialProblem::PermissionMissing(_)) => ErrorCode::Permission,
            Self::Credentials(_) | Self::Forbidden { .. } => ErrorCode::Credentials,
            Self::Untrusted(_) => ErrorCode::UntrustedAddress,
            Self::TooSlow { .. } => ErrorCode::TooSlow,
            Self::FileRefused { .. } => ErrorCode::FileRefused,
            Self::Missing { .. } => ErrorCode::NotFound,
            Self::Conflict { .. } => ErrorCode::Conflict,
            Self::Refused { .. } | Self::DailyLimit { .. } => ErrorCode::CloudflareRefused,
            Self::StorageFull { .. } => ErrorCode::StorageFull,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Unreachable { .. } | Self::Lost { .. } => ErrorCode::Offline,
            Self::Server { .. } | Self::OfAnother { .. } | Self::Unreadable { .. } => ErrorCode::CloudflareUnreadable,
        }
    }

    /// Cloudflare's message, filtered, if it understood the request and gave one.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Missing { message }
            | Self::Conflict { message }
            | Self::Refused { message, .. }
            | Self::StorageFull { message }
            | Self::DailyLimit { message }
            | Self::Forbidden { message, .. } => Some(message.as_str()).filter(|message| !message.is_empty()),
            Self::NoToken(_)
            | Self::ReadsOnly
            | Self::Credentials(_)
            | Self::RateLimited(_)
            | Self::Untrusted(_)
            | Self::TooSlow { .. }
            | Self::FileRefused { .. }
            | Self::Unreachable { .. }
            | Self::Lost { .. }
            | Self::Server { .. }
            | Self::OfAnother { .. }
            | Self::Unreadable { .. } => None,
        }
    }

    /// A sentence for people.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::NoToken(error) => error.user_message().into(),
            Self::ReadsOnly => "The role of this desk may not change anything at Cloudflare.".into(),
            Self::Credentials(CredentialProblem::Unknown) => "Cloudflare does not know this API token.".into(),
            Self::Credentials(CredentialProblem::AccountNotInScope) => "The API token is not for this account.".into(),
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Realtime)) => {
                "The API token lacks the permission “Realtime”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Stream)) => {
                "The API token lacks the permission “Stream: Edit”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Workers)) => {
                "The API token lacks the permission “Workers Scripts: Edit”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Email)) => {
                "The API token lacks the permission “Email Sending: Edit”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Analytics)) => {
                "The API token lacks the permission “Account Analytics: Read”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::D1)) => {
                "The API token lacks the permission “D1: Edit”.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Tokens)) => {
                "The API token lacks the permission to make API tokens.".into()
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Other)) => {
                "The API token lacks a permission.".into()
            }
            Self::Credentials(CredentialProblem::Propagating) => {
                "Cloudflare does not know this new API token everywhere yet.".into()
            }
            Self::Credentials(CredentialProblem::Location(Some(address))) => {
                format!("Cloudflare does not allow this API token from this network ({address}).")
            }
            Self::Credentials(CredentialProblem::Location(None)) => {
                "Cloudflare does not allow this API token from this network.".into()
            }
            Self::Credentials(CredentialProblem::Expired) => "The API token has expired.".into(),
            Self::Credentials(CredentialProblem::NotYetValid) => "The API token does not work yet.".into(),
            Self::Forbidden { status, message, .. } if message.is_empty() => {
                format!("Cloudflare did not allow this and gave no reason ({status}).")
            }
            Self::Forbidden { status, message, .. } => format!("Cloudflare did not allow this ({status}): {message}"),
            Self::Untrusted(untrusted) => format!("{untrusted}."),
            Self::TooSlow { least } => {
                format!("The transfer was too slow to go on: less than {} KB a second.", (*least / 1_000).max(1))
            }
            Self::FileRefused { status } => {
                format!("The file was refused at its address ({status}), and why is not known.")
            }
            Self::Missing { .. } => "Cloudflare no longer has this item.".into(),
            Self::Conflict { message } | Self::Refused { message, .. } if message.is_empty() => {
                "Cloudflare refused this.".into()
            }
            Self::Conflict { message } | Self::Refused { message, .. } => format!("Cloudflare refused this: {message}"),
            Self::StorageFull { .. } => "Stream’s storage is full.".into(),
            Self::DailyLimit { .. } => "The account has used up what D1’s free plan gives in a day.".into(),
            Self::RateLimited(Blocked { asked: true, retry_after, .. }) => {
                format!("Cloudflare asked to wait {} seconds: too many requests.", retry_after.as_secs().max(1))
            }
            Self::RateLimited(_) => "Cloudflare refused for now: too many requests.".into(),
            Self::Unreachable { host, .. } => format!("{host} cannot be reached."),
            Self::Lost { .. } => "The connection to Cloudflare broke.".into(),
            Self::Server { status } => format!("Cloudflare has trouble right now ({status})."),
            Self::OfAnother { what, asked, answered } => {
                format!("Cloudflare was asked about the {what} {asked} and answered about another one ({answered}).")
            }
            Self::Unreadable { status, .. } => format!("The answer was not one that Cloudflare gives ({status})."),
        }
    }

    /// The next step for people, as a sentence.
    #[must_use]
    pub fn next_step(&self) -> String {
        match self {
            Self::NoToken(error) => error.next_step(),
            Self::ReadsOnly => {
                "Ask an admin, or switch the role in Settings with the admin passphrase (in a terminal: role set)."
            }
            Self::Credentials(CredentialProblem::Unknown) => {
                "Copy the token again, or make a new one in the Cloudflare dashboard."
            }
            Self::Credentials(CredentialProblem::AccountNotInScope) => {
                "Check the account id, or include the account when making the token."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Realtime)) => {
                "Edit the token in the Cloudflare dashboard: Account, Realtime, Edit."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Stream)) => {
                "Edit the token in the Cloudflare dashboard: Account, Stream, Edit."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Workers)) => {
                "Edit the token in the Cloudflare dashboard: Account, Workers Scripts, Edit."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Email)) => {
                "Edit the token in the Cloudflare dashboard: Account, Email Sending, Edit."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Analytics)) => {
                "Edit the token in the Cloudflare dashboard: Account, Account Analytics, Read. Hajime asks again within a day."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::D1)) => {
                "Edit the token in the Cloudflare dashboard: Account, D1, Edit."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Tokens)) => {
                "Edit the token in the Cloudflare dashboard: Account, Account API Tokens, Edit; the token of a user needs User, API Tokens, Edit."
            }
            Self::Credentials(CredentialProblem::PermissionMissing(Surface::Other)) => {
                "Edit the token in the Cloudflare dashboard: it needs Account, Realtime, Edit and Account, Stream, Edit. Cloudflare did not say which one is missing."
            }
            Self::Credentials(CredentialProblem::Propagating) => "Wait a few seconds and try again.",
            Self::Credentials(CredentialProblem::Location(_)) => {
                "Use a network that the token allows, or change “Client IP address filtering” of the token in the Cloudflare dashboard."
            }
            Self::Credentials(CredentialProblem::Expired) => "Make a new token in the Cloudflare dashboard.",
            Self::Credentials(CredentialProblem::NotYetValid) => {
                "Wait until its time begins, or change “TTL” of the token in the Cloudflare dashboard."
            }
            Self::Forbidden { .. } => {
                "Why is not known. Look at the token and the account in the Cloudflare dashboard, or ask whoever runs them."
            }
            Self::Untrusted(_) => {
                "Check whether a proxy or a sign-in page changes Cloudflare’s replies. Nothing was sent there."
            }
            Self::TooSlow { .. } => "Try again on a faster network: the transfer continues where it stopped.",
            Self::FileRefused { .. } => {
                "Try again later. If it stays, ask whether this network keeps out Cloudflare’s file storage."
            }
            Self::Missing { .. } => "Check now, to see what is there.",
            Self::Conflict { .. } | Self::Refused { .. } => {
                "Check the input, and the settings in the Cloudflare dashboard."
            }
            Self::StorageFull { .. } => "Free storage in Stream or raise the limit, then try again.",
            Self::DailyLimit { .. } => "It works again after midnight UTC, or at once on a paid plan of Workers.",
            Self::RateLimited(blocked) => return format!("Nothing to do: Hajime tries again {}.", blocked.end()),
            Self::Unreachable { .. } => "Check the network. Hajime goes on by itself once it is back.",
            Self::Lost { .. } | Self::Server { .. } => "Try again in a moment.",
            Self::OfAnother { .. } => {
                "Nothing was changed. Try again in a moment; if it stays so, check whether a proxy is in between."
            }
            Self::Unreadable { .. } => "Check whether a proxy or a sign-in page is in between, then try again.",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_step_for_a_missing_permission_names_the_permission() {
        let next = |surface| Error::Credentials(CredentialProblem::PermissionMissing(surface)).next_step();
        assert!(next(Surface::Realtime).contains("Realtime") && !next(Surface::Realtime).contains("Stream"));
        assert!(next(Surface::Stream).contains("Stream") && !next(Surface::Stream).contains("Realtime"));
        assert!(next(Surface::Workers).contains("Workers Scripts") && !next(Surface::Workers).contains("Stream"));
        assert!(next(Surface::Email).contains("Email Sending") && !next(Surface::Email).contains("Stream"));
        assert!(next(Surface::Analytics).contains("Account Analytics") && !next(Surface::Analytics).contains("Stream"));
        assert!(next(Surface::D1).contains("D1, Edit") && !next(Surface::D1).contains("Workers"));
        assert!(next(Surface::Tokens).contains("Account API Tokens") && !next(Surface::Tokens).contains("D1"));
        assert!(next(Surface::Other).contains("Realtime") && next(Surface::Other).contains("Stream"));
    }
}
