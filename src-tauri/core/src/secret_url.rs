//! Addresses that carry a token.

use std::fmt;

use chrono::{DateTime, Utc};
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

    /// An invitation: the join page's address with a token, and what the page says before anybody is in the room, namely when the class
    /// begins and whether it is recorded. The fields are read by `ui/join/address.js`.
    #[must_use]
    pub fn invitation(page: &Url, token: &SecretString, begins: DateTime<Utc>, recorded: bool) -> Self {
        let mut url = page.clone();
        let (token, opens) = (token.expose_secret(), begins.timestamp());
        url.set_fragment(Some(&format!("token={token}&opens={opens}&recorded={}", u8::from(recorded))));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_says_when_the_class_begins_and_whether_it_is_recorded() {
        let page: Url = "https://join.example.org/dojo/".parse().unwrap();
        let begins = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let url = SecretUrl::invitation(&page, &"a.b-c.d_e".into(), begins, true);
        assert_eq!(url.expose(), "https://join.example.org/dojo/#token=a.b-c.d_e&opens=1800000000&recorded=1");
        assert_eq!(format!("{url:?}"), "SecretUrl(…)");
    }
}
