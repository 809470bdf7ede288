//! `recordings` and `recording_events`: every capture, its stage, and the history that explains it.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params, params_from_iter};

use crate::domain::bounds;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, RealtimeKitRecordingId, RecordingId, SessionId, VideoId};
use crate::domain::library::query::{Counts, Filter, Query};
use crate::domain::recorder::auto_retry::{self, AutoRetries};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Facts, Recording, RecordingEvent, Relay, Status};
use crate::domain::recorder::stage::Stage;
use crate::domain::search::{self, searchable};
use crate::store::recorder::attempts;
use crate::store::recorder::observations::current;
use crate::store::recorder::stages::{cause_of, percent_of, read_stage, word};
use crate::store::{Error, Store, count, learnt_moment, moment, percent, set_moment, to_millis};

pub(in crate::store) const COLUMNS: &str = "r.id, r.session_id, r.room_id, r.title, r.instructor, r.timezone, r.quality, r.stage, r.detail, r.percent, r.cause, \
                       r.stage_since, r.cloud_id, r.video_id, r.started_at, r.stopped_at, r.length, r.size, r.file_expires, r.manifest, \
                       r.last_check, r.next_check, r.created_at, \
                       r.relay_total, r.relay_fetched, r.relay_sent, r.relay_version, r.attached, r.removed_at, r.retries, r.retried_cause, r.own_storage";

/// The filter as a condition on the row `r`.
const fn condition(filter: Filter) -> &'static str {
    match filter {
        Filter::All => "1",
        Filter::Ready => "r.status = 'READY'",
        Filter::Processing => "r.status IN ('RECORDING', 'PROCESSING')",
        Filter::Failed => "r.status = 'FAILED' AND r.cause IS NOT 'video_missing'",
        Filter::Deleted => "r.status = 'FAILED' AND r.cause IS 'video_missing'",
    }
}

impl Store {
    /// One recording.
    pub fn recording(&self, id: RecordingId) -> Result<Option<Recording>, Error> {
        self.recording_where("r.id = ?1", &id.to_string())
    }

