//! Reads a signing key that a person pastes: PEM (PKCS#1 or PKCS#8), a JSON Web Key, or either of them in base64 once more,
//! as Stream's API gives them. What is something else is named, so that the person knows what to look for.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, LineEnding};
use rsa::pkcs8::{DecodePrivateKey as _, PrivateKeyInfo, SecretDocument};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::domain::ids::KeyId;
use crate::domain::invalid::Invalid;
use crate::signing::SMALLEST_KEY_BITS;

/// The most bytes of a text that is read as a key. A key of 8,192 bits has 6,500.
pub const TEXT_MAX: usize = 32_768;
/// The most bits of a key. Longer ones sign too slowly to be of use.
const LARGEST_KEY_BITS: usize = 8_192;
/// The object identifier of RSA keys (RFC 8017, appendix C).
const RSA_OBJECT_ID: &str = "1.2.840.113549.1.1.1";

/// A key that was read.
#[derive(Debug)]
pub struct ReadKey {
    /// The private half as PEM text (PKCS#1).
    pub pem: SecretString,
    /// How many bits it has.
    pub bits: usize,
    /// The form in which it was given.
    pub form: &'static str,
    /// The id that a JSON Web Key names.
    pub id: Option<KeyId>,
}

/// The reason why a text is no key that can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no text.
    #[error("the text is empty")]
    Empty,
    /// It is longer than any key.
    #[error("the text is too long")]
    TooLong,
    /// It is the public half.
    #[error("this is the public half")]
    Public,
    /// It is behind a password.
    #[error("the key is encrypted")]
    Encrypted,
    /// It is a certificate.
    #[error("this is a certificate")]
    Certificate,
    /// It is in the form of OpenSSH.
    #[error("this is a key of OpenSSH")]
    OpenSsh,
    /// It is a key of another kind than RSA.
    #[error("the key is not RSA")]
    NotRsa,
    /// It has too few bits; how many.
    #[error("the key has {0} bits")]
    TooShort(usize),
    /// It has too many bits; how many.
    #[error("the key has {0} bits")]
    TooLarge(usize),
    /// Its numbers do not belong together.
    #[error("the key is damaged")]
    Damaged,
    /// It is no key in any of the forms.
    #[error("this is no key")]
    NoKey,
}

impl Refused {
    fn message(self) -> String {
        match self {
            Self::Empty => "There is no key here.".into(),
            Self::TooLong => "This text is longer than any key.".into(),
            Self::Public => "This is the public half. It can only check links, not sign them.".into(),
            Self::Encrypted => "This key is behind a password.".into(),
            Self::Certificate => "This is a certificate. It holds only the public half of a key.".into(),
            Self::OpenSsh => "This is a key for SSH, in the form of OpenSSH.".into(),
            Self::NotRsa => "This key is not RSA. Stream signs links with RSA keys only.".into(),
            Self::TooShort(bits) => format!("This key has {bits} bits, which is too few to be safe."),
            Self::TooLarge(bits) => format!("This key has {bits} bits, which is too many to sign links."),
            Self::Damaged => "This key is damaged: its numbers do not belong together.".into(),
            Self::NoKey => "This is no key in PEM or JWK form.".into(),
        }
    }

    const fn next(self) -> &'static str {
        match self {
            Self::Empty | Self::TooLong | Self::NoKey | Self::Public | Self::Certificate => {
                "Look for a text that begins with “BEGIN RSA PRIVATE KEY” or “BEGIN PRIVATE KEY”, or make a new key instead."
            }
            Self::Encrypted => {
                "Take the password off first (openssl rsa -in key.pem -out open.pem), or make a new key instead."
            }
            Self::OpenSsh | Self::NotRsa => "Give the key that Stream made, or make a new key instead.",
            Self::TooShort(_) => "Give a key of at least 2,048 bits, or make a new key instead.",
            Self::TooLarge(_) => "Give a key of at most 8,192 bits, or make a new key instead.",
            Self::Damaged => "Copy the whole key again, or make a new key instead.",
        }
    }
}

impl From<Refused> for Invalid {
    fn from(refused: Refused) -> Self {
        Self::one("key", refused.message(), refused.next())
    }
}

