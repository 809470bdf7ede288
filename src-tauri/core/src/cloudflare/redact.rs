//! Presigned addresses, and text from the network.

use std::fmt;

use crate::domain::text::visible;

/// The presigned address of a recording's file. Whoever has it can download the file for up to seven days, so it never
/// prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    pub(super) const fn new(url: String) -> Self {
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

/// The most characters of a text that are examined, because telling visible characters apart is slow.
const MAX_CHARACTERS_READ: usize = 4_000;

/// The first 200 characters of a text from the network, on one line, without anything that may be an address or a
/// token.
pub(crate) fn plain(text: &str) -> String {
    let whole = text.char_indices().nth(MAX_CHARACTERS_READ).and_then(|(end, _)| text.get(..end));
    // A cut word cannot be recognised as an address or a token, so it is left out.
    let text = whole.map_or(text, |begun| begun.rsplit_once(char::is_whitespace).map_or("", |(words, _)| words));
    let text = visible(text);
    let words = text.split_whitespace().map(|word| {
        let secret = word.contains("://") || word.contains("eyJ") || word.len() > 80;
        if secret { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_tokens_are_replaced_by_an_ellipsis() {
        let shown = plain("cannot fetch\nhttps://r2.example/x?X-Amz-Signature=abc with eyJhbGciOi.x.y now");
        assert_eq!(shown, "cannot fetch … with … now");
        assert_eq!(plain("htt\u{200b}ps://r2.example/x \u{202e}now"), "… now");
        assert_eq!(plain(&"word ".repeat(100)).chars().count(), 200);
        let hidden = "\u{200b}".repeat(MAX_CHARACTERS_READ - 50);
        assert_eq!(plain(&format!("why {hidden}{}", "s3cret".repeat(100))), "why");
        assert_eq!(format!("{:?}", PresignedUrl("https://secret".into())), "PresignedUrl(…)");
    }

    #[test]
    fn a_text_of_the_largest_reply_size_is_filtered_quickly() {
        let endless = format!("a{}", "\u{300}\u{200d}".repeat(3_000_000));
        assert_eq!(plain(&endless), "");
    }
}
