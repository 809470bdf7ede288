//! What takes the minutes of the storage: the videos that can be watched, on the list and in the bin.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use crate::domain::bounds;
use crate::domain::health::storage::{Expiring, Minutes, Stored};
use crate::domain::ids::RecordingId;
use crate::domain::recorder::quality::Quality;
use crate::domain::recorder::recording::Recording;
use crate::store::recorder::columns::select;
use crate::store::recorder::recordings;
use crate::store::{Error, Store, moment, set_moment, to_millis};

/// The videos that Stream counts for this desk.
const STORED: &str = "r.status = 'READY' AND r.video_id IS NOT NULL";
/// Their minutes and their number.
const SUMS: &str = "coalesce(sum(r.length), 0) / 60000.0, count(*)";
/// The most names of one list.
const NAMES_MAX: u32 = 30;
/// The most months.
const MONTHS_MAX: u32 = 24;
/// The fewest recordings from which the size of a quality is known.
const SIZES_MIN: u32 = 3;
/// The number of recordings that the sizes are read from. A class form asks for them while a person writes in it.
const SIZES_MAX: u32 = 2_000;

/// Minutes by day: those that were added lately, and those that Stream deletes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoredDates {
    /// The minutes of the recordings that were made since a moment.
    pub added: f64,
    /// When the first of them was made.
    pub first: Option<DateTime<Utc>>,
    /// The minutes that Stream deletes on each day, as it was told.
    pub deleted_on: BTreeMap<NaiveDate, f64>,
}

impl Store {
    /// Adds up what takes the minutes. `until` is the end of the month.
    pub fn stored(&self, until: DateTime<Utc>) -> Result<Stored, Error> {
        let connection = self.connection();
        let connection = connection.raw();
        let sum = |condition: &str, values: &[Value]| one(connection, condition, values);
        let until = [Value::from(to_millis(until))];
        Ok(Stored {
            library: sum("r.removed_at IS NULL", &[])?,
            bin: sum("r.removed_at IS NOT NULL", &[])?,
            expiring: sum("r.removed_at IS NULL AND r.video_deletion <= ?1", &until)?,
            kept: sum(
                "r.removed_at IS NULL AND r.id IN (SELECT recording_id FROM recording_retention WHERE decision = 'keep')",
                &[],
            )?,
            by_tag: named(
                connection,
                &format!(
                    "SELECT min(t.name), {SUMS} FROM recording_tags t JOIN recordings r ON r.id = t.recording_id
                     WHERE {STORED} AND r.removed_at IS NULL GROUP BY t.tag ORDER BY 2 DESC, 1 LIMIT {NAMES_MAX}"
                ),
            )?,
            by_instructor: named(
                connection,
                &format!(
                    "SELECT r.instructor, {SUMS} FROM recordings r WHERE {STORED} AND r.removed_at IS NULL
                     GROUP BY r.instructor ORDER BY 2 DESC, 1 LIMIT {NAMES_MAX}"
                ),
            )?,
            by_month: named(
                connection,
                &format!(
                    "SELECT strftime('%Y-%m', r.created_at / 1000, 'unixepoch'), {SUMS} FROM recordings r
                     WHERE {STORED} AND r.removed_at IS NULL GROUP BY 1 ORDER BY 1 DESC LIMIT {MONTHS_MAX}"
                ),
            )?,
        })
    }

    /// Adds up the recordings on the list that nobody watched since a day, of those that were made before a moment and, where that is
    /// given, not before another one.
    pub fn not_watched(
        &self,
        since: NaiveDate,
        made_before: DateTime<Utc>,
        made_from: Option<DateTime<Utc>>,
    ) -> Result<Minutes, Error> {
        let connection = self.connection();
        let values = [
            Value::from(since.to_string()),
            Value::from(to_millis(made_before)),
            Value::from(made_from.map_or(i64::MIN, to_millis)),
        ];
        let condition = "r.removed_at IS NULL AND r.created_at < ?2 AND r.created_at >= ?3
             AND NOT EXISTS (SELECT 1 FROM watched_days w WHERE w.video = r.video_id AND w.day >= ?1 AND w.minutes > 0)";
        one(connection.raw(), condition, &values)
    }

