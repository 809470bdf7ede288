//! Real video for simulated recordings: a short clip is drawn and encoded once, and a recording of any length repeats
//! it.
//!
//! The picture shows the title, a running clock and a moving dot on a colour computed from the title, so that a person
//! sees at a glance which recording plays. It is H.264 constrained baseline at ten frames a second with AAC of soft noise.
//! The containers are written here, so that no other program is needed. A clip may have flaws: a stretch without sound, and
//! one in which the recorder was offline.
//!
//! ```text
//! draw ─► encode ─► Clip ─┬─► mp4   one file, whose sample table repeats the same bytes
//!                         ├─► hls   playlists and segments, made on request
//!                         └─► dash  a manifest of the same segments, with one track in each
//! draw ─► still ─┬─► jpeg           one picture in the requested size
//!                └─► gif            a few seconds of pictures
//! ```
//!
//! This module reads no clock, no file and nothing from the network.

mod boxes;
mod dash;
mod draw;
mod encode;
mod gif;
mod glyphs;
mod hls;
mod jpeg;
mod length;
mod mp4;
mod still;
mod tracks;
mod webm;

#[cfg(test)]
mod tests;

use std::{ops::Range, time::Duration};

use serde::{Deserialize, Serialize};

use self::{draw::Scene, encode::Picture, still::Still, tracks::Track};

pub use self::{
    mp4::Mp4Layout,
    still::{Fit, Frame},
    webm::silence,
};

/// Frames per second.
const FRAME_RATE: u32 = 10;
/// Frames in one loop of the clip: eight seconds, which a whole number of AAC frames fills exactly.
const LOOP_FRAMES: u32 = 80;
/// Frames between keyframes: two seconds, the length of an HLS segment.
const SEGMENT_FRAMES: u32 = 20;

/// The content and size of a clip.
///
/// H.264 with subsampled colour has even sizes only, and the encoder accepts 16 to 3840×2160 pixels (or 2160×3840). An
/// odd size becomes the even size below it; a size beyond the limits becomes the nearest one within them of the same
/// shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClipSpec {
    /// The title in the picture. Letters beyond extended Latin are drawn as boxes.
    pub title: String,
    /// The smaller line below the title.
    pub subtitle: String,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// What is wrong with the film.
    pub flaws: Flaws,
}

/// What is wrong with a film: stretches from and until a number of milliseconds, which are empty where nothing is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flaws {
    /// The recorder was offline: the picture stands still and says so.
    pub offline: Range<u64>,
    /// Nothing is heard.
    pub silent: Range<u64>,
}

impl Flaws {
    fn is_offline(&self, millis: u64) -> bool {
        self.offline.contains(&millis)
    }

    fn is_silent(&self, millis: u64) -> bool {
        self.silent.contains(&millis)
    }
}

/// Which tracks a file or a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackSelection {
    /// Video and audio.
    Both,
    /// Video only.
    Video,
    /// Audio only.
    Audio,
}

impl TrackSelection {
    /// The tracks in the order in which they are written.
    fn tracks(self) -> &'static [Track] {
        match self {
            Self::Both => &[Track::Video, Track::Audio],
            Self::Video => &[Track::Video],
            Self::Audio => &[Track::Audio],
        }
    }
}

/// Subtitles in a manifest. The files `captions-{language}.m3u8` and `captions-{language}.vtt` are beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtitles {
    /// The language as a BCP 47 tag.
    pub language: String,
    /// The language's name for viewers.
    pub label: String,
}

/// Why a clip could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The encoder refused the picture.
    #[error("the video encoder refused a picture of {width}×{height}")]
    Encoder {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
        /// The encoder's error.
        source: openh264::Error,
    },
    /// The encoder's output cannot be cut into segments.
    #[error("the output of the video encoder cannot be used: {0}")]
    Stream(&'static str),
}

/// An encoded clip: compressed video of a few hundred kilobytes.
#[derive(Debug, Clone)]
pub struct Clip {
    spec: ClipSpec,
    picture: Picture,
}

impl Clip {
    /// Draws and encodes a clip. The call blocks for up to a second.
    pub fn render(spec: &ClipSpec) -> Result<Self, MediaError> {
        let (width, height) = encodable(spec.width, spec.height);
        let scene = Scene::new(&spec.title, &spec.subtitle, width, height);
        let offline = (!spec.flaws.offline.is_empty()).then(|| scene.offline());
        let picture = Picture::encode(&scene, offline.as_ref(), spec.flaws.clone())?;
        Ok(Self { spec: spec.clone(), picture })
    }

    /// The encoded width and height in pixels.
    #[must_use]
    pub fn dimensions(&self) -> (u32, u32) {
        self.picture.dimensions
    }

    /// The clip as an MP4 file of this length. The index comes first, so that the file plays while it loads.
    ///
    /// Lengths are exact to the millisecond, from a tenth of a second to a day.
    #[must_use]
    pub fn mp4(&self, duration: Duration) -> Mp4Layout {
        Mp4Layout::new(&self.picture, duration, TrackSelection::Both)
    }

