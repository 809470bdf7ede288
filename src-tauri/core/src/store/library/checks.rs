//! `recording_checks` and `check_stretches`: the checks of picture and sound of videos.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::domain::bounds::Moved as _;
use crate::domain::delivery::notification::{Notification, NotificationKind};
use crate::domain::ids::{RecordingId, VideoId};
use crate::domain::library::check::{CHECKED_WITHIN, Check, Flaw, HalfState, Stretch};
use crate::store::{Error, Store, count, moment, outbox, to_millis};

/// The checks that are due by `?1`, the first ones first.
const DUE: &str = "SELECT recording_id, next_try FROM recording_checks INDEXED BY recording_checks_to_do
     WHERE next_try <= ?1 ORDER BY next_try";

/// A check that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCheck {
    /// The video that is checked.
    pub video: VideoId,
    /// What is known of it.
    pub check: Check,
    /// How often it failed.
    pub tries: u32,
}

/// The result of one half of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Half {
    /// Of the picture.
    Picture(Vec<Stretch>),
    /// Of the sound.
    Sound {
        /// The silent stretches.
        silent: Vec<Stretch>,
        /// Whether nothing is heard in the whole video.
        throughout: bool,
    },
}

impl Store {
    /// Writes a row for each video that became ready a short time ago and was not checked. Returns how many there were.
    pub fn begin_checks(&self, now: DateTime<Utc>) -> Result<usize, Error> {
        let missing: Vec<(String, String)> = {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(
                "SELECT r.id, r.video_id FROM recordings r INDEXED BY recordings_ready_since
                 WHERE r.stage = 'ready' AND r.removed_at IS NULL AND r.stage_since > ?1 AND r.video_id IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM recording_checks c WHERE c.recording_id = r.id AND c.video_id = r.video_id)",
            )?;
            let rows =
                statement.query_map([to_millis(now.earlier(CHECKED_WITHIN))], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        if !missing.is_empty() {
            self.write(|transaction| {
                missing.iter().try_for_each(|(recording, video)| begin(transaction, recording, video, now))
            })?;
        }
        Ok(missing.len())
    }

    /// Begins a check anew, because a person asks for it.
    pub fn begin_check(&self, id: RecordingId, video: &VideoId, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| begin(transaction, &id.to_string(), video.as_str(), now))
    }

    /// Returns the recordings whose check is due, at most `limit`.
    pub fn checks_to_do(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<RecordingId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DUE)?;
        let rows = statement.query_map([to_millis(now)], |row| row.get::<_, String>(0))?;
        rows.take(limit)
            .map(|id| {
                let id = id?;
                id.parse().map_err(|_| Error::unreadable("recording id", &id))
            })
            .collect()
    }

    /// Returns when the next check is due; `None` where none is.
    pub fn next_check(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DUE)?;
        Ok(statement.query_row([i64::MAX], |row| moment(row, 1)).optional()?)
    }

    /// Returns the check of a recording; `None` where there is none.
    pub fn check_of(&self, id: RecordingId) -> Result<Option<OpenCheck>, Error> {
        read(self.connection().raw(), id)
    }

    /// Stores the result of one half of the check of a video. A class in which nothing is heard is told to people in the same
    /// transaction. Nothing is stored if the recording has another video by now.
    pub fn note_half(&self, id: RecordingId, video: &VideoId, half: &Half, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| {
            let Some(OpenCheck { video: known, check, .. }) = read(transaction, id)? else { return Ok(()) };
            if known != *video {
                return Ok(());
            }
            let (column, stretches, muted) = match half {
                Half::Picture(stretches) => ("picture", stretches, check.muted),
                Half::Sound { silent, throughout } => ("sound", silent, *throughout),
            };
            let key = id.to_string();
            let set =
                format!("UPDATE recording_checks SET {column} = ?2, muted = ?3, tries = 0 WHERE recording_id = ?1");
            transaction.prepare_cached(&set)?.execute(params![key, HalfState::Done.name(), muted])?;
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO check_stretches (recording_id, flaw, start_ms, end_ms) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for Stretch { flaw, start_ms, end_ms } in stretches {
                let place = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
                insert.execute(params![key, flaw.name(), place(*start_ms), place(*end_ms)])?;
            }
            if muted && !check.muted {
                outbox::add(transaction, &Notification::of_recording(id, NotificationKind::Muted), now)?;
            }
            Ok(())
        })
    }

    /// Notes when a check goes on, and how often it failed; `None` gives up what is not done.
    pub fn put_check_off(&self, id: RecordingId, tries: u32, next: Option<DateTime<Utc>>) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE recording_checks SET tries = ?2, next_try = ?3,
               picture = CASE WHEN ?3 IS NULL AND picture = 'waiting' THEN 'given_up' ELSE picture END,
               sound = CASE WHEN ?3 IS NULL AND sound = 'waiting' THEN 'given_up' ELSE sound END
             WHERE recording_id = ?1",
            params![id.to_string(), tries, next.map(to_millis)],
        )?;
        Ok(())
    }
}

fn begin(transaction: &Transaction<'_>, recording: &str, video: &str, now: DateTime<Utc>) -> Result<(), Error> {
    transaction.prepare_cached("DELETE FROM recording_checks WHERE recording_id = ?1")?.execute([recording])?;
    transaction
        .prepare_cached(
            "INSERT INTO recording_checks (recording_id, video_id, picture, sound, muted, tries, next_try)
             VALUES (?1, ?2, 'waiting', 'waiting', 0, 0, ?3)",
        )?
        .execute(params![recording, video, to_millis(now)])?;
    Ok(())
}

fn read(connection: &Connection, id: RecordingId) -> Result<Option<OpenCheck>, Error> {
    let key = id.to_string();
    let row = connection
        .prepare_cached("SELECT video_id, picture, sound, muted, tries FROM recording_checks WHERE recording_id = ?1")?
        .query_row([&key], |row| {
            let text = |place: usize| row.get::<_, String>(place);
            Ok((text(0)?, text(1)?, text(2)?, row.get(3)?, count(row, 4)?))
        })
        .optional()?;
    let Some((video, picture, sound, muted, tries)) = row else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT flaw, start_ms, end_ms FROM check_stretches WHERE recording_id = ?1 ORDER BY start_ms, flaw",
    )?;
    let rows = statement.query_map([&key], |row| {
        let place = |index| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0));
        Ok((row.get::<_, String>(0)?, place(1)?, place(2)?))
    })?;
    let stretches = rows
        .map(|row| {
            let (flaw, start_ms, end_ms) = row?;
            let flaw: Flaw = flaw.parse().map_err(|_| Error::unreadable("flaw", &flaw))?;
            Ok(Stretch { flaw, start_ms, end_ms })
        })
        .collect::<Result<_, Error>>()?;
    let state = |word: &str| word.parse::<HalfState>().map_err(|_| Error::unreadable("state of a check", word));
    let check = Check { picture: state(&picture)?, sound: state(&sound)?, muted, stretches };
    let video = video.parse().map_err(|_| Error::unreadable("video id", &video))?;
    Ok(Some(OpenCheck { video, check, tries }))
}
