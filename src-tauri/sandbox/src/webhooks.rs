//! Sending webhook deliveries, with the signature of the product that sends them.
//!
//! RealtimeKit signs the raw body with RSA (PKCS#1 v1.5, SHA-256) and publishes the public key at
//! `/.well-known/webhooks.json`. Stream signs `time.body` with HMAC-SHA256 under a secret that only the receiver knows.
//!
//! The private key is made when it is first needed and lives as long as the process. It is never written to a file, so
//! a receiver must read the public key again after the sandbox was restarted.

use std::time::Duration;

use axum::http::header;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    pkcs8::{EncodePublicKey, LineEnding},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::{
    ids,
    state::{Model, webhooks::Recipient},
};

const RSA_KEY_BITS: usize = 2_048;
/// How long a receiver may take to answer. A later answer counts as a failed delivery.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTP client and the key with which deliveries are sent.
#[derive(Debug)]
pub struct WebhookSender {
    client: reqwest::Client,
    key: OnceCell<RsaPrivateKey>,
}

/// A delivery with all that is needed to sign and send it.
pub struct Message {
    url: String,
    body: String,
    signature: Signature,
}

enum Signature {
    RealtimeKit { webhook: String },
    Stream { secret: String, time: i64 },
}

impl WebhookSender {
    /// Makes a sender. Its key is generated when it is first needed.
    pub fn new() -> Result<Self, reqwest::Error> {
        // Cloudflare does not follow redirects: a 3xx is the receiver's final answer.
        let client = crate::http_client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DELIVERY_TIMEOUT)
            .build()?;
        Ok(Self { client, key: OnceCell::new() })
    }

    /// The document with the public key of RealtimeKit's deliveries; `None` when no key can be generated.
    pub async fn public_key(&self) -> Option<Value> {
        let pem = self.key().await?.to_public_key().to_public_key_pem(LineEnding::LF).ok()?;
        Some(json!({ "success": true, "data": { "publicKey": pem }, "message": "" }))
    }

    /// Sends a delivery. Returns the HTTP status of the answer, or `None` when there was no answer or no key.
    pub async fn send(&self, id: &str, message: Message) -> Option<u16> {
        let request = self.client.post(&message.url).header(header::CONTENT_TYPE, "application/json");
        let request = match &message.signature {
            Signature::RealtimeKit { webhook } => {
                let digest = Sha256::digest(message.body.as_bytes());
                let signature = self.key().await?.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).ok()?;
                request
                    .header("rtk-signature", STANDARD.encode(signature))
                    .header("rtk-uuid", id)
                    .header("rtk-webhook-id", webhook)
            }
            Signature::Stream { secret, time } => {
                let signed = ids::hmac_sha256(secret.as_bytes(), format!("{time}.{}", message.body).as_bytes());
                request.header("Webhook-Signature", format!("time={time},sig1={}", ids::hex(&signed)))
            }
        };
        let answer = request.body(message.body).send().await.ok()?;
        Some(answer.status().as_u16())
    }

    async fn key(&self) -> Option<&RsaPrivateKey> {
        let make = || async {
            let made = tokio::task::spawn_blocking(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_KEY_BITS));
            made.await.ok().and_then(Result::ok).ok_or(())
        };
        self.key.get_or_try_init(make).await.ok()
    }
}

/// The message of a queued delivery; `None` when its webhook has been deleted or disabled. `time` is in seconds since
/// the epoch and is part of Stream's signature.
pub fn message(model: &Model, id: &str, time: i64) -> Option<Message> {
    let delivery = model.deliveries.get(id)?;
    let body = delivery.body.to_string();
    match &delivery.recipient {
        Recipient::Kit(webhook) => {
            let webhook = model.webhooks.get(webhook).filter(|webhook| webhook.enabled)?;
            let signature = Signature::RealtimeKit { webhook: webhook.id.clone() };
            Some(Message { url: webhook.url.clone(), body, signature })
        }
        Recipient::Stream(account) => {
            let webhook = model.stream_webhooks.get(account)?;
            let signature = Signature::Stream { secret: webhook.secret(&model.secret), time };
            Some(Message { url: webhook.url.clone(), body, signature })
        }
    }
}
