//! What takes the minutes of the storage, and the ways to make room.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::health::forecast::{Growth, Reading};
use crate::domain::health::price::{Dollars, Price};
use crate::domain::ids::RecordingId;

/// The share of the storage from which on an admin should look.
pub const GOAL: f64 = 0.8;
/// The goal in words.
pub const GOAL_WORDS: &str = "less than 80 %";
/// The minutes that are bought at once.
pub const BOUGHT_MINUTES: f64 = 10_000.0;
/// The days for which a recording is left alone before it counts as one that nobody watches.
pub const UNWATCHED_AFTER_DAYS: u64 = 30;

/// Returns whether the goal is met; `None` where nothing is paid for.
#[must_use]
pub fn is_met(reading: &Reading) -> Option<bool> {
    reading.share().map(|share| share < GOAL)
}

/// Minutes of recordings that have something in common.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Minutes {
    /// What they have in common.
    pub name: String,
    /// Their minutes.
    pub minutes: f64,
    /// How many they are.
    pub recordings: u32,
}

/// What takes the minutes, as this desk knows it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    /// The videos on the list.
    pub library: Minutes,
    /// The videos in the bin, which Stream still counts.
    pub bin: Minutes,
    /// Those on the list that Stream deletes before the month is over.
    pub expiring: Minutes,
    /// Those on the list that are kept forever.
    pub kept: Minutes,
    /// By tag; a recording with two tags counts in both.
    pub by_tag: Vec<Minutes>,
    /// By instructor.
    pub by_instructor: Vec<Minutes>,
    /// By the month of the class.
    pub by_month: Vec<Minutes>,
}

/// A recording on the list that Stream deletes soon.
#[derive(Debug, Clone, PartialEq)]
pub struct Expiring {
    /// The recording.
    pub id: RecordingId,
    /// Its title.
    pub title: String,
    /// Its instructor.
    pub instructor: String,
    /// When it was recorded.
    pub recorded: DateTime<Utc>,
    /// When Stream deletes it.
    pub expires: DateTime<Utc>,
    /// Its minutes.
    pub minutes: f64,
    /// For how many minutes it was watched, on the days that were counted.
    pub watched_minutes: f64,
    /// The last day on which it was watched.
    pub last_watched: Option<NaiveDate>,
}

/// How room can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayKind {
    /// Deleting what is in the bin at once.
    EmptyBin,
    /// Archiving what nobody watches, and letting it go.
    ArchiveUnwatched,
    /// Applying the rules that are saved.
    Rule,
    /// Buying minutes.
    Buy,
}

impl WayKind {
    /// The word in the IPC and the CLI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmptyBin => "empty_bin",
            Self::ArchiveUnwatched => "archive_unwatched",
            Self::Rule => "rule",
            Self::Buy => "buy",
        }
    }
}

/// A way to make room.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// Which one.
    pub kind: WayKind,
    /// The minutes that it frees.
    pub minutes: f64,
    /// The recordings that it takes; none where minutes are bought.
    pub recordings: u32,
    /// What to do, as a button says it.
    pub words: String,
    /// What comes of it, as a sentence.
    pub note: String,
}

/// Returns the ways to make room, the one that frees most first. Buying minutes is the last one.
#[must_use]
pub fn ways(bin: &Minutes, unwatched: Option<&Minutes>, by_rules: &Minutes, storage: &Price) -> Vec<Way> {
    let way = |kind, of: &Minutes, words: &str, note: String| Way {
        kind,
        minutes: of.minutes,
        recordings: of.recordings,
        words: words.to_owned(),
        note,
    };
    let mut all = Vec::new();
    if bin.recordings > 0 {
        let note = format!("{} at once. They cannot be brought back.", minutes(bin.minutes));
        all.push(way(WayKind::EmptyBin, bin, "Empty the bin", note));
    }
    if let Some(unwatched) = unwatched.filter(|unwatched| unwatched.recordings > 0) {
        let note = format!("{}. A copy goes to the archive first.", minutes(unwatched.minutes));
        all.push(way(WayKind::ArchiveUnwatched, unwatched, "Archive what nobody watches", note));
    }
    if by_rules.recordings > 0 {
        let note = format!("{} within 31 days. You see what it changes before.", minutes(by_rules.minutes));
        all.push(way(WayKind::Rule, by_rules, "Apply the rules that are saved", note));
    }
    all.sort_by(|one, other| other.minutes.total_cmp(&one.minutes));
    let bought = Minutes { minutes: BOUGHT_MINUTES, ..Minutes::default() };
    let note = format!("{} a month at Cloudflare.", Dollars(storage.rate.cents_of(BOUGHT_MINUTES)));
    all.push(way(WayKind::Buy, &bought, "Buy 10,000 minutes", note));
    all
}

