//! The secret that events are signed with.

use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// What Standard Webhooks puts before a secret.
const PREFIX: &str = "whsec_";
/// The length of the key.
const KEY_BYTES: usize = 32;

/// A secret of 32 random bytes, written as Standard Webhooks writes it: `whsec_` and base64. The guide's function takes
/// that text itself for its key; the libraries of Standard Webhooks take the bytes. So the receiver is given one text
/// for both.
#[derive(Clone)]
pub(crate) struct WebhookSecret {
    text: SecretString,
    key: Vec<u8>,
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

impl WebhookSecret {
    /// A new one.
    pub(crate) fn new() -> Self {
        let key: [u8; KEY_BYTES] = rand::random();
        Self { text: format!("{PREFIX}{}", STANDARD.encode(key)).into(), key: key.to_vec() }
    }

    /// The one that the keyring kept; `None` for what is no secret of ours.
    pub(crate) fn kept(text: SecretString) -> Option<Self> {
        let key = STANDARD.decode(text.expose_secret().strip_prefix(PREFIX)?).ok()?;
        (key.len() == KEY_BYTES).then_some(Self { text, key })
    }

    /// The secret in the clear.
    pub(crate) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    /// The secret, for the keyring and the person who puts it into the receiver.
    pub(crate) fn into_secret(self) -> SecretString {
        self.text
    }

    /// The guide's signature: over the body, with the text as the key, in hexadecimal digits.
    pub(super) fn of_guide(&self, body: &str) -> String {
        hexadecimal(&sign(self.text().as_bytes(), &[body]))
    }

    /// The signature of Standard Webhooks: over id, time and body, with the bytes as the key, in base64.
    pub(super) fn standard(&self, id: &str, timestamp: &str, body: &str) -> String {
        let code = sign(&self.key, &[id, ".", timestamp, ".", body]);
        format!("v1,{}", STANDARD.encode(code))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn sign(key: &[u8], parts: &[&str]) -> Vec<u8> {
    // Keys of every length are allowed (RFC 2104 §2).
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        code.update(part.as_bytes());
    }
    code.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_from_the_keyring_and_shows_nothing_of_itself() {
        let secret = WebhookSecret::new();
        let again = WebhookSecret::kept(secret.text().to_owned().into()).unwrap();
        assert_eq!(again.of_guide("x"), secret.of_guide("x"));
        assert_eq!(again.standard("1", "2", "x"), secret.standard("1", "2", "x"));
        assert_ne!(WebhookSecret::new().text(), secret.text());
        assert_eq!(secret.text().len(), PREFIX.len() + 44);
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        for other in ["", "whsec_", "whsec_AAAA", "secret"] {
            assert!(WebhookSecret::kept(other.to_owned().into()).is_none(), "{other}");
        }
    }

    /// RFC 4231 §4.3, test case 2.
    #[test]
    fn the_code_is_hmac_sha256() {
        let code = hexadecimal(&sign(b"Jefe", &["what do ya want ", "for nothing?"]));
        assert_eq!(code, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
