//! `search_text` and `search_words`: the index of every text of the library, and `search_pending`, which says what of it
//! is out of date.
//!
//! Triggers note a recording in `search_pending` in the transaction that changes one of its texts. It leaves that table
//! in the transaction that indexes it, so an index is never silently out of date.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::domain::schedule::origin::shown_instructor;
use crate::domain::search::asked::worth_keeping;
use crate::domain::search::indexed;
use crate::store::{Error, Store};

/// The most text that one transaction indexes, in bytes. Other processes wait for it.
const TEXT_PER_TRANSACTION: usize = 2 << 20;
/// The most text of one recording that is indexed, in bytes: about a day of talking.
const TEXT_PER_RECORDING: usize = 4 << 20;
/// The most lines of one recording that are read.
const LINES_MAX: u32 = 100_000;
/// The numbers that one second has for recordings.
const DOCS_PER_SECOND: i64 = 16;

/// The signs around a word in `search_word_parts`, so that its beginning and its end are parts as well.
pub(super) fn padded(word: &str) -> String {
    format!("<<{word}>>")
}

/// The text of a recording, one text for each column of the index.
#[derive(Debug, Default)]
struct Texts {
    columns: [String; 7],
}

impl Texts {
    fn add(&mut self, column: usize, text: &str) {
        let Some(whole) = self.columns.get_mut(column) else { return };
        if whole.len().saturating_add(text.len()) < TEXT_PER_RECORDING {
            // No phrase reaches from one line into the next: FTS5 counts positions by words, and this is a word that
            // nobody types.
            if !whole.is_empty() {
                whole.push_str("\n\u{e000}\n");
            }
            whole.push_str(&indexed(text));
        }
    }

    fn len(&self) -> usize {
        self.columns.iter().map(String::len).sum()
    }
}

impl Store {
    /// Returns whether the text of any recording changed since it was indexed.
    pub fn is_index_behind(&self) -> Result<bool, Error> {
        let connection = self.connection();
        Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM search_pending)", [], |row| row.get(0))?)
    }

    /// How many recordings have a text that changed since it was indexed.
    pub fn index_backlog(&self) -> Result<u32, Error> {
        let connection = self.connection();
        Ok(connection.query_row("SELECT count(*) FROM search_pending", [], |row| row.get(0))?)
    }

    /// Indexes at most `limit` recordings whose text changed, in one transaction. Returns how many it indexed.
    pub fn index_pending(&self, limit: u32) -> Result<usize, Error> {
        self.write(|transaction| {
            let ids: Vec<String> = transaction
                .prepare_cached("SELECT recording_id FROM search_pending LIMIT ?1")?
                .query_map([limit], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let (mut done, mut length) = (0_usize, 0_usize);
            let mut known = HashSet::new();
            for id in &ids {
                if length > TEXT_PER_TRANSACTION {
                    break;
                }
                length = length.saturating_add(index(transaction, id, &mut known)?);
                transaction.prepare_cached("DELETE FROM search_pending WHERE recording_id = ?1")?.execute([id])?;
                done = done.saturating_add(1);
            }
            Ok(done)
        })
    }
}

