//! Addresses that carry a token.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// An address with a token in its fragment. It opens a room or plays a video, so only the person who asked for it may
/// see it.
#[derive(Clone)]
pub struct SecretUrl(SecretString);

impl SecretUrl {
    /// Adds a token to the address of a page, after `#`.
    #[must_use]
    pub fn with_token(page: &Url, token: &SecretString) -> Self {
        let mut url = page.clone();
        url.set_fragment(Some(&format!("token={}", token.expose_secret())));
        Self(SecretString::from(String::from(url)))
    }

    pub(crate) fn new(url: &Url) -> Self {
        Self(SecretString::from(url.as_str().to_owned()))
    }

    /// The address with its token, for the clipboard or a browser; never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretUrl(…)")
    }
}
