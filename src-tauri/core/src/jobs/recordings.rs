//! Follows recordings at RealtimeKit, from the request to record until the recording's file is saved.
//!
//! Each step begins with what the database and Cloudflare say. It never relies on what this process remembers.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{RealtimeKitRecording, RecordingStatus, RecordingsQuery};
use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::RealtimeKitRecordingId;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Observation, PendingWork};
use crate::domain::schedule::session::SessionState;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::jobs::settle::{Failures, MAX_PAGES_PER_LIST, MAX_UNLISTED_PER_TICK, due_with, failed, guarded, settle};
use crate::ports::Topic;
use crate::recorder::capture::{
    ask_to_record, claim_running, fetch_or_find_recording, fetch_recording, made, note_recorder_state,
};
use crate::recorder::import::REQUEST_VISIBILITY_DELAY;
use crate::recorder::{ending, realtimekit_app};

/// The time that RealtimeKit may take to show a recording that it has just begun.
const START_VISIBILITY_DELAY: TimeDelta = TimeDelta::seconds(60);
/// The most recordings that one page of the list may have.
const MAX_RECORDINGS_PER_PAGE: u32 = 1_000;
/// While the list cannot be read, a tick checks only a few recordings. This is the time until the others are due again,
/// so that the jobs stay within their share of the rate budget.
const LEFT_OUT_RECORDING_INTERVAL: TimeDelta = TimeDelta::seconds(5);
/// How long the list is not read again after it could not be read.
const LIST_PAUSE_AFTER_FAILURE: TimeDelta = TimeDelta::seconds(60);

/// The job that starts and stops recordings and reads their state at RealtimeKit.
#[derive(Debug, Default)]
pub(crate) struct Recordings {
    failures: Failures,
    list_not_before: Option<DateTime<Utc>>,
}

impl Job for Recordings {
    const NAME: JobName = JobName { id: "recordings", title: "Recordings at RealtimeKit" };
    const ACTIVITY: &'static str = "looking after recordings";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let in_flight = context.store().recordings_in_flight()?;
        self.failures.forget_all_but(&in_flight);
        if !in_flight.iter().any(|recording| recording.stage.pending_work().is_some_and(is_at_realtimekit)) {
            return Ok(Work::Nothing.into());
        }
        if !due_with(context, &in_flight, is_at_realtimekit) {
            return Ok(Work::Postponed.into());
        }
        let mut trouble = None;
        self.move_on(&turn, &in_flight, &mut trouble).await?;
        context.changed(&[Topic::Recordings, Topic::Sessions]);
        Ok(Report { work: Work::Asked, trouble })
    }

    fn clock_moved(&mut self) {
        self.list_not_before = None;
    }
}

const fn is_at_realtimekit(work: PendingWork) -> bool {
    matches!(work, PendingWork::Start | PendingWork::Stop | PendingWork::WatchRecorder)
}

