//! `watched_days`, `watched_counted`, `room_days` and `usage_asked`: what the analytics told, by day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{OptionalExtension as _, params};

use crate::domain::health::cost::DayUse;
use crate::domain::health::usage::{Asked, Asking, Untold};
use crate::domain::ids::VideoId;
use crate::store::{Error, Store, count, moment, to_millis};

impl Store {
    /// Returns the days whose watched minutes were counted.
    pub fn counted_days(&self) -> Result<BTreeSet<NaiveDate>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT day FROM watched_counted")?;
        let days = statement.query_map([], |row| row.get::<_, String>(0))?;
        days.map(|day| parsed(&day?)).collect()
    }

    /// Notes the minutes of days that were counted. What was noted of these days before is replaced, so that a day that is counted
    /// twice is not doubled. Minutes of other days are left out.
    pub fn put_watched(
        &self,
        days: &[NaiveDate],
        watched: &[(NaiveDate, VideoId, f64)],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write(|transaction| {
            let mut clear = transaction.prepare_cached("DELETE FROM watched_days WHERE day = ?1")?;
            let mut note = transaction.prepare_cached("INSERT OR REPLACE INTO watched_counted VALUES (?1, ?2)")?;
            let mut add = transaction.prepare_cached("INSERT OR REPLACE INTO watched_days VALUES (?1, ?2, ?3)")?;
            for day in days {
                clear.execute([day.to_string()])?;
                note.execute(params![day.to_string(), to_millis(now)])?;
            }
            for (day, video, minutes) in watched.iter().filter(|(day, ..)| days.contains(day)) {
                add.execute(params![day.to_string(), video.as_str(), minutes])?;
            }
            Ok(())
        })
    }

    /// Notes what RealtimeKit counted on days: the minutes of people and of recordings. On those of the `asked` days that it did not
    /// name and of which nothing is known there was nobody.
    pub fn put_room_days(&self, asked: &[NaiveDate], days: &[(NaiveDate, u32, f64, f64)]) -> Result<(), Error> {
        self.write(|transaction| {
            let mut empty = transaction.prepare_cached("INSERT OR IGNORE INTO room_days VALUES (?1, 0, 0.0, 0.0)")?;
            for day in asked {
                empty.execute([day.to_string()])?;
            }
            let mut add = transaction.prepare_cached("INSERT OR REPLACE INTO room_days VALUES (?1, ?2, ?3, ?4)")?;
            for (day, sessions, minutes, recorded) in days {
                add.execute(params![day.to_string(), sessions, minutes, recorded])?;
            }
            Ok(())
        })
    }

    /// Returns when the analytics were asked last, and what came of it; `None` where they were not.
    pub fn analytics_asked(&self, about: Asking) -> Result<Option<Asked>, Error> {
        let connection = self.connection();
        let sql = "SELECT asked_at, again_at, message, next FROM usage_asked WHERE subject = ?1";
        let asked = connection.raw().prepare_cached(sql)?.query_row([about.name()], |row| {
            let message: Option<String> = row.get(2)?;
            let next: Option<String> = row.get(3)?;
            let problem = message.map(|message| Untold { message, next: next.unwrap_or_default() });
            Ok(Asked { at: moment(row, 0)?, again: moment(row, 1)?, problem })
        });
        Ok(asked.optional()?)
    }

    /// Notes when the analytics were asked, and what came of it.
    pub fn note_analytics_asked(&self, about: Asking, asked: &Asked) -> Result<(), Error> {
        let problem = asked.problem.as_ref();
        self.writer().execute(
            "INSERT OR REPLACE INTO usage_asked VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                about.name(),
                to_millis(asked.at),
                to_millis(asked.again),
                problem.map(|problem| &problem.message),
                problem.map(|problem| &problem.next)
            ],
        )?;
        Ok(())
    }

    /// Returns what was watched and how long people were in rooms, by day since one. On a day that was counted and on which nobody
    /// watched anything there are 0 minutes.
    pub fn days_of_use(&self, since: NaiveDate) -> Result<BTreeMap<NaiveDate, DayUse>, Error> {
        let connection = self.connection();
        let mut days: BTreeMap<NaiveDate, DayUse> = BTreeMap::new();
        let mut watched = connection.prepare_cached(
            "SELECT c.day, coalesce(sum(w.minutes), 0) FROM watched_counted c LEFT JOIN watched_days w ON w.day = c.day
             WHERE c.day >= ?1 GROUP BY c.day",
        )?;
        let rows = watched.query_map([since.to_string()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        for row in rows {
            let (day, minutes) = row?;
            days.entry(parsed(&day)?).or_default().watched = Some(minutes);
        }
        let mut rooms =
            connection.prepare_cached("SELECT day, minutes, recorded_minutes FROM room_days WHERE day >= ?1")?;
        let rows = rooms.query_map([since.to_string()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, f64>(1)?, row.get::<_, f64>(2)?))
        })?;
        for row in rows {
            let (day, minutes, recorded) = row?;
            let used = days.entry(parsed(&day)?).or_default();
            (used.rooms, used.recorded) = (Some(minutes), Some(recorded));
        }
        Ok(days)
    }

    /// Returns how many sessions RealtimeKit counted since a day.
    pub fn room_sessions_since(&self, since: NaiveDate) -> Result<u32, Error> {
        let connection = self.connection();
        let sql = "SELECT coalesce(sum(sessions), 0) FROM room_days WHERE day >= ?1";
        Ok(connection.raw().prepare_cached(sql)?.query_row([since.to_string()], |row| count(row, 0))?)
    }
}

