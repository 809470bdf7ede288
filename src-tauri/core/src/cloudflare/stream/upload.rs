//! Uploads to Stream, piece by piece and with resume: tus 1.0 (tus.io), as Stream's docs describe it for large files.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::cloudflare::budget::Kind;
use crate::cloudflare::download::number;
use crate::cloudflare::error::{Error, Surface};
use crate::cloudflare::stream::videos::SENDER;
use crate::cloudflare::transport::Client;
use crate::domain::address::Purpose;
use crate::domain::ids::VideoId;

/// The version of the protocol.
const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
/// Added to the time that a chunk takes at the lowest speed, before the upload of the chunk times out.
const CHUNK_ALLOWANCE: Duration = Duration::from_secs(30);

/// The address at which an upload resumes. It lets its bearer write the video, so it is kept in the keyring only and never printed.
#[derive(Clone)]
pub struct UploadAddress(SecretString);

impl UploadAddress {
    /// An address that was kept.
    #[must_use]
    pub fn kept(address: SecretString) -> Self {
        Self(address)
    }

    /// The address in the clear, to keep it.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl fmt::Debug for UploadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadAddress(…)")
    }
}

/// An upload to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpload {
    /// The size of the file in bytes.
    pub length: u64,
    /// The video's name.
    pub name: String,
    /// Which desk sends it.
    pub sender: String,
    /// Our marks.
    pub meta: BTreeMap<String, String>,
    /// Our mark, searchable, at most 64 characters.
    pub creator: String,
    /// When Stream deletes it: 30 to 1,096 days ahead.
    pub scheduled_deletion: DateTime<Utc>,
}

/// An upload that was begun.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The video it becomes.
    pub video: VideoId,
    /// The address that takes the file.
    pub address: UploadAddress,
}

impl Client {
    /// Begins an upload of a video that plays with a signed token only. Never repeated blindly: each makes a video.
    pub async fn begin_upload(&self, new: &NewUpload) -> Result<Upload, Error> {
        let address = self.account_url("/stream");
        let base: Url = address.parse().map_err(|_| broken("the API has no usable address"))?;
        let request = self
            .http()
            .post(base.clone())
            .header(TUS.0, TUS.1)
            .header("upload-length", new.length)
            .header("upload-creator", &new.creator)
            .header("upload-metadata", metadata(new));
        let response = self.send_raw(&kind("begin an upload"), self.authorized_for(request, &base)?).await?;
        if response.status() != StatusCode::CREATED {
            return Err(self.refusal(&kind("begin an upload"), response, Surface::Stream).await);
        }
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let video = text("stream-media-id").and_then(|id| id.parse().ok());
        // The address may be relative (RFC 9110, section 10.2.2).
        let location = text(header::LOCATION.as_str()).and_then(|location| base.join(location).ok());
        match (video, location) {
            (Some(video), Some(location)) => {
                let location = self.trusted(location.as_str(), Purpose::Upload)?;
                Ok(Upload { video, address: UploadAddress(SecretString::from(String::from(location))) })
            }
            _ => Err(broken("an upload without an address")),
        }
    }

    /// How many bytes Stream has; `None` when it knows the upload no more.
    pub async fn upload_offset(&self, to: &UploadAddress) -> Result<Option<u64>, Error> {
        let url = self.trusted(to.0.expose_secret(), Purpose::Upload)?;
        let request = self.http().head(url.clone()).header(TUS.0, TUS.1);
        let kind = kind("look at an upload");
        let response = self.send_raw(&kind, self.authorized_for(request, &url)?).await?;
        match response.status() {
            status if status.is_success() => offset(response.headers()).map(Some),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => Ok(None),
            _ => Err(self.refusal(&kind, response, Surface::Stream).await),
        }
    }

    /// Sends the bytes that follow the first `from`, and says how many Stream has then. Repeating it is safe: Stream refuses bytes that
    /// are not the next ones.
    pub async fn send_chunk(&self, to: &UploadAddress, from: u64, bytes: Vec<u8>) -> Result<u64, Error> {
        let url = self.trusted(to.0.expose_secret(), Purpose::Upload)?;
        let kind = kind("send a chunk");
        let request = self
            .http()
            .patch(url.clone())
            .timeout(self.pace().longest(bytes.len()).saturating_add(CHUNK_ALLOWANCE))
            .header(TUS.0, TUS.1)
            .header("upload-offset", from)
            .header(header::CONTENT_TYPE, "application/offset+octet-stream")
            .body(bytes);
        let response = self.send_raw(&kind, self.authorized_for(request, &url)?).await?;
        if response.status().is_success() {
            offset(response.headers())
        } else {
            Err(self.refusal(&kind, response, Surface::Stream).await)
        }
    }
}

fn kind(what: &str) -> Kind {
    Kind::new(Surface::Stream, what)
}

fn offset(headers: &HeaderMap) -> Result<u64, Error> {
    number(headers, "upload-offset").ok_or_else(|| broken("an upload without its offset"))
}

/// `Upload-Metadata`: names, each with its value in base64. What is none of Stream's own becomes the video's `meta`.
fn metadata(new: &NewUpload) -> String {
    let deletion = new.scheduled_deletion.to_rfc3339_opts(SecondsFormat::Secs, true);
    let own = [("name", new.name.as_str()), ("scheduleddeletion", deletion.as_str()), (SENDER, new.sender.as_str())];
    let marks = new.meta.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs = own.into_iter().chain(marks).map(|(name, value)| format!("{name} {}", STANDARD.encode(value)));
    std::iter::once("requiresignedurls".to_owned()).chain(pairs).collect::<Vec<_>>().join(",")
}

fn broken(why: &str) -> Error {
    Error::Unreadable { status: 0, why: why.into() }
}
