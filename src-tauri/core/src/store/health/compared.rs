//! What the rules for alerts are compared with, each by one query.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::domain::bounds::{self, Moved as _};
use crate::store::profile::settings::{read, write};
use crate::store::{Error, Store, to_millis};

/// The titles of the public videos that the last comparison with Cloudflare found, as JSON.
const PUBLIC_VIDEOS: &str = "public_videos";
/// When the API token expires, in milliseconds; absent while that is not known.
const TOKEN_EXPIRES: &str = "token_expires";
/// The stored word for a token that never expires.
const NEVER: &str = "never";
/// The most public videos that are kept by title.
const PUBLIC_MAX: usize = 100;
/// The longest title of one, in characters.
const TITLE_MAX: usize = 120;

/// A recording that became ready or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it failed and no other recording of its class is ready.
    pub failed: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// A recording or a class with the moment that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timed {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The moment.
    pub at: DateTime<Utc>,
}

/// A public video, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct PublicVideo {
    id: String,
    title: String,
}

const DECIDED: &str =
    "SELECT r.id, r.title, r.status = 'FAILED', r.stage_since FROM recordings r INDEXED BY recordings_decided
     WHERE r.status IN ('READY', 'FAILED') AND r.clip_of IS NULL AND r.removed_at IS NULL
       AND NOT (r.status = 'FAILED' AND (r.was_ready
         OR EXISTS (SELECT 1 FROM recordings o WHERE o.session_id = r.session_id AND o.status = 'READY')
         OR EXISTS (SELECT 1 FROM recording_work w WHERE w.recording_id = r.id AND w.next_auto_retry IS NOT NULL)))
     ORDER BY r.stage_since DESC LIMIT ?1";
const ON_ITS_WAY: &str =
    "SELECT r.id, r.title, r.stopped_at FROM recording_work w INDEXED BY recording_work_to_poll CROSS JOIN recordings r ON r.id = w.recording_id
     WHERE w.next_poll IS NOT NULL AND r.status = 'PROCESSING' AND r.stopped_at IS NOT NULL AND r.removed_at IS NULL
     ORDER BY r.stopped_at LIMIT ?1";
const TO_RESCUE: &str = "SELECT id, title, file_expires FROM recordings INDEXED BY recordings_to_rescue
     WHERE file_expires IS NOT NULL AND status IN ('PROCESSING', 'FAILED') AND file_expires > ?1 AND file_expires <= ?2
       AND NOT (stage = 'importing' AND detail IN ('queued', 'encoding'))
     ORDER BY file_expires LIMIT ?3";
const NOT_STARTED: &str =
    "SELECT id, title, start FROM sessions WHERE state = 'scheduled' AND start <= ?1 AND start > ?2
       AND start + length > ?1 ORDER BY start LIMIT ?3";
const MUTED: &str = "SELECT r.id, r.title, r.stage_since FROM recordings r INDEXED BY recordings_ready_since
     JOIN recording_checks c ON c.recording_id = r.id
     WHERE r.stage = 'ready' AND r.removed_at IS NULL AND r.stage_since >= ?1 AND c.muted = 1 ORDER BY r.stage_since LIMIT ?2";

