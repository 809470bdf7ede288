//! API tokens, signing keys and legacy Calls apps.
//!
//! Secrets are not kept: the model holds the SHA-256 of a token and the public half of a signing key.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Object;
use crate::clock::{Moment, micros, millis};

/// The permissions of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// All of RealtimeKit and Calls.
    Realtime,
    /// Reading from Stream.
    StreamRead,
    /// Reading from and writing to Stream.
    StreamWrite,
    /// Workers scripts, their files and their addresses: “Workers Scripts Write”.
    WorkersWrite,
    /// D1 databases: “D1 Write”.
    D1Write,
    /// Making and deleting API tokens: “Account API Tokens Write”.
    ApiTokensWrite,
    /// Sending letters: “Email Sending Write”.
    EmailSendingWrite,
    /// GraphQL analytics of the account: “Account Analytics Read”.
    AccountAnalyticsRead,
}

/// The owner of a token, which decides where it can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenOwner {
    /// A user: `/user/tokens/verify`.
    User,
    /// An account: `/accounts/{id}/tokens/verify`.
    Account,
}

/// An API token, without the token itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiToken {
    /// The SHA-256 of the token, in hexadecimal digits.
    pub hash: String,
    /// The token's id, which is not secret.
    pub token_id: String,
    pub owner: TokenOwner,
    /// The id of the account whose objects the token can reach.
    pub account: String,
    pub permissions: BTreeSet<Permission>,
    /// When the token expires; `None` for never.
    pub expires: Option<Moment>,
    /// Its name, and when it was made; `None` for a token that was not made by API.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub issued: Option<Moment>,
}

/// A signing key of Stream: its public half.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKey {
    pub id: String,
    /// The id of the account whose videos the key signs for.
    pub account: String,
    pub created: Moment,
    /// The RSA modulus, base64url.
    pub n: String,
    /// The RSA exponent, base64url.
    pub e: String,
    /// Whether it is Stream's own key for the token endpoint. Lists leave such a key out.
    pub internal: bool,
    /// When the key was deleted, by the verification clock. The switch `deleted_key_seconds` decides how long its tokens
    /// play on.
    #[serde(default)]
    pub deleted: Option<Moment>,
    /// The modulus and the exponent of the key that signs for a script whose own private half was in the memory of an earlier process.
    /// What it signs plays as well.
    #[serde(default)]
    pub stand_in: Option<(String, String)>,
}

/// A legacy Calls app or TURN key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallsApp {
    /// Thirty-two hexadecimal digits.
    pub uid: String,
    /// The id of the account that owns the app or key.
    pub account: String,
    pub name: String,
    /// Whether it is a TURN key instead of an app.
    pub turn: bool,
    pub created: Moment,
    pub modified: Moment,
}

impl Object for ApiToken {
    const KIND: &'static str = "api_token";
    fn id(&self) -> &str {
        &self.hash
    }
}

impl Object for SigningKey {
    const KIND: &'static str = "signing_key";
    fn id(&self) -> &str {
        &self.id
    }
}

impl Object for CallsApp {
    const KIND: &'static str = "calls_app";
    fn id(&self) -> &str {
        &self.uid
    }
}

impl ApiToken {
    /// Whether the token has a permission. Writing to Stream includes reading.
    pub fn allows(&self, permission: Permission) -> bool {
        let also = permission == Permission::StreamRead && self.permissions.contains(&Permission::StreamWrite);
        also || self.permissions.contains(&permission)
    }

    /// Whether the token has expired.
    pub fn is_expired(&self, now: Moment) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

impl SigningKey {
    /// A signing key with the big-endian bytes of its modulus and exponent.
    pub fn of(id: String, account: &str, created: Moment, n: &[u8], e: &[u8], internal: bool) -> Self {
        let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
        Self { id, account: account.to_owned(), created, n, e, internal, deleted: None, stand_in: None }
    }

    /// The key in a list.
    pub fn to_json(&self) -> Value {
        json!({ "id": self.id, "created": micros(self.created), "key_id": self.id })
    }
}

impl CallsApp {
    pub fn to_json(&self) -> Value {
        json!({
            "uid": self.uid,
            "name": self.name,
            "created": millis(self.created),
            "modified": millis(self.modified),
        })
    }
}
