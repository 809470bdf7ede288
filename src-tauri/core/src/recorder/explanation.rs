//! What is happening to a recording, in one sentence.

use crate::context::Context;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::import_queue::STREAM_TAKES;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;

/// What is happening to a recording, in one sentence. It says why a recording waits for Stream, and why Stream refused one.
pub fn sentence(context: &Context, recording: &Recording) -> Result<String, Error> {
    if matches!(recording.stage, Stage::Failed { cause: Cause::ImportRefused, .. }) {
        return Ok(context.store().refusal(recording.id)?.unwrap_or_else(|| recording.sentence()));
    }
    if recording.stage != Stage::Uploaded {
        return Ok(recording.sentence());
    }
    if context.store().places_taken()? >= STREAM_TAKES {
        return Ok(format!("The file is saved. Waiting: Stream takes {STREAM_TAKES} at once"));
    }
    match context.cloudflare().copy_blocked() {
        Some(blocked) => {
            Ok(format!("The file is saved. Waiting: Stream takes no more for now; asked again {}", blocked.end()))
        }
        None => Ok(recording.sentence()),
    }
}
