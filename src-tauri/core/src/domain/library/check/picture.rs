//! When to look at the picture of a video, and which stretches are blank, offline or frozen.
//!
//! A video is looked at in equal steps first. Where something is found, its ends are looked for by halves, so that a long
//! class needs few pictures and its stretches are still told to a few seconds.

use super::{Flaw, Stretch};

/// The shortest step of the first looks, in milliseconds.
const STEP_MIN_MS: u64 = 5_000;
/// The most first looks.
const FIRST_LOOKS_MAX: u64 = 72;
/// The most looks in all.
const LOOKS_MAX: usize = 180;
/// How exactly the ends of a stretch are looked for, in milliseconds.
const TOLERANCE_MS: u64 = 4_000;
/// The looks in a stretch before it counts. A picture that repeats by chance does not repeat so often.
const LOOKS_OF_STRETCH: usize = 5;
/// The shortest stretch of a blank picture, or of the page of an offline recorder, in milliseconds.
const PLAIN_MIN_MS: u64 = 8_000;
/// The shortest stretch of a picture that stands still, in milliseconds. A teacher may explain a drawing for a minute.
const FROZEN_MIN_MS: u64 = 120_000;

/// The columns and rows that a picture is reduced to.
const COLUMNS: usize = 32;
const ROWS: usize = 18;
/// The difference of brightness in a field, of 255, by which a picture counts as another one.
const FIELD_CHANGE: u8 = 4;
/// The difference between the darkest and the brightest field of a blank picture.
const BLANK_RANGE: u8 = 8;
/// The distance from the most frequent brightness within which a pixel counts as background.
const BACKGROUND_RANGE: u8 = 8;
/// The share of the background, in percent, from which a picture counts as plain.
const PLAIN_PERCENT: usize = 85;

/// A picture that cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the picture has no pixels")]
pub struct UnfitPicture;

/// What is kept of a picture: the brightness of its fields, and how plain it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    fields: Vec<u8>,
    range: u8,
    background_percent: usize,
}

impl Picture {
    /// Reduces the brightness of all pixels, row by row.
    pub fn of_luma(width: usize, height: usize, luma: &[u8]) -> Result<Self, UnfitPicture> {
        let pixels = width.checked_mul(height).ok_or(UnfitPicture)?;
        if width < COLUMNS || height < ROWS || luma.len() != pixels {
            return Err(UnfitPicture);
        }
        let mut sums = vec![(0_u32, 0_u32); COLUMNS.saturating_mul(ROWS)];
        let mut counts = [0_usize; 256];
        for (y, row) in luma.chunks_exact(width).enumerate() {
            let field_row = y.saturating_mul(ROWS).checked_div(height).unwrap_or(0);
            for (x, brightness) in row.iter().enumerate() {
                let field = field_row
                    .saturating_mul(COLUMNS)
                    .saturating_add(x.saturating_mul(COLUMNS).checked_div(width).unwrap_or(0));
                if let Some((sum, count)) = sums.get_mut(field) {
                    *sum = sum.saturating_add(u32::from(*brightness));
                    *count = count.saturating_add(1);
                }
                if let Some(count) = counts.get_mut(usize::from(*brightness)) {
                    *count = count.saturating_add(1);
                }
            }
        }
        let mean = |(sum, count): &(u32, u32)| u8::try_from(sum.checked_div(*count).unwrap_or(0)).unwrap_or(u8::MAX);
        let fields: Vec<u8> = sums.iter().map(mean).collect();
        let (darkest, brightest) = fields.iter().fold((u8::MAX, 0), |(low, high), one| (low.min(*one), high.max(*one)));
        let most = counts.iter().enumerate().max_by_key(|(_, count)| **count).map_or(0, |(brightness, _)| brightness);
        let reach = usize::from(BACKGROUND_RANGE);
        let background = most.saturating_sub(reach)..=most.saturating_add(reach).min(255);
        let background: usize = counts.get(background).unwrap_or_default().iter().sum();
        let background_percent = background.saturating_mul(100).checked_div(pixels).unwrap_or(0);
        Ok(Self { fields, range: brightest.saturating_sub(darkest), background_percent })
    }

    const fn is_blank(&self) -> bool {
        self.range <= BLANK_RANGE
    }

    const fn is_plain(&self) -> bool {
        self.background_percent >= PLAIN_PERCENT
    }

    fn is_like(&self, other: &Self) -> bool {
        self.fields.iter().zip(&other.fields).all(|(one, other)| one.abs_diff(*other) < FIELD_CHANGE)
    }
}

