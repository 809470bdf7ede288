//! An animated GIF (`GIF89a`) with one palette of 256 colours and the LZW compression of its Appendix F.

use std::collections::HashMap;

use super::{
    draw::Frame,
    jpeg::full_range,
    still::{Pixel, Still},
};

const COLOURS: usize = 256;
const BITS_PER_PIXEL: u8 = 8;

/// A looping GIF of these frames, `rate` per second.
pub fn encode(still: &Still, frames: impl Iterator<Item = Frame>, rate: u32) -> Vec<u8> {
    let (width, height) = still.size();
    let mut palette = Palette::default();
    let mut pictures = Vec::new();
    for frame in frames {
        let rows = (0..usize::try_from(height).unwrap_or(0)).flat_map(|y| still.row(y, &frame));
        pictures.push(rows.map(|pixel| palette.index(pixel)).collect::<Vec<u8>>());
    }
    let short = |value: u32| u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes();
    let mut gif = b"GIF89a".to_vec();
    gif.extend([short(width), short(height)].as_flattened());
    // One global table of 256 colours, no background, square pixels.
    gif.extend([0xf7, 0, 0]);
    gif.extend(palette.table());
    gif.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00");
    for picture in &pictures {
        gif.extend([0x21, 0xf9, 4, 4]);
        gif.extend(short(100 / rate.clamp(1, 100)));
        gif.extend([0, 0]);
        gif.push(0x2c);
        gif.extend([short(0), short(0), short(width), short(height)].as_flattened());
        gif.extend([0, BITS_PER_PIXEL]);
        for block in compressed(picture).chunks(255) {
            gif.push(u8::try_from(block.len()).unwrap_or(u8::MAX));
            gif.extend(block);
        }
        gif.push(0);
    }
    gif.push(0x3b);
    gif
}

/// The colours in the order in which they occur. Similar shades share the entry of the first of them, so that 256
/// entries usually suffice.
#[derive(Default)]
struct Palette {
    known: HashMap<Pixel, u8>,
    colours: Vec<Pixel>,
    last: Option<(Pixel, u8)>,
}

impl Palette {
    fn index(&mut self, pixel: Pixel) -> u8 {
        let shade = pixel.map(|part| part & !3);
        // Most pixels have the same shade as the pixel before them.
        if let Some((last, index)) = self.last
            && last == shade
        {
            return index;
        }
        let index = self.known_or_new(shade, pixel);
        self.last = Some((shade, index));
        index
    }

    fn known_or_new(&mut self, shade: Pixel, pixel: Pixel) -> u8 {
        if let Some(index) = self.known.get(&shade) {
            return *index;
        }
        let index = if self.colours.len() < COLOURS {
            self.colours.push(pixel);
            self.colours.len() - 1
        } else {
            let distance = |colour: &Pixel| -> u32 {
                colour.iter().zip(pixel).map(|(there, wanted)| u32::from(there.abs_diff(wanted)).pow(2)).sum()
            };
            (0..COLOURS).min_by_key(|at| distance(&self.colours[*at])).unwrap_or(0)
        };
        let index = u8::try_from(index).unwrap_or(0);
        self.known.insert(shade, index);
        index
    }

    fn table(&self) -> Vec<u8> {
        let mut table: Vec<u8> = self.colours.iter().flat_map(|colour| rgb(*colour)).collect();
        table.resize(COLOURS * 3, 0);
        table
    }
}

/// Converts to RGB with the coefficients of BT.601 in thousandths.
fn rgb(pixel: Pixel) -> [u8; 3] {
    let [luma, blue, red] = full_range(pixel).map(i32::from);
    let (blue, red) = (blue - 128, red - 128);
    let parts = [1_402 * red, -344 * blue - 714 * red, 1_772 * blue];
    parts.map(|part| u8::try_from((luma * 1_000 + part).clamp(0, 255_000) / 1_000).unwrap_or(u8::MAX))
}

/// Compresses pixels with LZW: codes of nine to twelve bits, the lowest bit first.
fn compressed(pixels: &[u8]) -> Vec<u8> {
    const CLEAR: u16 = 1 << BITS_PER_PIXEL;
    const END: u16 = CLEAR + 1;
    const MAX_CODE: u16 = 4_095;
    const MIN_CODE_BITS: u32 = 9;
    let mut bits = Bits::default();
    let mut table: HashMap<(u16, u8), u16> = HashMap::new();
    let (mut next, mut width) = (END + 1, MIN_CODE_BITS);
    bits.put(CLEAR, width);
    let mut pixels = pixels.iter().copied();
    let Some(first) = pixels.next() else {
        bits.put(END, width);
        return bits.finish();
    };
    let mut run = u16::from(first);
    for pixel in pixels {
        if let Some(known) = table.get(&(run, pixel)) {
            run = *known;
            continue;
        }
        bits.put(run, width);
        if next > MAX_CODE {
            bits.put(CLEAR, width);
            table.clear();
            (next, width) = (END + 1, MIN_CODE_BITS);
        } else {
            table.insert((run, pixel), next);
            // The decoder's table is one entry behind, so the code width grows one code later.
            if u32::from(next) >= 1 << width && width < 12 {
                width += 1;
            }
            next += 1;
        }
        run = u16::from(pixel);
    }
    bits.put(run, width);
    bits.put(END, width);
    bits.finish()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, code: u16, width: u32) {
        self.held |= u32::from(code) << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.held.to_le_bytes()[0]);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.held.to_le_bytes()[0]);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes LZW as Appendix F of `GIF89a` describes.
    fn expanded(bytes: &[u8]) -> Vec<u8> {
        let mut at = 0;
        let mut code = |width: usize| {
            let bits = (at..at + width).map(|bit| usize::from(bytes[bit / 8] >> (bit % 8) & 1));
            let code = bits.enumerate().fold(0, |code, (place, bit)| code | bit << place);
            at += width;
            code
        };
        let fresh = || (0..258_u16).map(|entry| vec![entry.to_le_bytes()[0]]).collect::<Vec<_>>();
        let (mut table, mut width, mut last, mut pixels) = (fresh(), 9, None::<Vec<u8>>, Vec::new());
        loop {
            match code(width) {
                256 => (table, width, last) = (fresh(), 9, None),
                257 => return pixels,
                code => {
                    let run = table.get(code).cloned().or_else(|| {
                        let last = last.clone()?;
                        Some([last.as_slice(), &last[..1]].concat())
                    });
                    let run = run.unwrap();
                    if let Some(mut last) = last.take().filter(|_| table.len() < 4_096) {
                        last.push(run[0]);
                        table.push(last);
                        if table.len() == 1 << width && width < 12 {
                            width += 1;
                        }
                    }
                    pixels.extend_from_slice(&run);
                    last = Some(run);
                }
            }
        }
    }

    #[test]
    fn compressed_pixels_are_decoded_to_the_same_pixels() {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let noisy: Vec<u8> = (0..40_000).map(|_| next()).collect();
        let flat = vec![7; 40_000];
        let stripes: Vec<u8> = (0..40_000).map(|_| next() & 1).collect();
        for pixels in [noisy, flat, stripes, vec![1], Vec::new()] {
            assert!(expanded(&compressed(&pixels)) == pixels, "{} pixels", pixels.len());
        }
    }
}
