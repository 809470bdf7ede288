//! Presigned URLs of the files of recordings and sessions: creating and verifying them, and removing their signatures
//! before they are saved in the state file.

use url::Url;

use crate::{
    clock::Moment,
    ids::{hex, hmac_sha256, same_bytes},
};

/// The path below which all stored files are served.
pub const STORAGE_PATH: &str = "/recordings-storage/";
const EXPIRES: &str = "X-Expires";
const SIGNATURE: &str = "X-Signature";

/// Returns the presigned URL of a file, which is valid until `expires`. The same arguments always give the same URL.
pub fn url(host: &str, secret: &[u8], file: &str, expires: Moment) -> String {
    let seconds = expires.timestamp();
    let signature = signature(secret, file, seconds);
    format!("{host}{STORAGE_PATH}{file}?{EXPIRES}={seconds}&{SIGNATURE}={signature}")
}

/// Whether the query of a request for `file` holds a valid signature that has not expired.
pub fn verify(secret: &[u8], file: &str, query: &[(String, String)], now: Moment) -> bool {
    let member = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let (Some(expires), Some(shown)) = (member(EXPIRES), member(SIGNATURE)) else { return false };
    let Ok(seconds) = expires.parse::<i64>() else { return false };
    same_bytes(signature(secret, file, seconds).as_bytes(), shown.as_bytes()) && now.timestamp() < seconds
}

/// Removes the signature from a URL; `None` when the text is no URL or has no signature.
pub fn without_signature(text: &str) -> Option<String> {
    let mut url = web_url(text)?;
    let secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["signature", "sig", "token", "credential"].iter().any(|word| name.contains(word))
    };
    if !url.query_pairs().any(|(name, _)| secret(&name)) {
        return None;
    }
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| !secret(name)).collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
    Some(url.to_string())
}

/// Adds the signature and the host of this run to a URL of a stored file; `None` for any other text.
pub fn with_signature(text: &str, host: &str, secret: &[u8]) -> Option<String> {
    let parsed = web_url(text)?;
    let file = parsed.path().strip_prefix(STORAGE_PATH)?;
    let seconds: i64 = parsed.query_pairs().find(|(name, _)| name == EXPIRES)?.1.parse().ok()?;
    Some(url(host, secret, file, Moment::from_timestamp(seconds, 0)?))
}

/// Returns the id of the recording whose MP4 a URL of the sandbox names; `None` for any other text.
pub fn recording_id_in(text: &str, host: &str) -> Option<String> {
    let path = text.strip_prefix(host)?.strip_prefix(STORAGE_PATH)?;
    path.split('?').next()?.strip_suffix(".mp4").map(str::to_owned)
}

fn web_url(text: &str) -> Option<Url> {
    // Most texts are no URLs, and this check is cheaper than the parser.
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return None;
    }
    Url::parse(text).ok()
}

fn signature(secret: &[u8], file: &str, expires: i64) -> String {
    hex(&hmac_sha256(secret, format!("{STORAGE_PATH}{file}\n{expires}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "http://127.0.0.1:8080";

    fn moment(seconds: i64) -> Moment {
        Moment::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_url_of_the_sandbox_gets_its_removed_signature_back() {
        let url = url(HOST, b"secret", "97cb0c4e.mp4", moment(2_000));
        let kept = without_signature(&url).unwrap();
        assert!(!kept.contains("Signature"), "{kept}");
        assert_eq!(with_signature(&kept, HOST, b"secret").unwrap(), url);
        assert_eq!(recording_id_in(&url, HOST).unwrap(), "97cb0c4e");
    }

    #[test]
    fn without_signature_cleans_foreign_urls_and_ignores_other_texts() {
        let kept = without_signature("https://bucket.example/rec.mp4?X-Amz-Signature=abc&X-Amz-Expires=60").unwrap();
        assert_eq!(kept, "https://bucket.example/rec.mp4?X-Amz-Expires=60");
        assert_eq!(without_signature("https://bucket.example/rec.mp4"), None);
        assert_eq!(without_signature("Tuesday beginners"), None);
    }

    #[test]
    fn a_signature_is_valid_for_its_file_until_it_expires() {
        let url = Url::parse(&url(HOST, b"secret", "a.mp4", moment(2_000))).unwrap();
        let query: Vec<_> = url.query_pairs().into_owned().collect();
        assert!(verify(b"secret", "a.mp4", &query, moment(1_999)));
        assert!(!verify(b"secret", "a.mp4", &query, moment(2_000)));
        assert!(!verify(b"secret", "b.mp4", &query, moment(1_999)));
        assert!(!verify(b"other", "a.mp4", &query, moment(1_999)));
        assert!(!verify(b"secret", "a.mp4", &[], moment(1_999)));
    }
}
