//! What a text for support is made of: the names that it must not have, counts, and what happened without the words of it.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::domain::bounds::nearest_moment;
use crate::domain::health::diagnostics::{Count, Happened, What};
use crate::store::{Error, Store};

/// The most names of a kind that are read.
const NAMES_MAX: u32 = 50_000;

/// The names that a desk knows. A text for support has none of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownNames {
    /// People: instructors, everybody on a roster, and those whom signing keys were made for.
    pub(crate) people: Vec<String>,
    /// Classes: titles of sessions, series, templates and recordings.
    pub(crate) classes: Vec<String>,
    /// Everything else that people named: tags, groups, places, calendars, holidays, the desk.
    pub(crate) things: Vec<String>,
}

impl Store {
    /// Returns every name that people or classes have on this desk, at most 50,000 of a kind.
    pub(crate) fn known_names(&self) -> Result<KnownNames, Error> {
        let connection = self.connection();
        let all = |query: &str| texts(connection.raw(), query);
        Ok(KnownNames {
            people: all(
                "SELECT instructor FROM sessions UNION SELECT instructor FROM recordings UNION SELECT instructor FROM series \
                 UNION SELECT instructor FROM templates UNION SELECT name FROM roster UNION SELECT name FROM series_roster \
                 UNION SELECT name FROM chat_lines UNION SELECT name FROM transcript_lines UNION SELECT actor FROM journal \
                 UNION SELECT instructor FROM calendar_feeds UNION SELECT os_user FROM ledger UNION SELECT name FROM signing_keys \
                 UNION SELECT value FROM settings WHERE key = 'instructor'",
            )?,
            classes: all(
                "SELECT title FROM sessions UNION SELECT title FROM recordings UNION SELECT title FROM series \
                 UNION SELECT title FROM templates UNION SELECT name FROM templates UNION SELECT title FROM rooms_ahead",
            )?,
            things: all(
                "SELECT tag FROM recording_tags UNION SELECT name FROM recording_tags UNION SELECT name FROM key_groups UNION SELECT name FROM archive_places \
                 UNION SELECT name FROM calendars UNION SELECT name FROM calendar_feeds UNION SELECT reason FROM holidays \
                 UNION SELECT name FROM library_views UNION SELECT shown FROM calendar_feeds UNION SELECT name FROM transfers \
                 UNION SELECT value FROM settings WHERE key = 'app_name' \
                 UNION SELECT json_extract(value, '$.from_name') FROM settings WHERE key = 'mail' AND json_valid(value) \
                 UNION SELECT json_extract(value, '$.smtp_user') FROM settings WHERE key = 'mail' AND json_valid(value)",
            )?,
        })
    }

    /// Returns how many rows of the tables that matter there are, by their state.
    pub(crate) fn counts_for_support(&self) -> Result<Vec<Count>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT 'sessions', state, count(*) FROM sessions GROUP BY 2
             UNION ALL SELECT 'recordings', status, count(*) FROM recordings GROUP BY 2
             UNION ALL SELECT 'failed recordings', cause, count(*) FROM recordings WHERE cause IS NOT NULL GROUP BY 2
             UNION ALL SELECT 'deliveries', channel || ' ' || state, count(*) FROM deliveries GROUP BY 2
             UNION ALL SELECT 'transfers', state, count(*) FROM transfers GROUP BY 2
             UNION ALL SELECT 'series', 'all', count(*) FROM series
             UNION ALL SELECT 'links', 'all', count(*) FROM share_links
             UNION ALL SELECT 'journal', 'all', count(*) FROM journal ORDER BY 1, 2",
        )?;
        let rows = statement.query_map([], |row| {
            let number: i64 = row.get(2)?;
            Ok(Count { of: row.get(0)?, state: row.get(1)?, number: u64::try_from(number).unwrap_or_default() })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns what happened last, newest first: changes of recordings and of the schedule, without words and names.
    pub(crate) fn happened_last(&self, limit: u32) -> Result<Vec<Happened>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT at, 'recording', recording_id, kind, from_stage, to_stage FROM
               (SELECT * FROM recording_events ORDER BY id DESC LIMIT ?1)
             UNION ALL
             SELECT at, entity, entity_id, after, NULL, NULL FROM (SELECT * FROM journal ORDER BY id DESC LIMIT ?1)
             ORDER BY 1 DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], |row| {
            let (entity, subject): (String, String) = (row.get(1)?, row.get(2)?);
            let what = match row.get::<_, Option<String>>(5)? {
                Some(to) => What::Moved { kind: row.get(3)?, from: row.get(4)?, to },
                None => What::Changed { fields: fields_of(&row.get::<_, String>(3)?) },
            };
            Ok(Happened { at: moment(row.get(0)?), entity, subject, what })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn moment(millis: i64) -> DateTime<Utc> {
    nearest_moment(millis)
}

/// The names of the fields in the values of a journal entry. The values themselves are left where they are.
fn fields_of(values: &str) -> Vec<String> {
    let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(values).unwrap_or_default();
    parsed.into_iter().map(|(name, _)| name).collect()
}

fn texts(connection: &Connection, query: &str) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached(&format!("{query} LIMIT {NAMES_MAX}"))?;
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
    Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_fits_the_tables() {
        let store = Store::in_memory().unwrap();
        assert!(store.known_names().unwrap().classes.is_empty());
        assert!(store.counts_for_support().unwrap().iter().all(|count| count.number == 0));
        assert!(store.happened_last(200).unwrap().is_empty());
    }
}
