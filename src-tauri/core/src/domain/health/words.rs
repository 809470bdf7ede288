//! The sentences about the figures. Where there is no data, they say so: no data is not bad data.

use chrono::TimeDelta;

use crate::domain::health::deliveries::{ChannelCount, KEPT_DAYS};
use crate::domain::health::figure::{DETECTION_GOAL, Goals, WATCHABLE_GOAL};
use crate::domain::health::forecast::Reading;
use crate::domain::health::proof::ProofCount;
use crate::domain::health::relay::RelayCount;
use crate::domain::health::storage::{GOAL, minutes};
use crate::domain::health::success::Success;
use crate::domain::health::timing::Timings;
use crate::domain::recorder::cause::Cause;

/// Says how long something took, such as “2.4 s”, “54 s”, “6 min 40 s” or “1 h 2 min”.
#[must_use]
pub fn duration(time: TimeDelta) -> String {
    let tenths = time.num_milliseconds().max(0).saturating_add(50) / 100;
    if tenths < 100 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    let seconds = time.num_milliseconds().saturating_add(500) / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, seconds) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Says a share, such as “97.8 %” or “94 %”. What is nearly all or nearly nothing is not rounded to all or nothing.
#[must_use]
pub fn percent(part: u32, whole: u32) -> String {
    let (part, whole) = (u64::from(part), u64::from(whole.max(1)));
    let rounded = part.saturating_mul(1_000).saturating_add(whole / 2).checked_div(whole).unwrap_or_default();
    let tenths = match rounded {
        1_000 if part < whole => 999,
        0 if part > 0 => 1,
        tenths => tenths,
    };
    if tenths % 10 == 0 { format!("{} %", tenths / 10) } else { format!("{}.{} %", tenths / 10, tenths % 10) }
}