/// Indexes one recording anew. Returns the length of its text in bytes.
fn index(transaction: &Transaction<'_>, id: &str, known: &mut HashSet<String>) -> Result<usize, Error> {
    let recording = transaction
        .prepare_cached("SELECT session_id, title, instructor, created_at FROM recordings WHERE id = ?1")?
        .query_row([id], |row| {
            let text = |index| row.get::<_, String>(index);
            Ok((text(0)?, text(1)?, text(2)?, row.get::<_, i64>(3)?))
        })
        .optional()?;
    let Some((session, title, instructor, created_at)) = recording else { return Ok(0) };
    let mut texts = Texts::default();
    texts.add(0, &title);
    texts.add(1, shown_instructor(&instructor));
    for (column, sql, key) in [
        (6, "SELECT text FROM caption_lines WHERE recording_id = ?1 ORDER BY language, n LIMIT ?2", id),
        (2, "SELECT name FROM recording_tags WHERE recording_id = ?1 LIMIT ?2", id),
        (3, "SELECT notes FROM recording_descriptions WHERE recording_id = ?1 LIMIT ?2", id),
        (4, "SELECT name FROM roster WHERE session_id = ?1 LIMIT ?2", session.as_str()),
        (5, "SELECT text FROM chat_lines WHERE session = ?1 ORDER BY n LIMIT ?2", session.as_str()),
        (6, "SELECT text FROM transcript_lines WHERE session = ?1 ORDER BY source, n LIMIT ?2", session.as_str()),
    ] {
        let mut statement = transaction.prepare_cached(sql)?;
        let mut lines = statement.query(params![key, LINES_MAX])?;
        while let Some(line) = lines.next()? {
            if let Ok(text) = line.get_ref(0)?.as_str() {
                texts.add(column, text);
            }
        }
    }
    let doc = doc_of(transaction, id, created_at)?;
    transaction.prepare_cached("DELETE FROM search_text WHERE rowid = ?1")?.execute([doc])?;
    let [title, instructor, tags, notes, people, chat, transcript] = &texts.columns;
    transaction
        .prepare_cached(
            "INSERT INTO search_text (rowid, title, instructor, tags, notes, people, chat, transcript)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![doc, title, instructor, tags, notes, people, chat, transcript])?;
    for text in &texts.columns {
        keep_words(transaction, text, known)?;
    }
    Ok(texts.len())
}

/// Returns the number of a recording in the index. Numbers grow with the moment of the recording, so that the newest of
/// many is found first.
fn doc_of(transaction: &Transaction<'_>, id: &str, created_at: i64) -> Result<i64, Error> {
    let known = "SELECT doc FROM search_docs WHERE recording_id = ?1";
    if let Some(doc) = transaction.prepare_cached(known)?.query_row([id], |row| row.get(0)).optional()? {
        return Ok(doc);
    }
    let mut doc = created_at.div_euclid(1_000).saturating_mul(DOCS_PER_SECOND).max(1);
    let mut taken = transaction.prepare_cached("SELECT 1 FROM search_docs WHERE doc = ?1")?;
    while taken.exists([doc])? {
        doc = doc.saturating_add(1);
    }
    transaction.prepare_cached("INSERT INTO search_docs VALUES (?1, ?2)")?.execute(params![doc, id])?;
    Ok(doc)
}

/// Keeps the words of a text. A word stays when the last text with it is gone: it then leads to nothing.
fn keep_words(transaction: &Transaction<'_>, text: &str, known: &mut HashSet<String>) -> Result<(), Error> {
    for word in worth_keeping(text) {
        if known.contains(word) {
            continue;
        }
        known.insert(word.to_owned());
        let new =
            transaction.prepare_cached("INSERT OR IGNORE INTO search_words (word) VALUES (?1)")?.execute([word])?;
        if new > 0 {
            transaction
                .prepare_cached("INSERT INTO search_word_parts (rowid, word) VALUES (?1, ?2)")?
                .execute(params![transaction.last_insert_rowid(), padded(word)])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::domain::library::query::Query;
    use crate::domain::recorder::recording::Recording;
    use crate::domain::recorder::stage::Stage;
    use crate::domain::schedule::session::{Plan, Session};

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn store_with(title: &str) -> (Store, Recording) {
        let store = Store::in_memory().unwrap();
        let session = Session::new(Plan::example(now()), now());
        store.add_session(&session).unwrap();
        let one = Recording { session: session.id, title: title.into(), ..Recording::example(Stage::Ready, now()) };
        store.add_recording(&one, "").unwrap();
        (store, one)
    }

    fn found(store: &Store, search: &str) -> usize {
        let query = Query { search: search.into(), limit: 50, ..Query::default() };
        store.find_recordings(&query).unwrap().len()
    }

    #[test]
    fn every_write_of_a_text_makes_the_index_behind_until_it_is_indexed() {
        let (store, one) = store_with("Karate");
        assert!(store.is_index_behind().unwrap());
        assert_eq!(store.index_pending(10).unwrap(), 1);
        let session = one.session.to_string();
        let writes: [(&str, &[&str]); 7] = [
            ("INSERT INTO chat_lines VALUES (?1, 1, 0, 'Ada', 'may I wear gloves')", &["gloves"]),
            ("UPDATE chat_lines SET text = 'or mittens' WHERE session = ?1", &["mittens"]),
            ("DELETE FROM chat_lines WHERE session = ?1", &[]),
            ("INSERT INTO transcript_lines VALUES (?1, 'captions', 1, 760000, 764000, '', 'now mae geri')", &["geri"]),
            ("UPDATE transcript_lines SET text = 'now mawashi geri' WHERE session = ?1", &["mawashi"]),
            ("DELETE FROM transcript_lines WHERE session = ?1", &[]),
            ("INSERT INTO roster VALUES (?1, 'p', 1, 'Lovelace', NULL, 'participant')", &["lovelace"]),
        ];
        for (sql, words) in writes {
            assert!(!store.is_index_behind().unwrap(), "{sql}");
            store.writer().execute(sql, [&session]).unwrap();
            assert!(store.is_index_behind().unwrap(), "{sql}");
            store.index_pending(10).unwrap();
            for word in ["gloves", "mittens", "geri", "mawashi", "lovelace"] {
                let expected = words.contains(&word) || (word == "geri" && words.contains(&"mawashi"));
                assert_eq!(found(&store, word), usize::from(expected), "{word} after {sql}");
            }
        }
    }

    #[test]
    fn a_phrase_does_not_reach_from_one_line_into_the_next() {
        let (store, one) = store_with("Karate");
        for (number, text) in [(1, "合気"), (2, "道場")] {
            let sql = "INSERT INTO chat_lines VALUES (?1, ?2, 0, '', ?3)";
            store.writer().execute(sql, params![one.session.to_string(), number, text]).unwrap();
        }
        store.index_pending(1).unwrap();
        assert_eq!((found(&store, "合気"), found(&store, "道場"), found(&store, "気道")), (1, 1, 0));
    }

    #[test]
    fn recordings_of_one_second_get_different_numbers_that_grow_with_the_moment() {
        let store = Store::in_memory().unwrap();
        let session = Session::new(Plan::example(now()), now());
        store.add_session(&session).unwrap();
        for number in 0..40 {
            let at = now() + chrono::TimeDelta::seconds(if number < 39 { 0 } else { 3_600 });
            let one = Recording { session: session.id, ..Recording::example(Stage::Ready, at) };
            store.add_recording(&one, "").unwrap();
        }
        store.index_pending(100).unwrap();
        let numbers = "SELECT count(DISTINCT doc), (SELECT created_at FROM recordings JOIN search_docs ON recording_id = id ORDER BY doc DESC LIMIT 1) FROM search_docs";
        let (all, newest): (i64, i64) =
            store.writer().query_row(numbers, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!((all, newest), (40, now().timestamp_millis() + 3_600_000));
    }

    #[test]
    fn a_very_long_text_is_indexed_up_to_its_limit() {
        let (store, one) = store_with("Karate");
        let long = "knee ".repeat(TEXT_PER_RECORDING / 10);
        for (number, word) in (1..).zip(["first", "second", "third", "omega"]) {
            let sql = "INSERT INTO transcript_lines VALUES (?1, 'captions', ?2, 0, 0, '', ?3)";
            store.writer().execute(sql, params![one.session.to_string(), number, format!("{long} {word}")]).unwrap();
        }
        store.index_pending(1).unwrap();
        assert_eq!((found(&store, "first"), found(&store, "omega"), found(&store, "karate")), (1, 0, 1));
    }
}
