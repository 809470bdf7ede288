//! Checks the addresses in replies before Hajime uses them. Somebody between Cloudflare and this computer may have
//! altered a reply, so an address is refused unless its host fits the purpose.
//!
//! Hosts: videos play on the account's `customer-….cloudflarestream.com`, older ones on `videodelivery.net` (Stream
//! docs, “Use your own player”). Uploads continue at the API itself or at Stream's upload hosts below these two names
//! (Stream docs, “Resumable and large files”). A recording's file, a chat and a transcript are at presigned addresses in object storage. No
//! document names the host of that storage, so every public host name is accepted for this purpose. Addresses on this
//! computer are accepted only where the API itself is on this computer.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The purpose for which Hajime uses an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Playing a video, showing its picture, downloading its MP4.
    Playback,
    /// Sending a file to Stream.
    Upload,
    /// Fetching a recording's file from RealtimeKit's storage.
    RecordedFile,
    /// Fetching the chat or the transcript of a session from RealtimeKit's storage.
    SessionText,
    /// Reading a calendar at an address that another server named.
    Calendar,
}

impl Purpose {
    /// Whether the address leads to object storage, of which no document names the host.
    #[must_use]
    pub const fn is_storage(self) -> bool {
        matches!(self, Self::RecordedFile | Self::SessionText)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Playback => "the video",
            Self::Upload => "the upload",
            Self::RecordedFile => "the recorded file",
            Self::SessionText => "the chat or the transcript",
            Self::Calendar => "the calendar",
        }
    }
}

/// The reason why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// The text is not an address.
    NotAnAddress,
    /// The address is not `https`.
    NotHttps,
    /// The address carries a user name or a password.
    UserInfo,
    /// Its host is none of Cloudflare's for this purpose.
    ForeignHost,
    /// The address leads into a private network, or names a computer by its IP address.
    NotPublic,
}

impl Distrust {
    /// The reason as a clause.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotAnAddress => "that is not an address",
            Self::NotHttps => "that connection would not be encrypted",
            Self::UserInfo => "the address carries a user name",
            Self::ForeignHost => "that is not one of Cloudflare’s hosts",
            Self::NotPublic => "that is not a public host",
        }
    }
}

/// An address that Hajime refuses to use. Only its host is kept, because the rest of the address may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    /// The host, for error messages; empty where the address has none.
    pub host: String,
    /// The purpose of the address.
    pub purpose: Purpose,
    /// The reason for the refusal.
    pub why: Distrust,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.is_empty() { "no host" } else { &self.host };
        write!(f, "A reply names {host} for {}: {}", self.purpose.words(), self.why.words())
    }
}

/// Domains at which Stream plays videos and takes uploads. Their subdomains count too.
const STREAM_HOSTS: [&str; 2] = ["cloudflarestream.com", "videodelivery.net"];
/// Endings of host names that no public server has: RFC 6761, RFC 6762, RFC 8375, ICANN's reservation of `internal`,
/// and the names that home and office routers use.
const PRIVATE_ENDINGS: [&str; 9] =
    ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "test"];
/// Characters of a refused host that an error message shows at most.
const SHOWN_HOST_MAX: usize = 100;

/// Returns the address of a calendar to which a server leads, or the reason why it must not be used. It is public and encrypted.
pub fn public_address(text: &str) -> Result<Url, Untrusted> {
    checked(text, Purpose::Calendar, None)
}

/// Returns the address `text` from a reply of the API at `api`, or the reason why it must not be used for `purpose`.
pub fn trusted_address(text: &str, purpose: Purpose, api: &Url) -> Result<Url, Untrusted> {
    checked(text, purpose, Some(api))
}

