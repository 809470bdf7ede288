//! Cleans text that somebody typed or that came from the network: one line, and only what people can see.
//!
//! Some Unicode characters draw nothing themselves. They can reverse the text after them, hide text inside text, and
//! make two different titles look the same. They are removed, except where they change how the characters beside them
//! are drawn: in emoji, in Arabic and Persian, and in the scripts of India and its neighbours.

use icu_properties::props::{CanonicalCombiningClass, DefaultIgnorableCodePoint, ExtendedPictographic, JoiningType};
use icu_properties::{CodePointMapData, CodePointSetData};

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
/// The Braille cell without a dot. It draws nothing, although Unicode counts it as a symbol.
const BLANK_BRAILLE: char = '\u{2800}';
const BLACK_FLAG: char = '\u{1f3f4}';
/// The flags that are written as a black flag and tag characters (Unicode TR51, “RGI emoji tag sequences”): England,
/// Scotland, Wales.
const TAGGED_FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];
const LAST_TAG: char = '\u{e007f}';

/// Returns the text on one line without invisible characters; empty when no visible ones are left.
#[must_use]
pub fn one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the text without invisible characters. Control characters become spaces, so that the words beside them stay
/// apart.
#[must_use]
pub fn visible(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut kept: Vec<char> = Vec::with_capacity(letters.len());
    let mut left = letters.as_slice();
    while let Some((&letter, after)) = left.split_first() {
        left = after;
        if letter.is_control() {
            kept.push(' ');
        } else if letter == BLACK_FLAG {
            let (tags, after) = after.split_at(tags_of_flag(after).min(after.len()));
            kept.push(letter);
            kept.extend_from_slice(tags);
            left = after;
        } else if !is_invisible(letter) || changes_its_neighbours(letter, &kept, after) {
            kept.push(letter);
        }
    }
    kept.into_iter().collect()
}

/// The most characters of a text that are examined, because telling visible characters apart is slow.
const MAX_CHARACTERS_READ: usize = 4_000;

/// The first 200 characters of a text from the network, on one line, without anything that may be an address or a
/// token.
#[must_use]
pub fn plain(text: &str) -> String {
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

/// Escapes a text for HTML, in an element and in an attribute.
#[must_use]
pub fn html_escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// A text on one line without its e-mail addresses.
#[must_use]
pub fn without_mail_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn is_invisible(letter: char) -> bool {
    let annotates = matches!(letter, '\u{fff9}'..='\u{fffb}');
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter) || annotates || letter == BLANK_BRAILLE
}

fn changes_its_neighbours(letter: char, before: &[char], after: &[char]) -> bool {
    match letter {
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => joins(letter, before, after),
        _ if is_variation_selector(letter) => {
            before.last().is_some_and(|base| !base.is_whitespace() && !is_invisible(*base))
        }
        _ => false,
    }
}

/// Returns whether a joiner changes how the text is drawn. The rules are those of RFC 5892, appendices A.1 and A.2,
/// which domain names follow, with two additions: in running text a joiner also gives a single Arabic letter its joined
/// form, and it combines emoji (Unicode TR51).
fn joins(joiner: char, before: &[char], after: &[char]) -> bool {
    let is_virama = |letter: Option<&char>| {
        letter.is_some_and(|letter| {
            CodePointMapData::<CanonicalCombiningClass>::new().get(*letter) == CanonicalCombiningClass::Virama
        })
    };
    if before.is_empty() || before.last().is_some_and(|last| last.is_whitespace() || is_joiner(*last)) {
        return false;
    }
    if is_virama(before.last()) || is_virama(after.first()) {
        return true;
    }
    let joining = |letter: &char| CodePointMapData::<JoiningType>::new().get(*letter);
    let passed_over = |letter: &&char| joining(letter) == JoiningType::Transparent;
    let reaches_on = before.iter().rev().find(|letter| !passed_over(letter)).map(joining);
    let reaches_back = after.iter().find(|letter| !passed_over(letter)).map(joining);
    let reaches_on = matches!(reaches_on, Some(JoiningType::DualJoining | JoiningType::LeftJoining));
    let reaches_back = matches!(reaches_back, Some(JoiningType::DualJoining | JoiningType::RightJoining));
    if joiner == ZERO_WIDTH_NON_JOINER {
        return reaches_on && reaches_back;
    }
    let pictures = CodePointSetData::new::<ExtendedPictographic>();
    let picture_before = before.iter().rev().find(|letter| !alters_a_picture(**letter));
    let pictures = picture_before.is_some_and(|one| pictures.contains(*one))
        && after.first().is_some_and(|one| pictures.contains(*one));
    reaches_on || pictures
}

