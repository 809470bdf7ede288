//! Takes names, addresses, ids and paths out of words that people or other programs wrote.

use std::collections::HashMap;
use std::net::Ipv6Addr;

/// The shortest id that is recognised, in characters.
const ID_MIN: usize = 16;
/// The longest text that is scrubbed, in characters. The rest is left out.
const TEXT_MAX: usize = 1_000;
/// The shortest name that is looked for, in characters. A shorter one would be found in every word.
const NAME_MIN: usize = 2;
/// Names with dots that belong to Hajime or Cloudflare and tell nothing about the association.
const KNOWN_DOTTED: [&str; 4] = ["hajime.db", "installation.db", "api.cloudflare.com", "workers.dev"];
/// The first letter of the scripts that write no spaces between words, such as Japanese.
const FIRST_UNSPACED: char = '\u{2e80}';

/// Takes out what strangers must not read.
#[derive(Debug, Clone, Default)]
pub struct Scrubber {
    /// Names in small letters with their placeholders, by their first letter, the longest first.
    names: HashMap<char, Vec<(Vec<char>, String)>>,
}

impl Scrubber {
    /// Knows these names. Each kind is counted on its own: “person 3”, “class 12”.
    #[must_use]
    pub fn knowing<'a>(kinds: impl IntoIterator<Item = (&'static str, &'a [String])>) -> Self {
        let mut names: HashMap<char, Vec<(Vec<char>, String)>> = HashMap::new();
        for (kind, all) in kinds {
            let mut number = 0_usize;
            for name in all {
                let letters = lowered(name.trim());
                let Some(first) = letters.first().copied().filter(|_| letters.len() >= NAME_MIN) else { continue };
                number = number.saturating_add(1);
                names.entry(first).or_default().push((letters, format!("{kind} {number}")));
            }
        }
        for same in names.values_mut() {
            // Sorting keeps the order of names of one length.
            same.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        }
        Self { names }
    }

    /// The words without names, addresses, ids, tokens and paths, on one line. What stood in quotation marks and is no known
    /// name is left out too, because people may have written it.
    #[must_use]
    pub fn scrub(&self, words: &str) -> String {
        let words: String =
            words.chars().take(TEXT_MAX).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let named = self.without_names(&words);
        let unquoted = without_quoted(&named);
        unquoted.split_whitespace().map(scrubbed_word).collect::<Vec<_>>().join(" ")
    }

    fn without_names(&self, words: &str) -> String {
        let letters: Vec<char> = words.chars().collect();
        let low: Vec<char> = letters.iter().map(|letter| lowered_letter(*letter)).collect();
        let telling = telling_letters(&letters);
        let is_telling = |place: usize| telling.get(place).copied().unwrap_or_default();
        let mut text = String::with_capacity(words.len());
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            let Some((length, placeholder)) = self.name_at(&low, at) else {
                text.push(*letter);
                at = at.saturating_add(1);
                continue;
            };
            let end = at.saturating_add(length);
            if (at..end).all(is_telling) {
                // A name in an address or a path: the whole word is left out afterwards.
                text.extend(letters.get(at..end).unwrap_or_default());
                at = end;
                continue;
            }
            // A path or an address that a name with spaces reaches into is left out with the name.
            if is_telling(at) {
                text.truncate(text.trim_end_matches(|letter: char| !letter.is_whitespace()).len());
            }
            text.push_str(placeholder);
            at = end;
            while is_telling(end.saturating_sub(1)) && is_telling(at) {
                at = at.saturating_add(1);
            }
        }
        text
    }

    fn name_at(&self, low: &[char], at: usize) -> Option<(usize, &str)> {
        let before = at.checked_sub(1).and_then(|before| low.get(before));
        let rest = low.get(at..)?;
        let first = rest.first()?;
        self.names.get(first)?.iter().find_map(|(name, placeholder)| {
            let is_whole = are_apart(before, Some(first)) && are_apart(name.last(), rest.get(name.len()));
            (is_whole && rest.starts_with(name)).then_some((name.len(), placeholder.as_str()))
        })
    }
}

