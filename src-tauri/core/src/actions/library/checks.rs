//! The check of picture and sound of a recording.

use std::time::Duration;

use crate::actions::guard;
use crate::actions::library::recordings;
use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::domain::library::check::Check;
use crate::domain::profile::role::Permission;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::check::{self, Went};
use crate::recorder::playback;

/// The wait between two questions how far the file with the sound is.
const POLL: Duration = Duration::from_secs(2);
/// The most of these questions: about ten minutes.
const POLLS_MAX: u32 = 300;

/// What is known of the picture and the sound of a recording; `None` where it was not checked.
pub fn known(context: &Context, id: RecordingId) -> Result<Option<Check>, Error> {
    guard::allow_recording(context, Permission::Watch, id)?;
    Ok(context.store().check_of(id)?.map(|open| open.check))
}

/// Begins the check of a recording anew. The jobs go on with it.
pub fn begin(context: &Context, id: RecordingId) -> Result<Check, Error> {
    guard::allow_recording(context, Permission::TendRecordings, id)?;
    let recording = recordings::get(context, id)?;
    let video = playback::watchable(context, &recording)?.id;
    context.store().begin_check(id, video, context.now())?;
    context.changed(&[Topic::Recordings]);
    context.wake_jobs();
    known(context, id)?.ok_or_else(|| Error::NotFound { what: "check", id: id.to_string() })
}

/// Checks a recording now, and waits for the result.
pub async fn run(context: &Context, id: RecordingId) -> Result<Check, Error> {
    guard::allow_recording(context, Permission::TendRecordings, id)?;
    begin(context, id)?;
    for _ in 0..POLLS_MAX {
        if check::go_on(context, id).await? == Went::Over {
            break;
        }
        tokio::time::sleep(POLL).await;
    }
    known(context, id)?.ok_or_else(|| Error::NotFound { what: "check", id: id.to_string() })
}
