//! Downloads files from their presigned addresses: a recording's from any byte on, a chat or a transcript as a whole.
//!
//! The API token is not sent, because the address alone opens the file and its host is not Cloudflare's API.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;
use url::Url;

use crate::cloudflare::error::Error;
use crate::cloudflare::pace::Pace;
use crate::cloudflare::redact::PresignedUrl;
use crate::cloudflare::transport::Client;
use crate::domain::address::Purpose;

/// The longest time that one request for a file may take: seven days, after which its address expires.
const MAX_FILE_REQUEST_TIME: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The longest time that a request for the file of a chat or a transcript may take.
const MAX_TEXT_REQUEST_TIME: Duration = Duration::from_secs(600);
/// The longest time without any byte.
const MAX_SILENCE: Duration = Duration::from_secs(45);

/// The most redirects that are followed for one file.
const REDIRECTS_MAX: u32 = 4;

/// Measures the speed of a download, one interval after another.
#[derive(Debug)]
struct Meter {
    pace: Pace,
    since: Instant,
    bytes: u64,
}

impl Meter {
    fn start(pace: Pace) -> Self {
        Self { pace, since: Instant::now(), bytes: 0 }
    }

    /// Counts `more` bytes. Returns whether the interval that has just ended brought too few.
    fn is_too_slow(&mut self, more: usize) -> bool {
        self.bytes = self.bytes.saturating_add(u64::try_from(more).unwrap_or(0));
        if self.since.elapsed() < self.pace.over {
            return false;
        }
        let slow = self.bytes < self.pace.quota();
        *self = Self::start(self.pace);
        slow
    }
}

/// A part of a file while it is downloaded.
#[derive(Debug)]
pub struct FilePart {
    /// The offset of the first byte. It is zero instead of the requested offset if the file has changed.
    pub start: u64,
    /// The size of the whole file.
    pub total: u64,
    /// The version of the file, if the origin names one that identifies every byte (a strong `ETag`, RFC 9110 section
    /// 8.8.3).
    pub version: Option<String>,
    response: reqwest::Response,
    meter: Meter,
}

/// The answer to a request for a file.
#[derive(Debug)]
pub enum FileReply {
    /// The bytes of the file follow.
    Part(Box<FilePart>),
    /// The address does not open the file, or not any more: the HTTP status.
    Shut(u16),
    /// The file is shorter than the requested offset: its size, if reported.
    TooFar(Option<u64>),
}

/// The answer to a request for the file of a chat or a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextReply {
    /// The bytes of the whole file.
    Bytes(Vec<u8>),
    /// The address does not open the file, or not any more: the HTTP status.
    Shut(u16),
    /// The file is larger than was allowed.
    TooLarge,
}

impl Client {
    /// Requests a file from byte `start` on. If its version is not `version` any more, the whole file is sent instead.
    pub async fn file(&self, from: &PresignedUrl, start: u64, version: Option<&str>) -> Result<FileReply, Error> {
        let response = self
            .opened(from, Purpose::RecordedFile, |request| {
                let request = request.timeout(MAX_FILE_REQUEST_TIME);
                match (start, version) {
                    (0, _) => request,
                    (_, None) => request.header(header::RANGE, format!("bytes={start}-")),
                    (_, Some(version)) => {
                        request.header(header::RANGE, format!("bytes={start}-")).header(header::IF_RANGE, version)
                    }
                }
            })
            .await?;
        let status = response.status();
        let (begins, total) = match status {
            StatusCode::OK => (0, number(response.headers(), header::CONTENT_LENGTH.as_str())),
            StatusCode::PARTIAL_CONTENT => match content_range(response.headers()) {
                Some((begins, total)) => (begins, Some(total)),
                None => return Err(unreadable(status, "a part without its place")),
            },
            StatusCode::RANGE_NOT_SATISFIABLE => return Ok(FileReply::TooFar(size_told(response.headers()))),
            StatusCode::TOO_MANY_REQUESTS => return Err(Error::Server { status: 429 }),
            _ if status.is_server_error() => return Err(Error::Server { status: status.as_u16() }),
            _ => return Ok(FileReply::Shut(status.as_u16())),
        };
        if begins != start && begins != 0 {
            return Err(unreadable(status, "another part than was asked for"));
        }
        let Some(total) = total else { return Err(unreadable(status, "a file without its size")) };
        let version = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let version = version.filter(|tag| tag.starts_with('"') && tag.len() <= 200).map(str::to_owned);
        let meter = Meter::start(self.pace());
        Ok(FileReply::Part(Box::new(FilePart { start: begins, total, version, response, meter })))
    }

