//! Sends to other people's servers. They may answer anything, late or never: every request has a time limit, no
//! redirect is followed, and only the beginning of an answer is read.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

use crate::domain::delivery::attempt::{self, Attempt};
use crate::domain::delivery::refusal::DeliveryRefusal;
use crate::domain::retry_after;
use crate::domain::text::plain;
use crate::http_client;

/// How long a request may take, its answer included.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(15);
/// How much of an answer is read.
const ANSWER_MAX_BYTES: usize = 4_096;

/// An HTTP client for receivers.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    http: Client,
}

/// What is sent.
pub(crate) struct Post<'a> {
    pub(crate) address: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// What must not be shown, should the receiver repeat it.
    pub(crate) secrets: &'a [&'a str],
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The beginning of its text, as it came.
    pub(crate) body: String,
    /// The same, fit to be shown.
    pub(crate) shown: String,
    retry_after: Option<TimeDelta>,
}

/// Why there is no answer, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoReply {
    /// Nothing was sent.
    NotSent(String),
    /// The request may have arrived.
    Lost(String),
}

impl NoReply {
    pub(crate) fn into_attempt(self) -> Attempt {
        match self {
            Self::NotSent(said) => Attempt::Later { said, after: None },
            Self::Lost(said) => Attempt::Unknown { said },
        }
    }

    pub(crate) fn words(&self) -> &str {
        match self {
            Self::NotSent(said) | Self::Lost(said) => said,
        }
    }
}

impl Reply {
    /// What people read: the status, and what the receiver said.
    pub(crate) fn words(&self) -> String {
        let what = match self.status {
            300..=399 => format!("Answered {}: a redirect, which Hajime does not follow.", self.status),
            status => format!("Answered {status}."),
        };
        if self.shown.is_empty() { what } else { format!("{what} It said: {}", self.shown) }
    }

    pub(crate) fn into_attempt(self) -> Attempt {
        attempt::of_status(self.status, self.retry_after, self.words())
    }
}

impl Sender {
    pub(crate) fn new() -> Result<Self, DeliveryRefusal> {
        Self::within(TIME_LIMIT)
    }

    fn within(limit: Duration) -> Result<Self, DeliveryRefusal> {
        let user_agent = concat!("Hajime/", env!("CARGO_PKG_VERSION"));
        let http = http_client::builder().timeout(limit).redirect(Policy::none()).user_agent(user_agent).build();
        Ok(Self { http: http.map_err(|error| DeliveryRefusal::NoClient(error.without_url().to_string()))? })
    }

    pub(crate) async fn post(&self, post: Post<'_>, now: DateTime<Utc>) -> Result<Reply, NoReply> {
        let host = post.address.host_str().unwrap_or_default().to_owned();
        let mut request = self.http.post(post.address).header(CONTENT_TYPE, "application/json").body(post.body);
        for (name, value) in post.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| no_reply(&error, &host))?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| retry_after::read(value.to_str().ok()?, now));
        let body = beginning(response).await;
        let shown = post.secrets.iter().fold(body.clone(), |text, secret| text.replace(secret, "…"));
        Ok(Reply { status, retry_after, shown: plain(&shown), body })
    }
}

/// The beginning of an answer. One that breaks off is as good as a short one: the status has come.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let left = ANSWER_MAX_BYTES.saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..left).unwrap_or(&chunk));
        if bytes.len() >= ANSWER_MAX_BYTES {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn no_reply(error: &reqwest::Error, host: &str) -> NoReply {
    // The words of the client may name the address, which can be a secret.
    if error.is_builder() {
        return NoReply::NotSent(format!("The request to {host} could not be made."));
    }
    if error.is_connect() {
        return NoReply::NotSent(format!("{host} cannot be reached."));
    }
    if error.is_timeout() {
        return NoReply::Lost(format!("{host} did not answer in time."));
    }
    NoReply::Lost(format!("The connection to {host} broke before it answered."))
}

#[cfg(test)]
mod tests;
