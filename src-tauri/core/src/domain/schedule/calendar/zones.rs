//! Time zones in calendar files: which zone a name means, and the `VTIMEZONE` of a zone.

use chrono::{DateTime, Offset as _, TimeDelta, Utc};
use chrono_tz::{OffsetName as _, Tz};

use crate::domain::bounds::Moved as _;
use crate::domain::schedule::calendar::lines::Component;

/// Returns the zone that a calendar file calls by this name: a name of the IANA database, the one that Windows has for
/// the zone, or one of them behind the prefix of another program.
pub(super) fn named(name: &str) -> Option<Tz> {
    match name.parse::<calcard::common::timezone::Tz>() {
        Ok(calcard::common::timezone::Tz::Tz(zone)) => Some(zone),
        Ok(calcard::common::timezone::Tz::Fixed(_) | calcard::common::timezone::Tz::Floating) => None,
        // Some programs put their own address in front: `/example.org/20261101_1/Europe/Berlin`.
        Err(()) => name.strip_prefix('/')?.match_indices('/').find_map(|(at, slash)| {
            let rest = name.get(at.saturating_add(slash.len()).saturating_add(1)..)?;
            rest.parse().ok()
        }),
    }
}

/// Returns the zone of a `VTIMEZONE`, by its name or by the place that it says it is for.
pub(super) fn of_component(zone: &Component) -> Option<(String, Tz)> {
    let id = zone.line("TZID")?.text();
    let place = || zone.line("X-LIC-LOCATION").and_then(|line| named(&line.text()));
    let found = named(&id).or_else(place)?;
    Some((id, found))
}

/// Writes the `VTIMEZONE` of a zone, with every change of its clocks in a span.
pub(super) fn component(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Component> {
    let seconds = |at: DateTime<Utc>| at.with_timezone(&zone).offset().fix().local_minus_utc();
    let mut observances = vec![observance(zone, from, seconds(from))];
    let mut at = from;
    while at < to {
        let next = at.later(TimeDelta::days(7)).min(to);
        if seconds(next) != seconds(at) {
            let (mut before, mut after) = (at, next);
            while after.signed_duration_since(before) > TimeDelta::seconds(1) {
                let half = before.later(after.signed_duration_since(before).checked_div(2).unwrap_or_default());
                if seconds(half) == seconds(at) { before = half } else { after = half }
            }
            observances.push(observance(zone, after, seconds(at)));
        }
        at = next;
    }
    Component::from_text(&format!("BEGIN:VTIMEZONE\nTZID:{}\n{}END:VTIMEZONE", zone.name(), observances.concat()))
}

fn observance(zone: Tz, at: DateTime<Utc>, from_seconds: i32) -> String {
    let at = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
    let shown = at.with_timezone(&zone);
    let to_seconds = shown.offset().fix().local_minus_utc();
    // The beginning is written in the time that the clocks showed until then (RFC 5545 §3.8.2.4).
    let local = at.naive_utc().checked_add_signed(TimeDelta::seconds(from_seconds.into())).unwrap_or_default();
    let kind = if to_seconds > from_seconds { "DAYLIGHT" } else { "STANDARD" };
    format!(
        "BEGIN:{kind}\nDTSTART:{}\nTZOFFSETFROM:{}\nTZOFFSETTO:{}\nTZNAME:{}\nEND:{kind}\n",
        local.format("%Y%m%dT%H%M%S"),
        offset(from_seconds),
        offset(to_seconds),
        shown.offset().abbreviation().unwrap_or("LMT"),
    )
}

fn offset(seconds: i32) -> String {
    let (sign, size) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    format!("{sign}{:02}{:02}", size / 3_600, size / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_programs_mean_the_zones_of_the_database() {
        for name in ["Europe/Berlin", "W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Berlin"] {
            assert_eq!(named(name), Some(Tz::Europe__Berlin), "{name}");
        }
        assert_eq!(named("Eastern Standard Time"), Some(Tz::America__New_York));
        assert_eq!(named("Customized Time Zone"), None);
    }

    #[test]
    fn a_zone_is_written_with_each_change_of_its_clocks() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let zone = component(Tz::Europe__Berlin, at("2027-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")).unwrap();
        let starts: Vec<String> =
            zone.components().map(|part| format!("{} {}", part.name, part.line("DTSTART").unwrap().value())).collect();
        assert_eq!(starts, ["STANDARD 20270101T010000", "DAYLIGHT 20270328T020000", "STANDARD 20271031T030000"]);
    }
}
