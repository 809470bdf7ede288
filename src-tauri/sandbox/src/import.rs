//! The work behind the scenes: storing a finished recording, and looking at what Stream is asked to copy.
//!
//! A source is really fetched: `HEAD`, then `GET` of its first bytes with `Range`, as Stream's documentation asks of a
//! source. Only as much is read as it takes to tell what it is.

use std::{sync::Arc, time::Duration};

use axum::http::{StatusCode, header};
use chrono::TimeDelta;

use crate::{
    clock::{Moment, seconds},
    media,
    mishaps::Mishaps,
    presign,
    probe::{self, Kind},
    state::{
        Errand, Model,
        recording::Recording,
        video::{Footage, Import, Timeline, Video, VideoError},
    },
    switches::Switches,
    webhooks,
    world::World,
};

/// Enough of a file to find its index when that comes first.
const HEAD_BYTES: u64 = 1 << 20;
/// The largest index that is read when it comes last.
const MOST_INDEX_BYTES: u64 = 16 << 20;

/// Does one errand.
pub async fn run(world: &Arc<World>, errand: Errand) {
    match errand {
        Errand::Warm { recording } => warm(world, &recording).await,
        Errand::Measure { recording } => measure(world, &recording).await,
        Errand::Fetch { video } => fetch(world, &video).await,
        Errand::Deliver { delivery } => webhooks::deliver(world, &delivery).await,
    }
}

/// What a recording's file shows.
pub fn footage_of(recording: &Recording) -> Footage {
    let begun = recording.started.unwrap_or(recording.invoked);
    Footage {
        title: recording.title.clone(),
        subtitle: begun.format("%Y-%m-%d %H:%M UTC").to_string(),
        width: recording.config.width,
        height: recording.config.height,
        millis: recording.file_seconds() * 1_000,
        bytes: recording.size.unwrap_or(0),
    }
}

async fn warm(world: &Arc<World>, id: &str) {
    let pictured = |recording: &&Recording| recording.track.is_none();
    let footage = world.with(|model| model.recordings.get(id).filter(pictured).map(footage_of));
    if let Some(footage) = footage
        && let Err(error) = world.clips.get(&footage).await
    {
        tracing::warn!(%error, "a recording could not be rendered");
    }
}

async fn measure(world: &Arc<World>, id: &str) {
    let known = world.with(|model| model.recordings.get(id).filter(|recording| !recording.doomed).cloned());
    let Some(recording) = known else { return };
    let footage = footage_of(&recording);
    if recording.track.is_some() {
        let size = u64::try_from(media::silence(Duration::from_millis(footage.millis)).len()).ok();
        world.with(|model| model.change_recording(id, |recording| recording.size = size));
        return;
    }
    match world.clips.get(&footage).await {
        Ok(clip) => {
            let layout = clip.mp4(Duration::from_millis(footage.millis));
            world.with(|model| {
                let least = model.switches.recording_bytes_per_second.saturating_mul(footage.millis / 1_000);
                let size = Some(layout.padded_to(least).len());
                model.change_recording(id, |recording| recording.size = size);
            });
        }
        Err(error) => {
            tracing::warn!(%error, "a recording could not be rendered");
            world.with(|model| {
                model.change_recording(id, |recording| {
                    recording.doomed = true;
                });
            });
        }
    }
}

async fn fetch(world: &Arc<World>, uid: &str) {
    let Some(source) = world.with(|model| model.videos.get(uid).and_then(|video| video.source.clone())) else {
        return;
    };
    let found = look_at(world, &source).await;
    world.with(|model| {
        let own = presign::recording_of(&source, &model.host).and_then(|id| model.recordings.get(&id).map(footage_of));
        let found = match (found, own) {
            // One of our own files: the video shows what the recording shows.
            (Ok(seen), Some(own)) => Ok(Footage { bytes: seen.bytes, ..own }),
            (found, _) => found,
        };
        settle_import(model, uid, found);
    });
}

/// Notes what a video's source turned out to be.
pub fn settle_import(model: &mut Model, uid: &str, found: Result<Footage, VideoError>) {
    let switches = model.switches.clone();
    let now = model.now;
    let found = found.and_then(|footage| model.mishaps.import_error().map_or(Ok(footage), Err));
    let mishaps = &mut model.mishaps;
    model.videos.edit(uid, |video| {
        let from = if video.source.is_some() { video.created } else { now };
        video.import = judge(video, found, from, &switches, mishaps);
    });
}