fn checked(text: &str, purpose: Purpose, api: Option<&Url>) -> Result<Url, Untrusted> {
    let refused = |host: &str, why| {
        let host = host.chars().take(SHOWN_HOST_MAX).collect();
        Err(Untrusted { host, purpose, why })
    };
    let Ok(url) = Url::parse(text.trim()) else { return refused("", Distrust::NotAnAddress) };
    let Some(host) = url.host().map(|host| host.to_owned()) else { return refused("", Distrust::NotAnAddress) };
    let shown = host.to_string();
    if !url.username().is_empty() || url.password().is_some() {
        return refused(&shown, Distrust::UserInfo);
    }
    let api_host = api.and_then(Url::host);
    if is_this_computer(&host) && api_host.is_some_and(|api| is_this_computer(&api.to_owned())) {
        let web = matches!(url.scheme(), "http" | "https");
        return if web { Ok(url) } else { refused(&shown, Distrust::NotHttps) };
    }
    if url.scheme() != "https" {
        return refused(&shown, Distrust::NotHttps);
    }
    let Host::Domain(name) = &host else { return refused(&shown, Distrust::NotPublic) };
    let name = name.strip_suffix('.').unwrap_or(name);
    let of_stream = || STREAM_HOSTS.iter().any(|parent| is_within(name, parent));
    let of_api = || api.and_then(Url::host_str).is_some_and(|api| is_within(name, api));
    let known = match purpose {
        Purpose::Playback => of_stream(),
        Purpose::Upload => of_stream() || of_api(),
        Purpose::RecordedFile | Purpose::SessionText | Purpose::Calendar => {
            let private = !name.contains('.') || PRIVATE_ENDINGS.iter().any(|ending| is_within(name, ending));
            return if private { refused(&shown, Distrust::NotPublic) } else { Ok(url) };
        }
    };
    if known { Ok(url) } else { refused(&shown, Distrust::ForeignHost) }
}

/// Whether an address names this computer: its number, `localhost`, or a name below `localhost` (RFC 6761, section 6.3).
#[must_use]
pub fn names_this_computer(address: &Url) -> bool {
    address.host().is_some_and(|host| match host {
        Host::Domain(name) => is_within(name, "localhost"),
        host => is_this_computer(&host.to_owned()),
    })
}

/// The address of a site that an account publishes with Workers: below `workers.dev`, or below `workers.localhost` where the API itself is
/// on this computer.
pub fn workers_site(script: &str, name: &str, api: &Url) -> Result<Url, url::ParseError> {
    if !api.host().is_some_and(|host| is_this_computer(&host.to_owned())) {
        return format!("https://{script}.{name}.workers.dev/").parse();
    }
    let port = api.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{script}.{name}.workers.localhost{port}/", api.scheme()).parse()
}

/// The address of a site at a hostname of the account: below `domains.localhost` where the API itself is on this computer.
pub fn custom_site(hostname: &str, api: &Url) -> Result<Url, url::ParseError> {
    if !api.host().is_some_and(|host| is_this_computer(&host.to_owned())) {
        return format!("https://{hostname}/").parse();
    }
    let port = api.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{hostname}.domains.localhost{port}/", api.scheme()).parse()
}

fn is_within(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_this_computer(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => *ip == Ipv4Addr::LOCALHOST,
        Host::Ipv6(ip) => *ip == Ipv6Addr::LOCALHOST,
    }
}

