//! A hostname of the association's own, such as `join.example.org`.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::domain::invalid::Invalid;

/// A hostname with at least two labels, as it stands in an address: in small letters, and other scripts as Punycode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hostname(String);

/// A text that is no hostname.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a hostname")]
pub struct NotAHostname(String);

impl Hostname {
    /// The longest hostname (RFC 1035 §2.3.4).
    const MAX: usize = 253;
    /// The longest part between two dots.
    const LABEL_MAX: usize = 63;

    /// The hostname as it stands in an address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_label(label: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=Hostname::LABEL_MAX).contains(&label.len())
        && label.bytes().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl FromStr for Hostname {
    type Err = NotAHostname;

    /// Reads a hostname, also one with `https://` before it or a slash behind it, as it is copied from a browser.
    fn from_str(text: &str) -> Result<Self, NotAHostname> {
        let refused = || NotAHostname(text.trim().chars().take(64).collect());
        let bare = text.trim();
        let bare = bare.strip_prefix("https://").unwrap_or(bare);
        let bare = bare.strip_suffix('/').unwrap_or(bare);
        if bare.contains(['/', '?', '#', '@', ':', '\\']) {
            return Err(refused());
        }
        let address: Url = format!("https://{bare}/").parse().map_err(|_| refused())?;
        let Some(Host::Domain(name)) = address.host() else { return Err(refused()) };
        let sound = name.len() <= Self::MAX && name.contains('.') && name.split('.').all(is_label);
        if sound { Ok(Self(name.to_owned())) } else { Err(refused()) }
    }
}

impl From<NotAHostname> for Invalid {
    fn from(problem: NotAHostname) -> Self {
        Self::one("hostname", format!("{problem}."), "Type the name alone, such as join.example.org.")
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostname_is_read_as_people_type_it() {
        for (typed, read) in [
            ("join.example.org", "join.example.org"),
            (" Join.Example.ORG ", "join.example.org"),
            ("https://join.example.org/", "join.example.org"),
            ("kurse.schön.example", "kurse.xn--schn-7qa.example"),
        ] {
            assert_eq!(typed.parse::<Hostname>().unwrap().as_str(), read);
        }
    }

    #[test]
    fn what_is_no_hostname_is_refused() {
        let long = format!("{}.org", "a".repeat(64));
        for bad in [
            "",
            "join",
            "join.example.org/page",
            "join.example.org:8443",
            "ann@example.org",
            "http://join.example.org",
            "192.168.1.5",
            "[::1]",
            "*.example.org",
            "a..org",
            "-a.org",
            "a-.org",
            "a_b.org",
            "join.example.org?x",
            &long,
        ] {
            assert!(bad.parse::<Hostname>().is_err(), "{bad}");
        }
    }
}
