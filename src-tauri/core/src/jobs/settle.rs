//! After each request about a recording, notes when the recording is due again. After an error, it waits longer.
//!
//! Used by all jobs that follow recordings.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use crate::cloudflare;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::RecordingId;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Import, PendingWork, Stage};
use crate::error::{Error, UserError};
use crate::jobs::plan::{self, Attention};
use crate::recorder::forecast;
use crate::recorder::import::overdue;

/// The most pages of a list that are read. A recording on none of them counts as not listed.
pub(crate) const MAX_PAGES_PER_LIST: u32 = 5;
/// The most ids in one request, because more do not fit into its address.
pub(crate) const MAX_IDS_PER_REQUEST: usize = 50;
/// The most recordings without an entry in a list that one tick asks about one by one.
pub(crate) const MAX_UNLISTED_PER_TICK: usize = 3;
/// The failed requests in a row after which a recording is given up if its deadline has passed.
const FAILURES_BEFORE_DEADLINE_APPLIES: u32 = 8;

/// Whether any recording with such pending work is due.
pub(crate) fn due_with(context: &Context, in_flight: &[Recording], work: impl Fn(PendingWork) -> bool) -> bool {
    let now = context.now();
    in_flight.iter().any(|recording| {
        recording.stage.pending_work().is_some_and(&work) && recording.work.next_poll.is_some_and(|next| next <= now)
    })
}

/// The failures in a row of each recording, since its last success.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    in_a_row: HashMap<RecordingId, u32>,
    /// Recordings whose history already says that a check of them panicked.
    stops_noted: HashSet<RecordingId>,
}

impl Failures {
    fn add(&mut self, id: RecordingId) -> u32 {
        let failures = self.in_a_row.entry(id).or_default();
        *failures = failures.saturating_add(1);
        *failures
    }

    pub(crate) fn forget_all_but(&mut self, in_flight: &[Recording]) {
        let is_kept = |id: &RecordingId| in_flight.iter().any(|recording| recording.id == *id);
        self.in_a_row.retain(|id, _| is_kept(id));
        self.stops_noted.retain(is_kept);
    }
}

/// The longest wait after a failure while a recording is captured, because the proof of recording may be at most a
/// minute old.
const MAX_WAIT_WHILE_CAPTURING: TimeDelta = TimeDelta::seconds(10);

/// The activity of a check, in words that follow “while”.
const ACTIVITY: &str = "looking after a recording";

/// Does `work` for one recording. A panic becomes an error of this recording, so that the others are still checked.
pub(crate) async fn guarded<T>(context: &Context, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    context.supervisor().caught(ACTIVITY, work).await?
}

/// Notes that a recording was checked and when it is due again. After a failure it waits longer.
pub(crate) fn settle(
    context: &Context,
    failures: &mut Failures,
    trouble: &mut Option<UserError>,
    id: RecordingId,
    result: Result<(), Error>,
) -> Result<(), Error> {
    let now = context.now();
    let Some(recording) = context.store().recording(id)? else { return Ok(()) };
    let settled = || {
        overdue(context, &recording)?;
        interval(context, &recording)
    };
    let result = result.and_then(|()| context.supervisor().caught_now(ACTIVITY, settled)?);
    let wait = match result {
        Ok(wait) => {
            failures.in_a_row.remove(&id);
            wait
        }
        Err(Error::Cloudflare(error)) => {
            tracing::warn!(recording = %id, %error, "could not look after the recording");
            *trouble = Some(UserError::from(&error));
            let failures = failures.add(id);
            // Without a network, nothing is known about the recording. A computer that has just woken up has not asked
            // yet.
            if failures >= FAILURES_BEFORE_DEADLINE_APPLIES && !matches!(error, cloudflare::Error::Unreachable { .. }) {
                overdue(context, &recording)?;
            }
            let wait = plan::backoff(failures, &error);
            let session_is_on = recording.stage.capturing() || recording.stage == Stage::Stopping;
            let may_be_cut = session_is_on && error.retry_after().is_none();
            if may_be_cut { wait.min(MAX_WAIT_WHILE_CAPTURING) } else { wait }
        }
        Err(Error::Stopped(stopped)) => {
            *trouble = Some(UserError {
                message: format!(
                    "Checking “{}” stopped unexpectedly. Hajime still checks the other recordings.",
                    recording.title
                ),
                ..UserError::from(&Error::from(stopped))
            });
            if failures.stops_noted.insert(id) {
                let note = "Hajime stopped unexpectedly while it looked after this recording. It tries again.";
                context.store().remark(id, now, note)?;
            }
            let failures = failures.add(id);
            if failures >= FAILURES_BEFORE_DEADLINE_APPLIES {
                context.supervisor().caught_now(ACTIVITY, || overdue(context, &recording)).unwrap_or(Ok(()))?;
            }
            plan::doubled(failures)
        }
        Err(other) => return Err(other),
    };
    context.store().note_checked(id, now, now.later(wait))?;
    Ok(())
}

/// Notes a failure for every recording in `watched`, because the list of them could not be read.
pub(crate) fn failed<T>(
    context: &Context,
    failures: &mut Failures,
    trouble: &mut Option<UserError>,
    watched: &[(&Recording, T)],
    error: Error,
) -> Result<(), Error> {
    let again: &dyn Fn() -> Error = match &error {
        Error::Cloudflare(error) => &|| error.clone().into(),
        Error::Stopped(stopped) => &|| stopped.clone().into(),
        _ => return Err(error),
    };
    for (recording, _) in watched {
        settle(context, failures, trouble, recording.id, Err(again()))?;
    }
    Ok(())
}

/// How long to wait before a recording is checked again: by the processing times of earlier recordings, or by its stage
/// if there are none.
fn interval(context: &Context, recording: &Recording) -> Result<TimeDelta, Error> {
    let attention = if context.unattended() { Attention::Away } else { Attention::Watched };
    // Stream shows within seconds whether a request arrived, so the processing times do not matter here.
    let asking = matches!(recording.stage, Stage::Importing(Import::Asked | Import::AskedAgain));
    let history = forecast::history(context)?;
    match forecast::forecast(context, &history, recording)?.filter(|_| !asking) {
        Some((wait, forecast)) => Ok(plan::waiting_interval(wait, &forecast, attention)),
        None => Ok(plan::recording_interval(recording.stage, context.now().since(recording.stage_since))),
    }
}
