//! Which words of the index a search means: those that begin with a word of it, those that contain it, and, where a
//! search finds little, those of which it may be a typo.

use rusqlite::{Connection, params};

use crate::domain::library::query::Place;
use crate::domain::search::asked::{self, INSIDE_FROM, Part, Word, quoted, typos_forgiven};
use crate::store::Error;
use crate::store::library::index::padded;

/// The most words that are taken for a word because they contain it.
const CONTAINING_MAX: usize = 20;
/// The most words that a word may be a typo of.
const SIMILAR_MAX: usize = 6;
/// The most words of the index that are compared with one word.
const COMPARED_MAX: u32 = 150;
/// A search that finds fewer recordings than this is also taken for one with typos.
const LITTLE: u32 = 10;

/// A search in the words of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The parts of the search.
    pub(super) parts: Vec<Part>,
    /// The expression that finds it as it was written.
    pub(super) exact: String,
    /// The expression that also finds what it may be a typo of; `None` where it finds enough as it was written, or where
    /// no word is similar.
    pub(super) similar: Option<String>,
}

impl Resolved {
    /// The expression that finds the most.
    pub(super) fn widest(&self) -> &str {
        self.similar.as_deref().unwrap_or(&self.exact)
    }
}

/// Limits an expression to one column of the index. The names of places are the names of columns.
pub(super) fn within(place: Place, expression: &str) -> String {
    let column = match place {
        Place::Everywhere => return expression.to_owned(),
        Place::Title => "title",
        Place::Instructor => "instructor",
        Place::Tags => "tags",
        Place::Notes => "notes",
        Place::People => "people",
        Place::Chat => "chat",
        Place::Transcript => "transcript",
    };
    format!("{{{column}}} : ({expression})")
}

/// Looks a search up; `None` where it has no words.
pub(super) fn resolve(connection: &Connection, search: &str, place: Place) -> Result<Option<Resolved>, Error> {
    let mut parts = asked::parts(search);
    for part in &mut parts {
        if let Part::Word(word) = part {
            word.containing = containing(connection, word)?;
        }
    }
    let Some(exact) = asked::expression(&parts, false) else { return Ok(None) };
    let exact = within(place, &exact);
    if at_most(connection, &exact, LITTLE)? >= LITTLE {
        return Ok(Some(Resolved { parts, exact, similar: None }));
    }
    let mut any = false;
    for part in &mut parts {
        if let Part::Word(word) = part {
            word.similar = similar(connection, word)?;
            any = any || !word.similar.is_empty();
        }
    }
    let wider = if any { asked::expression(&parts, true).map(|wider| within(place, &wider)) } else { None };
    Ok(Some(Resolved { parts, exact, similar: wider }))
}

/// Returns how many recordings an expression finds, but counts only to `most`.
pub(super) fn at_most(connection: &Connection, expression: &str, most: u32) -> Result<u32, Error> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM search_text WHERE search_text MATCH ?1 LIMIT ?2)";
    Ok(connection.prepare_cached(sql)?.query_row(params![expression, most], |row| row.get(0))?)
}

fn words_of(connection: &Connection, sql: &str, expression: &str, most: u32) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let words = statement.query_map(params![expression, most], |row| row.get(0))?;
    Ok(words.collect::<Result<_, _>>()?)
}

/// Words that contain a word and do not begin with it.
fn containing(connection: &Connection, word: &Word) -> Result<Vec<String>, Error> {
    if word.letters() < INSIDE_FROM {
        return Ok(Vec::new());
    }
    let sql = "SELECT w.word FROM search_word_parts p JOIN search_words w ON w.id = p.rowid
               WHERE search_word_parts MATCH ?1 LIMIT ?2";
    let words = words_of(connection, sql, &quoted(&word.asked), COMPARED_MAX)?;
    let inside = words.into_iter().filter(|other| !other.starts_with(&word.asked) && other.contains(&word.asked));
    Ok(inside.take(CONTAINING_MAX).collect())
}

/// Words that differ from a word by a typo, the likeliest first: a letter too many, too few or wrong, or two letters in
/// the wrong order. A word that is not finished may be a typo of the beginning of another. Another number is no typo.
fn similar(connection: &Connection, word: &Word) -> Result<Vec<String>, Error> {
    let typos = typos_forgiven(word.letters());
    if typos == 0 || word.asked.chars().all(char::is_numeric) {
        return Ok(Vec::new());
    }
    let letters: Vec<char> = padded(&word.asked).chars().collect();
    let parts: Vec<String> =
        letters.windows(INSIDE_FROM).map(|part| quoted(&part.iter().collect::<String>())).collect();
    let sql = "SELECT w.word FROM search_word_parts p JOIN search_words w ON w.id = p.rowid
               WHERE search_word_parts MATCH ?1 ORDER BY p.rank LIMIT ?2";
    let compared = words_of(connection, sql, &parts.join(" OR "), COMPARED_MAX)?;
    let first = word.asked.chars().next();
    let mut near: Vec<(usize, bool, String)> = compared
        .into_iter()
        .filter(|other| *other != word.asked)
        .filter_map(|other| {
            let beginning: String = other.chars().take(word.letters()).collect();
            let whole = strsim::osa_distance(&word.asked, &other);
            // The beginning of a longer word counts half a typo more, so that a whole word comes first.
            let distance = whole
                .saturating_mul(2)
                .min(strsim::osa_distance(&word.asked, &beginning).saturating_mul(2).saturating_add(1));
            (distance <= typos.saturating_mul(2).saturating_add(1))
                .then(|| (distance, other.chars().next() != first, other))
        })
        .collect();
    near.sort();
    Ok(near.into_iter().take(SIMILAR_MAX).map(|(_, _, other)| other).collect())
}
