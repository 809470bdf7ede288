//! Recordings on their way: from the first request to a video that can be watched.
//!
//! Every step begins from what the database says and what Cloudflare says, never from what this process remembers having done.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::plan::Attention;
use super::{Memory, plan};
use crate::actions::capture::{ask_to_record, claim_running, look, look_or_find, made, note_cloud};
use crate::actions::{Desk, Error, Trouble, forecasts, sessions};
use crate::cloudflare::{self, CloudRecording, RecordingStatus, RecordingsQuery};
use crate::domain::bounds::Moved as _;
use crate::domain::cause::Cause;
use crate::domain::ids::{CloudRecordingId, RecordingId};
use crate::domain::recording::Recording;
use crate::domain::session::SessionState;
use crate::domain::stage::{Duty, Import, Seen, Stage};
use crate::ports::Topic;

mod again;
mod import;
mod line;
mod relay;
mod stream;

use import::overdue;
pub(super) use import::{keep_one, waited_out};
pub(super) use stream::{Beside, Known};

/// How long to wait for a lost request to show its effect before it is made again.
const SETTLE: TimeDelta = TimeDelta::seconds(10);
/// For so long RealtimeKit may not know yet what it has just begun.
const NOT_TOLD_OF: TimeDelta = TimeDelta::seconds(60);
/// The largest page asked for.
const LARGEST_PAGE: u32 = 1_000;
/// How many pages are read before a recording counts as not listed.
const PAGES: u32 = 5;
/// So many ids fit into one address.
const IDS: usize = 50;
/// So many looks in a row must fail before time alone decides.
const LOOKED_LONG_ENOUGH: u32 = 8;
/// What no list names is asked about by itself, so many at a time.
const UNLISTED: usize = 3;
/// And while there is no list at all, so often: within the share of the account's budget that is ours.
const TURN: TimeDelta = TimeDelta::seconds(5);
/// How long a list is left alone after it could not be read.
const LIST_AFTER_FAILURE: TimeDelta = TimeDelta::seconds(60);

/// Looks after what is on its way at RealtimeKit, and tells what Stream's turn begins from.
pub(super) async fn look_after(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    asked: &mut bool,
    known: &mut Known,
) -> Result<(), Error> {
    let now = desk.now();
    desk.supervisor().caught_now("beginning failed recordings again", || again::begin(desk, memory))??;
    let in_flight = desk.store().recordings_in_flight()?;
    known.in_flight.clone_from(&in_flight);
    (known.allowance, known.sent) = (memory.allowance, desk.cloud().sent());
    memory.failures.forget_all_but(&in_flight);
    relay::tidy(desk, memory).await?;
    let due = |recording: &&Recording| recording.next_check.is_some_and(|next| next <= now);
    if !in_flight.iter().any(|recording| due(&recording)) {
        return Ok(());
    }
    *asked = true;
    let with = |duty: Duty| in_flight.iter().filter(move |recording| recording.stage.duty() == Some(duty));

    // What a class waits for is never put off.
    for recording in with(Duty::Start).filter(due) {
        let result = guarded(desk, start(desk, recording)).await;
        settle(desk, &mut memory.failures, trouble, recording.id, result)?;
    }
    for recording in with(Duty::Stop).filter(due) {
        let result = guarded(desk, sessions::stop(desk, recording)).await;
        settle(desk, &mut memory.failures, trouble, recording.id, result)?;
    }
    known.sent = desk.cloud().sent();
    // One list names them all: whoever is due brings the others up to date.
    let spent = memory.allowance.spent_until(now, desk.cloud().budget()).is_some();
    if !spent && with(Duty::WatchCloud).any(|recording| due(&recording)) {
        watch_cloud(desk, memory, trouble, &with(Duty::WatchCloud).collect::<Vec<_>>()).await?;
    }
    desk.changed(&[Topic::Recordings, Topic::Sessions]);
    Ok(())
}

/// How often in a row looking after a recording failed.
#[derive(Debug, Default)]
pub(super) struct Failures {
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

    fn forget_all_but(&mut self, in_flight: &[Recording]) {
        let is_kept = |id: &RecordingId| in_flight.iter().any(|recording| recording.id == *id);
        self.in_a_row.retain(|id, _| is_kept(id));
        self.stops_noted.retain(is_kept);
    }
}

/// What is done meanwhile, as a person reads it.
const LOOKING: &str = "looking after a recording";

/// Does something for a recording. When that stops unexpectedly, the recording is in trouble and the others go on.
async fn guarded<T>(desk: &Desk, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    desk.supervisor().caught(LOOKING, work).await?
}

