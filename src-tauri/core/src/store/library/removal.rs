//! Missing and removed recordings. No row is ever deleted, because the ledger of links and the history refer to it and
//! a sync has to recognise the recording.

use chrono::{DateTime, Utc};
use rusqlite::Params;

use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::rescue;
use crate::domain::schedule::limits::LENGTH_MAX;
use crate::store::recorder::columns::select;
use crate::store::recorder::recordings::read;
use crate::store::{Error, Store, to_millis};

/// [`Recording::is_removable`] in SQL, for recordings on the list. `?1` is the present moment, `?2` the longest session
/// and `?3` the time for which a file is kept.
const MISSING: &str =
    "r.removed_at IS NULL AND r.status = 'FAILED' AND (r.clip_of IS NOT NULL AND r.video_id IS NULL
     OR r.cause IN ('video_missing', 'cloud_missing', 'file_expired')
     AND (r.cause = 'video_missing' OR r.realtimekit_recording_id IS NULL OR coalesce(r.file_expires, coalesce(r.stopped_at, r.created_at + ?2) + ?3) <= ?1))";
const REMOVED: &str = "r.removed_at IS NOT NULL ORDER BY r.removed_at DESC, r.id";

impl Store {
    /// Returns every recording, including the removed ones.
    pub fn every_recording(&self) -> Result<Vec<Recording>, Error> {
        self.recordings_that("1", [])
    }

    /// Returns the recordings on the list whose video was deleted or of which nothing is or is left at Cloudflare,
    /// newest first.
    pub fn missing_recordings(&self, now: DateTime<Utc>) -> Result<Vec<Recording>, Error> {
        self.recordings_that(&format!("{MISSING} ORDER BY r.created_at DESC"), gone_at(now))
    }

    /// Returns the number of recordings that [`Self::missing_recordings`] returns.
    pub fn count_missing(&self, now: DateTime<Utc>) -> Result<u32, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("SELECT count(*) FROM recordings r WHERE {MISSING}"))?;
        Ok(statement.query_row(gone_at(now), |row| row.get(0))?)
    }

    /// Returns the removed recordings, the last one removed first.
    pub fn removed_recordings(&self) -> Result<Vec<Recording>, Error> {
        self.recordings_that(REMOVED, [])
    }

    fn recordings_that(&self, condition: &str, values: impl Params) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select(&format!("WHERE {condition}")))?;
        let rows = statement.query_map(values, |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }
}

