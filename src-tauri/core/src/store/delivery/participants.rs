//! `sessions.mails_participants`: whether the participants of a class get e-mail about its recording.

use rusqlite::{OptionalExtension as _, params};

use crate::domain::ids::SessionId;
use crate::store::{Error, Store};

impl Store {
    /// Whether the participants of a class get e-mail about its recording: yes unless somebody said no, and no where
    /// there is no such class.
    pub fn mails_participants(&self, session: SessionId) -> Result<bool, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT mails_participants FROM sessions WHERE id = ?1")?;
        let told = statement.query_row([session.to_string()], |row| row.get(0)).optional()?;
        Ok(told.unwrap_or(false))
    }

    /// Says whether the participants of a class get e-mail about its recording. Answers whether there is such a class.
    pub fn set_mails_participants(&self, session: SessionId, mails: bool) -> Result<bool, Error> {
        let set = "UPDATE sessions SET mails_participants = ?2 WHERE id = ?1";
        Ok(self.writer().execute(set, params![session.to_string(), mails])? == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::session::{Plan, Session};

    #[test]
    fn participants_of_a_class_are_written_to_unless_it_opts_out() {
        let store = Store::in_memory().unwrap();
        let now = "2026-11-29T12:00:00Z".parse().unwrap();
        let session = Session::new(Plan::example(now), now);
        assert!(!store.mails_participants(session.id).unwrap(), "there is no such class");
        store.add_session(&session).unwrap();
        assert!(store.mails_participants(session.id).unwrap());
        assert!(store.set_mails_participants(session.id, false).unwrap());
        assert!(!store.mails_participants(session.id).unwrap());
        store.change_session::<Error>(session.id, Ok).unwrap();
        assert!(!store.mails_participants(session.id).unwrap(), "a change of the class leaves it");
        assert!(!store.set_mails_participants(crate::domain::ids::SessionId::new(), true).unwrap());
    }
}
