//! The recordings and classes of a period, through indexes that hold every column that is read.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::domain::bounds;
use crate::domain::health::period::Period;
use crate::domain::health::row::{ClassRow, RecordingRow};
use crate::domain::ids::{RecordingId, SeriesId, SessionId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Noticed, Status};
use crate::domain::schedule::origin::Origin;
use crate::store::recorder::attempts;
use crate::store::{Error, Store, learnt_moment, moment, to_millis};

static RECORDINGS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT r.created_at, r.id, r.session_id, r.instructor, r.status, r.cause, r.was_ready, r.clip_of IS NOT NULL, r.attached,
           r.origin, r.stopped_at, r.video_ready, r.ready_noticed, r.ready_unasked, r.length, r.capture_seen, r.relayed, {},
           (SELECT s.series_id FROM sessions s INDEXED BY sessions_in_series WHERE s.id = r.session_id AND s.series_id IS NOT NULL),
           CASE WHEN r.stopped_at IS NULL THEN (SELECT s.ended_at FROM sessions s WHERE s.id = r.session_id) END
         FROM recordings r INDEXED BY recordings_for_figures WHERE r.created_at BETWEEN ?1 AND ?2 ORDER BY r.created_at, r.id",
        attempts::stands()
    )
});

impl Store {
    /// Returns the recordings that were asked for in a period, the first one first.
    pub fn figure_rows(&self, period: &Period) -> Result<Vec<RecordingRow>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&RECORDINGS)?;
        let mut rows = statement.query(params![to_millis(period.from), to_millis(period.to)])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// Returns the classes of this desk that were to be recorded and whose rooms were opened in a period, the first one
    /// first. Of a class that `had_recording` names, it is not read who was in the room.
    pub fn classes_held(
        &self,
        period: &Period,
        had_recording: impl Fn(SessionId) -> bool,
    ) -> Result<Vec<ClassRow>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT s.opened_at, s.id, s.instructor,
               (SELECT i.series_id FROM sessions i INDEXED BY sessions_in_series WHERE i.id = s.id AND i.series_id IS NOT NULL)
             FROM sessions s INDEXED BY sessions_held
             WHERE s.state = 'ended' AND s.record = 1 AND s.origin = 'here' AND s.opened_at BETWEEN ?1 AND ?2
             ORDER BY s.opened_at, s.id",
        )?;
        let mut seen = connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM participants WHERE session_id = ?1 AND joined_at IS NOT NULL)",
        )?;
        let mut rows = statement.query(params![to_millis(period.from), to_millis(period.to)])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id: SessionId = parsed(row, 1, "session id")?;
            let had_people = had_recording(id) || seen.query_row([id.to_string()], |row| row.get(0))?;
            let (opened_at, instructor, series) = (moment(row, 0)?, row.get(2)?, series(row, 3)?);
            all.push(ClassRow { id, series, instructor, opened_at, had_people });
        }
        Ok(all)
    }

    /// Returns the zone of the newest recording; `None` without recordings.
    pub fn zone_of_figures(&self) -> Result<Option<chrono_tz::Tz>, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT timezone FROM recordings ORDER BY created_at DESC, id DESC LIMIT 1")?;
        let mut rows = statement.query([])?;
        Ok(match rows.next()? {
            Some(row) => row.get::<_, String>(0)?.parse().ok(),
            None => None,
        })
    }

    /// Returns the titles of recordings, by their ids.
    pub fn titles_of_recordings(
        &self,
        ids: impl IntoIterator<Item = RecordingId>,
    ) -> Result<HashMap<RecordingId, String>, Error> {
        self.titles("SELECT title FROM recordings WHERE id = ?1", ids)
    }

    /// Returns the titles of all series, by their ids.
    pub fn titles_of_series(&self) -> Result<HashMap<SeriesId, String>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT title, id FROM series")?;
        let mut rows = statement.query([])?;
        let mut all = HashMap::new();
        while let Some(row) = rows.next()? {
            all.insert(parsed(row, 1, "series id")?, row.get(0)?);
        }
        Ok(all)
    }

    /// Returns the titles of classes, by their ids.
    pub fn titles_of_sessions(
        &self,
        ids: impl IntoIterator<Item = SessionId>,
    ) -> Result<HashMap<SessionId, String>, Error> {
        self.titles("SELECT title FROM sessions WHERE id = ?1", ids)
    }

    fn titles<Id: ToString + Eq + Hash>(
        &self,
        sql: &str,
        ids: impl IntoIterator<Item = Id>,
    ) -> Result<HashMap<Id, String>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql)?;
        let mut all = HashMap::new();
        for id in ids {
            let title = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
            all.extend(title.map(|title| (id, title)));
        }
        Ok(all)
    }
}

