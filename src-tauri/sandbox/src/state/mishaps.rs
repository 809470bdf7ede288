//! Mishaps: failures inside Cloudflare that no single reply shows, such as a recorder that never joins, a lost file, or
//! an encode that stops.
//!
//! A mishap waits in a queue for the next recording or video to which it applies, and then affects that object only. A
//! rehearsal therefore fails exactly as often as requested.

use serde::{Deserialize, Serialize};

use super::video::VideoError;

/// The kinds of mishap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Mishap {
    /// A recording fails some time after its recorder began to record.
    RecordingFails {
        /// The seconds from the beginning to the failure.
        #[serde(default)]
        after_seconds: f64,
    },
    /// A recording stays INVOKED until it is stopped.
    RecorderNeverComes,
    /// A recording ends ERRORED instead of UPLOADED.
    UploadFails,
    /// Stream fails to import a source.
    ImportFails {
        /// Stream's code, such as `ERR_FETCH_ORIGIN_ERROR`.
        code: String,
    },
    /// The encode of a video stops and never ends.
    EncodeStuck {
        /// The percentage at which it stops.
        percent: f64,
    },
}

/// A mishap, and the number of objects to which it will apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueuedMishap {
    /// The number of recordings or videos to which the mishap will still apply.
    #[serde(default = "once")]
    pub count: u64,
    pub mishap: Mishap,
}

fn once() -> u64 {
    1
}

/// The mishaps that wait, in the order in which they were queued.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Mishaps(Vec<QueuedMishap>);

impl Mishaps {
    /// Queues a mishap.
    pub fn add(&mut self, waiting: QueuedMishap) {
        if waiting.count > 0 {
            self.0.push(waiting);
        }
    }

    /// Removes all waiting mishaps. Objects that have a mishap already keep it.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes the mishap for a recording that was just started, if one waits.
    pub fn take_for_recording(&mut self) -> Option<Mishap> {
        self.take(|mishap| {
            matches!(mishap, Mishap::RecordingFails { .. } | Mishap::RecorderNeverComes | Mishap::UploadFails)
        })
    }

    /// Takes the error for a source that could be imported, if one waits.
    pub fn take_import_error(&mut self) -> Option<VideoError> {
        let Some(Mishap::ImportFails { code }) = self.take(|mishap| matches!(mishap, Mishap::ImportFails { .. }))
        else {
            return None;
        };
        Some(VideoError { text: error_text(&code).to_owned(), code })
    }

    /// Takes the percentage at which an encode stops, if such a mishap waits.
    pub fn take_encode_stop(&mut self) -> Option<f64> {
        match self.take(|mishap| matches!(mishap, Mishap::EncodeStuck { .. })) {
            Some(Mishap::EncodeStuck { percent }) => Some(percent.clamp(0.0, 99.0)),
            _ => None,
        }
    }

    fn take(&mut self, meant: impl Fn(&Mishap) -> bool) -> Option<Mishap> {
        let at = self.0.iter().position(|waiting| meant(&waiting.mishap))?;
        let waiting = &mut self.0[at];
        waiting.count -= 1;
        let mishap = waiting.mishap.clone();
        if waiting.count == 0 {
            self.0.remove(at);
        }
        Some(mishap)
    }
}

/// Stream's text for an error code.
fn error_text(code: &str) -> &'static str {
    match code {
        "ERR_FETCH_ORIGIN_ERROR" => "The video could not be fetched from its origin.",
        "ERR_NON_VIDEO" => "The file was not recognized as a valid video file.",
        "ERR_MALFORMED_VIDEO" => "The video was deemed to be corrupted or malformed.",
        "ERR_DURATION_EXCEED_CONSTRAINT" => "The video is longer than maxDurationSeconds allows.",
        "ERR_DURATION_TOO_SHORT" => "The video is shorter than 0.1 seconds.",
        _ => "The video could not be processed.",
    }
}
