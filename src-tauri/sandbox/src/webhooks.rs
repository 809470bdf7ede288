//! Sending what webhooks are to be told, signed the way the product that tells it signs.
//!
//! RealtimeKit signs the raw body with RSA (PKCS#1 v1.5, SHA-256) and publishes the public key at
//! `/.well-known/webhooks.json`; Stream signs `time.body` with HMAC-SHA256 under a secret only the receiver knows. Both
//! share one queue: 2xx is accepted, 3xx and 4xx are final, everything else is tried again later.
//!
//! The private key is made when it is first needed and lives as long as the process. It is written nowhere, so a
//! receiver must read the public key again after a restart.

use std::{sync::Arc, time::Duration};

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
    state::{Model, hooks::Recipient},
    world::World,
};

const BITS: usize = 2_048;
/// A receiver that has not answered by then has not received it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What deliveries are sent and signed with.
#[derive(Debug)]
pub struct Post {
    client: reqwest::Client,
    key: OnceCell<RsaPrivateKey>,
}

/// A delivery as it goes out.
struct Letter {
    url: String,
    body: String,
    signing: Signing,
}

enum Signing {
    Kit { webhook: String },
    Stream { secret: String, time: i64 },
}

impl Post {
    /// Makes ready to send.
    pub fn new() -> Result<Self, reqwest::Error> {
        // A redirection is an answer, and a final one.
        let client =
            crate::http_client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build()?;
        Ok(Self { client, key: OnceCell::new() })
    }

    async fn key(&self) -> Option<&RsaPrivateKey> {
        let make = || async {
            let made = tokio::task::spawn_blocking(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS));
            made.await.ok().and_then(Result::ok).ok_or(())
        };
        self.key.get_or_try_init(make).await.ok()
    }
}

/// What is published about the key that RealtimeKit's deliveries are signed with; `None` when there can be no key.
pub async fn published(world: &World) -> Option<Value> {
    let pem = world.post.key().await?.to_public_key().to_public_key_pem(LineEnding::LF).ok()?;
    Some(json!({ "success": true, "data": { "publicKey": pem }, "message": "" }))
}

/// Sends one delivery and notes what became of it.
pub async fn deliver(world: &Arc<World>, id: &str) {
    let time = world.clock.verification().timestamp();
    let Some(letter) = world.with(|model| letter(model, id, time)) else {
        // Whoever wanted it has been deleted or switched off meanwhile.
        world.with(|model| model.delivery_is_done(id));
        return;
    };
    let outcome = send(world, id, letter).await;
    match outcome {
        Some(status) if status < 500 => world.with(|model| model.delivery_is_done(id)),
        outcome => {
            tracing::debug!(?outcome, "a webhook did not accept a delivery");
            world.with(|model| model.delivery_failed(id));
        }
    }
}

fn letter(model: &Model, id: &str, time: i64) -> Option<Letter> {
    let delivery = model.deliveries.get(id)?;
    let body = delivery.body.to_string();
    match &delivery.recipient {
        Recipient::Kit(webhook) => {
            let webhook = model.webhooks.get(webhook).filter(|webhook| webhook.enabled)?;
            let signing = Signing::Kit { webhook: webhook.id.clone() };
            Some(Letter { url: webhook.url.clone(), body, signing })
        }
        Recipient::Stream(account) => {
            let webhook = model.stream_webhooks.get(account)?;
            let signing = Signing::Stream { secret: webhook.secret(&model.secret), time };
            Some(Letter { url: webhook.url.clone(), body, signing })
        }
    }
}

/// The status of the answer, or nothing when there was none.
async fn send(world: &World, id: &str, letter: Letter) -> Option<u16> {
    let request = world.post.client.post(&letter.url).header(header::CONTENT_TYPE, "application/json");
    let request = match &letter.signing {
        Signing::Kit { webhook } => {
            let digest = Sha256::digest(letter.body.as_bytes());
            let signature = world.post.key().await?.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).ok()?;
            request
                .header("rtk-signature", STANDARD.encode(signature))
                .header("rtk-uuid", id)
                .header("rtk-webhook-id", webhook)
        }
        Signing::Stream { secret, time } => {
            let signed = ids::hmac_sha256(secret.as_bytes(), format!("{time}.{}", letter.body).as_bytes());
            request.header("Webhook-Signature", format!("time={time},sig1={}", ids::hex(&signed)))
        }
    };
    let answer = request.body(letter.body).send().await.ok()?;
    Some(answer.status().as_u16())
}