    /// The recordings of a session, newest first.
    pub fn recordings_of(&self, session: SessionId) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM recordings r WHERE r.session_id = ?1 ORDER BY r.created_at DESC, r.id DESC"
        ))?;
        let rows = statement.query_map([session.to_string()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The recording that has this RealtimeKit recording.
    pub fn recording_with_realtimekit_id(
        &self,
        realtimekit_recording: &RealtimeKitRecordingId,
    ) -> Result<Option<Recording>, Error> {
        self.recording_where("r.cloud_id = ?1", realtimekit_recording.as_str())
    }

    /// The recording that has this video.
    pub fn recording_with_video(&self, video: &VideoId) -> Result<Option<Recording>, Error> {
        self.recording_where("r.video_id = ?1", video.as_str())
    }

    fn recording_where(&self, condition: &str, value: &str) -> Result<Option<Recording>, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached(&format!("SELECT {COLUMNS} FROM recordings r WHERE {condition}"))?;
        statement.query_row([value], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Recordings that still owe something, soonest check first.
    pub fn recordings_in_flight(&self) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM recordings r WHERE r.next_check IS NOT NULL AND r.status <> 'FAILED' ORDER BY r.next_check, r.id"
        ))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Adds a recording with the first line of its history.
    pub fn add_recording(&self, recording: &Recording, note: &str) -> Result<(), Error> {
        self.write(|transaction| add(transaction, recording, note))
    }

    /// Adds a recording of a room, unless one stands for the same already: the same recording of RealtimeKit's or, where none is known, whatever
    /// is being captured of the session. Answers the one that stands.
    pub fn add_capture(&self, recording: &Recording, note: &str) -> Result<Recording, Error> {
        self.write(|transaction| {
            let (condition, value) = match &recording.facts.realtimekit_recording {
                Some(realtimekit_recording) => ("r.cloud_id = ?1", realtimekit_recording.as_str().to_owned()),
                None => (
                    "r.session_id = ?1 AND r.stage IN ('requested', 'recording', 'paused')",
                    recording.session.to_string(),
                ),
            };
            let standing = transaction
                .prepare_cached(&format!("SELECT {COLUMNS} FROM recordings r WHERE {condition}"))?
                .query_row([value], |row| Ok(read(row)))
                .optional()?;
            if let Some(standing) = standing {
                return standing;
            }
            add(transaction, recording, note)?;
            Ok(recording.clone())
        })
    }

    /// Adds a line to a recording's history that is no move.
    pub fn remark(&self, id: RecordingId, now: DateTime<Utc>, note: &str) -> Result<(), Error> {
        self.write(|transaction| {
            let Some(stage) = current(transaction, id)?.map(|recording| recording.stage) else { return Ok(()) };
            append_event(transaction, id, now, Some(stage), stage, note)
        })
    }

    /// Notes that what a stage owes is about to be asked for once more: it is in that stage from now on.
    pub fn note_asked(&self, id: RecordingId, now: DateTime<Utc>) -> Result<(), Error> {
        self.connection()
            .execute("UPDATE recordings SET stage_since = ?2 WHERE id = ?1", params![id.to_string(), to_millis(now)])?;
        Ok(())
    }

    /// Notes that Cloudflare was asked, and when it will be asked next. Recordings at rest are left alone.
    pub fn note_checked(&self, id: RecordingId, at: DateTime<Utc>, next: DateTime<Utc>) -> Result<(), Error> {
        self.connection().execute(
            "UPDATE recordings SET last_check = ?2, next_check = ?3 WHERE id = ?1 AND next_check IS NOT NULL AND status <> 'FAILED'",
            params![id.to_string(), to_millis(at), to_millis(next)],
        )?;
        Ok(())
    }

    /// Leaves a recording alone until then, nothing having been asked.
    pub fn put_off(&self, id: RecordingId, next: DateTime<Utc>) -> Result<(), Error> {
        self.connection().execute(
            "UPDATE recordings SET next_check = ?2 WHERE id = ?1 AND next_check IS NOT NULL AND status <> 'FAILED'",
            params![id.to_string(), to_millis(next)],
        )?;
        Ok(())
    }

    /// Notes how far a relay is. A recording that is not being relayed is left alone.
    pub fn note_relay(&self, id: RecordingId, relay: &Relay) -> Result<(), Error> {
        self.connection().execute(
            "UPDATE recordings SET relay_total = ?2, relay_fetched = ?3, relay_sent = ?4, relay_version = ?5
             WHERE id = ?1 AND stage = 'importing' AND detail IN ('fetching', 'sending')",
            params![
                id.to_string(),
                relay.total.map(to_bytes),
                to_bytes(relay.fetched),
                to_bytes(relay.sent),
                relay.version,
            ],
        )?;
        Ok(())
    }

    /// Makes everything on its way due. What failed keeps its time: a network that is back frees no storage.
    pub fn make_due(&self, now: DateTime<Utc>) -> Result<(), Error> {
        self.connection().execute(
            "UPDATE recordings SET next_check = ?1 WHERE next_check > ?1 AND status <> 'FAILED'",
            params![to_millis(now)],
        )?;
        Ok(())
    }

    /// Brings what lies ahead into the present, after the clock was set back: what is on its way is due, and stands where it stands from now on.
    /// What waits to be tried again waits for as long as that ever takes at most.
    pub fn bring_into_the_present(&self, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| {
            let on_its_way =
                "UPDATE recordings SET next_check = min(next_check, ?1), stage_since = min(stage_since, ?1)
                 WHERE next_check IS NOT NULL AND status <> 'FAILED' AND (next_check > ?1 OR stage_since > ?1)";
            transaction.execute(on_its_way, [to_millis(now)])?;
            let failed = "UPDATE recordings SET next_check = ?1 WHERE next_check > ?2 AND status = 'FAILED'";
            transaction.execute(failed, [to_millis(now), to_millis(now.later(auto_retry::LONGEST_WAIT))])?;
            Ok(())
        })
    }

    /// A recording's history, oldest first.
    pub fn recording_events(&self, id: RecordingId) -> Result<Vec<RecordingEvent>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT at, from_stage, to_stage, note FROM recording_events WHERE recording_id = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([id.to_string()], |row| {
            Ok(RecordingEvent { at: moment(row, 0)?, from: row.get(1)?, to: row.get(2)?, note: row.get(3)? })
        })?;
        rows.map(|row| Ok(row?)).collect()
    }

    /// A page of the list, newest first. Attempts that came to nothing are folded into the recording of their class.
    pub fn find_recordings(&self, query: &Query) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let (words, filter) = (search::words(&query.search), condition(query.filter));
        let (text, stands) = (text_condition(words.len()), attempts::stands());
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM recordings r WHERE {text} AND {filter} AND r.removed_at IS NULL AND {stands} ORDER BY r.created_at DESC LIMIT {} OFFSET {}",
            query.limit, query.offset
        ))?;
        let rows = statement.query_map(params_from_iter(words), |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Recordings of the list with a status, that came to their stage since then, the newest class first.
    pub fn recordings_since(
        &self,
        status: Status,
        since: Option<DateTime<Utc>>,
        limit: u32,
    ) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM recordings r WHERE r.status = ?1 AND r.removed_at IS NULL AND r.stage_since >= ?2
             ORDER BY r.created_at DESC LIMIT ?3"
        ))?;
        let since = since.map_or(i64::MIN, to_millis);
        let rows = statement.query_map(params![status.name(), since, limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// How many there are.
    pub fn count_since(&self, status: Status, since: Option<DateTime<Utc>>) -> Result<u32, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT count(*) FROM recordings r WHERE r.status = ?1 AND r.removed_at IS NULL AND r.stage_since >= ?2",
        )?;
        Ok(statement.query_row(params![status.name(), since.map_or(i64::MIN, to_millis)], |row| row.get(0))?)
    }

    /// How many recordings of the list a search finds, by status.
    pub fn count_recordings(&self, search: &str) -> Result<Counts, Error> {
        let connection = self.connection();
        let words = search::words(search);
        let (text, stands) = (text_condition(words.len()), attempts::stands());
        let mut statement = connection.prepare_cached(&format!(
            "SELECT r.status, count(*), sum(r.cause IS 'video_missing') FROM recordings r WHERE {text} AND r.removed_at IS NULL AND {stands} GROUP BY r.status"
        ))?;
        let rows = statement.query_map(params_from_iter(words), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, row.get::<_, u32>(2)?))
        })?;
        let mut counts = Counts::default();
        for row in rows {
            let (status, count, deleted) = row?;
            counts.all = counts.all.saturating_add(count);
            match status.as_str() {
                "READY" => counts.ready = count,
                "FAILED" => {
                    counts.failed = count.saturating_sub(deleted);
                    counts.deleted = deleted;
                }
                _ => counts.processing = counts.processing.saturating_add(count),
            }
        }
        Ok(counts)
    }
}

