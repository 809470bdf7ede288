//! Uploads to Stream in chunks, with resume: tus 1.0 (tus.io), which Stream's docs prescribe for large files.

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

/// The header with the version of the tus protocol.
const TUS_VERSION_HEADER: (&str, &str) = ("tus-resumable", "1.0.0");
/// The time limit of a chunk is the time it takes at the lowest allowed speed, plus this.
const CHUNK_ALLOWANCE: Duration = Duration::from_secs(30);

/// The address at which an upload resumes. Whoever has it can write the video, so only the keyring keeps it, and it is
/// never printed.
#[derive(Clone)]
pub struct UploadAddress(SecretString);

impl UploadAddress {
    /// An address that was read from the keyring.
    #[must_use]
    pub fn kept(address: SecretString) -> Self {
        Self(address)
    }

    /// The address itself, to be kept in the keyring.
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
    /// The name of the video.
    pub name: String,
    /// The id of the desk that uploads the file.
    pub sender: String,
    /// Hajime's marks, which become the video's metadata.
    pub meta: BTreeMap<String, String>,
    /// The mark by which the video is found, at most 64 characters.
    pub creator: String,
    /// When Stream deletes the video: 30 to 1,096 days ahead; `None` for never.
    pub scheduled_deletion: Option<DateTime<Utc>>,
}

/// An upload that was begun.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The video that Stream makes of the upload.
    pub video: VideoId,
    /// The address that receives the file.
    pub address: UploadAddress,
}

impl Client {
    /// Begins the upload of a video that plays with a signed token only. Each call makes a video, so it is never
    /// repeated blindly.
    pub async fn begin_upload(&self, new: &NewUpload) -> Result<Upload, Error> {
        self.unless_reads_only()?;
        let address = self.account_url("/stream");
        let base: Url = address.parse().map_err(|_| broken("the API has no usable address"))?;
        let request = self
            .http()
            .post(base.clone())
            .header(TUS_VERSION_HEADER.0, TUS_VERSION_HEADER.1)
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

    /// The number of bytes that Stream has; `None` if it does not know the upload any more.
    pub async fn upload_offset(&self, to: &UploadAddress) -> Result<Option<u64>, Error> {
        let url = self.trusted(to.0.expose_secret(), Purpose::Upload)?;
        let request = self.http().head(url.clone()).header(TUS_VERSION_HEADER.0, TUS_VERSION_HEADER.1);
        let kind = kind("look at an upload");
        let response = self.send_raw(&kind, self.authorized_for(request, &url)?).await?;
        match response.status() {
            status if status.is_success() => offset(response.headers()).map(Some),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => Ok(None),
            _ => Err(self.refusal(&kind, response, Surface::Stream).await),
        }
    }

    /// Sends the bytes from offset `from` on, and returns how many bytes Stream then has. It may be repeated, because
    /// Stream refuses bytes that do not follow the last one.
    pub async fn send_chunk(&self, to: &UploadAddress, from: u64, bytes: Vec<u8>) -> Result<u64, Error> {
        self.unless_reads_only()?;
        let url = self.trusted(to.0.expose_secret(), Purpose::Upload)?;
        let kind = kind("send a chunk");
        let request = self
            .http()
            .patch(url.clone())
            .timeout(self.pace().longest(bytes.len()).saturating_add(CHUNK_ALLOWANCE))
            .header(TUS_VERSION_HEADER.0, TUS_VERSION_HEADER.1)
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

/// Makes `Upload-Metadata`: names, each with its value in base64. Names that mean nothing to Stream become the video's
/// `meta`.
fn metadata(new: &NewUpload) -> String {
    let deletion = new.scheduled_deletion.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    let own = [Some(("name", new.name.as_str())), Some((SENDER, new.sender.as_str()))];
    let own = own.into_iter().chain([deletion.as_deref().map(|at| ("scheduleddeletion", at))]).flatten();
    let marks = new.meta.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs = own.chain(marks).map(|(name, value)| format!("{name} {}", STANDARD.encode(value)));
    std::iter::once("requiresignedurls".to_owned()).chain(pairs).collect::<Vec<_>>().join(",")
}

fn broken(why: &str) -> Error {
    Error::Unreadable { status: 0, why: why.into() }
}
