//! Ends a session at Cloudflare: stops its recordings, removes everybody, closes the room.

use super::lifecycle::change_session;
use super::live_rooms::LiveRooms;
use super::{capture, observe, realtimekit_app};
use crate::cloudflare::{Kicked, RealtimeKitRecording, RecordingAction, RecordingStatus};
use crate::context::Context;
use crate::domain::delivery::notification::Notification;
use crate::domain::ids::{RealtimeKitRecordingId, SessionId};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::event::{EventKind, EventNote};
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Observation, Stage};
use crate::domain::schedule::session::{Room, Session, SessionState};
use crate::error::{Error, UserError};
use crate::ports::Topic;

/// The result of ending a session.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The session: ended, or still ending if Cloudflare has not confirmed every step.
    pub session: Session,
    /// Whether the session had ended before.
    pub already_ended: bool,
    /// The error that still keeps the session from ending; the jobs try again.
    pub trouble: Option<UserError>,
}

/// Notes that another desk ended a session: its room is closed and empty.
pub(crate) fn ended_elsewhere(context: &Context, id: SessionId) -> Result<(), Error> {
    let now = context.now();
    forget_room(context, id);
    change_session(context, id, |session| Ok(session.ended_elsewhere(now)))?;
    Ok(())
}

/// Forgets the occupancy of a room and withdraws the alarm about its session.
fn forget_room(context: &Context, id: SessionId) {
    let alarm = Notification::not_recorded(id);
    let seen = LiveRooms::of(context).occupancies().remove(&id);
    let ended = if seen.is_some_and(|seen| seen.alarmed) {
        // This process has shown the alarm, so it can remove it at once, even if the database cannot be written.
        context.notifier().withdraw(&alarm.subject);
        context.store().forget(&alarm)
    } else {
        context.store().withdraw(&alarm)
    };
    if let Err(error) = ended {
        tracing::warn!(session = %id, %error, "the alarm could not be withdrawn");
    }
}

/// Does the steps of ending a session. Each may be repeated. If a step fails, the next ones are done nevertheless: a
/// recording that cannot be stopped ends by itself when everybody has left the room. If an error concerns every call,
/// the remaining steps are skipped. Returns the first error; the jobs then repeat all steps.
pub(crate) async fn finish_ending(context: &Context, session: &Session) -> Result<Session, Error> {
    let SessionState::Ending(room, _) = &session.state else { return Ok(session.clone()) };
    let app = &realtimekit_app::id(context).await?;
    // If the error concerns every call, the remaining steps would fail too.
    let stopped = match stop_recordings(context, session, room).await {
        Err(Error::Cloudflare(error)) if error.is_of_every_call() => return Err(error.into()),
        tried => tried,
    };
    let emptied = match context.cloudflare().kick_all(app, &room.id).await {
        Err(error) if error.is_of_every_call() => return Err(error.into()),
        tried => tried,
    };
    let closed = context.cloudflare().close_meeting(app, &room.id).await;
    stopped?;
    if let Kicked::People(count) = emptied? {
        tracing::info!(session = %session.id, count, "everyone was removed");
    }
    closed?;
    let now = context.now();
    forget_room(context, session.id);
    let ended = change_session(context, session.id, |session| Ok(session.ended(now)))?;
    context.changed(&[Topic::Recordings]);
    Ok(ended)
}

