//! The clip as one MP4 file of any length: the index names the same samples of a few hundred kilobytes again and again.
//!
//! A file of an hour is therefore hardly larger than the clip, although its index describes the whole hour. The index
//! comes first, so that the file plays while it loads.

use std::{ops::Range, sync::Arc, time::Duration};

use super::{
    Flaws, SEGMENT_FRAMES, TrackSelection,
    boxes::{Writer, bytes_of},
    encode::{Picture, total},
    length::{Length, TICKS_PER_AAC_FRAME, TICKS_PER_FRAME, TICKS_PER_SECOND},
    tracks::{SILENCE, SOUND, SOUND_BYTES, Track, movie_header, track},
};

/// AAC frames in a chunk: 1.6 seconds. A file with pictures holds one chunk of sound and one of silence, which the index
/// repeats. A file of sound alone holds every chunk in its place, because not every decoder goes back to an earlier one.
pub const CHUNK_AAC_FRAMES: u32 = 75;
/// The size of such a chunk in bytes.
const CHUNK_BYTES: usize = SOUND_BYTES * 75;

/// Whether an AAC frame of a film is silent.
pub fn is_silent(flaws: &Flaws, frame: u32) -> bool {
    let begin = u64::from(frame - frame % CHUNK_AAC_FRAMES) * u64::from(TICKS_PER_AAC_FRAME);
    flaws.is_silent(begin * 1_000 / u64::from(TICKS_PER_SECOND))
}

/// An MP4 file that shares the clip's bytes and can be read in ranges.
#[derive(Debug, Clone)]
pub struct Mp4Layout {
    parts: [Arc<[u8]>; 4],
    /// Zero bytes at the end, inside a `free` box.
    padding: u64,
}

impl Mp4Layout {
    pub(super) fn new(picture: &Picture, duration: Duration, selection: TrackSelection) -> Self {
        let length = Length::of(duration);
        let sound: Arc<[u8]> = match selection {
            TrackSelection::Audio => {
                let frame = |n| if is_silent(&picture.flaws, n) { SILENCE } else { SOUND };
                (0..length.audio_frames()).flat_map(frame).collect()
            }
            TrackSelection::Both | TrackSelection::Video => {
                [SOUND, SILENCE].map(|frame| frame.repeat(CHUNK_BYTES / SOUND_BYTES)).concat().into()
            }
        };
        // The position of the media depends on the size of the index. That size does not depend on the position, so it
        // is measured with a position of 0.
        let pictures: Arc<[u8]> =
            if selection == TrackSelection::Audio { Arc::default() } else { Arc::clone(&picture.media) };
        let media = (pictures.len(), sound.len());
        let index = |media_at: usize| index(picture, length, selection, media, media_at);
        let head = index(index(0).len());
        Self { parts: [head.into(), pictures, sound, Arc::default()], padding: 0 }
    }

    /// Adds free space, so that the file has this size in bytes. A file that is less than 16 bytes smaller, or larger,
    /// stays as it is.
    #[must_use]
    pub fn padded_to(mut self, bytes: u64) -> Self {
        const HEADER: u64 = 16;
        if let Some(padding) = bytes.checked_sub(self.len() + HEADER) {
            let header = bytes_of(|w| {
                // The 64-bit size after the kind allows more than four gigabytes.
                w.u32(1);
                w.raw(b"free");
                w.raw(&(padding + HEADER).to_be_bytes());
            });
            self.parts[3] = header.into();
            self.padding = padding;
        }
        self
    }

    /// The size of the file in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.parts.iter().map(|part| as_u64(part.len())).sum::<u64>() + self.padding
    }

    /// Returns the bytes of the part of a range that is within the file.
    #[must_use]
    pub fn read(&self, range: Range<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut at = 0;
        for part in &self.parts {
            // Positions are clamped to the part, so that they fit in `usize`.
            let within = |place: u64| usize::try_from(place.saturating_sub(at)).unwrap_or(usize::MAX).min(part.len());
            let (start, end) = (within(range.start), within(range.end));
            bytes.extend_from_slice(part.get(start..end).unwrap_or_default());
            at += as_u64(part.len());
        }
        let zeros = range.end.min(at + self.padding).saturating_sub(range.start.max(at));
        bytes.resize(bytes.len() + usize::try_from(zeros).unwrap_or(0), 0);
        bytes
    }
}

