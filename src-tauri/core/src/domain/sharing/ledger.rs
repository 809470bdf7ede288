//! The ledger: what was done with links and keys, one chain of rows for each desk. Rows are only ever added.
//!
//! Each row holds the hash of the row before it, its own hash, and a signature of that hash. A hash is SHA-256 over the
//! row's canonical bytes: the text `hajime-ledger 1`, a line feed, and then every field in the order of [`Sealed`]. A
//! field is one byte 0 where it is absent; otherwise one byte 1, its length as four bytes, and its bytes. Numbers are
//! eight bytes. All numbers and lengths are big-endian. A signature is eight bytes that name the key and an HMAC-SHA256
//! (RFC 2104) of the hash.

pub mod anchor;
pub mod finding;
pub mod row;
pub mod table;
pub mod verify;

use std::fmt;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::{Digest as _, Sha256};

use crate::domain::ids::{KeyId, LinkId, RecordingId, SessionId, VideoId};
use crate::domain::recorder::recording::Recording;
use crate::domain::sharing::rights::Rights;
use crate::domain::text::one_line;

/// The bytes of a hash.
pub const HASH_BYTES: usize = 32;
/// The bytes that name the key of a signature.
const KEY_NAME_BYTES: usize = 8;
/// The bytes of a signature: the key's name and the code.
pub const SIGNATURE_BYTES: usize = KEY_NAME_BYTES + HASH_BYTES;
/// The first bytes of every row's canonical form.
const FORMAT: &[u8] = b"hajime-ledger 1\n";
/// The most characters of a note.
pub const NOTE_MAX: usize = 200;
/// The desk of rows from before desks had chains. They have neither hash nor signature.
pub const HISTORY: &str = "";

/// A SHA-256 hash.
pub type Hash = [u8; HASH_BYTES];

/// What was done. Another kind needs a line here and in [`Act::ALL`], and words where rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A link was made.
    LinkMade,
    /// The links of a recording were revoked: the row names their key.
    LinkRevoked,
    /// A recording was played by a watch link, as the door told: the note is the country.
    LinkPlayed,
    /// A recording was played in the window.
    Played,
    /// A key was made at Cloudflare.
    KeyMade,
    /// A key that was made elsewhere was imported.
    KeyImported,
    /// A key was replaced by another one. It still verifies links.
    KeyRotated,
    /// A key was deleted at Cloudflare by Hajime.
    KeyRevoked,
    /// A key turned out to be deleted at Cloudflare by somebody else.
    KeyMissing,
    /// A backup was restored, so that rows which the desk had written are missing.
    Restored,
    /// An older database was in place, or another one, and Hajime had not put it there. The chain goes on behind the rows
    /// that the desk had written.
    Resumed,
    /// Rows were signed that had waited for the keyring.
    SignedLater,
    /// A recording was archived, and its copy was read back: the row names the place and the file.
    RecordingArchived,
    /// The desk got another role. The row carries the role from before, and the note says which one it got.
    RoleChanged,
    /// The admin passphrase was set.
    PassphraseSet,
    /// A wrong admin passphrase was given.
    PassphraseWrong,
    /// A public video was closed, so that it plays with signed links only.
    VideoClosed,
    /// A recording is kept forever.
    RecordingKept,
    /// A recording was put in the bin.
    RecordingBinned,
    /// A recording was taken out of the bin, or is no longer kept forever.
    RecordingRestored,
    /// The video of a recording was deleted for good by Hajime.
    RecordingDeleted,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 21] = [
        Self::LinkMade,
        Self::LinkRevoked,
        Self::LinkPlayed,
        Self::Played,
        Self::KeyMade,
        Self::KeyImported,
        Self::KeyRotated,
        Self::KeyRevoked,
        Self::KeyMissing,
        Self::Restored,
        Self::Resumed,
        Self::SignedLater,
        Self::RecordingArchived,
        Self::RoleChanged,
        Self::PassphraseSet,
        Self::PassphraseWrong,
        Self::VideoClosed,
        Self::RecordingKept,
        Self::RecordingBinned,
        Self::RecordingRestored,
        Self::RecordingDeleted,
    ];

    /// The name in the database, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkMade => "link_made",
            Self::LinkRevoked => "link_revoked",
            Self::LinkPlayed => "link_played",
            Self::Played => "played",
            Self::KeyMade => "key_made",
            Self::KeyImported => "key_imported",
            Self::KeyRotated => "key_rotated",
            Self::KeyRevoked => "key_revoked",
            Self::KeyMissing => "key_missing",
            Self::Restored => "restored",
            Self::Resumed => "resumed",
            Self::SignedLater => "signed_later",
            Self::RecordingArchived => "recording_archived",
            Self::RoleChanged => "role_changed",
            Self::PassphraseSet => "passphrase_set",
            Self::PassphraseWrong => "passphrase_wrong",
            Self::VideoClosed => "video_closed",
            Self::RecordingKept => "recording_kept",
            Self::RecordingBinned => "recording_binned",
            Self::RecordingRestored => "recording_restored",
            Self::RecordingDeleted => "recording_deleted",
        }
    }

    /// Finds an act by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// A new row, before the chain gives it a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was done.
    pub act: Act,
    /// When.
    pub at: DateTime<Utc>,
    /// The user of the operating system who runs Hajime; empty if unknown.
    pub os_user: String,
    /// The recording that it was done with.
    pub recording: Option<RecordingId>,
    /// The session of that recording.
    pub session: Option<SessionId>,
    /// The video that the link plays.
    pub video: Option<VideoId>,
    /// The link.
    pub link: Option<LinkId>,
    /// The key that signed the link, or that the row is about.
    pub kid: Option<KeyId>,
    /// What the link allows.
    pub rights: Option<Rights>,
    /// When the link ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// The fingerprint of the token.
    pub fingerprint: Option<Fingerprint>,
    /// More, on one line of at most 200 characters, such as a key's name.
    pub note: String,
}

