//! How text is searched: what looks or sounds alike to the person who types is taken for the same.
//!
//! Width and compatibility forms (Unicode Standard Annex 15, NFKC), case, and accents make no difference. Words are looked for anywhere in the
//! text, because Japanese, Chinese and Thai put no blanks between theirs. The page does the same in `ui/src/lib/search.ts`, and the tests of
//! both read `tests/search-cases.json`.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// More words than this in one search are ignored.
const WORDS_LIMIT: usize = 12;

/// The text in the form in which it is searched.
#[must_use]
pub fn searchable(text: &str) -> String {
    // Upper case first: it makes “ss” of “ß” and one letter of both forms of the Greek sigma.
    let folded: String = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    folded.nfd().filter(|letter| !is_accent(*letter)).map(base).nfc().collect()
}

/// The words of a search; a text is found when [`searchable`] of it contains every one of them. None: everything is found.
#[must_use]
pub fn words(search: &str) -> Vec<String> {
    let search = searchable(search);
    let within = |letter: char| letter.is_alphanumeric() || is_combining_mark(letter);
    let words: Vec<String> =
        search.split(|letter| !within(letter)).filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect();
    if !words.is_empty() {
        return words.into_iter().take(WORDS_LIMIT).collect();
    }
    // Signs alone, such as an emoji, are looked for as they are.
    search.split_whitespace().take(WORDS_LIMIT).map(ToOwned::to_owned).collect()
}

/// A mark that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew and Arabic vowel signs and the Arabic stretching stroke.
///
/// The marks of other scripts tell letters apart and stay: without its two strokes a Japanese “ga” is a “ka”.
const fn is_accent(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
    )
}

/// Letters with a stroke, which Unicode does not take apart, as they are typed without it.
const fn base(letter: char) -> char {
    match letter {
        'ø' => 'o',
        'ł' => 'l',
        'đ' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        text: String,
        search: String,
        found: bool,
    }

    fn finds(text: &str, search: &str) -> bool {
        let text = searchable(text);
        words(search).iter().all(|word| text.contains(word.as_str()))
    }

    #[test]
    fn the_cases_that_the_page_shares() {
        let cases = include_str!("../../../../tests/search-cases.json");
        let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
        assert!(cases.len() > 30);
        for Case { text, search, found } in cases {
            assert_eq!(finds(&text, &search), found, "{search:?} in {text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_itself(text in "\\PC{0,40}") {
            prop_assert!(finds(&text, &text));
        }

        #[test]
        fn a_searchable_text_stays_as_it_is(text in "\\PC{0,40}") {
            let once = searchable(&text);
            prop_assert_eq!(searchable(&once), once);
        }
    }
}
