//! The admin passphrase: its hash, and how long a desk waits after wrong ones.
//!
//! The hash is Argon2id (RFC 9106) with the parameters that OWASP recommends. It stands in the database, so that a role
//! can be switched while the keyring is locked.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::bounds::Moved as _;
use crate::domain::invalid::Invalid;

/// The fewest characters of a passphrase.
const LENGTH_MIN: usize = 10;
/// The most characters of a passphrase.
const LENGTH_MAX: usize = 200;
/// How many wrong passphrases need no wait.
const FREE_ATTEMPTS: u32 = 3;
/// The wait after the first wrong passphrase that needs one. It doubles with each further one.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);
/// How many times the wait doubles at most, which is far more than the longest wait needs.
const DOUBLINGS_MAX: u32 = 16;

/// The number of bytes of a salt.
pub const SALT_BYTES: usize = 16;

/// Refuses a passphrase that is empty, too short or too long.
pub fn check(passphrase: &SecretString) -> Result<(), Invalid> {
    let length = passphrase.expose_secret().trim().chars().count();
    let refused =
        |message: &str| Err(Invalid::one("passphrase", message, "Use four words or more, or 10 to 200 characters."));
    match length {
        0 => refused("The passphrase is empty."),
        1..LENGTH_MIN => refused("The passphrase is too short."),
        LENGTH_MIN..=LENGTH_MAX => Ok(()),
        _ => refused("The passphrase is too long."),
    }
}

/// The hash of a passphrase as the database holds it; `None` if it cannot be computed, which no input causes.
#[must_use]
pub fn hash(passphrase: &SecretString, salt: [u8; SALT_BYTES]) -> Option<String> {
    let salt = SaltString::encode_b64(&salt).ok()?;
    let hash = Argon2::default().hash_password(passphrase.expose_secret().trim().as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

/// Whether a passphrase is the one of a stored hash. A hash that cannot be read fits no passphrase.
#[must_use]
pub fn fits(passphrase: &SecretString, stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|stored| {
        Argon2::default().verify_password(passphrase.expose_secret().trim().as_bytes(), &stored).is_ok()
    })
}

/// The wrong passphrases since the last right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// How many there were.
    pub wrong: u32,
    /// When the last one was.
    pub last: Option<DateTime<Utc>>,
}

impl Attempts {
    /// When the next attempt is allowed; `None` if it is allowed now. A clock that was set back waits no longer than the
    /// longest wait.
    #[must_use]
    pub fn wait_until(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let doublings = self.wrong.checked_sub(FREE_ATTEMPTS)?.min(DOUBLINGS_MAX);
        let wait = FIRST_WAIT.checked_mul(1_i32 << doublings).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let until = self.last?.later(wait).min(now.later(LONGEST_WAIT));
        (until > now).then_some(until)
    }

    /// The attempts with one more wrong passphrase.
    #[must_use]
    pub fn and_one_more(self, now: DateTime<Utc>) -> Self {
        Self { wrong: self.wrong.saturating_add(1), last: Some(now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn a_passphrase_fits_its_own_hash_only() {
        let stored = hash(&secret("crane bridge plum drum"), [7; SALT_BYTES]).unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(fits(&secret(" crane bridge plum drum\n"), &stored));
        assert!(!fits(&secret("crane bridge plum"), &stored) && !fits(&secret(""), &stored));
        assert!(!fits(&secret("crane bridge plum drum"), "no hash") && !fits(&secret(""), ""));
    }

    #[test]
    fn an_empty_or_short_passphrase_is_refused() {
        assert!(check(&secret("   ")).is_err() && check(&secret("password")).is_err());
        assert!(check(&secret(&"x".repeat(201))).is_err());
        assert!(check(&secret("crane bridge plum drum")).is_ok());
    }

    #[test]
    fn the_wait_doubles_with_every_wrong_passphrase_and_ends() {
        let now = DateTime::UNIX_EPOCH;
        let after =
            |wrong| Attempts { wrong, last: Some(now) }.wait_until(now).map(|until| (until - now).num_seconds());
        assert_eq!([0, 2, 3, 4, 5].map(after), [None, None, Some(5), Some(10), Some(20)]);
        assert_eq!(after(u32::MAX), Some(900));
        let later = now.later(TimeDelta::seconds(5));
        assert_eq!(Attempts { wrong: 3, last: Some(now) }.wait_until(later), None);
        let set_back = now.earlier(TimeDelta::days(9));
        assert_eq!(Attempts { wrong: 3, last: Some(now) }.wait_until(set_back), Some(set_back.later(LONGEST_WAIT)));
    }
}