impl Entry {
    /// A row with nothing but the act, its time and the user.
    #[must_use]
    pub fn new(act: Act, at: DateTime<Utc>, os_user: &str) -> Self {
        Self {
            act,
            at,
            os_user: os_user.to_owned(),
            recording: None,
            session: None,
            video: None,
            link: None,
            kid: None,
            rights: None,
            expires_at: None,
            fingerprint: None,
            note: String::new(),
        }
    }

    /// The same row with a note.
    #[must_use]
    pub fn with_note(mut self, text: &str) -> Self {
        self.note = note(text);
        self
    }

    /// The same row about a recording.
    #[must_use]
    pub fn about_recording(mut self, recording: &Recording) -> Self {
        self.recording = Some(recording.id);
        self.session = Some(recording.session);
        self.video.clone_from(&recording.facts.video);
        self.note = note(&recording.title);
        self
    }

    /// The same row about a key.
    #[must_use]
    pub fn about_key(mut self, kid: &KeyId, name: &str) -> Self {
        self.kid = Some(kid.clone());
        self.note = note(name);
        self
    }
}

/// A note as rows hold it.
#[must_use]
pub fn note(text: &str) -> String {
    one_line(text).chars().take(NOTE_MAX).collect()
}

/// The first 128 bits of the SHA-256 hash of a token, as 32 hexadecimal digits. A link can be found by it, and nobody
/// can make the link from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let hash: Hash = Sha256::digest(token.as_bytes()).into();
        Self(hash.get(..16).map(hex).unwrap_or_default())
    }

    /// Reads a fingerprint; `None` if the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid =
            text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
        valid.then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes as small hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads hexadecimal digits as a hash.
#[must_use]
pub fn hash_of_hex(text: &str) -> Option<Hash> {
    let mut hash = [0; HASH_BYTES];
    if text.len() != HASH_BYTES.saturating_mul(2) || !text.is_ascii() {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        let at = place.saturating_mul(2);
        *byte = u8::from_str_radix(text.get(at..at.saturating_add(2))?, 16).ok()?;
    }
    Some(hash)
}

