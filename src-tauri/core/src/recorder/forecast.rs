//! The forecast for recordings in processing, made from the processing times of this desk.

use std::sync::{Arc, Mutex, PoisonError};

use crate::context::Context;
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::recorder::forecast::{Expected, Forecast, ProcessingPhase, ProcessingTimes, RunningProcessing};
use crate::domain::recorder::recording::Recording;
use crate::error::Error;

/// The processing times, kept in memory for one context.
#[derive(Debug, Default)]
struct ForecastCache(Mutex<ReadTimes>);

/// The processing times as they were last read, and which of them was the newest.
#[derive(Debug, Default)]
struct ReadTimes {
    newest: Option<i64>,
    history: Arc<ProcessingTimes>,
}

/// The processing times of this desk. The database is read again only when it has a newer one.
pub fn history(context: &Context) -> Result<Arc<ProcessingTimes>, Error> {
    let newest = context.store().newest_wait()?;
    let cache = context.service::<ForecastCache>();
    let mut learnt = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
    if learnt.newest != Some(newest) {
        learnt.history = Arc::new(context.store().history()?);
        learnt.newest = Some(newest);
    }
    Ok(Arc::clone(&learnt.history))
}

/// Forgets the processing times, because the database was replaced.
pub(crate) fn forget(context: &Context) {
    *context.service::<ForecastCache>().0.lock().unwrap_or_else(PoisonError::into_inner) = ReadTimes::default();
}

/// The phase of processing that a recording is in and the time it will still take; `None` if it is relayed or not in
/// processing.
pub(crate) fn forecast(
    context: &Context,
    history: &ProcessingTimes,
    recording: &Recording,
) -> Result<Option<(ProcessingPhase, Forecast)>, Error> {
    let Some(wait) = waited_for(recording) else { return Ok(None) };
    let going = context.store().going(recording, context.now())?;
    Ok(Some((wait, history.forecast(wait, &going))))
}

fn waited_for(recording: &Recording) -> Option<ProcessingPhase> {
    ProcessingPhase::of(recording.stage).filter(|_| !recording.stage.relaying())
}

/// The forecast of when a recording can be watched; `None` if it is not in processing.
pub fn expected(context: &Context, recording: &Recording) -> Result<Option<Expected>, Error> {
    // A list calls this for every row, so recordings at rest return before anything is read.
    if waited_for(recording).is_none() {
        return Ok(None);
    }
    let history = history(context)?;
    let Some((wait, rest)) = forecast(context, &history, recording)? else { return Ok(None) };
    let now = context.now();
    // The import follows the saving of the file, so the forecast adds up the quantiles of both. That is not exact, but
    // good enough.
    let (likely, latest) = match wait {
        ProcessingPhase::Importing => (rest.quantile(0.5), rest.quantile(0.9)),
        ProcessingPhase::Saving => {
            let fresh = RunningProcessing { length: recording.expected_length(), ..RunningProcessing::default() };
            let then = history.forecast(ProcessingPhase::Importing, &fresh);
            (rest.quantile(0.5).longer(then.quantile(0.5)), rest.quantile(0.9).longer(then.quantile(0.9)))
        }
    };
    Ok(Some(Expected { likely: now.later(likely), latest: now.later(latest) }))
}
