//! Tests whether a signed address plays, and fetches pictures and sound from it, without the API token.

use std::time::Duration;

use http::{StatusCode, header};
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
    /// Stream could not make the video (Stream release notes, 11 June 2024: 424).
    Failed,
}

/// What became of a request for a picture or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveredFile<T> {
    /// It is there.
    There(T),
    /// It has more bytes than are read.
    TooLarge,
    /// The host did not give it: the HTTP status. 424 stands for a video that failed.
    Refused(u16),
}

/// The longest time for a picture.
const PICTURE_TIME: Duration = Duration::from_secs(30);
/// The longest time in which nothing of a file arrives.
const SILENCE_MAX: Duration = Duration::from_secs(60);

impl Client {
    /// Fetches a picture of at most `most` bytes.
    pub async fn picture(&self, url: &Url, most: usize) -> Result<DeliveredFile<Vec<u8>>, Error> {
        let request = self.http().get(url.clone()).timeout(PICTURE_TIME);
        let mut reply = request.send().await.map_err(|error| self.failure(&error))?;
        if !reply.status().is_success() {
            return Self::not_delivered(reply.status());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = reply.chunk().await.map_err(|error| self.failure(&error))? {
            if bytes.len().saturating_add(piece.len()) > most {
                return Ok(DeliveredFile::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(DeliveredFile::There(bytes))
    }

    /// Fetches a file of at most `most` bytes. Each piece is given to `keep`.
    pub async fn delivered(
        &self,
        url: &Url,
        most: u64,
        mut keep: impl FnMut(&[u8]) -> std::io::Result<()> + Send,
    ) -> Result<DeliveredFile<std::io::Result<()>>, Error> {
        let request =
            self.http().get(url.clone()).timeout(self.pace().longest(usize::try_from(most).unwrap_or(usize::MAX)));
        let mut reply = request.send().await.map_err(|error| self.failure(&error))?;
        if !reply.status().is_success() {
            return Self::not_delivered(reply.status());
        }
        let mut length = 0_u64;
        loop {
            let piece = tokio::time::timeout(SILENCE_MAX, reply.chunk())
                .await
                .map_err(|_| Error::Lost { why: "nothing came for a long time".into() })?
                .map_err(|error| self.failure(&error))?;
            let Some(piece) = piece else { return Ok(DeliveredFile::There(Ok(()))) };
            length = length.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if length > most {
                return Ok(DeliveredFile::TooLarge);
            }
            if let Err(error) = keep(&piece) {
                return Ok(DeliveredFile::There(Err(error)));
            }
        }
    }

    fn not_delivered<T>(status: StatusCode) -> Result<DeliveredFile<T>, Error> {
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(Error::Server { status: status.as_u16() });
        }
        Ok(DeliveredFile::Refused(status.as_u16()))
    }

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
            424 => DeliveryStatus::Failed,
            status => DeliveryStatus::NotReady(status),
        })
    }
}