/// Stops every recording of the room, including one that was requested and never confirmed.
async fn stop_recordings(context: &Context, session: &Session, room: &Room) -> Result<(), Error> {
    let mut known = Ok(());
    for recording in context.store().recordings_of(session.id)? {
        if recording.stage.capturing() {
            context.store().observe(recording.id, Observation::StopAsked, context.now(), session_ended(), |_| {})?;
        }
        if recording.stage.capturing() || recording.stage == Stage::Stopping {
            known = known.and(stop(context, &recording).await);
        }
    }
    known?;
    // The room may have begun a recording by itself that this desk has not seen yet, or another desk may have begun
    // one.
    let app = &realtimekit_app::id(context).await?;
    let Some(other) = context.cloudflare().active_recording(app, &room.id).await? else {
        return take_in_unseen(context, session, room).await;
    };
    if let Some(owner) = context.store().recording_with_realtimekit_id(&other.id)? {
        if matches!(owner.stage, Stage::Failed { .. }) {
            let note = EventKind::Recovered.note("It was recorded after all.");
            context.store().observe(owner.id, Observation::RecorderAttached, context.now(), note, |_| {})?;
        }
        ask_to_stop(context, &owner, &other.id).await?;
        return Ok(());
    }
    let found = capture::take_in(context, session, room, &other)?;
    context.store().observe(found.id, Observation::StopAsked, context.now(), session_ended(), |_| {})?;
    stop(context, &found).await
}

fn session_ended() -> EventNote {
    EventKind::SessionEnded.note("The session was ended.")
}

/// If the session began and ended while no Hajime was running, adds the recordings that its room made.
async fn take_in_unseen(context: &Context, session: &Session, room: &Room) -> Result<(), Error> {
    if !session.plan.record || !context.store().recordings_of(session.id)?.is_empty() {
        return Ok(());
    }
    for seen in capture::unknown(context, &room.id, session.id).await? {
        capture::take_in(context, session, room, &seen)?;
    }
    Ok(())
}

/// Asks RealtimeKit to stop a recording and returns its new state. If the answer does not show the state, fetches the
/// recording: it may have stopped all the same, or earlier. Returns the error if the error is retryable and the
/// recording still runs or is not found. Only the answer to the stop itself can say that the recording is missing.
async fn ask_to_stop(
    context: &Context,
    recording: &Recording,
    realtimekit_id: &RealtimeKitRecordingId,
) -> Result<Option<RealtimeKitRecording>, Error> {
    let error = match context
        .cloudflare()
        .act_on_recording(&realtimekit_app::id(context).await?, realtimekit_id, RecordingAction::Stop)
        .await
    {
        Ok(seen) => return Ok(Some(seen)),
        Err(error) => error,
    };
    if error.retryable() && !error.outcome_unknown() {
        return Err(error.into());
    }
    let seen = capture::fetch_or_find_recording(context, recording, realtimekit_id).await?;
    let goes_on = |seen: &RealtimeKitRecording| seen.status == RecordingStatus::Invoked || capture::is_recording(seen);
    if error.retryable() && seen.as_ref().is_none_or(goes_on) { Err(error.into()) } else { Ok(seen) }
}

/// Stops one recording at RealtimeKit and notes its new state. It is no error if the recording has stopped already.
pub(crate) async fn stop(context: &Context, recording: &Recording) -> Result<(), Error> {
    let mut realtimekit_id = recording.facts.realtimekit_recording.clone();
    if realtimekit_id.is_none()
        && let Some(found) = capture::made(context, recording).await?
    {
        // Note its id before it is stopped: afterwards the room does not name it any more.
        capture::note_recorder_state(context, recording.id, Some(&found))?;
        realtimekit_id = Some(found.id);
    }
    let Some(realtimekit_id) = realtimekit_id else {
        let note = EventKind::RecorderMissing.note("RealtimeKit has no recording of the room.");
        context.store().observe(
            recording.id,
            Observation::Refused(Cause::NeverStarted),
            context.now(),
            note,
            |_| {},
        )?;
        return Ok(());
    };
    match ask_to_stop(context, recording, &realtimekit_id).await? {
        Some(seen) => {
            if let Some(meaning) = observe::recorder(&seen) {
                let learn = |facts: &mut _| observe::learn_recording(facts, &seen);
                let note = EventKind::RecorderReported.note("RealtimeKit stopped recording.");
                context.store().observe(recording.id, meaning, context.now(), note, learn)?;
            }
        }
        None => {
            let note = EventKind::RecorderMissing.note("RealtimeKit does not know it.");
            context.store().observe(recording.id, Observation::RecorderMissing, context.now(), note, |_| {})?;
        }
    }
    context.changed(&[Topic::Recordings]);
    Ok(())
}
