//! Reads what the door saw. The database may be written by others, so every value is bounded, and what is odd is left out.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::cloudflare::whole_number;
use crate::domain::bounds::moment_of_millis;
use crate::domain::schedule::join_link::SeatState;
use crate::domain::schedule::limits::PERSON_NAME_MAX;
use crate::domain::schedule::person::MARK_OF_PEOPLE;
use crate::domain::sharing::door_exchange::{SeenPlay, SeenSeat};
use crate::domain::sharing::door_link::CodeHash;
use crate::domain::text::one_line;

/// The longest id of a seat or mark of a person. Those of the door and of Hajime are shorter.
const ID_MAX: usize = 64;

/// A row of a reply.
pub(super) type Columns = Map<String, Value>;

/// A play that an event tells of; `None` for another event.
pub(super) fn play(row: &Columns, now: DateTime<Utc>) -> Option<SeenPlay> {
    if text(row, "kind")? != "played" {
        return None;
    }
    let is_country = |name: &&str| name.len() == 2 && name.bytes().all(|letter| letter.is_ascii_uppercase());
    Some(SeenPlay {
        seq: seq(row)?,
        link: CodeHash::parse(text(row, "code")?)?,
        at: past(row, "at", now)?,
        country: text(row, "country").filter(is_country).map(str::to_owned),
    })
}

/// A person who came or waits.
pub(super) fn seat(row: &Columns, now: DateTime<Utc>) -> Option<SeenSeat> {
    let person = match text(row, "person") {
        Some(mark) if is_id(mark) && mark.starts_with(MARK_OF_PEOPLE) => Some(mark.to_owned()),
        Some(_) => return None,
        None => None,
    };
    Some(SeenSeat {
        seat: text(row, "seat").filter(|id| is_id(id))?.to_owned(),
        session: text(row, "class")?.parse().ok()?,
        link: CodeHash::parse(text(row, "code")?)?,
        person,
        name: one_line(text(row, "name")?).chars().take(PERSON_NAME_MAX).collect(),
        state: SeatState::named(text(row, "state")?)?,
        agreed: match whole_number(row, "agreed") {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        since: past(row, "at", now).or_else(|| past(row, "made", now))?,
    })
}

/// The number of an event.
pub(super) fn seq(row: &Columns) -> Option<i64> {
    whole_number(row, "seq").filter(|seq| *seq > 0)
}

/// A moment that has passed. One that lies ahead is told by a clock that is off.
fn past(row: &Columns, column: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(moment_of_millis(whole_number(row, column)?)?.min(now))
}

fn text<'a>(row: &'a Columns, column: &str) -> Option<&'a str> {
    row.get(column)?.as_str()
}

fn is_id(text: &str) -> bool {
    (1..=ID_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::ids::SessionId;

    fn now() -> DateTime<Utc> {
        "2026-12-08T12:00:00Z".parse().unwrap()
    }

    fn row(of: Value, changes: Value) -> Columns {
        let (Value::Object(mut row), Value::Object(changes)) = (of, changes) else { panic!("two objects") };
        row.extend(changes);
        row
    }

    #[test]
    fn a_play_has_a_link_a_moment_that_has_passed_and_a_country_or_none() {
        let told = || json!({ "seq": 7, "kind": "played", "code": "a".repeat(64), "at": 1_780_000_000_000_i64, "country": "DE" });
        let read = |changes| play(&row(told(), changes), now());
        let fine = read(json!({})).unwrap();
        assert_eq!((fine.seq, fine.country.as_deref()), (7, Some("DE")));
        assert_eq!(read(json!({ "at": 4_000_000_000_000_i64 })).unwrap().at, now());
        for country in [json!("de"), json!("GERMANY"), json!("<b"), json!(5), Value::Null] {
            assert_eq!(read(json!({ "country": country })).unwrap().country, None);
        }
        for odd in [
            json!({ "kind": "joined" }),
            json!({ "code": "short" }),
            json!({ "at": -1 }),
            json!({ "at": null }),
            json!({ "seq": 0 }),
            json!({ "seq": "many" }),
        ] {
            assert_eq!(read(odd.clone()), None, "{odd}");
        }
    }

    #[test]
    fn a_seat_has_a_bounded_name_and_a_state_that_is_known() {
        let told = || {
            json!({
                "seat": "0a1b", "class": SessionId::new().to_string(), "code": "a".repeat(64), "person": null, "name": "Ada",
                "state": "waiting", "agreed": 1, "made": 1_780_000_000_000_i64,
            })
        };
        let read = |changes| seat(&row(told(), changes), now());
        let fine = read(json!({})).unwrap();
        assert_eq!((fine.name.as_str(), fine.agreed, fine.state), ("Ada", Some(true), SeatState::Waiting));
        let long = read(json!({ "name": format!("A\u{202e}da\n{}", "x".repeat(10_000)) })).unwrap();
        assert_eq!(long.name.chars().count(), PERSON_NAME_MAX);
        assert!(long.name.starts_with("Ada x"), "{}", long.name);
        assert_eq!(read(json!({ "agreed": 2 })).unwrap().agreed, None);
        for odd in [
            json!({ "state": "king" }),
            json!({ "class": "none" }),
            json!({ "seat": "a/b" }),
            json!({ "seat": "a".repeat(65) }),
            json!({ "person": "host-1" }),
            json!({ "name": 4 }),
            json!({ "made": "yesterday" }),
        ] {
            assert_eq!(read(odd.clone()), None, "{odd}");
        }
    }
}
