//! `captions` and `caption_lines`: the captions of videos, by language.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RecordingId, VideoId};
use crate::domain::library::captions::{CaptionsState, RecordingCaptions};
use crate::domain::library::check::CHECKED_WITHIN;
use crate::domain::recorder::session_text::{Language, TranscriptLine};
use crate::store::{Error, Store, count, moment, to_millis};

/// The captions of which Stream is to be asked by `?1`, the first ones first.
const DUE: &str = "SELECT recording_id, language, next_ask FROM captions INDEXED BY captions_to_ask_for
     WHERE next_ask <= ?1 ORDER BY next_ask";

/// Captions that are under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCaptions {
    /// The recording.
    pub recording: RecordingId,
    /// The language.
    pub language: Language,
}

impl Store {
    /// Writes the intent to have captions made for each video that became ready a short time ago and has none in this
    /// language. Returns how many there were.
    pub fn ask_for_captions(&self, language: &Language, now: DateTime<Utc>) -> Result<usize, Error> {
        let language = language.to_string();
        let missing: Vec<(String, String)> = {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(
                "SELECT r.id, r.video_id FROM recordings r INDEXED BY recordings_ready_since
                 WHERE r.stage = 'ready' AND r.removed_at IS NULL AND r.stage_since > ?1 AND r.video_id IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM captions c
                                   WHERE c.recording_id = r.id AND c.language = ?2
                                     AND (c.video_id = r.video_id OR c.state = 'waiting'))",
            )?;
            let since = to_millis(now.earlier(CHECKED_WITHIN));
            let rows = statement.query_map(params![since, language], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        if !missing.is_empty() {
            self.write(|transaction| {
                missing.iter().try_for_each(|(recording, video)| {
                    put(transaction, recording, video, &language, (false, CaptionsState::Asked), now, Some(now))
                })
            })?;
        }
        Ok(missing.len())
    }

    /// Stores how far captions are. `next_ask` is when Stream is asked again. Lines of captions whose text is not known any more are
    /// deleted.
    pub fn note_captions(
        &self,
        id: RecordingId,
        video: &VideoId,
        captions: &RecordingCaptions,
        next_ask: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        let RecordingCaptions { language, generated, state, since } = captions;
        self.write(|transaction| {
            let (id, language) = (id.to_string(), language.to_string());
            if !state.has_text() {
                delete_lines(transaction, &id, &language)?;
            }
            put(transaction, &id, video.as_str(), &language, (*generated, *state), *since, next_ask)
        })
    }

    /// Stores the lines of captions that are there, in the place of earlier ones. The index of the search follows.
    pub fn put_caption_lines(
        &self,
        id: RecordingId,
        language: &Language,
        lines: &[TranscriptLine],
    ) -> Result<(), Error> {
        self.write(|transaction| {
            let (id, language) = (id.to_string(), language.to_string());
            delete_lines(transaction, &id, &language)?;
            let mut insert = transaction.prepare_cached(
                "INSERT INTO caption_lines (recording_id, language, n, start_ms, end_ms, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for (line, n) in lines.iter().zip(0_i64..) {
                insert.execute(params![id, language, n, line.start_ms, line.end_ms, line.text])?;
            }
            Ok(())
        })
    }

    /// Stores captions that an archive had, with their lines. They are uploaded later. Captions that this desk knows in their
    /// language stay; returns whether it knew none. `video` is the one that they were made for.
    pub fn keep_archived_captions(
        &self,
        id: RecordingId,
        video: &VideoId,
        (language, generated): (&Language, bool),
        lines: &[TranscriptLine],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        if self.captions_of(id)?.iter().any(|known| known.language == *language) {
            return Ok(false);
        }
        let language = language.clone();
        let kept = RecordingCaptions { language, generated, state: CaptionsState::Waiting, since: now };
        self.note_captions(id, video, &kept, Some(now))?;
        self.put_caption_lines(id, &kept.language, lines)?;
        Ok(true)
    }

    /// Stores when captions are looked at next.
    pub fn ask_about_captions_at(&self, id: RecordingId, language: &Language, at: DateTime<Utc>) -> Result<(), Error> {
        let sql = "UPDATE captions SET next_ask = ?3 WHERE recording_id = ?1 AND language = ?2";
        self.writer().execute(sql, params![id.to_string(), language.to_string(), to_millis(at)])?;
        Ok(())
    }

    /// Counts a question that Stream did not answer, and returns how many there were.
    pub fn put_captions_off(
        &self,
        id: RecordingId,
        language: &Language,
        next_ask: DateTime<Utc>,
    ) -> Result<u32, Error> {
        let connection = self.writer();
        let mut statement = connection.prepare_cached(
            "UPDATE captions SET tries = tries + 1, next_ask = ?3 WHERE recording_id = ?1 AND language = ?2
             RETURNING tries",
        )?;
        let values = params![id.to_string(), language.to_string(), to_millis(next_ask)];
        Ok(statement.query_row(values, |row| count(row, 0)).optional()?.unwrap_or(0))
    }

    /// Returns the captions of a recording, also those that were deleted, in the order of their languages.
    pub fn captions_of(&self, id: RecordingId) -> Result<Vec<RecordingCaptions>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT language, generated, state, since FROM captions WHERE recording_id = ?1 ORDER BY language",
        )?;
        let rows = statement.query_map([id.to_string()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns lines of the captions of a recording, from the `from`-th on, at most `limit`.
    pub fn caption_lines(
        &self,
        id: RecordingId,
        language: &Language,
        from: u32,
        limit: u32,
    ) -> Result<Vec<TranscriptLine>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT start_ms, end_ms, text FROM caption_lines
             WHERE recording_id = ?1 AND language = ?2 AND n >= ?3 ORDER BY n LIMIT ?4",
        )?;
        let rows = statement.query_map(params![id.to_string(), language.to_string(), from, limit], |row| {
            Ok(TranscriptLine { start_ms: row.get(0)?, end_ms: row.get(1)?, name: String::new(), text: row.get(2)? })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// Returns the number of lines of the captions of a recording.
    pub fn caption_line_count(&self, id: RecordingId, language: &Language) -> Result<u32, Error> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT count(*) FROM caption_lines WHERE recording_id = ?1 AND language = ?2")?;
        Ok(statement.query_row([id.to_string(), language.to_string()], |row| count(row, 0))?)
    }

    /// Returns the captions of which Stream is to be asked, at most `limit`.
    pub fn captions_to_ask_for(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<OpenCaptions>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DUE)?;
        let rows =
            statement.query_map([to_millis(now)], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        rows.take(limit)
            .map(|row| {
                let (id, language) = row?;
                let recording = id.parse().map_err(|_| Error::unreadable("recording id", &id))?;
                Ok(OpenCaptions { recording, language: parsed(&language)? })
            })
            .collect()
    }

    /// Returns when Stream is asked next; `None` where no captions are under way.
    pub fn next_captions(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DUE)?;
        Ok(statement.query_row([i64::MAX], |row| moment(row, 2)).optional()?)
    }
}

fn put(
    transaction: &Transaction<'_>,
    recording: &str,
    video: &str,
    language: &str,
    (generated, state): (bool, CaptionsState),
    since: DateTime<Utc>,
    next_ask: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO captions (recording_id, video_id, language, generated, state, since, tries, next_ask)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)
             ON CONFLICT (recording_id, language) DO UPDATE SET
               video_id = ?2, generated = ?4, state = ?5, since = ?6, tries = 0, next_ask = ?7",
        )?
        .execute(params![
            recording,
            video,
            language,
            generated,
            state.name(),
            to_millis(since),
            next_ask.map(to_millis)
        ])?;
    Ok(())
}

fn delete_lines(transaction: &Transaction<'_>, recording: &str, language: &str) -> Result<(), Error> {
    transaction
        .prepare_cached("DELETE FROM caption_lines WHERE recording_id = ?1 AND language = ?2")?
        .execute([recording, language])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<RecordingCaptions, Error> {
    let (language, state): (String, String) = (row.get(0)?, row.get(2)?);
    Ok(RecordingCaptions {
        language: parsed(&language)?,
        generated: row.get(1)?,
        state: state.parse().map_err(|_| Error::unreadable("state of captions", &state))?,
        since: moment(row, 3)?,
    })
}

fn parsed(language: &str) -> Result<Language, Error> {
    language.parse().map_err(|_| Error::unreadable("language", language))
}