/// A condition with one placeholder for each word: all of them are in the text.
fn text_condition(words: usize) -> String {
    match words {
        0 => "1".to_owned(),
        _ => vec!["instr(r.words, ?)"; words].join(" AND "),
    }
}

/// What a search looks through. No word reaches from the title into the instructor’s name.
fn words_of(title: &str, instructor: &str) -> String {
    format!("{}\n{}", searchable(title), searchable(instructor))
}

/// Lets a search find what was put down before there were words to look through.
pub(in crate::store) fn add_missing_words(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let without: Vec<(String, String, String)> = transaction
        .prepare("SELECT id, title, instructor FROM recordings WHERE words = ''")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, title, instructor) in without {
        transaction
            .prepare_cached("UPDATE recordings SET words = ?2 WHERE id = ?1")?
            .execute([id, words_of(&title, &instructor)])?;
    }
    transaction.commit()
}

pub(in crate::store) fn append_event(
    transaction: &Transaction<'_>,
    id: RecordingId,
    at: DateTime<Utc>,
    from: Option<Stage>,
    to: Stage,
    note: &str,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO recording_events (recording_id, at, from_stage, to_stage, note) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![id.to_string(), to_millis(at), from.map(Stage::name), to.name(), note])?;
    Ok(())
}

fn add(transaction: &Transaction<'_>, recording: &Recording, note: &str) -> Result<(), Error> {
    put(transaction, recording, recording.stage_since)?;
    append_event(transaction, recording.id, recording.stage_since, None, recording.stage, note)
}

const INSERT: &str = "INSERT INTO recordings (id, session_id, room_id, title, instructor, timezone, quality, created_at, status, stage, detail, percent,
   cause, stage_since, cloud_id, video_id, started_at, stopped_at, length, size, file_expires, manifest, last_check, next_check, updated_at,
   relay_total, relay_fetched, relay_sent, relay_version, attached, removed_at, retries, retried_cause, words, own_storage)
 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35)";
const OR_UPDATE: &str = " ON CONFLICT (id) DO UPDATE SET status=?9, stage=?10, detail=?11, percent=?12, cause=?13, stage_since=?14, cloud_id=?15, video_id=?16,
   started_at=?17, stopped_at=?18, length=?19, size=?20, file_expires=?21, manifest=?22, last_check=?23, next_check=?24, updated_at=?25,
   relay_total=?26, relay_fetched=?27, relay_sent=?28, relay_version=?29, attached=?30, removed_at=?31, retries=?32,
   retried_cause=?33, own_storage=?35";

/// Puts a recording down, or brings the row it has up to date. What a recording is called never changes.
pub(in crate::store) fn put(
    transaction: &Transaction<'_>,
    recording: &Recording,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    write_row(transaction, &format!("{INSERT}{OR_UPDATE}"), recording, now).map(|_| ())
}

/// Puts a recording down unless it, its recording at RealtimeKit or its video is there already; whether it did.
pub(in crate::store) fn put_new(
    transaction: &Transaction<'_>,
    recording: &Recording,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    Ok(write_row(transaction, &format!("{INSERT} ON CONFLICT DO NOTHING"), recording, now)? == 1)
}

