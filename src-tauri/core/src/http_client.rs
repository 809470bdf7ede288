//! The only place that makes HTTP clients.
//!
//! The clients use the proxies of the desktop: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` as curl reads
//! them, and the system settings on macOS and Windows. Requests to this computer never go through a proxy: a proxy
//! cannot reach it, and would read whatever is sent, including the API token. Certificates are checked against the
//! trust store of the operating system, so a certificate authority that a company installs there is accepted; on Linux,
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` name another store.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::{ClientBuilder, Proxy};
use url::{Host, Url};

/// A builder for a client. It reads the proxy settings once, when it is called.
#[expect(clippy::disallowed_methods, reason = "every other place calls this one")]
pub fn builder() -> ClientBuilder {
    let proxies = Matcher::from_system();
    reqwest::Client::builder().proxy(Proxy::custom(move |target| proxy_for(&proxies, target)))
}

/// Whether an address is always on this computer.
#[must_use]
pub fn on_this_computer(address: &Url) -> bool {
    address.host().is_some_and(|host| is_this_computer(&host))
}

/// Whether a host is always this computer: RFC 6761 §6.3 for names, RFC 5735 and RFC 4291 for numbers.
#[must_use]
pub fn is_this_computer<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.as_ref();
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(number) => number.is_loopback(),
        Host::Ipv6(number) => {
            number.is_loopback() || number.to_ipv4_mapped().is_some_and(|number| number.is_loopback())
        }
    }
}

/// Whether requests to an address go through a proxy, which then finds the host by its name.
#[must_use]
pub fn goes_through_a_proxy(target: &Url) -> bool {
    proxy_for(&Matcher::from_system(), target).is_some()
}

fn proxy_for(proxies: &Matcher, target: &Url) -> Option<Url> {
    if on_this_computer(target) {
        return None;
    }
    let found = proxies.intercept(&target.as_str().parse().ok()?)?;
    let mut proxy: Url = found.uri().to_string().parse().ok()?;
    if let Some((user, password)) = credentials(&found) {
        proxy.set_username(&user).ok()?;
        proxy.set_password(Some(&password)).ok()?;
    }
    Some(proxy)
}

/// The user and password of a proxy. The matcher removes them from the address and returns some of them only in encoded
/// form.
fn credentials(proxy: &Intercept) -> Option<(String, String)> {
    if let Some((user, password)) = proxy.raw_auth() {
        return Some((user.to_owned(), password.to_owned()));
    }
    let encoded = proxy.basic_auth()?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn requests_to_this_computer_never_go_through_a_proxy() {
        let proxies = Matcher::builder().all("http://proxy.example:3128").build();
        let own = [
            "http://127.0.0.1:4000/client/v4",
            "http://127.8.9.10/",
            "http://localhost:4000/",
            "http://LOCALHOST./",
            "http://api.localhost/",
            "http://[::1]:4000/",
            "http://[::ffff:127.0.0.1]/",
            "https://localhost/",
            "http://0x7f.1/",
        ];
        for address in own {
            assert_eq!(proxy_for(&proxies, &url(address)), None, "{address}");
        }
        for address in
            ["https://api.cloudflare.com/", "http://localhost.example.org/", "http://128.0.0.1/", "http://[::2]/"]
        {
            assert_eq!(proxy_for(&proxies, &url(address)), Some(url("http://proxy.example:3128/")), "{address}");
        }
    }

    #[test]
    fn the_exceptions_and_the_password_of_a_proxy_are_used() {
        let proxies = Matcher::builder()
            .https("http://ann:p%40ss%3Aword@proxy.example:3128")
            .no("example.org, 10.0.0.0/8")
            .build();
        assert_eq!(
            proxy_for(&proxies, &url("https://api.cloudflare.com/")),
            Some(url("http://ann:p%40ss%3Aword@proxy.example:3128/"))
        );
        for address in ["https://upload.example.org/", "https://10.1.2.3/", "http://api.cloudflare.com/"] {
            assert_eq!(proxy_for(&proxies, &url(address)), None, "{address}");
        }
    }
}
