//! A clip: a part of a recording that Stream cuts out as a video of its own. The recording that it is cut from stays as
//! it is. Nothing in this module does I/O.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::domain::bounds::{self, Stretched as _};
use crate::domain::ids::RecordingId;
use crate::domain::invalid::Invalid;
use crate::domain::recorder::session_text::place::Timeline;
use crate::domain::schedule::attendance::Attendance;
use crate::domain::schedule::limits::TITLE_MAX;

/// What stands behind the title of a clip.
const SUFFIX: &str = " (cut)";
/// The shortest beginning or end that is suggested to be left out. Less is no trouble to whoever watches.
const MIN_LEFT_OUT: TimeDelta = TimeDelta::seconds(30);

/// What a recording is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clip {
    /// The recording that it is cut from.
    pub of: RecordingId,
    /// The part.
    pub range: ClipRange,
}

/// A part of a video, in whole seconds: Stream cuts at nothing finer (Stream docs, “Clip videos”).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipRange {
    begin: u32,
    end: u32,
}

impl ClipRange {
    /// Checks a part of a video of this length that a person asks for.
    pub fn check(begin: u32, end: u32, length: TimeDelta) -> Result<Self, Invalid> {
        let last = last_second(length);
        if end > last {
            let why = format!("The end is at {}, and the recording is {} long.", clock(end), clock(last));
            return Err(Invalid::one("to", why, "Choose an end within the recording."));
        }
        Self::read(begin, end).ok_or_else(|| {
            let why = format!("The beginning is at {} and the end at {}.", clock(begin), clock(end));
            Invalid::one("from", why, "Choose a beginning that comes before the end.")
        })
    }

    /// Reads a part from the database or from the metadata of a video; `None` for one that cannot be.
    #[must_use]
    pub fn read(begin: u32, end: u32) -> Option<Self> {
        bounds::length_of_millis(i64::from(end).saturating_mul(1_000)).filter(|_| begin < end)?;
        Some(Self { begin, end })
    }

    /// Returns the second with which the part begins.
    #[must_use]
    pub const fn begin(self) -> u32 {
        self.begin
    }

    /// Returns the second before which the part ends.
    #[must_use]
    pub const fn end(self) -> u32 {
        self.end
    }

    /// Returns the length of the part.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.end.saturating_sub(self.begin)))
    }

    /// Returns where in the clip a place of the whole video is; `None` where it is not in the clip.
    #[must_use]
    pub fn place(self, in_whole: TimeDelta) -> Option<TimeDelta> {
        let place = in_whole.shorter(TimeDelta::seconds(i64::from(self.begin)));
        (TimeDelta::zero()..self.length()).contains(&place).then_some(place)
    }
}

/// Returns the last second at which a part of a video of this length may end: the last one is rarely a whole one.
#[must_use]
pub fn last_second(length: TimeDelta) -> u32 {
    seconds_up(length.num_milliseconds())
}

fn seconds_up(millis: i64) -> u32 {
    u32::try_from(millis.max(0).saturating_add(999) / 1_000).unwrap_or(u32::MAX)
}

/// Returns the title of a clip of a recording with this title.
#[must_use]
pub fn title_of_clip(title: &str) -> String {
    if title.ends_with(SUFFIX) {
        return title.to_owned();
    }
    let most = TITLE_MAX.saturating_sub(SUFFIX.chars().count());
    let kept: String = title.chars().take(most).collect();
    format!("{}{SUFFIX}", kept.trim_end())
}

/// Returns the title of the class that a clip with this title is from.
#[must_use]
pub fn title_of_class(title: &str) -> &str {
    title.strip_suffix(SUFFIX).filter(|title| !title.is_empty()).unwrap_or(title)
}

/// Returns a place in a video as people write it: “0:12:05”.
#[must_use]
pub fn clock(second: u32) -> String {
    format!("{}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

/// Reads a place in a video: “1:02:03”, “12:05” or “725”; `None` for anything else.
#[must_use]
pub fn second_of(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let is_number = |part: &&str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return None;
    }
    let mut second: u32 = 0;
    for (n, part) in parts.iter().enumerate() {
        let number: u32 = part.parse().ok().filter(|number| n == 0 || *number < 60)?;
        second = second.checked_mul(60)?.checked_add(number)?;
    }
    Some(second)
}

/// The part of a recording that is suggested, and why it is not the whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Suggested {
    /// The second with which it begins.
    pub begin: u32,
    /// The second before which it ends.
    pub end: u32,
    /// One sentence for each of both ends that leaves something out.
    pub reasons: Vec<String>,
}

