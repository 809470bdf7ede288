//! A still as JPEG. JFIF uses BT.601 in full range, whereas video uses the limited range.

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType};

use super::{draw::Frame, still::Still};

const QUALITY: u8 = 82;

/// The JPEG of a frame.
pub fn encode(still: &Still, frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    match Encoder::new(&mut bytes, QUALITY).encode_image(Image { still, frame }) {
        Ok(()) => bytes,
        // Only an empty picture or a failing writer causes an error. A still is never empty, and memory does not fail.
        Err(_) => Vec::new(),
    }
}

struct Image<'a> {
    still: &'a Still,
    frame: &'a Frame,
}

impl ImageBuffer for Image<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        u16::try_from(self.still.size().0).unwrap_or(u16::MAX)
    }

    fn height(&self) -> u16 {
        u16::try_from(self.still.size().1).unwrap_or(u16::MAX)
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let [luma, blue, red, _] = buffers;
        for pixel in self.still.row(usize::from(y), self.frame) {
            let [y, b, r] = full_range(pixel);
            luma.push(y);
            blue.push(b);
            red.push(r);
        }
    }
}

/// Converts a pixel from the limited range of video to full range.
pub fn full_range([luma, blue, red]: [u8; 3]) -> [u8; 3] {
    [scale_to_byte(luma, 16, 219), scale_to_byte(blue, 16, 224), scale_to_byte(red, 16, 224)]
}

/// Scales a value from `low..=low + span` to the range of a byte.
fn scale_to_byte(value: u8, low: u8, span: u16) -> u8 {
    let steps = u16::from(value.saturating_sub(low)).min(span);
    u8::try_from((u32::from(steps) * 255 + u32::from(span) / 2) / u32::from(span)).unwrap_or(u8::MAX)
}
