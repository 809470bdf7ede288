//! A picture of a clip in a requested size. Each pixel of the picture is mapped to a pixel of the drawn frame.

use super::draw;

/// How a clip is fitted into a requested size of another shape. The names are those of Stream's parameter `fit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Fills the size and cuts off the rest.
    Crop,
    /// Shows everything in a picture that is smaller than requested in one direction.
    Clip,
    /// Distorts the picture.
    Scale,
    /// Shows everything with black bars.
    Fill,
}

/// The requested size. When one side is missing, the picture has the clip's shape and is at most as large as the clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The width in pixels.
    pub width: Option<u32>,
    /// The height in pixels.
    pub height: Option<u32>,
    /// How the picture is fitted into the size.
    pub fit: Fit,
}

/// A pixel: luma, blue and red difference, in the limited range of video.
pub type Pixel = [u8; 3];

const BLACK: Pixel = [16, 128, 128];

/// The mapping from a drawn frame to a picture of the requested size.
#[derive(Debug)]
pub struct Still {
    canvas: (u32, u32),
    drawn: (u32, u32),
    /// For each column of the picture, the column of the drawn frame; `None` for black. `rows` is the same for rows.
    columns: Vec<Option<usize>>,
    rows: Vec<Option<usize>>,
}

impl Still {
    /// Returns the mapping from a clip of the size `clip` to the size that `wanted` requests.
    pub fn new(wanted: &Frame, clip: (u32, u32)) -> Self {
        let (wide, high) = clip;
        let (width, height) = match (wanted.width, wanted.height) {
            (Some(width), Some(height)) => (width.max(1), height.max(1)),
            (Some(width), None) => (width.clamp(1, wide), share(high, width.clamp(1, wide), wide)),
            (None, Some(height)) => (share(wide, height.clamp(1, high), high), height.clamp(1, high)),
            (None, None) => clip,
        };
        let is_wider = u64::from(wide) * u64::from(height) >= u64::from(high) * u64::from(width);
        let as_wide = (width, share(high, width, wide));
        let as_high = (share(wide, height, high), height);
        let (within, around) = if is_wider { (as_wide, as_high) } else { (as_high, as_wide) };
        let smaller = |size: (u32, u32)| if size.0 > wide || size.1 > high { clip } else { size };
        let (canvas, picture) = match wanted.fit {
            Fit::Crop => ((width, height), around),
            Fit::Clip => (smaller(within), smaller(within)),
            Fit::Scale => ((width, height), (width, height)),
            Fit::Fill => ((width, height), within),
        };
        // Text is sharpest when the frame is drawn in its final size. `Scale` draws in the clip's size, because a frame
        // that is drawn in another shape is laid out anew and not distorted.
        let drawn = if wanted.fit == Fit::Scale { clip } else { smaller(picture) };
        let (columns, rows) = (line(canvas.0, picture.0, drawn.0), line(canvas.1, picture.1, drawn.1));
        Self { canvas, drawn, columns, rows }
    }

    /// The width and height of the picture in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.canvas
    }

    /// The size in which the frame must be drawn. Each side may also be one pixel larger.
    pub fn drawn(&self) -> (u32, u32) {
        self.drawn
    }

    /// Returns the pixels of row `y` of the picture. `frame` is drawn in the size [`Self::drawn`].
    pub fn row<'a>(&'a self, y: usize, frame: &'a draw::Frame) -> impl Iterator<Item = Pixel> + 'a {
        let half = frame.width / 2;
        let row = self.rows.get(y).copied().flatten();
        let [blue, red] = &frame.chroma;
        self.columns.iter().map(move |x| {
            let found = row.zip(*x).and_then(|(y, x)| {
                let colour = y / 2 * half + x / 2;
                Some([*frame.luma.get(y * frame.width + x)?, *blue.get(colour)?, *red.get(colour)?])
            });
            found.unwrap_or(BLACK)
        })
    }
}

/// Maps each of `canvas` positions to one of the `drawn` positions, which are stretched over `picture` positions in the
/// middle of the canvas.
fn line(canvas: u32, picture: u32, drawn: u32) -> Vec<Option<usize>> {
    let before = (i64::from(picture) - i64::from(canvas)).div_euclid(2);
    (0..i64::from(canvas))
        .map(|at| {
            let at = u64::try_from(at + before).ok().filter(|at| *at < u64::from(picture))?;
            usize::try_from(at * u64::from(drawn) / u64::from(picture)).ok()
        })
        .collect()
}

/// `of * part / whole`, rounded, and at least 1.
fn share(of: u32, part: u32, whole: u32) -> u32 {
    let whole = u64::from(whole.max(1));
    u32::try_from((u64::from(of) * u64::from(part) + whole / 2) / whole).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still(width: Option<u32>, height: Option<u32>, fit: Fit) -> Still {
        Still::new(&Frame { width, height, fit }, (1_280, 720))
    }

    #[test]
    fn a_size_with_one_side_keeps_the_shape_of_the_clip() {
        assert_eq!(still(None, Some(180), Fit::Crop).size(), (320, 180));
        assert_eq!(still(Some(640), None, Fit::Fill).size(), (640, 360));
        assert_eq!(still(None, Some(9_999), Fit::Scale).size(), (1_280, 720));
    }

    #[test]
    fn a_square_is_cropped_shrunk_distorted_or_given_bars_as_the_fit_says() {
        let square = |fit| still(Some(100), Some(100), fit);
        let shown = |line: &[Option<usize>]| line.iter().flatten().count();
        let crop = square(Fit::Crop);
        assert_eq!((crop.size(), crop.drawn()), ((100, 100), (178, 100)));
        assert_eq!((crop.columns.first(), crop.columns.last()), (Some(&Some(39)), Some(&Some(138))));
        assert_eq!(square(Fit::Clip).size(), (100, 56));
        let scale = square(Fit::Scale);
        assert_eq!((scale.size(), shown(&scale.columns), scale.columns[99]), ((100, 100), 100, Some(1_267)));
        let fill = square(Fit::Fill);
        assert_eq!((fill.size(), shown(&fill.rows), fill.rows[0], fill.rows[50]), ((100, 100), 56, None, Some(28)));
        assert_eq!(still(Some(4_000), Some(4_000), Fit::Clip).size(), (1_280, 720));
    }

    #[test]
    fn extreme_sizes_do_not_panic() {
        for fit in [Fit::Crop, Fit::Clip, Fit::Scale, Fit::Fill] {
            for size in [0, 1, 3, 2_000] {
                for clip in [(16, 16), (16, 3_840)] {
                    let still = Still::new(&Frame { width: Some(size), height: Some(2_000 - size), fit }, clip);
                    assert!(still.size().0 > 0 && still.size().1 > 0);
                    assert!(still.drawn().0 <= clip.0 && still.drawn().1 <= clip.1);
                }
            }
        }
    }
}
