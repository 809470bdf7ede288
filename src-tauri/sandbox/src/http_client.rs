//! The one place that makes HTTP clients.
//!
//! The sandbox fetches recordings and tells webhooks. Both are on this computer, where no proxy can reach them, and a proxy would see
//! the signatures in their addresses.

use reqwest::ClientBuilder;

/// A client to configure further, which goes through no proxy.
#[expect(clippy::disallowed_methods, reason = "every other place calls this one")]
pub fn builder() -> ClientBuilder {
    reqwest::Client::builder().no_proxy()
}
