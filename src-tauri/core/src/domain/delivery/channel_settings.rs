//! How a channel is set on this desk, and how it fared.

use chrono::{DateTime, TimeDelta, Utc};
use url::{Host, Url};

use crate::domain::clock::is_within;
use crate::domain::delivery::channel::Channel;
use crate::domain::delivery::quiet_hours::QuietHours;
use crate::domain::invalid::Invalid;

/// How long the webhook's earlier secret signs beside the new one, so that the receiver can be given the new one in
/// between.
pub const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// The longest address of a receiver.
const ADDRESS_MAX: usize = 2_000;

/// A channel. Secrets, and the address of Slack, which is one, are in the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSettings {
    /// Which one.
    pub channel: Channel,
    /// Whether events are queued for it.
    pub is_on: bool,
    /// Where the webhook sends to; `None` for the other channels.
    pub address: Option<Url>,
    /// When it sends nothing.
    pub quiet: Option<QuietHours>,
    /// When the webhook's secret replaced another one.
    pub secret_renewed: Option<DateTime<Utc>>,
    /// When something was accepted last.
    pub last_sent: Option<DateTime<Utc>>,
    /// What went wrong last and when, until something was accepted.
    pub last_error: Option<(String, DateTime<Utc>)>,
}

impl ChannelSettings {
    /// A channel that was never set.
    #[must_use]
    pub const fn off(channel: Channel) -> Self {
        Self {
            channel,
            is_on: false,
            address: None,
            quiet: None,
            secret_renewed: None,
            last_sent: None,
            last_error: None,
        }
    }

    /// Whether the webhook's earlier secret still signs.
    #[must_use]
    pub fn signs_with_earlier_secret(&self, now: DateTime<Utc>) -> bool {
        self.secret_renewed.is_some_and(|renewed| is_within(renewed, SECRET_OVERLAP, now))
    }

    /// The recipient as a delivery names it.
    #[must_use]
    pub fn recipient(&self) -> String {
        let host = self.address.as_ref().and_then(|address| address.host_str()).map(str::to_owned);
        host.unwrap_or_else(|| self.channel.title().to_owned())
    }
}

/// The address of the association's own server. It is `https`, or on this computer, and carries no password: what it
/// gets is signed, and nothing secret may stand in an address.
pub fn webhook_address(text: &str) -> Result<Url, Invalid> {
    let refused = |message: String, next| Err(Invalid::one("webhook_address", message, next));
    let text = text.trim();
    let address = (text.len() <= ADDRESS_MAX).then(|| text.parse::<Url>().ok()).flatten();
    let Some((address, host)) = address.and_then(|address| Some((address.clone(), address.host()?.to_owned()))) else {
        let shown: String = text.chars().take(60).collect();
        return refused(format!("“{shown}” is not an address."), "Write it as https://api.example.org/hook.");
    };
    if !address.username().is_empty() || address.password().is_some() {
        return refused(
            "The address has a name or password before its @.".into(),
            "Leave out everything between // and @: the receiver knows Hajime by the signature.",
        );
    }
    if address.fragment().is_some() {
        return refused("The address has a # part.".into(), "Leave out everything from the #: no server gets it.");
    }
    match address.scheme() {
        "https" => Ok(address),
        "http" if is_loopback(&host) => Ok(address),
        _ => refused(
            format!("The address of {host} is not an https address."),
            "Begin it with https://. Only a receiver on this computer may have http://.",
        ),
    }
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(number) => number.is_loopback(),
        Host::Ipv6(number) => number.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_reached_by_https_or_is_on_this_computer() {
        for good in [
            "https://api.wwmaa.com/api/webhooks/cloudflare/recordings",
            "https://192.168.1.5:8443/hook",
            "http://127.0.0.1:9000/hook",
            "http://localhost:9000/hook",
            "http://[::1]:9000/hook",
        ] {
            assert_eq!(webhook_address(good).unwrap().as_str(), good);
        }
        for (bad, words) in [
            ("", "is not an address"),
            ("api.example.org/hook", "is not an address"),
            ("http://api.example.org/hook", "not an https address"),
            ("http://192.168.1.5/hook", "not an https address"),
            ("ftp://127.0.0.1/hook", "not an https address"),
            ("https://ann:secret@api.example.org/", "before its @"),
            ("https://api.example.org/#here", "has a # part"),
        ] {
            let said = webhook_address(bad).unwrap_err().to_string();
            assert!(said.contains(words) && !said.contains("secret"), "{bad}: {said}");
        }
        assert!(webhook_address(&format!("https://api.example.org/{}", "a".repeat(3_000))).is_err());
    }

    #[test]
    fn the_earlier_secret_signs_for_a_day() {
        let now: DateTime<Utc> = "2026-11-29T12:00:00Z".parse().unwrap();
        let mut webhook = ChannelSettings::off(Channel::Webhook);
        assert!(!webhook.signs_with_earlier_secret(now));
        webhook.secret_renewed = Some(now);
        assert!(webhook.signs_with_earlier_secret(now + TimeDelta::hours(23)));
        assert!(!webhook.signs_with_earlier_secret(now + SECRET_OVERLAP));
    }
}
