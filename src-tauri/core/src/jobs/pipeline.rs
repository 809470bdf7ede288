//! Recordings on their way: from the first request to a video that can be watched.
//!
//! Every step begins from what the database says and what Cloudflare says, never from what this process remembers having done.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Memory, plan};
use crate::actions::capture::{ask_to_record, note_cloud};
use crate::actions::{Desk, Error, Trouble, sessions};
use crate::cloudflare::{CloudRecording, RecordingsQuery, VideosQuery};
use crate::domain::cause::Cause;
use crate::domain::ids::{CloudRecordingId, RecordingId, VideoId};
use crate::domain::recording::Recording;
use crate::domain::session::SessionState;
use crate::domain::stage::{Duty, Seen};
use crate::ports::Topic;

mod import;
mod relay;

pub(super) use import::keep_one;
pub(super) use relay::{Carrier, Uploads};

/// How long to wait for a lost request to show its effect before it is made again.
const SETTLE: TimeDelta = TimeDelta::seconds(10);
/// Up to this many recordings are asked about one by one; more are read from a list.
const ONE_BY_ONE: usize = 2;
/// Page size and number of pages of that list.
const PAGE: u32 = 100;
const PAGES: u32 = 5;

pub(super) async fn look_after(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    asked: &mut bool,
) -> Result<(), Error> {
    let now = desk.now();
    let in_flight = desk.store().recordings_in_flight()?;
    memory.failures.retain(|id, _| in_flight.iter().any(|recording| recording.id == *id));
    relay::let_go(memory, &in_flight);
    relay::tidy(desk, memory).await?;
    let due: Vec<Recording> =
        in_flight.into_iter().filter(|recording| recording.next_check.is_some_and(|next| next <= now)).collect();
    if due.is_empty() {
        return Ok(());
    }
    *asked = true;
    for recording in &due {
        overdue(desk, recording, now)?;
    }
    let with = |duty: Duty| due.iter().filter(move |recording| recording.stage.duty() == Some(duty));

    for recording in with(Duty::Start) {
        let result = start(desk, recording).await;
        settle(desk, memory, trouble, recording.id, result)?;
    }
    for recording in with(Duty::Stop) {
        let result = sessions::stop(desk, recording).await;
        settle(desk, memory, trouble, recording.id, result)?;
    }
    let watched: Vec<(&Recording, &CloudRecordingId)> =
        with(Duty::WatchCloud).filter_map(|recording| Some((recording, recording.facts.cloud.as_ref()?))).collect();
    watch_cloud(desk, memory, trouble, &watched).await?;
    for recording in with(Duty::Import) {
        let result = import::import(desk, recording).await;
        settle(desk, memory, trouble, recording.id, result)?;
    }
    for recording in with(Duty::Relay) {
        let result = relay::relay(desk, memory, recording).await;
        settle(desk, memory, trouble, recording.id, result)?;
    }
    let watched: Vec<(&Recording, &VideoId)> =
        with(Duty::WatchVideo).filter_map(|recording| Some((recording, recording.facts.video.as_ref()?))).collect();
    watch_videos(desk, memory, trouble, &watched).await?;
    desk.changed(&[Topic::Recordings, Topic::Sessions]);
    Ok(())
}

/// Notes that a recording was looked at and when it is due again; failures make it wait longer.
fn settle(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    id: RecordingId,
    result: Result<(), Error>,
) -> Result<(), Error> {
    let now = desk.now();
    let Some(recording) = desk.store().recording(id)? else { return Ok(()) };
    let wait = match result {
        Ok(()) => {
            memory.failures.remove(&id);
            plan::recording_interval(recording.stage, now - recording.stage_since)
        }
        Err(Error::Cloud(error)) => {
            tracing::warn!(recording = %id, %error, "could not look after the recording");
            *trouble = Some(Trouble::from(&error));
            let failures = memory.failures.entry(id).or_default();
            *failures = failures.saturating_add(1);
            plan::backoff(*failures, error.retry_after())
        }
        Err(other) => return Err(other),
    };
    desk.store().note_checked(id, now, now + wait)?;
    Ok(())
}

fn overdue(desk: &Desk, recording: &Recording, now: DateTime<Utc>) -> Result<(), Error> {
    let length = recording.facts.length.unwrap_or_default();
    let Some(deadline) = recording.stage.deadline(length) else { return Ok(()) };
    if now - recording.stage_since > deadline {
        desk.store().observe(recording.id, Seen::DeadlinePassed, now, "It took longer than it ever should.", |_| {})?;
    }
    Ok(())
}

