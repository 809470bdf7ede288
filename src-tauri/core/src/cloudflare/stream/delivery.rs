//! Tests whether a signed address plays, by asking the host that plays it, without the API token.

use http::header;
use url::Url;

use crate::cloudflare::error::Error;
use crate::cloudflare::transport::Client;

/// The answer of the player's host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// The video plays.
    Playable,
    /// The video does not play, and waiting does not help: the HTTP status.
    Refused(u16),
    /// The video does not play yet: the HTTP status.
    NotReady(u16),
}

impl Client {
    /// Requests a signed manifest, as a player would.
    pub async fn check_delivery(&self, url: &Url) -> Result<DeliveryStatus, Error> {
        self.check(self.http().get(url.clone())).await
    }

    /// Requests the first byte of a signed file.
    pub async fn check_file(&self, url: &Url) -> Result<DeliveryStatus, Error> {
        self.check(self.http().get(url.clone()).header(header::RANGE, "bytes=0-0")).await
    }

    async fn check(&self, request: reqwest::RequestBuilder) -> Result<DeliveryStatus, Error> {
        let reply = request.send().await.map_err(|error| self.failure(&error))?;
        Ok(match reply.status().as_u16() {
            200..=299 => DeliveryStatus::Playable,
            status @ (401 | 403 | 410) => DeliveryStatus::Refused(status),
            status => DeliveryStatus::NotReady(status),
        })
    }
}
