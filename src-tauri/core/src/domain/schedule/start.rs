//! The start of a session.
//!
//! People agree on a wall-clock time in a zone. For a session that has not begun, this time is the truth, and the
//! instant follows from it: when a country changes its daylight saving rules, the session stays at the agreed time, and
//! its instant moves. A session that has begun keeps the instant at which it was planned.
//!
//! A wall-clock time that the clocks skip or show twice is settled by RFC 5545 §3.3.5: a skipped time counts with the
//! offset from before the gap, and a time that happens twice means the first.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// The version of the time zone rules in this program, for example `2025b` (IANA Time Zone Database).
pub const TZ_DATA_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// The longest time that a zone has ever skipped, in minutes: Samoa left out 30 December 2011.
pub(crate) const LONGEST_GAP_MINUTES: i64 = 24 * 60;

/// The occurrence of a wall-clock time that is meant, where the clocks go back and show the time twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// The occurrence before the clocks go back.
    First,
    /// The occurrence after the clocks went back.
    Second,
}

/// How the wall-clock time of a start compares with the clocks of its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTheClock {
    /// The clocks show the time once.
    Once,
    /// The clocks skip the time. The session begins at the moment that they show as `shown`.
    Skipped {
        /// What the clocks show when the session begins.
        shown: NaiveDateTime,
    },
    /// The clocks show the time twice. The session begins at one of both.
    Twice(Occurrence),
}

/// The start of a session: a wall-clock time in a zone, and the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    local: NaiveDateTime,
    zone: Tz,
    occurrence: Option<Occurrence>,
    instant: DateTime<Utc>,
}

impl Start {
    /// Makes a start from an instant; the wall-clock time is the one that the zone shows then.
    #[must_use]
    pub fn at(instant: DateTime<Utc>, zone: Tz) -> Self {
        let local = instant.with_timezone(&zone).naive_local();
        let occurrence = match zone.from_local_datetime(&local) {
            LocalResult::Ambiguous(first, _) if first == instant => Some(Occurrence::First),
            LocalResult::Ambiguous(..) => Some(Occurrence::Second),
            LocalResult::Single(_) | LocalResult::None => None,
        };
        Self { local, zone, occurrence, instant }
    }

    /// Makes a start from a wall-clock time. A time that happens twice means the first; a time that the clocks skip
    /// gives `None`.
    #[must_use]
    pub fn on_wall_clock(local: NaiveDateTime, zone: Tz) -> Option<Self> {
        let instant = zone.from_local_datetime(&local).earliest()?;
        Some(Self::at(instant.with_timezone(&Utc), zone))
    }

    /// Makes the start of a session that has not begun and derives the instant by the zone's present rules. A time that
    /// the clocks skip under these rules stays as agreed, and the session begins as if the clocks had not gone forward:
    /// at 02:30 by the old time, which the new time calls 03:30.
    #[must_use]
    pub fn derived(local: NaiveDateTime, zone: Tz, occurrence: Option<Occurrence>) -> Self {
        Self::settled(local, zone, occurrence, zone.from_local_datetime(&local))
    }

    /// Makes a start from what the zone says about its wall-clock time.
    fn settled(
        local: NaiveDateTime,
        zone: Tz,
        occurrence: Option<Occurrence>,
        said: LocalResult<DateTime<Tz>>,
    ) -> Self {
        let instant = match said {
            LocalResult::Single(only) => only,
            LocalResult::Ambiguous(_, second) if occurrence == Some(Occurrence::Second) => second,
            LocalResult::Ambiguous(first, _) => first,
            LocalResult::None => before_gap(local, zone).unwrap_or_else(|| local.and_utc().with_timezone(&zone)),
        };
        Self { local, zone, occurrence, instant: instant.with_timezone(&Utc) }
    }

    /// Makes the start of an occurrence of a series. A time that happens twice means the first.
    #[must_use]
    pub fn of_occurrence(local: NaiveDateTime, zone: Tz) -> Self {
        let said = zone.from_local_datetime(&local);
        let twice = matches!(said, LocalResult::Ambiguous(..));
        Self::settled(local, zone, twice.then_some(Occurrence::First), said)
    }

    /// Makes the start of a session that has begun. The instant is kept, whatever the zone's rules have become.
    #[must_use]
    pub const fn kept(local: NaiveDateTime, zone: Tz, occurrence: Option<Occurrence>, instant: DateTime<Utc>) -> Self {
        Self { local, zone, occurrence, instant }
    }

    /// Returns the wall-clock time that people agreed on.
    #[must_use]
    pub const fn local(&self) -> NaiveDateTime {
        self.local
    }

    /// Returns the zone of the wall-clock time.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Returns the occurrence that is meant; `None` where the clock shows the time once.
    #[must_use]
    pub const fn occurrence(&self) -> Option<Occurrence> {
        self.occurrence
    }

    /// Returns the instant of the start.
    #[must_use]
    pub const fn instant(&self) -> DateTime<Utc> {
        self.instant
    }

    /// Returns how the wall-clock time compares with the clocks of the zone.
    #[must_use]
    pub fn on_the_clock(&self) -> OnTheClock {
        let shown = self.instant.with_timezone(&self.zone).naive_local();
        match self.occurrence {
            _ if shown != self.local => OnTheClock::Skipped { shown },
            Some(occurrence) => OnTheClock::Twice(occurrence),
            None => OnTheClock::Once,
        }
    }

