//! What links of the door have in common: a code, of which only the hash is kept.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::domain::sharing::ledger::hex;

/// The digits of a hash.
const HASH_DIGITS: usize = 64;

/// The SHA-256 of a code in hexadecimal digits, by which the door finds the link. Nobody can make the code from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeHash(String);

impl CodeHash {
    /// The hash of a code.
    #[must_use]
    pub fn of(code: &SecretString) -> Self {
        Self(hex(&Sha256::digest(code.expose_secret().as_bytes())))
    }

    /// Reads a hash; `None` if the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == HASH_DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
