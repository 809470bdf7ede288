//! Background tasks: rendering the clip of a recording, measuring its file, fetching the source of a video that Stream
//! was asked to copy, and delivering webhooks.
//!
//! A source is fetched over HTTP: `HEAD`, then `GET` of its first bytes with `Range`, because Stream's documentation
//! requires sources to answer both. Only the bytes that are needed to recognise the file are read.

use std::{sync::Arc, time::Duration};

use axum::http::{StatusCode, header};
use futures_util::future::BoxFuture;

use crate::{
    media, presign, probe,
    state::{
        recording::Recording,
        task::Task,
        video::{Footage, VideoError},
    },
    webhooks,
    world::World,
};

/// The number of bytes that are read from the beginning of a source: enough for an index at the beginning.
const HEAD_BYTES: u64 = 1 << 20;
/// The largest number of bytes that are read of an index at the end of a source.
const MAX_INDEX_BYTES: u64 = 16 << 20;

/// Runs one task to its end.
pub fn run(world: Arc<World>, task: Task) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        match task {
            Task::RenderClip { recording } => render_clip(&world, &recording).await,
            Task::MeasureFile { recording } => measure_file(&world, &recording).await,
            Task::FetchSource { video } => fetch_source(&world, &video).await,
            Task::DeliverWebhook { delivery } => deliver_webhook(&world, &delivery).await,
        }
    })
}

async fn render_clip(world: &Arc<World>, id: &str) {
    let has_picture = |recording: &&Recording| recording.track.is_none();
    let footage = world.with(|model| model.recordings.get(id).filter(has_picture).map(Footage::of_recording));
    if let Some(footage) = footage
        && let Err(error) = world.clips.get(&footage).await
    {
        tracing::warn!(%error, recording = id, "the clip of a recording could not be rendered");
    }
}

async fn measure_file(world: &Arc<World>, id: &str) {
    let known = world.with(|model| model.recordings.get(id).filter(|recording| !recording.doomed).cloned());
    let Some(recording) = known else { return };
    let footage = Footage::of_recording(&recording);
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
            tracing::warn!(%error, recording = id, "the file of a recording could not be rendered");
            world.with(|model| {
                model.change_recording(id, |recording| {
                    recording.doomed = true;
                });
            });
        }
    }
}

async fn fetch_source(world: &Arc<World>, uid: &str) {
    let Some(source) = world.with(|model| model.videos.get(uid).and_then(|video| video.source.clone())) else {
        return;
    };
    let found = inspect(world, &source).await;
    world.with(|model| {
        let recording = presign::recording_id_in(&source, &model.host).and_then(|id| model.recordings.get(&id));
        let found = match (found, recording.map(Footage::of_recording)) {
            // The source is the file of one of the sandbox's recordings, so the video gets the recording's footage.
            (Ok(seen), Some(recorded)) => Ok(Footage { bytes: seen.bytes, ..recorded }),
            (found, _) => found,
        };
        model.settle_import(uid, found);
    });
}

async fn deliver_webhook(world: &Arc<World>, id: &str) {
    let time = world.clock.verification().timestamp();
    let Some(message) = world.with(|model| webhooks::message(model, id, time)) else {
        // The webhook was deleted or disabled after the delivery was queued.
        world.with(|model| model.delivery_is_done(id));
        return;
    };
    match world.webhook_sender.send(id, message).await {
        Some(status) if status < 500 => world.with(|model| model.delivery_is_done(id)),
        status => {
            tracing::debug!(?status, delivery = id, "a webhook delivery was not accepted");
            world.with(|model| model.delivery_failed(id));
        }
    }
}

async fn inspect(world: &World, source: &str) -> Result<Footage, VideoError> {
    let unreachable = |what: &str| VideoError {
        code: "ERR_FETCH_ORIGIN_ERROR".into(),
        text: format!("The video could not be fetched from its origin: {what}."),
    };
    let head = world.http.head(source).send().await.map_err(|_| unreachable("it does not answer"))?;
    if !head.status().is_success() {
        return Err(unreachable(&format!("HEAD is answered with {}", head.status().as_u16())));
    }
    let (total, mut bytes) = read_range(world, source, 0, HEAD_BYTES).await.map_err(|what| unreachable(&what))?;
    if let Some(index) = probe::missing_index(&bytes, total) {
        let wanted = index.end.saturating_sub(index.start).min(MAX_INDEX_BYTES);
        let (_, rest) = read_range(world, source, index.start, wanted).await.map_err(|what| unreachable(&what))?;
        bytes.truncate(usize::try_from(index.start).unwrap_or(usize::MAX).min(bytes.len()));
        bytes = probe::join_head_and_index(&bytes, &rest);
    }
    Footage::read(&bytes, total)
}

/// Reads up to `length` bytes of a source from `start` on. Returns the size of the whole source and the bytes, or a
/// text with the reason of a failure.
async fn read_range(world: &World, source: &str, start: u64, length: u64) -> Result<(u64, Vec<u8>), String> {
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