fn write_row(
    transaction: &Transaction<'_>,
    sql: &str,
    recording: &Recording,
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let Facts {
        realtimekit_recording,
        video,
        attached,
        started_at,
        stopped_at,
        length,
        size,
        file_expires,
        own_storage,
        manifest,
        relay,
    } = &recording.facts;
    let (name, detail) = word(recording.stage);
    let rows = transaction.prepare_cached(sql)?.execute(params![
        recording.id.to_string(),
        recording.session.to_string(),
        recording.room.as_ref().map(MeetingId::as_str),
        recording.title,
        recording.instructor,
        recording.timezone.name(),
        recording.quality.name(),
        to_millis(recording.created_at),
        recording.status().name(),
        name,
        detail,
        percent_of(recording.stage),
        cause_of(recording.stage),
        to_millis(recording.stage_since),
        realtimekit_recording.as_ref().map(RealtimeKitRecordingId::as_str),
        video.as_ref().map(VideoId::as_str),
        started_at.map(to_millis),
        stopped_at.map(to_millis),
        length.map(|length| length.num_milliseconds()),
        size.map(to_bytes),
        file_expires.map(to_millis),
        manifest.as_ref().map(url::Url::as_str),
        recording.last_check.map(to_millis),
        recording.next_check.map(to_millis),
        to_millis(now),
        relay.as_ref().and_then(|relay| relay.total).map(to_bytes),
        relay.as_ref().map(|relay| to_bytes(relay.fetched)),
        relay.as_ref().map(|relay| to_bytes(relay.sent)),
        relay.as_ref().and_then(|relay| relay.version.as_deref()),
        attached,
        recording.removed_at.map(to_millis),
        recording.retries.made,
        recording.retries.cause.map(Cause::code),
        words_of(&recording.title, &recording.instructor),
        own_storage,
    ])?;
    Ok(rows)
}

fn to_bytes(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(in crate::store) fn read(row: &Row<'_>) -> Result<Recording, Error> {
    let text = |index: usize| row.get::<_, String>(index);
    let maybe_text = |index: usize| row.get::<_, Option<String>>(index);
    let bad = |what, index: usize| move |_| Error::unreadable(what, index);
    let maybe_bytes =
        |index: usize| row.get::<_, Option<i64>>(index).map(|count| count.and_then(|count| u64::try_from(count).ok()));
    let relay = match maybe_bytes(24)? {
        Some(fetched) => Some(Relay {
            total: maybe_bytes(23)?,
            fetched,
            sent: maybe_bytes(25)?.unwrap_or(0),
            version: maybe_text(26)?,
        }),
        None => None,
    };
    let facts = Facts {
        realtimekit_recording: row
            .get::<_, Option<String>>(12)?
            .map(|id| id.parse())
            .transpose()
            .map_err(bad("cloud recording id", 12))?,
        video: row.get::<_, Option<String>>(13)?.map(|id| id.parse()).transpose().map_err(bad("video id", 13))?,
        attached: row.get(27)?,
        started_at: learnt_moment(row, 14)?,
        stopped_at: learnt_moment(row, 15)?,
        length: row.get::<_, Option<i64>>(16)?.and_then(bounds::length_of_millis),
        size: maybe_bytes(17)?,
        file_expires: learnt_moment(row, 18)?,
        own_storage: maybe_text(31)?,
        manifest: row.get::<_, Option<String>>(19)?.and_then(|url| url.parse().ok()),
        relay,
    };
    Ok(Recording {
        id: text(0)?.parse().map_err(bad("recording id", 0))?,
        session: text(1)?.parse().map_err(bad("session id", 1))?,
        room: maybe_text(2)?.map(|id| id.parse()).transpose().map_err(bad("room id", 2))?,
        title: text(3)?,
        instructor: text(4)?,
        timezone: text(5)?.parse().map_err(|_| Error::unreadable("time zone", text(5).unwrap_or_default()))?,
        quality: text(6)?.parse().map_err(|_| Error::unreadable("quality", text(6).unwrap_or_default()))?,
        stage: read_stage(&text(7)?, maybe_text(8)?.as_deref(), percent(row, 9)?, maybe_text(10)?.as_deref())?,
        stage_since: moment(row, 11)?,
        facts,
        last_check: learnt_moment(row, 20)?,
        next_check: set_moment(row, 21)?,
        created_at: moment(row, 22)?,
        removed_at: set_moment(row, 28)?,
        retries: AutoRetries { made: count(row, 29)?, cause: maybe_text(30)?.as_deref().and_then(Cause::from_code) },
    })
}

#[cfg(test)]
mod tests;
