//! What was stored and watched, by instructor, series and tag.

use chrono::NaiveDate;

use crate::store::{Error, Store};

/// The most names of one list.
const NAMES_MAX: u32 = 30;

/// By what the minutes are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpentBy {
    /// By the name of the instructor.
    Instructor,
    /// By the id of the series; empty for classes of their own.
    Series,
    /// By tag; a recording with two tags counts in both.
    Tag,
}

/// The stored and watched minutes of one instructor, series or tag.
#[derive(Debug, Clone, PartialEq)]
pub struct Spent {
    /// The name.
    pub name: String,
    /// The minutes that Stream stores, those in the bin among them.
    pub stored_minutes: f64,
    /// The minutes that were watched.
    pub watched_minutes: f64,
}

impl Store {
    /// Adds up what is stored now, and what was watched from a day to the day before another one. Most minutes first.
    pub fn spent(&self, by: SpentBy, from: NaiveDate, end: NaiveDate) -> Result<Vec<Spent>, Error> {
        let (name, key, tables) = match by {
            SpentBy::Instructor => ("r.instructor", "r.instructor", "recordings r"),
            SpentBy::Series => (
                "coalesce(s.series_id, '')",
                "coalesce(s.series_id, '')",
                "recordings r LEFT JOIN sessions s ON s.id = r.session_id",
            ),
            SpentBy::Tag => ("min(t.name)", "t.tag", "recording_tags t JOIN recordings r ON r.id = t.recording_id"),
        };
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {name}, coalesce(sum(r.length), 0) / 60000.0, coalesce(sum(w.minutes), 0.0)
             FROM {tables} LEFT JOIN (SELECT video, sum(minutes) AS minutes FROM watched_days WHERE day >= ?1 AND day < ?2 GROUP BY video) w
               ON w.video = r.video_id
             WHERE r.status = 'READY' AND r.video_id IS NOT NULL
             GROUP BY {key} ORDER BY 2 DESC, 1 LIMIT {NAMES_MAX}"
        ))?;
        let rows = statement.query_map([from.to_string(), end.to_string()], |row| {
            Ok(Spent { name: row.get(0)?, stored_minutes: row.get(1)?, watched_minutes: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
