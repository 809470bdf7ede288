//! The room code: the mark by which Hajime finds its rooms among all meetings of the account.

use std::fmt;

use rand::Rng as _;

/// The separator between the title and the room code in a meeting's title.
const SEPARATOR: &str = " · ";

/// A room code: a short random mark at the end of the meeting's title. RealtimeKit has no idempotency keys, so after a
/// lost reply the room is found by its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomCode(String);

impl RoomCode {
    const ALPHABET: &'static [u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    /// The prefix of every room code.
    pub const PREFIX: &'static str = "HJ-";

    /// The letters after the prefix. They are few, because participants may see the title in other clients; 30 bits
    /// still distinguish a billion rooms.
    const LETTERS: usize = 6;
    /// The letters after the prefix in older room codes, which are still read.
    const EARLIER_LETTERS: usize = 8;

    /// Makes a new room code in Crockford base 32.
    #[must_use]
    pub fn random() -> Self {
        let mut rng = rand::rng();
        let letters = (0..Self::LETTERS).map(|_| char::from(Self::ALPHABET[rng.random_range(0..32)]));
        Self(Self::PREFIX.chars().chain(letters).collect())
    }

    /// Reads a room code from the database; `None` where the text is no room code.
    #[must_use]
    pub fn from_stored(code: String) -> Option<Self> {
        Self::is_code(&code).then_some(Self(code))
    }

    fn is_code(text: &str) -> bool {
        let letters = text.strip_prefix(Self::PREFIX).unwrap_or_default();
        matches!(letters.len(), Self::LETTERS | Self::EARLIER_LETTERS)
            && letters.bytes().all(|letter| Self::ALPHABET.contains(&letter))
    }

    /// Splits a meeting's title into the room code and the title that people see; `None` where it has no code.
    #[must_use]
    pub fn of_meeting(title: &str) -> Option<(Self, &str)> {
        let (shown, code) = title.rsplit_once(SEPARATOR)?;
        Self::is_code(code).then(|| (Self(code.to_owned()), shown))
    }

    /// Returns the code as it stands in the meeting's title.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the meeting's title: the title that people see, then the room code.
    #[must_use]
    pub fn meeting_title(&self, title: &str) -> String {
        format!("{title}{SEPARATOR}{}", self.0)
    }
}

impl fmt::Display for RoomCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
