//! Uploads in progress. The sandbox inspects an uploaded file and does not keep it. An upload therefore holds only the
//! beginning and the end of the file: one of them has the index, which states the length and the dimensions.

use crate::{
    probe,
    state::video::{Footage, VideoError},
};

/// How many bytes of each end of a file are held: enough for the index of a video of many hours.
const HELD_BYTES: usize = 16 << 20;

/// An upload in progress.
#[derive(Debug, Default)]
pub struct PartialUpload {
    /// The uid of the video; empty for an upload by form, because its route knows the video.
    pub video: String,
    /// The file's size in bytes as announced by a tus client; `None` for an upload by form.
    pub announced: Option<u64>,
    head: Vec<u8>,
    tail: Vec<u8>,
    received: u64,
}

impl PartialUpload {
    /// A tus upload of `bytes` bytes for a new video.
    pub fn announced(video: String, bytes: u64) -> Self {
        Self { video, announced: Some(bytes), ..Self::default() }
    }

    /// How many bytes have arrived.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Appends the next bytes of the file.
    pub fn append(&mut self, bytes: &[u8]) {
        self.received += u64::try_from(bytes.len()).unwrap_or(0);
        let room = HELD_BYTES - self.head.len().min(HELD_BYTES);
        let (head, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(rest);
        // The tail is trimmed only when it is twice as long as needed, because trimming it for every piece would take
        // longer than the rest of this function.
        if self.tail.len() > 2 * HELD_BYTES {
            self.tail.drain(..self.tail.len() - HELD_BYTES);
        }
    }

    /// Inspects the complete file.
    pub fn footage(&self) -> Result<Footage, VideoError> {
        let Some(index) = probe::missing_index(&self.head, self.received) else {
            return Footage::read(&self.head, self.received);
        };
        let tail_starts = self.received - u64::try_from(self.tail.len()).unwrap_or(0);
        let held = index.start.checked_sub(tail_starts).and_then(|at| self.tail.get(usize::try_from(at).ok()?..));
        Footage::read(&probe::join_head_and_index(&self.head, held.unwrap_or_default()), self.received)
    }

    /// Frees the held bytes of a file that has been inspected. The count of received bytes stays.
    pub fn release(&mut self) {
        (self.head, self.tail) = (Vec::new(), Vec::new());
    }
}
