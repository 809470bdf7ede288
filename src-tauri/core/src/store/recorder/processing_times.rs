//! `waits` and `wait_marks`: the processing times of recordings and the encoding marks that were seen in them.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::domain::bounds::{self, Moved as _, Stretched as _};
use crate::domain::ids::RecordingId;
use crate::domain::recorder::forecast::{
    EncodingMark, FinishedProcessing, MAX_PROCESSING_TIMES, ProcessingPhase, ProcessingTimes, RunningProcessing,
};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Import, Percent, Stage};
use crate::store::recorder::stages::percent_of;
use crate::store::{Error, Store, moment, percent, set_moment, to_millis};

/// The longest time between the last check and the end of processing with which it still counts as a processing time.
const MAX_OBSERVATION_GAP: TimeDelta = TimeDelta::minutes(3);

/// Updates the processing times after a move: starts one, ends one, or deletes one that would mislead a forecast.
pub(in crate::store) fn note(
    transaction: &Transaction<'_>,
    before: &Recording,
    after: &Recording,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    // Stream cuts what it has already, so a clip says nothing about how long a recording takes.
    if after.facts.clip.is_some() {
        return Ok(());
    }
    if let Some(percent) = percent_of(after.stage).or((after.stage == Stage::Ready).then_some(100)).filter(|p| *p > 0) {
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO wait_marks (wait_id, percent, at)
                 SELECT id, ?2, ?3 FROM waits WHERE recording_id = ?1 AND ended IS NULL",
            )?
            .execute(params![after.id.to_string(), percent, to_millis(now)])?;
    }
    let (was, is) = (ProcessingPhase::of(before.stage), ProcessingPhase::of(after.stage));
    if was == is {
        // A second import or a relay takes a different time, so this processing is not remembered.
        let detour = matches!(after.stage, Stage::Importing(Import::AskedAgain | Import::Fetching));
        return if detour { forget(transaction, after.id) } else { Ok(()) };
    }
    if let Some(was) = was {
        let unseen = before.work.last_check.map_or(TimeDelta::zero(), |last| now.since(last));
        if came_to_its_end(was, after.stage) && (TimeDelta::zero()..=MAX_OBSERVATION_GAP).contains(&unseen) {
            transaction
                .prepare_cached(
                    "UPDATE waits SET ended = ?2 WHERE recording_id = ?1 AND ended IS NULL AND began <= ?2",
                )?
                .execute(params![after.id.to_string(), to_millis(now.earlier(unseen.part(2)))])?;
        }
        // Deletes the processing time where its end was not observed or its start is later than its end.
        forget(transaction, after.id)?;
    }
    if let Some(is) = is {
        transaction
            .prepare_cached("INSERT INTO waits (recording_id, kind, began) VALUES (?1, ?2, ?3)")?
            .execute(params![after.id.to_string(), is.name(), to_millis(now)])?;
    }
    Ok(())
}

const fn came_to_its_end(wait: ProcessingPhase, stage: Stage) -> bool {
    match wait {
        ProcessingPhase::Saving => matches!(stage, Stage::Uploaded | Stage::Importing(_)),
        ProcessingPhase::Importing => matches!(stage, Stage::Playable(_) | Stage::Ready),
    }
}

fn forget(transaction: &Transaction<'_>, id: RecordingId) -> Result<(), Error> {
    transaction
        .prepare_cached("DELETE FROM waits WHERE recording_id = ?1 AND ended IS NULL")?
        .execute([id.to_string()])?;
    Ok(())
}

impl Store {
    /// Returns the id of the newest finished processing time, which changes whenever one is added; 0 where there is
    /// none.
    pub fn newest_wait(&self) -> Result<i64, Error> {
        let newest = self.connection().query_row(
            "SELECT max((SELECT coalesce(max(id), 0) FROM waits WHERE kind = 'saving' AND ended IS NOT NULL),
                        (SELECT coalesce(max(id), 0) FROM waits WHERE kind = 'importing' AND ended IS NOT NULL))",
            [],
            |row| row.get(0),
        )?;
        Ok(newest)
    }

    /// Returns the finished processing times.
    pub fn history(&self) -> Result<ProcessingTimes, Error> {
        let mut history = ProcessingTimes::default();
        for wait in [ProcessingPhase::Saving, ProcessingPhase::Importing] {
            for past in self.past_waits(wait)? {
                history.add(wait, past);
            }
        }
        Ok(history)
    }

    /// Returns the newest finished processing times of one phase, sorted oldest first.
    fn past_waits(&self, wait: ProcessingPhase) -> Result<Vec<FinishedProcessing>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT w.id, w.began, w.ended, r.length, m.at, m.percent
             FROM (SELECT * FROM waits WHERE kind = ?1 AND ended IS NOT NULL ORDER BY id DESC LIMIT ?2) w
             JOIN recordings r ON r.id = w.recording_id
             LEFT JOIN wait_marks m ON m.wait_id = w.id
             ORDER BY w.id, m.percent",
        )?;
        let mut rows = statement.query(params![wait.name(), MAX_PROCESSING_TIMES])?;
        let mut waits: Vec<(i64, FinishedProcessing)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, began) = (row.get::<_, i64>(0)?, moment(row, 1)?);
            if waits.last().is_none_or(|(last, _)| *last != id) {
                let took = moment(row, 2)?.since(began);
                let length = bounds::nearest_length(row.get::<_, Option<i64>>(3)?.unwrap_or_default());
                waits.push((id, FinishedProcessing { length, took, marks: Vec::new() }));
            }
            if let (Some(mark), Some((_, past))) = (mark(row, [4, 5], began)?, waits.last_mut()) {
                past.marks.push(mark);
            }
        }
        Ok(waits.into_iter().map(|(_, past)| past).collect())
    }

    /// Returns the processing of a recording that still goes on: since when, and the encoding marks so far.
    pub fn going(&self, recording: &Recording, now: DateTime<Utc>) -> Result<RunningProcessing, Error> {
        let connection = self.connection();
        let mut wait =
            connection.prepare_cached("SELECT id, began FROM waits WHERE recording_id = ?1 AND ended IS NULL")?;
        let wait: Option<(i64, DateTime<Utc>)> =
            wait.query_row([recording.id.to_string()], |row| Ok((row.get(0)?, moment(row, 1)?))).optional()?;
        let length = recording.expected_length();
        let Some((id, began)) = wait else {
            return Ok(RunningProcessing {
                length,
                lasted: now.since(recording.stage_since).max(TimeDelta::zero()),
                marks: Vec::new(),
            });
        };
        let mut marks =
            connection.prepare_cached("SELECT at, percent FROM wait_marks WHERE wait_id = ?1 ORDER BY percent")?;
        let mut rows = marks.query([id])?;
        let mut marks = Vec::new();
        while let Some(row) = rows.next()? {
            marks.extend(mark(row, [0, 1], began)?);
        }
        Ok(RunningProcessing { length, lasted: now.since(began).max(TimeDelta::zero()), marks })
    }
}

/// Reads an encoding mark from the columns for its moment and its percentage; `None` where they are empty.
fn mark(row: &Row<'_>, [at, reached]: [usize; 2], began: DateTime<Utc>) -> Result<Option<EncodingMark>, Error> {
    let (at, percent) = (set_moment(row, at)?, percent(row, reached)?);
    Ok(at
        .zip(percent)
        .map(|(at, percent)| EncodingMark { after: at.since(began), percent: Percent::clamped(f32::from(percent)) }))
}