/// Says a number of things.
fn number(count: u32, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// Says that something is so of a number of things.
const fn is_are(count: u32) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The sentence at the top of the page.
#[must_use]
pub fn summary(success: &Success, goals: Goals) -> String {
    // The storage alone says nothing about classes.
    if success.tally.total() == 0 {
        return nothing(success);
    }
    let (all, met) = goals.counted();
    let of_goals = match (all, met) {
        (0, _) => return nothing(success),
        (1, 1) => "The only goal that can be measured is met.".to_owned(),
        (1, _) => "The only goal that can be measured is missed.".to_owned(),
        (all, met) if all == met => format!("All {} goals are met.", word(all)),
        (all, 0) => format!("None of the {} goals is met.", word(all)),
        (all, 1) => format!("One of {} goals is met.", word(all)),
        (all, met) => format!("{} of {} goals are met.", capital(word(met)), word(all)),
    };
    let tally = success.tally;
    let recordings = number(tally.total(), "recording", "recordings");
    match tally.total() {
        0 => of_goals,
        total => format!(
            "{of_goals} {} of {recordings} {} a video.",
            tally.succeeded,
            if total == 1 { "is" } else { "became" }
        ),
    }
}

fn nothing(success: &Success) -> String {
    match success.undecided {
        0 => "Nothing to measure yet: no class was recorded in this time.".to_owned(),
        count => format!("Nothing to measure yet: {} on the way.", are_recordings(count)),
    }
}

fn are_recordings(count: u32) -> String {
    format!("{} {}", number(count, "recording", "recordings"), is_are(count))
}

const fn word(count: u32) -> &'static str {
    match count {
        1 => "one",
        2 => "two",
        3 => "three",
        _ => "four",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Says how many recordings became a video, and why the others did not.
#[must_use]
pub fn success(success: &Success) -> String {
    let (tally, undecided) = (success.tally, success.undecided);
    if tally.total() == 0 {
        return nothing(success);
    }
    let mut said = if tally.failed == 0 {
        match tally.total() {
            1 => "The only recording became a video.".to_owned(),
            all => format!("All {all} recordings became a video."),
        }
    } else {
        format!("{} of {} failed.", tally.failed, number(tally.total(), "recording", "recordings"))
    };
    if let Some((cause, count)) = success.causes.first() {
        let why = cause.map_or("A newer version of Hajime noted the cause.", Cause::sentence);
        said = match (success.causes.len(), *count) {
            (1, _) => format!("{said} {why}"),
            (_, 1) => format!("{said} Each had another cause."),
            (_, count) => format!("{said} The most frequent cause, {count} times: {why}"),
        };
    }
    if undecided > 0 {
        said = format!("{said} {} still on the way.", are_recordings(undecided));
    }
    said
}

/// Says how long it took from the end of a class to its video.
#[must_use]
pub fn watchable(timings: &Timings, slowest: Option<&str>) -> String {
    let times = &timings.times;
    let Some(longest) = times.slowest() else { return no_times(timings) };
    let within = percent(times.within(WATCHABLE_GOAL), times.count());
    let name = slowest.map_or_else(String::new, |title| format!(", “{title}”"));
    format!(
        "{within} could be watched within {}. The slowest took {}{name}.{}",
        duration(WATCHABLE_GOAL),
        duration(longest),
        left_out(timings)
    )
}

/// Says how fast this desk noticed that videos were ready.
#[must_use]
pub fn detection(timings: &Timings) -> String {
    let times = &timings.times;
    let Some(longest) = times.slowest() else { return no_times(timings) };
    let within = percent(times.within(DETECTION_GOAL), times.count());
    format!(
        "{within} were noticed within {}. The slowest took {}.{}",
        duration(DETECTION_GOAL),
        duration(longest),
        left_out(timings)
    )
}

fn no_times(timings: &Timings) -> String {
    if timings.left_out.is_empty() {
        "Nothing to measure yet: no recording became a video in this time.".to_owned()
    } else {
        format!("Nothing could be measured.{}", left_out(timings))
    }
}

/// Says how many recordings were left out, and why.
fn left_out(timings: &Timings) -> String {
    let reasons: Vec<String> =
        timings.left_out.iter().map(|(why, count)| format!("{count} because {}", why.words())).collect();
    if reasons.is_empty() { String::new() } else { format!(" Left out: {}.", reasons.join(", ")) }
}

/// Says how full the storage was when Stream was asked last.
#[must_use]
pub fn storage(reading: Option<&Reading>) -> String {
    match reading.map(|reading| (reading, reading.share())) {
        None => "Stream did not tell how much is stored in this time.".to_owned(),
        Some((_, None)) => "No storage is paid for.".to_owned(),
        Some((reading, Some(share))) => {
            let (used, allowed) = (minutes(reading.used), minutes(reading.allowed));
            format!("{used} of {allowed} are used, {}.", rounded(share))
        }
    }
}

/// Says a share of the storage, such as “79 %”. What is below the goal is not rounded up to it.
#[must_use]
pub fn rounded(share: f64) -> String {
    let percent = 100.0 * share;
    let is_below = share < GOAL && percent.round() >= 100.0 * GOAL;
    format!("{:.0} %", if is_below { percent.floor() } else { percent.round() })
}

/// Says how many classes were not seen being recorded.
#[must_use]
pub fn proof(count: ProofCount) -> String {
    match (count.classes, count.without) {
        (0, _) => "No class of this desk that was to be recorded was held in this time.".to_owned(),
        (1, 0) => "The only class was seen being recorded within a minute.".to_owned(),
        (all, 0) => format!("All {all} classes were seen being recorded within a minute."),
        (all, without) => {
            let was = if without == 1 { "was" } else { "were" };
            format!("{without} of {} {was} not seen being recorded within a minute.", number(all, "class", "classes"))
        }
    }
}

/// Says what was told to people and programs in a period of so many days.
#[must_use]
pub fn deliveries(channels: &[ChannelCount], days: u32) -> String {
    let sum = |of: fn(&ChannelCount) -> u32| channels.iter().fold(0_u32, |sum, one| sum.saturating_add(of(one)));
    let (sent, failed, waiting) = (sum(|one| one.sent), sum(|one| one.failed), sum(|one| one.waiting));
    let mut said = match (sent, failed, waiting) {
        (0, 0, 0) => "Nothing was told to people or programs in this time.".to_owned(),
        (sent, 0, _) => format!("{} accepted, none failed.", deliveries_are(sent)),
        (sent, failed, _) => format!("{} accepted, {failed} failed.", deliveries_are(sent)),
    };
    if waiting > 0 {
        said = format!("{said} {waiting} {} waiting.", is_are(waiting));
    }
    if days > KEPT_DAYS {
        said = format!("{said} Deliveries are kept for {KEPT_DAYS} days, so older ones are not counted.");
    }
    said
}

fn deliveries_are(count: u32) -> String {
    format!("{} {}", number(count, "delivery", "deliveries"), if count == 1 { "was" } else { "were" })
}

/// Says how many recordings this computer passed on.
#[must_use]
pub fn relay(count: RelayCount) -> String {
    match (count.recordings, count.relayed) {
        (0, _) => "No recording became a video in this time.".to_owned(),
        (_, 0) => "Stream fetched every file itself.".to_owned(),
        (all, relayed) => {
            let share = percent(relayed, all);
            format!(
                "{relayed} of {} went through this computer ({share}), because Stream could not fetch the file.",
                number(all, "recording", "recordings")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::success::Tally;
    use crate::domain::health::timing::{self, Timing, Unmeasured};

    fn of(succeeded: u32, failed: u32, undecided: u32, causes: &[(Cause, u32)]) -> Success {
        let causes = causes.iter().map(|(cause, count)| (Some(*cause), *count)).collect();
        Success { tally: Tally { succeeded, failed }, undecided, causes, ..Success::default() }
    }

    #[test]
    fn times_and_shares_are_written_for_people() {
        let said = [0, 1_960, 9_949, 9_950, 54_000, 400_000, 600_000, 3_600_000, 3_725_000];
        let said = said.map(|millis| duration(TimeDelta::milliseconds(millis)));
        assert_eq!(said, ["0.0 s", "2.0 s", "9.9 s", "10 s", "54 s", "6 min 40 s", "10 min", "1 h", "1 h 2 min"]);
        assert_eq!([percent(133, 136), percent(1, 1), percent(94, 100)], ["97.8 %", "100 %", "94 %"]);
        assert_eq!([percent(99_999, 100_000), percent(1, 100_000)], ["99.9 %", "0.1 %"]);
    }

    #[test]
    fn no_data_is_called_no_data() {
        assert_eq!(success(&of(0, 0, 0, &[])), "Nothing to measure yet: no class was recorded in this time.");
        assert_eq!(success(&of(0, 0, 1, &[])), "Nothing to measure yet: 1 recording is on the way.");
        assert_eq!(
            watchable(&Timings::default(), None),
            "Nothing to measure yet: no recording became a video in this time."
        );
        assert!(proof(ProofCount::default()).starts_with("No class"));
        assert!(
            deliveries(&[], 30).starts_with("Nothing was told") && relay(RelayCount::default()).starts_with("No rec")
        );
        assert_eq!(summary(&of(0, 0, 0, &[]), Goals::default()), success(&of(0, 0, 0, &[])));
    }

    #[test]
    fn a_failure_is_said_with_its_cause() {
        assert_eq!(success(&of(1, 0, 0, &[])), "The only recording became a video.");
        assert_eq!(
            success(&of(133, 3, 2, &[(Cause::StorageFull, 2), (Cause::Damaged, 1)])),
            "3 of 136 recordings failed. The most frequent cause, 2 times: Stream’s storage is full. 2 recordings are still on the way."
        );
        assert_eq!(
            success(&of(1, 1, 0, &[(Cause::StorageFull, 1)])),
            "1 of 2 recordings failed. Stream’s storage is full."
        );
        let each = of(1, 2, 0, &[(Cause::Damaged, 1), (Cause::StorageFull, 1)]);
        assert_eq!(success(&each), "2 of 3 recordings failed. Each had another cause.");
    }

    #[test]
    fn the_summary_counts_only_goals_with_data() {
        let goals = Goals { success: Some(true), watchable: Some(false), ..Goals::default() };
        assert_eq!(
            summary(&of(133, 3, 0, &[]), goals),
            "One of two goals is met. 133 of 136 recordings became a video."
        );
        let three = Goals { success: Some(true), watchable: Some(true), detection: Some(true), storage: None };
        assert_eq!(summary(&of(1, 0, 0, &[]), three), "All three goals are met. 1 of 1 recording is a video.");
        let four = Goals { storage: Some(false), ..three };
        assert_eq!(summary(&of(1, 0, 0, &[]), four), "Three of four goals are met. 1 of 1 recording is a video.");
    }

    #[test]
    fn the_storage_is_said_in_minutes_and_never_rounded_up_to_its_goal() {
        let at = "2026-11-02T18:00:00Z".parse().unwrap();
        let of = |used| Reading { at, used, allowed: 10_000.0 };
        assert_eq!(storage(Some(&of(7_860.0))), "7,860 minutes of 10,000 minutes are used, 79 %.");
        assert!(storage(Some(&of(7_999.0))).ends_with("79 %.") && storage(Some(&of(8_000.0))).ends_with("80 %."));
        assert!(storage(None).contains("did not tell"));
        assert_eq!(storage(Some(&Reading { allowed: 0.0, ..of(0.0) })), "No storage is paid for.");
    }

    #[test]
    fn what_was_left_out_of_the_times_is_said_with_the_reason() {
        let timings = timing::collect([
            Timing::Took(TimeDelta::minutes(6)),
            Timing::Took(TimeDelta::minutes(16)),
            Timing::LeftOut(Unmeasured::Away),
        ]);
        assert_eq!(
            watchable(&timings, Some("Exam")),
            "50 % could be watched within 10 min. The slowest took 16 min, “Exam”. Left out: 1 because this computer was off, asleep or without a network."
        );
    }

    #[test]
    fn a_period_longer_than_deliveries_are_kept_says_so() {
        assert!(deliveries(&[], 365).contains("kept for 90 days"));
        assert!(!deliveries(&[], 90).contains("kept"));
    }
}
