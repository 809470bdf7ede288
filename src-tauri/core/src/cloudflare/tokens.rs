//! Whether the API token is known and active. It says nothing about permissions.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::error::{CredentialProblem, Error, Surface};
use super::transport::{Call, Client};

/// What Cloudflare knows of the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenStatus {
    /// Whether it works.
    pub status: TokenState,
    /// When it stops working, if ever.
    pub expires_on: Option<DateTime<Utc>>,
    /// Whose it is.
    pub owner: TokenOwner,
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenState {
    /// It works.
    Active,
    /// It was switched off.
    Disabled,
    /// Its time is over.
    Expired,
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    /// A person's.
    User,
    /// The account's own.
    Account,
}

#[derive(Deserialize)]
struct Wire {
    status: TokenState,
    #[serde(default)]
    expires_on: Option<DateTime<Utc>>,
}

impl Client {
    /// Asks as a user's token first; the user endpoint calls an account's own token invalid although it works, so that is asked next.
    pub async fn verify_token(&self) -> Result<TokenStatus, Error> {
        let (wire, owner): (Wire, _) = match self.call(Call::get(Surface::Other, "/user/tokens/verify")).await {
            Ok(wire) => (wire, TokenOwner::User),
            Err(Error::Credentials(CredentialProblem::Unknown)) => {
                let path = self.account_path("/tokens/verify");
                (self.call(Call::get(Surface::Other, &path)).await?, TokenOwner::Account)
            }
            Err(error) => return Err(error),
        };
        Ok(TokenStatus { status: wire.status, expires_on: wire.expires_on, owner })
    }
}
