//! Why Stream refused a recording, in Cloudflare's words. They are stored as a note in `recording_events`; the note's first words identify it.

use rusqlite::OptionalExtension as _;

use crate::domain::ids::RecordingId;
use crate::store::{Error, Store};

/// The first words of every such note.
const REFUSED: &str = "Stream refused the recording: ";

/// The line for the history, and the sentence for people: Cloudflare's words, of which nothing invisible and nothing secret is left.
pub(crate) fn refused_because(words: &str) -> String {
    let end = if words.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{REFUSED}{words}{end}")
}

impl Store {
    /// Why Stream refused the recording when it failed last, if Cloudflare had words for it.
    pub fn refusal(&self, id: RecordingId) -> Result<Option<String>, Error> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT note FROM recording_events WHERE recording_id = ?1 AND to_stage = 'failed' ORDER BY id DESC LIMIT 1",
        )?;
        let note: Option<String> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
        Ok(note.filter(|note| note.starts_with(REFUSED)))
    }
}
