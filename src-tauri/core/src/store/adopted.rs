//! Sessions and recordings that were made elsewhere, put down in one go.

use super::recordings::{append_event, insert};
use super::sessions::upsert;
use super::{Error, Store};
use crate::domain::recording::Recording;
use crate::domain::session::Session;

/// A recording made elsewhere, and the session it belongs to.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The session; left alone if it is known.
    pub session: Session,
    /// Its recording.
    pub recording: Recording,
}

impl Store {
    /// Puts them down, all or none, each with the first line of its history.
    pub fn adopt(&self, adopted: &[Adopted], note: &str) -> Result<(), Error> {
        self.write(|transaction| {
            for Adopted { session, recording } in adopted {
                let known = transaction
                    .prepare_cached("SELECT 1 FROM sessions WHERE id = ?1")?
                    .exists([session.id.to_string()])?;
                if !known {
                    upsert(transaction, session)?;
                }
                insert(transaction, recording)?;
                append_event(transaction, recording.id, recording.stage_since, None, recording.stage, note)?;
            }
            Ok(())
        })
    }
}
