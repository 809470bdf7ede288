//! Recordings on their way: from the first request to a video that can be watched.
//!
//! Every step begins from what the database says and what Cloudflare says, never from what this process remembers having done.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use crate::cloudflare::{self, RealtimeKitRecording, RecordingStatus, RecordingsQuery};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{RealtimeKitRecordingId, RecordingId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Import, Observation, PendingWork, Stage};
use crate::domain::schedule::session::SessionState;
use crate::error::{Error, UserError};
use crate::jobs::auto_retry;
use crate::jobs::plan::Attention;
use crate::jobs::{Memory, plan};
use crate::ports::Topic;
use crate::recorder::capture::{
    ask_to_record, claim_running, fetch_or_find_recording, fetch_recording, made, note_recorder_state,
};
use crate::recorder::forecast;
use crate::recorder::import::SETTLE;
use crate::recorder::{ending, realtimekit_app, relay_files};

pub(crate) use crate::jobs::stream_work::Known;
use crate::recorder::import::overdue;

/// For so long RealtimeKit may not know yet what it has just begun.
const NOT_TOLD_OF: TimeDelta = TimeDelta::seconds(60);
/// The largest page asked for.
const LARGEST_PAGE: u32 = 1_000;
/// How many pages are read before a recording counts as not listed.
pub(crate) const PAGES: u32 = 5;
/// So many ids fit into one address.
pub(crate) const IDS: usize = 50;
/// So many looks in a row must fail before time alone decides.
const LOOKED_LONG_ENOUGH: u32 = 8;
/// What no list names is asked about by itself, so many at a time.
pub(crate) const UNLISTED: usize = 3;
/// And while there is no list at all, so often: within the share of the account's budget that is ours.
const TURN: TimeDelta = TimeDelta::seconds(5);
/// How long a list is left alone after it could not be read.
const LIST_AFTER_FAILURE: TimeDelta = TimeDelta::seconds(60);

/// Looks after what is on its way at RealtimeKit, and tells what Stream's turn begins from.
pub(crate) async fn reconcile(
    context: &Context,
    memory: &mut Memory,
    trouble: &mut Option<UserError>,
    asked: &mut bool,
    known: &mut Known,
) -> Result<(), Error> {
    let now = context.now();
    context.supervisor().caught_now("beginning failed recordings again", || auto_retry::begin(context, memory))??;
    let in_flight = context.store().recordings_in_flight()?;
    known.in_flight.clone_from(&in_flight);
    (known.allowance, known.sent) = (memory.allowance, context.cloudflare().sent());
    memory.failures.forget_all_but(&in_flight);
    sweep_relay_files(context, memory).await?;
    let due = |recording: &&Recording| recording.work.next_poll.is_some_and(|next| next <= now);
    if !in_flight.iter().any(|recording| due(&recording)) {
        return Ok(());
    }
    *asked = true;
    let with = |pending_work: PendingWork| {
        in_flight.iter().filter(move |recording| recording.stage.pending_work() == Some(pending_work))
    };

    // What a class waits for is never put off.
    for recording in with(PendingWork::Start).filter(due) {
        let result = guarded(context, start(context, recording)).await;
        settle(context, &mut memory.failures, trouble, recording.id, result)?;
    }
    for recording in with(PendingWork::Stop).filter(due) {
        let result = guarded(context, ending::stop(context, recording)).await;
        settle(context, &mut memory.failures, trouble, recording.id, result)?;
    }
    known.sent = context.cloudflare().sent();
    // One list names them all: whoever is due brings the others up to date.
    let spent = memory.allowance.spent_until(now, context.cloudflare().budget()).is_some();
    if !spent && with(PendingWork::WatchRecorder).any(|recording| due(&recording)) {
        watch_recorder(context, memory, trouble, &with(PendingWork::WatchRecorder).collect::<Vec<_>>()).await?;
    }
    context.changed(&[Topic::Recordings, Topic::Sessions]);
    Ok(())
}

/// How often in a row looking after a recording failed.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    in_a_row: HashMap<RecordingId, u32>,
    /// Recordings whose history says already that looking after them stopped unexpectedly.
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

/// What is done meanwhile, as a person reads it.
const LOOKING: &str = "looking after a recording";

/// Does something for a recording. When that stops unexpectedly, the recording is in trouble and the others go on.
pub(crate) async fn guarded<T>(context: &Context, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    context.supervisor().caught(LOOKING, work).await?
}

