//! The line of recordings that wait for Stream. It takes so many at once and refuses whatever comes beyond, so the others wait without asking.

use chrono::TimeDelta;

use crate::cloudflare;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::recorder::import_queue::{Place, STREAM_TAKES};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::{Error, UserError};

/// How often it is looked whether Stream has a place again. What it encodes is watched anyway, so this asks nothing.
const BETWEEN_LOOKS: TimeDelta = TimeDelta::seconds(5);

/// Those that are due: first what Stream was asked for already, then the line in its order.
pub(crate) fn in_order<'a>(context: &Context, mut due: Vec<&'a Recording>) -> Result<Vec<&'a Recording>, Error> {
    if due.len() > 1 {
        let (wanted, now) = (context.store().wanted()?, context.now());
        due.sort_by_cached_key(|recording| {
            let waits = recording.stage == Stage::Uploaded;
            (waits, Place::of(recording, wanted.get(&recording.id).copied().unwrap_or_default(), now))
        });
    }
    Ok(due)
}

/// Whether Stream takes none of the line for now. Then all of it is left alone for a while.
pub(crate) fn is_full(context: &Context, trouble: &mut Option<UserError>, taken: usize) -> Result<bool, Error> {
    let blocked = context.cloudflare().copy_blocked();
    let wait = blocked.and_then(|blocked| TimeDelta::from_std(blocked.retry_after).ok());
    if wait.is_none() && taken < STREAM_TAKES {
        return Ok(false);
    }
    if let Some(blocked) = blocked {
        *trouble = Some(UserError::from(&cloudflare::Error::RateLimited(blocked)));
    }
    context.store().put_off_line(context.now().later(wait.unwrap_or(BETWEEN_LOOKS)))?;
    Ok(true)
}
