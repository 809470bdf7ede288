//! The only module that creates HTTP clients.
//!
//! The sandbox fetches sources and delivers webhooks. Sources and receivers are on this computer, where a proxy cannot
//! reach them. A proxy would also see the signatures in their URLs.

use reqwest::ClientBuilder;

/// A builder for a client that uses no proxy.
#[expect(clippy::disallowed_methods, reason = "every other place calls this one")]
pub fn builder() -> ClientBuilder {
    reqwest::Client::builder().no_proxy()
}
