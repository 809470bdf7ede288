//! Drawing the picture into the planes that the encoder reads (4:2:0, BT.601, limited range).
//!
//! The unchanging parts are drawn once. A frame is a copy of these parts with the clock and the moving dot. Debug
//! builds do not optimise this code, so it works on rows instead of pixels where possible.

use super::{
    FRAME_RATE, LOOP_FRAMES,
    glyphs::{Bitmap, Line, Weight, wrap},
};

const WHITE: u8 = 232;
const DIMMED: u8 = 176;

/// A picture: luma in full size, and two colour planes of half the width and half the height.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The width in pixels; even.
    pub width: usize,
    /// The height in pixels; even.
    pub height: usize,
    /// Luma, 16 to 235.
    pub luma: Vec<u8>,
    /// Blue and red difference, 16 to 240.
    pub chroma: [Vec<u8>; 2],
}

/// A colour in the encoder's colour space: luma, then blue and red difference.
#[derive(Debug, Clone, Copy)]
struct Colour {
    luma: u8,
    chroma: [u8; 2],
}

/// The parts of a clip's picture that are the same in all frames.
#[derive(Debug)]
pub struct Scene {
    still: Frame,
    background: Colour,
    clock: Vec<Bitmap>,
    clock_at: (usize, usize),
    lane: Lane,
}

/// The line along which the dot moves.
#[derive(Debug)]
struct Lane {
    left: usize,
    length: usize,
    middle: usize,
    radius: usize,
}

const CLOCK_FACE: &str = "0123456789:.";

impl Scene {
    /// Draws the unchanging parts. Width and height are even.
    pub fn new(title: &str, subtitle: &str, width: u32, height: u32) -> Self {
        let (width, height) = (size(width), size(height));
        // All sizes derive from the shorter side, so that a portrait picture has room for its text too.
        let unit = width.min(height);
        let margin = (unit / 12).max(2);
        let background = background_of(title);
        let mut still = Frame::filled(width, height, background);
        let band = Colour { luma: background.luma.saturating_sub(18).max(20), ..background };
        let band_top = height - (unit / 3).min(height);
        still.fill(0, band_top, width, height - band_top, band);

        let room = width.saturating_sub(2 * margin);
        let title_height = (unit / 11).max(8);
        let mut top = margin;
        for line in wrap(title, room / Line::advance(title_height).max(1), 3) {
            let line =
                Line { text: &line, height: title_height, weight: Weight::Bold, ink: WHITE, paper: background.luma };
            still.put(&line.bitmap(), margin, top);
            top += title_height * 5 / 4;
        }
        let small = (unit / 21).max(8);
        for line in wrap(subtitle, room / Line::advance(small).max(1), 1) {
            let line =
                Line { text: &line, height: small, weight: Weight::Regular, ink: DIMMED, paper: background.luma };
            still.put(&line.bitmap(), margin, top + small / 3);
        }

        let clock_height = (unit / 7).max(8);
        let clock_top = band_top + unit / 28;
        let foot = (unit / 28).max(8);
        let note =
            Line { text: "Sandbox recording", height: foot, weight: Weight::Regular, ink: DIMMED, paper: band.luma };
        let note_left = width.saturating_sub(margin + Line::advance(foot) * note.text.len());
        // The note is left out of a narrow picture, in which it would overlap the clock.
        if note_left > margin + Line::advance(clock_height) * 8 {
            still.put(&note.bitmap(), note_left, clock_top + clock_height.saturating_sub(foot) * 2 / 3);
        }
        let lane =
            Lane { left: margin, length: room, middle: height.saturating_sub(unit / 12), radius: (unit / 48).max(1) };
        let rail = Colour { luma: band.luma + 30, ..band };
        still.fill(lane.left, lane.middle.saturating_sub(1), lane.length, 2, rail);

        let digit = |text: &str| {
            Line { text, height: clock_height, weight: Weight::Bold, ink: WHITE, paper: band.luma }.bitmap()
        };
        let clock = CLOCK_FACE.char_indices().map(|(at, face)| digit(&CLOCK_FACE[at..at + face.len_utf8()])).collect();
        Self { still, background, clock, clock_at: (margin, clock_top), lane }
    }

    /// The width and height in pixels.
    pub fn dimensions(&self) -> (usize, usize) {
        (self.still.width, self.still.height)
    }

