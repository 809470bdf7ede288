//! Playback tokens, and the keys that sign them. A playback token is an RS256 JWT in the path of a video's address.
//!
//! Format: Stream docs, “Secure your Stream”. The header and the payload of a token name its key. A token is valid for
//! at most 24 hours.

pub mod import;

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{KeyId, VideoId};
use crate::domain::sharing::rights::{AccessRule, Rights};

/// The longest time for which Stream accepts a token.
pub const LONGEST: TimeDelta = TimeDelta::hours(24);
/// A token is valid from this long before its signing, because clocks may differ a little.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// The length of the keys that Cloudflare makes. Shorter keys are refused.
const SMALLEST_KEY_BITS: usize = 2048;

/// The reason why no token was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The key is not an RSA private key in PEM.
    #[error("the signing key is not an RSA private key in PEM form")]
    NotAKey,
    /// The key has fewer bits than 2048; its number of bits.
    #[error("the signing key has {0} bits; at least 2048 are needed")]
    TooShort(usize),
    /// The token would be valid for more than 24 hours, or would have expired already.
    #[error("a token can be valid for at most 24 hours")]
    BadValidity,
    /// Signing failed.
    #[error("the token could not be signed")]
    Failed,
    /// The manifest's address does not hold the video's uid.
    #[error("the playback address does not belong to the video")]
    ForeignAddress,
}

/// A signing key, parsed and ready to use.
pub struct PlaybackKey {
    id: KeyId,
    /// Read once, because reading a key takes a good part of the time of a signature.
    pair: RsaKeyPair,
}

impl fmt::Debug for PlaybackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlaybackKey({})", self.id)
    }
}

/// The claims of a playback token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaybackClaims {
    /// The video that the token plays.
    pub video: VideoId,
    /// The moment at which the token is made.
    pub issued_at: DateTime<Utc>,
    /// The moment at which the token expires.
    pub expires_at: DateTime<Utc>,
    /// What the token allows.
    pub rights: Rights,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    sub: &'a str,
    kid: &'a str,
    exp: i64,
    nbf: i64,
    downloadable: bool,
    #[serde(skip_serializing_if = "<[AccessRule]>::is_empty")]
    access_rules: &'a [AccessRule],
}

impl PlaybackKey {
    /// Reads a private key in PEM form: PKCS#1, as Cloudflare gives it, or PKCS#8.
    pub fn from_pem(id: KeyId, pem: &SecretString) -> Result<Self, SigningError> {
        let text = pem.expose_secret();
        let key = RsaPrivateKey::from_pkcs1_pem(text)
            .or_else(|_| RsaPrivateKey::from_pkcs8_pem(text))
            .map_err(|_| SigningError::NotAKey)?;
        let bits = key.size().saturating_mul(8);
        if bits < SMALLEST_KEY_BITS {
            return Err(SigningError::TooShort(bits));
        }
        let der = key.to_pkcs1_der().map_err(|_| SigningError::NotAKey)?;
        let pair = RsaKeyPair::from_der(der.as_bytes()).map_err(|_| SigningError::NotAKey)?;
        Ok(Self { id, pair })
    }