fn gone_at(now: DateTime<Utc>) -> impl Params {
    (to_millis(now), LENGTH_MAX.num_milliseconds(), rescue::FILE_RETENTION.num_milliseconds())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::ids::SessionId;
    use crate::domain::library::query::{Counts, Filter, Query};
    use crate::domain::library::retention::Wish;
    use crate::domain::recorder::cause::Cause;
    use crate::domain::recorder::clip::{Clip, ClipRange};
    use crate::domain::recorder::stage::{Observation, Resume, Stage};
    use crate::domain::schedule::session::{Plan, Session};
    use crate::domain::sharing::link::ShareLink;
    use crate::store::Signer;

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn session(store: &Store) -> SessionId {
        let session = Session::new(Plan::example(now()), now());
        store.add_session(&session).unwrap();
        session.id
    }

    fn recording(session: SessionId, stage: Stage) -> Recording {
        Recording { session, ..Recording::example(stage, now()) }
    }

    fn failed(cause: Cause) -> Stage {
        Stage::Failed { cause, resume: Resume::AtImport }
    }

    fn signer() -> Signer<'static> {
        Signer { desk: "desk", key: None, anchor: None, now: now(), os_user: "" }
    }

    fn put_in_bin(store: &Store, recording: &Recording) -> usize {
        let fine = |_, _: Option<&Recording>| Ok::<_, ()>(());
        store.decide_by_hand(signer(), &[recording.id], Wish::Bin, fine).unwrap().0.changed.len()
    }

    #[test]
    fn sql_and_domain_agree_on_which_recordings_are_missing() {
        let store = Store::in_memory().unwrap();
        let session = session(&store);
        let moments = [None, Some(now() - TimeDelta::days(8)), Some(now()), Some(now() + TimeDelta::days(1))];
        let mut all = Vec::new();
        for stage in Cause::ALL.map(failed).into_iter().chain([Stage::Ready, Stage::Uploaded]) {
            for expires in moments {
                for stopped_at in moments {
                    for (cloud, age) in [(false, 0), (true, 0), (true, 7), (true, 8), (true, 9)] {
                        let mut one = recording(session, stage);
                        one.created_at = now() - TimeDelta::days(age);
                        one.facts.realtimekit_recording = cloud.then(|| one.id.to_string().parse().unwrap());
                        one.facts.file_expires = expires;
                        one.facts.stopped_at = stopped_at;
                        store.add_recording(&one, "").unwrap();
                        all.push(one);
                    }
                }
            }
        }
        for (stage, video) in [(failed(Cause::ImportRefused), ""), (failed(Cause::Damaged), "a"), (Stage::Uploaded, "")]
        {
            let mut clip = recording(session, stage);
            clip.facts.clip = ClipRange::read(0, 9).map(|range| Clip { of: clip.id, range });
            clip.facts.video = (!video.is_empty()).then(|| video.repeat(32).parse().unwrap());
            store.add_recording(&clip, "").unwrap();
            all.push(clip);
        }
        let ids = |all: &[Recording]| {
            let mut ids: Vec<_> = all.iter().map(|one| one.id.to_string()).collect();
            ids.sort_unstable();
            ids
        };
        let found = store.missing_recordings(now()).unwrap();
        assert_eq!(store.count_missing(now()).unwrap() as usize, found.len());
        all.retain(|one| one.is_removable(now()));
        assert!(!all.is_empty());
        assert_eq!(ids(&found), ids(&all));
    }

    #[test]
    fn a_removed_recording_is_in_no_list_but_keeps_its_row_links_and_history() {
        let store = Store::in_memory().unwrap();
        let session = session(&store);
        let mut gone = recording(session, failed(Cause::VideoMissing));
        gone.facts.video = Some("ea95132c15732412d22c1476fa83f27a".parse().unwrap());
        let kept = recording(session, Stage::Ready);
        for one in [&gone, &kept] {
            store.add_recording(one, "first").unwrap();
        }
        let link = ShareLink {
            id: crate::domain::ids::LinkId::new(),
            recording: gone.id,
            recording_title: gone.title.clone(),
            video: gone.facts.video.clone().unwrap(),
            kid: None,
            created_at: now(),
            expires_at: now(),
            download: false,
        };
        store.add_link(signer(), &link, &[]).unwrap();
        assert_eq!(put_in_bin(&store, &gone), 1);
        assert_eq!(put_in_bin(&store, &gone), 0, "the second time changed something");

        store.index_pending(10).unwrap();
        let all = Query { search: String::new(), filter: Filter::All, limit: 9, offset: 0, ..Query::default() };
        for query in [all.clone(), Query { search: "karate".into(), ..all.clone() }] {
            let listed: Vec<_> = store.find_recordings(&query).unwrap().iter().map(|one| one.id).collect();
            assert_eq!(listed, [kept.id]);
            assert_eq!(store.count_recordings(&query).unwrap(), Counts { all: 1, ready: 1, ..Counts::default() });
        }
        assert!(store.missing_recordings(now()).unwrap().is_empty());
        assert_eq!(store.every_recording().unwrap().len(), 2);
        assert_eq!(store.removed_recordings().unwrap()[0].id, gone.id);
        assert_eq!(store.recording_with_video(&link.video).unwrap().unwrap().removed_at, Some(now()));
        assert_eq!(store.recordings_of(session).unwrap().len(), 2);
        assert_eq!(store.links().unwrap().len(), 1);
        let notes: Vec<_> = store.recording_events(gone.id).unwrap().into_iter().map(|event| event.note).collect();
        assert_eq!(notes, ["first", "Put in the bin by hand."]);

        // A removed recording that moves to another stage is on the list again.
        store.observe(gone.id, Observation::VideoAttached, now(), "back", |_| {}).unwrap();
        assert_eq!(store.count_recordings(&Query::default()).unwrap().all, 2);
    }

    #[test]
    fn lists_of_missing_and_removed_recordings_use_an_index() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        for (sql, values) in [(format!("{MISSING} ORDER BY r.created_at DESC"), 3), (REMOVED.to_owned(), 0)] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT * FROM recordings r WHERE {sql}");
            let mut statement = connection.prepare(&sql).unwrap();
            let values = rusqlite::params_from_iter((0..values).map(|_| 0));
            let plan: Vec<String> =
                statement.query_map(values, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            let sorted =
                plan.iter().any(|line| line.contains("FULL TEMP B-TREE") || line == "USE TEMP B-TREE FOR ORDER BY");
            assert!(plan[0].contains("INDEX recordings_") && !sorted, "{sql}: {plan:?}");
        }
    }
}
