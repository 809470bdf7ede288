//! How text is searched. Letters that look or sound alike to the person who types count as the same.
//!
//! Width and compatibility forms (Unicode Standard Annex 15, NFKC), case, and accents make no difference. Words are
//! found anywhere in the text, because Japanese, Chinese and Thai put no blanks between words. The page does the same
//! in `ui/src/lib/search.ts`, and both are tested with `tests/search-cases.json`.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

pub mod asked;
pub mod marks;

/// The number of words of one search that count. Further words are ignored.
const WORDS_LIMIT: usize = 12;

/// Converts a text to the form in which it is searched.
#[must_use]
pub fn searchable(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    caseless(text).nfd().filter(|letter| !is_accent(*letter)).map(base).nfc().collect()
}

/// Converts a text to the form in which two spellings are the same whatever their width, capitals and composition.
/// Accents make a difference here.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { caseless(text).nfc().collect() }
}

// Upper case first: it turns “ß” into “SS”, and both small forms of the Greek sigma into one letter.
fn caseless(text: &str) -> String {
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Converts a text to the form in which the index of the library holds it: [`searchable`], with blanks around every
/// letter of a script without blanks between words, so that each of these letters is a word of the index.
#[must_use]
pub fn indexed(text: &str) -> String {
    spaced(&searchable(text))
}

fn spaced(searchable: &str) -> String {
    if searchable.is_ascii() {
        return searchable.to_owned();
    }
    let mut spaced = String::with_capacity(searchable.len().saturating_mul(2));
    let mut alone = false;
    for letter in searchable.chars() {
        if stands_alone(letter) {
            spaced.push(' ');
            alone = true;
        } else if alone && !is_combining_mark(letter) {
            spaced.push(' ');
            alone = false;
        }
        spaced.push(letter);
    }
    spaced
}

/// Returns whether people find a letter also inside what surrounds it: letters of scripts that put no blanks between
/// words (Thai to Tibetan, Myanmar, Khmer, Chinese, Japanese), Hangul, whose words carry endings, and pictures.
#[must_use]
pub const fn stands_alone(letter: char) -> bool {
    matches!(
        letter,
        '\u{e01}'..='\u{e30}' | '\u{e32}'..='\u{e33}' | '\u{e40}'..='\u{e46}' | '\u{e81}'..='\u{eb0}' | '\u{eb2}'..='\u{eb3}'
            | '\u{ec0}'..='\u{ec6}' | '\u{f40}'..='\u{f6c}' | '\u{1000}'..='\u{102a}' | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17b3}' | '\u{2190}'..='\u{2bff}' | '\u{2e80}'..='\u{3098}' | '\u{309b}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{1f000}'..='\u{1faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

/// Splits a search into words. A text is found when its [`searchable`] form contains every word; without words, every
/// text is found.
#[must_use]
pub fn words(search: &str) -> Vec<String> {
    let search = searchable(search);
    let within = |letter: char| letter.is_alphanumeric() || is_combining_mark(letter);
    let words: Vec<String> =
        search.split(|letter| !within(letter)).filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect();
    if !words.is_empty() {
        return words.into_iter().take(WORDS_LIMIT).collect();
    }
    // A search that has only signs, such as an emoji, is split at the blanks.
    search.split_whitespace().take(WORDS_LIMIT).map(ToOwned::to_owned).collect()
}

/// Returns whether a letter is a mark that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew
/// and Arabic vowel signs, and the Arabic stretching stroke.
///
/// Marks of other scripts distinguish letters and stay: without its two strokes a Japanese “ga” is a “ka”.
const fn is_accent(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
    )
}

/// Replaces letters that Unicode does not decompose, such as those with a stroke, by the letter that people type.
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
    fn every_case_shared_with_the_page_is_found_or_not_as_the_case_says() {
        let cases = include_str!("../../../../tests/search-cases.json");
        let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
        assert!(cases.len() > 30);
        for Case { text, search, found } in cases {
            assert_eq!(finds(&text, &search), found, "{search:?} in {text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_search_for_a_whole_text_finds_that_text(text in "\\PC{0,40}") {
            prop_assert!(finds(&text, &text));
        }

        #[test]
        fn making_a_searchable_text_searchable_again_changes_nothing(text in "\\PC{0,40}") {
            let once = searchable(&text);
            prop_assert_eq!(searchable(&once), once);
        }
    }
}
