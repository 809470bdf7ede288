//! Beginning to record a room: the intent, the request, and what RealtimeKit says of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Desk, Error, observe};
use crate::cloudflare::{self, CloudRecording, NewRecording, RecordingStatus, RecordingsQuery};
use crate::domain::bounds::Moved as _;
use crate::domain::coverage::ROOM_WAS_EMPTY;
use crate::domain::ids::{CloudRecordingId, MeetingId, RecordingId};
use crate::domain::recording::{Facts, Recording};
use crate::domain::retry::Retries;
use crate::domain::session::{Room, Session};
use crate::domain::stage::{Seen, Stage};
use crate::ports::Topic;

/// Records the intent to record and asks for it, or puts down what the room records by itself already.
pub(crate) async fn begin(desk: &Desk, session: &Session, room: &Room) -> Result<RecordingId, Error> {
    let runs = claim_running(desk, &room.id, None).await;
    if let Ok(Some(seen)) = &runs {
        return Ok(take_in(desk, session, room, seen)?.id);
    }
    // The intent stands even if nothing could be asked: whoever runs the class is told of what is not granted.
    let intent = intent(desk, session, room, desk.now())?;
    let recording = put_down(desk, &intent, "Somebody is in the room; it is to be recorded.")?;
    runs?;
    if recording.id == intent.id {
        ask_to_record(desk, &recording).await?;
    }
    Ok(recording.id)
}

/// Puts down a recording that runs and that nobody here has asked for. Where that was done in the same moment, it is done once.
pub(crate) fn take_in(desk: &Desk, session: &Session, room: &Room, seen: &CloudRecording) -> Result<Recording, Error> {
    // Cloudflare's clock may be ahead of this one: what runs has begun.
    let now = desk.now();
    let began = seen.started_time.or(seen.invoked_time).map_or(now, |began| began.min(now));
    let mut recording = intent(desk, session, room, began)?;
    observe::learn_cloud(&mut recording.facts, seen);
    let recording = put_down(desk, &recording, "Recording started automatically.")?;
    note_cloud(desk, recording.id, Some(seen))?;
    super::recordings::get(desk, recording.id)
}

/// Adds a recording, or answers the one that stands for the same already.
fn put_down(desk: &Desk, recording: &Recording, note: &str) -> Result<Recording, Error> {
    let standing = desk.store().add_capture(recording, note)?;
    desk.changed(&[Topic::Recordings, Topic::Sessions]);
    Ok(standing)
}

fn intent(desk: &Desk, session: &Session, room: &Room, began: DateTime<Utc>) -> Result<Recording, Error> {
    let now = desk.now();
    // Cloudflare's clock may be behind, or this one was set back: what comes last is the latest of its class nevertheless.
    let latest = desk.store().recordings_of(session.id)?.into_iter().next();
    let created_at = latest.map_or(began, |latest| began.max(latest.created_at.later(TimeDelta::milliseconds(1))));
    Ok(Recording {
        id: RecordingId::new(),
        session: session.id,
        room: Some(room.id.clone()),
        title: session.plan.title.clone(),
        instructor: session.plan.instructor.clone(),
        timezone: session.plan.timezone,
        quality: session.plan.quality,
        stage: Stage::Requested,
        stage_since: now,
        facts: Facts::default(),
        last_check: None,
        next_check: Some(now),
        retries: Retries::default(),
        created_at,
        removed_at: None,
    })
}

/// What captures a room now, for one recording or for a new one. What is another recording's already is about to end and does not count,
/// unless that one was given up too early: then it lets go.
pub(crate) async fn claim_running(
    desk: &Desk,
    room: &MeetingId,
    own: Option<RecordingId>,
) -> Result<Option<CloudRecording>, Error> {
    let Some(running) = desk.cloud().active_recording(desk.app().await?, room).await? else { return Ok(None) };
    match desk.store().recording_with_cloud(&running.id)? {
        Some(owner) if Some(owner.id) == own => {}
        Some(owner) if matches!(owner.stage, Stage::Failed { .. }) && is_recording(&running) => {
            let note = "It was recorded after all; the next recording goes on with it.";
            desk.store().remark(owner.id, desk.now(), note)?;
            // Says nothing new of a recording that failed: it only lets go.
            desk.store().observe(owner.id, Seen::CloudStarting, desk.now(), "", |facts| facts.cloud = None)?;
        }
        Some(_) => return Ok(None),
        None => {}
    }
    Ok(Some(running))
}

pub(crate) const fn is_recording(seen: &CloudRecording) -> bool {
    matches!(seen.status, RecordingStatus::Recording | RecordingStatus::Paused)
}

/// What RealtimeKit says of a recording. That it does not know it is believed only of its room too, and of the list of what was made there.
/// An answer that cannot be used is made up for by another.
pub(crate) async fn look(
    desk: &Desk,
    recording: &Recording,
    cloud: &CloudRecordingId,
) -> Result<Option<CloudRecording>, Error> {
    let app = desk.app().await?;
    let told = of_this_call(desk.cloud().recording(app, cloud).await)?;
    if let Ok(Some(mut seen)) = told {
        let without_file = seen.status == RecordingStatus::Uploaded && seen.download_url.is_none();
        if let Some(room) = recording.room.as_ref().filter(|_| without_file && seen.own_storage.is_none()) {
            // Only lists are documented to say that a file went to the account's own storage.
            let listed = made_in(desk, room).await?.into_iter().find(|listed| listed.id == *cloud);
            seen.own_storage = listed.and_then(|listed| listed.own_storage);
        }
        return Ok(Some(seen));
    }
    let Some(room) = &recording.room else { return Ok(told?) };
    if let Ok(Some(running)) = of_this_call(desk.cloud().active_recording(app, room).await)?
        && running.id == *cloud
    {
        return Ok(Some(running));
    }
    match made_in(desk, room).await?.into_iter().find(|seen| seen.id == *cloud) {
        Some(seen) => Ok(Some(seen)),
        None => Ok(told?),
    }
}

