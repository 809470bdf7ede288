//! What goes wrong inside the provider, where no single reply shows it: a recorder that never comes, a file that is lost,
//! a source that cannot be fetched, an encode that stands still.
//!
//! A mishap waits for the next recording or video it is for, and becomes a fact of that object. It is used up there, so
//! that a rehearsal goes wrong as often as it was told to and no more.

use serde::{Deserialize, Serialize};

use super::video::VideoError;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Mishap {
    /// A recording is given up some time after it began.
    RecordingFails {
        /// How long it goes on before that, in seconds.
        #[serde(default)]
        after_seconds: f64,
    },
    /// A recording never leaves INVOKED.
    RecorderNeverComes,
    /// A recording ends without a file.
    UploadFails,
    /// Stream gives up on a source.
    ImportFails {
        /// Stream's code, such as `ERR_FETCH_ORIGIN_ERROR`.
        code: String,
    },
    /// An encode stands still.
    EncodeStuck {
        /// How far it gets, in percent.
        percent: f64,
    },
}

/// A mishap, and how often it happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// How many recordings or videos it still happens to.
    #[serde(default = "once")]
    pub count: u64,
    /// What happens.
    pub mishap: Mishap,
}

fn once() -> u64 {
    1
}

/// The mishaps that wait, in the order in which they were set.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Mishaps(Vec<Waiting>);

impl Mishaps {
    /// Adds a mishap to those that wait.
    pub fn add(&mut self, waiting: Waiting) {
        if waiting.count > 0 {
            self.0.push(waiting);
        }
    }

    /// Forgets all that wait. What has happened stays as it is.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What goes wrong with a recording that has just been started.
    pub fn of_recording(&mut self) -> Option<Mishap> {
        self.take(|mishap| {
            matches!(mishap, Mishap::RecordingFails { .. } | Mishap::RecorderNeverComes | Mishap::UploadFails)
        })
    }

    /// What Stream has against a source that is otherwise sound.
    pub fn import_error(&mut self) -> Option<VideoError> {
        let Some(Mishap::ImportFails { code }) = self.take(|mishap| matches!(mishap, Mishap::ImportFails { .. }))
        else {
            return None;
        };
        Some(VideoError { text: explained(&code).to_owned(), code })
    }

    /// How far, in percent, an encode gets that will stand still.
    pub fn stuck_at(&mut self) -> Option<f64> {
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

/// What Stream says with a code.
fn explained(code: &str) -> &'static str {
    match code {
        "ERR_FETCH_ORIGIN_ERROR" => "The video could not be fetched from its origin.",
        "ERR_NON_VIDEO" => "The file was not recognized as a valid video file.",
        "ERR_MALFORMED_VIDEO" => "The video was deemed to be corrupted or malformed.",
        "ERR_DURATION_EXCEED_CONSTRAINT" => "The video is longer than maxDurationSeconds allows.",
        "ERR_DURATION_TOO_SHORT" => "The video is shorter than 0.1 seconds.",
        _ => "The video could not be processed.",
    }
}