/// Notes that a recording was looked at and when it is due again; failures make it wait longer.
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
    let result = result.and_then(|()| context.supervisor().caught_now(LOOKING, settled)?);
    let wait = match result {
        Ok(wait) => {
            failures.in_a_row.remove(&id);
            wait
        }
        Err(Error::Cloudflare(error)) => {
            tracing::warn!(recording = %id, %error, "could not look after the recording");
            *trouble = Some(UserError::from(&error));
            let failures = failures.add(id);
            // Being without a network says nothing about the recording, and a computer that just woke has not looked yet.
            if failures >= LOOKED_LONG_ENOUGH && !matches!(error, cloudflare::Error::Unreachable { .. }) {
                overdue(context, &recording)?;
            }
            plan::backoff(failures, &error)
        }
        Err(Error::Stopped(stopped)) => {
            *trouble = Some(UserError {
                message: format!("Looking after “{}” stopped unexpectedly. The others go on.", recording.title),
                ..UserError::from(&Error::from(stopped))
            });
            if failures.stops_noted.insert(id) {
                let note = "Hajime stopped unexpectedly while it looked after this recording. It tries again.";
                context.store().remark(id, now, note)?;
            }
            let failures = failures.add(id);
            if failures >= LOOKED_LONG_ENOUGH {
                context.supervisor().caught_now(LOOKING, || overdue(context, &recording)).unwrap_or(Ok(()))?;
            }
            plan::doubled(failures)
        }
        Err(other) => return Err(other),
    };
    context.store().note_checked(id, now, now.later(wait))?;
    Ok(())
}

/// How long to leave a recording alone: as long as this desk's past says that nothing will happen, or by its stage.
fn interval(context: &Context, recording: &Recording) -> Result<TimeDelta, Error> {
    let attention = if context.unattended() { Attention::Away } else { Attention::Watched };
    // Whether what was asked for arrived is a question of seconds and not of the past.
    let asking = matches!(recording.stage, Stage::Importing(Import::Asked | Import::AskedAgain));
    let history = forecast::history(context)?;
    match forecast::forecast(context, &history, recording)?.filter(|_| !asking) {
        Some((wait, forecast)) => Ok(plan::waiting_interval(wait, &forecast, attention)),
        None => Ok(plan::recording_interval(recording.stage, context.now().since(recording.stage_since))),
    }
}

/// A recording that was asked for: find out whether it runs, and ask again if not.
async fn start(context: &Context, recording: &Recording) -> Result<(), Error> {
    if let Some(realtimekit_id) = &recording.facts.realtimekit_recording {
        let seen = fetch_recording(context, recording, realtimekit_id).await?;
        // What was asked for a moment ago may not be told of yet.
        if seen.is_none() && context.now().since(recording.stage_since) < NOT_TOLD_OF {
            return Ok(());
        }
        let seen = if seen.is_some() { seen } else { made(context, recording).await? };
        return note_recorder_state(context, recording.id, seen.as_ref());
    }
    if let Some(room) = &recording.room
        && let Some(running) = claim_running(context, room, Some(recording.id)).await?
    {
        return note_recorder_state(context, recording.id, Some(&running));
    }
    let live = context
        .store()
        .session(recording.session)?
        .is_some_and(|session| matches!(session.state, SessionState::Live(_)));
    if !live {
        return find(context, recording, "The session ended before anything was recorded.").await;
    }
    // Looks are no reason to wait longer: only what was asked for may still be on its way.
    if context.now().since(recording.stage_since) < SETTLE {
        return Ok(());
    }
    context.store().note_asked(recording.id, context.now())?;
    ask_to_record(context, recording).await
}

/// Recordings at RealtimeKit: one is asked about by itself, several are read from a list, so that requests do not grow with their number.
async fn watch_recorder(
    context: &Context,
    memory: &mut Memory,
    trouble: &mut Option<UserError>,
    watched: &[&Recording],
) -> Result<(), Error> {
    for recording in watched.iter().filter(|recording| recording.facts.realtimekit_recording.is_none()) {
        let result = guarded(context, find(context, recording, "RealtimeKit has no recording of the room.")).await;
        settle(context, &mut memory.failures, trouble, recording.id, result)?;
    }
    let watched: Vec<(&Recording, &RealtimeKitRecordingId)> = watched
        .iter()
        .filter_map(|recording| Some((*recording, recording.facts.realtimekit_recording.as_ref()?)))
        .collect();
    if memory.list_not_before.is_some_and(|moment| context.now() < moment) {
        return one_by_one(context, memory, trouble, &watched).await;
    }
    let listed = match guarded(context, list_recorder(context, &watched)).await {
        Ok(listed) => listed,
        Err(Error::Cloudflare(error)) if error.is_of_this_call() => {
            tracing::warn!(%error, "the list of recordings could not be read");
            memory.list_not_before = Some(context.now().later(LIST_AFTER_FAILURE));
            return one_by_one(context, memory, trouble, &watched).await;
        }
        Err(error) => return failed(context, &mut memory.failures, trouble, &watched, error),
    };
    let mut alone = 0;
    for (recording, realtimekit_id) in &watched {
        // No document says that a list names the file's address: that there is none is believed of the recording itself only.
        let without_file =
            |seen: &RealtimeKitRecording| seen.status == RecordingStatus::Uploaded && seen.download_url.is_none();
        let seen = listed.get(*realtimekit_id);
        if seen.is_none() {
            if alone == UNLISTED {
                // Its turn comes with the next look.
                continue;
            }
            alone = alone.saturating_add(1);
        }
        let look = async {
            match seen {
                Some(seen) if !without_file(seen) => note_recorder_state(context, recording.id, Some(seen)),
                _ => watch_one(context, recording, realtimekit_id).await,
            }
        };
        let result = guarded(context, look).await;
        settle(context, &mut memory.failures, trouble, recording.id, result)?;
    }
    Ok(())
}

