//! Watch links: short addresses of the door that play a recording for days or months, and that can be revoked one by one.

use chrono::{DateTime, Utc};

use crate::domain::ids::{LinkId, RecordingId};
use crate::domain::sharing::door_link::CodeHash;
use crate::domain::sharing::rights::Rights;

/// What the door compares a passphrase with. The page derives a key from the passphrase (PBKDF2-HMAC-SHA256, RFC 8018).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassphraseLock {
    /// The SHA-256 of the derived key.
    pub hash: CodeHash,
    /// The salt in base64url.
    pub salt: String,
    /// The number of rounds.
    pub rounds: u32,
}

/// A watch link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchLink {
    /// Its id, also in the ledger.
    pub id: LinkId,
    /// The hash of its code.
    pub hash: CodeHash,
    /// The recording that it plays.
    pub recording: RecordingId,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// What it allows, from when, and for whom. It names no addresses, only countries.
    pub rights: Rights,
    /// The second at which the video begins.
    pub start: u32,
    /// The lock of a link with a passphrase.
    pub passphrase: Option<PassphraseLock>,
    /// For whom or what it was made, in the words of whoever made it; empty for none.
    pub note: String,
    /// When it was revoked; `None` while it lives.
    pub revoked_at: Option<DateTime<Utc>>,
    /// How often it was played.
    pub plays: u32,
    /// When it was played last.
    pub played_at: Option<DateTime<Utc>>,
}

/// One time that a recording was played by a watch link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Play {
    /// When.
    pub at: DateTime<Utc>,
    /// The country, as two letters (ISO 3166-1); `None` where Cloudflare does not know.
    pub country: Option<String>,
}