/// Returns minutes in words: “3,540 minutes”, “1 minute”.
#[must_use]
pub fn minutes(number: f64) -> String {
    match number.round() {
        one if (one - 1.0).abs() < f64::EPSILON => "1 minute".to_owned(),
        many => format!("{} minutes", grouped(many)),
    }
}

/// Returns a whole number with commas between the thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns how full the storage is and how it goes on, as one or two sentences.
#[must_use]
pub fn sentence(last: Option<&Reading>, growth: Option<Growth>, full_on: Option<NaiveDate>) -> String {
    let Some(last) = last else {
        return "Stream was not asked yet how much is stored.".to_owned();
    };
    let Some(share) = last.share() else {
        return format!("No storage is paid for, and Stream stores {} of video.", minutes(last.used));
    };
    let of = format!("{} of {} are used", grouped(last.used), minutes(last.allowed));
    if last.left() <= 0.0 {
        return format!("The storage is full: {of}.");
    }
    let now = format!("{:.0} % of the storage is used: {of}, {} are left.", share * 100.0, minutes(last.left()));
    match (growth, full_on) {
        (None, _) => format!("{now} There are too few readings to say when it is full: it takes 14 days of them."),
        (Some(_), Some(day)) => format!("{now} It is full about {}.", day.format("%-d %B %Y")),
        (Some(growth), None) if growth.per_day <= 0.0 => format!("{now} It does not grow."),
        (Some(_), None) => format!("{now} It grows so slowly that it is not full within ten years."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::price::{PriceName, Prices};

    fn some(minutes: f64, recordings: u32) -> Minutes {
        Minutes { name: String::new(), minutes, recordings }
    }

    fn price() -> Price {
        Prices::default().at(PriceName::Stored, "2026-11-30".parse().unwrap())
    }

    #[test]
    fn the_way_that_frees_most_comes_first_and_buying_last() {
        let kinds = |all: Vec<Way>| all.into_iter().map(|way| way.kind).collect::<Vec<_>>();
        let all = ways(&some(3_540.0, 52), Some(&some(4_480.0, 60)), &some(900.0, 12), &price());
        assert_eq!(all[3].note, "$50.00 a month at Cloudflare.");
        assert_eq!(all[1].note, "3,540 minutes at once. They cannot be brought back.");
        let wanted = [WayKind::ArchiveUnwatched, WayKind::EmptyBin, WayKind::Rule, WayKind::Buy];
        assert_eq!(kinds(all), wanted);
        assert_eq!(kinds(ways(&some(0.0, 0), None, &some(0.0, 0), &price())), [WayKind::Buy]);
    }

    #[test]
    fn the_sentence_says_what_is_known() {
        let day = "2027-04-24".parse().unwrap();
        let reading = |used, allowed| Reading { at: chrono::DateTime::UNIX_EPOCH, used, allowed };
        let grows = Some(Growth { per_day: 130.0 });
        let words = [
            sentence(None, None, None),
            sentence(Some(&reading(81_040.0, 100_000.0)), grows, Some(day)),
            sentence(Some(&reading(81_040.0, 100_000.0)), None, None),
            sentence(Some(&reading(81_040.0, 100_000.0)), Some(Growth { per_day: -3.0 }), None),
            sentence(Some(&reading(100_000.0, 100_000.0)), grows, Some(day)),
            sentence(Some(&reading(1.0, 0.0)), grows, Some(day)),
        ];
        let used = "81 % of the storage is used: 81,040 of 100,000 minutes are used, 18,960 minutes are left.";
        assert_eq!(
            words,
            [
                "Stream was not asked yet how much is stored.".to_owned(),
                format!("{used} It is full about 24 April 2027."),
                format!("{used} There are too few readings to say when it is full: it takes 14 days of them."),
                format!("{used} It does not grow."),
                "The storage is full: 100,000 of 100,000 minutes are used.".to_owned(),
                "No storage is paid for, and Stream stores 1 minute of video.".to_owned(),
            ]
        );
    }
}