/// The same of a recording of which there is no file yet. Where RealtimeKit does not know it, its id may have been told wrongly: then it is
/// what its room made and nobody here has.
pub(crate) async fn look_or_find(
    desk: &Desk,
    recording: &Recording,
    cloud: &CloudRecordingId,
) -> Result<Option<CloudRecording>, Error> {
    match look(desk, recording, cloud).await? {
        Some(seen) => Ok(Some(seen)),
        None => made(desk, recording).await,
    }
}

/// Keeps apart what went wrong with one call alone from what would go wrong with every other.
fn of_this_call<T>(answer: Result<T, cloudflare::Error>) -> Result<Result<T, cloudflare::Error>, Error> {
    match answer {
        Err(error) if !error.is_of_this_call() => Err(error.into()),
        answer => Ok(answer),
    }
}

/// What was captured for a recording: what runs in its room, or else the last there that no other recording has.
pub(crate) async fn made(desk: &Desk, recording: &Recording) -> Result<Option<CloudRecording>, Error> {
    let Some(room) = &recording.room else { return Ok(None) };
    let running = match claim_running(desk, room, Some(recording.id)).await {
        Ok(Some(running)) => return Ok(Some(running)),
        Err(Error::Cloud(error)) if error.is_of_this_call() => Err(error),
        nothing => Ok(nothing?),
    };
    // Where the room does not tell what is recorded, the list of what was made there may.
    let listed = unknown(desk, room).await?.pop();
    if listed.is_some() { Ok(listed) } else { Ok(running?) }
}

/// What RealtimeKit made in a room and no recording here has, oldest first.
pub(crate) async fn unknown(desk: &Desk, room: &MeetingId) -> Result<Vec<CloudRecording>, Error> {
    let mut unknown = Vec::new();
    for seen in made_in(desk, room).await?.into_iter().rev() {
        if desk.store().recording_with_cloud(&seen.id)?.is_none() {
            unknown.push(seen);
        }
    }
    Ok(unknown)
}

/// What RealtimeKit made in a room, newest first.
async fn made_in(desk: &Desk, room: &MeetingId) -> Result<Vec<CloudRecording>, Error> {
    let query = RecordingsQuery { meeting: Some(room.clone()), page: 1, per_page: 50, ..RecordingsQuery::default() };
    Ok(desk.cloud().recordings(desk.app().await?, &query).await?.items)
}

/// Asks RealtimeKit to record. After a lost reply, or when a recording runs already, what runs in the room is ours.
pub(crate) async fn ask_to_record(desk: &Desk, recording: &Recording) -> Result<(), Error> {
    let Some(room) = &recording.room else { return Ok(()) };
    let app = desk.app().await?;
    let (width, height) = recording.quality.pixels();
    let new = NewRecording {
        meeting_id: room.clone(),
        file_name_prefix: Some(format!("hajime_{}", recording.id).replace('-', "")),
        width,
        height,
        max_seconds: Some(86_400),
    };
    match desk.cloud().start_recording(app, &new).await {
        Ok(seen) => note_cloud(desk, recording.id, Some(&seen)),
        // One runs already, or the reply was lost: what runs in the room is ours.
        Err(error) if error.outcome_unknown() || matches!(error, cloudflare::Error::Conflict { .. }) => {
            match claim_running(desk, room, Some(recording.id)).await? {
                Some(running) => note_cloud(desk, recording.id, Some(&running)),
                // It has only just begun and is not told of yet: the next look finds it.
                None if !error.outcome_unknown() => Ok(()),
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Notes what RealtimeKit says of a recording.
pub(crate) fn note_cloud(desk: &Desk, id: RecordingId, seen: Option<&CloudRecording>) -> Result<(), Error> {
    let now = desk.now();
    let Some(seen) = seen else {
        desk.store().observe(id, Seen::CloudMissing, now, "RealtimeKit does not know the recording.", |_| {})?;
        return Ok(());
    };
    let Some(meaning) = observe::cloud(seen) else { return Ok(()) };
    let everybody_left = seen.stop_reason.as_deref() == Some("ALL_PEERS_LEFT");
    let note = match meaning {
        Seen::CloudStarting => "RealtimeKit is starting to record.",
        Seen::CloudRecording => "RealtimeKit was seen recording.",
        Seen::CloudPaused => "RealtimeKit was seen pausing.",
        Seen::CloudUploading if everybody_left => &format!("{ROOM_WAS_EMPTY}; RealtimeKit stopped and saves the file."),
        Seen::CloudUploading => "RealtimeKit stopped and saves the file.",
        Seen::CloudUploaded if everybody_left => &format!("{ROOM_WAS_EMPTY}; RealtimeKit stopped and saved the file."),
        Seen::CloudUploaded => "RealtimeKit saved the file.",
        Seen::CloudInOwnStorage => "RealtimeKit saved the file to your own storage.",
        Seen::CloudWithoutFile => "RealtimeKit finished, but there is no file.",
        _ => "RealtimeKit reported an error.",
    };
    desk.store().observe(id, meaning, now, note, |facts| observe::learn_cloud(facts, seen))?;
    Ok(())
}
