//! Encoding pictures as H.264: constrained baseline, a keyframe at the start of every segment, the same parameter sets
//! throughout.

use std::sync::Arc;

use openh264::{
    OpenH264API, Timestamp,
    encoder::{
        BitRate, Complexity, Encoder, EncoderConfig, FrameRate, IntraFramePeriod, Profile, QpRange, RateControlMode,
        SpsPpsStrategy, UsageType, VuiConfig,
    },
    formats::YUVSlices,
};

use super::{
    FRAME_RATE, Flaws, LOOP_FRAMES, MediaError, SEGMENT_FRAMES,
    draw::{Frame, Scene},
};

/// The encoded loop: the parameter sets and all access units. After those of the loop come those of one segment in which the
/// recorder is offline, if the clip has such a stretch.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The width and height in pixels.
    pub dimensions: (u32, u32),
    /// The sequence parameter set, without a start code.
    pub sps: Vec<u8>,
    /// The picture parameter set, without a start code.
    pub pps: Vec<u8>,
    /// All access units, one after another. Each NAL unit is preceded by its length (ISO/IEC 14496-15).
    pub media: Arc<[u8]>,
    /// The size of each access unit in bytes.
    pub sizes: Arc<[u32]>,
    /// What is wrong with the clip.
    pub flaws: Flaws,
}

/// The frames of a segment.
const SEGMENT_LENGTH: usize = 20;
const _: () = assert!(SEGMENT_FRAMES == 20 && SEGMENT_LENGTH == 20, "a segment has one length");

/// The kinds of NAL unit that this module reads (H.264, table 7-1).
const NAL_SLICE: u8 = 1;
const NAL_IDR: u8 = 5;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;

impl Picture {
    /// Encodes the whole loop, and the picture that is shown while the recorder is offline.
    pub fn encode(scene: &Scene, offline: Option<&Frame>, flaws: Flaws) -> Result<Self, MediaError> {
        let (width, height) = scene.dimensions();
        let dimensions = (u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0));
        let refused = |source| MediaError::Encoder { width: dimensions.0, height: dimensions.1, source };
        let mut encoder =
            Encoder::with_api_config(OpenH264API::from_source(), config(width * height)).map_err(refused)?;
        let mut stream = Stream::default();
        let frames = (0..LOOP_FRAMES).map(|n| scene.frame(n));
        let offline = offline.into_iter().flat_map(|frame| std::iter::repeat_n(frame, SEGMENT_LENGTH).cloned());
        for (n, frame) in (0..).zip(frames.chain(offline)) {
            let at = Timestamp::from_millis(u64::from(n) * 1_000 / u64::from(FRAME_RATE));
            if n > 0 && n % SEGMENT_FRAMES == 0 {
                encoder.force_intra_frame();
            }
            let output = encoder.encode_at(&slices(&frame), at).map_err(refused)?;
            let layers = (0..output.num_layers()).filter_map(|layer| output.layer(layer));
            let mut unit = AccessUnit::default();
            for layer in layers {
                (0..layer.nal_count()).filter_map(|nal| layer.nal_unit(nal)).for_each(|nal| unit.take(nal));
            }
            stream.push(unit, n % SEGMENT_FRAMES == 0)?;
        }
        let Stream { sps, pps, media, sizes } = stream;
        Ok(Self { dimensions, sps, pps, media: media.into(), sizes: sizes.into(), flaws })
    }

    /// The access units that segment `n` of a film begins with, and those that may follow in it.
    pub fn in_segment(&self, n: u32) -> std::ops::Range<usize> {
        let millis = u64::from(n) * u64::from(SEGMENT_FRAMES) * 1_000 / u64::from(FRAME_RATE);
        let first = if self.flaws.is_offline(millis) { LOOP_FRAMES } else { n * SEGMENT_FRAMES % LOOP_FRAMES };
        let first = usize::try_from(first).unwrap_or(0);
        first..(first + SEGMENT_LENGTH).min(self.sizes.len())
    }

    /// The bytes of the access units of `frames`.
    pub fn access_units(&self, frames: std::ops::Range<usize>) -> &[u8] {
        let start = total(&self.sizes[..frames.start]);
        &self.media[start..start + total(&self.sizes[frames])]
    }

    /// The codec in playlists (RFC 6381), such as `avc1.42c01f`.
    pub fn codec(&self) -> String {
        match self.sps.get(1..4) {
            Some([profile, constraints, level]) => format!("avc1.{profile:02x}{constraints:02x}{level:02x}"),
            _ => "avc1".to_owned(),
        }
    }
}