/// The fields of a row that its hash covers, as the database holds them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sealed<'a> {
    /// The id of the desk.
    pub desk: &'a str,
    /// The number of the row in the chain of its desk, from 1.
    pub n: i64,
    /// The hash of the row before it; of the history for the first row.
    pub prev: &'a [u8],
    /// Milliseconds since 1970.
    pub at: i64,
    /// The name of the act.
    pub act: &'a str,
    /// The role of whoever acted.
    pub role: &'a str,
    /// The user of the operating system.
    pub os_user: &'a str,
    /// The id of the recording.
    pub recording: Option<&'a str>,
    /// The id of the session.
    pub session: Option<&'a str>,
    /// The uid of the video.
    pub video: Option<&'a str>,
    /// The id of the link.
    pub link: Option<&'a str>,
    /// The id of the key.
    pub kid: Option<&'a str>,
    /// The rights as JSON.
    pub rights: Option<&'a str>,
    /// Milliseconds since 1970.
    pub expires_at: Option<i64>,
    /// The fingerprint of the token.
    pub fingerprint: Option<&'a str>,
    /// More.
    pub note: &'a str,
}

impl Sealed<'_> {
    /// Writes the canonical bytes into a buffer, in place of what it holds.
    pub fn write_canonical(&self, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(FORMAT);
        put(bytes, Some(self.desk.as_bytes()));
        put(bytes, Some(&self.n.to_be_bytes()));
        put(bytes, Some(self.prev));
        put(bytes, Some(&self.at.to_be_bytes()));
        for text in [self.act, self.role, self.os_user] {
            put(bytes, Some(text.as_bytes()));
        }
        for text in [self.recording, self.session, self.video, self.link, self.kid, self.rights] {
            put(bytes, text.map(str::as_bytes));
        }
        put(bytes, self.expires_at.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
        put(bytes, self.fingerprint.map(str::as_bytes));
        put(bytes, Some(self.note.as_bytes()));
    }

    /// The hash of the row. `bytes` is a buffer.
    #[must_use]
    pub fn hash(&self, bytes: &mut Vec<u8>) -> Hash {
        self.write_canonical(bytes);
        Sha256::digest(bytes.as_slice()).into()
    }
}

fn put(bytes: &mut Vec<u8>, field: Option<&[u8]>) {
    let Some(field) = field else {
        bytes.push(0);
        return;
    };
    bytes.push(1);
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field);
}

/// The key that a desk signs its rows with. It is in the keyring alone.
pub struct LedgerKey {
    name: [u8; KEY_NAME_BYTES],
    code: Hmac<Sha256>,
    text: SecretBox<str>,
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LedgerKey({})", hex(&self.name))
    }
}

impl LedgerKey {
    /// A key of 32 random bytes.
    #[must_use]
    pub fn of_bytes(bytes: &Hash) -> Self {
        // Every length is valid for an HMAC, so the second key is never used.
        let code = Hmac::<Sha256>::new_from_slice(bytes)
            .unwrap_or_else(|_| Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default()));
        let name_of = Sha256::new_with_prefix(b"hajime-ledger-key 1\n").chain_update(bytes).finalize();
        let mut name = [0; KEY_NAME_BYTES];
        name.iter_mut().zip(name_of).for_each(|(to, from)| *to = from);
        Self { name, code, text: hex(bytes).into_boxed_str().into() }
    }

    /// Reads a key as the keyring holds it; `None` if the text is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        hash_of_hex(text).as_ref().map(Self::of_bytes)
    }

    /// The text that the keyring holds.
    #[must_use]
    pub fn kept(&self) -> &str {
        self.text.expose_secret()
    }

    /// The signature of a hash.
    #[must_use]
    pub fn sign(&self, hash: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let code = self.code.clone().chain_update(hash).finalize().into_bytes();
        let mut signature = [0; SIGNATURE_BYTES];
        signature.iter_mut().zip(self.name.into_iter().chain(code)).for_each(|(to, from)| *to = from);
        signature
    }

    /// Checks a signature of a hash.
    #[must_use]
    pub fn check(&self, hash: &[u8], signature: &[u8]) -> Signed {
        let Some((name, code)) = signature.split_at_checked(KEY_NAME_BYTES) else { return Signed::Wrong };
        if name != self.name {
            return Signed::ByAnother;
        }
        match self.code.clone().chain_update(hash).verify_slice(code) {
            Ok(()) => Signed::Right,
            Err(_) => Signed::Wrong,
        }
    }
}

/// What a signature turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The desk's key made it.
    Right,
    /// It names the desk's key, which did not make it.
    Wrong,
    /// It names another key, so that it cannot be checked.
    ByAnother,
}

