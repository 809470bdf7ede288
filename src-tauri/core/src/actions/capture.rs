//! Beginning to record a room: the intent, the request, and what RealtimeKit says of it.

use super::{Desk, Error, observe};
use crate::cloudflare::{self, CloudRecording, NewRecording};
use crate::domain::ids::RecordingId;
use crate::domain::recording::{Facts, Recording};
use crate::domain::session::{Room, Session};
use crate::domain::stage::{Seen, Stage};
use crate::ports::Topic;

/// Records the intent to record, then asks for it.
pub(crate) async fn begin(desk: &Desk, session: &Session, room: &Room) -> Result<RecordingId, Error> {
    let now = desk.now();
    let recording = Recording {
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
        created_at: now,
    };
    desk.store().add_recording(&recording, "Somebody is in the room; RealtimeKit is asked to record.")?;
    desk.changed(&[Topic::Recordings, Topic::Sessions]);
    ask_to_record(desk, &recording).await?;
    Ok(recording.id)
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
            match desk.cloud().active_recording(app, room).await? {
                Some(running) => note_cloud(desk, recording.id, Some(&running)),
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
    let note = match meaning {
        Seen::CloudStarting => "RealtimeKit is starting to record.",
        Seen::CloudRecording => "RealtimeKit was seen recording.",
        Seen::CloudPaused => "RealtimeKit was seen pausing.",
        Seen::CloudUploading => match seen.stop_reason.as_deref() {
            Some("ALL_PEERS_LEFT") => "The room was empty; RealtimeKit stopped and saves the file.",
            _ => "RealtimeKit stopped and saves the file.",
        },
        Seen::CloudUploaded => "RealtimeKit saved the file.",
        Seen::CloudWithoutFile => "RealtimeKit finished, but there is no file.",
        _ => "RealtimeKit reported an error.",
    };
    desk.store().observe(id, meaning, now, note, |facts| observe::learn_cloud(facts, seen))?;
    Ok(())
}
