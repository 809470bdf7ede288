//! The queue of recordings that wait for Stream. Stream imports a limited number at once and refuses more, so the
//! others wait without sending requests.

use chrono::TimeDelta;

use crate::cloudflare;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::recorder::import_queue::{Place, STREAM_QUEUE_LIMIT};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::{Error, UserError};

/// The time between two checks for a free place at Stream. A check sends no request.
const FREE_PLACE_CHECK_INTERVAL: TimeDelta = TimeDelta::seconds(5);

/// Sorts the due recordings: first those that Stream is importing, then the import queue in its order.
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

/// Whether Stream takes no more imports at present. Then every recording in the queue waits.
pub(crate) fn is_full(context: &Context, trouble: &mut Option<UserError>, taken: usize) -> Result<bool, Error> {
    let blocked = context.cloudflare().copy_blocked();
    let wait = blocked.and_then(|blocked| TimeDelta::from_std(blocked.retry_after).ok());
    if wait.is_none() && taken < STREAM_QUEUE_LIMIT {
        return Ok(false);
    }
    if let Some(blocked) = blocked {
        *trouble = Some(UserError::from(&cloudflare::Error::RateLimited(blocked)));
    }
    context.store().put_off_line(context.now().later(wait.unwrap_or(FREE_PLACE_CHECK_INTERVAL)))?;
    Ok(true)
}
