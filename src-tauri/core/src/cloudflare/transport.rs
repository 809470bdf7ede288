//! The only place that sends requests to Cloudflare.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use backon::Retryable as _;
use chrono::TimeDelta;
use http::StatusCode;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
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
use crate::domain::health::desk::{Answer, Heard};
use crate::domain::ids::AccountId;
use crate::ports::{Clock, SecretError, SecretName, SecretStore};

mod call;

pub(super) use call::Call;

/// The largest body that is read, in bytes: far more than any documented reply has.
const BODY_MAX: usize = 16 * 1024 * 1024;
/// The most pages of a list that is read as a whole.
const PAGES_MAX: u32 = 100;
/// The entries on a page of such a list.
const PER_PAGE: u32 = 100;
/// The entries on a page outside of RealtimeKit. D1 takes 10 at least, and the largest page of API tokens is not documented.
const PER_PAGE_ELSEWHERE: u32 = 50;
/// The shortest token that is looked for in error bodies. A shorter text could be any word, and real tokens are longer.
const MIN_TOKEN_LENGTH: usize = 20;

/// The configuration of a client.
#[derive(Clone)]
pub struct ClientConfig {
    /// The address of the API, for example `https://api.cloudflare.com/client/v4`.
    pub base_url: Url,
    /// The account that the requests are for.
    pub account: AccountId,
    /// The API token of the account.
    pub token: ApiToken,
    /// The `User-Agent` of the requests.
    pub user_agent: String,
    /// The longest one request may take.
    pub timeout: Duration,
    /// The clock that Cloudflare's clock is compared with.
    pub clock: Arc<dyn Clock>,
    /// The lowest speed that a transfer must have.
    pub pace: Pace,
}

/// The API token, or the place where it is kept. A kept token is read when the first request needs it, and then stays
/// in memory with the client.
#[derive(Clone)]
pub enum ApiToken {
    /// The token itself.
    Known(SecretString),
    /// The keyring, and the name of the token's entry.
    Kept(Arc<dyn SecretStore>, SecretName),
}

/// A client for one account. Cheap to clone; clones share the rate budget.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    resolver: Resolver,
    config: Arc<ClientConfig>,
    token: Arc<OnceLock<SecretString>>,
    ledger: Arc<Mutex<Ledger>>,
    sent: Arc<AtomicU64>,
    changed: Arc<AtomicU64>,
    reads_only: Arc<AtomicBool>,
    oddities: Arc<Mutex<Oddities>>,
    answers: Arc<Mutex<Heard>>,
}

