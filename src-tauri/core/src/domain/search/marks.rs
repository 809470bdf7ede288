//! Where a search is found in a text, so that the words can be marked on the screen.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::search::asked::Part;
use crate::domain::search::searchable;

/// The most letters of a text that are examined.
const LETTERS_READ: usize = 20_000;
/// The most places that are marked in one text.
const MARKS_MAX: usize = 20;
/// The letters that a cut text shows before the first mark.
const LEAD: usize = 40;

/// A text with the places at which a search is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marked {
    /// The text, or the part of a long one that has the first mark.
    pub text: String,
    /// The marked places in bytes of the text, from left to right, without overlaps.
    pub marks: Vec<Range<usize>>,
}

/// The searchable form of a text, with the place in the text that each byte of it comes from.
struct Folded<'a> {
    text: &'a str,
    form: String,
    /// For each byte of `form`: where the letter that it comes from begins in `text`.
    from: Vec<usize>,
    /// Where a letter of `text` ends, by where it begins.
    ends: Vec<(usize, usize)>,
}

impl<'a> Folded<'a> {
    fn of(text: &'a str) -> Self {
        let (mut folded, mut from, mut ends) = (String::with_capacity(text.len()), Vec::new(), Vec::new());
        for (at, letter) in text.grapheme_indices(true).take(LETTERS_READ) {
            let form = searchable(letter);
            from.extend(std::iter::repeat_n(at, form.len()));
            folded.push_str(&form);
            ends.push((at, at.saturating_add(letter.len())));
        }
        Self { text, form: folded, from, ends }
    }

    /// The place in the text of a place in its searchable form.
    fn place(&self, found: &Range<usize>) -> Option<Range<usize>> {
        let begin = *self.from.get(found.start)?;
        let last = *self.from.get(found.end.checked_sub(1)?)?;
        let index = self.ends.binary_search_by_key(&last, |(begin, _)| *begin).ok()?;
        Some(begin..self.ends.get(index)?.1)
    }
}

/// Returns the places of one part in a searchable text.
fn places(part: &Part, folded: &str) -> Vec<Range<usize>> {
    let of = |wanted: &str| {
        folded.match_indices(wanted).map(|(at, found)| at..at.saturating_add(found.len())).collect::<Vec<_>>()
    };
    let word = match part {
        Part::Run(letters) => return of(letters),
        Part::Word(word) => word,
    };
    let is_word = |letter: char| letter.is_alphanumeric();
    let begins = |at: usize| !folded.get(..at).and_then(|text| text.chars().next_back()).is_some_and(is_word);
    let ends = |at: usize| !folded.get(at..).and_then(|text| text.chars().next()).is_some_and(is_word);
    let single = word.letters() == 1;
    let inside = !word.containing.is_empty();
    let mut found: Vec<_> = of(&word.asked)
        .into_iter()
        .filter(|at| if single { begins(at.start) && ends(at.end) } else { inside || begins(at.start) })
        .collect();
    for other in &word.similar {
        found.extend(of(other).into_iter().filter(|at| begins(at.start) && ends(at.end)));
    }
    found
}

