//! The data that a list shows beside its rows, read for the whole list with one query.

use std::collections::HashMap;

use rusqlite::types::FromSql;

use crate::domain::ids::{RecordingId, SessionId};
use crate::domain::recorder::recording::Recording;
use crate::store::recorder::columns::select;
use crate::store::recorder::recordings::read;
use crate::store::{Error, Store};

impl Store {
    /// Returns the recordings of several sessions, newest first. A session without recordings is absent.
    pub fn recordings_of_all(
        &self,
        sessions: impl IntoIterator<Item = SessionId>,
    ) -> Result<HashMap<SessionId, Vec<Recording>>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select(
            "WHERE r.session_id IN (SELECT value FROM json_each(?1))
             ORDER BY r.created_at DESC, r.id DESC",
        ))?;
        let rows = statement.query_map([json(sessions)], |row| Ok(read(row)))?;
        let mut found: HashMap<SessionId, Vec<Recording>> = HashMap::new();
        for row in rows {
            let recording = row??;
            found.entry(recording.session).or_default().push(recording);
        }
        Ok(found)
    }

    /// Returns the recordings with these ids, in no particular order. One that does not exist is absent.
    pub fn recordings_with_ids(&self, ids: &[RecordingId]) -> Result<Vec<Recording>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&select("WHERE r.id IN (SELECT value FROM json_each(?1))"))?;
        let rows = statement.query_map([json(ids)], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Returns the number of links of several recordings. A recording without links is absent.
    pub fn link_counts(
        &self,
        recordings: impl IntoIterator<Item = RecordingId>,
    ) -> Result<HashMap<RecordingId, u32>, Error> {
        let counts = self.counts_by(
            "SELECT recording_id, count(*) FROM share_links WHERE recording_id IN (SELECT value FROM json_each(?1))
             GROUP BY recording_id",
            json(recordings),
        )?;
        counts.into_iter().map(|(id, count)| Ok((parsed("recording id", &id)?, count))).collect()
    }

    /// Returns the number of invitations of several sessions. A session without invitations is absent.
    pub fn invitations_of_all(
        &self,
        sessions: impl IntoIterator<Item = SessionId>,
    ) -> Result<HashMap<SessionId, u32>, Error> {
        let counts = self.counts_by(
            "SELECT session_id, count(*) FROM participants
             WHERE session_id IN (SELECT value FROM json_each(?1)) AND role = 'participant' GROUP BY session_id",
            json(sessions),
        )?;
        counts.into_iter().map(|(id, count)| Ok((parsed("session id", &id)?, count))).collect()
    }

    /// Returns the number of sessions that are live or ending.
    pub fn live_count(&self) -> Result<u32, Error> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT count(*) FROM sessions WHERE state IN ('live', 'ending')")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    fn counts_by<C: FromSql>(&self, query: &str, ids: String) -> Result<Vec<(String, C)>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(query)?;
        let rows = statement.query_map([ids], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| Ok(row?)).collect()
    }
}

/// Returns ids as the JSON array that `json_each` reads, so that a query has one parameter for any number of ids.
fn json<I: ToString>(ids: impl IntoIterator<Item = I>) -> String {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    serde_json::Value::from(ids).to_string()
}

fn parsed<I: std::str::FromStr>(what: &'static str, id: &str) -> Result<I, Error> {
    id.parse().map_err(|_| Error::unreadable(what, id))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::domain::recorder::stage::Stage;
    use crate::domain::schedule::session::{Plan, Session};

    fn now() -> DateTime<Utc> {
        "2026-03-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn recordings_of_all_returns_the_recordings_of_the_given_sessions_newest_first() {
        let store = Store::in_memory().unwrap();
        let sessions: Vec<Session> = (0..3).map(|_| Session::new(Plan::example(now()), now())).collect();
        for session in &sessions {
            store.add_session(session).unwrap();
            for minute in [0, 5] {
                let created_at = now() + TimeDelta::minutes(minute);
                let recording = Recording { session: session.id, ..Recording::example(Stage::Ready, created_at) };
                store.add_recording(&recording, "").unwrap();
            }
        }
        let found = store.recordings_of_all(sessions.iter().take(2).map(|session| session.id)).unwrap();
        assert_eq!(found.len(), 2);
        for session in sessions.iter().take(2) {
            assert_eq!(found[&session.id], store.recordings_of(session.id).unwrap());
        }
        assert!(store.link_counts(found[&sessions[0].id].iter().map(|recording| recording.id)).unwrap().is_empty());
        assert_eq!(store.live_count().unwrap(), 0);
    }

    #[test]
    fn queries_by_a_list_of_ids_use_an_index() {
        let store = Store::in_memory().unwrap();
        let plan = |query: &str| -> Vec<String> {
            let connection = store.connection();
            let mut statement = connection.raw().prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let rows = statement.query_map(["[]"], |row| row.get(3)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        for query in [
            "SELECT 1 FROM recordings r WHERE r.session_id IN (SELECT value FROM json_each(?1))",
            "SELECT 1 FROM share_links WHERE recording_id IN (SELECT value FROM json_each(?1)) GROUP BY recording_id",
        ] {
            let plan = plan(query);
            assert!(plan.iter().any(|step| step.contains("USING") && step.contains("INDEX")), "{query}: {plan:?}");
        }
    }
}