/// What was seen at a moment of a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The moment, in milliseconds.
    pub at_ms: u64,
    /// What was seen.
    pub picture: Picture,
}

/// Returns the moments at which a video of this length is looked at first.
#[must_use]
pub fn first_looks(length_ms: u64) -> Vec<u64> {
    let number = (length_ms / STEP_MIN_MS).clamp(1, FIRST_LOOKS_MAX);
    let step = length_ms.checked_div(number).unwrap_or(0);
    // Equal steps could meet the same moment of a picture that repeats. The fractional parts of multiples of the golden
    // ratio are spread evenly, so each look is moved by one of them, of a third of a step.
    let moved = |n: u64| (n.saturating_mul(618) % 1_000).saturating_mul(step / 3) / 1_000;
    (0..number)
        .map(|n| (n.saturating_mul(step).saturating_add(step / 3).saturating_add(moved(n))).min(length_ms))
        .collect()
}

/// Returns the moments at which to look next: between a stretch and the moments beside it, and within a stretch that was seen
/// too rarely. Empty once every stretch is known well enough, or enough was looked at.
#[must_use]
pub fn next_looks(looks: &[Look], length_ms: u64) -> Vec<u64> {
    let mut next = Vec::new();
    for run in runs(looks) {
        let (first, last) = (run.first, run.last);
        let begin = first.checked_sub(1).and_then(|before| looks.get(before)).map_or(0, |look| look.at_ms);
        let end = looks.get(last.saturating_add(1)).map_or(length_ms, |look| look.at_ms);
        let at = |n: usize| looks.get(n).map_or(0, |look| look.at_ms);
        for (from, until) in [(begin, at(first)), (at(last), end)] {
            next.extend(between(from, until));
        }
        if last.saturating_sub(first).saturating_add(1) < LOOKS_OF_STRETCH {
            next.extend((first..last).filter_map(|n| between(at(n), at(n.saturating_add(1)))));
        }
    }
    next.sort_unstable();
    next.dedup();
    next.truncate(LOOKS_MAX.saturating_sub(looks.len()));
    next
}

/// The moment between two others, if they are further apart than a stretch is told exactly.
fn between(from: u64, until: u64) -> Option<u64> {
    let gap = until.saturating_sub(from);
    (gap > TOLERANCE_MS).then(|| from.saturating_add(gap / 2))
}

/// Returns what is wrong with the picture, in the order of time. `looks` is sorted by time.
#[must_use]
pub fn stretches(looks: &[Look], length_ms: u64) -> Vec<Stretch> {
    let middle = |one: u64, other: u64| one.saturating_add(other.saturating_sub(one) / 2);
    let found = runs(looks).into_iter().filter_map(|run| {
        let (first, last) = (looks.get(run.first)?, looks.get(run.last)?);
        let before = run.first.checked_sub(1).and_then(|n| looks.get(n));
        let start_ms = before.map_or(0, |before| middle(before.at_ms, first.at_ms));
        let end_ms = looks.get(run.last.saturating_add(1)).map_or(length_ms, |after| middle(last.at_ms, after.at_ms));
        let stretch = Stretch { flaw: run.flaw, start_ms, end_ms };
        let shortest = if run.flaw == Flaw::Frozen { FROZEN_MIN_MS } else { PLAIN_MIN_MS };
        let seen = run.last.saturating_sub(run.first).saturating_add(1);
        let is_known = seen >= LOOKS_OF_STRETCH || last.at_ms.saturating_sub(first.at_ms) >= shortest.min(PLAIN_MIN_MS);
        (seen >= 2 && is_known && end_ms.saturating_sub(start_ms) >= shortest).then_some(stretch)
    });
    found.collect()
}

/// Looks in a row that show the same thing.
struct Run {
    flaw: Flaw,
    first: usize,
    last: usize,
}

