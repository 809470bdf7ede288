//! What somebody asks the index of the library for, as an expression of `SQLite`’s FTS5. No text of a search is ever
//! syntax of the expression: every word is quoted.

use std::fmt::Write as _;

use unicode_normalization::char::is_combining_mark;

use crate::domain::search::{stands_alone, words};

/// The shortest word, in letters, for which words that contain it are looked up.
pub const INSIDE_FROM: usize = 3;
/// The shortest word, in letters, in which one typo is forgiven.
pub const TYPO_FROM: usize = 4;
/// The shortest word, in letters, in which two typos are forgiven.
pub const TWO_TYPOS_FROM: usize = 9;
/// The longest word, in letters, that is looked up among the words of the index.
pub const WORD_MAX: usize = 40;

/// A part of a search. All parts of a search have to be in a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A word of a script with blanks between words.
    Word(Word),
    /// Letters that stand side by side, of a script without blanks between words.
    Run(String),
}

/// A word, and the words of the index that are taken for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word as it was asked for, in its searchable form.
    pub asked: String,
    /// Words of the index that contain it.
    pub containing: Vec<String>,
    /// Words of the index that it may be a typo of.
    pub similar: Vec<String>,
}

impl Word {
    /// Makes a word without any others that are taken for it.
    #[must_use]
    pub const fn new(asked: String) -> Self {
        Self { asked, containing: Vec::new(), similar: Vec::new() }
    }

    /// Returns the number of letters.
    #[must_use]
    pub fn letters(&self) -> usize {
        self.asked.chars().count()
    }
}

/// Returns how many typos are forgiven in a word of so many letters.
#[must_use]
pub const fn typos_forgiven(letters: usize) -> usize {
    match letters {
        TWO_TYPOS_FROM.. => 2,
        TYPO_FROM.. => 1,
        _ => 0,
    }
}

/// Splits a search into its parts.
#[must_use]
pub fn parts(search: &str) -> Vec<Part> {
    words(search).iter().flat_map(|word| split(word)).collect()
}

/// Splits a word where letters that stand alone begin or end: “bjj入門” is a word and a run.
fn split(word: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut held = String::new();
    let mut alone = false;
    let part = |text: String, alone| if alone { Part::Run(text) } else { Part::Word(Word::new(text)) };
    for letter in word.chars() {
        let stands = stands_alone(letter) || (alone && is_combining_mark(letter));
        if stands != alone && !held.is_empty() {
            parts.push(part(std::mem::take(&mut held), alone));
        }
        alone = stands;
        held.push(letter);
    }
    if !held.is_empty() {
        parts.push(part(held, alone));
    }
    parts
}

/// Returns the expression that finds every part; `None` where there is none. With `similar`, words that a part may be a
/// typo of count too.
#[must_use]
pub fn expression(parts: &[Part], similar: bool) -> Option<String> {
    let all: Vec<String> = parts.iter().map(|part| one(part, similar)).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

fn one(part: &Part, similar: bool) -> String {
    let word = match part {
        Part::Run(letters) => return quoted(&super::spaced(letters)),
        Part::Word(word) => word,
    };
    // A single letter begins too many words. It finds itself, as in “K. Mori”.
    let sign = if word.letters() > 1 { " *" } else { "" };
    let mut either = format!("({}{sign}", quoted(&word.asked));
    let also = word.containing.iter().chain(word.similar.iter().filter(|_| similar));
    for other in also {
        write!(either, " OR {}", quoted(other)).ok();
    }
    either.push(')');
    either
}

/// Quotes a text for FTS5, in which a quotation mark is doubled (SQLite docs, “FTS5”, 3.1).
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\"").replace('\0', " "))
}

/// Returns the words of an [`indexed`](super::indexed) text that are worth looking up by their parts.
pub fn worth_keeping(indexed: &str) -> impl Iterator<Item = &str> {
    let within = |letter: char| letter.is_alphanumeric() || is_combining_mark(letter);
    indexed.split(move |letter| !within(letter)).filter(|word| {
        let letters = word.chars().count();
        (INSIDE_FROM..=WORD_MAX).contains(&letters) && !word.chars().next().is_some_and(stands_alone)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(search: &str) -> String {
        expression(&parts(search), true).unwrap_or_default()
    }

    #[test]
    fn words_are_asked_for_by_their_beginning_and_runs_of_letters_as_phrases() {
        assert_eq!(asked("Mae geri"), r#"("mae" *) AND ("geri" *)"#);
        assert_eq!(asked("K"), r#"("k")"#);
        assert_eq!(asked("合気道"), r#"" 合 気 道""#);
        assert_eq!(asked("ＢＪＪ入門"), r#"("bjj" *) AND " 入 門""#);
        assert_eq!(asked(""), "");
    }

    #[test]
    fn a_word_takes_others_with_it() {
        let word = Word { similar: vec!["karate".into()], ..Word::new("kartae".into()) };
        assert_eq!(expression(&[Part::Word(word.clone())], false).unwrap(), r#"("kartae" *)"#);
        assert_eq!(expression(&[Part::Word(word)], true).unwrap(), r#"("kartae" * OR "karate")"#);
    }

    #[test]
    fn signs_of_the_expression_are_never_asked_as_signs() {
        for search in ["a\" OR title:x", "NEAR(a b, 3)", "-judo", "title : x", "a AND NOT b", "^begin", "(", "\"", "*"]
        {
            let asked = asked(search);
            let outside: String = asked.split('"').step_by(2).collect();
            assert!(outside.chars().all(|sign| " ()*ANDOR".contains(sign)), "{search:?}: {asked}");
        }
    }

    proptest! {
        #[test]
        fn every_word_worth_keeping_is_found_in_the_text_it_is_from(text in "\\PC{0,60}") {
            let indexed = super::super::indexed(&text);
            for word in worth_keeping(&indexed) {
                prop_assert!(indexed.contains(word));
            }
        }
    }
}
