//! Failed recordings whose time has come are begun again. Which ones and when is the rule's: [`crate::domain::recorder::auto_retry`].

use crate::context::Context;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Facts;
use crate::error::Error;
use crate::jobs::Memory;
use crate::ports::Topic;

pub(crate) fn begin(context: &Context, memory: &Memory) -> Result<(), Error> {
    let now = context.now();
    let due = context.store().recordings_to_auto_retry(now)?;
    // What they would ask for can wait, like an import.
    if due.is_empty() || memory.allowance.spent_until(now, context.cloudflare().budget()).is_some() {
        return Ok(());
    }
    for id in due {
        let note = EventKind::RetriedAutomatically.note("Tried again by itself.");
        context.store().auto_retry(id, now, note, Facts::begin_anew)?;
    }
    context.changed(&[Topic::Recordings]);
    Ok(())
}
