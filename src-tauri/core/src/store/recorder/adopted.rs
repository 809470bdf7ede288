//! Stores adopted sessions and recordings, many in one transaction.

use crate::domain::recorder::event::EventNote;
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::session::Session;
use crate::store::recorder::recordings::{append_event, put_new};
use crate::store::schedule::sessions::{forget_if_empty, upsert};
use crate::store::{Error, Store};

/// A recording that another desk made, with its session.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The session, where it is new here or more is known of it; `None` otherwise.
    pub session: Option<Session>,
    /// The adopted recording.
    pub recording: Recording,
}

impl Store {
    /// Stores adopted recordings, each with the first event of its history. A recording that was stored or attached in
    /// the meantime is not changed.
    pub fn adopt(&self, adopted: &[Adopted], note: &EventNote) -> Result<(), Error> {
        self.write(|transaction| {
            let mut not_needed = Vec::new();
            for Adopted { session, recording } in adopted {
                if let Some(session) = session {
                    upsert(transaction, session)?;
                }
                if put_new(transaction, recording, recording.stage_since)? {
                    append_event(transaction, recording.id, recording.stage_since, None, recording.stage, note)?;
                } else if let Some(session) = session {
                    not_needed.push(session.id);
                }
            }
            not_needed.into_iter().try_for_each(|session| forget_if_empty(transaction, session))
        })
    }
}