impl Suggested {
    /// Suggests the part from the first participant who joined to the last one who left; the whole where that is not
    /// known or leaves out too little to matter. `timeline` is that of the recording, `zone` the one in which the
    /// reasons name times.
    #[must_use]
    pub fn new(length: TimeDelta, timeline: Option<&Timeline>, zone: Tz, participants: &[Attendance]) -> Self {
        let mut whole = Self { begin: 0, end: last_second(length), reasons: Vec::new() };
        let Some(timeline) = timeline else { return whole };
        let place = |at| TimeDelta::milliseconds(timeline.place(at)).min(length).max(TimeDelta::zero());
        let shown = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).format("%H:%M").to_string();
        let joined = participants.iter().map(|one| one.joined_at).min();
        // Whoever has no end was there to the end.
        let left = participants.iter().map(|one| one.left_at).collect::<Option<Vec<_>>>();
        let left = left.and_then(|all| all.into_iter().max());
        let (Some(joined), from) = (joined, joined.map_or(TimeDelta::zero(), place)) else { return whole };
        let to = left.map_or(length, place);
        if to.shorter(from) < MIN_LEFT_OUT {
            return whole;
        }
        if from >= MIN_LEFT_OUT {
            whole.begin = u32::try_from(from.num_seconds()).unwrap_or_default();
            whole.reasons.push(format!("No participant was in before {}.", shown(joined)));
        }
        if let Some(left) = left.filter(|_| length.shorter(to) >= MIN_LEFT_OUT) {
            whole.end = seconds_up(to.num_milliseconds());
            whole.reasons.push(format!("Every participant had left by {}.", shown(left)));
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::recorder::pauses::Pause;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_388_000 + second, 0).unwrap()
    }

    fn there(from: i64, to: Option<i64>) -> Attendance {
        Attendance { joined_at: at(from), left_at: to.map(at), present: TimeDelta::zero() }
    }

    fn suggested(pauses: Vec<Pause>, participants: &[Attendance]) -> Suggested {
        let timeline = Timeline { recording: RecordingId::new(), started_at: at(0), pauses };
        Suggested::new(TimeDelta::milliseconds(3_600_400), Some(&timeline), Tz::Europe__Berlin, participants)
    }

    #[test]
    fn a_part_lies_within_the_recording_and_begins_before_it_ends() {
        let length = TimeDelta::milliseconds(60_400);
        assert_eq!(ClipRange::check(10, 61, length).map(ClipRange::length), Ok(TimeDelta::seconds(51)));
        for (begin, end, field) in [(10, 62, "to"), (10, 10, "from"), (61, 12, "from"), (0, u32::MAX, "to")] {
            let refused = ClipRange::check(begin, end, length).unwrap_err();
            assert_eq!(refused.problems()[0].field, field, "{begin} to {end}");
        }
        assert_eq!(ClipRange::read(0, 200_000), None, "longer than any video");
    }

    #[test]
    fn a_place_of_the_whole_is_found_in_the_part() {
        let range = ClipRange::read(60, 90).unwrap();
        for (whole, part) in [(59, None), (60, Some(0)), (89, Some(29)), (90, None)] {
            assert_eq!(range.place(TimeDelta::seconds(whole)), part.map(TimeDelta::seconds), "{whole}");
        }
    }

    #[test]
    fn the_class_without_its_empty_ends_is_suggested_and_says_why() {
        let seen = suggested(Vec::new(), &[there(240, Some(3_000)), there(300, Some(3_300))]);
        assert_eq!((seen.begin, seen.end), (240, 3_300));
        assert_eq!(seen.reasons, ["No participant was in before 19:04.", "Every participant had left by 19:55."]);
        // The video has nothing of a pause.
        let paused = suggested(vec![Pause { from: at(60), to: Some(at(120)) }], &[there(240, Some(3_300))]);
        assert_eq!((paused.begin, paused.end), (180, 3_240));
    }

    #[test]
    fn the_whole_is_suggested_where_little_or_nothing_is_known() {
        let whole = Suggested { begin: 0, end: 3_601, reasons: Vec::new() };
        assert_eq!(suggested(Vec::new(), &[]), whole);
        assert_eq!(suggested(Vec::new(), &[there(-600, None), there(20, Some(900))]), whole);
        assert_eq!(suggested(Vec::new(), &[there(10, Some(3_590))]), whole);
        assert_eq!(suggested(Vec::new(), &[there(900, Some(910))]), whole, "next to nothing would be left");
        let unknown = Suggested::new(TimeDelta::seconds(9), None, Tz::UTC, &[there(1, None)]);
        assert_eq!((unknown.begin, unknown.end), (0, 9));
    }

    #[test]
    fn titles_say_that_something_was_cut_once() {
        assert_eq!(title_of_clip("Karate"), "Karate (cut)");
        assert_eq!(title_of_clip("Karate (cut)"), "Karate (cut)");
        assert_eq!(title_of_clip(&"x".repeat(TITLE_MAX)).chars().count(), TITLE_MAX);
        assert_eq!(title_of_class("Karate (cut)"), "Karate");
        assert_eq!(title_of_class("Karate"), "Karate");
    }

    #[test]
    fn places_are_read_as_people_write_them() {
        for (text, second) in [("1:02:03", 3_723), (" 12:05 ", 725), ("90", 90), ("0", 0)] {
            assert_eq!(second_of(text), Some(second), "{text}");
        }
        for text in ["", ":", "1:", "1:60", "1:2:3:4", "-1", "1.5", "4294967296", "99999999:00"] {
            assert_eq!(second_of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_place_that_is_shown_reads_back(second in 0_u32..200_000) {
            prop_assert_eq!(second_of(&clock(second)), Some(second));
        }

        #[test]
        fn what_is_suggested_can_be_cut(from in -5_000_i64..9_000, to in proptest::option::of(-5_000_i64..9_000)) {
            let seen = suggested(Vec::new(), &[there(from, to)]);
            prop_assert!(ClipRange::check(seen.begin, seen.end, TimeDelta::milliseconds(3_600_400)).is_ok());
        }
    }
}
