//! Converts Cloudflare's statuses to observations.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cloudflare::{RealtimeKitRecording, RecordingStatus, Video, VideoState};
use crate::context::Context;
use crate::domain::bounds::{Moved as _, nearest_moment};
use crate::domain::recorder::cause::Cause;
use crate::domain::recorder::recording::{Facts, Noticed, Recording, Status};
use crate::domain::recorder::stage::{Observation, Percent};

/// The observation for a RealtimeKit recording; `None` for an undocumented status.
pub(crate) fn recorder(recording: &RealtimeKitRecording) -> Option<Observation> {
    Some(match &recording.status {
        RecordingStatus::Invoked => Observation::RecorderStarting,
        RecordingStatus::Recording => Observation::RecorderRecording,
        RecordingStatus::Paused => Observation::RecorderPaused,
        RecordingStatus::Uploading => Observation::RecorderUploading,
        RecordingStatus::Uploaded if recording.download_url.is_some() => Observation::RecorderUploaded,
        RecordingStatus::Uploaded if recording.own_storage.is_some() => Observation::RecorderInOwnStorage,
        RecordingStatus::Uploaded => Observation::RecorderWithoutFile,
        RecordingStatus::Errored => Observation::RecorderErrored,
        RecordingStatus::Unknown(other) => {
            tracing::debug!(recording = %recording.id, status = %other, "RealtimeKit names an unknown status");
            return None;
        }
    })
}

/// Adds what a RealtimeKit recording reports to the facts.
pub(crate) fn learn_recording(facts: &mut Facts, recording: &RealtimeKitRecording) {
    facts.realtimekit_recording = Some(recording.id.clone());
    facts.started_at = recording.started_time.or(facts.started_at);
    facts.stopped_at = recording.stopped_time.or(facts.stopped_at);
    facts.size = recording.file_size.or(facts.size);
    if let Some(place) = &recording.own_storage {
        facts.own_storage = Some(place.clone());
    }
    facts.file_expires = recording.download_url_expiry.or(facts.file_expires);
    if facts.video.is_none() {
        facts.length = recording.duration.and_then(|length| chrono::TimeDelta::from_std(length).ok()).or(facts.length);
    }
}

/// The observation for a Stream video; `None` for an undocumented state.
pub(crate) fn video(video: &Video) -> Option<Observation> {
    let percent = Percent::clamped(video.pct.unwrap_or(0.0));
    Some(match &video.state {
        VideoState::Error => Observation::VideoFailed(
            video.error.as_ref().map_or(Cause::EncodingFailed, |error| Cause::from_stream(&error.code)),
        ),
        // `readyToStream` decides whether a video plays. `ready` may come with a percentage below 100 while better
        // renditions are still encoded.
        VideoState::Ready if video.ready_to_stream && video.pct.is_none() => {
            Observation::VideoPlayable(Percent::clamped(100.0))
        }
        _ if video.ready_to_stream => Observation::VideoPlayable(percent),
        VideoState::PendingUpload | VideoState::Downloading => Observation::VideoDownloading,
        VideoState::Queued => Observation::VideoQueued,
        VideoState::InProgress | VideoState::Ready => Observation::VideoEncoding(percent),
        VideoState::LiveInProgress => return None,
        VideoState::Unknown(other) => {
            tracing::debug!(video = %video.uid, state = %other, "Stream names an unknown state");
            return None;
        }
    })
}

/// Notes that this desk, which follows `recording`, now sees that its video can be watched.
pub(crate) fn notice(context: &Context, recording: &Recording, facts: &mut Facts, video: &Video) {
    if video.ready_to_stream && recording.status() != Status::Ready && facts.noticed.is_none() {
        let unasked = recording.work.last_check.map(|last| context.now().since(last).max(TimeDelta::zero()));
        facts.noticed = Some(Noticed { at: context.cloudflare_now(), unasked });
    }
}

/// Adds what a Stream video reports to the facts.
pub(crate) fn learn_video(facts: &mut Facts, video: &Video) {
    facts.video = Some(video.uid.clone());
    facts.length = video.duration.and_then(|length| chrono::TimeDelta::from_std(length).ok()).or(facts.length);
    facts.size = video.size.filter(|size| *size > 0).or(facts.size);
    // The database holds milliseconds, so that what is known already is no news.
    let whole = |at: DateTime<Utc>| nearest_moment(at.timestamp_millis());
    facts.video_created = video.created.map(whole).or(facts.video_created);
    facts.video_deletion = video.scheduled_deletion.map(whole);
    let ready = video.ready_to_stream_at.filter(|_| video.ready_to_stream);
    facts.video_ready = facts.video_ready.or(ready.map(whole));
    if let Some(manifest) = &video.playback_hls {
        facts.manifest = Some(manifest.clone());
    }
}