impl Recordings {
    async fn move_on(
        &mut self,
        turn: &Turn,
        in_flight: &[Recording],
        trouble: &mut Option<UserError>,
    ) -> Result<(), Error> {
        let (context, now) = (&turn.context, turn.context.now());
        let due = |recording: &&Recording| recording.work.next_poll.is_some_and(|next| next <= now);
        let with = |pending_work: PendingWork| {
            in_flight.iter().filter(move |recording| recording.stage.pending_work() == Some(pending_work))
        };
        // A live session waits for these requests, so they are never put off to save requests.
        for recording in with(PendingWork::Start).filter(due) {
            let result = guarded(context, start(context, recording)).await;
            settle(context, &mut self.failures, trouble, recording.id, result)?;
        }
        for recording in with(PendingWork::Stop).filter(due) {
            let result = guarded(context, ending::stop(context, recording)).await;
            settle(context, &mut self.failures, trouble, recording.id, result)?;
        }
        // One list names all recordings, so if one is due, the state of all is read.
        if !turn.is_spent() && with(PendingWork::WatchRecorder).any(|recording| due(&recording)) {
            self.watch(context, trouble, &with(PendingWork::WatchRecorder).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Reads the state of recordings at RealtimeKit from one list, so that the number of requests does not grow with
    /// the recordings.
    async fn watch(
        &mut self,
        context: &Context,
        trouble: &mut Option<UserError>,
        watched: &[&Recording],
    ) -> Result<(), Error> {
        for recording in watched.iter().filter(|recording| recording.facts.realtimekit_recording.is_none()) {
            let result = guarded(context, find(context, recording, "RealtimeKit has no recording of the room.")).await;
            settle(context, &mut self.failures, trouble, recording.id, result)?;
        }
        let watched: Vec<(&Recording, &RealtimeKitRecordingId)> = watched
            .iter()
            .filter_map(|recording| Some((*recording, recording.facts.realtimekit_recording.as_ref()?)))
            .collect();
        if self.list_not_before.is_some_and(|moment| context.now() < moment) {
            return self.one_by_one(context, trouble, &watched).await;
        }
        let listed = match guarded(context, list_recorder(context, &watched)).await {
            Ok(listed) => listed,
            Err(Error::Cloudflare(error)) if error.is_of_this_call() => {
                tracing::warn!(%error, "the list of recordings could not be read");
                self.list_not_before = Some(context.now().later(LIST_PAUSE_AFTER_FAILURE));
                return self.one_by_one(context, trouble, &watched).await;
            }
            Err(error) => return failed(context, &mut self.failures, trouble, &watched, error),
        };
        let mut alone = 0;
        for (recording, realtimekit_id) in &watched {
            // No document says that a list contains the file's address. Only the answer about the recording itself
            // proves that there is none.
            let without_file =
                |seen: &RealtimeKitRecording| seen.status == RecordingStatus::Uploaded && seen.download_url.is_none();
            let seen = listed.get(*realtimekit_id);
            if seen.is_none() {
                if alone == MAX_UNLISTED_PER_TICK {
                    // This tick has asked about enough recordings one by one. A later tick asks about this one.
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
            settle(context, &mut self.failures, trouble, recording.id, result)?;
        }
        Ok(())
    }

    /// While the list cannot be read: asks about a few of the due recordings one by one, first about those that were
    /// not checked for longest.
    async fn one_by_one(
        &mut self,
        context: &Context,
        trouble: &mut Option<UserError>,
        watched: &[(&Recording, &RealtimeKitRecordingId)],
    ) -> Result<(), Error> {
        let mut left = MAX_UNLISTED_PER_TICK;
        let now = context.now();
        let is_due =
            |(one, _): &&(&Recording, &RealtimeKitRecordingId)| one.work.next_poll.is_some_and(|next| next <= now);
        let mut due: Vec<_> = watched.iter().filter(is_due).collect();
        due.sort_by_key(|(recording, _)| recording.work.last_check);
        for (recording, realtimekit_id) in due {
            if left == 0 {
                context.store().put_off(recording.id, now.later(LEFT_OUT_RECORDING_INTERVAL))?;
                continue;
            }
            let result = guarded(context, watch_one(context, recording, realtimekit_id)).await;
            // After a failure, the remaining recordings wait for a later tick.
            left = if result.is_ok() { left.saturating_sub(1) } else { 0 };
            settle(context, &mut self.failures, trouble, recording.id, result)?;
        }
        Ok(())
    }
}

/// Finds out whether a requested recording is running, and repeats the request if it is not.
async fn start(context: &Context, recording: &Recording) -> Result<(), Error> {
    if let Some(realtimekit_id) = &recording.facts.realtimekit_recording {
        let seen = fetch_recording(context, recording, realtimekit_id).await?;
        // RealtimeKit may not show a recording that it has just begun.
        if seen.is_none() && context.now().since(recording.stage_since) < START_VISIBILITY_DELAY {
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
    // A recent request may still be on its way.
    if context.now().since(recording.stage_since) < REQUEST_VISIBILITY_DELAY {
        return Ok(());
    }
    context.store().note_asked(recording.id, context.now())?;
    ask_to_record(context, recording).await
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

/// Looks for the RealtimeKit recording of a recording that is past the request and has no RealtimeKit id yet.
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
    for page in 1..=MAX_PAGES_PER_LIST {
        // Recordings in processing are nearly always among the newest.
        let per_page = u32::try_from(watched.len())
            .map_or(MAX_RECORDINGS_PER_PAGE, |count| count.saturating_add(25).min(MAX_RECORDINGS_PER_PAGE));
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