    /// The id of the key at Cloudflare.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// Signs a token with these claims.
    pub fn sign(&self, claims: &PlaybackClaims) -> Result<SecretString, SigningError> {
        let valid = claims.expires_at.since(claims.issued_at);
        if valid <= TimeDelta::zero() || valid > LONGEST {
            return Err(SigningError::BadValidity);
        }
        let begins = claims.rights.not_before.unwrap_or_else(|| claims.issued_at.earlier(CLOCK_TOLERANCE));
        let header = Header { alg: "RS256", kid: self.id.as_str(), typ: "JWT" };
        let payload = Payload {
            sub: claims.video.as_str(),
            kid: self.id.as_str(),
            exp: claims.expires_at.timestamp(),
            nbf: begins.timestamp(),
            downloadable: claims.rights.download,
            access_rules: &claims.rights.rules,
        };
        let message = format!("{}.{}", encoded(&header)?, encoded(&payload)?);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
        signed.map_err(|_| SigningError::Failed)?;
        Ok(SecretString::from(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

/// The private key as JWK (RFC 7517), as browsers and Workers read it.
pub fn jwk(pem: &SecretString) -> Result<SecretString, SigningError> {
    #[derive(Serialize)]
    struct Jwk {
        kty: &'static str,
        alg: &'static str,
        n: String,
        e: String,
        d: String,
        p: String,
        q: String,
        dp: String,
        dq: String,
        qi: String,
    }
    let key = RsaPrivateKey::from_pkcs1_pem(pem.expose_secret()).map_err(|_| SigningError::NotAKey)?;
    let [p, q] = key.primes() else { return Err(SigningError::NotAKey) };
    let (Some(dp), Some(dq), Some(qi)) = (key.dp(), key.dq(), key.crt_coefficient()) else {
        return Err(SigningError::NotAKey);
    };
    let number = |number: &rsa::BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    let jwk = Jwk {
        kty: "RSA",
        alg: "RS256",
        n: number(key.n()),
        e: number(key.e()),
        d: number(key.d()),
        p: number(p),
        q: number(q),
        dp: number(dp),
        dq: number(dq),
        qi: number(&qi),
    };
    serde_json::to_string(&jwk).map(SecretString::from).map_err(|_| SigningError::Failed)
}

fn encoded(part: &impl Serialize) -> Result<String, SigningError> {
    serde_json::to_vec(part).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| SigningError::Failed)
}

/// The id of the key that a token names. The signature is not checked.
#[must_use]
pub fn token_key_id(token: &SecretString) -> Option<KeyId> {
    #[derive(Deserialize)]
    struct Kid {
        kid: String,
    }
    let header = token.expose_secret().split('.').next()?;
    let header: Kid = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    header.kid.parse().ok()
}

/// The addresses of a video with a token in them.
#[derive(Clone, PartialEq, Eq)]
pub struct PlaybackUrls {
    /// The HLS manifest.
    pub hls: Url,
    /// A web page that plays the video.
    pub watch: Url,
    /// The player alone, for a frame in another page. It can begin at a moment and show captions.
    pub player: Url,
    /// The MP4 file.
    pub mp4: Url,
    /// The sound alone, as an M4A file.
    pub m4a: Url,
    /// A still picture of the video.
    pub thumbnail: Url,
}

impl fmt::Debug for PlaybackUrls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlaybackUrls(…)")
    }
}

/// Replaces the video's uid in the address of the manifest by the token.
pub fn playback_urls(manifest: &Url, video: &VideoId, token: &SecretString) -> Result<PlaybackUrls, SigningError> {
    let segments: Vec<&str> = manifest.path_segments().ok_or(SigningError::ForeignAddress)?.collect();
    let position = segments.iter().position(|part| *part == video.as_str()).ok_or(SigningError::ForeignAddress)?;
    let at = |rest: &[&str]| {
        let mut url = manifest.clone();
        url.set_query(None);
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(&segments[..position]).push(token.expose_secret()).extend(rest);
        }
        url
    };
    Ok(PlaybackUrls {
        hls: at(&["manifest", "video.m3u8"]),
        watch: at(&["watch"]),
        player: at(&["iframe"]),
        mp4: at(&["downloads", "default.mp4"]),
        m4a: at(&["downloads", "audio.m4a"]),
        thumbnail: at(&["thumbnails", "thumbnail.jpg"]),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use rsa::pkcs1::{EncodeRsaPublicKey as _, LineEnding};
    use rsa::pkcs8::EncodePrivateKey as _;
    use serde_json::Value;

    use super::*;

    static KEY: LazyLock<RsaPrivateKey> =
        LazyLock::new(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap());
    const VIDEO: &str = "ea95132c15732412d22c1476fa83f27a";

    fn pem() -> SecretString {
        SecretString::from(KEY.to_pkcs1_pem(LineEnding::LF).unwrap().to_string())
    }

    fn claims(hours: i64) -> PlaybackClaims {
        let issued_at: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        PlaybackClaims {
            video: VIDEO.parse().unwrap(),
            issued_at,
            expires_at: issued_at + TimeDelta::hours(hours),
            rights: Rights::to_watch(true),
        }
    }

    #[test]
    fn the_public_key_verifies_a_signed_token() {
        let key = PlaybackKey::from_pem("key-1".parse().unwrap(), &pem()).unwrap();
        let token = key.sign(&claims(24)).unwrap();
        let public = KEY.to_public_key().to_pkcs1_pem(LineEnding::LF).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        let key = DecodingKey::from_rsa_pem(public.as_bytes()).unwrap();
        let decoded = jsonwebtoken::decode::<Value>(token.expose_secret(), &key, &validation).unwrap();
        assert_eq!(decoded.header.kid.as_deref(), Some("key-1"));
        let expected = serde_json::json!({
            "sub": VIDEO, "kid": "key-1", "exp": 1_772_452_800, "nbf": 1_772_366_100, "downloadable": true,
        });
        assert_eq!(decoded.claims, expected);
        assert_eq!(token_key_id(&token).unwrap().as_str(), "key-1");
    }

    #[test]
    fn a_key_as_jwk_is_the_same_key() {
        let written: Value = serde_json::from_str(jwk(&pem()).unwrap().expose_secret()).unwrap();
        let number = |name: &str| {
            rsa::BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(written[name].as_str().unwrap()).unwrap())
        };
        assert_eq!((&written["kty"], &written["alg"]), (&Value::from("RSA"), &Value::from("RS256")));
        let primes = vec![number("p"), number("q")];
        let read = RsaPrivateKey::from_components(number("n"), number("e"), number("d"), primes).unwrap();
        assert_eq!(read, *KEY);
        assert_eq!((Some(&number("dp")), Some(&number("dq"))), (KEY.dp(), KEY.dq()));
        assert_eq!(Some(number("qi")), KEY.crt_coefficient());
        assert!(jwk(&SecretString::from("no key")).is_err());
    }

    /// Signs a token for each option. `HAJIME_WRITE_TOKENS` names a file that they are written to with the public key, for
    /// a check by another library (`tests/conformance/test_tokens.py`).
    #[test]
    fn tokens_for_every_option_verify_with_another_library() {
        use rsa::pkcs1v15::{Signature, VerifyingKey};
        use rsa::signature::Verifier as _;

        let now = crate::ports::Clock::now(&crate::ports::SystemClock);
        let rights = [
            ("watch", Rights::to_watch(false)),
            ("download", Rights::to_watch(true)),
            ("later", Rights { not_before: Some(now + TimeDelta::hours(1)), ..Rights::to_watch(false) }),
            ("country", Rights::to_watch(false).only_from(&["JP".into(), "DE".into()], &[]).unwrap()),
            (
                "address",
                Rights::to_watch(true).only_from(&[], &["203.0.113.0/24".into(), "2001:db8::/32".into()]).unwrap(),
            ),
        ];
        let key = PlaybackKey::from_pem("key-1".parse().unwrap(), &pem()).unwrap();
        let public = VerifyingKey::<sha2::Sha256>::new(KEY.to_public_key());
        let mut written = Vec::new();
        for (name, rights) in rights {
            let expires_at = now + TimeDelta::hours(6);
            let claims = PlaybackClaims { video: VIDEO.parse().unwrap(), issued_at: now, expires_at, rights };
            let token = key.sign(&claims).unwrap().expose_secret().to_owned();
            let (message, signature) = token.rsplit_once('.').unwrap();
            let signature = Signature::try_from(URL_SAFE_NO_PAD.decode(signature).unwrap().as_slice()).unwrap();
            public.verify(message.as_bytes(), &signature).unwrap();
            let begins = claims.rights.not_before.unwrap_or(now - CLOCK_TOLERANCE).timestamp();
            written.push(serde_json::json!({
                "name": name, "token": token, "exp": expires_at.timestamp(), "nbf": begins, "downloadable": claims.rights.download,
                "accessRules": claims.rights.rules,
            }));
        }
        if let Some(path) = std::env::var_os("HAJIME_WRITE_TOKENS") {
            let public = KEY.to_public_key().to_pkcs1_pem(LineEnding::LF).unwrap();
            let all = serde_json::json!({ "kid": "key-1", "sub": VIDEO, "public": public, "tokens": written });
            std::fs::write(path, all.to_string()).unwrap();
        }
    }

    #[test]
    fn a_token_carries_the_beginning_and_the_rules() {
        let key = PlaybackKey::from_pem("key-1".parse().unwrap(), &pem()).unwrap();
        let mut claims = claims(6);
        claims.rights = Rights::to_watch(false).only_from(&["jp".into()], &[]).unwrap();
        claims.rights.not_before = Some(claims.issued_at + TimeDelta::hours(1));
        let token = key.sign(&claims).unwrap();
        let payload = token.expose_secret().split('.').nth(1).unwrap();
        let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let rules = serde_json::json!([
            { "type": "ip.geoip.country", "country": ["JP"], "action": "allow" }, { "type": "any", "action": "block" },
        ]);
        assert_eq!((&payload["nbf"], &payload["accessRules"]), (&serde_json::json!(1_772_370_000), &rules));
    }

    #[test]
    fn keys_are_read_from_pkcs1_and_pkcs8_and_refused_otherwise() {
        let pkcs8 = SecretString::from(KEY.to_pkcs8_pem(LineEnding::LF).unwrap().to_string());
        assert!(PlaybackKey::from_pem("k".parse().unwrap(), &pkcs8).is_ok());
        for bad in ["", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"] {
            let error = PlaybackKey::from_pem("k".parse().unwrap(), &SecretString::from(bad)).unwrap_err();
            assert_eq!(error, SigningError::NotAKey);
        }
        let short = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap().to_pkcs1_pem(LineEnding::LF).unwrap();
        let short = PlaybackKey::from_pem("k".parse().unwrap(), &SecretString::from(short.to_string()));
        assert_eq!(short.unwrap_err(), SigningError::TooShort(1024));
    }

    #[test]
    fn a_token_for_more_than_a_day_is_refused() {
        let key = PlaybackKey::from_pem("k".parse().unwrap(), &pem()).unwrap();
        assert_eq!(key.sign(&claims(25)).unwrap_err(), SigningError::BadValidity);
        assert_eq!(key.sign(&claims(0)).unwrap_err(), SigningError::BadValidity);
    }

    #[test]
    fn the_token_replaces_the_uid_in_the_addresses() {
        let token = SecretString::from("TOKEN");
        let video: VideoId = VIDEO.parse().unwrap();
        for host in ["https://customer-f33z.cloudflarestream.com", "http://127.0.0.1:4000"] {
            let manifest: Url = format!("{host}/{VIDEO}/manifest/video.m3u8").parse().unwrap();
            let urls = playback_urls(&manifest, &video, &token).unwrap();
            assert_eq!(urls.hls.as_str(), format!("{host}/TOKEN/manifest/video.m3u8"));
            assert_eq!(urls.watch.as_str(), format!("{host}/TOKEN/watch"));
            assert_eq!(urls.mp4.as_str(), format!("{host}/TOKEN/downloads/default.mp4"));
        }
        let foreign: Url = "https://example.org/other/manifest/video.m3u8".parse().unwrap();
        assert_eq!(playback_urls(&foreign, &video, &token).unwrap_err(), SigningError::ForeignAddress);
    }
}