/// Reads the private half of a key.
pub fn read(text: &SecretString) -> Result<ReadKey, Refused> {
    let text = text.expose_secret().trim();
    if text.is_empty() {
        return Err(Refused::Empty);
    }
    if text.len() > TEXT_MAX {
        return Err(Refused::TooLong);
    }
    if let Some(read) = plain(text) {
        return read;
    }
    let packed: String = text.split_whitespace().collect();
    let inner = STANDARD.decode(packed).ok().and_then(|bytes| String::from_utf8(bytes).ok()).map(SecretString::from);
    let inner = inner.ok_or(Refused::NoKey)?;
    plain(inner.expose_secret().trim()).unwrap_or(Err(Refused::NoKey))
}

/// Reads PEM or JSON; `None` if the text is neither.
fn plain(text: &str) -> Option<Result<ReadKey, Refused>> {
    if text.starts_with('{') {
        return Some(json(text));
    }
    text.contains("-----BEGIN ").then(|| pem(text))
}

fn pem(text: &str) -> Result<ReadKey, Refused> {
    let blocks = || text.split("-----BEGIN ").skip(1).filter_map(|rest| Some((rest.split_once("-----")?.0, rest)));
    // A file may hold the public half or certificates beside the private half.
    let private = blocks().find(|(label, _)| label.ends_with("PRIVATE KEY"));
    let (label, rest) = private.or_else(|| blocks().next()).ok_or(Refused::NoKey)?;
    let end = format!("-----END {label}-----");
    let block = rest.split_once(&end).map(|(inside, _)| SecretString::from(format!("-----BEGIN {inside}{end}\n")));
    let is_encrypted = label.starts_with("ENCRYPTED ") || rest.contains("Proc-Type: 4,ENCRYPTED");
    match label {
        _ if is_encrypted => Err(Refused::Encrypted),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err(Refused::Public),
        "CERTIFICATE" => Err(Refused::Certificate),
        "OPENSSH PRIVATE KEY" => Err(Refused::OpenSsh),
        "RSA PRIVATE KEY" => {
            let block = block.ok_or(Refused::Damaged)?;
            let key = RsaPrivateKey::from_pkcs1_pem(block.expose_secret()).map_err(|_| Refused::Damaged)?;
            checked(&key, "PKCS#1", None)
        }
        "PRIVATE KEY" => {
            let block = block.ok_or(Refused::Damaged)?;
            let (_, document) = SecretDocument::from_pem(block.expose_secret()).map_err(|_| Refused::Damaged)?;
            let about = PrivateKeyInfo::try_from(document.as_bytes()).map_err(|_| Refused::Damaged)?;
            if about.algorithm.oid.to_string() != RSA_OBJECT_ID {
                return Err(Refused::NotRsa);
            }
            let key = RsaPrivateKey::from_pkcs8_der(document.as_bytes()).map_err(|_| Refused::Damaged)?;
            checked(&key, "PKCS#8", None)
        }
        _ if label.ends_with("PRIVATE KEY") => Err(Refused::NotRsa),
        _ => Err(Refused::NoKey),
    }
}

/// A JSON Web Key (RFC 7517, RFC 7518 §6.3).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    n: Option<SecretString>,
    e: Option<SecretString>,
    d: Option<SecretString>,
    p: Option<SecretString>,
    q: Option<SecretString>,
}

fn json(text: &str) -> Result<ReadKey, Refused> {
    let jwk: Jwk = serde_json::from_str(text).map_err(|_| Refused::NoKey)?;
    if jwk.kty != "RSA" {
        return Err(Refused::NotRsa);
    }
    if jwk.d.is_none() {
        return Err(Refused::Public);
    }
    let number = |digits: &Option<SecretString>| {
        let digits = digits.as_ref().map(|digits| digits.expose_secret().trim_end_matches('='));
        let bytes = URL_SAFE_NO_PAD.decode(digits.ok_or(Refused::Damaged)?).map_err(|_| Refused::Damaged)?;
        Ok(BigUint::from_bytes_be(&bytes))
    };
    let primes = match (&jwk.p, &jwk.q) {
        (Some(_), Some(_)) => vec![number(&jwk.p)?, number(&jwk.q)?],
        _ => Vec::new(),
    };
    let key = RsaPrivateKey::from_components(number(&jwk.n)?, number(&jwk.e)?, number(&jwk.d)?, primes);
    checked(&key.map_err(|_| Refused::Damaged)?, "JWK", jwk.kid.and_then(|kid| kid.parse().ok()))
}

