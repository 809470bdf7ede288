//! Begins to record a room: commits the intent, asks RealtimeKit, and notes what RealtimeKit reports.

use crate::recorder::realtimekit_app;
use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{self, NewRecording, RealtimeKitRecording, RecordingStatus, RecordingsQuery};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{MeetingId, RealtimeKitRecordingId, RecordingId, SessionId};
use crate::domain::recorder::event::{EventKind, EventNote};
use crate::domain::recorder::of_session::latest_attempt;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::{Observation, Stage};
use crate::domain::schedule::limits::LENGTH_MAX_SECONDS;
use crate::domain::schedule::session::{Room, Session};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::live_rooms::LiveRooms;
use crate::recorder::{observe, room_use};

/// Commits the intent to record and asks RealtimeKit. If the room records by itself already, adds that recording
/// instead.
pub(crate) async fn begin(context: &Context, session: &Session, room: &Room) -> Result<RecordingId, Error> {
    let runs = claim_running(context, &room.id, None).await;
    if let Ok(Some(seen)) = &runs {
        return Ok(take_in(context, session, room, seen)?.id);
    }
    // The intent is committed even if RealtimeKit cannot be asked, so that people are told when the session is not
    // recorded.
    let intent = intent(context, session, room, context.now())?;
    let recording = put_down(
        context,
        &intent,
        EventKind::CaptureRequested,
        "Somebody joined the room, so Hajime asked for a recording.",
    )?;
    runs?;
    if recording.id == intent.id {
        ask_to_record(context, &recording).await?;
    }
    Ok(recording.id)
}

/// Adds a running RealtimeKit recording that this desk did not ask for. Two calls at the same moment add one recording.
pub(crate) fn take_in(
    context: &Context,
    session: &Session,
    room: &Room,
    seen: &RealtimeKitRecording,
) -> Result<Recording, Error> {
    // The recording is running, so its start cannot lie in the future. Cloudflare's clock may be ahead of this
    // computer's.
    let now = context.now();
    let began = seen.started_time.or(seen.invoked_time).map_or(now, |began| began.min(now));
    let mut recording = intent(context, session, room, began)?;
    observe::learn_recording(&mut recording.facts, seen);
    let recording = put_down(context, &recording, EventKind::CaptureFound, "Recording started automatically.")?;
    note_recorder_state(context, recording.id, Some(seen))?;
    context
        .store()
        .recording(recording.id)?
        .ok_or_else(|| Error::NotFound { what: "recording", id: recording.id.to_string() })
}

/// Adds a recording. If the database has one for the same capture already, returns that one.
fn put_down(context: &Context, recording: &Recording, kind: EventKind, note: &str) -> Result<Recording, Error> {
    let standing = context.store().add_capture(recording, &kind.note(note))?;
    context.changed(&[Topic::Recordings, Topic::Sessions]);
    Ok(standing)
}

fn intent(context: &Context, session: &Session, room: &Room, began: DateTime<Utc>) -> Result<Recording, Error> {
    let now = context.now();
    // Clocks may differ, so the new recording gets a later time than every earlier attempt of its session.
    let latest = latest_attempt(&context.store().recordings_of(session.id)?).cloned();
    let created_at = latest.map_or(began, |latest| began.max(latest.created_at.later(TimeDelta::milliseconds(1))));
    let room = Some(room.id.clone());
    Ok(Recording { room, created_at, ..Recording::new(session, Stage::Requested, now) })
}

/// Returns the RealtimeKit recording that captures the room at present, for the recording `own` or for a new one. If it
/// belongs to another recording or to another class in the room, the result is `None`. If that other recording has failed
/// although the capture runs, the caller receives its RealtimeKit recording.
pub(crate) async fn claim_running(
    context: &Context,
    room: &MeetingId,
    own: Option<RecordingId>,
) -> Result<Option<RealtimeKitRecording>, Error> {
    let Some(running) = context.cloudflare().active_recording(&realtimekit_app::id(context).await?, room).await? else {
        return Ok(None);
    };
    match context.store().recording_with_realtimekit_id(&running.id)? {
        Some(owner) if Some(owner.id) == own => {}
        _ if room_is_open_for_another_class(context, own)? => return Ok(None),
        Some(owner) if matches!(owner.stage, Stage::Failed { .. }) && is_recording(&running) => {
            let note = EventKind::Recovered.note("It was recorded after all; the next recording goes on with it.");
            context.store().remark(owner.id, context.now(), note)?;
            // The failed recording stays failed and only gives up its RealtimeKit recording.
            context.store().observe(owner.id, Observation::RecorderStarting, context.now(), "", |facts| {
                facts.realtimekit_recording = None;
            })?;
        }
        Some(_) => return Ok(None),
        None => {}
    }
    Ok(Some(running))
}

