//! The output of the commands that print recordings.

use hajime_core::actions::library::view;
use hajime_core::context::Context;
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::error::Error;
use serde::Serialize;

use crate::commands::instant;

/// The output for a recording. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
pub(crate) struct RecordingView {
    id: String,
    session_id: String,
    title: String,
    status: &'static str,
    stage: &'static str,
    sentence: String,
    cause: Option<&'static str>,
    next_step: Option<&'static str>,
    /// Whether `recording retry` may succeed; `null` for a recording that has not failed.
    retryable: Option<bool>,
    video_id: Option<String>,
    progress: Option<u8>,
    duration_seconds: Option<i64>,
    size_bytes: Option<u64>,
    recorded_at: String,
    rescue_until: Option<String>,
    relay_bytes: Option<RelayView>,
    last_check: Option<String>,
    next_check: Option<String>,
    retries: u32,
    expected_ready: Option<String>,
    removed_at: Option<String>,
    kept: bool,
    deleted_at: Option<String>,
    instructor: String,
    notes: String,
    tags: Vec<String>,
    /// What it was cut from; `null` for a recording of a class.
    clip: Option<ClipView>,
}

/// What a recording is a part of.
#[derive(Debug, Serialize)]
struct ClipView {
    of: String,
    from_second: u32,
    to_second: u32,
}

/// The progress of a relay through this computer to Stream, in bytes.
#[derive(Debug, Serialize)]
struct RelayView {
    total: Option<u64>,
    fetched: u64,
    sent: u64,
}

impl From<view::RecordingView> for RecordingView {
    fn from(shown: view::RecordingView) -> Self {
        let view::RecordingView { recording, sentence, expected, links_made: _, failure, removable: _, kept, written } =
            shown;
        Self {
            id: recording.id.to_string(),
            session_id: recording.session.to_string(),
            status: recording.status().name(),
            stage: recording.stage.name(),
            sentence,
            cause: failure.map(|failure| failure.cause.code()),
            next_step: failure.map(|failure| failure.next),
            retryable: failure.map(|failure| failure.retryable),
            video_id: recording.facts.video.as_ref().map(ToString::to_string),
            progress: recording.progress(),
            duration_seconds: recording.facts.length.map(|length| length.num_seconds()),
            size_bytes: recording.facts.size,
            // The time by this computer’s clock, as in the schedule. Cloudflare’s clock may differ, and the sandbox’s
            // clock may run faster.
            recorded_at: instant(recording.created_at),
            rescue_until: recording.rescue_until().map(instant),
            relay_bytes: recording.facts.relay.as_ref().map(|relay| RelayView {
                total: relay.total,
                fetched: relay.fetched,
                sent: relay.sent,
            }),
            last_check: recording.work.last_check.map(instant),
            next_check: recording.work.next_check().map(instant),
            retries: recording.work.auto_retries.made,
            expected_ready: expected.map(|expected| instant(expected.likely)),
            removed_at: recording.removed_at.map(instant),
            kept,
            deleted_at: recording.deleted_at().map(instant),
            instructor: recording.instructor_name().to_owned(),
            notes: written.notes,
            tags: written.tags,
            clip: recording.facts.clip.map(|clip| ClipView {
                of: clip.of.to_string(),
                from_second: clip.range.begin(),
                to_second: clip.range.end(),
            }),
            title: recording.title,
        }
    }
}

impl RecordingView {
    pub(crate) fn read(context: &Context, recording: Recording) -> Result<Self, Error> {
        Ok(view::view(context, recording)?.into())
    }

    pub(crate) fn line(&self) -> String {
        let off = if self.removed_at.is_some() { " In the bin." } else { "" };
        let again = match (&self.cause, &self.next_check) {
            (Some(_), Some(at)) => format!(" Hajime tries again by itself at {at}."),
            _ => String::new(),
        };
        let status = if self.deleted_at.is_some() { "DELETED" } else { self.status };
        format!("{}  {:<10}  {}  {} — {}{again}{off}", self.id, status, self.recorded_at, self.title, self.sentence)
    }
}
