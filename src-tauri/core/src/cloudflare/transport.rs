//! The one place that sends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use backon::Retryable as _;
use chrono::TimeDelta;
use http::{Method, StatusCode};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::cloudflare::budget::{Budget, Kind, Ledger};
use crate::cloudflare::envelope::{self, Paging, Reply};
use crate::cloudflare::error::{Blocked, Error, Surface};
use crate::cloudflare::oddities::{Oddities, Oddity};
use crate::cloudflare::pace::Pace;
use crate::cloudflare::page::{Page, Walk};
use crate::cloudflare::redact::plain;
use crate::cloudflare::resolver::{NotPublic, Resolver};
use crate::cloudflare::retry::{self, Repeat};
use crate::cloudflare::wire::{Entry, Listed};
use crate::domain::address::{Distrust, Purpose, Untrusted, trusted_address};
use crate::domain::bounds::Moved as _;
use crate::domain::ids::AccountId;
use crate::ports::{Clock, SecretError, SecretName, SecretStore};

/// The largest body that is read: far more than any documented answer.
const BODY_MAX: usize = 16 * 1024 * 1024;
/// How many pages a list that is read whole may have.
const PAGES_MAX: u32 = 100;
/// Page size for lists that are read whole.
const PER_PAGE: u32 = 100;
/// The shortest secret that is redacted. A shorter text could be any word, and no API token is that short.
const TOKEN_MIN: usize = 20;

/// The configuration of a client.
#[derive(Clone)]
pub struct ClientConfig {
    /// The address of the API, for example `https://api.cloudflare.com/client/v4`.
    pub base_url: Url,
    /// The account.
    pub account: AccountId,
    /// The API token.
    pub token: ApiToken,
    /// How the client names itself.
    pub user_agent: String,
    /// The longest one request may take.
    pub timeout: Duration,
    /// The clock that Cloudflare's is compared with.
    pub clock: Arc<dyn Clock>,
    /// The lowest speed of a transfer.
    pub pace: Pace,
}

/// The API token, or where it is kept. Kept ones are asked for when the first request needs one, and then for as long as the client lives.
#[derive(Clone)]
pub enum ApiToken {
    /// The token itself.
    Known(SecretString),
    /// An entry of the keyring.
    Kept(Arc<dyn SecretStore>, SecretName),
}