const fn is_joiner(letter: char) -> bool {
    matches!(letter, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

const fn is_variation_selector(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180d}' | '\u{180f}')
}

/// Returns whether a character sets the skin tone of an emoji or selects its coloured form.
const fn alters_a_picture(letter: char) -> bool {
    is_variation_selector(letter) || matches!(letter, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Returns how many of the characters after a black flag are tags that make it the flag of a country; 0 for none.
fn tags_of_flag(after: &[char]) -> usize {
    let tag = |letter: char| char::from_u32(0xe_0000 | u32::from(letter));
    let is_next = |flag: &&&str| {
        let tags = flag.chars().filter_map(tag).chain([LAST_TAG]);
        after.iter().copied().take(flag.len().saturating_add(1)).eq(tags)
    };
    TAGGED_FLAGS.iter().find(is_next).map_or(0, |flag| flag.len().saturating_add(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reversing_invisible_and_control_characters_are_removed() {
        for (typed, shown) in [
            ("Ju\u{200b}do", "Judo"),
            ("Judo \u{202e}nekorb", "Judo nekorb"),
            ("\u{2067}Judo\u{2069}", "Judo"),
            ("\u{feff}Judo", "Judo"),
            ("Judo\u{e0068}\u{e0069}\u{e007f}", "Judo"),
            ("Judo\u{ad}\u{2060}\u{34f}", "Judo"),
            ("Judo\u{fe0f}\u{e0101}\u{e0102}\u{e0103}", "Judo\u{fe0f}"),
            ("\u{1b}[31mJudo\r\nclass", "[31mJudo class"),
            ("\u{3164}\u{115f}\u{2800}\u{fff9}", ""),
            ("\u{200d}\u{200c}\u{200b} \u{202e}", ""),
            ("Ju\u{200d}do \u{200c}class", "Judo class"),
            ("\u{1f3f4}\u{e0068}\u{e0069}\u{e007f}", "\u{1f3f4}"),
        ] {
            assert_eq!(one_line(typed), shown, "{typed:?}");
        }
    }

    #[test]
    fn joiners_that_change_what_is_drawn_are_kept() {
        for text in [
            "می\u{200c}خواهم",                                                 // Persian, “I want”
            "کلاس\u{200c}های جودو",                                             // Persian, “judo classes”
            "1448 ه\u{200d}",                              // Arabic, the abbreviation of the Hijri year
            "क\u{94d}\u{200d}ष",                           // Hindi, a half form
            "क\u{94d}\u{200c}ष",                           // Hindi, a visible virama
            "র\u{200d}\u{9cd}য",                           // Bengali, ya-phalaa
            "ශ\u{dca}\u{200d}රී",                           // Sinhala, “Sri”
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", // a family
            "\u{1f93c}\u{1f3fd}\u{200d}\u{2640}\u{fe0f}",  // a wrestler
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}", // the flag of Scotland
            "葛\u{e0100}城",                               // Japanese, a chosen form
            "\u{600}\u{661}\u{662}",                       // Arabic, a sign around a number
        ] {
            assert_eq!(one_line(text), text, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_a_cleaned_text_changes_nothing(text in "\\PC{0,12}[\u{200c}\u{200d}\u{202e}\u{fe0f}\u{e0067}]{0,4}\\PC{0,12}") {
            let once = one_line(&text);
            prop_assert_eq!(one_line(&once), once);
        }
    }

    #[test]
    fn addresses_and_tokens_are_replaced_by_an_ellipsis() {
        let shown = plain("cannot fetch\nhttps://r2.example/x?X-Amz-Signature=abc with eyJhbGciOi.x.y now");
        assert_eq!(shown, "cannot fetch … with … now");
        assert_eq!(plain("htt\u{200b}ps://r2.example/x \u{202e}now"), "… now");
        assert_eq!(plain(&"word ".repeat(100)).chars().count(), 200);
        let hidden = "\u{200b}".repeat(MAX_CHARACTERS_READ - 50);
        assert_eq!(plain(&format!("why {hidden}{}", "s3cret".repeat(100))), "why");
    }

    #[test]
    fn a_text_of_the_largest_reply_size_is_filtered_quickly() {
        let endless = format!("a{}", "\u{300}\u{200d}".repeat(3_000_000));
        assert_eq!(plain(&endless), "");
    }
}
