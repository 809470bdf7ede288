//! `settings`: the live classes that do not end by themselves although the rule of the desk says so.

use crate::domain::ids::SessionId;
use crate::store::profile::settings::{read, write};
use crate::store::{Error, Store};

const KEPT_OPEN: &str = "kept_open";

impl Store {
    /// Returns the sessions that a person keeps open. An unreadable entry is left out.
    pub fn kept_open(&self) -> Result<Vec<SessionId>, Error> {
        Ok(parse(self.setting(KEPT_OPEN)?))
    }

    /// Stores whether a session is kept open. Sessions whose room is closed are forgotten.
    pub fn keep_open(&self, session: SessionId, keep: bool) -> Result<(), Error> {
        let open = self.open_sessions()?;
        self.write(|transaction| {
            let mut kept = parse(read(transaction, KEPT_OPEN)?);
            kept.retain(|id| *id != session && open.iter().any(|open| open.id == *id));
            kept.extend(keep.then_some(session));
            let text = kept.iter().map(SessionId::to_string).collect::<Vec<_>>().join(" ");
            write(transaction, KEPT_OPEN, Some(text.as_str()).filter(|text| !text.is_empty()))
        })
    }
}

fn parse(stored: Option<String>) -> Vec<SessionId> {
    stored.unwrap_or_default().split(' ').filter_map(|id| id.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_kept_open_until_a_person_says_otherwise() {
        let store = Store::in_memory().unwrap();
        let session = SessionId::new();
        store.keep_open(session, true).unwrap();
        assert_eq!(store.kept_open().unwrap(), [session]);
        // The first one is not open, so it is forgotten.
        let other = SessionId::new();
        store.keep_open(other, true).unwrap();
        assert_eq!(store.kept_open().unwrap(), [other]);
        store.keep_open(other, false).unwrap();
        assert_eq!(store.kept_open().unwrap(), []);
    }
}