    /// The audio of [`Clip::mp4`] as a file.
    #[must_use]
    pub fn m4a(&self, duration: Duration) -> Mp4Layout {
        Mp4Layout::new(&self.picture, duration, TrackSelection::Audio)
    }

    /// The master playlist: the only rendition, `stream.m3u8`, and the subtitles.
    #[must_use]
    pub fn hls_master(&self, subtitles: &[Subtitles]) -> String {
        hls::master(&self.picture, subtitles)
    }

    /// The playlist of the subtitles in a language: one segment, `captions-{language}.vtt`.
    #[must_use]
    pub fn hls_subtitles(language: &str, duration: Duration) -> String {
        hls::subtitles(language, duration)
    }

    /// The DASH manifest. It names `video/init.mp4`, `video/seg-0.m4s` and so on, the same files below `audio/`, and
    /// the subtitles.
    #[must_use]
    pub fn dash(&self, duration: Duration, subtitles: &[Subtitles]) -> String {
        dash::manifest(&self.picture, duration, subtitles)
    }

    /// The playlist `stream.m3u8`: `init.mp4`, then `seg-0.m4s`, `seg-1.m4s` and so on up to `duration`.
    #[must_use]
    pub fn hls_media_playlist(duration: Duration) -> String {
        hls::playlist(duration)
    }

    /// The initialization segment.
    #[must_use]
    pub fn init(&self, selection: TrackSelection) -> Vec<u8> {
        hls::init(&self.picture, selection)
    }

    /// Segment `n` of a recording of this length; `None` beyond its end.
    #[must_use]
    pub fn segment(&self, n: u32, duration: Duration, selection: TrackSelection) -> Option<Vec<u8>> {
        hls::segment(&self.picture, n, duration, selection)
    }

    /// The picture at `time` as a JPEG.
    #[must_use]
    pub fn thumbnail_jpeg(&self, time: Duration, frame: &Frame) -> Vec<u8> {
        let still = Still::new(frame, self.dimensions());
        jpeg::encode(&still, &self.frame_at(&self.scene(&still), time))
    }

    /// The pictures from `time` on as a looping animated GIF of `frames` pictures, `rate` per second.
    #[must_use]
    pub fn thumbnail_gif(&self, time: Duration, frames: u32, rate: u32, frame: &Frame) -> Vec<u8> {
        let still = Still::new(frame, self.dimensions());
        let scene = self.scene(&still);
        let rate = rate.max(1);
        let at = |n: u32| self.frame_at(&scene, time + Duration::from_secs(n.into()) / rate);
        gif::encode(&still, (0..frames).map(at), rate)
    }

    fn frame_at(&self, scene: &Scene, time: Duration) -> draw::Frame {
        // A segment is shown as a whole.
        let segment = Duration::from_secs((SEGMENT_FRAMES / FRAME_RATE).into());
        let begin = time.as_millis() - time.as_millis() % segment.as_millis();
        let is_offline = u64::try_from(begin).is_ok_and(|millis| self.spec.flaws.is_offline(millis));
        if is_offline { scene.offline() } else { scene.frame(loop_frame(time)) }
    }

    fn scene(&self, still: &Still) -> Scene {
        let (width, height) = still.drawn();
        Scene::new(&self.spec.title, &self.spec.subtitle, round_up_to_even(width), round_up_to_even(height))
    }
}

/// Returns the size that is encoded for a requested size.
fn encodable(width: u32, height: u32) -> (u32, u32) {
    const MAX_LONG_SIDE_PIXELS: u64 = 3_840;
    const MAX_SHORT_SIDE_PIXELS: u64 = 2_160;
    const MIN_SIDE_PIXELS: u64 = 16;
    let (mut width, mut height) = (u64::from(width).max(1), u64::from(height).max(1));
    let (long, short) = (width.max(height), width.min(height));
    // The side that exceeds its limit by the larger factor decides how much the picture shrinks. Comparing products
    // avoids fractions.
    let (over, limit) = if long * MAX_SHORT_SIDE_PIXELS >= short * MAX_LONG_SIDE_PIXELS {
        (long, MAX_LONG_SIDE_PIXELS)
    } else {
        (short, MAX_SHORT_SIDE_PIXELS)
    };
    if over > limit {
        (width, height) = (width * limit / over, height * limit / over);
    }
    let fit = |pixels: u64| u32::try_from(pixels.max(MIN_SIDE_PIXELS) & !1).unwrap_or(16);
    (fit(width), fit(height))
}

/// Returns the number of the frame that the loop shows at `time`.
fn loop_frame(time: Duration) -> u32 {
    u32::try_from(time.as_millis() * u128::from(FRAME_RATE) / 1_000 % u128::from(LOOP_FRAMES)).unwrap_or(0)
}

/// Returns how long a segment of a video plays: the last one is shorter than the others.
pub fn length_of_segment(number: u32, length: Duration) -> Duration {
    let whole = Duration::from_secs((SEGMENT_FRAMES / FRAME_RATE).into());
    length.saturating_sub(whole.saturating_mul(number)).min(whole)
}

fn round_up_to_even(pixels: u32) -> u32 {
    pixels.next_multiple_of(2)
}