fn read(row: &Row<'_>) -> Result<RecordingRow, Error> {
    let status: String = row.get(4)?;
    let (asked_at, origin): (DateTime<Utc>, String) = (moment(row, 0)?, row.get(9)?);
    let unasked = row.get::<_, Option<i64>>(13)?.and_then(bounds::length_of_millis);
    Ok(RecordingRow {
        id: parsed(row, 1, "recording id")?,
        session: parsed(row, 2, "session id")?,
        series: series(row, 18)?,
        instructor: row.get(3)?,
        asked_at,
        status: Status::from_name(&status).ok_or_else(|| Error::unreadable("status", &status))?,
        cause: row.get::<_, Option<String>>(5)?.as_deref().and_then(Cause::from_code),
        was_ready: row.get(6)?,
        stands: row.get(17)?,
        is_clip: row.get(7)?,
        is_attached: row.get(8)?,
        is_own: origin == Origin::Here.name(),
        stopped_at: learnt_moment(row, 10)?,
        session_ended_at: learnt_moment(row, 19)?,
        ready_at: learnt_moment(row, 11)?,
        noticed: learnt_moment(row, 12)?.map(|at| Noticed { at, unasked }),
        length: row.get::<_, Option<i64>>(14)?.and_then(bounds::length_of_millis),
        capture_seen: learnt_moment(row, 15)?,
        is_relayed: row.get(16)?,
    })
}

fn parsed<T: std::str::FromStr>(row: &Row<'_>, index: usize, what: &'static str) -> Result<T, Error> {
    let text = row.get_ref(index)?.as_str().map_err(|_| Error::unreadable(what, "not a text"))?;
    text.parse().map_err(|_| Error::unreadable(what, text))
}

fn series(row: &Row<'_>, index: usize) -> Result<Option<SeriesId>, Error> {
    let text: Option<String> = row.get(index)?;
    text.map(|text| text.parse().map_err(|_| Error::unreadable("series id", &text))).transpose()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::recorder::event::EventKind;
    use crate::domain::recorder::recording::Recording;
    use crate::domain::recorder::stage::{Import, Percent, Stage};
    use crate::domain::schedule::session::{Plan, Session};

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_figures_read_recordings_from_the_index_alone() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", *RECORDINGS)).unwrap();
        let plan: Vec<String> =
            statement.query_map(params![0, 1], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let of = |table: &str| plan.iter().find(|line| line.contains(table)).unwrap();
        assert!(of("SEARCH r ").contains("COVERING INDEX recordings_for_figures"), "{plan:?}");
        assert!(of("sessions_in_series").contains("COVERING INDEX"), "{plan:?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE") || line.starts_with("SCAN")), "{plan:?}");
    }

    #[test]
    fn the_history_is_kept_beside_the_recording_as_it_is_written() {
        let store = Store::in_memory().unwrap();
        let session = Session::new(Plan::example(now()), now());
        store.add_session(&session).unwrap();
        let recording = Recording { session: session.id, ..Recording::example(Stage::Requested, now()) };
        store.add_recording(&recording, "").unwrap();
        let period = Period::last(7, now() + TimeDelta::days(1)).unwrap();
        let row = || store.figure_rows(&period).unwrap().remove(0);
        assert_eq!((row().was_ready, row().capture_seen, row().is_relayed, row().is_own), (false, None, false, true));
        let at = now() + TimeDelta::seconds(9);
        let step = |stage: Stage, kind: EventKind, at| {
            store
                .write(|transaction| {
                    crate::store::recorder::recordings::append_event(
                        transaction,
                        recording.id,
                        at,
                        None,
                        stage,
                        &kind.note(""),
                    )
                })
                .unwrap();
        };
        step(Stage::Recording, EventKind::RecorderReported, at);
        step(Stage::Paused, EventKind::PausedByHand, at + TimeDelta::hours(1));
        step(Stage::Importing(Import::Sending), EventKind::RelayMoved, at);
        step(Stage::Playable(Percent::clamped(40.0)), EventKind::StreamReported, at);
        step(Stage::Importing(Import::Asked), EventKind::Noted, at);
        assert_eq!((row().was_ready, row().capture_seen, row().is_relayed), (true, Some(at), true));
    }
}
