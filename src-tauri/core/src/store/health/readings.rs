//! `storage_readings`: what Stream said about its storage.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::domain::bounds::Moved as _;
use crate::domain::health::forecast::Reading;
use crate::domain::health::period::Period;
use crate::store::{Error, Store, moment, to_millis};

/// For how long every reading is kept. After that, the last one of each day is.
const EACH_KEPT: TimeDelta = TimeDelta::days(14);

impl Store {
    /// Returns the last reading; `None` before the first.
    pub fn last_storage_reading(&self) -> Result<Option<Reading>, Error> {
        let connection = self.connection();
        let sql = "SELECT at, used, allowed FROM storage_readings ORDER BY at DESC LIMIT 1";
        Ok(connection.raw().prepare_cached(sql)?.query_row([], read).optional()?)
    }

    /// Returns the last reading of a period; `None` without any.
    pub fn storage_reading_of(&self, period: &Period) -> Result<Option<Reading>, Error> {
        let connection = self.connection();
        let sql = "SELECT at, used, allowed FROM storage_readings WHERE at BETWEEN ?1 AND ?2 ORDER BY at DESC LIMIT 1";
        let within = [to_millis(period.from), to_millis(period.to)];
        Ok(connection.raw().prepare_cached(sql)?.query_row(within, read).optional()?)
    }

    /// Returns the last reading of each day in UTC since a moment, oldest first.
    pub fn storage_readings_of_days(&self, since: DateTime<Utc>) -> Result<Vec<Reading>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT max(at), used, allowed FROM storage_readings WHERE at >= ?1 GROUP BY at / 86400000 ORDER BY 1",
        )?;
        let rows = statement.query_map([to_millis(since)], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds a reading and thins those that are old. A reading from the future is dropped, because the clock was wrong.
    pub fn add_storage_reading(&self, reading: &Reading) -> Result<(), Error> {
        let at = to_millis(reading.at);
        self.write(|transaction| {
            transaction.execute("DELETE FROM storage_readings WHERE at > ?1", [at])?;
            transaction.execute(
                "INSERT INTO storage_readings VALUES (?1, ?2, ?3) ON CONFLICT (at) DO UPDATE SET used = ?2, allowed = ?3",
                params![at, reading.used, reading.allowed],
            )?;
            transaction.execute(
                "DELETE FROM storage_readings WHERE at < ?1
                   AND at NOT IN (SELECT max(at) FROM storage_readings GROUP BY at / 86400000)",
                [to_millis(reading.at.earlier(EACH_KEPT))],
            )?;
            Ok(())
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Reading> {
    Ok(Reading { at: moment(row, 0)?, used: row.get(1)?, allowed: row.get(2)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(at: &str, used: f64) -> Reading {
        Reading { at: at.parse().unwrap(), used, allowed: 100.0 }
    }

    #[test]
    fn readings_are_kept_for_14_days_and_then_the_last_one_of_each_day() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.last_storage_reading().unwrap(), None);
        let first: DateTime<Utc> = "2026-11-01T00:30:00Z".parse().unwrap();
        for hour in 0..24 * 20 {
            let at = first + TimeDelta::hours(hour);
            store
                .add_storage_reading(&Reading { at, used: f64::from(i32::try_from(hour).unwrap()), allowed: 1.0 })
                .unwrap();
        }
        let count: u32 =
            store.writer().query_row("SELECT count(*) FROM storage_readings", [], |row| row.get(0)).unwrap();
        assert!((14 * 24 + 6..14 * 24 + 8).contains(&count), "{count}");
        let days = store.storage_readings_of_days(first).unwrap();
        let used: Vec<f64> = days.iter().map(|day| day.used).collect();
        assert_eq!((used.len(), used[0], used[19]), (20, 23.0, 479.0));
        assert_eq!(store.last_storage_reading().unwrap().map(|last| last.used), Some(479.0));
        let of = |month: &str, now| Period::of_month(month.parse().unwrap(), now);
        let (long_after, third) = (first + TimeDelta::days(90), first + TimeDelta::hours(60));
        let used = |period| store.storage_reading_of(&period).unwrap().map(|last| last.used);
        assert_eq!(used(of("2026-11", long_after)), Some(479.0));
        assert_eq!((used(of("2026-11", third)), used(of("2026-10", long_after))), (Some(47.0), None));
    }

    #[test]
    fn a_reading_from_a_clock_that_ran_ahead_is_dropped() {
        let store = Store::in_memory().unwrap();
        for one in [reading("2027-11-01T00:00:00Z", 1.0), reading("2026-11-01T00:00:00Z", 2.0)] {
            store.add_storage_reading(&one).unwrap();
        }
        assert_eq!(store.last_storage_reading().unwrap(), Some(reading("2026-11-01T00:00:00Z", 2.0)));
    }
}