/// The total size of access units, in bytes.
pub fn total(sizes: &[u32]) -> usize {
    sizes.iter().map(|size| usize::try_from(*size).unwrap_or(0)).sum()
}

fn config(pixels: usize) -> EncoderConfig {
    // Flat colours and hard edges need about a bit per pixel in a keyframe and almost nothing between keyframes.
    let bits = u32::try_from(pixels).unwrap_or(u32::MAX).saturating_mul(6) / 10;
    EncoderConfig::new()
        .profile(Profile::Baseline)
        .usage_type(UsageType::CameraVideoRealTime)
        .complexity(Complexity::Low)
        .rate_control_mode(RateControlMode::Off)
        .bitrate(BitRate::from_bps(bits.max(100_000)))
        .qp(QpRange::new(18, 34))
        .max_frame_rate(FrameRate::from_hz(10.0))
        .intra_frame_period(IntraFramePeriod::from_num_frames(SEGMENT_FRAMES))
        .sps_pps_strategy(SpsPpsStrategy::ConstantId)
        .scene_change_detect(false)
        .adaptive_quantization(false)
        .background_detection(false)
        .skip_frames(false)
        .num_threads(1)
        .vui(VuiConfig::bt601())
}

fn slices(frame: &Frame) -> YUVSlices<'_> {
    let half = frame.width / 2;
    let [blue, red] = &frame.chroma;
    YUVSlices::new((&frame.luma, blue, red), (frame.width, frame.height), (frame.width, half, half))
}

/// The encoder's output for one picture.
#[derive(Default)]
struct AccessUnit {
    sps: Option<Vec<u8>>,
    pps: Option<Vec<u8>>,
    slices: Vec<u8>,
    is_keyframe: bool,
}

impl AccessUnit {
    fn take(&mut self, nal: &[u8]) {
        // A start code of two or three zero bytes and a one precedes each NAL unit (H.264, annex B).
        let start = nal.iter().position(|byte| *byte != 0).map_or(nal.len(), |one| one + 1);
        let nal = nal.get(start..).unwrap_or_default();
        match nal.first().map(|first| first & 0x1f) {
            Some(NAL_SPS) => self.sps = Some(nal.to_vec()),
            Some(NAL_PPS) => self.pps = Some(nal.to_vec()),
            Some(kind @ (NAL_SLICE | NAL_IDR)) => {
                self.is_keyframe |= kind == NAL_IDR;
                self.slices.extend_from_slice(&u32::try_from(nal.len()).unwrap_or(u32::MAX).to_be_bytes());
                self.slices.extend_from_slice(nal);
            }
            // Delimiters and SEI messages carry no picture.
            _ => {}
        }
    }
}

#[derive(Default)]
struct Stream {
    sps: Vec<u8>,
    pps: Vec<u8>,
    media: Vec<u8>,
    sizes: Vec<u32>,
}

impl Stream {
    fn push(&mut self, unit: AccessUnit, must_be_keyframe: bool) -> Result<(), MediaError> {
        if unit.slices.is_empty() {
            return Err(MediaError::Stream("a frame was left out"));
        }
        if unit.is_keyframe != must_be_keyframe {
            return Err(MediaError::Stream("its keyframes are not where segments start"));
        }
        for (known, found) in [(&mut self.sps, unit.sps), (&mut self.pps, unit.pps)] {
            match found {
                Some(found) if known.is_empty() => *known = found,
                Some(found) if *known != found => return Err(MediaError::Stream("its parameters change on the way")),
                _ => {}
            }
        }
        if self.sps.len() < 4 || self.pps.is_empty() {
            return Err(MediaError::Stream("it has no parameter sets"));
        }
        self.sizes.push(u32::try_from(unit.slices.len()).unwrap_or(u32::MAX));
        self.media.extend_from_slice(&unit.slices);
        Ok(())
    }
}
