//! How many recordings each choice of a filter leaves.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::domain::library::query::{Counts, Facets, Filter, Flag, Place, Query};
use crate::store::library::conditions::{self, Condition, FROM_INDEX, IN_INDEX};
use crate::store::library::resolve::{Resolved, at_most, resolve, within};
use crate::store::{Error, Store};

/// The most instructors and the most tags that are listed.
const LISTED_MAX: u32 = 100;
/// From this many found recordings on, it is not counted in which column they were found.
const PLACES_COUNTED_MAX: u32 = 5_000;

impl Store {
    /// Returns how many recordings on the list a search finds, by status.
    pub fn count_recordings(&self, query: &Query) -> Result<Counts, Error> {
        let connection = self.connection();
        let connection = connection.raw();
        let expression = resolve(connection, &query.search, query.place)?.map(|resolved| resolved.widest().to_owned());
        Ok(count(connection, query, expression.as_deref(), &[])?.status)
    }

    /// Returns how many recordings each choice of a filter would leave, all other choices as they are.
    pub fn library_facets(&self, query: &Query) -> Result<Facets, Error> {
        let connection = self.connection();
        let connection = connection.raw();
        let resolved = resolve(connection, &query.search, query.place)?;
        let mut facets = count(connection, query, resolved.as_ref().map(Resolved::widest), &Flag::WORDS)?;
        facets.instructors = grouped(connection, &instructors(query, resolved.as_ref().map(Resolved::widest)))?;
        facets.tags = grouped(connection, &tags(query, resolved.as_ref().map(Resolved::widest)))?;
        if let Some(everywhere) = resolve(connection, &query.search, Place::Everywhere)?
            && at_most(connection, everywhere.widest(), PLACES_COUNTED_MAX)? < PLACES_COUNTED_MAX
        {
            for (_, place) in Place::WORDS {
                let number = of_expression(connection, query, &within(place, everywhere.widest()))?;
                facets.places.push((place, number));
            }
        }
        Ok(facets)
    }
}

fn with_words(mut condition: Condition, expression: Option<&str>) -> Condition {
    if let Some(expression) = expression {
        condition.and(IN_INDEX, [Value::from(expression.to_owned())]);
    }
    condition
}

/// The total, and the numbers by status and by some flags, in one pass over the recordings.
fn count(
    connection: &Connection,
    query: &Query,
    expression: Option<&str>,
    counted: &[(&str, Flag)],
) -> Result<Facets, Error> {
    let condition = with_words(conditions::common(query), expression);
    let chosen_status = conditions::status(query.filter);
    let chosen_flags = |but: Option<Flag>| {
        let others = query.flags.iter().filter(|one| Some(**one) != but).map(|one| conditions::flag(*one, query));
        others.chain(["1".to_owned()]).collect::<Vec<_>>().join(" AND ")
    };
    let mut sums: Vec<String> = Filter::WORDS
        .iter()
        .map(|(_, filter)| format!("({}) AND {}", conditions::status(*filter), chosen_flags(None)))
        .collect();
    sums.extend(counted.iter().map(|(_, one)| {
        format!("({chosen_status}) AND {} AND {}", chosen_flags(Some(*one)), conditions::flag(*one, query))
    }));
    let sums = sums.iter().map(|sum| format!("coalesce(sum({sum}), 0)")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT {sums} FROM recordings r WHERE {}", condition.sql);
    let mut statement = connection.prepare_cached(&sql)?;
    let numbers: Vec<u32> = statement.query_row(params_from_iter(condition.values), |row| {
        (0..Filter::WORDS.len().saturating_add(counted.len())).map(|index| row.get(index)).collect()
    })?;
    let number = |index: usize| numbers.get(index).copied().unwrap_or_default();
    let by_status =
        |filter: Filter| number(Filter::WORDS.iter().position(|(_, one)| *one == filter).unwrap_or_default());
    let status = Counts {
        all: by_status(Filter::All),
        ready: by_status(Filter::Ready),
        processing: by_status(Filter::Processing),
        failed: by_status(Filter::Failed),
        deleted: by_status(Filter::Deleted),
    };
    let flags =
        counted.iter().enumerate().map(|(index, (_, one))| (*one, number(index.saturating_add(Filter::WORDS.len()))));
    Ok(Facets { total: status.of(query.filter), status, flags: flags.collect(), ..Facets::default() })
}

fn of_expression(connection: &Connection, query: &Query, expression: &str) -> Result<u32, Error> {
    let condition = conditions::without_words(query);
    let sql = format!("SELECT count(*) {FROM_INDEX} AND {}", condition.sql);
    let values = [Value::from(expression.to_owned())].into_iter().chain(condition.values);
    Ok(connection.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
}

/// A name and a number for each instructor, whoever is chosen.
fn instructors(query: &Query, expression: Option<&str>) -> Condition {
    let any = Query { instructor: None, ..query.clone() };
    let Condition { sql, values } = with_words(conditions::without_words(&any), expression);
    let sql = format!(
        "SELECT r.instructor, count(*) FROM recordings r WHERE r.instructor <> '' AND {sql}
         GROUP BY r.instructor ORDER BY 2 DESC, 1 LIMIT {LISTED_MAX}"
    );
    Condition { sql, values }
}

/// A name and a number for each tag. Tags that are chosen stay chosen, because a recording can have several.
fn tags(query: &Query, expression: Option<&str>) -> Condition {
    let Condition { sql, values } = with_words(conditions::without_words(query), expression);
    let sql = format!(
        "SELECT min(t.name), count(*) FROM recording_tags t JOIN recordings r ON r.id = t.recording_id WHERE {sql}
         GROUP BY t.tag ORDER BY 2 DESC, 1 LIMIT {LISTED_MAX}"
    );
    Condition { sql, values }
}

fn grouped(connection: &Connection, query: &Condition) -> Result<Vec<(String, u32)>, Error> {
    let mut statement = connection.prepare_cached(&query.sql)?;
    let rows = statement.query_map(params_from_iter(query.values.clone()), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