/// The runs of looks that may be stretches: of blank pictures, of the same plain picture, or of the same picture.
fn runs(looks: &[Look]) -> Vec<Run> {
    let mut found = Vec::new();
    let mut first = 0;
    while let Some(begin) = looks.get(first) {
        let alike = |look: &&Look| {
            if begin.picture.is_blank() { look.picture.is_blank() } else { look.picture.is_like(&begin.picture) }
        };
        let number = looks.get(first..).unwrap_or_default().iter().take_while(alike).count().max(1);
        let last = first.saturating_add(number).saturating_sub(1);
        let flaw = if begin.picture.is_blank() {
            Some(Flaw::Blank)
        } else if begin.picture.is_plain() {
            Some(Flaw::Offline)
        } else {
            (number > 1).then_some(Flaw::Frozen)
        };
        found.extend(flaw.map(|flaw| Run { flaw, first, last }));
        first = last.saturating_add(1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 64;
    const HEIGHT: usize = 36;

    fn plain(brightness: u8) -> Vec<u8> {
        vec![brightness; WIDTH * HEIGHT]
    }

    fn blank() -> Picture {
        Picture::of_luma(WIDTH, HEIGHT, &plain(3)).unwrap()
    }

    /// A plain page with a bright line in the middle.
    fn offline() -> Picture {
        let mut luma = plain(20);
        luma[WIDTH * 17 + 16..WIDTH * 17 + 48].fill(200);
        luma[WIDTH * 18 + 16..WIDTH * 18 + 48].fill(200);
        Picture::of_luma(WIDTH, HEIGHT, &luma).unwrap()
    }

    /// A room in which something moves all the time.
    fn room(at_ms: u64) -> Picture {
        let mut luma: Vec<u8> = (0..WIDTH * HEIGHT).map(|n| u8::try_from(n % 199).unwrap()).collect();
        let place = usize::try_from(at_ms / 100 % 60).unwrap();
        for row in 4..12 {
            luma[row * WIDTH + place..][..4].fill(if (at_ms / 6_000).is_multiple_of(2) { 250 } else { 120 });
        }
        Picture::of_luma(WIDTH, HEIGHT, &luma).unwrap()
    }

    /// Looks at a film until nothing more is asked for. Returns what was found and how often was looked.
    fn watched(length_ms: u64, film: impl Fn(u64) -> Picture) -> (Vec<Stretch>, usize) {
        let look = |at_ms| Look { at_ms, picture: film(at_ms) };
        let mut looks: Vec<Look> = first_looks(length_ms).into_iter().map(look).collect();
        loop {
            let next = next_looks(&looks, length_ms);
            if next.is_empty() {
                return (stretches(&looks, length_ms), looks.len());
            }
            looks.extend(next.into_iter().map(look));
            looks.sort_by_key(|look| look.at_ms);
        }
    }

    #[test]
    fn a_stretch_of_each_kind_is_found_to_five_seconds_with_a_bounded_number_of_looks() {
        for length_ms in [60_000, 300_000, 3_600_000, 4 * 3_600_000] {
            let (from, until) = (length_ms * 3 / 10, length_ms * 5 / 10);
            for (flaw, shown) in [(Flaw::Blank, blank()), (Flaw::Offline, offline()), (Flaw::Frozen, room(7_700))] {
                let film = |at| if (from..until).contains(&at) { shown.clone() } else { room(at) };
                let (found, looks) = watched(length_ms, film);
                assert!(looks <= LOOKS_MAX, "{looks} looks");
                if flaw == Flaw::Frozen && until - from < FROZEN_MIN_MS {
                    assert_eq!(found, [], "a picture may stand still for a while");
                    continue;
                }
                assert_eq!(found.iter().map(|one| one.flaw).collect::<Vec<_>>(), [flaw], "{length_ms}: {found:?}");
                assert!(found[0].start_ms.abs_diff(from) <= 5_000, "{length_ms}: {found:?} {from}");
                assert!(found[0].end_ms.abs_diff(until) <= 5_000, "{length_ms}: {found:?} {until}");
            }
        }
    }

    #[test]
    fn a_class_in_which_something_moves_raises_nothing_whatever_its_length() {
        for minutes in [1, 5, 17, 45, 60, 61, 90, 120, 180, 240, 600] {
            assert_eq!(watched(minutes * 60_000, room).0, [], "{minutes} minutes");
        }
    }

    #[test]
    fn a_film_that_is_blank_throughout_is_one_stretch_from_its_beginning_to_its_end() {
        let (found, _) = watched(600_000, |_| blank());
        assert_eq!(found, [Stretch { flaw: Flaw::Blank, start_ms: 0, end_ms: 600_000 }]);
    }

    #[test]
    fn films_of_any_length_are_looked_at_within_their_length() {
        for length in [0, 1, 999, 5_000, 86_400_000, u64::MAX] {
            let looks = first_looks(length);
            assert!(!looks.is_empty() && looks.is_sorted() && looks.iter().all(|at| *at <= length), "{length}");
        }
    }

    #[test]
    fn a_picture_without_pixels_is_refused() {
        for (width, height, pixels) in [(0, 0, 0), (64, 36, 5), (3, 3, 9), (usize::MAX, 2, 4)] {
            assert_eq!(Picture::of_luma(width, height, &vec![0; pixels]), Err(UnfitPicture));
        }
    }
}
