//! Drawing text: an embedded bitmap of Noto Sans Mono, scaled to the requested height.
//!
//! The font has the letters of extended Latin. Typographic dashes and quotation marks are replaced by plain ones,
//! combining accents are dropped, and any other letter is drawn as a box.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

const RASTER: RasterHeight = RasterHeight::Size32;

/// The weight of the font.
#[derive(Debug, Clone, Copy)]
pub enum Weight {
    /// For text.
    Regular,
    /// For titles and the clock.
    Bold,
}

/// One line of text and how it is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub text: &'a str,
    /// The height in pixels, from the tallest to the deepest letter.
    pub height: usize,
    pub weight: Weight,
    /// The luma of the letters.
    pub ink: u8,
    /// The luma of the background.
    pub paper: u8,
}

/// A drawn line of text.
#[derive(Debug)]
pub struct Bitmap {
    /// The width in pixels.
    pub width: usize,
    /// The luma of all pixels, row after row from the top.
    pub luma: Vec<u8>,
}

impl Line<'_> {
    /// The distance between letters at this height, in pixels.
    pub fn advance(height: usize) -> usize {
        (get_raster_width(FontWeight::Regular, RASTER) * height).div_ceil(RASTER.val())
    }

    pub fn bitmap(&self) -> Bitmap {
        let advance = Self::advance(self.height);
        let letters: Vec<Letter> = self.text.chars().map(|c| Letter::of(c, self.weight)).collect();
        let width = advance * letters.len();
        let mut luma = vec![self.paper; width * self.height];
        for (at, letter) in letters.iter().enumerate() {
            for y in 0..self.height {
                let row = &mut luma[y * width + at * advance..][..advance];
                letter.row(row, y, self);
            }
        }
        Bitmap { width, luma }
    }
}

/// How a letter is drawn.
enum Letter {
    Blank,
    /// A horizontal stroke from edge to edge.
    Dash,
    /// A box in place of a letter that the font does not have.
    Box,
    Raster(&'static [u8]),
}

impl Letter {
    fn of(c: char, weight: Weight) -> Self {
        let weight = match weight {
            Weight::Regular => FontWeight::Regular,
            Weight::Bold => FontWeight::Bold,
        };
        match c {
            c if c.is_whitespace() => Self::Blank,
            '—' | '―' => Self::Dash,
            c => get_raster(c, weight, RASTER).map_or(Self::Box, |raster| Self::Raster(raster.pixels())),
        }
    }

    fn row(&self, row: &mut [u8], y: usize, line: &Line<'_>) {
        let (width, height) = (row.len(), line.height);
        let stroke = (height / 14).max(1);
        match self {
            Self::Blank => {}
            Self::Dash => {
                let middle = height * 17 / 32;
                if (middle..middle + stroke).contains(&y) {
                    row.fill(line.ink);
                }
            }
            Self::Box => {
                let (top, bottom) = (height * 6 / 32, height * 25 / 32);
                let (left, right) = (width / 8, width - width / 8);
                if y < top || y >= bottom {
                    return;
                }
                if y < top + stroke || y + stroke >= bottom {
                    row[left..right].fill(line.ink);
                } else {
                    row[left..(left + stroke).min(right)].fill(line.ink);
                    row[right.saturating_sub(stroke).max(left)..right].fill(line.ink);
                }
            }
            Self::Raster(pixels) => {
                let source = get_raster_width(FontWeight::Regular, RASTER);
                let (down, down_part) = sample(y, height, RASTER.val());
                for (x, pixel) in row.iter_mut().enumerate() {
                    let (across, across_part) = sample(x, width, source);
                    let coverage = |x: usize, y: usize| -> usize {
                        if x >= source { 0 } else { pixels.get(y * source + x).copied().unwrap_or(0).into() }
                    };
                    let upper = mix(coverage(across, down), coverage(across + 1, down), across_part);
                    let lower = mix(coverage(across, down + 1), coverage(across + 1, down + 1), across_part);
                    let ink = mix(line.paper.into(), line.ink.into(), mix(upper, lower, down_part) + 1);
                    *pixel = u8::try_from(ink).unwrap_or(line.ink);
                }
            }
        }
    }
}

/// Maps pixel `at` of a row of `to` pixels to a position in a row of `from` pixels. Returns the pixel before that
/// position, and the distance from this pixel to the position in 256ths of a pixel.
fn sample(at: usize, to: usize, from: usize) -> (usize, usize) {
    let place = ((2 * at + 1) * from * 128 / to).saturating_sub(128);
    (place / 256, place % 256)
}

fn mix(from: usize, to: usize, part: usize) -> usize {
    (from * (256 - part) + to * part) / 256
}

/// Breaks text into at most `most` lines of at most `room` letters, between words where possible. If the text is too
/// long, the last line ends with three dots.
pub fn wrap(text: &str, room: usize, most: usize) -> Vec<String> {
    let room = room.max(4);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut letters = 0;
    for word in plain(text).split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if letters > 0 && letters + 1 + word.len() > room {
            lines.push(std::mem::take(&mut line));
            letters = 0;
        }
        if letters > 0 {
            line.push(' ');
            letters += 1;
        }
        // A word longer than a line is broken at the end of the line.
        while letters + word.len() > room {
            let rest = word.split_off(room - letters);
            line.extend(word);
            lines.push(std::mem::take(&mut line));
            (word, letters) = (rest, 0);
        }
        letters += word.len();
        line.extend(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let kept: String = last.chars().take(room - 3).collect();
            *last = format!("{}...", kept.trim_end());
        }
    }
    lines
}

/// The text with typographic characters replaced by ones that the font has.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '‘' | '’' | '‚' | '′' => plain.push('\''),
            '“' | '”' | '„' | '″' => plain.push('"'),
            '‐' | '‑' | '–' | '−' => plain.push('-'),
            '…' => plain.push_str("..."),
            '•' => plain.push('·'),
            // Combining accents, joiners, direction marks and variation selectors.
            '\u{300}'..='\u{36f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' => {}
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_breaks_between_words_and_breaks_only_words_longer_than_a_line() {
        assert_eq!(wrap("one two three", 8, 3), ["one two", "three"]);
        assert_eq!(wrap("  one\ttwo\n", 80, 3), ["one two"]);
        assert_eq!(wrap("abcdefghij", 4, 3), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("ab cdefghij", 5, 3), ["ab", "cdefg", "hij"]);
        assert_eq!(wrap("eleven twelve thirteen", 8, 2), ["eleven", "twelv..."]);
        assert!(wrap("", 10, 3).is_empty());
    }

    #[test]
    fn typographic_punctuation_becomes_plain_and_all_other_letters_stay() {
        assert_eq!(plain("“Kata” – it’s…"), "\"Kata\" - it's...");
        assert_eq!(plain("空手 Übung"), "空手 Übung");
        assert_eq!(plain("e\u{301}\u{200d}a"), "ea");
    }

    #[test]
    fn a_letter_is_drawn_at_every_height_and_a_blank_is_empty() {
        for (text, inked) in [("A", true), ("空", true), ("—", true), (" ", false)] {
            for height in [8, 17, 32, 98] {
                let bitmap = Line { text, height, weight: Weight::Bold, ink: 230, paper: 40 }.bitmap();
                assert_eq!(bitmap.luma.len(), bitmap.width * height);
                assert_eq!(bitmap.luma.iter().any(|luma| *luma > 180), inked, "{text:?} at {height}");
                assert!(bitmap.luma.iter().all(|luma| (40..=230).contains(luma)));
            }
        }
    }
}
