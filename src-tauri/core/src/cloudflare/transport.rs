//! The one place that sends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::Retryable as _;
use chrono::TimeDelta;
use http::{Method, StatusCode};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::budget::{Budget, Ledger};
use super::envelope::{self, Reply};
use super::error::{Error, Surface};
use super::page::Page;
use super::redact::plain;
use super::retry::{self, Repeat};
use crate::domain::ids::AccountId;
use crate::ports::Clock;

/// The largest body that is read: far more than any documented answer.
const BODY_MAX: usize = 32 * 1024 * 1024;
/// How many pages a list may have before it is no longer believed.
const PAGES_MAX: u32 = 200;
/// Page size for lists that are read whole.
const PER_PAGE: u32 = 100;
/// What is shorter is a word that may stand anywhere, and no API token of Cloudflare's.
const TOKEN_MIN: usize = 20;

/// What a client needs.
#[derive(Clone)]
pub struct ClientConfig {
    /// Where the API is, for example `https://api.cloudflare.com/client/v4`.
    pub base_url: Url,
    /// The account.
    pub account: AccountId,
    /// The API token.
    pub token: SecretString,
    /// How the client names itself.
    pub user_agent: String,
    /// The longest one request may take.
    pub timeout: Duration,
    /// The clock that Cloudflare's is compared with.
    pub clock: Arc<dyn Clock>,
}

/// A client for one account. Cheap to clone; clones share the budget.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    config: Arc<ClientConfig>,
    ledger: Arc<Mutex<Ledger>>,
    sent: Arc<AtomicU64>,
}

/// One request, as an endpoint describes it.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'a str, String)>,
    pub(super) body: Option<Value>,
    pub(super) surface: Surface,
    pub(super) repeat: Repeat,
}

