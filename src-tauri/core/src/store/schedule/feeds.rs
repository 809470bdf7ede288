//! `calendar_feeds`: calendars that are read again from an address.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::domain::bounds;
use crate::domain::ids::CalendarId;
use crate::domain::schedule::calendar::feed::{Counts, Feed, FeedAddress, Trouble, Version};
use crate::store::{Error, Store, to_millis};

const COLUMNS: &str = "calendar_id, name, shown, timezone, instructor, etag, last_modified, pace, added_at, asked_at, good_at, due_at, \
                       failures, problem, remedy, new_events, changed, gone, changed_here, refused";

impl Store {
    /// Returns all feeds, the oldest first.
    pub fn feeds(&self) -> Result<Vec<Feed>, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM calendar_feeds ORDER BY added_at, calendar_id"))?;
        statement.query_map([], |row| Ok(read(row)))?.map(|row| row?).collect()
    }

    /// Returns a feed.
    pub fn feed(&self, calendar: CalendarId) -> Result<Option<Feed>, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached(&format!("SELECT {COLUMNS} FROM calendar_feeds WHERE calendar_id = ?1"))?;
        statement.query_row([calendar.to_string()], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns the address of a feed; `None` where the keyring has it.
    pub fn feed_address(&self, calendar: CalendarId) -> Result<Option<FeedAddress>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT address FROM calendar_feeds WHERE calendar_id = ?1")?;
        let stored = statement.query_row([calendar.to_string()], |row| row.get::<_, Option<String>>(0)).optional()?;
        let read = |text: String| FeedAddress::read(&text).map_err(|_| Error::unreadable("address of a feed", "…"));
        stored.flatten().map(read).transpose()
    }

    /// Returns when the next feed is asked.
    pub fn next_feed(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT min(due_at) FROM calendar_feeds")?;
        let due: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok(due.map(bounds::nearest_moment))
    }

    /// Makes every feed due that would be asked later than this long from now, because the clock was set back.
    pub fn bring_feeds_into_the_present(&self, now: DateTime<Utc>, latest: DateTime<Utc>) -> Result<(), Error> {
        let connection = self.writer();
        connection.execute(
            "UPDATE calendar_feeds SET due_at = ?1 WHERE due_at > ?2",
            params![to_millis(now), to_millis(latest)],
        )?;
        Ok(())
    }

    /// Adds a feed, whose calendar was imported before. `address` is `None` where the keyring has it.
    pub fn add_feed(&self, feed: &Feed, address: Option<&FeedAddress>) -> Result<(), Error> {
        let connection = self.writer();
        connection.execute(
            "INSERT INTO calendar_feeds (calendar_id, name, shown, address, timezone, instructor, pace, added_at, asked_at, good_at,
               due_at, failures, new_events, changed, gone, changed_here, refused)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, 0, 0, 0, 0, 0, 0, 0, 0, 0)
             ON CONFLICT (calendar_id) DO UPDATE SET name = ?2, shown = ?3, address = ?4, timezone = ?5, instructor = ?6",
            params![
                feed.calendar.to_string(),
                feed.name,
                feed.shown,
                address.map(|address| address.url().as_str()),
                feed.timezone,
                feed.instructor,
                to_millis(feed.added_at),
            ],
        )?;
        drop(connection);
        self.note_feed(feed)
    }

    /// Stores what became of the last question. A feed that was removed meanwhile stays removed.
    pub fn note_feed(&self, feed: &Feed) -> Result<(), Error> {
        let connection = self.writer();
        connection.execute(
            "UPDATE calendar_feeds SET etag = ?2, last_modified = ?3, pace = ?4, asked_at = ?5, good_at = ?6, due_at = ?7, failures = ?8,
               problem = ?9, remedy = ?10, new_events = ?11, changed = ?12, gone = ?13, changed_here = ?14, refused = ?15
             WHERE calendar_id = ?1",
            params![
                feed.calendar.to_string(),
                feed.version.etag,
                feed.version.last_modified,
                feed.pace.num_milliseconds(),
                to_millis(feed.asked_at),
                to_millis(feed.good_at),
                to_millis(feed.due_at),
                feed.failures,
                feed.trouble.as_ref().map(|trouble| &trouble.message),
                feed.trouble.as_ref().map(|trouble| &trouble.next),
                feed.counts.new,
                feed.counts.changed,
                feed.counts.gone,
                feed.counts.changed_here,
                feed.counts.refused,
            ],
        )?;
        Ok(())
    }

    /// Forgets a feed. What was imported from it stays, and is as if a person had chosen a file.
    pub fn remove_feed(&self, calendar: CalendarId) -> Result<bool, Error> {
        self.write(|transaction| {
            let id = calendar.to_string();
            transaction.execute("UPDATE calendar_events SET fed = 0 WHERE calendar_id = ?1", [&id])?;
            Ok(transaction.execute("DELETE FROM calendar_feeds WHERE calendar_id = ?1", [&id])? > 0)
        })
    }
}

/// Returns all feeds, with the moment at which each was asked last.
pub(super) fn asked(connection: &Connection) -> Result<BTreeMap<CalendarId, DateTime<Utc>>, Error> {
    let mut statement = connection.prepare_cached("SELECT calendar_id, asked_at FROM calendar_feeds")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let mut feeds = BTreeMap::new();
    for row in rows {
        let (id, at) = row?;
        let id = id.parse().map_err(|_| Error::unreadable("calendar id", &id))?;
        feeds.insert(id, bounds::nearest_moment(at));
    }
    Ok(feeds)
}

fn read(row: &Row<'_>) -> Result<Feed, Error> {
    let id: String = row.get("calendar_id")?;
    let moment = |column: &str| row.get::<_, i64>(column).map(bounds::nearest_moment);
    let problem: Option<String> = row.get("problem")?;
    let remedy: Option<String> = row.get("remedy")?;
    Ok(Feed {
        calendar: id.parse().map_err(|_| Error::unreadable("calendar id", &id))?,
        name: row.get("name")?,
        shown: row.get("shown")?,
        timezone: row.get("timezone")?,
        instructor: row.get("instructor")?,
        version: Version { etag: row.get("etag")?, last_modified: row.get("last_modified")? },
        pace: bounds::nearest_length(row.get("pace")?),
        added_at: moment("added_at")?,
        asked_at: moment("asked_at")?,
        good_at: moment("good_at")?,
        due_at: moment("due_at")?,
        failures: row.get("failures")?,
        trouble: problem.map(|message| Trouble { message, next: remedy.unwrap_or_default() }),
        counts: Counts {
            new: row.get("new_events")?,
            changed: row.get("changed")?,
            gone: row.get("gone")?,
            changed_here: row.get("changed_here")?,
            refused: row.get("refused")?,
        },
    })
}
