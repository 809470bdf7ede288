//! Whether the API token is known and active. It says nothing about permissions.

use chrono::{DateTime, Utc};

use crate::cloudflare::error::{CredentialProblem, Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};

/// The state of the API token at Cloudflare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenStatus {
    /// Whether it works.
    pub status: TokenState,
    /// When it begins to work, if not from the start.
    pub not_before: Option<DateTime<Utc>>,
    /// When it stops working, if ever.
    pub expires_on: Option<DateTime<Utc>>,
    /// Whose it is.
    pub owner: TokenOwner,
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// The token is active.
    Active,
    /// The token was disabled.
    Disabled,
    /// Its time is over.
    Expired,
    /// A state no document names.
    Unknown,
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    /// A person's.
    User,
    /// The account's own.
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
    /// Asks as a user's token first. Whatever that endpoint has against the token, it says nothing of an account's own token, which works
    /// all the same, so the account's endpoint is asked next. Where both refuse, the more telling refusal counts.
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

/// Whether a refusal says what is wrong with the token and not merely that something is.
const fn tells_more(error: &Error) -> bool {
    matches!(
        error,
        Error::Credentials(
            CredentialProblem::Location(_) | CredentialProblem::Expired | CredentialProblem::NotYetValid
        )
    )
}
