//! A place in a recording at which a search was found.

use std::ops::Range;

use chrono::TimeDelta;

use crate::domain::library::query::Place;

/// One place, with the words to mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The column of the index that has it.
    pub place: Place,
    /// The text, or the part of a long one that has the first mark.
    pub text: String,
    /// The marked places in bytes of the text, from left to right.
    pub marks: Vec<Range<usize>>,
    /// When it was said or written, since the beginning of the video; `None` where that is not known.
    pub at: Option<TimeDelta>,
}

impl Hit {
    /// Returns the text in pieces, each with whether it is marked.
    #[must_use]
    pub fn pieces(&self) -> Vec<(&str, bool)> {
        let mut pieces = Vec::new();
        let mut from = 0;
        for mark in &self.marks {
            pieces.push((self.text.get(from..mark.start).unwrap_or_default(), false));
            pieces.push((self.text.get(mark.clone()).unwrap_or_default(), true));
            from = mark.end;
        }
        pieces.push((self.text.get(from..).unwrap_or_default(), false));
        pieces.retain(|(text, _)| !text.is_empty());
        pieces
    }
}

/// Returns a time in a video as people write it: 12:40 or 1:02:03.
#[must_use]
pub fn clock(at: TimeDelta) -> String {
    let seconds = at.num_seconds().max(0);
    let (hours, minutes, seconds) =
        (seconds.div_euclid(3_600), seconds.div_euclid(60).rem_euclid(60), seconds.rem_euclid(60));
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_at_its_marks() {
        let hit = Hit { place: Place::Title, text: "now mae geri".into(), marks: vec![4..7, 8..12], at: None };
        assert_eq!(hit.pieces(), [("now ", false), ("mae", true), (" ", false), ("geri", true)]);
    }

    #[test]
    fn a_time_in_a_video_has_hours_only_where_there_are_any() {
        let times = [0, 760, 3_723].map(|seconds| clock(TimeDelta::seconds(seconds)));
        assert_eq!(times, ["0:00", "12:40", "1:02:03"]);
    }
}
