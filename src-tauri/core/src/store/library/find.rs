//! A page of the list: filtered, sorted, or ranked by what fits the words of a search best.

use std::collections::{HashMap, HashSet};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::domain::ids::RecordingId;
use crate::domain::library::query::{Cursor, Place, Query, SortBy};
use crate::domain::recorder::recording::Recording;
use crate::domain::search::asked::Part;
use crate::store::library::conditions::{self, Condition, FROM_INDEX, IN_INDEX};
use crate::store::library::resolve::{Resolved, at_most, resolve};
use crate::store::recorder::columns::select;
use crate::store::recorder::recordings::read;
use crate::store::{Error, Store};

/// From this many found recordings on, the newest come first, those with the words in title, instructor and tags before
/// the others. Fewer are ranked by how well they fit.
const RANKED_MAX: u32 = 400;
/// How much a word in each column of the index weighs: title, instructor, tags, notes, people, chat, transcript.
const WEIGHTS: &str = "12.0, 6.0, 8.0, 3.0, 3.0, 1.0, 1.0";
/// How much more the newest of the found recordings weighs than a very old one.
const NEWEST_BONUS: f64 = 0.5;
/// The age in numbers of the index after which half of the bonus is left: a year.
const BONUS_HALVES_AFTER: f64 = 365.0 * 24.0 * 3_600.0 * 16.0;

/// A page of found recordings.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The recordings.
    pub recordings: Vec<Recording>,
    /// The parts of the search with the words that were taken for them, to mark them in texts.
    pub parts: Vec<Part>,
    /// Where the next page begins; `None` at the end, and where the order is by fit.
    pub next: Option<Cursor>,
    /// Words of the index that the search was taken for, because it may have a typo.
    pub also: Vec<String>,
}

impl Store {
    /// Returns a page of the list.
    pub fn find_recordings(&self, query: &Query) -> Result<Vec<Recording>, Error> {
        Ok(self.search_library(query)?.recordings)
    }

    /// Returns a page of the list with what the search was taken for.
    pub fn search_library(&self, query: &Query) -> Result<Found, Error> {
        let connection = self.connection();
        let connection = connection.raw();
        let resolved = resolve(connection, &query.search, query.place)?;
        let mut found = match &resolved {
            Some(resolved) if query.sort_by() == SortBy::Fit => {
                let recordings = by_id(connection, &ranked(connection, query, resolved)?)?;
                Found { recordings, ..Found::default() }
            }
            _ => sorted(connection, query, resolved.as_ref())?,
        };
        if let Some(Resolved { parts, similar, .. }) = resolved {
            let words = parts.iter().filter_map(|part| match part {
                Part::Word(word) if similar.is_some() => Some(word.similar.clone()),
                _ => None,
            });
            found.also = words.flatten().collect();
            found.parts = parts;
        }
        Ok(found)
    }

    /// Returns the ids of all recordings that a query finds, in any order.
    pub fn ids_in_library(&self, query: &Query) -> Result<Vec<RecordingId>, Error> {
        let connection = self.connection();
        let connection = connection.raw();
        let mut condition = conditions::without_words(query);
        if let Some(resolved) = resolve(connection, &query.search, query.place)? {
            condition.and(IN_INDEX, [Value::from(resolved.widest().to_owned())]);
        }
        let mut statement = connection.prepare(&format!("SELECT r.id FROM recordings r WHERE {}", condition.sql))?;
        let ids = statement.query_map(params_from_iter(condition.values), |row| row.get::<_, String>(0))?;
        ids.map(|id| parsed(&id?)).collect()
    }
}

fn parsed(id: &str) -> Result<RecordingId, Error> {
    id.parse().map_err(|_| Error::unreadable("recording id", id))
}

/// A page in the order of a column.
fn sorted(connection: &Connection, query: &Query, resolved: Option<&Resolved>) -> Result<Found, Error> {
    let mut condition = conditions::without_words(query);
    if let Some(resolved) = resolved {
        condition.and(IN_INDEX, [Value::from(resolved.widest().to_owned())]);
    }
    if let Some(cursor) = &query.after {
        let Condition { sql, values } = conditions::after(query, cursor);
        condition.and(&sql, values);
    }
    let (order, value) = (conditions::order(query), conditions::sorted_by(query.sort_by()));
    let sql = select(&format!("WHERE {} ORDER BY {order} LIMIT ? OFFSET ?", condition.sql));
    condition.values.extend([Value::from(query.limit), Value::from(query.offset)]);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(condition.values), |row| Ok(read(row)))?;
    let recordings: Vec<Recording> = rows.map(|row| row?).collect::<Result<_, Error>>()?;
    let next = match recordings.last() {
        Some(last) if recordings.len() >= query.limit as usize => {
            let sql = format!("SELECT {value} FROM recordings r WHERE r.id = ?1");
            let value = connection.prepare_cached(&sql)?.query_row([last.id.to_string()], |row| row.get(0))?;
            let value = match value {
                Value::Integer(number) => serde_json::Value::from(number),
                Value::Text(text) => serde_json::Value::from(text),
                other => return Err(Error::unreadable("sorted column", format!("{other:?}"))),
            };
            Some(Cursor { value, id: last.id })
        }
        _ => None,
    };
    Ok(Found { recordings, next, ..Found::default() })
}

