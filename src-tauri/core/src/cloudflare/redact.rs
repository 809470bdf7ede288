//! Presigned addresses, and text from the network.

use std::fmt;

pub(crate) use crate::domain::text::plain;

/// The presigned address of a recording's file. Whoever has it can download the file for up to seven days, so it never
/// prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    pub(crate) const fn new(url: String) -> Self {
        Self(url)
    }

    /// The address itself, for the request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresignedUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_address_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", PresignedUrl("https://secret".into())), "PresignedUrl(…)");
    }
}