impl Client {
    /// Makes a client. Nothing is sent.
    pub fn new(config: ClientConfig) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .user_agent(&config.user_agent)
            .timeout(config.timeout)
            .connect_timeout(Duration::from_secs(10))
            // A redirect would carry the token to wherever it points.
            .redirect(Policy::none())
            .build()
            .map_err(|error| Error::Unreachable { host: String::new(), why: plain(&error.to_string()) })?;
        Ok(Self { http, config: Arc::new(config), ledger: Arc::default(), sent: Arc::default() })
    }

    /// What is left of the rate budget.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.ledger().budget(Instant::now())
    }

    /// How far Cloudflare's clock is ahead of this computer's, as its last reply told.
    #[must_use]
    pub fn clock_skew(&self) -> Option<TimeDelta> {
        self.ledger().skew()
    }

    /// How many requests were sent so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// `/accounts/{account}` and what follows.
    pub(super) fn account_path(&self, rest: &str) -> String {
        format!("/accounts/{}{rest}", self.config.account)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends and decodes.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        let (status, reply) = self.send(&call).await?;
        reply.decode(status)
    }

    /// Sends; whatever comes back with a success is fine.
    pub(super) async fn done(&self, call: Call<'_>) -> Result<(), Error> {
        self.send(&call).await.map(drop)
    }

    /// Sends and decodes; “not found” is an answer.
    pub(super) async fn find<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<Option<T>, Error> {
        match self.call(call).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One page of a RealtimeKit list.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        mut call: Call<'_>,
        page: u32,
        per_page: u32,
    ) -> Result<Page<T>, Error> {
        call.on_page(page, per_page);
        let (status, reply) = self.send(&call).await?;
        let paging = reply.paging();
        Ok(Page::new(reply.decode(status)?, paging))
    }

    /// All pages of a RealtimeKit list.
    pub(super) async fn all<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        let mut before = String::new();
        for number in 1..=PAGES_MAX {
            let mut call = Call { query: query.to_vec(), ..Call::get(Surface::Realtime, path) };
            call.on_page(number, PER_PAGE);
            let (status, reply) = self.send(&call).await?;
            // A server that knows no pages gives the same one again.
            if reply.text() == before {
                break;
            }
            reply.text().clone_into(&mut before);
            let paging = reply.paging();
            let page: Page<T> = Page::new(reply.decode(status)?, paging);
            let last = page.is_last();
            all.extend(page.items);
            if last {
                break;
            }
        }
        Ok(all)
    }

    async fn send(&self, call: &Call<'_>) -> Result<(StatusCode, Reply), Error> {
        match call.repeat {
            Repeat::Never => self.send_once(call).await,
            Repeat::Safe => (|| self.send_once(call)).retry(retry::schedule()).when(retry::worth_repeating).await,
        }
    }

    async fn send_once(&self, call: &Call<'_>) -> Result<(StatusCode, Reply), Error> {
        if let Some(retry_after) = self.ledger().blocked_for(Instant::now()) {
            return Err(Error::RateLimited { retry_after });
        }
        let url = format!("{}{}", self.config.base_url.as_str().trim_end_matches('/'), call.path);
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .bearer_auth(self.config.token.expose_secret())
            .query(&call.query);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        let status = response.status();
        let blocked_for = {
            let mut ledger = self.ledger();
            let now = Instant::now();
            ledger.read(status, response.headers(), now, self.config.clock.now());
            ledger.blocked_for(now)
        };
        let body = self.body(response, status).await?;
        let mut result = envelope::read(status, &body, call.surface, blocked_for);
        if result.is_err()
            && let Some(masked) = self.without_token(&body)
        {
            result = envelope::read(status, masked.as_bytes(), call.surface, blocked_for);
        }
        if let Err(error) = &result {
            tracing::debug!(method = %call.method, path = %call.path, %error, "Cloudflare did not do it");
        }
        result.map(|reply| (status, reply))
    }

    /// Sends a request that is no JSON call: whether it may be sent, what it says of the budget and how a failure reads are the same.
    ///
    /// The answer's body is left unread, and its status unjudged.
    pub(super) async fn send_raw(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Error> {
        if let Some(retry_after) = self.ledger().blocked_for(Instant::now()) {
            return Err(Error::RateLimited { retry_after });
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        self.ledger().read(response.status(), response.headers(), Instant::now(), self.config.clock.now());
        Ok(response)
    }

    /// What an answer that is no success means.
    pub(super) async fn refusal(&self, response: reqwest::Response, surface: Surface) -> Error {
        let status = response.status();
        let blocked_for = self.ledger().blocked_for(Instant::now());
        match self.body(response, status).await {
            Ok(body) => {
                let body = self.without_token(&body).map_or(body, String::into_bytes);
                let why = "an answer without a reason".to_owned();
                envelope::read(status, &body, surface, blocked_for)
                    .err()
                    .unwrap_or(Error::Unreadable { status: status.as_u16(), why })
            }
            Err(error) => error,
        }
    }

    /// The address of a path of the account.
    pub(super) fn account_url(&self, rest: &str) -> String {
        format!("{}{}", self.config.base_url.as_str().trim_end_matches('/'), self.account_path(rest))
    }

    /// Adds the API token to a request for an address Cloudflare gave, if that is Cloudflare's own API: anybody else must not see it.
    pub(super) fn authorized_for(&self, request: reqwest::RequestBuilder, address: &Url) -> reqwest::RequestBuilder {
        let base = &self.config.base_url;
        let below = || {
            let host = address.host_str().unwrap_or_default();
            let parent = base.host_str().unwrap_or_default();
            address.scheme() == "https" && !parent.is_empty() && host.ends_with(&format!(".{parent}"))
        };
        if address.origin() == base.origin() || below() {
            request.bearer_auth(self.config.token.expose_secret())
        } else {
            request
        }
    }

    async fn body(&self, mut response: reqwest::Response, status: StatusCode) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len() + chunk.len() > BODY_MAX {
                return Err(Error::Unreadable { status: status.as_u16(), why: "the answer is too large".into() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The body of an error with the API token left out, if it repeats it.
    fn without_token(&self, body: &[u8]) -> Option<String> {
        let token = self.config.token.expose_secret();
        let text = String::from_utf8_lossy(body);
        (token.len() >= TOKEN_MIN && text.contains(token)).then(|| text.replace(token, "…"))
    }

    /// reqwest's words without the address, which may carry a token.
    pub(super) fn failure(&self, error: &reqwest::Error) -> Error {
        let mut why = Vec::new();
        let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
        while let Some(cause) = source {
            why.push(cause.to_string());
            source = cause.source();
        }
        let why = plain(&why.join(": "));
        if error.is_connect() || error.is_builder() {
            let host = error.url().map_or_else(|| authority(&self.config.base_url), authority);
            Error::Unreachable { host, why }
        } else {
            Error::Lost { why }
        }
    }
}

/// Host and port, which is all of an address that may be shown.
fn authority(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}{port}", url.host_str().unwrap_or_default())
}

impl Call<'_> {
    pub(super) fn on_page(&mut self, page: u32, per_page: u32) {
        self.query.extend([("page_no", page.to_string()), ("per_page", per_page.to_string())]);
    }

    /// A read.
    pub(super) fn get(surface: Surface, path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            query: Vec::new(),
            body: None,
            surface,
            repeat: Repeat::Safe,
        }
    }

    /// A call that creates or does something and must not be repeated blindly.
    pub(super) fn post(surface: Surface, path: &str, body: &impl Serialize) -> Self {
        let body = serde_json::to_value(body).ok();
        Self { method: Method::POST, path: path.to_owned(), query: Vec::new(), body, surface, repeat: Repeat::Never }
    }

    /// A call that sets something to a value: doing it twice is doing it once.
    pub(super) fn set(method: Method, surface: Surface, path: &str, body: &impl Serialize) -> Self {
        let body = serde_json::to_value(body).ok();
        Self { method, path: path.to_owned(), query: Vec::new(), body, surface, repeat: Repeat::Safe }
    }

    /// A removal.
    pub(super) fn delete(surface: Surface, path: &str) -> Self {
        Self {
            method: Method::DELETE,
            path: path.to_owned(),
            query: Vec::new(),
            body: None,
            surface,
            repeat: Repeat::Safe,
        }
    }
}

#[cfg(test)]
mod tests;
