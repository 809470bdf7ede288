//! `recordings` and `recording_events`: every recording, its stage, and the history that explains it.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RealtimeKitRecordingId, RecordingId, SessionId, VideoId};
use crate::domain::recorder::auto_retry::{self, AutoRetries};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::clip::{Clip, ClipRange};
use crate::domain::recorder::event::{EventKind, EventNote, RecordingEvent};
use crate::domain::recorder::recording::{Facts, Noticed, Recording, Relay, Status};
use crate::domain::recorder::stage::Stage;
use crate::domain::recorder::work::RecordingWork;
use crate::domain::schedule::origin::shown_instructor;
use crate::domain::search::searchable;
use crate::store::recorder::columns::{self, Column, Values, select, select_by_work};
use crate::store::recorder::stages::{cause_of, percent_of, read_stage, word};
use crate::store::{Error, Store, learnt_moment, moment, percent, read_origin, set_moment, to_millis};

impl Store {
    /// Returns one recording; `None` where there is no such recording.
    pub fn recording(&self, id: RecordingId) -> Result<Option<Recording>, Error> {
        self.recording_where("r.id = ?1", &id.to_string())
    }

    /// Returns the recordings of a session, newest first.
    pub fn recordings_of(&self, session: SessionId) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached(&select("WHERE r.session_id = ?1 ORDER BY r.created_at DESC, r.id DESC"))?;
        let rows = statement.query_map([session.to_string()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the recording that has this RealtimeKit recording, if any.
    pub fn recording_with_realtimekit_id(
        &self,
        realtimekit_recording: &RealtimeKitRecordingId,
    ) -> Result<Option<Recording>, Error> {
        self.recording_where("r.realtimekit_recording_id = ?1", realtimekit_recording.as_str())
    }

    /// Returns the recording that has this video, if any.
    pub fn recording_with_video(&self, video: &VideoId) -> Result<Option<Recording>, Error> {
        self.recording_where("r.video_id = ?1", video.as_str())
    }

    fn recording_where(&self, condition: &str, value: &str) -> Result<Option<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select(&format!("WHERE {condition}")))?;
        statement.query_row([value], |row| Ok(read(row))).optional()?.transpose()
    }