/// Small letters, one for one, so that places in the text stay the same.
fn lowered(text: &str) -> Vec<char> {
    text.chars().map(lowered_letter).collect()
}

fn lowered_letter(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// Whether a word may end with the one letter and another may begin with the other one.
fn are_apart(one: Option<&char>, other: Option<&char>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    let is_in_word = |letter: &char| letter.is_alphanumeric() && *letter < FIRST_UNSPACED;
    !is_in_word(one) || !is_in_word(other)
}

/// For each letter, whether it is in a word that is left out.
fn telling_letters(letters: &[char]) -> Vec<bool> {
    let mut telling = Vec::with_capacity(letters.len());
    for word in letters.split_inclusive(|letter| letter.is_whitespace()) {
        let text: String = word.iter().collect();
        let is_left_out = is_telling(text.trim_end());
        telling.extend(word.iter().map(|letter| is_left_out && !letter.is_whitespace()));
    }
    telling
}

/// What stands in quotation marks is replaced, unless it is a placeholder. Marks within marks, and marks that nothing closes,
/// are replaced with all that is in them.
fn without_quoted(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(((begin, open), close)) = rest.char_indices().find_map(|one| Some((one, closing(one.1)?))) {
        let (before, after) = rest.split_at(begin);
        let after = after.get(open.len_utf8()..).unwrap_or_default();
        let (inside, left) = split_quoted(after, open, close);
        let shown = if is_placeholder(inside) { inside } else { "…" };
        text.push_str(before);
        text.push(open);
        text.push_str(shown);
        text.push(close);
        rest = left;
    }
    text.push_str(rest);
    text
}

/// The mark that closes what this one opens.
const fn closing(open: char) -> Option<char> {
    match open {
        '“' => Some('”'),
        '„' => Some('“'),
        '«' => Some('»'),
        '「' => Some('」'),
        '"' | '`' => Some(open),
        _ => None,
    }
}

/// What is in the marks that were opened, and what comes after them.
fn split_quoted(words: &str, open: char, close: char) -> (&str, &str) {
    let mut depth = 1_usize;
    for (place, letter) in words.char_indices() {
        if letter == close {
            depth = depth.saturating_sub(1);
        } else if letter == open {
            depth = depth.saturating_add(1);
        }
        if depth == 0 {
            let (inside, after) = words.split_at(place);
            return (inside, after.get(close.len_utf8()..).unwrap_or_default());
        }
    }
    (words, "")
}

fn is_placeholder(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(kind, number)| {
        ["person", "class", "thing"].contains(&kind) && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn scrubbed_word(word: &str) -> &str {
    if is_telling(word) { "…" } else { word }
}

fn is_telling(word: &str) -> bool {
    let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric() && !['/', '\\', '~'].contains(&letter));
    let is_path =
        bare.starts_with(['/', '~']) || bare.contains('\\') || bare.contains("/home/") || bare.contains("/Users/");
    is_path
        || word.contains("://")
        || word.contains('@')
        || word.contains("eyJ")
        || word.len() > 60
        || is_id(bare)
        || bare.split('/').any(is_host)
        || has_ipv6(word)
}

/// Whether a word has an address of IPv6.
fn has_ipv6(word: &str) -> bool {
    let parts = word.split(|letter: char| !letter.is_ascii_hexdigit() && letter != ':');
    let mut parts = parts.map(|part| part.trim_end_matches(':')).filter(|part| part.matches(':').count() >= 2);
    parts.any(|part| part.chars().any(|letter| letter != ':') && part.parse::<Ipv6Addr>().is_ok())
}

/// Whether a word has a part that looks like an id or a token: 16 or more characters of one that has digits.
pub(super) fn is_id(word: &str) -> bool {
    word.split(|letter: char| !letter.is_ascii_alphanumeric() && !['-', '_'].contains(&letter)).any(|part| {
        let has_digit = part.bytes().any(|byte| byte.is_ascii_digit());
        let is_hexadecimal = part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        part.len() >= ID_MIN && (has_digit || is_hexadecimal)
    })
}

/// Whether a word is the name of a host or of a file, or an address in numbers.
fn is_host(word: &str) -> bool {
    let word = word.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = word.split_once(':').unwrap_or((word, ""));
    if KNOWN_DOTTED.contains(&name) {
        return false;
    }
    let labels: Vec<&str> = name.split('.').collect();
    let whole = labels.iter().all(|label| {
        !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_')
    });
    let Some(last) = labels.last().filter(|_| whole && labels.len() > 1) else {
        return name == "localhost" && !port.is_empty();
    };
    let is_number = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let begins_with_letter = last.chars().next().is_some_and(char::is_alphabetic);
    is_number || (last.chars().count() >= 2 && begins_with_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubber() -> Scrubber {
        let people = ["Ada Lovelace".to_owned(), "Ada".to_owned(), "Øystein Å".to_owned(), "李".to_owned()];
        let classes = ["Judo for Ada Lovelace".to_owned(), "Kata".to_owned()];
        Scrubber::knowing([("person", people.as_slice()), ("class", classes.as_slice())])
    }

    #[test]
    fn names_become_placeholders_whatever_their_letters() {
        let scrubber = scrubber();
        assert_eq!(scrubber.scrub("“Judo for Ada Lovelace” of ADA LOVELACE"), "“class 1” of person 1");
        assert_eq!(scrubber.scrub("øystein å and Adam, Ada."), "person 3 and Adam, person 2.");
        assert_eq!(scrubber.scrub("Katana is no Kata: “Something that nobody knows”"), "Katana is no class 2: “…”");
    }

    #[test]
    fn addresses_ids_tokens_and_paths_are_left_out() {
        for telling in [
            "https://customer-x.cloudflarestream.com/abc?token=1",
            "ada@example.org",
            "<ada@example.org>,",
            "api.wwmaa.com",
            "api.wwmaa.com:8443/hook",
            "192.168.1.5",
            "localhost:4000",
            "eyJhbGciOi.x.y",
            "0b0e1cf4-9a1d-4b0e-8f6a-3d3d6f1a2b3c",
            "9f86d081884c7d659a2feaa0c55ad015",
            "/home/ada/.local/share",
            "(/home/ada/x)",
            "C:\\Users\\Ada",
            "~/videos",
            "v1.0-abcdef0123456789abcdef",
            "[2001:db8::7]:443",
            "fe80::1,",
            "Kata/class-of-ada.mp4",
        ] {
            assert_eq!(scrubber().scrub(&format!("before {telling} after")), "before … after", "{telling}");
        }
    }

    #[test]
    fn a_name_with_spaces_takes_the_rest_of_an_address_or_path_with_it() {
        let scrubber = scrubber();
        assert_eq!(scrubber.scrub("in /home/Ada Lovelace/x.mp4 there"), "in person 1 there");
        assert_eq!(scrubber.scrub("to Judo for Ada Lovelace@example.org there"), "to class 1 there");
    }

    #[test]
    fn a_name_is_found_where_words_have_no_spaces() {
        let people = ["田中太郎".to_owned()];
        let scrubber = Scrubber::knowing([("person", people.as_slice())]);
        assert_eq!(scrubber.scrub("先生の田中太郎は"), "先生のperson 1は");
    }

    #[test]
    fn what_stands_in_any_quotation_marks_is_left_out() {
        let scrubber = scrubber();
        for (said, left) in [
            ("550 mailbox \"grace private\" is full", "550 mailbox \"…\" is full"),
            ("the “big “secret” class” failed", "the “…” failed"),
            ("„geheim“ und «secret» and 「秘密」", "„…“ und «…» and 「…」"),
            ("begun “and never closed", "begun “…”"),
            ("it isn’t there", "it isn’t there"),
        ] {
            assert_eq!(scrubber.scrub(said), left);
        }
    }

    #[test]
    fn ordinary_words_stay() {
        for plain in [
            "Cloudflare answered with 502. Try again in 30 seconds.",
            "Hajime 0.4.1 on linux x86_64, 12.5 MB and/or 13 MB.",
            "The database hajime.db is locked (SQLITE_BUSY).",
            "Error::Store at 20:15:30, twice.",
        ] {
            assert_eq!(scrubber().scrub(plain), plain);
        }
    }
}
