//! Addresses that open a file by themselves, and text from the network.

use std::fmt;

use crate::domain::text::visible;

/// A presigned address of a recorded file: whoever has it has the file, for up to seven days. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    pub(super) const fn new(url: String) -> Self {
        Self(url)
    }

    /// The address in the clear, for the request that needs it.
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

/// How many characters of a text from the network are looked at: telling the visible ones apart takes longer than reading them.
const MAX_CHARACTERS_READ: usize = 4_000;

/// The first 200 characters of text from the network on one line, without anything that could be an address or a token.
pub(crate) fn plain(text: &str) -> String {
    let whole = text.char_indices().nth(MAX_CHARACTERS_READ).and_then(|(end, _)| text.get(..end));
    // A word that was cut could not be told to be an address or a token.
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
    fn addresses_and_tokens_are_left_out() {
        let shown = plain("cannot fetch\nhttps://r2.example/x?X-Amz-Signature=abc with eyJhbGciOi.x.y now");
        assert_eq!(shown, "cannot fetch … with … now");
        assert_eq!(plain("htt\u{200b}ps://r2.example/x \u{202e}now"), "… now");
        assert_eq!(plain(&"word ".repeat(100)).chars().count(), 200);
        let hidden = "\u{200b}".repeat(MAX_CHARACTERS_READ - 50);
        assert_eq!(plain(&format!("why {hidden}{}", "s3cret".repeat(100))), "why");
        assert_eq!(format!("{:?}", PresignedUrl("https://secret".into())), "PresignedUrl(…)");
    }

    #[test]
    fn a_text_as_long_as_a_reply_may_be_is_not_looked_at_for_hours() {
        let endless = format!("a{}", "\u{300}\u{200d}".repeat(3_000_000));
        assert_eq!(plain(&endless), "");
    }
}