/// The ids of a page of what fits best.
fn ranked(connection: &Connection, query: &Query, resolved: &Resolved) -> Result<Vec<String>, Error> {
    let (limit, offset) = (query.limit as usize, query.offset as usize);
    let wanted = offset.saturating_add(limit);
    let condition = conditions::without_words(query);
    let mut ids: Vec<String> = if at_most(connection, &resolved.exact, RANKED_MAX)? >= RANKED_MAX {
        let head = format!("{{title instructor tags}} : ({})", resolved.exact);
        // A search in one column has no better columns.
        let expressions = if query.place == Place::Everywhere {
            vec![head, resolved.exact.clone()]
        } else {
            vec![resolved.exact.clone()]
        };
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        for expression in expressions {
            if all.len() < wanted {
                let most = wanted.saturating_add(seen.len());
                let more = newest(connection, &expression, &condition, most)?;
                all.extend(more.into_iter().filter(|id| seen.insert(id.clone())));
            }
        }
        all
    } else {
        let mut all = fitting(connection, &resolved.exact, &condition)?;
        if let Some(similar) = &resolved.similar {
            let seen: HashSet<String> = all.iter().cloned().collect();
            let more = if at_most(connection, similar, RANKED_MAX)? >= RANKED_MAX {
                newest(connection, similar, &condition, wanted.saturating_add(seen.len()))?
            } else {
                fitting(connection, similar, &condition)?
            };
            all.extend(more.into_iter().filter(|id| !seen.contains(id)));
        }
        all
    };
    ids.truncate(wanted);
    Ok(ids.split_off(offset.min(ids.len())))
}

/// The newest recordings that an expression finds.
fn newest(connection: &Connection, expression: &str, condition: &Condition, most: usize) -> Result<Vec<String>, Error> {
    let sql = format!("SELECT r.id {FROM_INDEX} AND {} ORDER BY f.rowid DESC LIMIT ?", condition.sql);
    let most = Value::from(i64::try_from(most).unwrap_or(i64::MAX));
    let values = [Value::from(expression.to_owned())].into_iter().chain(condition.values.clone()).chain([most]);
    let mut statement = connection.prepare_cached(&sql)?;
    let ids = statement.query_map(params_from_iter(values), |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The recordings that an expression finds, those that fit best first, and of two that fit alike the newer one.
fn fitting(connection: &Connection, expression: &str, condition: &Condition) -> Result<Vec<String>, Error> {
    let sql = format!(
        "SELECT r.id, d.doc, bm25(search_text, {WEIGHTS}) {FROM_INDEX} AND {} ORDER BY f.rowid DESC LIMIT {RANKED_MAX}",
        condition.sql
    );
    let values = [Value::from(expression.to_owned())].into_iter().chain(condition.values.clone());
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, f64>(2)?))
    })?;
    let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
    let newest = rows.first().map_or(0, |(_, doc, _)| *doc);
    let weight = |doc: i64, fit: f64| {
        #[expect(clippy::cast_precision_loss, reason = "an age needs no precision")]
        let age = newest.saturating_sub(doc) as f64;
        // The best fit is the most negative number (SQLite docs, “FTS5”, 6.1).
        -fit * NEWEST_BONUS.mul_add((-age / BONUS_HALVES_AFTER).exp2(), 1.0)
    };
    let mut all: Vec<(f64, String)> = rows.into_iter().map(|(id, doc, fit)| (weight(doc, fit), id)).collect();
    all.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    Ok(all.into_iter().map(|(_, id)| id).collect())
}

/// The recordings with these ids, in this order.
fn by_id(connection: &Connection, ids: &[String]) -> Result<Vec<Recording>, Error> {
    let mut all: HashMap<String, Recording> = HashMap::with_capacity(ids.len());
    let mut statement = connection.prepare_cached(&select("WHERE r.id = ?1"))?;
    for id in ids {
        let mut rows = statement.query([id])?;
        if let Some(row) = rows.next()? {
            all.insert(id.clone(), read(row)?);
        }
    }
    Ok(ids.iter().filter_map(|id| all.remove(id)).collect())
}