/// Notes that a recording was looked at and when it is due again; failures make it wait longer.
fn settle(
    desk: &Desk,
    failures: &mut Failures,
    trouble: &mut Option<Trouble>,
    id: RecordingId,
    result: Result<(), Error>,
) -> Result<(), Error> {
    let now = desk.now();
    let Some(recording) = desk.store().recording(id)? else { return Ok(()) };
    let settled = || {
        overdue(desk, &recording)?;
        interval(desk, &recording)
    };
    let result = result.and_then(|()| desk.supervisor().caught_now(LOOKING, settled)?);
    let wait = match result {
        Ok(wait) => {
            failures.in_a_row.remove(&id);
            wait
        }
        Err(Error::Cloud(error)) => {
            tracing::warn!(recording = %id, %error, "could not look after the recording");
            *trouble = Some(Trouble::from(&error));
            let failures = failures.add(id);
            // Being without a network says nothing about the recording, and a computer that just woke has not looked yet.
            if failures >= LOOKED_LONG_ENOUGH && !matches!(error, cloudflare::Error::Unreachable { .. }) {
                overdue(desk, &recording)?;
            }
            plan::backoff(failures, &error)
        }
        Err(Error::Stopped(stopped)) => {
            *trouble = Some(Trouble {
                message: format!("Looking after “{}” stopped unexpectedly. The others go on.", recording.title),
                ..Trouble::from(&Error::from(stopped))
            });
            if failures.stops_noted.insert(id) {
                let note = "Hajime stopped unexpectedly while it looked after this recording. It tries again.";
                desk.store().remark(id, now, note)?;
            }
            let failures = failures.add(id);
            if failures >= LOOKED_LONG_ENOUGH {
                desk.supervisor().caught_now(LOOKING, || overdue(desk, &recording)).unwrap_or(Ok(()))?;
            }
            plan::doubled(failures)
        }
        Err(other) => return Err(other),
    };
    desk.store().note_checked(id, now, now.later(wait))?;
    Ok(())
}

/// How long to leave a recording alone: as long as this desk's past says that nothing will happen, or by its stage.
fn interval(desk: &Desk, recording: &Recording) -> Result<TimeDelta, Error> {
    let attention = if desk.away() { Attention::Away } else { Attention::Watched };
    // Whether what was asked for arrived is a question of seconds and not of the past.
    let asking = matches!(recording.stage, Stage::Importing(Import::Asked | Import::AskedAgain));
    let history = forecasts::history(desk)?;
    match forecasts::forecast(desk, &history, recording)?.filter(|_| !asking) {
        Some((wait, forecast)) => Ok(plan::waiting_interval(wait, &forecast, attention)),
        None => Ok(plan::recording_interval(recording.stage, desk.now().since(recording.stage_since))),
    }
}

/// A recording that was asked for: find out whether it runs, and ask again if not.
async fn start(desk: &Desk, recording: &Recording) -> Result<(), Error> {
    if let Some(cloud) = &recording.facts.cloud {
        let seen = look(desk, recording, cloud).await?;
        // What was asked for a moment ago may not be told of yet.
        if seen.is_none() && desk.now().since(recording.stage_since) < NOT_TOLD_OF {
            return Ok(());
        }
        let seen = if seen.is_some() { seen } else { made(desk, recording).await? };
        return note_cloud(desk, recording.id, seen.as_ref());
    }
    if let Some(room) = &recording.room
        && let Some(running) = claim_running(desk, room, Some(recording.id)).await?
    {
        return note_cloud(desk, recording.id, Some(&running));
    }
    let live =
        desk.store().session(recording.session)?.is_some_and(|session| matches!(session.state, SessionState::Live(_)));
    if !live {
        return find(desk, recording, "The session ended before anything was recorded.").await;
    }
    // Looks are no reason to wait longer: only what was asked for may still be on its way.
    if desk.now().since(recording.stage_since) < SETTLE {
        return Ok(());
    }
    desk.store().note_asked(recording.id, desk.now())?;
    ask_to_record(desk, recording).await
}

