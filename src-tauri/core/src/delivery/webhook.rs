//! The webhook: events as the setup guide's JSON (“Webhook Event Format”), signed, to the association's own server.

mod body;
mod secret;

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

pub(crate) use secret::WebhookSecret;

use crate::delivery::http::{NoReply, Post, Reply, Sender};
use crate::delivery::unusable::Unusable;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::channel_settings::ChannelSettings;
use crate::domain::delivery::outgoing_event::OutgoingEvent;
use crate::domain::delivery::receiver_health::ReceiverHealth;
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::ids::EventId;
use crate::domain::text::plain;
use crate::ports::{SecretError, SecretName, SecretStore};

/// The header of the guide's signature: HMAC-SHA256 over the body, in hexadecimal digits. The guide's function
/// `verify_cloudflare_webhook(payload, signature, secret)` checks it; the guide names no header.
pub(crate) const SIGNATURE: &str = "x-webhook-signature";
// Standard Webhooks, <https://www.standardwebhooks.com>.
const STANDARD_ID: &str = "webhook-id";
const STANDARD_TIMESTAMP: &str = "webhook-timestamp";
const STANDARD_SIGNATURE: &str = "webhook-signature";

/// The association's own server.
pub(crate) struct Receiver {
    address: Url,
    secret: WebhookSecret,
    /// The secret that was replaced a short while ago.
    earlier: Option<WebhookSecret>,
}

impl Receiver {
    /// The receiver as it is set up, with its secrets from the keyring. This may wait for the keyring.
    pub(crate) fn open(
        settings: &ChannelSettings,
        secrets: Option<&Arc<dyn SecretStore>>,
        account: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Unusable> {
        let address = settings.address.clone().ok_or(DeliveryRefusal::Off(Channel::Webhook))?;
        let secrets = secrets.ok_or(DeliveryRefusal::NoSecret)?;
        let kept = |name| Ok::<_, SecretError>(secrets.get(&name)?.and_then(WebhookSecret::kept));
        let secret = kept(SecretName::WebhookSecret(account.to_owned()))?.ok_or(DeliveryRefusal::NoSecret)?;
        let earlier = if settings.signs_with_earlier_secret(now) {
            kept(SecretName::EarlierWebhookSecret(account.to_owned()))?
        } else {
            None
        };
        Ok(Self { address, secret, earlier })
    }

    /// Sends an event.
    pub(crate) async fn send(&self, sender: &Sender, event: &OutgoingEvent, now: DateTime<Utc>) -> Attempt {
        self.post(sender, event.id, body::of_event(&event.facts), now).await
    }

    /// Sends a signed event that means nothing, so that people see whether the receiver takes the signature.
    pub(crate) async fn test(&self, sender: &Sender, now: DateTime<Utc>) -> Attempt {
        let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        self.post(sender, EventId::new(), body::of_test(&at), now).await
    }

    async fn post(&self, sender: &Sender, id: EventId, body: String, now: DateTime<Utc>) -> Attempt {
        let post = Post {
            address: self.address.clone(),
            headers: self.headers(id, &body, now),
            body: body.into_bytes(),
            secrets: &[self.secret.text()],
        };
        sender.post(post, now).await.map_or_else(NoReply::into_attempt, Reply::into_attempt)
    }

    fn headers(&self, id: EventId, body: &str, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
        let (id, timestamp) = (id.to_string(), now.timestamp().to_string());
        let secrets = std::iter::once(&self.secret).chain(&self.earlier);
        let standard: Vec<String> = secrets.map(|secret| secret.standard(&id, &timestamp, body)).collect();
        vec![
            (SIGNATURE, self.secret.of_guide(body)),
            (STANDARD_ID, id),
            (STANDARD_TIMESTAMP, timestamp),
            (STANDARD_SIGNATURE, standard.join(" ")),
        ]
    }
}

/// Asks a receiver whether it is healthy, as the guide does: `POST …/health` beside its address.
pub(crate) async fn health(address: &Url, sender: &Sender, now: DateTime<Utc>) -> ReceiverHealth {
    let address = health_address(address);
    let post = Post { address: address.clone(), headers: Vec::new(), body: Vec::new(), secrets: &[] };
    let asked = Instant::now();
    let reply = sender.post(post, now).await;
    let took = asked.elapsed();
    match reply {
        Ok(reply) => {
            let health = serde_json::from_str::<Health>(&reply.body).unwrap_or_default();
            let healthy = (200..300).contains(&reply.status) && health.status.as_deref() == Some("healthy");
            let service = health.service.map(|name| plain(&name)).filter(|name| !name.is_empty());
            ReceiverHealth { address, healthy, service, said: reply.words(), took }
        }
        Err(error) => ReceiverHealth { address, healthy: false, service: None, said: error.words().to_owned(), took },
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Health {
    status: Option<String>,
    service: Option<String>,
}

/// `health` in the place of the last part of the path.
fn health_address(address: &Url) -> Url {
    let mut health = address.clone();
    health.set_query(None);
    health.join("health").unwrap_or(health)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_health_of_the_guides_receiver_is_asked_where_the_guide_asks() {
        for (address, health) in [
            (
                "https://api.wwmaa.com/api/webhooks/cloudflare/recordings",
                "https://api.wwmaa.com/api/webhooks/cloudflare/health",
            ),
            ("https://api.example.org/", "https://api.example.org/health"),
            ("https://api.example.org/hook?key=1", "https://api.example.org/health"),
            ("https://api.example.org/hooks/", "https://api.example.org/hooks/health"),
        ] {
            assert_eq!(health_address(&address.parse().unwrap()).as_str(), health);
        }
    }

    #[test]
    fn both_secrets_sign_for_standard_webhooks_and_the_new_one_for_the_guide() {
        let (secret, earlier) = (WebhookSecret::new(), WebhookSecret::new());
        let guide = secret.of_guide("body");
        let receiver =
            Receiver { address: "https://api.example.org/".parse().unwrap(), secret, earlier: Some(earlier) };
        let headers = receiver.headers(EventId::new(), "body", "2026-11-29T12:00:00Z".parse().unwrap());
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).unwrap().1.clone();
        assert_eq!(header(SIGNATURE), guide);
        assert_eq!(header(STANDARD_TIMESTAMP), "1795953600");
        let signatures = header(STANDARD_SIGNATURE);
        assert_eq!(signatures.split(' ').filter(|one| one.starts_with("v1,")).count(), 2, "{signatures}");
    }
}
