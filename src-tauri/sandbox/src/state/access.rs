//! API tokens, signing keys and legacy Calls apps: what may be done, and with what a playback token is verified.
//!
//! No token and no private key is kept: of a token its SHA-256, of a key its public half.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Object;
use crate::clock::{Moment, micros, millis};

/// What an API token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Everything RealtimeKit and Calls offer.
    Realtime,
    /// Reading from Stream.
    StreamRead,
    /// Reading from and writing to Stream.
    StreamWrite,
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenOwner {
    /// A user's: verified at `/user/tokens/verify`.
    User,
    /// An account's: verified at `/accounts/{id}/tokens/verify`.
    Account,
}

/// An API token, without the token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiToken {
    /// The hexadecimal SHA-256 of the token.
    pub hash: String,
    /// The token's id, which is not secret.
    pub token_id: String,
    /// Whose it is.
    pub owner: TokenOwner,
    /// The account it reaches.
    pub account: String,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
    /// When it lapses.
    pub expires: Option<Moment>,
}

/// A Stream signing key, without its private half.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKey {
    /// The key id.
    pub id: String,
    /// The account it signs for.
    pub account: String,
    /// When it was made.
    pub created: Moment,
    /// The modulus, base64url.
    pub n: String,
    /// The exponent, base64url.
    pub e: String,
    /// Whether it is Stream's own, behind the token endpoint, and not to be listed.
    pub internal: bool,
}

/// A legacy Calls app or TURN key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallsApp {
    /// The id, 32 hexadecimal digits.
    pub uid: String,
    /// The account.
    pub account: String,
    /// The name.
    pub name: String,
    /// Whether it is a TURN key.
    pub turn: bool,
    /// When it was made.
    pub created: Moment,
    /// When it was last changed.
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
    /// Whether it may do something that needs `permission`.
    pub fn allows(&self, permission: Permission) -> bool {
        let also = permission == Permission::StreamRead && self.permissions.contains(&Permission::StreamWrite);
        also || self.permissions.contains(&permission)
    }

    /// Whether it has lapsed.
    pub fn is_expired(&self, now: Moment) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

impl SigningKey {
    /// Keeps the public half of a key.
    pub fn of(id: String, account: &str, created: Moment, n: &[u8], e: &[u8], internal: bool) -> Self {
        let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
        Self { id, account: account.to_owned(), created, n, e, internal }
    }

    /// The key in a list.
    pub fn shown(&self) -> Value {
        json!({ "id": self.id, "created": micros(self.created), "key_id": self.id })
    }
}

impl CallsApp {
    /// The app in a reply.
    pub fn shown(&self) -> Value {
        json!({
            "uid": self.uid,
            "name": self.name,
            "created": millis(self.created),
            "modified": millis(self.modified),
        })
    }
}
