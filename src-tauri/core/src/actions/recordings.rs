//! Recordings: look, pause, resume, retry, play.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Desk, Error, SecretUrl, capture, links, observe, rooms, sessions};
use crate::cloudflare::{RecordingAction, RecordingStatus};
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::cause::Cause;
use crate::domain::coverage::{Coverage, coverage};
use crate::domain::ids::{RecordingId, SessionId};
use crate::domain::line::STREAM_TAKES;
use crate::domain::link::{ShareLink, Validity};
use crate::domain::recording::{Facts, Recording, RecordingEvent, Status};
use crate::domain::session::SessionState;
use crate::domain::stage::{Seen, Stage};
use crate::ports::Topic;
use crate::store::{Counts, Filter, Query, TRIED_BY_HAND};

/// A recording with its history and its links.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The recording.
    pub recording: Recording,
    /// Its history, oldest first.
    pub events: Vec<RecordingEvent>,
    /// Its links, newest first.
    pub links: Vec<ShareLink>,
    /// Whether the whole class is in the video, as far as that is known.
    pub coverage: Option<Coverage>,
}

/// One page of recordings.
#[derive(Debug, Clone)]
pub struct Page {
    /// The recordings.
    pub rows: Vec<Recording>,
    /// How many the search and the filter find.
    pub total: u32,
    /// How many the search finds, by status.
    pub counts: Counts,
    /// How many are gone at Cloudflare, whatever is searched for.
    pub gone: u32,
}

/// Addresses that play a recording in the window.
#[derive(Debug, Clone)]
pub struct Playback {
    /// The HLS manifest.
    pub hls: SecretUrl,
    /// A still picture.
    pub poster: SecretUrl,
    /// Until when they work.
    pub expires_at: DateTime<Utc>,
}

/// One recording.
pub fn get(desk: &Desk, id: RecordingId) -> Result<Recording, Error> {
    desk.store().recording(id)?.ok_or_else(|| Error::NotFound { what: "recording", id: id.to_string() })
}

/// What is happening to a recording, in one sentence. It says why a recording waits for Stream, and why Stream refused one.
pub fn sentence(desk: &Desk, recording: &Recording) -> Result<String, Error> {
    if matches!(recording.stage, Stage::Failed { cause: Cause::ImportRefused, .. }) {
        return Ok(desk.store().refusal(recording.id)?.unwrap_or_else(|| recording.sentence()));
    }
    if recording.stage != Stage::Uploaded {
        return Ok(recording.sentence());
    }
    if desk.store().places_taken()? >= STREAM_TAKES {
        return Ok(format!("The file is saved. Waiting: Stream takes {STREAM_TAKES} at once"));
    }
    match desk.cloud().copy_blocked() {
        Some(blocked) => {
            Ok(format!("The file is saved. Waiting: Stream takes no more for now; asked again {}", blocked.end()))
        }
        None => Ok(recording.sentence()),
    }
}

/// One recording with its history and its links.
pub fn detail(desk: &Desk, id: RecordingId) -> Result<Detail, Error> {
    let (recording, events) = (get(desk, id)?, desk.store().recording_events(id)?);
    let mut coverage = coverage(&recording, &events);
    if let Some(found) = coverage {
        let ended = |other: &Recording| other.facts.stopped_at.filter(|_| other.status() != Status::Failed);
        let others = desk.store().recordings_of(recording.session)?.into_iter().filter(|other| other.id != id);
        let before = others.filter(|other| ended(other).is_some_and(|ended| ended <= found.began)).max_by_key(ended);
        if let Some(before) = before {
            coverage = Some(found.following(&before, &desk.store().recording_events(before.id)?));
        }
    }
    Ok(Detail { recording, events, links: desk.store().links_of(id)?, coverage })
}

/// A page of recordings, newest first.
pub fn list(desk: &Desk, query: &Query) -> Result<Page, Error> {
    let counts = desk.store().count_recordings(&query.search)?;
    let total = match query.filter {
        Filter::All => counts.all,
        Filter::Ready => counts.ready,
        Filter::Processing => counts.processing,
        Filter::Failed => counts.failed,
        Filter::Deleted => counts.deleted,
    };
    Ok(Page { rows: desk.store().find_recordings(query)?, total, counts, gone: desk.store().count_gone(desk.now())? })
}

/// Pauses the recording of a live session. Pausing what is paused is fine.
pub async fn pause(desk: &Desk, session: SessionId) -> Result<Recording, Error> {
    act(desk, session, RecordingAction::Pause).await
}