    /// Returns the recordings on the list that Stream deletes next, at most `limit`.
    pub fn expiring_next(&self, limit: u32) -> Result<Vec<Expiring>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT r.id, r.title, r.instructor, r.created_at, r.video_deletion, coalesce(r.length, 0) / 60000.0,
                    (SELECT coalesce(sum(minutes), 0.0) FROM watched_days WHERE video = r.video_id),
                    (SELECT max(day) FROM watched_days WHERE video = r.video_id AND minutes > 0)
             FROM recordings r WHERE {STORED} AND r.removed_at IS NULL AND r.video_deletion IS NOT NULL
             ORDER BY r.video_deletion, r.id LIMIT ?1"
        ))?;
        let rows = statement.query_map([limit], |row| {
            Ok((
                row.get::<_, String>(0)?,
                Expiring {
                    id: RecordingId::default(),
                    title: row.get(1)?,
                    instructor: row.get(2)?,
                    recorded: moment(row, 3)?,
                    expires: moment(row, 4)?,
                    minutes: row.get(5)?,
                    watched_minutes: row.get(6)?,
                    last_watched: row.get::<_, Option<String>>(7)?.and_then(|day| day.parse().ok()),
                },
            ))
        })?;
        rows.map(|row| {
            let (id, expiring) = row?;
            let id = id.parse().map_err(|_| Error::unreadable("recording id", &id))?;
            Ok(Expiring { id, ..expiring })
        })
        .collect()
    }

    /// Returns what was added since a moment, and what Stream deletes on each day.
    pub fn stored_dates(&self, since: DateTime<Utc>) -> Result<StoredDates, Error> {
        let connection = self.connection();
        let sql = format!(
            "SELECT coalesce(sum(r.length), 0) / 60000.0, min(r.created_at) FROM recordings r
             WHERE {STORED} AND r.created_at >= ?1"
        );
        let (added, first) = connection
            .raw()
            .prepare_cached(&sql)?
            .query_row([to_millis(since)], |row| Ok((row.get(0)?, set_moment(row, 1)?)))?;
        let mut statement = connection.prepare_cached(&format!(
            "SELECT r.video_deletion / 86400000, coalesce(sum(r.length), 0) / 60000.0 FROM recordings r
             WHERE {STORED} AND r.video_deletion IS NOT NULL GROUP BY 1"
        ))?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?)))?;
        let mut deleted_on = BTreeMap::new();
        for row in rows {
            let (day, minutes) = row?;
            if let Some(day) = bounds::moment_of_millis(day.saturating_mul(86_400_000)) {
                deleted_on.insert(day.date_naive(), minutes);
            }
        }
        Ok(StoredDates { added, first, deleted_on })
    }

    /// Returns the recordings whose import waits until Stream has room, the one that was made first before the others.
    pub fn recordings_without_room(&self) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select(
            "WHERE r.status = 'FAILED' AND r.cause = 'storage_full' AND r.removed_at IS NULL ORDER BY r.created_at, r.id",
        ))?;
        let rows = statement.query_map([], |row| Ok(recordings::read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Lets the recordings that failed because Stream was full be tried again now. Those that no rule tries again stay. Returns how
    /// many there are.
    pub fn retry_those_without_room(&self, now: DateTime<Utc>) -> Result<usize, Error> {
        let changed = self.writer().execute(
            "UPDATE recording_work SET next_auto_retry = ?1 WHERE next_auto_retry > ?1
               AND recording_id IN (SELECT id FROM recordings WHERE status = 'FAILED' AND cause = 'storage_full')",
            params![to_millis(now)],
        )?;
        Ok(changed)
    }

    /// Returns the bytes of a minute for each quality, as the last recordings on the list of this desk had them. A quality with few recordings is
    /// absent.
    pub fn bytes_per_minute(&self) -> Result<Vec<(Quality, f64)>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT quality, sum(size) * 60000.0 / sum(length) FROM
               (SELECT r.quality, r.size, r.length FROM recordings r WHERE {STORED} AND r.removed_at IS NULL AND r.size > 0
                AND r.length > 0 ORDER BY r.created_at DESC LIMIT {SIZES_MAX})
             GROUP BY quality HAVING count(*) >= {SIZES_MIN}"
        ))?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, f64>(1)?)))?;
        let known = |(quality, bytes): (String, f64)| Some((quality.parse().ok()?, bytes));
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().filter_map(known).collect())
    }
}

fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Minutes> {
    Ok(Minutes { name: String::new(), minutes: row.get(first)?, recordings: row.get(first.saturating_add(1))? })
}

fn one(connection: &Connection, condition: &str, values: &[Value]) -> Result<Minutes, Error> {
    let sql = format!("SELECT {SUMS} FROM recordings r WHERE {STORED} AND {condition}");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row(params_from_iter(values), |row| read(row, 0))?)
}

fn named(connection: &Connection, sql: &str) -> Result<Vec<Minutes>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok(Minutes { name: row.get(0)?, ..read(row, 1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
