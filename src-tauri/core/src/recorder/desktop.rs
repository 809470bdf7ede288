//! How notifications on this computer fare.

use crate::context::Context;
use crate::error::Error;
use crate::ports::{NotShown, Topic};

/// Notes what became of a notification. A program without a desktop notes nothing: the window shows notifications.
pub(crate) fn note(context: &Context, shown: &Result<(), NotShown>) -> Result<(), Error> {
    let said = match shown {
        Ok(()) => None,
        Err(NotShown::NoDesktop) => return Ok(()),
        Err(reason @ (NotShown::Silent(_) | NotShown::Refused(_))) => Some(reason.said()),
    };
    context.store().note_desktop(said.as_deref().map_or(Ok(()), Err), context.now())?;
    context.changed(&[Topic::Deliveries]);
    Ok(())
}
