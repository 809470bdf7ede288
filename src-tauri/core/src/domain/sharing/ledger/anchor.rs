//! What the keyring remembers of the end of a chain. A chain by itself cannot show that rows were cut off its end.
//!
//! The anchor is written after the rows are committed. A crash in between leaves an anchor that is behind, and the rows
//! after it carry the desk's signature. An anchor that is ahead of the rows is never the result of a crash.

use crate::domain::sharing::ledger::{Hash, hash_of_hex, hex};

/// The number and the hash of the last row that the keyring knows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The number of the row.
    pub n: i64,
    /// Its hash.
    pub hash: Hash,
}

impl Anchor {
    /// The text that the keyring holds.
    #[must_use]
    pub fn kept(&self) -> String {
        format!("{} {}", self.n, hex(&self.hash))
    }

    /// Reads the text that the keyring holds; `None` if it is no anchor.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (n, hash) = text.split_once(' ')?;
        Some(Self { n: n.parse().ok().filter(|n| *n > 0)?, hash: hash_of_hex(hash)? })
    }
}

/// What the keyring said about the end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchored {
    /// The end that it remembers.
    At(Anchor),
    /// It has never noted an end.
    Never,
    /// It did not answer.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_read_back_and_anything_else_is_none() {
        let anchor = Anchor { n: 12, hash: [171; 32] };
        assert_eq!(Anchor::read(&anchor.kept()), Some(anchor));
        for text in ["", "12", "0 ab", "12 xyz", &format!("-1 {}", hex(&[1; 32])), "é"] {
            assert_eq!(Anchor::read(text), None, "{text}");
        }
    }
}