fn judge(
    video: &Video,
    found: Result<Footage, VideoError>,
    from: Moment,
    switches: &Switches,
    mishaps: &mut Mishaps,
) -> Import {
    let failed = |code: &str, text: &str, at: Moment| {
        let error = VideoError { code: code.to_owned(), text: text.to_owned() };
        Import::Failed { error, at }
    };
    match found {
        Err(error) => Import::Failed { error, at: from + seconds(switches.download_seconds) },
        Ok(footage) => {
            let length = Duration::from_millis(footage.millis);
            let fetched = from + seconds(switches.download_seconds + switches.download_fraction * length.as_secs_f64());
            let timeline = timeline(fetched, length, switches);
            if footage.millis < 100 {
                failed("ERR_DURATION_TOO_SHORT", "The video is shorter than 0.1 seconds.", timeline.fetched)
            } else if video.max_duration_seconds.is_some_and(|most| length > Duration::from_secs(most)) {
                let text = "The video is longer than maxDurationSeconds allows.";
                failed("ERR_DURATION_EXCEED_CONSTRAINT", text, timeline.fetched)
            } else {
                Import::Footage { footage, timeline, stuck_at: mishaps.stuck_at() }
            }
        }
    }
}

/// What is known of a clip from the beginning, for nothing has to be fetched.
pub fn cut(footage: Footage, from: Moment, switches: &Switches) -> Import {
    let timeline = timeline(from, Duration::from_millis(footage.millis), switches);
    Import::Footage { footage, timeline, stuck_at: None }
}

fn timeline(fetched: Moment, length: Duration, switches: &Switches) -> Timeline {
    let begun = fetched + seconds(switches.queue_seconds);
    let encode = seconds(switches.encode_seconds + switches.encode_fraction * length.as_secs_f64());
    let until_playable = encode.as_seconds_f64() * switches.playable_fraction.clamp(0.0, 1.0);
    let playable = begun + seconds(until_playable);
    let done = (begun + encode).max(playable + TimeDelta::microseconds(1));
    Timeline { fetched, begun, playable, done }
}

async fn look_at(world: &World, source: &str) -> Result<Footage, VideoError> {
    let unreachable = |what: &str| VideoError {
        code: "ERR_FETCH_ORIGIN_ERROR".into(),
        text: format!("The video could not be fetched from its origin: {what}."),
    };
    let head = world.http.head(source).send().await.map_err(|_| unreachable("it does not answer"))?;
    if !head.status().is_success() {
        return Err(unreachable(&format!("HEAD is answered with {}", head.status().as_u16())));
    }
    let (total, mut bytes) = ranged(world, source, 0, HEAD_BYTES).await.map_err(|what| unreachable(&what))?;
    if let Some(index) = probe::index_beyond(&bytes, total) {
        let wanted = index.end.saturating_sub(index.start).min(MOST_INDEX_BYTES);
        let (_, rest) = ranged(world, source, index.start, wanted).await.map_err(|what| unreachable(&what))?;
        bytes.truncate(usize::try_from(index.start).unwrap_or(usize::MAX).min(bytes.len()));
        bytes = probe::spliced(&bytes, &rest);
    }
    footage_in(&bytes, total)
}

/// What the bytes of a file are, given as much of it as holds its index.
pub fn footage_in(bytes: &[u8], total: u64) -> Result<Footage, VideoError> {
    let error = |code: &str, text: &str| VideoError { code: code.into(), text: text.into() };
    match probe::look(bytes) {
        Kind::NotVideo => Err(error("ERR_NON_VIDEO", "The file was not recognized as a valid video file.")),
        Kind::Broken => Err(error("ERR_MALFORMED_VIDEO", "The video was deemed to be corrupted or malformed.")),
        Kind::Movie { width, height, millis } => {
            Ok(Footage { title: "Uploaded video".into(), subtitle: String::new(), width, height, millis, bytes: total })
        }
    }
}

/// Up to `length` bytes from `start` on, and the size of the whole.
async fn ranged(world: &World, source: &str, start: u64, length: u64) -> Result<(u64, Vec<u8>), String> {
    let range = format!("bytes={start}-{}", start + length.max(1) - 1);
    let mut response = world
        .http
        .get(source)
        .header(header::RANGE, range)
        .send()
        .await
        .map_err(|_| "it does not answer".to_owned())?;
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Err(format!("GET with Range is answered with {}", response.status().as_u16()));
    }
    let total = response
        .headers()
        .get(header::CONTENT_RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit_once('/'))
        .and_then(|(_, total)| total.parse().ok())
        .ok_or_else(|| "content-range does not tell its size".to_owned())?;
    let most = usize::try_from(length).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "the transfer broke off".to_owned())? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= most {
            bytes.truncate(most);
            break;
        }
    }
    Ok((total, bytes))
}
