//! A calendar file (iCalendar, RFC 5545) for one person of a session.

use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarMethod, ICalendarProperty,
    ICalendarStatus, ICalendarValue, Uri,
};
use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

use crate::domain::schedule::session::{Session, SessionState};

/// The name by which calendars know the program that wrote the file.
const PRODUCT: &str = "-//Hajime//Hajime//EN";

/// Writes the calendar file of a session for one person: when it is, and the person's link.
///
/// The times are in UTC, so the file needs no rules of a time zone; calendars show them in their own zone. A file that is
/// saved again after a change replaces the first one, because its id stays and its sequence number grows.
#[must_use]
pub fn calendar_file(session: &Session, link: &str, text: &str, now: DateTime<Utc>) -> String {
    let plan = &session.plan;
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    let mut add = |name, value| event.entries.push(entry(name, value));
    add(ICalendarProperty::Uid, ICalendarValue::Text(format!("{}@hajime", session.id)));
    add(ICalendarProperty::Sequence, ICalendarValue::Integer(revision(session)));
    add(ICalendarProperty::Dtstamp, moment(now));
    add(ICalendarProperty::Dtstart, moment(plan.start.instant()));
    add(ICalendarProperty::Dtend, moment(plan.end()));
    add(ICalendarProperty::Summary, ICalendarValue::Text(plan.title.clone()));
    add(ICalendarProperty::Description, ICalendarValue::Text(text.to_owned()));
    add(ICalendarProperty::Location, ICalendarValue::Text(link.to_owned()));
    add(ICalendarProperty::Url, ICalendarValue::Uri(Uri::Location(link.to_owned())));
    let status = match session.state {
        SessionState::Cancelled { .. } => ICalendarStatus::Cancelled,
        _ => ICalendarStatus::Confirmed,
    };
    add(ICalendarProperty::Status, ICalendarValue::Status(status));

    let mut calendar = ICalendarComponent::new(ICalendarComponentType::VCalendar);
    calendar.entries = vec![
        entry(ICalendarProperty::Version, ICalendarValue::Text("2.0".into())),
        entry(ICalendarProperty::Prodid, ICalendarValue::Text(PRODUCT.into())),
        entry(ICalendarProperty::Method, ICalendarValue::Method(ICalendarMethod::Publish)),
    ];
    calendar.component_ids = vec![1];
    ICalendar { components: vec![calendar, event] }.to_string()
}

/// A number that grows with every change of the session. It is the seconds since the session was made.
fn revision(session: &Session) -> i64 {
    session.updated_at.signed_duration_since(session.created_at).num_seconds().clamp(0, i64::from(i32::MAX))
}

fn entry(name: ICalendarProperty, value: ICalendarValue) -> ICalendarEntry {
    ICalendarEntry { name, params: Vec::new(), values: vec![value] }
}

fn moment(at: DateTime<Utc>) -> ICalendarValue {
    let small = |number: u32| u8::try_from(number).ok();
    ICalendarValue::PartialDateTime(Box::new(PartialDateTime {
        year: u16::try_from(at.year()).ok(),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
        tz_hour: Some(0),
        tz_minute: Some(0),
        tz_minus: false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::session::Plan;

    #[test]
    fn the_file_of_a_class_reads_back_with_its_times_and_its_whole_link() {
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        let mut plan = Plan::example("2026-12-08T17:30:00Z".parse().unwrap());
        plan.title = "Karate; kihon, kata\\空手".into();
        let session = Session::new(plan, now);
        let link = format!("https://join.example.org/#token={}&opens=1800000000&recorded=1", "aB3_-.".repeat(130));
        let file = calendar_file(&session, &link, &format!("Hello,\n{link}\nSee you; bye"), now);
        assert!(file.lines().all(|line| line.len() <= 77), "{file}");
        assert!(file.split('\n').all(|line| line.is_empty() || line.ends_with('\r')), "{file}");
        for line in ["DTSTART:20261208T173000Z", "DTEND:20261208T183000Z", "DTSTAMP:20261201T120000Z", "METHOD:PUBLISH"]
        {
            assert!(file.contains(&format!("{line}\r\n")), "{line}: {file}");
        }
        let unfolded = file.replace("\r\n ", "");
        assert!(unfolded.contains(&format!("URL:{link}\r\n")), "{unfolded}");
        assert!(unfolded.contains(&format!("DESCRIPTION:Hello\\,\\n{link}\\nSee you\\; bye\r\n")), "{unfolded}");
        assert!(unfolded.contains("SUMMARY:Karate\\; kihon\\, kata\\\\空手\r\n"), "{unfolded}");
        let read = ICalendar::parse(&file).unwrap();
        assert_eq!(read.components.len(), 2);
    }
}
