//! Attempts that captured nothing. A list leaves one out while its session is still live, and once another recording
//! stands for it.

/// [`crate::domain::recorder::recording::Recording::is_empty_attempt`] in SQL, for the row with the alias `row`.
fn is_empty(row: &str) -> String {
    format!(
        "({row}.status = 'FAILED' AND {row}.video_id IS NULL
          AND ({row}.cause = 'never_started' OR ({row}.cause IN ('cloud_errored', 'cloud_missing', 'no_file', 'too_short')
            AND ({row}.started_at IS NULL OR coalesce({row}.stopped_at, {row}.stage_since) - {row}.started_at < 60000))))"
    )
}

/// Returns an SQL condition for whether the list shows `r`. It leaves out an attempt that is superseded
/// ([`crate::domain::recorder::recording::Recording::is_superseded_by`]) or whose session may still get a further
/// attempt.
pub(in crate::store) fn stands() -> String {
    let (this, other) = (is_empty("r"), is_empty("o"));
    format!(
        "NOT ({this} AND (
            EXISTS (SELECT 1 FROM sessions s WHERE s.id = r.session_id AND s.state IN ('live', 'ending'))
            OR EXISTS (SELECT 1 FROM recordings o WHERE o.session_id = r.session_id AND o.id <> r.id
                       AND (NOT {other} OR (o.created_at, o.id) > (r.created_at, r.id)))))"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, TimeDelta, Utc};

    use crate::domain::ids::RecordingId;
    use crate::domain::library::query::{Filter, Query};
    use crate::domain::recorder::cause::Cause;
    use crate::domain::recorder::recording::Recording;
    use crate::domain::recorder::stage::{Resume, Stage};
    use crate::domain::schedule::session::{Plan, Session};
    use crate::store::Store;

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    fn class(store: &Store) -> Session {
        let session = Session::new(Plan::example(now()), now());
        store.add_session(&session).unwrap();
        session
    }

    /// Returns recordings that failed in every possible way, and some that did not fail.
    fn kinds() -> Vec<Recording> {
        let mut all = Vec::new();
        for stage in Cause::ALL
            .map(|cause| Stage::Failed { cause, resume: Resume::AtRealtimeKit })
            .into_iter()
            .chain([Stage::Ready, Stage::Requested])
        {
            for (began, ended) in [(None, None), (Some(0), None), (Some(0), Some(59)), (Some(0), Some(60))] {
                for video in [false, true] {
                    let mut one = Recording::example(stage, now() + TimeDelta::seconds(30));
                    let at = |seconds| now() + TimeDelta::seconds(seconds);
                    one.facts.started_at = began.map(at);
                    one.facts.stopped_at = ended.map(at);
                    one.facts.video = video.then(|| one.id.to_string().replace('-', "").parse().unwrap());
                    all.push(one);
                }
            }
        }
        all
    }

    #[test]
    fn sql_and_domain_list_the_same_attempts() {
        let store = Store::in_memory().unwrap();
        let mut all = Vec::new();
        for (first, second) in kinds().into_iter().zip(kinds().into_iter().cycle().skip(5)) {
            let session = class(&store).id;
            for (number, one) in [first, second].into_iter().enumerate() {
                let later = TimeDelta::minutes(i64::from(u32::try_from(number).unwrap()));
                let one = Recording { session, created_at: now() + later, ..one };
                store.add_recording(&one, "").unwrap();
                all.push(one);
            }
        }
        let query = Query { search: String::new(), filter: Filter::All, limit: 1_000, offset: 0, ..Query::default() };
        let listed: BTreeSet<RecordingId> = store.find_recordings(&query).unwrap().iter().map(|one| one.id).collect();
        let stand = all.iter().filter(|one| !all.iter().any(|other| one.is_superseded_by(other)));
        let stand: BTreeSet<RecordingId> = stand.map(|one| one.id).collect();
        assert!(stand.len() < all.len());
        assert_eq!(listed, stand);
        assert_eq!(store.count_recordings(&Query::default()).unwrap().all as usize, stand.len());
    }

    #[test]
    fn the_query_for_listed_recordings_uses_an_index() {
        let store = Store::in_memory().unwrap();
        let connection = store.writer();
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT * FROM recordings r WHERE {} AND r.removed_at IS NULL ORDER BY r.created_at DESC LIMIT 50",
            super::stands()
        );
        let mut statement = connection.prepare(&sql).unwrap();
        let plan: Vec<String> = statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let reads = plan.iter().filter(|line| !line.contains("SUBQUERY"));
        assert!(reads.clone().count() == 3 && reads.clone().all(|line| line.contains("INDEX")), "{plan:?}");
    }
}