/// Returns whether an IP address belongs to the public internet. Private networks, this computer, the metadata services
/// of clouds and ranges that are set aside do not (IANA's special-purpose address registries).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // “This network” and reserved, carrier-grade NAT, protocol assignments, benchmarks.
    let set_aside = matches!((a, b, c), (0 | 240..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _));
    !(set_aside
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let within = |high: u16, low: u16| {
        let embedded = (u32::from(high) << 16) | u32::from(low);
        is_public_v4(Ipv4Addr::from(embedded))
    };
    match address.segments() {
        // IPv4 addresses inside IPv6: mapped (RFC 4291), translated (RFC 6052) and tunnelled by 6to4 (RFC 3056).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            within(high, low)
        }
        // Teredo, ORCHID and documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // Only addresses in 2000::/3 are allocated to the public internet.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloudflare() -> Url {
        "https://api.cloudflare.com/client/v4".parse().unwrap()
    }

    fn here() -> Url {
        "http://127.0.0.1:4000/client/v4".parse().unwrap()
    }

    fn refused(text: &str, purpose: Purpose, api: &Url) -> Distrust {
        trusted_address(text, purpose, api).expect_err(text).why
    }

    #[test]
    fn addresses_at_cloudflares_hosts_are_accepted_for_their_purpose() {
        for (purpose, text) in [
            (Purpose::Playback, "https://customer-f33z.cloudflarestream.com/uid/manifest/video.m3u8"),
            (Purpose::Playback, "https://videodelivery.net/uid/manifest/video.m3u8"),
            (Purpose::Playback, "https://watch.videodelivery.net/uid"),
            (Purpose::Upload, "https://api.cloudflare.com/client/v4/accounts/a/media/uid?tusv2=true"),
            (Purpose::Upload, "https://upload.cloudflarestream.com/tus/uid"),
            (Purpose::Upload, "https://upload.videodelivery.net/tus/uid"),
            (Purpose::RecordedFile, "https://account.r2.cloudflarestorage.com/bucket/file.mp4?X-Amz-Signature=a"),
            (Purpose::RecordedFile, "https://bucket.s3.eu-central-1.amazonaws.com/file.mp4"),
        ] {
            assert!(trusted_address(text, purpose, &cloudflare()).is_ok(), "{text}");
        }
    }

    #[test]
    fn foreign_unencrypted_private_and_malformed_addresses_are_refused() {
        use Distrust::{ForeignHost, NotAnAddress, NotHttps, NotPublic, UserInfo};
        for (purpose, text, why) in [
            (Purpose::Playback, "https://evil.example/uid/manifest/video.m3u8", ForeignHost),
            (Purpose::Playback, "https://notcloudflarestream.com/uid", ForeignHost),
            (Purpose::Playback, "https://cloudflarestream.com.evil.example/uid", ForeignHost),
            (Purpose::Playback, "http://customer-f33z.cloudflarestream.com/uid", NotHttps),
            (Purpose::Playback, "javascript:alert(1)", NotAnAddress),
            (Purpose::Playback, "ftp://videodelivery.net/uid", NotHttps),
            (Purpose::Playback, "https://videodelivery.net@evil.example/uid", UserInfo),
            (Purpose::Playback, "https://user:pass@videodelivery.net/uid", UserInfo),
            (Purpose::Playback, "", NotAnAddress),
            (Purpose::Upload, "https://evil.example/tus", ForeignHost),
            (Purpose::Upload, "https://169.254.169.254/tus", NotPublic),
            (Purpose::RecordedFile, "http://bucket.example.org/file.mp4", NotHttps),
            (Purpose::RecordedFile, "https://169.254.169.254/latest/meta-data", NotPublic),
            (Purpose::RecordedFile, "https://[fd00:ec2::254]/latest", NotPublic),
            (Purpose::RecordedFile, "https://8.8.8.8/file.mp4", NotPublic),
            (Purpose::RecordedFile, "https://2130706433/file.mp4", NotPublic),
            (Purpose::RecordedFile, "https://localhost/file.mp4", NotPublic),
            (Purpose::RecordedFile, "https://metadata/file.mp4", NotPublic),
            (Purpose::RecordedFile, "https://metadata.google.internal/x", NotPublic),
            (Purpose::RecordedFile, "https://nas.local./file.mp4", NotPublic),
            (Purpose::RecordedFile, "https://router.home.arpa/file.mp4", NotPublic),
            (Purpose::RecordedFile, "file:///etc/passwd", NotAnAddress),
        ] {
            assert_eq!(refused(text, purpose, &cloudflare()), why, "{text}");
        }
    }

    #[test]
    fn addresses_on_this_computer_are_accepted_only_when_the_api_is_on_it_too() {
        for purpose in [Purpose::Playback, Purpose::Upload, Purpose::RecordedFile] {
            for text in ["http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x", "https://127.0.0.1/x"] {
                assert!(trusted_address(text, purpose, &here()).is_ok(), "{text}");
                assert!(trusted_address(text, purpose, &cloudflare()).is_err(), "{text}");
            }
            for text in ["http://127.0.0.2/x", "http://10.0.0.1/x", "http://example.org/x", "http://a@127.0.0.1/x"] {
                assert!(trusted_address(text, purpose, &here()).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn a_refusal_shows_the_host_but_not_the_rest_of_the_address() {
        let error = trusted_address("https://evil.example/secret?X-Amz=1", Purpose::Playback, &cloudflare());
        let shown = error.unwrap_err().to_string();
        assert_eq!(shown, "A reply names evil.example for the video: that is not one of Cloudflare’s hosts");
    }

    #[test]
    fn is_public_accepts_public_and_refuses_private_and_reserved_ip_addresses() {
        for public in ["1.1.1.1", "104.16.0.1", "172.64.0.1", "2606:4700::1", "64:ff9b::101:101", "::ffff:1.1.1.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "0.0.0.0",
            "192.0.0.192",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fec0::1",
            "fd00:ec2::254",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::",
            "100::1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }
}
