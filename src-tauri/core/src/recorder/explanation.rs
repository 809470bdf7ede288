//! The state of a recording in one sentence, with the reason why it waits.

use crate::cloudflare::Blocked;
use crate::context::Context;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::import_queue::STREAM_QUEUE_LIMIT;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;

/// Why recordings wait for Stream at this moment. It is the same for all of them, so that a list reads it once.
#[derive(Debug, Clone)]
pub struct ImportQueue {
    /// Whether Stream is importing as many videos as it takes at once.
    full: bool,
    /// Until when Stream takes no more, if it said so.
    blocked: Option<Blocked>,
}

impl ImportQueue {
    /// Reads the database and what Cloudflare answered last. Sends no request.
    pub fn read(context: &Context) -> Result<Self, Error> {
        Ok(Self {
            full: context.store().places_taken()? >= STREAM_QUEUE_LIMIT,
            blocked: context.cloudflare().copy_blocked(),
        })
    }

    /// What is happening to a recording. It says why a recording waits for Stream.
    #[must_use]
    pub fn sentence(&self, recording: &Recording) -> String {
        match &self.blocked {
            _ if recording.stage != Stage::Uploaded => recording.sentence(),
            _ if self.full => format!("The file is saved. Waiting: Stream takes {STREAM_QUEUE_LIMIT} at once"),
            Some(blocked) => {
                format!("The file is saved. Waiting: Stream takes no more for now; asked again {}", blocked.end())
            }
            None => recording.sentence(),
        }
    }
}

/// What is happening to a recording, in one sentence. It says why a recording waits for Stream, and why Stream refused one.
pub fn sentence(context: &Context, recording: &Recording) -> Result<String, Error> {
    sentence_in(context, &ImportQueue::read(context)?, recording)
}

/// [`sentence`] for one row of a list, whose queue was read before.
pub(crate) fn sentence_in(context: &Context, queue: &ImportQueue, recording: &Recording) -> Result<String, Error> {
    if matches!(recording.stage, Stage::Failed { cause: Cause::ImportRefused, .. })
        && let Some(refusal) = context.store().refusal(recording.id)?
    {
        return Ok(refusal);
    }
    Ok(queue.sentence(recording))
}
