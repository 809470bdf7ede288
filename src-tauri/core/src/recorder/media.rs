//! Decodes pictures (JPEG) and sound (AAC in MP4) as far as the check needs them. Both come from the network, so sizes are
//! bounded before memory is taken.

use std::fs::File;
use std::io::{Cursor, Seek as _, SeekFrom};

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::domain::library::check::{Loudness, Meter, Picture};

/// The longest side of a picture, in pixels. Pictures are asked for far smaller.
const SIDE_MAX: usize = 1_024;
/// The longest sound that is listened to, in seconds: the longest recording of RealtimeKit.
const SECONDS_MAX: usize = 24 * 60 * 60 + 60;

/// A picture or a sound that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be decoded: {0}")]
pub(crate) struct Undecodable(String);

fn undecodable(error: &impl ToString) -> Undecodable {
    Undecodable(error.to_string())
}

/// Reads the brightness of a JPEG.
pub(crate) fn picture(jpeg: &[u8]) -> Result<Picture, Undecodable> {
    let options = DecoderOptions::new_safe()
        .set_max_width(SIDE_MAX)
        .set_max_height(SIDE_MAX)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(jpeg), options);
    let luma = decoder.decode().map_err(|error| undecodable(&error))?;
    let size = decoder.info().ok_or_else(|| undecodable(&"it names no size"))?;
    Picture::of_luma(size.width.into(), size.height.into(), &luma).map_err(|error| undecodable(&error))
}

/// Measures the loudness of the sound in a file. A part that cannot be decoded counts as nothing; a file without any sound that
/// can be decoded is an error, because it is not known to be silent.
pub(crate) fn loudness(mut file: File) -> Result<Vec<Loudness>, Undecodable> {
    file.seek(SeekFrom::Start(0)).map_err(|error| undecodable(&error))?;
    let source = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let mut hint = Hint::new();
    hint.with_extension("m4a");
    let mut format = symphonia::default::get_probe()
        .probe(&hint, source, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| undecodable(&error))?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| undecodable(&"it has no sound"))?;
    let (id, codec) = (track.id, track.codec_params.as_ref().and_then(|codec| codec.audio()));
    let codec = codec.ok_or_else(|| undecodable(&"its sound has no description"))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(codec, &AudioDecoderOptions::default())
        .map_err(|error| undecodable(&error))?;
    let mut meter: Option<Meter> = None;
    let mut samples: Vec<f32> = Vec::new();
    // What comes after a place that cannot be read is not known.
    while let Ok(Some(packet)) = format.next_packet() {
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(heard) => {
                let spec = heard.spec();
                let meter = meter.get_or_insert_with(|| Meter::new(spec.rate(), spec.channels().count()));
                heard.copy_to_vec_interleaved(&mut samples);
                meter.add(&samples);
                if meter.windows() > SECONDS_MAX {
                    break;
                }
            }
            Err(SymphoniaError::DecodeError(_)) => {}
            Err(error) => return Err(undecodable(&error)),
        }
    }
    let windows = meter.map(Meter::finish).unwrap_or_default();
    if windows.is_empty() { Err(undecodable(&"it has no sound")) } else { Ok(windows) }
}
