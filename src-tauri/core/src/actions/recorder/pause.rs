//! Pausing and resuming the recording of a live session.

use crate::actions::guard;
use crate::actions::library::recordings::get;
use crate::cloudflare::{RecordingAction, RecordingStatus};
use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::domain::profile::role::Permission;
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::EventKind;
use crate::domain::recorder::of_session::{captured_now, latest_attempt};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Observation, Stage};
use crate::domain::schedule::session::SessionState;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::live_rooms::LiveRooms;
use crate::recorder::{capture, lifecycle, observe, realtimekit_app, room_lock, rooms};

/// Pauses the recording of a live session. It is no error if it is paused already.
pub async fn pause(context: &Context, session: SessionId) -> Result<Recording, Error> {
    guard::allow_session(context, Permission::RunClasses, session)?;
    act(context, session, RecordingAction::Pause).await
}

/// Resumes the recording, or begins a new one if the last has stopped. It is no error if it is running.
pub async fn resume(context: &Context, id: SessionId) -> Result<Recording, Error> {
    guard::allow_session(context, Permission::RunClasses, id)?;
    let session = lifecycle::session(context, id)?;
    let latest = latest_attempt(&context.store().recordings_of(id)?).cloned();
    match &session.state {
        SessionState::Live(room) if session.plan.record && latest.as_ref().is_none_or(nothing_yet) => {
            let _room_lock = room_lock::take(context).await?;
            if rooms::count_participants(context, &room.id).await?.0 == 0 {
                return Err(nothing_recorded());
            }
            if let Some(stuck) = latest.filter(|last| last.stage == Stage::Requested) {
                if stuck.facts.realtimekit_recording.is_none()
                    && let Some(running) = capture::claim_running(context, &room.id, Some(stuck.id)).await?
                {
                    capture::note_recorder_state(context, stuck.id, Some(&running))?;
                    context.wake_jobs();
                    return get(context, stuck.id);
                }
                if !give_up(context, &stuck).await? {
                    context.wake_jobs();
                    return get(context, stuck.id);
                }
            }
            let begun = capture::begin(context, &session, room).await?;
            context.wake_jobs();
            get(context, begun)
        }
        _ => act(context, id, RecordingAction::Resume).await,
    }
}

/// Whether nothing is being captured: the latest recording is over, or was requested and has not been seen running.
fn nothing_yet(latest: &Recording) -> bool {
    !latest.stage.capturing() || latest.stage == Stage::Requested
}

/// Gives up a recording that never began, because RealtimeKit makes only one at a time. Returns `false` if it did
/// begin.
async fn give_up(context: &Context, stuck: &Recording) -> Result<bool, Error> {
    if let Some(realtimekit_id) = &stuck.facts.realtimekit_recording {
        let seen = capture::fetch_recording(context, stuck, realtimekit_id).await?;
        if seen.as_ref().is_some_and(capture::is_recording) {
            capture::note_recorder_state(context, stuck.id, seen.as_ref())?;
            return Ok(false);
        }
        match context
            .cloudflare()
            .act_on_recording(&realtimekit_app::id(context).await?, realtimekit_id, RecordingAction::Stop)
            .await
        {
            // Every other outcome means that the recording has stopped or is unknown, so another one can begin.
            Err(error) if error.retryable() || seen.is_some_and(|seen| seen.status == RecordingStatus::Invoked) => {
                return Err(error.into());
            }
            Ok(_) | Err(_) => {}
        }
    }
    let note = EventKind::GivenUp.note("It never began and was begun again by hand.");
    context.store().observe(stuck.id, Observation::Refused(Cause::NeverStarted), context.now(), note, |_| {})?;
    Ok(true)
}

fn nothing_recorded() -> Error {
    Error::Conflict {
        message: "Nothing is being recorded in this session.".into(),
        next: "Recording begins with the first person in the room.",
    }
}

async fn act(context: &Context, session: SessionId, action: RecordingAction) -> Result<Recording, Error> {
    lifecycle::session(context, session)?;
    let running = captured_now(&context.store().recordings_of(session)?).cloned();
    let Some((recording, realtimekit_id)) =
        running.and_then(|r| r.facts.realtimekit_recording.clone().map(|realtimekit_id| (r, realtimekit_id)))
    else {
        return Err(nothing_recorded());
    };
    let seen =
        context.cloudflare().act_on_recording(&realtimekit_app::id(context).await?, &realtimekit_id, action).await?;
    let note = match action {
        RecordingAction::Pause => EventKind::PausedByHand.note("Paused by hand."),
        RecordingAction::Resume => EventKind::ResumedByHand.note("Resumed by hand."),
        RecordingAction::Stop => EventKind::SessionEnded.note("Stopped by hand."),
    };
    if capture::is_recording(&seen) {
        LiveRooms::of(context).confirm(recording.id, context.now());
    }
    let Some(meaning) = observe::recorder(&seen) else { return get(context, recording.id) };
    context
        .store()
        .observe(recording.id, meaning, context.now(), note, |facts| observe::learn_recording(facts, &seen))?;
    context.changed(&[Topic::Recordings, Topic::Sessions]);
    context.wake_jobs();
    get(context, recording.id)
}