/// Resumes it, or begins a new one when the last has stopped. Resuming what runs is fine.
pub async fn resume(desk: &Desk, id: SessionId) -> Result<Recording, Error> {
    let session = sessions::get(desk, id)?;
    let latest = desk.store().recordings_of(id)?.into_iter().next();
    match &session.state {
        SessionState::Live(room) if session.plan.record && latest.as_ref().is_none_or(nothing_yet) => {
            let _turn = desk.turn().await?;
            if rooms::look(desk, &room.id).await?.0 == 0 {
                return Err(nothing_recorded());
            }
            if let Some(stuck) = latest.filter(|last| last.stage == Stage::Requested) {
                if stuck.facts.cloud.is_none()
                    && let Some(running) = capture::claim_running(desk, &room.id, Some(stuck.id)).await?
                {
                    capture::note_cloud(desk, stuck.id, Some(&running))?;
                    desk.check_now();
                    return get(desk, stuck.id);
                }
                if !give_up(desk, &stuck).await? {
                    desk.check_now();
                    return get(desk, stuck.id);
                }
            }
            let begun = capture::begin(desk, &session, room).await?;
            desk.check_now();
            get(desk, begun)
        }
        _ => act(desk, id, RecordingAction::Resume).await,
    }
}

/// Whether nothing is captured: there is no recording any more, or it was asked for and never seen.
fn nothing_yet(latest: &Recording) -> bool {
    !latest.stage.capturing() || latest.stage == Stage::Requested
}

/// Gives up a recording that never began, so that another can take its place: RealtimeKit has one at a time. `false` where it did begin.
async fn give_up(desk: &Desk, stuck: &Recording) -> Result<bool, Error> {
    if let Some(cloud) = &stuck.facts.cloud {
        let seen = capture::look(desk, stuck, cloud).await?;
        if seen.as_ref().is_some_and(capture::is_recording) {
            capture::note_cloud(desk, stuck.id, seen.as_ref())?;
            return Ok(false);
        }
        match desk.cloud().act_on_recording(desk.app().await?, cloud, RecordingAction::Stop).await {
            // It has stopped, or is not known any more: either way it is out of the way.
            Err(error) if error.retryable() || seen.is_some_and(|seen| seen.status == RecordingStatus::Invoked) => {
                return Err(error.into());
            }
            Ok(_) | Err(_) => {}
        }
    }
    let note = "It never began and was begun again by hand.";
    desk.store().observe(stuck.id, Seen::Refused(Cause::NeverStarted), desk.now(), note, |_| {})?;
    Ok(true)
}

fn nothing_recorded() -> Error {
    Error::Conflict {
        message: "Nothing is being recorded in this session.".into(),
        next: "Recording begins with the first person in the room.",
    }
}

async fn act(desk: &Desk, session: SessionId, action: RecordingAction) -> Result<Recording, Error> {
    sessions::get(desk, session)?;
    let running = desk.store().recordings_of(session)?.into_iter().find(|recording| recording.stage.capturing());
    let Some((recording, cloud)) = running.and_then(|r| r.facts.cloud.clone().map(|cloud| (r, cloud))) else {
        return Err(nothing_recorded());
    };
    let seen = desk.cloud().act_on_recording(desk.app().await?, &cloud, action).await?;
    let note = match action {
        RecordingAction::Pause => "Paused by hand.",
        RecordingAction::Resume => "Resumed by hand.",
        RecordingAction::Stop => "Stopped by hand.",
    };
    let Some(meaning) = observe::cloud(&seen) else { return get(desk, recording.id) };
    desk.store().observe(recording.id, meaning, desk.now(), note, |facts| observe::learn_cloud(facts, &seen))?;
    desk.changed(&[Topic::Recordings, Topic::Sessions]);
    desk.check_now();
    get(desk, recording.id)
}

/// Tries a failed recording again from where it failed.
pub fn retry(desk: &Desk, id: RecordingId) -> Result<Recording, Error> {
    let recording = get(desk, id)?;
    match recording.stage {
        Stage::Failed { cause, .. } if cause.retryable() => {}
        Stage::Failed { cause, .. } => {
            return Err(Error::Conflict {
                message: format!("Trying again cannot help: {}", cause.sentence()),
                next: cause.next(),
            });
        }
        _ => {
            return Err(Error::Conflict {
                message: format!("“{}” has not failed.", recording.title),
                next: "Wait until it is ready.",
            });
        }
    }
    desk.store().observe(id, Seen::RetryAsked, desk.now(), TRIED_BY_HAND, Facts::begin_anew)?;
    desk.changed(&[Topic::Recordings]);
    desk.check_now();
    get(desk, id)
}

/// Addresses that play a recording in the window for some hours. Not a share link: they never leave this computer.
pub async fn play(desk: &Desk, id: RecordingId) -> Result<Playback, Error> {
    let recording = get(desk, id)?;
    let video = links::watchable(desk, &recording)?;
    let issued_at = links::signing_time(desk);
    let expires_at = issued_at.later(Validity::DAY.span().part(4));
    let signed = links::sign(desk, video, issued_at, expires_at, false).await?;
    Ok(Playback { hls: SecretUrl::new(&signed.urls.hls), poster: SecretUrl::new(&signed.urls.thumbnail), expires_at })
}

/// Whether Cloudflare's clock and this computer's are far enough apart to spoil signed links.
#[must_use]
pub fn clock_is_off(skew: TimeDelta) -> bool {
    skew.abs() > TimeDelta::minutes(4)
}
