//! Failed recordings whose time has come are begun again. Which ones and when is the rule's: [`crate::domain::retry`].

use crate::actions::{Desk, Error};
use crate::domain::recording::Facts;
use crate::jobs::Memory;
use crate::ports::Topic;

pub(super) fn begin(desk: &Desk, memory: &Memory) -> Result<(), Error> {
    let now = desk.now();
    let due = desk.store().recordings_to_retry(now)?;
    // What they would ask for can wait, like an import.
    if due.is_empty() || memory.allowance.spent_until(now, desk.cloud().budget()).is_some() {
        return Ok(());
    }
    for id in due {
        desk.store().retry_by_itself(id, now, "Tried again by itself.", Facts::begin_anew)?;
    }
    desk.changed(&[Topic::Recordings]);
    Ok(())
}