    /// Requests a file in storage and follows a few redirects. Returns the first answer that is none.
    async fn opened(
        &self,
        from: &PresignedUrl,
        purpose: Purpose,
        prepare: impl Fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, Error> {
        let mut address = self.trusted(from.expose(), purpose)?;
        let mut redirects = 0;
        loop {
            let request = prepare(self.http().get(address.clone())).header(header::ACCEPT_ENCODING, "identity");
            let response = tokio::time::timeout(MAX_SILENCE, request.send())
                .await
                .map_err(|_| silent())?
                .map_err(|error| self.failure(&error))?;
            let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            match location.filter(|_| response.status().is_redirection()) {
                Some(_) if redirects == REDIRECTS_MAX => {
                    return Err(unreadable(response.status(), "one redirect after another"));
                }
                Some(location) => {
                    let next = address.join(location).map_or_else(|_| location.to_owned(), String::from);
                    address = self.trusted(&next, purpose)?;
                    redirects = redirects.saturating_add(1);
                }
                None => return Ok(response),
            }
        }
    }

    /// Requests the whole file of a chat or a transcript, of at most `most` bytes.
    pub async fn session_text(&self, from: &PresignedUrl, most: usize) -> Result<TextReply, Error> {
        let opened = self.opened(from, Purpose::SessionText, |request| request.timeout(MAX_TEXT_REQUEST_TIME));
        let mut response = opened.await?;
        let status = response.status();
        match status {
            _ if status.is_success() => {}
            StatusCode::TOO_MANY_REQUESTS => return Err(Error::Server { status: 429 }),
            _ if status.is_server_error() => return Err(Error::Server { status: status.as_u16() }),
            _ => return Ok(TextReply::Shut(status.as_u16())),
        }
        let mut body = Vec::new();
        loop {
            let piece = tokio::time::timeout(MAX_SILENCE, response.chunk())
                .await
                .map_err(|_| silent())?
                .map_err(|error| self.failure(&error))?;
            let Some(piece) = piece else { return Ok(TextReply::Bytes(body)) };
            if body.len().saturating_add(piece.len()) > most {
                return Ok(TextReply::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
    }

    /// The address of a recording's file, if it may be used. See [`Client::trusted`].
    pub fn trusted_file(&self, from: &PresignedUrl) -> Result<Url, Error> {
        self.trusted(from.expose(), Purpose::RecordedFile)
    }

    /// Adds the next bytes of a part to `into`; `false` at the end of the part.
    pub async fn next_piece(&self, part: &mut FilePart, into: &mut Vec<u8>) -> Result<bool, Error> {
        let piece = tokio::time::timeout(MAX_SILENCE, part.response.chunk())
            .await
            .map_err(|_| silent())?
            .map_err(|error| self.failure(&error))?;
        let Some(piece) = piece else { return Ok(false) };
        into.extend_from_slice(&piece);
        if part.meter.is_too_slow(piece.len()) {
            return Err(Error::TooSlow { least: part.meter.pace.least });
        }
        Ok(true)
    }
}

fn silent() -> Error {
    Error::Lost { why: "nothing came for a long time".into() }
}

fn unreadable(status: StatusCode, why: &str) -> Error {
    Error::Unreadable { status: status.as_u16(), why: why.into() }
}

pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Parses `Content-Range`, such as `bytes 5-9/10`: the offset of the part and the size of the file.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (range, total) = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()?))
}

/// Parses `Content-Range` of a reply with status 416, such as `bytes */10`: the size of the file.
fn size_told(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes */")?.trim().parse().ok()
}
