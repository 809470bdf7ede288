//! Checks whether Cloudflare knows the API token and the token is active. This says nothing about its permissions.

use chrono::{DateTime, Utc};

use crate::cloudflare::error::{CredentialProblem, Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};

/// The state of the API token at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenStatus {
    /// The state of the token.
    pub status: TokenState,
    /// When the token becomes valid; `None` if it was valid from the start.
    pub not_before: Option<DateTime<Utc>>,
    /// When the token expires; `None` if never.
    pub expires_on: Option<DateTime<Utc>>,
    /// The owner of the token.
    pub owner: TokenOwner,
}

/// The state of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// The token is active.
    Active,
    /// The token was disabled.
    Disabled,
    /// The token has expired.
    Expired,
    /// A state that no document names.
    Unknown,
}

/// The owner of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    /// A user.
    User,
    /// The account itself.
    Account,
}

struct TokenEntry {
    status: TokenState,
    not_before: Option<DateTime<Utc>>,
    expires_on: Option<DateTime<Utc>>,
}

impl Entry for TokenEntry {
    const WHAT: &'static str = "API token";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        const WORDS: [(&str, TokenState); 3] =
            [("active", TokenState::Active), ("disabled", TokenState::Disabled), ("expired", TokenState::Expired)];
        Ok(Self {
            status: fields.word("status", &WORDS, |_| TokenState::Unknown),
            not_before: fields.moment("not_before"),
            expires_on: fields.moment("expires_on"),
        })
    }
}

impl Client {
    /// Verifies the token, first as that of a user. If that endpoint refuses it, the token may still belong to the
    /// account, so the account's endpoint is asked next. If both refuse it, the refusal that says more is returned.
    pub async fn verify_token(&self) -> Result<TokenStatus, Error> {
        let (told, owner): (TokenEntry, _) = match self.call(Call::get(Surface::Other, "/user/tokens/verify")).await {
            Ok(told) => (told, TokenOwner::User),
            Err(error @ (Error::Unreachable { .. } | Error::Lost { .. } | Error::RateLimited { .. })) => {
                return Err(error);
            }
            Err(refusal) => {
                let path = self.account_path("/tokens/verify");
                match self.call(Call::get(Surface::Other, &path)).await {
                    Ok(told) => (told, TokenOwner::Account),
                    Err(error) if tells_more(&error) || !tells_more(&refusal) => return Err(error),
                    Err(_) => return Err(refusal),
                }
            }
        };
        Ok(TokenStatus { status: told.status, not_before: told.not_before, expires_on: told.expires_on, owner })
    }
}

/// Whether a refusal says what is wrong with the token, and not only that it was refused.
const fn tells_more(error: &Error) -> bool {
    matches!(
        error,
        Error::Credentials(
            CredentialProblem::Location(_) | CredentialProblem::Expired | CredentialProblem::NotYetValid
        )
    )
}
