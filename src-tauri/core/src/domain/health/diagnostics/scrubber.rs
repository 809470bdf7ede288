//! Takes names, addresses, ids and paths out of words that people or other programs wrote.

use std::collections::HashMap;

/// The shortest id that is recognised, in characters.
const ID_MIN: usize = 16;
/// The longest text that is scrubbed, in characters. The rest is left out.
const TEXT_MAX: usize = 1_000;
/// The shortest name that is looked for, in characters. A shorter one would be found in every word.
const NAME_MIN: usize = 2;
/// Names with dots that belong to Hajime or Cloudflare and tell nothing about the association.
const KNOWN_DOTTED: [&str; 4] = ["hajime.db", "installation.db", "api.cloudflare.com", "workers.dev"];

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
        let mut text = String::with_capacity(words.len());
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            let begins_word =
                at.checked_sub(1).and_then(|before| low.get(before)).is_none_or(|before| !before.is_alphanumeric());
            let found = begins_word.then(|| self.name_at(&low, at)).flatten();
            if let Some((length, placeholder)) = found {
                text.push_str(placeholder);
                at = at.saturating_add(length);
            } else {
                text.push(*letter);
                at = at.saturating_add(1);
            }
        }
        text
    }

    fn name_at(&self, low: &[char], at: usize) -> Option<(usize, &str)> {
        let rest = low.get(at..)?;
        self.names.get(rest.first()?)?.iter().find_map(|(name, placeholder)| {
            let ends_word = rest.get(name.len()).is_none_or(|after| !after.is_alphanumeric());
            (rest.starts_with(name) && ends_word).then_some((name.len(), placeholder.as_str()))
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

/// What stands between “ and ” is replaced, unless it is a placeholder.
fn without_quoted(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('“') {
        let (inside, left) = after.split_once('”').unwrap_or((after, ""));
        text.push_str(before);
        let shown = if is_placeholder(inside) { inside } else { "…" };
        text.push('“');
        text.push_str(shown);
        text.push('”');
        rest = left;
    }
    text.push_str(rest);
    text
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
        || is_host(bare)
}

/// Whether a word has a part that looks like an id or a token: 16 or more characters of one that has digits.
pub(super) fn is_id(word: &str) -> bool {
    word.split(|letter: char| !letter.is_ascii_alphanumeric() && !['-', '_'].contains(&letter)).any(|part| {
        let has_digit = part.bytes().any(|byte| byte.is_ascii_digit());
        let is_hexadecimal = part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        part.len() >= ID_MIN && (has_digit || is_hexadecimal)
    })
}

/// Whether a word is the name of a host, or an address in numbers.
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
    is_number || (last.chars().count() >= 2 && last.chars().all(char::is_alphabetic))
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
        ] {
            assert_eq!(scrubber().scrub(&format!("before {telling} after")), "before … after", "{telling}");
        }
    }

    #[test]
    fn ordinary_words_stay() {
        for plain in [
            "Cloudflare answered with 502. Try again in 30 seconds.",
            "Hajime 0.4.1 on linux x86_64, 12.5 MB and/or 13 MB.",
            "The database hajime.db is locked (SQLITE_BUSY).",
        ] {
            assert_eq!(scrubber().scrub(plain), plain);
        }
    }
}