/// Everything before the media: `ftyp`, `moov`, and the header of `mdat`.
fn index(
    picture: &Picture,
    length: Length,
    selection: TrackSelection,
    (pictures, sound): (usize, usize),
    media_at: usize,
) -> Vec<u8> {
    bytes_of(|w| {
        w.boxed(*b"ftyp", |w| {
            let (brand, others): (&[u8], &[u8]) = match selection {
                TrackSelection::Audio => (b"M4A ", b"M4A isomiso2mp42"),
                TrackSelection::Both | TrackSelection::Video => (b"isom", b"isomiso2avc1mp41"),
            };
            w.raw(brand);
            w.u32(0x200);
            w.raw(others);
        });
        w.boxed(*b"moov", |w| {
            movie_header(w, length.millis());
            for which in selection.tracks() {
                match which {
                    Track::Video => track(w, picture, *which, (length.millis(), length.ticks()), |w| {
                        video_samples(w, picture, length, media_at);
                    }),
                    Track::Audio => {
                        let ticks = length.audio_frames() * TICKS_PER_AAC_FRAME;
                        track(w, picture, *which, (ticks / (TICKS_PER_SECOND / 1_000), ticks), |w| {
                            let chunk = |n: u32| match selection {
                                TrackSelection::Audio => usize::try_from(n).unwrap_or(0),
                                _ => usize::from(is_silent(&picture.flaws, n * CHUNK_AAC_FRAMES)),
                            };
                            audio_samples(w, length, |n| media_at + pictures + chunk(n) * CHUNK_BYTES);
                        });
                    }
                }
            }
        });
        w.u32(u32::try_from(8 + pictures + sound).unwrap_or(u32::MAX));
        w.raw(b"mdat");
    })
}

fn video_samples(w: &mut Writer, picture: &Picture, length: Length, media_at: usize) {
    let frames = length.frames();
    w.full(*b"stts", 0, 0, |w| {
        let steady = frames - 1;
        w.u32(if steady == 0 { 1 } else { 2 });
        if steady > 0 {
            w.u32(steady);
            w.u32(TICKS_PER_FRAME);
        }
        w.u32(1);
        w.u32(length.last_frame());
    });
    w.full(*b"stss", 0, 0, |w| {
        w.u32(frames.div_ceil(SEGMENT_FRAMES));
        (0..frames).step_by(usize::try_from(SEGMENT_FRAMES).unwrap_or(1)).for_each(|frame| w.u32(frame + 1));
    });
    // A chunk holds the frames from one keyframe to the next.
    chunks(w, frames, SEGMENT_FRAMES);
    w.full(*b"stsz", 0, 0, |w| {
        w.u32(0);
        w.u32(frames);
        let sizes = (0..frames.div_ceil(SEGMENT_FRAMES)).flat_map(|n| &picture.sizes[picture.in_segment(n)]);
        sizes.take(usize::try_from(frames).unwrap_or(0)).for_each(|size| w.u32(*size));
    });
    let starts = |n| media_at + total(&picture.sizes[..picture.in_segment(n).start]);
    offsets(w, (0..frames.div_ceil(SEGMENT_FRAMES)).map(starts));
}

/// `chunk_at` says where a chunk of sound begins.
fn audio_samples(w: &mut Writer, length: Length, chunk_at: impl Fn(u32) -> usize) {
    let frames = length.audio_frames();
    w.full(*b"stts", 0, 0, |w| {
        w.u32(1);
        w.u32(frames);
        w.u32(TICKS_PER_AAC_FRAME);
    });
    chunks(w, frames, CHUNK_AAC_FRAMES);
    w.full(*b"stsz", 0, 0, |w| {
        w.u32(u32::try_from(SILENCE.len()).unwrap_or(0));
        w.u32(frames);
    });
    offsets(w, (0..frames.div_ceil(CHUNK_AAC_FRAMES)).map(chunk_at));
}

/// `stsc`: `each` samples per chunk, and the rest in the last chunk.
fn chunks(w: &mut Writer, samples: u32, each: u32) {
    let (whole, left) = (samples / each, samples % each);
    // An entry applies from its first chunk to the next entry: first chunk, samples per chunk.
    let runs = [(1, each), (whole + 1, left)];
    let runs = match (whole, left) {
        (0, _) => &runs[1..],
        (_, 0) => &runs[..1],
        _ => &runs[..],
    };
    w.full(*b"stsc", 0, 0, |w| {
        w.u32(u32::try_from(runs.len()).unwrap_or(0));
        for (first, count) in runs {
            w.u32(*first);
            w.u32(*count);
            w.u32(1);
        }
    });
}

/// `stco`: the position of each chunk.
fn offsets(w: &mut Writer, starts: impl Iterator<Item = usize>) {
    let starts: Vec<usize> = starts.collect();
    w.full(*b"stco", 0, 0, |w| {
        w.u32(u32::try_from(starts.len()).unwrap_or(0));
        for start in starts {
            w.u32(u32::try_from(start).unwrap_or(u32::MAX));
        }
    });
}

fn as_u64(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
