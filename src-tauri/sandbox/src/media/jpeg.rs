//! A still as JPEG (JFIF: BT.601 at full range, where video uses a part of it).

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType};

use super::draw::Frame;

const QUALITY: u8 = 82;

/// The upper left `width`×`height` pixels of a frame.
pub fn still(frame: &Frame, width: u32, height: u32) -> Vec<u8> {
    let within = |wanted: u32, there: usize| {
        u16::try_from(wanted).unwrap_or(u16::MAX).min(u16::try_from(there).unwrap_or(u16::MAX))
    };
    let still = Still { frame, width: within(width, frame.width), height: within(height, frame.height) };
    let mut bytes = Vec::new();
    match Encoder::new(&mut bytes, QUALITY).encode_image(still) {
        Ok(()) => bytes,
        // Only a size of nothing or a writer that fails can do this, and there is neither.
        Err(_) => Vec::new(),
    }
}

struct Still<'a> {
    frame: &'a Frame,
    width: u16,
    height: u16,
}

impl ImageBuffer for Still<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (y, width) = (usize::from(y), usize::from(self.width));
        let [luma, blue, red, _] = buffers;
        let row = &self.frame.luma[y * self.frame.width..][..width];
        luma.extend(row.iter().map(|value| widened(*value, 16, 219)));
        let half = self.frame.width / 2;
        for (plane, buffer) in self.frame.chroma.iter().zip([blue, red]) {
            let row = &plane[y / 2 * half..][..half];
            let pairs = row.iter().flat_map(|value| [widened(*value, 16, 224); 2]);
            buffer.extend(pairs.take(width));
        }
    }
}

/// From a range of `span` steps that starts at `low` to the whole of a byte.
fn widened(value: u8, low: u8, span: u16) -> u8 {
    let steps = u16::from(value.saturating_sub(low)).min(span);
    u8::try_from((u32::from(steps) * 255 + u32::from(span) / 2) / u32::from(span)).unwrap_or(u8::MAX)
}
