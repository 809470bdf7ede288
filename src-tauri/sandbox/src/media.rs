//! Real video for pretend classes: a short clip is drawn and encoded once, and a recording of any length is that clip
//! over and over.
//!
//! The picture says which class it is, shows a running clock and something that moves, on a colour that follows from
//! the title, so that a person can see at a glance that the right recording plays. It is H.264 constrained baseline at
//! ten frames a second beside silent AAC; the containers are written here, box by box, so that nothing but this program
//! is needed to make them.
//!
//! ```text
//! draw ─► encode ─► Clip ─┬─► mp4   one file, its sample table pointing at the same bytes again and again
//!                         ├─► hls   playlists and fragments, made when they are asked for
//!                         └─► dash  a manifest of the same fragments, one track in each
//! draw ─► still ─┬─► jpeg           a picture, fitted to the size it is wanted in
//!                └─► gif            a few seconds of them
//! ```
//!
//! Nothing here reads a clock, a file or the network.

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

use std::time::Duration;

use self::{draw::Scene, encode::Picture, still::Still, tracks::Track};

pub use self::{
    mp4::Mp4Layout,
    still::{Fit, Frame},
    webm::silence,
};

/// Frames a second.
const FRAME_RATE: u32 = 10;
/// Frames until the picture repeats: eight seconds, in which a whole number of AAC frames fits exactly.
const LOOP_FRAMES: u32 = 80;
/// Frames from one keyframe to the next, which is also the length of an HLS segment: two seconds.
const SEGMENT_FRAMES: u32 = 20;

/// What a clip is to show.
///
/// H.264 with subsampled colour knows even sizes only, and the encoder none under 16 or over 3840×2160 (either way
/// up): an odd size becomes the even one below it, and one beyond the limits the nearest within them that has the same
/// shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClipSpec {
    /// The words in the picture. Letters beyond extended Latin are shown as boxes.
    pub title: String,
    /// A smaller line below them.
    pub subtitle: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Which of the two tracks a file or a segment has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Pictures and sound.
    Both,
    /// Pictures alone.
    Video,
    /// Sound alone.
    Audio,
}

impl Carries {
    /// The tracks in the order they are written.
    fn tracks(self) -> &'static [Track] {
        match self {
            Self::Both => &[Track::Video, Track::Audio],
            Self::Video => &[Track::Video],
            Self::Audio => &[Track::Audio],
        }
    }
}

/// Subtitles a manifest names: `captions-{language}.m3u8` and `captions-{language}.vtt` beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtitles {
    /// The language as a BCP 47 tag.
    pub language: String,
    /// The language as a viewer reads it.
    pub label: String,
}

/// Why there is no clip.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The encoder would not take the picture.
    #[error("the video encoder refused a picture of {width}×{height}")]
    Encoder {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// In its own words.
        source: openh264::Error,
    },
    /// The encoder took the pictures, but what came out is not a stream that can be cut into segments.
    #[error("the video encoder made a stream that cannot be used: {0}")]
    Stream(&'static str),
}

/// An encoded clip. It holds nothing but compressed video: some hundred kilobytes.
#[derive(Debug, Clone)]
pub struct Clip {
    spec: ClipSpec,
    picture: Picture,
}

impl Clip {
    /// Draws and encodes a clip, which takes up to a second: not for a thread that has others waiting.
    pub fn render(spec: &ClipSpec) -> Result<Self, MediaError> {
        let (width, height) = encodable(spec.width, spec.height);
        let picture = Picture::encode(&Scene::new(&spec.title, &spec.subtitle, width, height))?;
        Ok(Self { spec: spec.clone(), picture })
    }

    /// Pixels across and down, as encoded.
    #[must_use]
    pub fn dimensions(&self) -> (u32, u32) {
        self.picture.dimensions
    }

    /// The clip as a file of this length, its index before its media so that it plays while it loads.
    ///
    /// Lengths are kept to the millisecond, between a tenth of a second and a day.
    #[must_use]
    pub fn mp4(&self, duration: Duration) -> Mp4Layout {
        Mp4Layout::new(&self.picture, duration, Carries::Both)
    }