/// The rows that are missing from a chain, as a row of the act [`Act::Restored`] or [`Act::Resumed`] names them in its
/// note: the number of the last row that the desk had written, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// The number of the last row.
    pub last: i64,
    /// Its hash.
    pub hash: Hash,
}

impl Lost {
    /// The note.
    #[must_use]
    pub fn note(&self) -> String {
        format!("{} {}", self.last, hex(&self.hash))
    }

    /// Reads the note; `None` if it is none.
    #[must_use]
    pub fn read(note: &str) -> Option<Self> {
        let (last, hash) = note.split_once(' ')?;
        Some(Self { last: last.parse().ok()?, hash: hash_of_hex(hash)? })
    }
}

/// The rows that were signed later than they were written, as a row of the act [`Act::SignedLater`] names them in its note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// The number of the first row.
    pub from: i64,
    /// The number of the last row.
    pub to: i64,
}

impl Late {
    /// The note.
    #[must_use]
    pub fn note(&self) -> String {
        format!("{}–{}", self.from, self.to)
    }

    /// Reads the note; `None` if it is none.
    #[must_use]
    pub fn read(note: &str) -> Option<Self> {
        let (from, to) = note.split_once('–')?;
        Some(Self { from: from.parse().ok()?, to: to.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_bytes_of_a_row_are_those_of_the_documented_format() {
        let row = Sealed {
            desk: "d",
            n: 1,
            prev: &[7; 2],
            at: 2,
            act: "played",
            role: "unknown",
            os_user: "",
            expires_at: Some(3),
            note: "n",
            ..Sealed::default()
        };
        let mut bytes = Vec::new();
        row.write_canonical(&mut bytes);
        let mut expected = b"hajime-ledger 1\n".to_vec();
        let text = |text: &str| [&[1, 0, 0, 0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let number = |number: u8| [&[1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0], [number].as_slice()].concat();
        for part in
            [text("d"), number(1), vec![1, 0, 0, 0, 2, 7, 7], number(2), text("played"), text("unknown"), text("")]
        {
            expected.extend(part);
        }
        expected.extend([0; 6]);
        for part in [number(3), vec![0], text("n")] {
            expected.extend(part);
        }
        assert_eq!(bytes, expected);
        assert_eq!(row.hash(&mut bytes), <Hash>::from(Sha256::digest(&expected)));
    }

    #[test]
    fn moving_text_from_one_field_to_the_next_changes_the_hash() {
        let one = Sealed { act: "ab", role: "c", ..Sealed::default() };
        let other = Sealed { act: "a", role: "bc", ..Sealed::default() };
        assert_ne!(one.hash(&mut Vec::new()), other.hash(&mut Vec::new()));
        let absent = Sealed::default();
        let empty = Sealed { recording: Some(""), ..Sealed::default() };
        assert_ne!(absent.hash(&mut Vec::new()), empty.hash(&mut Vec::new()));
    }

    #[test]
    fn only_the_key_that_signed_confirms_a_signature() {
        let (key, other) = (LedgerKey::of_bytes(&[1; 32]), LedgerKey::of_bytes(&[2; 32]));
        let signature = key.sign(&[9; 32]);
        assert_eq!(key.check(&[9; 32], &signature), Signed::Right);
        assert_eq!(key.check(&[8; 32], &signature), Signed::Wrong);
        assert_eq!(other.check(&[9; 32], &signature), Signed::ByAnother);
        assert_eq!(key.check(&[9; 32], &[]), Signed::Wrong);
        assert_eq!(LedgerKey::read(key.kept()).unwrap().sign(&[9; 32]), signature);
        assert!(!format!("{key:?}").contains(key.kept()));
    }

    #[test]
    fn a_fingerprint_has_128_bits_and_does_not_hold_the_token() {
        let fingerprint = Fingerprint::of("header.payload.signature");
        assert_eq!(fingerprint.as_str().len(), 32);
        assert_eq!(Fingerprint::parse(fingerprint.as_str()), Some(fingerprint.clone()));
        assert_eq!(Fingerprint::parse("header.payload.signature"), None);
        assert_ne!(fingerprint, Fingerprint::of("header.payload.signaturf"));
    }

    #[test]
    fn every_act_has_a_name_of_its_own() {
        for act in Act::ALL {
            assert_eq!(Act::named(act.name()), Some(act));
        }
        assert_eq!(Act::named("eaten"), None);
    }
}