/// A client for one account. Cheap to clone; clones share the budget.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    resolver: Resolver,
    config: Arc<ClientConfig>,
    token: Arc<OnceLock<SecretString>>,
    ledger: Arc<Mutex<Ledger>>,
    sent: Arc<AtomicU64>,
    oddities: Arc<Mutex<Oddities>>,
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
        let resolver = Resolver::default();
        let http = crate::http_client::builder()
            .dns_resolver(resolver.clone())
            .user_agent(&config.user_agent)
            .timeout(config.timeout)
            .connect_timeout(Duration::from_secs(10))
            // A redirect would carry the token to wherever it points.
            .redirect(Policy::none())
            .build()
            .map_err(|error| Error::Unreachable { host: String::new(), why: plain(&error.to_string()) })?;
        Ok(Self {
            http,
            resolver,
            config: Arc::new(config),
            token: Arc::default(),
            ledger: Arc::default(),
            sent: Arc::default(),
            oddities: Arc::default(),
        })
    }

    /// The rate budget that is left.
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

    fn token(&self) -> Result<&SecretString, Error> {
        match &self.config.token {
            ApiToken::Known(token) => Ok(token),
            ApiToken::Kept(secrets, name) => {
                if let Some(token) = self.token.get() {
                    return Ok(token);
                }
                let kept = secrets.get(name).and_then(|kept| kept.ok_or(SecretError::Gone)).map_err(Error::NoToken)?;
                Ok(self.token.get_or_init(|| kept))
            }
        }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(super) fn pace(&self) -> Pace {
        self.config.pace
    }

    /// An address out of a reply, if it may be used for this. Every address that Cloudflare names comes through here before it is used.
    pub fn trusted(&self, address: &str, purpose: Purpose) -> Result<Url, Error> {
        let url = trusted_address(address, purpose, &self.config.base_url).map_err(|untrusted| {
            tracing::warn!(%untrusted, "an address in a reply is not used");
            Error::Untrusted(untrusted)
        })?;
        if purpose == Purpose::RecordedFile
            && let Some(name) = url.domain()
            // On this computer only where the API is on it, too.
            && name != "localhost"
            // The address of the API itself comes from the settings of this computer, so it is trusted.
            && self.config.base_url.domain() != Some(name)
        {
            self.resolver.guard(name);
        }
        Ok(url)
    }

    /// `/accounts/{account}` and what follows.
    pub(super) fn account_path(&self, rest: &str) -> String {
        format!("/accounts/{}{rest}", self.config.account)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends and reads the one thing that is answered.
    pub(super) async fn call<T: Entry>(&self, call: Call<'_>) -> Result<T, Error> {
        let (status, reply) = self.send(&call).await?;
        let (value, odd) = reply.one(status)?;
        self.note_odd(odd);
        Ok(value)
    }

    /// Sends; whatever comes back with a success is fine.
    pub(super) async fn done(&self, call: Call<'_>) -> Result<(), Error> {
        self.send(&call).await.map(drop)
    }

    /// Sends and reads; “not found” is an answer.
    pub(super) async fn find<T: Entry>(&self, call: Call<'_>) -> Result<Option<T>, Error> {
        match self.call(call).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends and reads a list.
    pub(super) async fn list<T: Entry>(&self, call: Call<'_>) -> Result<Listed<T>, Error> {
        Ok(self.list_with_paging(call).await?.0)
    }

    async fn list_with_paging<T: Entry>(&self, call: Call<'_>) -> Result<(Listed<T>, Option<Paging>), Error> {
        let (status, reply) = self.send(&call).await?;
        let listed = reply.list(status)?;
        self.note_odd(listed.odd.iter().cloned());
        Ok((listed, reply.paging()))
    }

    /// One page of a RealtimeKit list.
    pub(super) async fn page<T: Entry>(&self, mut call: Call<'_>, page: u32, per_page: u32) -> Result<Page<T>, Error> {
        call.on_page(page, per_page);
        let (listed, paging) = self.list_with_paging(call).await?;
        Ok(Page::new(listed, paging))
    }

    /// The next page of a walk over a RealtimeKit list; `None` at its end.
    pub(super) async fn next_page<T: Entry>(
        &self,
        walk: &mut Walk,
        mut call: Call<'_>,
        per_page: u32,
    ) -> Result<Option<Page<T>>, Error> {
        let number = match walk.next() {
            Ok(number) => number,
            Err(odd) => {
                self.note_odd(odd);
                return Ok(None);
            }
        };
        call.on_page(number, per_page);
        let (listed, paging) = self.list_with_paging(call).await?;
        if let Err(odd) = walk.take(&listed) {
            self.note_odd([odd]);
            return Ok(None);
        }
        let page = Page::new(listed, paging);
        if page.is_last() {
            walk.end();
        }
        Ok(Some(page))
    }

    /// All entries of a RealtimeKit list that is short: apps, presets, the people of one room.
    pub(super) async fn all<T: Entry>(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<T>, Error> {
        let mut walk = Walk::new(T::WHAT, PAGES_MAX);
        let mut all = Vec::new();
        let call = || Call { query: query.to_vec(), ..Call::get(Surface::Realtime, path) };
        while let Some(page) = self.next_page(&mut walk, call(), PER_PAGE).await? {
            all.extend(page.items);
        }
        Ok(all)
    }

    /// Keeps what was asked for. Anything else in the answer is ignored and named.
    pub(super) fn keep_asked_for<T: Entry>(
        &self,
        items: &mut Vec<T>,
        id: impl Fn(&T) -> &str,
        asked_for: impl Fn(&T) -> bool,
    ) {
        items.retain(|item| {
            let keep = asked_for(item);
            if !keep {
                self.note_odd([Oddity::new(T::WHAT, Some(id(item)), "it was not asked for, so it was ignored")]);
            }
            keep
        });
    }

    /// Notes what in a reply could not be read.
    pub(crate) fn note_odd(&self, odd: impl IntoIterator<Item = Oddity>) {
        let mut oddities = self.oddities.lock().unwrap_or_else(PoisonError::into_inner);
        odd.into_iter().for_each(|oddity| oddities.note(oddity));
    }

    /// The entries of all replies that could not be read, each once, in the order they were seen.
    #[must_use]
    pub fn oddities(&self) -> Vec<Oddity> {
        self.oddities.lock().unwrap_or_else(PoisonError::into_inner).all()
    }

    async fn send(&self, call: &Call<'_>) -> Result<(StatusCode, Reply), Error> {
        match call.repeat {
            Repeat::Never => self.send_once(call).await,
            Repeat::Safe => (|| self.send_once(call)).retry(retry::schedule()).when(retry::worth_repeating).await,
        }
    }

    async fn send_once(&self, call: &Call<'_>) -> Result<(StatusCode, Reply), Error> {
        let kind = Kind::of(call.surface, &call.method, &call.path);
        if let Some(blocked) = self.blocked(&kind) {
            return Err(Error::RateLimited(blocked));
        }
        let url = format!("{}{}", self.config.base_url.as_str().trim_end_matches('/'), call.path);
        let mut request =
            self.http.request(call.method.clone(), url).bearer_auth(self.token()?.expose_secret()).query(&call.query);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        let status = response.status();
        self.ledger().read(&kind, status, response.headers(), Instant::now(), self.config.clock.now());
        let blocked = self.blocked(&kind);
        let body = self.body(response, status).await?;
        let mut result = envelope::read(status, &body, call.surface, blocked);
        if result.is_err()
            && let Some(masked) = self.without_token(&body)
        {
            result = envelope::read(status, masked.as_bytes(), call.surface, blocked);
        }
        if let Err(error) = &result {
            tracing::debug!(method = %call.method, path = %call.path, %error, "Cloudflare did not do it");
        }
        result.map(|reply| (status, reply))
    }

    /// Sends a request that is no JSON call: whether it may be sent, what it says of the budget and how a failure reads are the same.
    ///
    /// The answer's body is left unread, and its status unjudged.
    pub(super) async fn send_raw(
        &self,
        kind: &Kind,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, Error> {
        if let Some(blocked) = self.blocked(kind) {
            return Err(Error::RateLimited(blocked));
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        self.ledger().read(kind, response.status(), response.headers(), Instant::now(), self.config.clock.now());
        Ok(response)
    }

    /// The error that an answer other than a success means.
    pub(super) async fn refusal(&self, kind: &Kind, response: reqwest::Response, surface: Surface) -> Error {
        let status = response.status();
        let blocked = self.blocked(kind);
        match self.body(response, status).await {
            Ok(body) => {
                let body = self.without_token(&body).map_or(body, String::into_bytes);
                let why = "an answer without a reason".to_owned();
                envelope::read(status, &body, surface, blocked)
                    .err()
                    .unwrap_or(Error::Unreadable { status: status.as_u16(), why })
            }
            Err(error) => error,
        }
    }

    /// For how long a kind of call is not made, by the clock as well.
    pub(super) fn blocked(&self, kind: &Kind) -> Option<Blocked> {
        let blocked = self.ledger().blocked(kind, Instant::now())?;
        let until = TimeDelta::from_std(blocked.retry_after).ok().map(|left| self.config.clock.now().later(left));
        Some(Blocked { until, ..blocked })
    }

    /// The address of a path of the account.
    pub(super) fn account_url(&self, rest: &str) -> String {
        format!("{}{}", self.config.base_url.as_str().trim_end_matches('/'), self.account_path(rest))
    }

    /// Adds the API token to a request for an address Cloudflare gave, if that is Cloudflare's own API: anybody else must not see it.
    pub(super) fn authorized_for(
        &self,
        request: reqwest::RequestBuilder,
        address: &Url,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let base = &self.config.base_url;
        let below = || {
            let host = address.host_str().unwrap_or_default();
            let parent = base.host_str().unwrap_or_default();
            address.scheme() == "https" && !parent.is_empty() && host.ends_with(&format!(".{parent}"))
        };
        if address.origin() == base.origin() || below() {
            Ok(request.bearer_auth(self.token()?.expose_secret()))
        } else {
            Ok(request)
        }
    }

    async fn body(&self, mut response: reqwest::Response, status: StatusCode) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len().saturating_add(chunk.len()) > BODY_MAX {
                return Err(Error::Unreadable { status: status.as_u16(), why: "the answer is too large".into() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The body of an error with the API token left out, if it repeats it.
    fn without_token(&self, body: &[u8]) -> Option<String> {
        let token = self.token().ok()?.expose_secret();
        let text = String::from_utf8_lossy(body);
        (token.len() >= TOKEN_MIN && text.contains(token)).then(|| text.replace(token, "…"))
    }

    /// reqwest's words without the address, which may carry a token.
    pub(super) fn failure(&self, error: &reqwest::Error) -> Error {
        let mut why = Vec::new();
        let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
        while let Some(cause) = source {
            if let Some(NotPublic { host }) = cause.downcast_ref() {
                let why = Distrust::NotPublic;
                return Error::Untrusted(Untrusted { host: host.clone(), purpose: Purpose::RecordedFile, why });
            }
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