    /// The picture that RealtimeKit’s recorder shows while it is offline: a plain page with a short line in the middle.
    pub fn offline(&self) -> Frame {
        let (width, height) = self.dimensions();
        let paper = Colour { luma: 22, chroma: [128, 128] };
        let mut frame = Frame::filled(width, height, paper);
        let high = (width.min(height) / 14).max(8);
        let text = "You're offline";
        let line = Line { text, height: high, weight: Weight::Bold, ink: DIMMED, paper: paper.luma };
        let left = width.saturating_sub(Line::advance(high) * text.len()) / 2;
        frame.put(&line.bitmap(), left, height.saturating_sub(high) / 2);
        frame
    }

    /// Frame `n` of the clip.
    pub fn frame(&self, n: u32) -> Frame {
        let mut frame = self.still.clone();
        self.clock(&mut frame, n);
        self.motion(&mut frame, n);
        frame
    }

    fn clock(&self, frame: &mut Frame, n: u32) {
        let (seconds, tenths) = (n / FRAME_RATE, n % FRAME_RATE);
        let shown = format!("{:02}:{:02}.{tenths}", seconds / 60, seconds % 60);
        let (mut left, top) = self.clock_at;
        for face in shown.chars() {
            if let Some(bitmap) = CLOCK_FACE.find(face).and_then(|at| self.clock.get(at)) {
                frame.put(bitmap, left, top);
                left += bitmap.width;
            }
        }
    }

    fn motion(&self, frame: &mut Frame, n: u32) {
        let Lane { left, length, middle, radius } = self.lane;
        let travel = length.saturating_sub(2 * radius);
        let centre = left + radius + travel * size(n) / size(LOOP_FRAMES - 1);
        // The dot has a bright complement of the background's colour, so that it is visible on every background.
        let dot = Colour { luma: WHITE, chroma: self.background.chroma.map(|value| 255 - value) };
        let trail = Colour { luma: 150, chroma: dot.chroma };
        frame.fill(left, middle.saturating_sub(1), centre - left, 2, trail);
        frame.disc(centre, middle, radius, dot);
    }
}

impl Frame {
    fn filled(width: usize, height: usize, colour: Colour) -> Self {
        let quarter = width / 2 * (height / 2);
        Self {
            width,
            height,
            luma: vec![colour.luma; width * height],
            chroma: colour.chroma.map(|value| vec![value; quarter]),
        }
    }

    /// Fills a rectangle. Parts outside the picture are ignored.
    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: Colour) {
        let right = (left + width).min(self.width);
        let left = left.min(right);
        let bottom = (top + height).min(self.height);
        for y in top.min(bottom)..bottom {
            self.luma[y * self.width + left..y * self.width + right].fill(colour.luma);
        }
        let half = self.width / 2;
        for (plane, value) in self.chroma.iter_mut().zip(colour.chroma) {
            for y in top.min(bottom) / 2..bottom.div_ceil(2) {
                plane[y * half + left / 2..y * half + right / 2].fill(value);
            }
        }
    }

    fn disc(&mut self, x: usize, y: usize, radius: usize, colour: Colour) {
        for down in 0..=2 * radius {
            let dy = down.abs_diff(radius);
            let reach = (radius * radius + radius).saturating_sub(dy * dy).isqrt().min(radius);
            if let Some(row) = (y + down).checked_sub(radius) {
                self.fill(x.saturating_sub(reach), row, 2 * reach + 1, 1, colour);
            }
        }
    }

    /// Draws the luma of a bitmap. The colour of the picture below the bitmap stays.
    fn put(&mut self, bitmap: &Bitmap, left: usize, top: usize) {
        let shown = bitmap.width.min(self.width.saturating_sub(left));
        if shown == 0 {
            return;
        }
        for (row, y) in bitmap.luma.chunks_exact(bitmap.width).zip(top..self.height) {
            self.luma[y * self.width + left..][..shown].copy_from_slice(&row[..shown]);
        }
    }
}

/// The distance of every background colour from grey, as the sum of the distances in blue and red difference.
const MAX_CHROMA_DISTANCE: u8 = 30;

/// Computes a dark, muted colour from the title: one of 480.
fn background_of(title: &str) -> Colour {
    // FNV-1a is simple, and titles that differ in one letter usually get different colours.
    let hash = title
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let [a, b, ..] = (hash ^ (hash >> 29)).to_be_bytes();
    // The colours lie on a diamond around the grey point of the colour plane.
    let along = u8::try_from(u16::from(b % 64) * u16::from(MAX_CHROMA_DISTANCE) / 64).unwrap_or(0);
    let (near, far) = (along, MAX_CHROMA_DISTANCE - along);
    let chroma = match b / 64 {
        0 => [128 + far, 128 + near],
        1 => [128 - near, 128 + far],
        2 => [128 - far, 128 - near],
        _ => [128 + near, 128 - far],
    };
    Colour { luma: 56 + a % 4 * 8, chroma }
}

fn size(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}