impl Store {
    /// The recordings that were decided last, the newest first. One that waits for its auto-retry is not decided, and one
    /// whose video was deleted after it could be watched did not fail.
    pub fn decided_recordings(&self, limit: u32) -> Result<Vec<Decided>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DECIDED)?;
        let rows = statement.query_map([limit], |row| {
            let at = bounds::nearest_moment(row.get(3)?);
            Ok(Decided { id: row.get(0)?, title: row.get(1)?, failed: row.get(2)?, at })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The recordings that are on their way to Stream, by the end of the recording.
    pub fn recordings_on_their_way(&self, limit: u32) -> Result<Vec<Timed>, Error> {
        self.timed(ON_ITS_WAY, params![limit])
    }

    /// The recordings whose file RealtimeKit deletes within a time and Stream does not have, by that moment.
    pub fn recordings_to_rescue(&self, now: DateTime<Utc>, within: TimeDelta, limit: u32) -> Result<Vec<Timed>, Error> {
        self.timed(TO_RESCUE, params![to_millis(now), to_millis(now.later(within)), limit])
    }

    /// The classes whose start has passed and whose planned end has not, and that nobody has started.
    pub fn classes_not_started(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<Timed>, Error> {
        self.timed(NOT_STARTED, params![to_millis(now), to_millis(now.earlier(TimeDelta::days(1))), limit])
    }

    /// The recordings without sound that became ready since a moment.
    pub fn recordings_without_sound(&self, since: DateTime<Utc>, limit: u32) -> Result<Vec<Timed>, Error> {
        self.timed(MUTED, params![to_millis(since), limit])
    }

    fn timed(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Timed>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| {
            Ok(Timed { id: row.get(0)?, title: row.get(1)?, at: bounds::nearest_moment(row.get(2)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes the public videos of the account, by id and title.
    pub fn note_public_videos(&self, all: &[(String, String)]) -> Result<(), Error> {
        let kept = all.iter().take(PUBLIC_MAX);
        let kept: Vec<_> = kept
            .map(|(id, title)| PublicVideo { id: id.clone(), title: title.chars().take(TITLE_MAX).collect() })
            .collect();
        let text = serde_json::to_string(&kept).map_err(|error| Error::unreadable("public videos", error))?;
        self.write(|transaction| write(transaction, PUBLIC_VIDEOS, Some(&text)))
    }

    /// The public videos that the last comparison with Cloudflare found; `None` before the first.
    pub fn noted_public_videos(&self) -> Result<Option<Vec<(String, String)>>, Error> {
        let text = read(self.connection().raw(), PUBLIC_VIDEOS)?;
        let kept = text.and_then(|text| serde_json::from_str::<Vec<PublicVideo>>(&text).ok());
        Ok(kept.map(|kept| kept.into_iter().map(|video| (video.id, video.title)).collect()))
    }

    /// Notes when the API token expires; `None` for never.
    pub fn note_token_expiry(&self, expires: Option<DateTime<Utc>>) -> Result<(), Error> {
        let text = expires.map_or_else(|| NEVER.to_owned(), |at| to_millis(at).to_string());
        self.write(|transaction| write(transaction, TOKEN_EXPIRES, Some(&text)))
    }

    /// When the API token expires, `Some(None)` for never; `None` while that is not known.
    pub fn token_expiry(&self) -> Result<Option<Option<DateTime<Utc>>>, Error> {
        let text = read(self.connection().raw(), TOKEN_EXPIRES)?;
        Ok(match text.as_deref() {
            Some(NEVER) => Some(None),
            Some(millis) => millis.parse().ok().map(|millis| Some(bounds::nearest_moment(millis))),
            None => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recorder::cause::Cause;
    use crate::domain::recorder::recording::Recording;
    use crate::domain::recorder::stage::{Resume, Stage};
    use crate::domain::schedule::session::{Plan, Session};

    #[test]
    fn what_is_looked_at_every_half_minute_is_found_by_an_index() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        for sql in [DECIDED, ON_ITS_WAY, TO_RESCUE, NOT_STARTED, MUTED] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values = vec![1_i64; statement.parameter_count()];
            let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = rows.map(Result::unwrap).collect();
            let quick = ["INDEX", "PRIMARY KEY", "TEMP B-TREE", "SUBQUERY"];
            let is_quick = |line: &String| quick.iter().any(|words| line.contains(words));
            assert!(plan.iter().all(is_quick), "{sql}: {plan:?}");
        }
    }

    #[test]
    fn a_video_that_was_deleted_after_it_could_be_watched_is_no_failure() {
        let store = Store::in_memory().unwrap();
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let failed = Stage::Failed { cause: Cause::VideoMissing, resume: Resume::AtImport };
        let mut expected = Vec::new();
        for could_be_watched in [true, false] {
            let session = Session::new(Plan::example(now), now);
            store.add_session(&session).unwrap();
            let recording = Recording::new(&session, failed, now);
            store.add_recording(&recording, "").unwrap();
            if could_be_watched {
                let sql = "UPDATE recordings SET was_ready = 1 WHERE id = ?1";
                store.writer().execute(sql, [recording.id.to_string()]).unwrap();
            } else {
                expected.push(recording.id.to_string());
            }
        }
        let decided = store.decided_recordings(10).unwrap();
        assert_eq!(decided.into_iter().map(|one| one.id).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_was_noted_is_read_back() {
        let store = Store::in_memory().unwrap();
        assert_eq!((store.noted_public_videos().unwrap(), store.token_expiry().unwrap()), (None, None));
        let videos = vec![("v1".to_owned(), "Open day".to_owned())];
        store.note_public_videos(&videos).unwrap();
        assert_eq!(store.noted_public_videos().unwrap(), Some(videos));
        store.note_token_expiry(None).unwrap();
        assert_eq!(store.token_expiry().unwrap(), Some(None));
        let at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        store.note_token_expiry(Some(at)).unwrap();
        assert_eq!(store.token_expiry().unwrap(), Some(Some(at)));
    }
}