    /// The sound of [`Clip::mp4`] by itself.
    #[must_use]
    pub fn m4a(&self, duration: Duration) -> Mp4Layout {
        Mp4Layout::new(&self.picture, duration, Carries::Audio)
    }

    /// The playlist that names the one rendition, `stream.m3u8`, and the subtitles.
    #[must_use]
    pub fn hls_master(&self, subtitles: &[Subtitles]) -> String {
        hls::master(&self.picture, subtitles)
    }

    /// The playlist of subtitles in a language: `captions-{language}.vtt`, from beginning to end.
    #[must_use]
    pub fn hls_subtitles(language: &str, duration: Duration) -> String {
        hls::subtitles(language, duration)
    }

    /// The DASH manifest: `video/init.mp4`, `video/seg-0.m4s` and so on, the same below `audio/`, and the subtitles.
    #[must_use]
    pub fn dash(&self, duration: Duration, subtitles: &[Subtitles]) -> String {
        dash::manifest(&self.picture, duration, subtitles)
    }

    /// The playlist `stream.m3u8`: `init.mp4`, then `seg-0.m4s`, `seg-1.m4s` and so on to the end of `duration`.
    #[must_use]
    pub fn hls_media_playlist(duration: Duration) -> String {
        hls::playlist(duration)
    }

    /// What a player must know before the first segment.
    #[must_use]
    pub fn init(&self, carries: Carries) -> Vec<u8> {
        hls::init(&self.picture, carries)
    }

    /// Segment `n` of a recording of this length, or `None` beyond its end.
    #[must_use]
    pub fn segment(&self, n: u32, duration: Duration, carries: Carries) -> Option<Vec<u8>> {
        hls::segment(&self.picture, n, duration, carries)
    }

    /// A still at `time` as JPEG.
    #[must_use]
    pub fn thumbnail_jpeg(&self, time: Duration, frame: &Frame) -> Vec<u8> {
        let still = Still::new(frame, self.dimensions());
        jpeg::encode(&still, &self.scene(&still).frame(tenth(time)))
    }

    /// The pictures from `time` on as an animated GIF that repeats: `frames` of them, `rate` a second.
    #[must_use]
    pub fn thumbnail_gif(&self, time: Duration, frames: u32, rate: u32, frame: &Frame) -> Vec<u8> {
        let still = Still::new(frame, self.dimensions());
        let scene = self.scene(&still);
        let rate = rate.max(1);
        let at = |n: u32| scene.frame(tenth(time + Duration::from_secs(n.into()) / rate));
        gif::encode(&still, (0..frames).map(at), rate)
    }

    fn scene(&self, still: &Still) -> Scene {
        let (width, height) = still.drawn();
        Scene::new(&self.spec.title, &self.spec.subtitle, even_above(width), even_above(height))
    }
}

/// The size that is encoded when this one is asked for.
fn encodable(width: u32, height: u32) -> (u32, u32) {
    const LONG: u64 = 3_840;
    const SHORT: u64 = 2_160;
    const LEAST: u64 = 16;
    let (mut width, mut height) = (u64::from(width).max(1), u64::from(height).max(1));
    let (long, short) = (width.max(height), width.min(height));
    // Shrink by whichever limit is passed by more: long/LONG against short/SHORT, without fractions.
    let (over, limit) = if long * SHORT >= short * LONG { (long, LONG) } else { (short, SHORT) };
    if over > limit {
        (width, height) = (width * limit / over, height * limit / over);
    }
    let fit = |pixels: u64| u32::try_from(pixels.max(LEAST) & !1).unwrap_or(16);
    (fit(width), fit(height))
}

/// The frame of the loop that is shown at a time.
fn tenth(time: Duration) -> u32 {
    u32::try_from(time.as_millis() * u128::from(FRAME_RATE) / 1_000 % u128::from(LOOP_FRAMES)).unwrap_or(0)
}

fn even_above(pixels: u32) -> u32 {
    pixels.next_multiple_of(2)
}