/// While there is no list: a few of those that are due at a time, first what was not looked at for longest.
async fn one_by_one(
    context: &Context,
    memory: &mut Memory,
    trouble: &mut Option<UserError>,
    watched: &[(&Recording, &RealtimeKitRecordingId)],
) -> Result<(), Error> {
    let mut left = UNLISTED;
    let now = context.now();
    let is_due = |(one, _): &&(&Recording, &RealtimeKitRecordingId)| one.work.next_poll.is_some_and(|next| next <= now);
    let mut due: Vec<_> = watched.iter().filter(is_due).collect();
    due.sort_by_key(|(recording, _)| recording.work.last_check);
    for (recording, realtimekit_id) in due {
        if left == 0 {
            context.store().put_off(recording.id, now.later(TURN))?;
            continue;
        }
        let result = guarded(context, watch_one(context, recording, realtimekit_id)).await;
        // What cannot be answered for one is not asked for the next.
        left = if result.is_ok() { left.saturating_sub(1) } else { 0 };
        settle(context, &mut memory.failures, trouble, recording.id, result)?;
    }
    Ok(())
}

/// A list that could not be read leaves all that it was read for waiting.
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

async fn watch_one(
    context: &Context,
    recording: &Recording,
    realtimekit_id: &RealtimeKitRecordingId,
) -> Result<(), Error> {
    note_recorder_state(
        context,
        recording.id,
        fetch_or_find_recording(context, recording, realtimekit_id).await?.as_ref(),
    )
}

/// A recording of which nothing was seen and that is asked for no more: what was made in its room, if anything was.
async fn find(context: &Context, recording: &Recording, if_nothing: &str) -> Result<(), Error> {
    if let Some(made) = made(context, recording).await? {
        return note_recorder_state(context, recording.id, Some(&made));
    }
    context.store().observe(
        recording.id,
        Observation::Refused(Cause::NeverStarted),
        context.now(),
        EventKind::RecorderMissing.note(if_nothing),
        |_| {},
    )?;
    Ok(())
}

async fn list_recorder(
    context: &Context,
    watched: &[(&Recording, &RealtimeKitRecordingId)],
) -> Result<HashMap<RealtimeKitRecordingId, RealtimeKitRecording>, Error> {
    let mut found = HashMap::new();
    if watched.len() < 2 {
        return Ok(found);
    }
    let app = &realtimekit_app::id(context).await?;
    let wanted: HashSet<&RealtimeKitRecordingId> = watched.iter().map(|(_, realtimekit_id)| *realtimekit_id).collect();
    for page in 1..=PAGES {
        // Those on their way are nearly always the newest.
        let per_page =
            u32::try_from(watched.len()).map_or(LARGEST_PAGE, |count| count.saturating_add(25).min(LARGEST_PAGE));
        let listed = context
            .cloudflare()
            .recordings(app, &RecordingsQuery { page, per_page, ..RecordingsQuery::default() })
            .await?;
        let last = listed.is_last();
        let before = found.len();
        found.extend(
            listed.items.into_iter().filter(|seen| wanted.contains(&seen.id)).map(|seen| (seen.id.clone(), seen)),
        );
        if last || found.len() == wanted.len() || found.len() == before {
            break;
        }
    }
    Ok(found)
}

/// The time between two searches for relay files that are not needed any more.
const RELAY_SWEEP_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Removes relay files that are not needed any more, once an interval.
async fn sweep_relay_files(context: &Context, memory: &mut Memory) -> Result<(), Error> {
    let now = context.now();
    if memory.next_sweep.is_none_or(|next| next <= now) {
        memory.next_sweep = Some(now.later(RELAY_SWEEP_INTERVAL));
        relay_files::sweep(context).await?;
    }
    Ok(())
}