fn checked(key: &RsaPrivateKey, form: &'static str, id: Option<KeyId>) -> Result<ReadKey, Refused> {
    let bits = key.n().bits();
    if bits < SMALLEST_KEY_BITS {
        return Err(Refused::TooShort(bits));
    }
    if bits > LARGEST_KEY_BITS {
        return Err(Refused::TooLarge(bits));
    }
    key.validate().map_err(|_| Refused::Damaged)?;
    let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|_| Refused::Damaged)?;
    Ok(ReadKey { pem: SecretString::from(pem.to_string()), bits, form, id })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
    use rsa::traits::PrivateKeyParts as _;
    use serde_json::json;

    use super::*;

    static KEY: LazyLock<RsaPrivateKey> =
        LazyLock::new(|| RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap());

    fn given(text: &str) -> Result<ReadKey, Refused> {
        read(&SecretString::from(text.to_owned()))
    }

    fn jwk() -> serde_json::Value {
        let encode = |number: &BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
        let primes = KEY.primes();
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "key-1", "n": encode(KEY.n()), "e": encode(KEY.e()), "d": encode(KEY.d()),
            "p": encode(&primes[0]), "q": encode(&primes[1]),
        })
    }

    #[test]
    fn a_private_key_is_read_from_every_form_and_is_the_same_key() {
        let pkcs1 = KEY.to_pkcs1_pem(LineEnding::LF).unwrap().to_string();
        let pkcs8 = KEY.to_pkcs8_pem(LineEnding::CRLF).unwrap().to_string();
        let public = KEY.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
        let mut without_primes = jwk();
        without_primes.as_object_mut().unwrap().retain(|name, _| name != "p" && name != "q");
        for (text, form) in [
            (pkcs1.clone(), "PKCS#1"),
            (pkcs8.clone(), "PKCS#8"),
            (format!("  \n{public}\n{pkcs8}\n"), "PKCS#8"),
            (STANDARD.encode(&pkcs1), "PKCS#1"),
            (jwk().to_string(), "JWK"),
            (STANDARD.encode(jwk().to_string()), "JWK"),
            (without_primes.to_string(), "JWK"),
        ] {
            let key = given(&text).unwrap();
            let same = RsaPrivateKey::from_pkcs1_pem(key.pem.expose_secret()).unwrap();
            assert_eq!((same.n(), same.d(), key.bits, key.form), (KEY.n(), KEY.d(), 2048, form));
            assert_eq!(key.id.is_some(), form == "JWK");
        }
    }

    #[test]
    fn what_cannot_sign_is_refused_with_its_reason() {
        let pkcs1 = KEY.to_pkcs1_pem(LineEnding::LF).unwrap().to_string();
        let short = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap();
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----");
        let with = |name: &str, value: serde_json::Value| {
            let mut jwk = jwk();
            jwk[name] = value;
            jwk.to_string()
        };
        let cases = [
            (String::new(), Refused::Empty),
            ("x".repeat(TEXT_MAX + 1), Refused::TooLong),
            (KEY.to_public_key().to_public_key_pem(LineEnding::LF).unwrap(), Refused::Public),
            (block("RSA PUBLIC KEY"), Refused::Public),
            (with("d", serde_json::Value::Null), Refused::Public),
            (block("ENCRYPTED PRIVATE KEY"), Refused::Encrypted),
            (pkcs1.replace("KEY-----\nM", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,AB\n\nM"), Refused::Encrypted),
            (block("CERTIFICATE"), Refused::Certificate),
            (block("OPENSSH PRIVATE KEY"), Refused::OpenSsh),
            (block("EC PRIVATE KEY"), Refused::NotRsa),
            ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----".into(), Refused::NotRsa),
            (with("kty", "EC".into()), Refused::NotRsa),
            (short.to_pkcs1_pem(LineEnding::LF).unwrap().to_string(), Refused::TooShort(1024)),
            (pkcs1[..pkcs1.len() / 2].to_owned(), Refused::Damaged),
            (with("d", "AQAB".into()), Refused::Damaged),
            (with("n", "!".into()), Refused::Damaged),
            ("a key, please".into(), Refused::NoKey),
            (STANDARD.encode(STANDARD.encode(&pkcs1)), Refused::NoKey),
            ("{}".into(), Refused::NoKey),
        ];
        for (text, expected) in cases {
            assert_eq!(
                given(&text).map(|key| key.form).unwrap_err(),
                expected,
                "{}",
                text.chars().take(60).collect::<String>()
            );
        }
    }
}