/// Whether the room of a recording is open for another class by now, so that what runs there is of that class.
fn room_is_open_for_another_class(context: &Context, recording: Option<RecordingId>) -> Result<bool, Error> {
    let Some(id) = recording else { return Ok(false) };
    let Some(recording) = context.store().recording(id)? else { return Ok(false) };
    let Some(session) = context.store().session(recording.session)? else { return Ok(false) };
    Ok(room_use::other_in_room(context, &session)?.is_some())
}

pub(crate) const fn is_recording(seen: &RealtimeKitRecording) -> bool {
    matches!(seen.status, RecordingStatus::Recording | RecordingStatus::Paused)
}

/// Fetches a RealtimeKit recording by its id, or else finds it as the running recording of its room or in the list of
/// the room's recordings. `None` only if RealtimeKit does not know the id and the other two do not name it. An unusable
/// answer to the id is an error only if the other two do not help.
pub(crate) async fn fetch_recording(
    context: &Context,
    recording: &Recording,
    realtimekit_id: &RealtimeKitRecordingId,
) -> Result<Option<RealtimeKitRecording>, Error> {
    let app = &realtimekit_app::id(context).await?;
    let told = of_this_call(context.cloudflare().recording(app, realtimekit_id).await)?;
    if let Ok(Some(mut seen)) = told {
        let without_file = seen.status == RecordingStatus::Uploaded && seen.download_url.is_none();
        if let Some(room) = recording.room.as_ref().filter(|_| without_file && seen.own_storage.is_none()) {
            // According to the documentation, only lists name a file in the account's own storage.
            let listed = made_in(context, room).await?.into_iter().find(|listed| listed.id == *realtimekit_id);
            seen.own_storage = listed.and_then(|listed| listed.own_storage);
        }
        return Ok(Some(seen));
    }
    let Some(room) = &recording.room else { return Ok(told?) };
    if let Ok(Some(running)) = of_this_call(context.cloudflare().active_recording(app, room).await)?
        && running.id == *realtimekit_id
    {
        return Ok(Some(running));
    }
    match made_in(context, room).await?.into_iter().find(|seen| seen.id == *realtimekit_id) {
        Some(seen) => Ok(Some(seen)),
        None => Ok(told?),
    }
}

/// Like [`fetch_recording`], for a recording without a file. If RealtimeKit does not know the id, the id may be wrong;
/// then this returns the room's recording that belongs to no recording on this desk.
pub(crate) async fn fetch_or_find_recording(
    context: &Context,
    recording: &Recording,
    realtimekit_id: &RealtimeKitRecordingId,
) -> Result<Option<RealtimeKitRecording>, Error> {
    match fetch_recording(context, recording, realtimekit_id).await? {
        Some(seen) => Ok(Some(seen)),
        None => made(context, recording).await,
    }
}

/// Separates errors of this call alone, which are returned inside, from errors that every call would get, which are
/// returned at once.
fn of_this_call<T>(answer: Result<T, cloudflare::Error>) -> Result<Result<T, cloudflare::Error>, Error> {
    match answer {
        Err(error) if !error.is_of_this_call() => Err(error.into()),
        answer => Ok(answer),
    }
}

/// Finds the RealtimeKit recording for a recording: the one that captures its room, or else the newest one that belongs
/// to no recording on this desk.
pub(crate) async fn made(context: &Context, recording: &Recording) -> Result<Option<RealtimeKitRecording>, Error> {
    let Some(room) = &recording.room else { return Ok(None) };
    let running = match claim_running(context, room, Some(recording.id)).await {
        Ok(Some(running)) => return Ok(Some(running)),
        Err(Error::Cloudflare(error)) if error.is_of_this_call() => Err(error),
        nothing => Ok(nothing?),
    };
    // If nothing captures the room at present, a finished recording of the room may be the right one.
    let listed = unknown(context, room, recording.session).await?.pop();
    if listed.is_some() { Ok(listed) } else { Ok(running?) }
}