fn parsed(day: &str) -> Result<NaiveDate, Error> {
    day.parse().map_err(|_| Error::unreadable("day", day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn video(letter: &str) -> VideoId {
        letter.repeat(32).parse().unwrap()
    }

    #[test]
    fn a_day_that_is_counted_twice_is_not_doubled_and_other_days_stay() {
        let store = Store::in_memory().unwrap();
        let (one, two) = (day("2026-11-28"), day("2026-11-29"));
        let now = DateTime::UNIX_EPOCH;
        store.put_watched(&[one, two], &[(one, video("a"), 5.0), (two, video("a"), 7.0)], now).unwrap();
        // The second count is late numbers of one day; the analytics may tell of the other one too.
        store
            .put_watched(&[two], &[(one, video("a"), 1.0), (two, video("a"), 8.0), (two, video("b"), 2.0)], now)
            .unwrap();
        let watched: Vec<_> =
            store.days_of_use(one).unwrap().into_iter().map(|(day, used)| (day, used.watched)).collect();
        assert_eq!(watched, [(one, Some(5.0)), (two, Some(10.0))]);
        assert_eq!(store.counted_days().unwrap(), BTreeSet::from([one, two]));
        store.put_watched(&[two], &[], now).unwrap();
        assert_eq!(store.days_of_use(two).unwrap()[&two].watched, Some(0.0));
    }

    #[test]
    fn days_of_rooms_are_replaced_and_added_up() {
        let store = Store::in_memory().unwrap();
        let (one, two) = (day("2026-11-28"), day("2026-11-29"));
        store.put_room_days(&[], &[(one, 1, 60.0, 30.0), (two, 2, 10.0, 5.0)]).unwrap();
        store.put_room_days(&[], &[(two, 3, 20.0, 6.0)]).unwrap();
        assert_eq!((store.room_sessions_since(one).unwrap(), store.room_sessions_since(two).unwrap()), (4, 3));
        let used = store.days_of_use(one).unwrap()[&two];
        assert_eq!((used.rooms, used.recorded, used.watched), (Some(20.0), Some(6.0), None));
    }

    #[test]
    fn a_day_without_rooms_counts_as_one_of_no_minutes() {
        let store = Store::in_memory().unwrap();
        let (one, two, three) = (day("2026-11-27"), day("2026-11-28"), day("2026-11-29"));
        store.put_room_days(&[], &[(one, 1, 60.0, 30.0)]).unwrap();
        store.put_room_days(&[one, two, three], &[(three, 2, 10.0, 5.0)]).unwrap();
        let minutes: Vec<_> = store.days_of_use(one).unwrap().into_values().map(|used| used.rooms).collect();
        assert_eq!(minutes, [Some(60.0), Some(0.0), Some(10.0)]);
    }

    #[test]
    fn what_came_of_asking_reads_back() {
        let store = Store::in_memory().unwrap();
        assert_eq!(store.analytics_asked(Asking::Watched).unwrap(), None);
        let problem = Untold { message: "No.".into(), next: "Ask.".into() };
        for asked in [
            Asked::untold("2026-11-30T20:00:00Z".parse().unwrap(), true, problem),
            Asked::told(DateTime::UNIX_EPOCH + chrono::TimeDelta::days(15_000)),
        ] {
            store.note_analytics_asked(Asking::Watched, &asked).unwrap();
            assert_eq!(store.analytics_asked(Asking::Watched).unwrap(), Some(asked));
        }
    }
}
