//! The state of a recording in one sentence, with the reason why it waits.

use crate::cloudflare::Blocked;
use crate::context::Context;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::import_queue::STREAM_QUEUE_LIMIT;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;

/// The reason why recordings wait for Stream. It is the same for all, so a list reads it once.
#[derive(Debug, Clone)]
pub struct ImportQueue {
    /// Whether Stream is importing as many videos as it takes at once.
    full: bool,
    /// Until when Stream refuses more imports; `None` if it has not refused any.
    blocked: Option<Blocked>,
}

impl ImportQueue {
    /// Reads the database and Cloudflare's last answer. Sends no request.
    pub fn read(context: &Context) -> Result<Self, Error> {
        Ok(Self {
            full: context.store().places_taken()? >= STREAM_QUEUE_LIMIT,
            blocked: context.cloudflare().copy_blocked(),
        })
    }

    /// The state of a recording in one sentence. For a recording that waits for Stream, says why.
    #[must_use]
    pub fn sentence(&self, recording: &Recording) -> String {
        match &self.blocked {
            _ if recording.stage != Stage::Uploaded => recording.sentence(),
            _ if self.full => format!("{}Waiting: Stream takes {STREAM_QUEUE_LIMIT} at once", saved(recording)),
            Some(blocked) => {
                format!(
                    "{}Waiting: Stream accepts no more imports at the moment. Hajime tries again {}",
                    saved(recording),
                    blocked.end()
                )
            }
            None => recording.sentence(),
        }
    }
}

fn saved(recording: &Recording) -> &'static str {
    if recording.facts.clip.is_some() { "" } else { "The file is saved. " }
}

/// The state of a recording in one sentence. Says why the recording waits for Stream, or why Stream refused it.
pub fn sentence(context: &Context, recording: &Recording) -> Result<String, Error> {
    sentence_in(context, &ImportQueue::read(context)?, recording)
}

/// Like [`sentence`], for a row of a list that has read `queue` before.
pub(crate) fn sentence_in(context: &Context, queue: &ImportQueue, recording: &Recording) -> Result<String, Error> {
    if matches!(recording.stage, Stage::Failed { cause: Cause::ImportRefused, .. })
        && let Some(refusal) = context.store().refusal(recording.id)?
    {
        return Ok(refusal);
    }
    Ok(queue.sentence(recording))
}