    /// Returns the recordings with pending work, in the order of their next poll.
    pub fn recordings_in_flight(&self) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select_by_work(
            "recording_work_to_poll",
            "WHERE w.next_poll IS NOT NULL ORDER BY w.next_poll, r.id",
        ))?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Adds a recording with the first event of its history.
    pub fn add_recording(&self, recording: &Recording, note: impl Into<EventNote>) -> Result<(), Error> {
        self.write(|transaction| add(transaction, recording, &note.into()))
    }

    /// Adds a recording of a room, unless there is one for the same capture: one with the same RealtimeKit recording
    /// or, where that is unknown, any that is being captured of the session. Returns the recording that exists then.
    pub fn add_capture(&self, recording: &Recording, note: &EventNote) -> Result<Recording, Error> {
        self.write(|transaction| {
            let (condition, value) = match &recording.facts.realtimekit_recording {
                Some(realtimekit_recording) => {
                    ("r.realtimekit_recording_id = ?1", realtimekit_recording.as_str().to_owned())
                }
                None => (
                    "r.session_id = ?1 AND r.stage IN ('requested', 'recording', 'paused')",
                    recording.session.to_string(),
                ),
            };
            let standing = transaction
                .prepare_cached(&select(&format!("WHERE {condition}")))?
                .query_row([value], |row| Ok(read(row)))
                .optional()?;
            if let Some(standing) = standing {
                return standing;
            }
            add(transaction, recording, note)?;
            Ok(recording.clone())
        })
    }

    /// Adds an event to a recording's history without changing the stage.
    pub fn remark(&self, id: RecordingId, now: DateTime<Utc>, note: impl Into<EventNote>) -> Result<(), Error> {
        self.write(|transaction| {
            let Some(stage) = current(transaction, id)?.map(|recording| recording.stage) else { return Ok(()) };
            append_event(transaction, id, now, Some(stage), stage, &note.into())
        })
    }

    /// Restarts the time of a stage, because Hajime is about to repeat the request.
    pub fn note_asked(&self, id: RecordingId, now: DateTime<Utc>) -> Result<(), Error> {
        self.writer()
            .execute("UPDATE recordings SET stage_since = ?2 WHERE id = ?1", params![id.to_string(), to_millis(now)])?;
        Ok(())
    }

    /// Stores that Cloudflare was asked at `at` and is asked again at `next`. Recordings without pending work are not
    /// changed.
    pub fn note_checked(&self, id: RecordingId, at: DateTime<Utc>, next: DateTime<Utc>) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE recording_work SET last_check = ?2, next_poll = ?3 WHERE recording_id = ?1 AND next_poll IS NOT NULL",
            params![id.to_string(), to_millis(at), to_millis(next)],
        )?;
        Ok(())
    }

    /// Postpones the next poll of a recording until `next`, without recording a check.
    pub fn put_off(&self, id: RecordingId, next: DateTime<Utc>) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE recording_work SET next_poll = ?2 WHERE recording_id = ?1 AND next_poll IS NOT NULL",
            params![id.to_string(), to_millis(next)],
        )?;
        Ok(())
    }

    /// Stores the progress of a relay. A recording that is not being relayed is not changed.
    pub fn note_relay(&self, id: RecordingId, relay: &Relay) -> Result<(), Error> {
        self.writer().execute(
            "UPDATE recording_work SET relay_total = ?2, relay_fetched = ?3, relay_sent = ?4, relay_version = ?5
             WHERE recording_id = ?1 AND EXISTS (
               SELECT 1 FROM recordings r WHERE r.id = ?1 AND r.stage = 'importing' AND r.detail IN ('fetching', 'sending'))",
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

    /// Makes every recording with pending work due. Failed recordings keep their auto-retry, because a restored network
    /// frees no storage.
    pub fn make_due(&self, now: DateTime<Utc>) -> Result<(), Error> {
        self.writer()
            .execute("UPDATE recording_work SET next_poll = ?1 WHERE next_poll > ?1", params![to_millis(now)])?;
        Ok(())
    }

    /// Corrects times that lie in the future after the clock was set back. Recordings with pending work become due, and
    /// their stage begins at `now`. An auto-retry then waits for at most [`auto_retry::LONGEST_WAIT`].
    pub fn bring_into_the_present(&self, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(|transaction| {
            let (now, latest) = (to_millis(now), to_millis(now.later(auto_retry::LONGEST_WAIT)));
            transaction.execute(
                "UPDATE recordings SET stage_since = ?1 WHERE stage_since > ?1
                   AND id IN (SELECT recording_id FROM recording_work WHERE next_poll IS NOT NULL)",
                [now],
            )?;
            transaction.execute("UPDATE recording_work SET next_poll = ?1 WHERE next_poll > ?1", [now])?;
            transaction
                .execute("UPDATE recording_work SET next_auto_retry = ?1 WHERE next_auto_retry > ?2", [now, latest])?;
            Ok(())
        })
    }

    /// Returns a recording's history, oldest first.
    pub fn recording_events(&self, id: RecordingId) -> Result<Vec<RecordingEvent>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT at, from_stage, to_stage, kind, note FROM recording_events WHERE recording_id = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([id.to_string()], |row| Ok(read_event(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns at most `limit` recordings on the list that have this status and entered their stage at `since` or
    /// later, newest first.
    pub fn recordings_since(
        &self,
        status: Status,
        since: Option<DateTime<Utc>>,
        limit: u32,
    ) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select(
            "WHERE r.status = ?1 AND r.removed_at IS NULL AND r.stage_since >= ?2 ORDER BY r.created_at DESC LIMIT ?3",
        ))?;
        let since = since.map_or(i64::MIN, to_millis);
        let rows = statement.query_map(params![status.name(), since, limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the number of recordings that [`Self::recordings_since`] finds without a limit.
    pub fn count_since(&self, status: Status, since: Option<DateTime<Utc>>) -> Result<u32, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT count(*) FROM recordings r WHERE r.status = ?1 AND r.removed_at IS NULL AND r.stage_since >= ?2",
        )?;
        Ok(statement.query_row(params![status.name(), since.map_or(i64::MIN, to_millis)], |row| row.get(0))?)
    }
}

/// Returns title and instructor in the form in which they are compared. The list is sorted by title by it.
pub(in crate::store) fn words_of(title: &str, instructor: &str) -> String {
    format!("{}\n{}", searchable(title), searchable(instructor))
}

/// Fills the searched text of recordings that were stored before there was a search.
pub(in crate::store) fn add_missing_words(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let without: Vec<(String, String, String)> = transaction
        .prepare("SELECT id, title, instructor FROM recordings WHERE words = ''")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, title, instructor) in without {
        transaction
            .prepare_cached("UPDATE recordings SET words = ?2 WHERE id = ?1")?
            .execute([id, words_of(&title, shown_instructor(&instructor))])?;
    }
    transaction.commit()
}

pub(in crate::store) fn append_event(
    transaction: &Transaction<'_>,
    id: RecordingId,
    at: DateTime<Utc>,
    from: Option<Stage>,
    to: Stage,
    note: &EventNote,
) -> Result<(), Error> {
    let EventNote { kind, text } = note;
    transaction
        .prepare_cached(
            "INSERT INTO recording_events (recording_id, at, from_stage, to_stage, kind, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![id.to_string(), to_millis(at), from.map(Stage::name), to.name(), kind.name(), text])?;
    Ok(())
}

fn read_event(row: &Row<'_>) -> Result<RecordingEvent, Error> {
    let stage = |name: String| name.parse().map_err(|_| Error::unreadable("stage", name));
    let kind: String = row.get("kind")?;
    Ok(RecordingEvent {
        at: moment(row, 0)?,
        from: row.get::<_, Option<String>>("from_stage")?.map(stage).transpose()?,
        to: stage(row.get("to_stage")?)?,
        kind: EventKind::from_name(&kind).ok_or_else(|| Error::unreadable("event kind", &kind))?,
        note: row.get("note")?,
    })
}

/// Adds a recording with the first event of its history.
pub(in crate::store) fn add(
    transaction: &Transaction<'_>,
    recording: &Recording,
    note: &EventNote,
) -> Result<(), Error> {
    put(transaction, recording, recording.stage_since)?;
    append_event(transaction, recording.id, recording.stage_since, None, recording.stage, note)
}

/// Inserts or updates both rows of a recording. Title, instructor and other fixed columns of an existing row are not
/// changed.
pub(in crate::store) fn put(
    transaction: &Transaction<'_>,
    recording: &Recording,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    columns::write(transaction, values(recording, &|column| value(recording, column), now), false).map(|_| ())
}

/// Inserts a recording, unless the recording, its RealtimeKit recording or its video already has a row. Returns whether
/// it was inserted.
pub(in crate::store) fn put_new(
    transaction: &Transaction<'_>,
    recording: &Recording,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    columns::write(transaction, values(recording, &|column| value(recording, column), now), true)
}

fn values<'a>(recording: &Recording, of: &'a dyn Fn(Column) -> Value, now: DateTime<Utc>) -> Values<'a> {
    Values {
        id: recording.id.to_string(),
        of,
        words: words_of(&recording.title, recording.instructor_name()),
        updated_at: to_millis(now),
    }
}

fn value(recording: &Recording, column: Column) -> Value {
    let (facts, work, relay) = (&recording.facts, &recording.work, recording.facts.relay.as_ref());
    let (stage, detail) = word(recording.stage);
    match column {
        Column::Id => recording.id.to_string().into(),
        Column::Session => recording.session.to_string().into(),
        Column::Room => recording.room.as_ref().map(ToString::to_string).into(),
        Column::Title => recording.title.clone().into(),
        Column::Instructor => recording.instructor.clone().into(),
        Column::Timezone => recording.timezone.name().to_owned().into(),
        Column::Quality => recording.quality.name().to_owned().into(),
        Column::CreatedAt => to_millis(recording.created_at).into(),
        Column::Status => recording.status().name().to_owned().into(),
        Column::Stage => stage.to_owned().into(),
        Column::Detail => detail.map(str::to_owned).into(),
        Column::Percent => percent_of(recording.stage).map(i64::from).into(),
        Column::Cause => cause_of(recording.stage).map(str::to_owned).into(),
        Column::StageSince => to_millis(recording.stage_since).into(),
        Column::RealtimeKitRecording => facts.realtimekit_recording.as_ref().map(ToString::to_string).into(),
        Column::Video => facts.video.as_ref().map(ToString::to_string).into(),
        Column::Attached => i64::from(facts.attached).into(),
        Column::StartedAt => facts.started_at.map(to_millis).into(),
        Column::StoppedAt => facts.stopped_at.map(to_millis).into(),
        Column::Length => facts.length.map(|length| length.num_milliseconds()).into(),
        Column::Size => facts.size.map(to_bytes).into(),
        Column::FileExpires => facts.file_expires.map(to_millis).into(),
        Column::OwnStorage => facts.own_storage.clone().into(),
        Column::Manifest => facts.manifest.as_ref().map(ToString::to_string).into(),
        Column::ClipOf => facts.clip.map(|clip| clip.of.to_string()).into(),
        Column::ClipFrom => facts.clip.map(|clip| i64::from(clip.range.begin())).into(),
        Column::ClipTo => facts.clip.map(|clip| i64::from(clip.range.end())).into(),
        Column::VideoCreated => facts.video_created.map(to_millis).into(),
        Column::VideoDeletion => facts.video_deletion.map(to_millis).into(),
        Column::VideoReady => facts.video_ready.map(to_millis).into(),
        Column::ReadyNoticed => facts.noticed.map(|noticed| to_millis(noticed.at)).into(),
        Column::ReadyUnasked => {
            facts.noticed.and_then(|noticed| noticed.unasked).map(|unasked| unasked.num_milliseconds()).into()
        }
        Column::Origin => recording.origin.name().to_owned().into(),
        Column::OriginDesk => recording.origin.desk().map(ToString::to_string).into(),
        Column::RemovedAt => recording.removed_at.map(to_millis).into(),
        Column::LastCheck => work.last_check.map(to_millis).into(),
        Column::NextPoll => work.next_poll.map(to_millis).into(),
        Column::NextAutoRetry => work.next_auto_retry.map(to_millis).into(),
        Column::AutoRetries => i64::from(work.auto_retries.made).into(),
        Column::AutoRetriedCause => work.auto_retries.cause.map(|cause| cause.code().to_owned()).into(),
        Column::RelayTotal => relay.and_then(|relay| relay.total).map(to_bytes).into(),
        Column::RelayFetched => relay.map(|relay| to_bytes(relay.fetched)).into(),
        Column::RelaySent => relay.map(|relay| to_bytes(relay.sent)).into(),
        Column::RelayVersion => relay.and_then(|relay| relay.version.clone()).into(),
    }
}

fn to_bytes(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns a recording as it is in this transaction.
pub(in crate::store) fn current(transaction: &Transaction<'_>, id: RecordingId) -> Result<Option<Recording>, Error> {
    transaction
        .prepare_cached(&select("WHERE r.id = ?1"))?
        .query_row([id.to_string()], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

pub(in crate::store) fn read(row: &Row<'_>) -> Result<Recording, Error> {
    let maybe = |column: Column| column.get::<Option<String>>(row);
    let learnt = |column: Column| learnt_moment(row, column.index());
    let set = |column: Column| set_moment(row, column.index());
    let bytes =
        |column: Column| column.get::<Option<i64>>(row).map(|count| count.and_then(|count| count.try_into().ok()));
    let relay = match bytes(Column::RelayFetched)? {
        Some(fetched) => Some(Relay {
            total: bytes(Column::RelayTotal)?,
            fetched,
            sent: bytes(Column::RelaySent)?.unwrap_or(0),
            version: maybe(Column::RelayVersion)?,
        }),
        None => None,
    };
    let facts = Facts {
        realtimekit_recording: parsed_if_any(row, Column::RealtimeKitRecording)?,
        video: parsed_if_any(row, Column::Video)?,
        attached: Column::Attached.get(row)?,
        started_at: learnt(Column::StartedAt)?,
        stopped_at: learnt(Column::StoppedAt)?,
        length: Column::Length.get::<Option<i64>>(row)?.and_then(bounds::length_of_millis),
        size: bytes(Column::Size)?,
        file_expires: learnt(Column::FileExpires)?,
        own_storage: maybe(Column::OwnStorage)?,
        manifest: maybe(Column::Manifest)?.and_then(|url| url.parse().ok()),
        video_created: learnt(Column::VideoCreated)?,
        video_deletion: learnt(Column::VideoDeletion)?,
        video_ready: learnt(Column::VideoReady)?,
        noticed: match learnt(Column::ReadyNoticed)? {
            Some(at) => {
                let unasked = Column::ReadyUnasked.get::<Option<i64>>(row)?.and_then(bounds::length_of_millis);
                Some(Noticed { at, unasked })
            }
            None => None,
        },
        relay,
        clip: read_clip(row)?,
    };
    let work = RecordingWork {
        last_check: learnt(Column::LastCheck)?,
        next_poll: set(Column::NextPoll)?,
        next_auto_retry: set(Column::NextAutoRetry)?,
        auto_retries: AutoRetries {
            // A recording may have no row in `recording_work` yet.
            made: Column::AutoRetries
                .get::<Option<i64>>(row)?
                .map_or(0, |made| made.clamp(0, i64::from(u32::MAX)))
                .try_into()
                .unwrap_or(u32::MAX),
            cause: maybe(Column::AutoRetriedCause)?.as_deref().and_then(Cause::from_code),
        },
    };
    let stage: String = Column::Stage.get(row)?;
    let percentage = percent(row, Column::Percent.index())?;
    Ok(Recording {
        id: parsed(row, Column::Id)?,
        session: parsed(row, Column::Session)?,
        room: parsed_if_any(row, Column::Room)?,
        title: Column::Title.get(row)?,
        instructor: Column::Instructor.get(row)?,
        timezone: parsed(row, Column::Timezone)?,
        quality: parsed(row, Column::Quality)?,
        stage: read_stage(&stage, maybe(Column::Detail)?.as_deref(), percentage, maybe(Column::Cause)?.as_deref())?,
        stage_since: moment(row, Column::StageSince.index())?,
        facts,
        work,
        created_at: moment(row, Column::CreatedAt.index())?,
        removed_at: set(Column::RemovedAt)?,
        origin: read_origin(row, Column::Origin.index())?,
    })
}

fn read_clip(row: &Row<'_>) -> Result<Option<Clip>, Error> {
    let second = |column: Column| -> Result<Option<u32>, Error> {
        Ok(column.get::<Option<i64>>(row)?.and_then(|second| u32::try_from(second).ok()))
    };
    let range = second(Column::ClipFrom)?.zip(second(Column::ClipTo)?).and_then(|(from, to)| ClipRange::read(from, to));
    Ok(parsed_if_any(row, Column::ClipOf)?.zip(range).map(|(of, range)| Clip { of, range }))
}

fn parsed<T: FromStr>(row: &Row<'_>, column: Column) -> Result<T, Error> {
    let text: String = column.get(row)?;
    text.parse().map_err(|_| Error::unreadable(column.name(), text))
}

fn parsed_if_any<T: FromStr>(row: &Row<'_>, column: Column) -> Result<Option<T>, Error> {
    let text: Option<String> = column.get(row)?;
    text.map(|text| text.parse().map_err(|_| Error::unreadable(column.name(), text))).transpose()
}

#[cfg(test)]
mod tests;