/// A recording that was asked for: find out whether it runs, and ask again if not.
async fn start(desk: &Desk, recording: &Recording) -> Result<(), Error> {
    let app = desk.app().await?;
    if let Some(cloud) = &recording.facts.cloud {
        let seen = desk.cloud().recording(app, cloud).await?;
        return note_cloud(desk, recording.id, seen.as_ref());
    }
    if let Some(room) = &recording.room
        && let Some(running) = desk.cloud().active_recording(app, room).await?
    {
        return note_cloud(desk, recording.id, Some(&running));
    }
    let live =
        desk.store().session(recording.session)?.is_some_and(|session| matches!(session.state, SessionState::Live(_)));
    if !live {
        let refused = Seen::Refused(Cause::NeverStarted);
        desk.store().observe(
            recording.id,
            refused,
            desk.now(),
            "The session ended before anything was recorded.",
            |_| {},
        )?;
        return Ok(());
    }
    // Looks are no reason to wait longer: only what was asked for may still be on its way.
    if desk.now() - recording.stage_since < SETTLE {
        return Ok(());
    }
    desk.store().note_asked(recording.id, desk.now())?;
    ask_to_record(desk, recording).await
}

/// Recordings at RealtimeKit: a few are asked about one by one, many are read from a list, so that requests do not grow with their number.
async fn watch_cloud(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    watched: &[(&Recording, &CloudRecordingId)],
) -> Result<(), Error> {
    let listed = if watched.len() > ONE_BY_ONE {
        match list_cloud(desk, watched).await {
            Ok(listed) => listed,
            Err(Error::Cloud(error)) => {
                for (recording, _) in watched {
                    settle(desk, memory, trouble, recording.id, Err(Error::Cloud(error.clone())))?;
                }
                return Ok(());
            }
            Err(other) => return Err(other),
        }
    } else {
        Vec::new()
    };
    for (recording, cloud) in watched {
        let result = match listed.iter().find(|seen| seen.id == **cloud) {
            Some(seen) => note_cloud(desk, recording.id, Some(seen)),
            None => watch_one(desk, recording.id, cloud).await,
        };
        settle(desk, memory, trouble, recording.id, result)?;
    }
    Ok(())
}

async fn watch_one(desk: &Desk, id: RecordingId, cloud: &CloudRecordingId) -> Result<(), Error> {
    let seen = desk.cloud().recording(desk.app().await?, cloud).await?;
    note_cloud(desk, id, seen.as_ref())
}

async fn list_cloud(desk: &Desk, watched: &[(&Recording, &CloudRecordingId)]) -> Result<Vec<CloudRecording>, Error> {
    let app = desk.app().await?;
    let mut found: Vec<CloudRecording> = Vec::new();
    for page in 1..=PAGES {
        let query = RecordingsQuery { page, per_page: PAGE, ..RecordingsQuery::default() };
        let listed = desk.cloud().recordings(app, &query).await?;
        let last = listed.is_last();
        found.extend(listed.items);
        let all_found = watched.iter().all(|(_, cloud)| found.iter().any(|seen| seen.id == **cloud));
        if last || all_found {
            break;
        }
    }
    Ok(found)
}

/// Videos at Stream, all of them in one list call.
async fn watch_videos(
    desk: &Desk,
    memory: &mut Memory,
    trouble: &mut Option<Trouble>,
    watched: &[(&Recording, &VideoId)],
) -> Result<(), Error> {
    for chunk in watched.chunks(50) {
        let query =
            VideosQuery { ids: chunk.iter().map(|(_, video)| (*video).clone()).collect(), ..VideosQuery::default() };
        match desk.cloud().videos(&query).await {
            Ok(videos) => {
                for (recording, id) in chunk {
                    let result = match videos.iter().find(|video| video.uid == **id) {
                        Some(video) => import::note_video(desk, recording, Some(video)).await,
                        // A list may lag behind; only Stream's own “not found” means that a video is gone.
                        None => match desk.cloud().video(id).await {
                            Ok(video) => import::note_video(desk, recording, video.as_ref()).await,
                            Err(error) => Err(error.into()),
                        },
                    };
                    settle(desk, memory, trouble, recording.id, result)?;
                }
            }
            Err(error) => {
                for (recording, _) in chunk {
                    settle(desk, memory, trouble, recording.id, Err(Error::Cloud(error.clone())))?;
                }
            }
        }
    }
    Ok(())
}