    /// Returns a sentence that says when the session begins, where the clocks skip its time or show it twice.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let (time, date, zone) = (self.local.format("%H:%M"), self.local.format("%-d %B %Y"), self.zone);
        match self.on_the_clock() {
            OnTheClock::Once => None,
            OnTheClock::Skipped { shown } => {
                let begins = shown.format(if shown.date() == self.local.date() { "%H:%M" } else { "%H:%M on %-d %B" });
                Some(format!("The clocks in {zone} skip {time} on {date}; the class begins at {begins}."))
            }
            OnTheClock::Twice(occurrence) => {
                let which = match occurrence {
                    Occurrence::First => "first time, before the clocks go back",
                    Occurrence::Second => "second time, after the clocks went back",
                };
                Some(format!("The clocks in {zone} show {time} twice on {date}; the class begins the {which}."))
            }
        }
    }

    /// Returns whether a form that shows minutes shows this start as `local`.
    pub(crate) fn is_shown_as(&self, local: NaiveDateTime) -> bool {
        let shown = self.instant.with_timezone(&self.zone).naive_local();
        let within_the_minute = |time: NaiveDateTime| {
            let since = time.signed_duration_since(local);
            since >= TimeDelta::zero() && since < TimeDelta::minutes(1)
        };
        within_the_minute(shown) || within_the_minute(self.local)
    }
}

/// Returns the instant of a time that the clocks skip, by the offset from before the gap. Gaps begin on a full minute.
fn before_gap(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Tz>> {
    let valid = (1..=LONGEST_GAP_MINUTES)
        .filter_map(|minutes| local.checked_sub_signed(TimeDelta::minutes(minutes)))
        .find_map(|time| zone.from_local_datetime(&time).latest())?;
    valid.checked_add_signed(local.signed_duration_since(valid.naive_local()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_that_happens_twice_keeps_its_occurrence() {
        let zone = Tz::Europe__Berlin;
        let second = Start::at(utc("2027-10-31T01:30:42Z"), zone);
        assert_eq!((second.local(), second.occurrence()), (local("2027-10-31T02:30:42"), Some(Occurrence::Second)));
        assert_eq!(Start::derived(second.local(), zone, second.occurrence()), second);
        let first = Start::on_wall_clock(local("2027-10-31T02:30:00"), zone).unwrap();
        assert_eq!((first.instant(), first.occurrence()), (utc("2027-10-31T00:30:00Z"), Some(Occurrence::First)));
        assert_eq!(
            first.note().unwrap(),
            "The clocks in Europe/Berlin show 02:30 twice on 31 October 2027; the class begins the first time, before the clocks go back."
        );
        // The rules do not repeat this time, so the second occurrence means the only one.
        let once = Start::derived(local("2027-07-01T02:30:00"), zone, Some(Occurrence::Second));
        assert_eq!(once.instant(), utc("2027-07-01T00:30:00Z"));
    }

    #[test]
    fn a_skipped_time_keeps_its_wall_clock_time_and_counts_with_the_offset_from_before_the_gap() {
        let berlin = Start::derived(local("2027-03-28T02:30:42"), Tz::Europe__Berlin, None);
        assert_eq!((berlin.instant(), berlin.local()), (utc("2027-03-28T01:30:42Z"), local("2027-03-28T02:30:42")));
        assert_eq!(Start::on_wall_clock(local("2027-03-28T02:30:00"), Tz::Europe__Berlin), None);
        // Samoa skipped a whole day.
        let samoa = Start::derived(local("2011-12-30T00:00:00"), Tz::Pacific__Apia, None);
        assert_eq!(samoa.instant(), utc("2011-12-30T10:00:00Z"));
        assert_eq!(
            samoa.note().unwrap(),
            "The clocks in Pacific/Apia skip 00:00 on 30 December 2011; the class begins at 00:00 on 31 December."
        );
        assert_eq!(
            berlin.note().unwrap(),
            "The clocks in Europe/Berlin skip 02:30 on 28 March 2027; the class begins at 03:30."
        );
    }

    #[test]
    fn a_form_that_shows_minutes_recognises_a_start_with_seconds() {
        let start = Start::at(utc("2027-10-31T01:30:42Z"), Tz::Europe__Berlin);
        assert!(start.is_shown_as(local("2027-10-31T02:30:00")) && start.is_shown_as(local("2027-10-31T02:30:42")));
        assert!(!start.is_shown_as(local("2027-10-31T02:31:00")) && !start.is_shown_as(local("2027-10-31T02:29:00")));
        // A form may show a skipped start as people planned it, or as the clock shows it when the session begins.
        let skipped = Start::derived(local("2027-03-28T02:30:00"), Tz::Europe__Berlin, None);
        assert!(skipped.is_shown_as(local("2027-03-28T02:30:00")) && skipped.is_shown_as(local("2027-03-28T03:30:00")));
    }

    proptest! {
        #[test]
        fn an_instant_is_derived_again_from_its_wall_clock_time_and_occurrence(
            seconds in 946_684_800_i64..4_102_444_800,
            zone in prop::sample::select(vec![
                Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Pacific__Apia, Tz::Asia__Kathmandu,
            ]),
        ) {
            let start = Start::at(DateTime::from_timestamp(seconds, 0).unwrap(), zone);
            prop_assert_eq!(Start::derived(start.local(), zone, start.occurrence()), start);
        }
    }
}
