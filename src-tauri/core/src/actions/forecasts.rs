//! What this desk's own past says about what is on its way.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Desk, Error};
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::forecast::{Forecast, Going, History, Wait};
use crate::domain::recording::Recording;

/// The history as it was last read, and how new it was.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    newest: Option<i64>,
    history: Arc<History>,
}

/// When a recording can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// As likely before as after.
    pub likely: DateTime<Utc>,
    /// Nine times in ten before this.
    pub latest: DateTime<Utc>,
}

/// What this desk learnt, read again only when there is more of it.
pub fn history(desk: &Desk) -> Result<Arc<History>, Error> {
    let newest = desk.store().newest_wait()?;
    let mut learnt = desk.learnt();
    if learnt.newest != Some(newest) {
        learnt.history = Arc::new(desk.store().history()?);
        learnt.newest = Some(newest);
    }
    Ok(Arc::clone(&learnt.history))
}

/// How long a recording will still take to leave its stage; `None` where nothing but waiting ends it or it is at rest.
pub(crate) fn forecast(
    desk: &Desk,
    history: &History,
    recording: &Recording,
) -> Result<Option<(Wait, Forecast)>, Error> {
    let Some(wait) = waited_for(recording) else { return Ok(None) };
    let going = desk.store().going(recording, desk.now())?;
    Ok(Some((wait, history.forecast(wait, &going))))
}

fn waited_for(recording: &Recording) -> Option<Wait> {
    Wait::of(recording.stage).filter(|_| !recording.stage.relaying())
}

/// When a recording that is on its way can be watched, as far as can be told.
pub fn expected(desk: &Desk, recording: &Recording) -> Result<Option<Expected>, Error> {
    // A list asks this of every row; those at rest cost nothing.
    if waited_for(recording).is_none() {
        return Ok(None);
    }
    let history = history(desk)?;
    let Some((wait, rest)) = forecast(desk, &history, recording)? else { return Ok(None) };
    let now = desk.now();
    // What follows the wait begins when it ends. The sum of two likely ends is the likely sum, near enough for a clock.
    let (likely, latest) = match wait {
        Wait::Importing => (rest.quantile(0.5), rest.quantile(0.9)),
        Wait::Saving => {
            let fresh = Going { length: recording.expected_length(), ..Going::default() };
            let then = history.forecast(Wait::Importing, &fresh);
            (rest.quantile(0.5).longer(then.quantile(0.5)), rest.quantile(0.9).longer(then.quantile(0.9)))
        }
    };
    Ok(Some(Expected { likely: now.later(likely), latest: now.later(latest) }))
}