/// The RealtimeKit recordings of a session in its room that belong to no recording on this desk, oldest first.
pub(crate) async fn unknown(
    context: &Context,
    room: &MeetingId,
    session: SessionId,
) -> Result<Vec<RealtimeKitRecording>, Error> {
    let time = room_use::time_of(context, room, session)?;
    let mut unknown = Vec::new();
    for seen in made_in(context, room).await?.into_iter().rev() {
        let of_session = time.contains(seen.started_time.or(seen.invoked_time));
        if of_session && context.store().recording_with_realtimekit_id(&seen.id)?.is_none() {
            unknown.push(seen);
        }
    }
    Ok(unknown)
}

/// The RealtimeKit recordings of a room, newest first.
async fn made_in(context: &Context, room: &MeetingId) -> Result<Vec<RealtimeKitRecording>, Error> {
    let query = RecordingsQuery { meeting: Some(room.clone()), page: 1, per_page: 50, ..RecordingsQuery::default() };
    Ok(context.cloudflare().recordings(&realtimekit_app::id(context).await?, &query).await?.items)
}

/// Asks RealtimeKit to record. If the reply is lost or the room is being recorded already, looks up the recording that
/// captures the room.
pub(crate) async fn ask_to_record(context: &Context, recording: &Recording) -> Result<(), Error> {
    let Some(room) = &recording.room else { return Ok(()) };
    let app = &realtimekit_app::id(context).await?;
    let (width, height) = recording.quality.pixels();
    let new = NewRecording {
        meeting_id: room.clone(),
        file_name_prefix: Some(format!("hajime_{}", recording.id).replace('-', "")),
        width,
        height,
        max_seconds: Some(LENGTH_MAX_SECONDS),
    };
    match context.cloudflare().start_recording(app, &new).await {
        Ok(seen) => note_recorder_state(context, recording.id, Some(&seen)),
        // The room is being recorded already, or the reply was lost. Either way the recording that captures the room is
        // the right one.
        Err(error) if error.outcome_unknown() || matches!(error, cloudflare::Error::Conflict { .. }) => {
            match claim_running(context, room, Some(recording.id)).await? {
                Some(running) => note_recorder_state(context, recording.id, Some(&running)),
                // RealtimeKit may not show the new recording yet. The jobs find it later.
                None if !error.outcome_unknown() => Ok(()),
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Notes the state of a recording at RealtimeKit; `None` if RealtimeKit does not know it.
pub(crate) fn note_recorder_state(
    context: &Context,
    id: RecordingId,
    seen: Option<&RealtimeKitRecording>,
) -> Result<(), Error> {
    let now = context.now();
    let Some(seen) = seen else {
        let note = EventKind::RecorderMissing.note("RealtimeKit does not know the recording.");
        context.store().observe(id, Observation::RecorderMissing, now, note, |_| {})?;
        return Ok(());
    };
    if is_recording(seen) {
        LiveRooms::of(context).confirm(id, now);
    }
    let Some(meaning) = observe::recorder(seen) else { return Ok(()) };
    context.store().observe(id, meaning, now, recorder_note(meaning, seen), |facts| {
        observe::learn_recording(facts, seen);
    })?;
    Ok(())
}

fn recorder_note(meaning: Observation, seen: &RealtimeKitRecording) -> EventNote {
    let everybody_left = seen.stop_reason.as_deref() == Some("ALL_PEERS_LEFT");
    let text = match meaning {
        Observation::RecorderUploading if everybody_left => {
            return EventKind::RoomWasEmpty.note("The room was empty; RealtimeKit stopped and saves the file.");
        }
        Observation::RecorderUploaded if everybody_left => {
            return EventKind::RoomWasEmpty.note("The room was empty; RealtimeKit stopped and saved the file.");
        }
        Observation::RecorderStarting => "RealtimeKit is starting to record.",
        Observation::RecorderRecording => "RealtimeKit was seen recording.",
        Observation::RecorderPaused => "RealtimeKit was seen pausing.",
        Observation::RecorderUploading => "RealtimeKit stopped and saves the file.",
        Observation::RecorderUploaded => "RealtimeKit saved the file.",
        Observation::RecorderInOwnStorage => "RealtimeKit saved the file to your own storage.",
        Observation::RecorderWithoutFile => "RealtimeKit finished, but there is no file.",
        _ => "RealtimeKit reported an error.",
    };
    EventKind::RecorderReported.note(text)
}
