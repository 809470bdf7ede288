//! Signing keys and playback tokens. Cloudflare makes the keys and shows the private half only once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::transport::{Call, Client};
use crate::cloudflare::wire::{Entry, Fields, Listed, Unfit};
use crate::domain::ids::{KeyId, VideoId};
use crate::domain::sharing::rights::Rights;

/// A new signing key with its private half.
#[derive(Debug, Clone)]
pub struct NewSigningKey {
    /// The key's id.
    pub id: KeyId,
    /// The private half as PEM text (PKCS#1).
    pub pem: SecretString,
}

/// A signing key in a list, without its private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The key's id.
    pub id: KeyId,
    /// When the key was made.
    pub created: Option<DateTime<Utc>>,
}

/// A playback token that Cloudflare signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// When the token expires.
    pub exp: DateTime<Utc>,
    /// What the token allows.
    pub rights: Rights,
}

impl Entry for SigningKey {
    const WHAT: &'static str = "Stream signing key";
    const LIST: &'static str = "keys";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { id: fields.needed("id")?, created: fields.moment("created") })
    }
}

struct Made {
    id: KeyId,
    /// The PEM text, encoded in base64 once more.
    pem: SecretString,
}

impl Entry for Made {
    const WHAT: &'static str = SigningKey::WHAT;

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        Ok(Self { id: fields.needed("id")?, pem: fields.secret("pem")? })
    }
}

struct Minted(SecretString);

impl Entry for Minted {
    const WHAT: &'static str = "Stream token";

    fn read(fields: &mut Fields<'_>) -> Result<Self, Unfit> {
        fields.secret("token").map(Self)
    }
}

impl Client {
    /// Makes a signing key.
    pub async fn create_signing_key(&self) -> Result<NewSigningKey, Error> {
        let made: Made = self.call(Call::post(Surface::Stream, &self.account_path("/stream/keys"), &json!({}))).await?;
        let unreadable = || Error::Unreadable { status: 200, why: "the key is not base64 of PEM text".into() };
        let pem = STANDARD.decode(made.pem.expose_secret().trim()).map_err(|_| unreadable())?;
        let pem = String::from_utf8(pem).map_err(|_| unreadable())?;
        Ok(NewSigningKey { id: made.id, pem: SecretString::from(pem) })
    }

    /// All signing keys of the account.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>, Error> {
        Ok(self.list(Call::get(Surface::Stream, &self.account_path("/stream/keys"))).await?.items)
    }

    /// All signing keys of the account; `None` where the list is missing or has unreadable entries, so that it does not
    /// show which keys are absent.
    pub async fn whole_key_list(&self) -> Result<Option<Vec<SigningKey>>, Error> {
        let call = Call::get(Surface::Stream, &self.account_path("/stream/keys"));
        let listed: Listed<SigningKey> = self.list(call).await?;
        let all_read = listed.is_there && listed.told == listed.items.len();
        Ok(all_read.then_some(listed.items))
    }

    /// Deletes a signing key. Every token signed with it stops working.
    pub async fn delete_signing_key(&self, id: &KeyId) -> Result<(), Error> {
        self.done(Call::delete(Surface::Stream, &self.account_path(&format!("/stream/keys/{id}")))).await
    }

    /// Asks Cloudflare to sign a token. Cloudflare recommends this for fewer than a thousand tokens a day.
    pub async fn video_token(&self, id: &VideoId, request: &TokenRequest) -> Result<SecretString, Error> {
        let rights = &request.rights;
        let mut body = json!({ "exp": request.exp.timestamp(), "downloadable": rights.download });
        if let Some(begins) = rights.not_before {
            body["nbf"] = begins.timestamp().into();
        }
        if !rights.rules.is_empty() {
            body["accessRules"] = json!(rights.rules);
        }
        let path = self.account_path(&format!("/stream/{id}/token"));
        let Minted(token) = self.call(Call::post(Surface::Stream, &path, &body)).await?;
        Ok(token)
    }
}
