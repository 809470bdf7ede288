//! API tokens: whether Cloudflare knows ours, which says nothing about its permissions, and tokens that are made for one purpose.
//!
//! Names of tokens need not differ, and what a token is comes with the answer to its making only. So after a lost answer the stray is found by
//! its name and deleted, before another one is made.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::cloudflare::error::{CredentialProblem, Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Unfit};
use crate::domain::ids::ApiTokenId;

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

/// A token that was made.
#[derive(Debug)]
pub struct MadeToken {
    /// Its id, by which it is deleted.
    pub id: ApiTokenId,
    /// The token itself. Cloudflare never tells it again.
    pub value: SecretString,
}

impl Entry for MadeToken {
    const WHAT: &'static str = "new API token";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { id: fields.needed("id")?, value: fields.secret("value")? })
    }
}

struct NamedToken {
    id: ApiTokenId,
    name: String,
}

impl Entry for NamedToken {
    const WHAT: &'static str = "API token";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { id: fields.needed("id")?, name: fields.text("name").unwrap_or_default() })
    }
}

/// What a token can be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionGroup {
    /// Cloudflare's id of it, the same for everybody.
    pub id: String,
    /// Its name, which ends with “Write” where the dashboard says “Edit”.
    pub name: String,
}

/// A permission group, and whether a token with our permissions may hand it out.
struct Offered(PermissionGroup, bool);

impl Entry for Offered {
    const WHAT: &'static str = "permission group";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        let id = fields.text("id").ok_or(Unfit::lacks("id"))?;
        let group = PermissionGroup { id, name: fields.text("name").unwrap_or_default() };
        Ok(Self(group, fields.flag("is_selectable").unwrap_or(true)))
    }
}

impl Client {
    /// What a token can be allowed that is made with ours.
    pub async fn permission_groups(&self, owner: TokenOwner) -> Result<Vec<PermissionGroup>, Error> {
        let path = format!("{}/permission_groups", self.tokens_path(owner));
        let listed = self.list(Call::get(Surface::Tokens, &path)).await?.items;
        Ok(listed.into_iter().filter_map(|Offered(group, may)| may.then_some(group)).collect())
    }

    /// Makes a token that may do this in our account, and nothing elsewhere. Asked once and not repeated.
    pub async fn create_token(
        &self,
        owner: TokenOwner,
        name: &str,
        groups: &[PermissionGroup],
    ) -> Result<MadeToken, Error> {
        let groups: Vec<Value> = groups.iter().map(|group| json!({ "id": group.id })).collect();
        let resources = json!({ (format!("com.cloudflare.api.account.{}", self.account())): "*" });
        let policy = json!({ "effect": "allow", "resources": resources, "permission_groups": groups });
        let body = json!({ "name": name, "policies": [policy] });
        self.call(Call::post(Surface::Tokens, &self.tokens_path(owner), &body)).await
    }

    /// The tokens with this name.
    pub async fn tokens_named(&self, owner: TokenOwner, name: &str) -> Result<Vec<ApiTokenId>, Error> {
        let listed: Vec<NamedToken> = self.all(Surface::Tokens, &self.tokens_path(owner), &[]).await?;
        Ok(listed.into_iter().filter(|token| token.name == name).map(|token| token.id).collect())
    }

    /// Deletes a token, which ends it at once. False if it was gone.
    pub async fn delete_token(&self, owner: TokenOwner, id: &ApiTokenId) -> Result<bool, Error> {
        self.deleted(Call::delete(Surface::Tokens, &format!("{}/{id}", self.tokens_path(owner)))).await
    }

    /// Whether a token may use RealtimeKit in our account: it is asked for the apps with this token in place of ours. False if Cloudflare does
    /// not know it, or does not allow it that. What may pass by itself or has a reason of its own is an error, such as a token that is not
    /// allowed from this network.
    pub async fn realtime_token_works(&self, token: &SecretString) -> Result<bool, Error> {
        let path = self.account_path("/realtime/kit/apps");
        // Trouble with this token is no trouble of RealtimeKit, so it is not noted as its answer.
        match self.done(Call { bearer: Some(token), ..Call::get(Surface::Other, &path) }).await {
            Ok(()) => Ok(true),
            Err(Error::Credentials(
                CredentialProblem::Unknown
                | CredentialProblem::AccountNotInScope
                | CredentialProblem::PermissionMissing(_)
                | CredentialProblem::Expired,
            )) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn tokens_path(&self, owner: TokenOwner) -> String {
        match owner {
            TokenOwner::Account => self.account_path("/tokens"),
            TokenOwner::User => "/user/tokens".to_owned(),
        }
    }

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

#[cfg(test)]
mod tests;