impl Client {
    /// Makes a client. Sends no request.
    pub fn new(config: ClientConfig) -> Result<Self, Error> {
        let resolver = Resolver::default();
        let http = crate::http_client::builder()
            .dns_resolver(resolver.clone())
            .user_agent(&config.user_agent)
            .timeout(config.timeout)
            .connect_timeout(Duration::from_secs(10))
            // A redirect would send the token to another address.
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
            changed: Arc::default(),
            reads_only: Arc::default(),
            oddities: Arc::default(),
            answers: Arc::default(),
        })
    }

    /// The rate budget according to the last replies.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.ledger().budget(Instant::now())
    }

    /// How far Cloudflare's clock is ahead of this computer's, by the last reply; `None` before the first.
    #[must_use]
    pub fn clock_skew(&self) -> Option<TimeDelta> {
        self.ledger().skew()
    }

    /// Whether the API is on this computer. Other people's servers may be on it then, too.
    #[must_use]
    pub fn is_on_this_computer(&self) -> bool {
        crate::http_client::on_this_computer(&self.config.base_url)
    }

    /// The number of requests that were sent since the client was made.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The number of calls that changed something since the client was made.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.changed.load(Ordering::Relaxed)
    }

    /// How RealtimeKit and Stream answered last.
    #[must_use]
    pub fn answers(&self) -> Heard {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes an answer, or that there was none.
    fn note_answer(&self, surface: Surface, took: Duration, trouble: Option<&Error>) {
        let answer = Answer {
            at: self.config.clock.now(),
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            trouble: trouble
                .filter(|error| error.concerns_every_call() || matches!(error, Error::Server { .. }))
                .map(Error::user_message),
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match surface {
            Surface::Realtime => answers.realtime = Some(answer),
            Surface::Stream => answers.stream = Some(answer),
            Surface::Analytics | Surface::Workers | Surface::Email | Surface::D1 | Surface::Tokens | Surface::Other => {
            }
        }
    }

    /// Sets whether calls that change something are refused before they are sent, because the desk may not make them.
    pub fn set_reads_only(&self, reads_only: bool) {
        self.reads_only.store(reads_only, Ordering::Relaxed);
    }

    /// Whether calls that change something are refused before they are sent.
    #[must_use]
    pub fn reads_only(&self) -> bool {
        self.reads_only.load(Ordering::Relaxed)
    }

    /// Refuses a call that changes something where the desk may only read.
    pub(super) fn unless_reads_only(&self) -> Result<(), Error> {
        if self.reads_only() { Err(Error::ReadsOnly) } else { Ok(()) }
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

    /// Parses an address from a reply and checks whether it may be used for `purpose`. Every address from a reply must
    /// pass through here before it is used.
    pub fn trusted(&self, address: &str, purpose: Purpose) -> Result<Url, Error> {
        let url = trusted_address(address, purpose, &self.config.base_url).map_err(|untrusted| {
            tracing::warn!(%untrusted, "an address in a reply is not used");
            Error::Untrusted(untrusted)
        })?;
        if purpose.is_storage()
            && let Some(name) = url.domain()
            // `localhost` passes the check above only if the API is on this computer too.
            && name != "localhost"
            // The API's own address comes from this computer's configuration and may be a private one.
            && self.config.base_url.domain() != Some(name)
        {
            self.resolver.guard(name);
        }
        Ok(url)
    }

    /// The path `/accounts/{account}` followed by `rest`.
    pub(super) fn account_path(&self, rest: &str) -> String {
        format!("/accounts/{}{rest}", self.config.account)
    }

    /// The account that the requests are for.
    pub(super) fn account(&self) -> &AccountId {
        &self.config.account
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a call and reads the one thing in the reply.
    pub(super) async fn call<T: Entry>(&self, call: Call<'_>) -> Result<T, Error> {
        let (status, reply) = self.send(&call).await?;
        let (value, odd) = reply.one(status)?;
        self.note_odd(odd);
        Ok(value)
    }

    /// Sends a call and ignores the content of a successful reply.
    pub(super) async fn done(&self, call: Call<'_>) -> Result<(), Error> {
        self.send(&call).await.map(drop)
    }

    /// Sends a call and reads the one thing in the reply; `None` if Cloudflare does not have it.
    pub(super) async fn find<T: Entry>(&self, call: Call<'_>) -> Result<Option<T>, Error> {
        match self.call(call).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a call that deletes something; false if it was gone.
    pub(super) async fn deleted(&self, call: Call<'_>) -> Result<bool, Error> {
        match self.done(call).await {
            Ok(()) => Ok(true),
            Err(Error::Missing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends a call and reads the list in the reply.
    pub(super) async fn list<T: Entry>(&self, call: Call<'_>) -> Result<Listed<T>, Error> {
        Ok(self.list_with_paging(call).await?.0)
    }

    async fn list_with_paging<T: Entry>(&self, call: Call<'_>) -> Result<(Listed<T>, Option<Paging>), Error> {
        let (status, reply) = self.send(&call).await?;
        let listed = reply.list(status)?;
        self.note_odd(listed.odd.iter().cloned());
        Ok((listed, reply.paging()))
    }

    /// Reads one page of a RealtimeKit list.
    pub(super) async fn page<T: Entry>(&self, mut call: Call<'_>, page: u32, per_page: u32) -> Result<Page<T>, Error> {
        call.on_page(page, per_page);
        let (listed, paging) = self.list_with_paging(call).await?;
        Ok(Page::new(listed, paging))
    }

    /// Reads the next page of a walk over a list; `None` at its end.
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

    /// Reads all entries of a short list: RealtimeKit's apps, presets, the participants of one room, or databases.
    pub(super) async fn all<T: Entry>(
        &self,
        surface: Surface,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Vec<T>, Error> {
        let per_page = if surface == Surface::Realtime { PER_PAGE } else { PER_PAGE_ELSEWHERE };
        let mut walk = Walk::new(T::WHAT, PAGES_MAX);
        let mut all = Vec::new();
        let call = || Call { query: query.to_vec(), ..Call::get(surface, path) };
        while let Some(page) = self.next_page(&mut walk, call(), per_page).await? {
            all.extend(page.items);
        }
        Ok(all)
    }

    /// Removes the entries that were not asked for, and notes them as oddities.
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

    /// Notes what could not be read in a reply.
    pub(crate) fn note_odd(&self, odd: impl IntoIterator<Item = Oddity>) {
        let mut oddities = self.oddities.lock().unwrap_or_else(PoisonError::into_inner);
        odd.into_iter().for_each(|oddity| oddities.note(oddity));
    }

    /// Everything in replies that could not be read since the client was made, each once, in the order in which it was
    /// seen.
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
        if call.changes {
            self.unless_reads_only()?;
        }
        let kind = Kind::of(call.surface, &call.method, &call.path);
        if let Some(blocked) = self.blocked(&kind) {
            return Err(Error::RateLimited(blocked));
        }
        let url = format!("{}{}", self.config.base_url.as_str().trim_end_matches('/'), call.path);
        let bearer = call.bearer.map_or_else(|| self.token(), Ok)?;
        let mut request =
            self.http.request(call.method.clone(), url).bearer_auth(bearer.expose_secret()).query(&call.query);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let response = request.send().await.map_err(|error| {
            let error = self.failure(&error);
            self.note_answer(call.surface, began.elapsed(), Some(&error));
            error
        })?;
        let took = began.elapsed();
        let status = response.status();
        self.ledger().read(&kind, status, response.headers(), Instant::now(), self.config.clock.now());
        let blocked = self.blocked(&kind);
        let body = self.body(response, status).await?;
        let mut result = envelope::read(status, &body, call.surface, blocked);
        if result.is_err()
            && let Some(masked) = self.without_secrets(&body, call.bearer.into_iter().chain(call.secret))
        {
            result = envelope::read(status, masked.as_bytes(), call.surface, blocked);
        }
        self.note_answer(call.surface, took, result.as_ref().err());
        match &result {
            Ok(_) if call.changes => {
                self.changed.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(method = %call.method, path = %call.path, %error, "Cloudflare did not do it");
            }
        }
        result.map(|reply| (status, reply))
    }

    /// Sends a request that is not a JSON call, with the same rate budget, blocks and errors as other calls.
    ///
    /// Neither the body nor the status of the reply is read.
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

    /// Sends a form and reads the answer, which is JSON. `secrets` are what the request holds beside the API token.
    pub(super) async fn send_form(
        &self,
        kind: &Kind,
        request: reqwest::RequestBuilder,
        secrets: &[&SecretString],
    ) -> Result<(StatusCode, Reply), Error> {
        let response = self.send_raw(kind, request).await?;
        let status = response.status();
        let blocked = self.blocked(kind);
        let mut body = self.body(response, status).await?;
        if !status.is_success() {
            body = self.without_secrets(&body, secrets.iter().copied()).map_or(body, String::into_bytes);
        }
        envelope::read(status, &body, kind.surface(), blocked).map(|reply| (status, reply))
    }

    /// The error for a reply that is not a success.
    pub(super) async fn refusal(&self, kind: &Kind, response: reqwest::Response, surface: Surface) -> Error {
        let status = response.status();
        let blocked = self.blocked(kind);
        match self.body(response, status).await {
            Ok(body) => {
                let body = self.without_secrets(&body, None).map_or(body, String::into_bytes);
                let why = "an answer without a reason".to_owned();
                envelope::read(status, &body, surface, blocked)
                    .err()
                    .unwrap_or(Error::Unreadable { status: status.as_u16(), why })
            }
            Err(error) => error,
        }
    }

    /// The block of a kind of call, with its end by the clock; `None` if it may be sent.
    pub(super) fn blocked(&self, kind: &Kind) -> Option<Blocked> {
        let blocked = self.ledger().blocked(kind, Instant::now())?;
        let until = TimeDelta::from_std(blocked.retry_after).ok().map(|left| self.config.clock.now().later(left));
        Some(Blocked { until, ..blocked })
    }

    /// The URL of a path below the account.
    pub(super) fn account_url(&self, rest: &str) -> String {
        format!("{}{}", self.config.base_url.as_str().trim_end_matches('/'), self.account_path(rest))
    }

    /// The address of the API.
    pub(super) fn base_url(&self) -> &Url {
        &self.config.base_url
    }

    /// Adds the API token to a request for the API itself.
    pub(super) fn authorized(&self, request: reqwest::RequestBuilder) -> Result<reqwest::RequestBuilder, Error> {
        Ok(request.bearer_auth(self.token()?.expose_secret()))
    }

    /// Adds the API token to a request if its address is that of Cloudflare's API. The address comes from a reply, and
    /// no other host may see the token.
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

    pub(super) async fn body(&self, mut response: reqwest::Response, status: StatusCode) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len().saturating_add(chunk.len()) > BODY_MAX {
                return Err(Error::Unreadable { status: status.as_u16(), why: "the answer is too large".into() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The body of an error without the API token and these secrets; `None` if it contains none of them.
    fn without_secrets<'a>(
        &'a self,
        body: &[u8],
        secrets: impl IntoIterator<Item = &'a SecretString>,
    ) -> Option<String> {
        let text = String::from_utf8_lossy(body);
        let mut masked = text.to_string();
        for secret in secrets.into_iter().chain(self.token().ok()).map(ExposeSecret::expose_secret) {
            // A text with quotation marks, such as a key in JSON, is written with backslashes inside JSON.
            let quoted = Value::from(secret).to_string();
            let quoted = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or(&quoted);
            if secret.len() >= MIN_TOKEN_LENGTH {
                masked = masked.replace(secret, "…").replace(quoted, "…");
            }
        }
        (masked != text).then_some(masked)
    }

    /// The error for a failed request. It has reqwest's message without the address, which may contain a token.
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

/// The host and port of an address, without the parts that may be secret.
fn authority(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}{port}", url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests;
