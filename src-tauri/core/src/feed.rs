//! Fetches a calendar from an address that a person gave. The server may answer anything, late or never: the time, the size and
//! the redirects have limits. A redirect leads to public hosts only, so that no server can send Hajime into a private network.
//! No error names more of the address than its host.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{
    ACCEPT, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use crate::domain::address::{is_public, public_address};
use crate::domain::retry_after;
use crate::domain::schedule::calendar::feed::{FeedAddress, Trouble, Version};
use crate::domain::schedule::calendar::lines::FILE_MAX;
use crate::http_client;

/// How long a question may take, with its answer and all redirects.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// How long the connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// The most redirects of one question.
const REDIRECTS_MAX: usize = 5;
/// The longest `ETag` or `Last-Modified` that is kept.
const VERSION_MAX: usize = 200;

/// An answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// The calendar is as it was.
    Unchanged,
    /// The file as it came, and what identifies it.
    File(Vec<u8>, Version),
}

/// Why there is no such answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoCalendar {
    pub(crate) trouble: Trouble,
    /// How long the server wishes to be left alone.
    pub(crate) retry_after: Option<TimeDelta>,
}

/// A resolver that finds public addresses only.
#[derive(Debug)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?.filter(|address| is_public(address.ip()));
            let found: Vec<_> = found.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Fetches a calendar, unless it is still the `known` version.
pub(crate) async fn fetch(address: &FeedAddress, known: &Version, now: DateTime<Utc>) -> Result<Fetched, NoCalendar> {
    let asked = tokio::time::timeout(TIME_LIMIT, ask(address, known, now)).await;
    asked.unwrap_or_else(|_| Err(failed(format!("{} did not answer in time.", address.host()), AGAIN)))
}

const AGAIN: &str = "Hajime asks again by itself. What was imported stays.";
const CHECK_ADDRESS: &str = "Copy the address again from the other calendar. What was imported stays.";

async fn ask(address: &FeedAddress, known: &Version, now: DateTime<Utc>) -> Result<Fetched, NoCalendar> {
    let client = |guarded: bool| {
        let builder = http_client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .user_agent(concat!("Hajime/", env!("CARGO_PKG_VERSION")));
        let builder = if guarded { builder.dns_resolver(PublicOnly) } else { builder };
        builder.build().map_err(|_| failed("Hajime could not make a connection.".into(), AGAIN))
    };
    let mut url = address.url().clone();
    for _ in 0..=REDIRECTS_MAX {
        // The host that the person typed may be a private one. The resolver of a client finds its proxy, too, which may be one.
        let is_guarded = !is_same_host(address.url(), &url) && !http_client::goes_through_a_proxy(&url);
        let response =
            question(&client(is_guarded)?, url.clone(), known).send().await.map_err(|error| lost(&error, &url))?;
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
        let redirects = response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED;
        match location.filter(|_| redirects) {
            None => return answer(response, &url, known, now).await,
            Some(location) => url = redirected(address, &url, &location)?,
        }
    }
    Err(failed(format!("{} leads from one address to the next without end.", address.host()), CHECK_ADDRESS))
}

fn question(http: &Client, url: Url, known: &Version) -> reqwest::RequestBuilder {
    let mut request = http.get(url).header(ACCEPT, "text/calendar, */*;q=0.5");
    for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    request
}

fn is_same_host(one: &Url, other: &Url) -> bool {
    (one.host_str(), one.port_or_known_default()) == (other.host_str(), other.port_or_known_default())
}

/// Where a redirect leads. The host that the person typed may be a private one, any other is public and encrypted.
fn redirected(address: &FeedAddress, from: &Url, location: &str) -> Result<Url, NoCalendar> {
    let host = address.host();
    let Ok(next) = from.join(location) else {
        return Err(failed(format!("{host} leads to something that is no address."), CHECK_ADDRESS));
    };
    if is_same_host(address.url(), &next) && next.scheme() == address.url().scheme() {
        return Ok(next);
    }
    public_address(next.as_str()).map_err(|untrusted| {
        let words = format!("{host} leads to another address that Hajime does not follow: {}.", untrusted.why.words());
        failed(words, "Use the address that it leads to, if you trust it.")
    })
}

async fn answer(mut response: Response, url: &Url, known: &Version, now: DateTime<Utc>) -> Result<Fetched, NoCalendar> {
    let host = url.host_str().unwrap_or_default();
    let status = response.status();
    if status == StatusCode::NOT_MODIFIED && *known != Version::default() {
        return Ok(Fetched::Unchanged);
    }
    if status != StatusCode::OK {
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| retry_after::read(value.to_str().ok()?, now));
        return Err(NoCalendar { retry_after, ..refusal(host, status) });
    }
    let version =
        Version { etag: kept(response.headers(), &ETAG), last_modified: kept(response.headers(), &LAST_MODIFIED) };
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return Err(failed(format!("The calendar of {host} broke off before its end."), AGAIN)),
        }
        if bytes.len() > FILE_MAX {
            let next = "Ask for a calendar with fewer events. What was imported stays.";
            return Err(failed(format!("The calendar of {host} is larger than 32 MB."), next));
        }
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes).trim_ascii_start();
    if text.first() == Some(&b'<') {
        let next = "It may want somebody to sign in. Copy the address of the calendar itself. What was imported stays.";
        return Err(failed(format!("{host} answered with a web page instead of a calendar."), next));
    }
    Ok(Fetched::File(bytes, version))
}

fn refusal(host: &str, status: StatusCode) -> NoCalendar {
    match status.as_u16() {
        401 | 403 => failed(format!("{host} does not let Hajime read the calendar ({status})."), CHECK_ADDRESS),
        404 | 410 => failed(format!("{host} has no calendar at this address any more ({status})."), CHECK_ADDRESS),
        429 => failed(format!("{host} asks for fewer questions ({status})."), AGAIN),
        500..=599 => failed(format!("{host} is out of order ({status})."), AGAIN),
        _ => failed(format!("{host} answered {status} instead of a calendar."), CHECK_ADDRESS),
    }
}

fn lost(error: &reqwest::Error, url: &Url) -> NoCalendar {
    // The words of the client may name the address, which can be a secret.
    let host = url.host_str().unwrap_or_default();
    if error.is_connect() {
        return failed(format!("{host} cannot be reached."), AGAIN);
    }
    failed(format!("The connection to {host} broke before it answered."), AGAIN)
}

fn failed(message: String, next: &str) -> NoCalendar {
    NoCalendar { trouble: Trouble { message, next: next.to_owned() }, retry_after: None }
}

fn kept(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= VERSION_MAX).then(|| value.to_owned())
}