/// Returns the places of a text at which any part of a search is found, from left to right.
#[must_use]
pub fn marks(text: &str, parts: &[Part]) -> Vec<Range<usize>> {
    let folded = Folded::of(text);
    let mut found: Vec<Range<usize>> =
        parts.iter().flat_map(|part| places(part, &folded.form)).filter_map(|at| folded.place(&at)).collect();
    found.sort_by_key(|at| (at.start, at.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for at in found {
        match joined.last_mut() {
            Some(last) if at.start <= last.end => last.end = last.end.max(at.end),
            _ => joined.push(at),
        }
    }
    joined.truncate(MARKS_MAX);
    debug_assert!(joined.iter().all(|at| folded.text.get(at.clone()).is_some()));
    joined
}

/// Returns which parts of a search are in a text, given in its searchable form.
#[must_use]
pub fn contained(searchable: &str, parts: &[Part]) -> Vec<bool> {
    parts.iter().map(|part| !places(part, searchable).is_empty()).collect()
}

/// Returns at most `longest` letters of a text around its first mark.
#[must_use]
pub fn excerpt(text: &str, parts: &[Part], longest: usize) -> Option<Marked> {
    let all = marks(text, parts);
    let first = all.first()?.start;
    if text.chars().count() <= longest {
        return Some(Marked { text: text.to_owned(), marks: all });
    }
    let letters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    let at = letters.partition_point(|begin| *begin < first);
    let mut begin = at.saturating_sub(LEAD);
    // The excerpt begins with a whole word where there is one.
    if begin > 0 {
        let blank = |index: &usize| text.get(*index..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
        begin = letters
            .get(begin..at)
            .and_then(|few| few.iter().position(blank))
            .map_or(begin, |skip| begin.saturating_add(skip).saturating_add(1));
    }
    let from = letters.get(begin).copied().unwrap_or(0);
    let to = letters.get(begin.saturating_add(longest)).copied().unwrap_or(text.len());
    let (head, tail) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
    let shown = text.get(from..to)?;
    let moved = |at: usize| at.saturating_sub(from).saturating_add(head.len());
    let marks = all
        .into_iter()
        .filter(|mark| mark.start >= from && mark.end <= to)
        .map(|mark| moved(mark.start)..moved(mark.end));
    Some(Marked { marks: marks.collect(), text: format!("{head}{shown}{tail}") })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::search::asked::{Word, parts};

    fn marked(text: &str, search: &str) -> Vec<String> {
        marks(text, &parts(search)).into_iter().map(|at| text[at].to_owned()).collect()
    }

    #[test]
    fn marks_are_places_of_the_text_as_it_is_written() {
        assert_eq!(marked("Karate: KIHON und Kata", "kihon kat"), ["KIHON", "Kat"]);
        assert_eq!(marked("Prüfung, groß", "PRUFUNG gross"), ["Prüfung", "groß"]);
        assert_eq!(marked("ｶﾗﾃ 入門 ガ", "カラテ ガ"), ["ｶﾗﾃ", "ガ"]);
        assert_eq!(marked("Cafe\u{301} class", "café"), ["Cafe\u{301}"]);
        assert_eq!(marked("合気道の稽古", "気道"), ["気道"]);
        assert_eq!(marked("nothing here", "karate"), Vec::<String>::new());
    }

    #[test]
    fn the_inside_of_a_word_is_marked_only_where_the_index_found_it_there() {
        assert_eq!(marked("Karatetraining", "training"), Vec::<String>::new());
        let word = Word { containing: vec!["karatetraining".into()], ..Word::new("training".into()) };
        let inside = [Part::Word(word)];
        assert_eq!(marks("Karatetraining", &inside).first(), Some(&(6..14)));
        let typo = [Part::Word(Word { similar: vec!["karate".into()], ..Word::new("kartae".into()) })];
        let found = marks("Karate, Karatedo", &typo);
        assert_eq!((found.len(), found.first()), (1, Some(&(0..6))));
    }

    #[test]
    fn an_excerpt_is_cut_around_the_first_mark() {
        let text =
            format!("{} now from here, mae geri. The knee comes up. {}", "Front stance. ".repeat(20), "x".repeat(300));
        let found = excerpt(&text, &parts("mae geri"), 80).unwrap();
        assert!(
            found.text.starts_with('…') && found.text.ends_with('…') && found.text.chars().count() <= 82,
            "{found:?}"
        );
        assert_eq!(found.marks.iter().map(|at| &found.text[at.clone()]).collect::<Vec<_>>(), ["mae", "geri"]);
        assert_eq!(excerpt("short mae", &parts("mae"), 80).unwrap().text, "short mae");
        assert_eq!(excerpt("short", &parts("mae"), 80), None);
    }

    proptest! {
        #[test]
        fn marks_lie_between_letters_and_do_not_overlap(text in "\\PC{0,40}", search in "\\PC{0,10}") {
            let mut before = 0;
            for at in marks(&text, &parts(&search)) {
                prop_assert!(at.start >= before && at.end > at.start && text.get(at.clone()).is_some());
                before = at.end;
            }
        }

        #[test]
        fn an_excerpt_has_its_marks_inside(text in "[a-c \\u{e9}か]{0,300}", search in "[a-cか]{1,3}") {
            if let Some(found) = excerpt(&text, &parts(&search), 60) {
                prop_assert!(found.marks.iter().all(|at| found.text.get(at.clone()).is_some()));
                prop_assert!(!found.marks.is_empty());
            }
        }
    }
}
