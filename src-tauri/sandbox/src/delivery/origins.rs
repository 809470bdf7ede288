//! Decides which pages may show a video, by its `allowedOrigins`.
//!
//! A browser names the origin of a page in `Origin`, or in `Referer` when it loads a frame or a picture. A request with
//! neither header does not come from a page of another origin. It is allowed, because Stream allows players outside
//! browsers, unless the switch `origin_required` is on. `null` and the origins of desktop web views match no pattern.

use axum::http::{HeaderMap, header};
use url::Url;

/// Whether a request may fetch a video. `host` is the delivery host, whose own pages may fetch every video.
/// `without_origin` is the result for a request that names no origin.
pub fn allows(allowed: &[String], host: &str, headers: &HeaderMap, without_origin: bool) -> bool {
    if allowed.is_empty() {
        return true;
    }
    let stated = headers.get(header::ORIGIN).or_else(|| headers.get(header::REFERER));
    let Some(stated) = stated else { return without_origin };
    let Some(authority) = stated.to_str().ok().and_then(authority) else { return false };
    let own = self::authority(host).is_some_and(|own| own == authority);
    own || allowed.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &authority))
}

/// Whether a text is a pattern that Stream accepts: a host, with an optional port and an optional `*.` before it,
/// without scheme and path.
pub fn is_pattern(text: &str) -> bool {
    let host = text.strip_prefix("*.").unwrap_or(text);
    let sound = |host: &str| {
        let known = |c: char| c.is_alphanumeric() || "-_.:[]".contains(c);
        !host.is_empty()
            && host.len() <= 260
            && host.chars().all(known)
            && authority(&format!("http://{host}")).is_some()
    };
    text == "*" || sound(host)
}

/// The host of a web address, with the port unless it is the scheme's default.
fn authority(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| ["http", "https"].contains(&url.scheme()))?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Whether a pattern matches. `*.example.org` matches every subdomain of `example.org`, not `example.org` itself.
fn matches(pattern: &str, authority: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some("") => true,
        Some(below) => authority.len() > below.len() && authority.ends_with(below),
        None => authority == pattern,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn admits(allowed: &[&str], origin: &str) -> bool {
        let allowed: Vec<String> = allowed.iter().map(|pattern| (*pattern).to_owned()).collect();
        let headers = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_str(origin).unwrap())]);
        allows(&allowed, "http://127.0.0.1:9", &headers, true)
    }

    #[test]
    fn a_pattern_matches_its_host_and_port_and_a_wildcard_matches_subdomains() {
        assert!(admits(&["example.org"], "https://example.org") && admits(&["Example.org"], "http://example.org:80"));
        assert!(
            !admits(&["example.org"], "https://www.example.org")
                && !admits(&["example.org"], "https://example.org:8443")
        );
        assert!(
            admits(&["*.example.org"], "https://a.b.example.org") && !admits(&["*.example.org"], "https://example.org")
        );
        assert!(!admits(&["*.example.org"], "https://badexample.org"));
        assert!(
            admits(&["localhost:5173"], "http://localhost:5173") && !admits(&["localhost"], "http://localhost:5173")
        );
        for odd in ["null", "tauri://localhost", "file://", "https://"] {
            assert!(!admits(&["localhost", "*.org"], odd), "{odd}");
            assert!(admits(&[], odd), "{odd}");
        }
        assert!(admits(&["example.org"], "http://127.0.0.1:9"));
    }

    #[test]
    fn a_request_without_an_origin_is_allowed_unless_an_origin_is_required() {
        let allowed = ["example.org".to_owned()];
        let nobody = HeaderMap::new();
        assert!(allows(&allowed, "http://127.0.0.1:9", &nobody, true));
        assert!(!allows(&allowed, "http://127.0.0.1:9", &nobody, false));
        assert!(allows(&[], "http://127.0.0.1:9", &nobody, false));
    }

    #[test]
    fn a_pattern_with_a_scheme_or_path_is_invalid() {
        for good in ["example.org", "*.example.org", "localhost:5173", "*", "[::1]:80", "xn--bcher-kva.example"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "https://example.org", "example.org/path", "a b", "x;y", "*.", "example.org:port", "'self'"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
