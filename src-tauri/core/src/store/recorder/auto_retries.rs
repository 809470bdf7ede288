//! The auto-retries: which failed recordings wait for one, and that each is made and counted once.

use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension as _;

use crate::domain::ids::RecordingId;
use crate::domain::recorder::auto_retry;
use crate::domain::recorder::event::EventNote;
use crate::domain::recorder::recording::{Facts, Recording};
use crate::domain::recorder::stage::{Observation, Stage};
use crate::domain::recorder::work::RecordingWork;
use crate::store::recorder::observations::apply;
use crate::store::recorder::recordings::current;
use crate::store::recorder::recordings::put;
use crate::store::{Error, Store, moment, to_millis};

/// The failed recordings whose auto-retry is due by `?1`, soonest first.
const DUE_RETRIES: &str = "SELECT recording_id, next_auto_retry FROM recording_work INDEXED BY recording_work_to_retry
     WHERE next_auto_retry <= ?1 ORDER BY next_auto_retry";

impl Store {
    /// Returns the failed recordings whose auto-retry is due at `now`, soonest first.
    pub fn recordings_to_auto_retry(&self, now: DateTime<Utc>) -> Result<Vec<RecordingId>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DUE_RETRIES)?;
        let rows = statement.query_map([to_millis(now)], |row| row.get::<_, String>(0))?;
        rows.map(|id| {
            let id = id?;
            id.parse().map_err(|_| Error::unreadable("recording id", &id))
        })
        .collect()
    }

    /// Returns the moment of the next auto-retry of any recording; `None` where none is planned.
    pub fn next_auto_retry(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(DUE_RETRIES)?;
        Ok(statement.query_row([i64::MAX], |row| moment(row, 1)).optional()?)
    }

    /// Starts a failed recording again and counts the auto-retry, if it is still due. Returns whether it did.
    /// Drops the auto-retry where the file has expired or a person attached or removed the recording in the meantime.
    pub fn auto_retry(
        &self,
        id: RecordingId,
        now: DateTime<Utc>,
        note: impl Into<EventNote>,
        learn: impl FnOnce(&mut Facts),
    ) -> Result<bool, Error> {
        self.write(|transaction| {
            let Some(before) = current(transaction, id)? else { return Ok(false) };
            let Stage::Failed { cause, .. } = before.stage else { return Ok(false) };
            if before.work.next_auto_retry.is_none_or(|next| next > now) {
                return Ok(false);
            }
            if !auto_retry::is_worth_it(&before, now) {
                let work = RecordingWork { next_auto_retry: None, ..before.work.clone() };
                put(transaction, &Recording { work, ..before }, now)?;
                return Ok(false);
            }
            let begun = before.work.auto_retries.one_more(cause);
            Ok(apply(transaction, &before, Observation::RetryAsked, now, &note.into(), begun, learn)?.moved)
        })
    }

    /// Starts a recording again that Hajime gave up too early. This counts as an auto-retry, so that it ends where
    /// Cloudflare's answers contradict each other. Returns whether the recording started.
    pub fn resume_given_up(
        &self,
        id: RecordingId,
        now: DateTime<Utc>,
        note: impl Into<EventNote>,
    ) -> Result<bool, Error> {
        self.write(|transaction| {
            let Some(before) = current(transaction, id)? else { return Ok(false) };
            let Stage::Failed { cause, .. } = before.stage else { return Ok(false) };
            if !auto_retry::is_given_up_early(&before, now) {
                return Ok(false);
            }
            let begun = before.work.auto_retries.one_more(cause);
            Ok(apply(transaction, &before, Observation::RecorderAttached, now, &note.into(), begun, |_| {})?.moved)
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::delivery::notification::NotificationKind;
    use crate::domain::ids::SessionId;
    use crate::domain::recorder::auto_retry::AutoRetries;
    use crate::domain::recorder::cause::Cause;
    use crate::domain::recorder::rescue::FILE_RETENTION;
    use crate::domain::recorder::stage::{Percent, Resume};
    use crate::domain::schedule::session::{Plan, Session};

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn minutes(minutes: i64) -> DateTime<Utc> {
        now() + TimeDelta::minutes(minutes)
    }

    fn uploaded(store: &Store) -> RecordingId {
        let session = Session::new(Plan::example(now()), now());
        store.add_session(&session).unwrap();
        let recording = recording(session.id);
        store.add_recording(&recording, "").unwrap();
        recording.id
    }

    fn recording(session: SessionId) -> Recording {
        let example = Recording::example(Stage::Uploaded, now());
        let uploaded = Recording { session, work: RecordingWork::begin(Stage::Uploaded, now()), ..example };
        let facts = Facts {
            realtimekit_recording: Some(uploaded.id.to_string().parse().unwrap()),
            file_expires: Some(now() + FILE_RETENTION),
            ..Facts::default()
        };
        Recording { facts, ..uploaded }
    }

    fn fail(store: &Store, id: RecordingId, cause: Cause, at: DateTime<Utc>) -> Recording {
        store.observe(id, Observation::Refused(cause), at, "It failed.", |_| {}).unwrap().unwrap().recording
    }

    fn try_again(store: &Store, id: RecordingId, at: DateTime<Utc>) -> bool {
        store.auto_retry(id, at, "Again.", Facts::begin_anew).unwrap()
    }

    fn told(store: &Store) -> Vec<NotificationKind> {
        store.outbox().unwrap().into_iter().map(|entry| entry.notification.kind).collect()
    }

    const FAILED: NotificationKind = NotificationKind::Failed;

    #[test]
    fn a_recording_that_waits_for_an_auto_retry_is_not_polled() {
        let store = Store::in_memory().unwrap();
        let id = uploaded(&store);
        let failed = fail(&store, id, Cause::StorageFull, now());
        assert_eq!(failed.work.next_auto_retry, Some(minutes(15)));
        store.make_due(now()).unwrap();
        store.note_checked(id, now(), minutes(1)).unwrap();
        assert_eq!(store.recording(id).unwrap(), Some(failed));
        assert!(store.recordings_in_flight().unwrap().is_empty());
        assert_eq!(store.next_auto_retry().unwrap(), Some(minutes(15)));
        assert!(store.recordings_to_auto_retry(minutes(14)).unwrap().is_empty());
        assert!(!try_again(&store, id, minutes(14)));
        assert_eq!(store.recordings_to_auto_retry(minutes(15)).unwrap(), [id]);
    }

    #[test]
    fn two_attempts_at_one_auto_retry_make_and_count_it_once() {
        let store = Store::in_memory().unwrap();
        let id = uploaded(&store);
        fail(&store, id, Cause::StorageFull, now());
        assert_eq!([(); 2].map(|()| try_again(&store, id, minutes(15))), [true, false]);
        let begun = store.recording(id).unwrap().unwrap();
        assert_eq!(
            (begun.stage, begun.work.auto_retries.made, begun.work.next_poll),
            (Stage::Uploaded, 1, Some(minutes(15)))
        );
        assert_eq!(store.next_auto_retry().unwrap(), None);
        assert_eq!(store.recordings_in_flight().unwrap(), [begun]);
        // The recording failed again before the second process came to it, so that process's retry is not due.
        fail(&store, id, Cause::StorageFull, minutes(15));
        assert!(!try_again(&store, id, minutes(15)));
    }

    #[test]
    fn failures_are_notified_once_for_each_cause_and_watchable_always() {
        let store = Store::in_memory().unwrap();
        let id = uploaded(&store);
        for round in 0..3 {
            fail(&store, id, Cause::StorageFull, minutes(15 * round));
            assert!(try_again(&store, id, minutes(15 * (round + 1))));
        }
        assert_eq!(told(&store), [FAILED]);
        let failed = fail(&store, id, Cause::ImportRefused, minutes(45));
        assert_eq!(failed.work.next_auto_retry, Some(minutes(50)));
        assert_eq!(told(&store), [FAILED; 2]);
        assert!(try_again(&store, id, minutes(50)));
        let ready = Observation::VideoPlayable(Percent::clamped(100.0));
        for seen in [Observation::ImportAsked, ready, Observation::VideoMissing] {
            store.observe(id, seen, minutes(50), "", |_| {}).unwrap();
        }
        assert_eq!(told(&store), [FAILED, FAILED, NotificationKind::Watchable, FAILED]);
        let gone = store.recording(id).unwrap().unwrap();
        assert_eq!((gone.work.auto_retries, gone.work.next_auto_retry), (AutoRetries::default(), None));
    }

    #[test]
    fn a_retry_by_hand_restores_all_auto_retries_and_its_failure_is_notified() {
        let store = Store::in_memory().unwrap();
        let id = uploaded(&store);
        let mut at = now();
        while let Some(next) = fail(&store, id, Cause::ImportRefused, at).work.next_auto_retry {
            at = next;
            assert!(try_again(&store, id, at));
        }
        assert_eq!(at, minutes(5 + 30 + 180));
        assert_eq!(told(&store), [FAILED]);
        store.observe(id, Observation::RetryAsked, at, "", |_| {}).unwrap();
        assert_eq!(store.recording(id).unwrap().unwrap().work.auto_retries, AutoRetries::default());
        let failed = fail(&store, id, Cause::ImportRefused, at);
        assert_eq!(failed.work.next_auto_retry, Some(at + TimeDelta::minutes(5)));
        assert_eq!(told(&store), [FAILED; 2]);
    }

    #[test]
    fn an_auto_retry_that_is_due_after_the_file_expired_is_dropped() {
        let store = Store::in_memory().unwrap();
        let id = uploaded(&store);
        fail(&store, id, Cause::StorageFull, now());
        let over = now() + FILE_RETENTION;
        assert_eq!(store.recordings_to_auto_retry(over).unwrap(), [id]);
        assert!(!try_again(&store, id, over));
        assert_eq!(
            (store.next_auto_retry().unwrap(), store.recordings_to_auto_retry(over).unwrap()),
            (None, Vec::new())
        );
        assert_eq!(store.recording(id).unwrap().unwrap().work.auto_retries.made, 0);
    }

    #[test]
    fn a_missing_recording_resumes_at_most_three_times_and_is_notified_once() {
        let store = Store::in_memory().unwrap();
        let id = uploaded(&store);
        let mut times = 0;
        fail(&store, id, Cause::RecorderMissing, now());
        while store.resume_given_up(id, now(), "There.").unwrap() {
            assert!(!store.resume_given_up(id, now(), "There.").unwrap(), "the recording resumed twice");
            fail(&store, id, Cause::RecorderMissing, now());
            times += 1;
            assert!(times < 10);
        }
        assert_eq!((times, told(&store)), (3, vec![FAILED]));
    }

    #[test]
    fn a_recording_whose_file_expired_or_that_was_relayed_does_not_resume() {
        let store = Store::in_memory().unwrap();
        let id = uploaded(&store);
        fail(&store, id, Cause::RecorderMissing, now());
        assert!(!store.resume_given_up(id, now() + FILE_RETENTION, "There.").unwrap(), "its file has expired");
        let held = uploaded(&store);
        for seen in [
            Observation::ImportAsked,
            Observation::Refused(Cause::SourceUnreachable),
            Observation::Refused(Cause::SourceUnreachable),
        ] {
            store.observe(held, seen, now(), "", |_| {}).unwrap();
        }
        let relayed = fail(&store, held, Cause::RecorderMissing, now());
        assert!(matches!(relayed.stage, Stage::Failed { resume: Resume::AtRelay, .. }), "{:?}", relayed.stage);
        assert!(!store.resume_given_up(held, now(), "There.").unwrap());
    }

    #[test]
    fn the_query_for_due_auto_retries_uses_an_index() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {DUE_RETRIES}")).unwrap();
        let plan: Vec<String> = statement.query_map([0], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(plan.iter().all(|line| line.contains("recording_work_to_retry")), "{plan:?}");
    }
}