/// Recordings at RealtimeKit: one is asked about by itself, several are read from a list, so that requests do not grow with their number.
async fn watch_cloud(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    watched: &[&Recording],
) -> Result<(), Error> {
    for recording in watched.iter().filter(|recording| recording.facts.cloud.is_none()) {
        let result = guarded(desk, find(desk, recording, "RealtimeKit has no recording of the room.")).await;
        settle(desk, &mut memory.failures, trouble, recording.id, result)?;
    }
    let watched: Vec<(&Recording, &CloudRecordingId)> =
        watched.iter().filter_map(|recording| Some((*recording, recording.facts.cloud.as_ref()?))).collect();
    if memory.list_not_before.is_some_and(|moment| desk.now() < moment) {
        return one_by_one(desk, memory, trouble, &watched).await;
    }
    let listed = match guarded(desk, list_cloud(desk, &watched)).await {
        Ok(listed) => listed,
        Err(Error::Cloud(error)) if error.is_of_this_call() => {
            tracing::warn!(%error, "the list of recordings could not be read");
            memory.list_not_before = Some(desk.now().later(LIST_AFTER_FAILURE));
            return one_by_one(desk, memory, trouble, &watched).await;
        }
        Err(error) => return failed(desk, &mut memory.failures, trouble, &watched, error),
    };
    let mut alone = 0;
    for (recording, cloud) in &watched {
        // No document says that a list names the file's address: that there is none is believed of the recording itself only.
        let without_file =
            |seen: &CloudRecording| seen.status == RecordingStatus::Uploaded && seen.download_url.is_none();
        let seen = listed.get(*cloud);
        if seen.is_none() {
            if alone == UNLISTED {
                // Its turn comes with the next look.
                continue;
            }
            alone = alone.saturating_add(1);
        }
        let look = async {
            match seen {
                Some(seen) if !without_file(seen) => note_cloud(desk, recording.id, Some(seen)),
                _ => watch_one(desk, recording, cloud).await,
            }
        };
        let result = guarded(desk, look).await;
        settle(desk, &mut memory.failures, trouble, recording.id, result)?;
    }
    Ok(())
}

/// While there is no list: a few of those that are due at a time, first what was not looked at for longest.
async fn one_by_one(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    watched: &[(&Recording, &CloudRecordingId)],
) -> Result<(), Error> {
    let mut left = UNLISTED;
    let now = desk.now();
    let is_due = |(one, _): &&(&Recording, &CloudRecordingId)| one.next_check.is_some_and(|next| next <= now);
    let mut due: Vec<_> = watched.iter().filter(is_due).collect();
    due.sort_by_key(|(recording, _)| recording.last_check);
    for (recording, cloud) in due {
        if left == 0 {
            desk.store().put_off(recording.id, now.later(TURN))?;
            continue;
        }
        let result = guarded(desk, watch_one(desk, recording, cloud)).await;
        // What cannot be answered for one is not asked for the next.
        left = if result.is_ok() { left.saturating_sub(1) } else { 0 };
        settle(desk, &mut memory.failures, trouble, recording.id, result)?;
    }
    Ok(())
}

/// A list that could not be read leaves all that it was read for waiting.
fn failed<T>(
    desk: &Desk,
    failures: &mut Failures,
    trouble: &mut Option<Trouble>,
    watched: &[(&Recording, T)],
    error: Error,
) -> Result<(), Error> {
    let again: &dyn Fn() -> Error = match &error {
        Error::Cloud(error) => &|| error.clone().into(),
        Error::Stopped(stopped) => &|| stopped.clone().into(),
        _ => return Err(error),
    };
    for (recording, _) in watched {
        settle(desk, failures, trouble, recording.id, Err(again()))?;
    }
    Ok(())
}

async fn watch_one(desk: &Desk, recording: &Recording, cloud: &CloudRecordingId) -> Result<(), Error> {
    note_cloud(desk, recording.id, look_or_find(desk, recording, cloud).await?.as_ref())
}

/// A recording of which nothing was seen and that is asked for no more: what was made in its room, if anything was.
async fn find(desk: &Desk, recording: &Recording, if_nothing: &str) -> Result<(), Error> {
    if let Some(made) = made(desk, recording).await? {
        return note_cloud(desk, recording.id, Some(&made));
    }
    desk.store().observe(recording.id, Seen::Refused(Cause::NeverStarted), desk.now(), if_nothing, |_| {})?;
    Ok(())
}

async fn list_cloud(
    desk: &Desk,
    watched: &[(&Recording, &CloudRecordingId)],
) -> Result<HashMap<CloudRecordingId, CloudRecording>, Error> {
    let mut found = HashMap::new();
    if watched.len() < 2 {
        return Ok(found);
    }
    let app = desk.app().await?;
    let wanted: HashSet<&CloudRecordingId> = watched.iter().map(|(_, cloud)| *cloud).collect();
    for page in 1..=PAGES {
        // Those on their way are nearly always the newest.
        let per_page =
            u32::try_from(watched.len()).map_or(LARGEST_PAGE, |count| count.saturating_add(25).min(LARGEST_PAGE));
        let listed =
            desk.cloud().recordings(app, &RecordingsQuery { page, per_page, ..RecordingsQuery::default() }).await?;
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
