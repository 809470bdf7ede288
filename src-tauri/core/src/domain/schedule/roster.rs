//! The roster: the people of a session. Adds, replaces and removes people, and converts them to fields of the journal.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::domain::ids::{PersonId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::journal::{FieldChanges, Fields, JournalEntry, UndoRefusal};
use crate::domain::schedule::attendance::Attendance;
use crate::domain::schedule::limits::ROSTER_MAX;
use crate::domain::schedule::person::{Person, PersonInput, Role};

/// The field of the journal with the place of somebody who was removed.
const PLACE: &str = "place";

/// A person on a roster, and what became of the invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    /// The person.
    pub person: Person,
    /// When a link was last made for the person; `None` where none was.
    pub link_at: Option<DateTime<Utc>>,
    /// When the person was in the room; `None` where RealtimeKit has not seen them.
    pub attendance: Option<Attendance>,
}

/// A session whose roster another session may take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterOfSession {
    /// The session.
    pub session: SessionId,
    /// The session's title.
    pub title: String,
    /// The start of the session.
    pub start: DateTime<Utc>,
    /// The number of people on its roster.
    pub people: u32,
}

/// What happens to the people who are on the roster already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// They stay.
    Stay,
    /// They stay only if they are among the new people.
    Replaced,
}

/// Returns a roster with new people. Somebody who is on it already keeps their id, and takes the new name and role only
/// where the roster is replaced.
///
/// Refused where more people would be on it than the class takes.
pub fn with(
    roster: &[Person],
    new: impl IntoIterator<Item = PersonInput>,
    present: Present,
    max_participants: u32,
) -> Result<Vec<Person>, Invalid> {
    let known: HashMap<String, &Person> = roster.iter().map(|person| (person.key(), person)).collect();
    let mut people: Vec<Person> = match present {
        Present::Stay => roster.to_vec(),
        Present::Replaced => Vec::new(),
    };
    for input in new {
        match (known.get(&input.key()), present) {
            (Some(_), Present::Stay) => {}
            (Some(before), Present::Replaced) => people.push(Person { id: before.id, ..Person::new(input) }),
            (None, _) => people.push(Person::new(input)),
        }
    }
    check_size(&people, max_participants)?;
    Ok(people)
}

/// Refuses a roster that is larger than the class.
pub fn check_size(people: &[Person], max_participants: u32) -> Result<(), Invalid> {
    check_size_of(people, max_participants, "list")
}

/// Refuses people who are more than the class takes. `which` says in words which list that is.
pub fn check_size_of(people: &[Person], max_participants: u32, which: &str) -> Result<(), Invalid> {
    let participants = people.iter().filter(|person| person.role == Role::Participant).count();
    if participants > usize::try_from(max_participants).unwrap_or(usize::MAX) {
        let message =
            format!("The {which} would have {participants} participants, and the class takes {max_participants}.");
        return Err(Invalid::one(
            "people",
            message,
            "Raise the number of participants of the class, or take people out.",
        ));
    }
    if people.len() > ROSTER_MAX {
        let message = format!("The {which} would have {} people; {ROSTER_MAX} are the most.", people.len());
        return Err(Invalid::one("people", message, "Take people out, or split the class."));
    }
    Ok(())
}

/// Returns a roster with the people of another one who are not on it yet. They keep their ids.
pub fn with_people_of(roster: &[Person], other: &[Person], max_participants: u32) -> Result<Vec<Person>, Invalid> {
    let keys: HashSet<String> = roster.iter().map(Person::key).collect();
    let ids: HashSet<PersonId> = roster.iter().map(|person| person.id).collect();
    let new = other.iter().filter(|person| !keys.contains(&person.key()) && !ids.contains(&person.id));
    let people: Vec<Person> = roster.iter().chain(new).cloned().collect();
    check_size(&people, max_participants)?;
    Ok(people)
}

/// Returns the roster as fields by the id of each person, so that an entry of the journal holds only those who changed.
#[must_use]
pub fn fields(roster: &[Person]) -> Fields {
    let value = |person: &Person| {
        let email = person.email.as_ref().map(|email| json!(email.as_str()));
        json!({ "name": person.name, "email": email, "role": person.role.name() })
    };
    roster.iter().map(|person| (person.id.to_string(), value(person))).collect()
}

/// Returns what an entry of the journal holds about a change of people. Somebody who was removed has their place too.
#[must_use]
pub fn changes(before: &[Person], after: &[Person]) -> Option<FieldChanges> {
    let mut changes = FieldChanges::between(&fields(before), &fields(after))?;
    for (place, person) in before.iter().enumerate() {
        let id = person.id.to_string();
        if !changes.after.contains_key(&id)
            && let Some(Value::Object(value)) = changes.before.get_mut(&id)
        {
            value.insert(PLACE.into(), json!(place));
        }
    }
    Some(changes)
}

/// Whether two lists have the same people in the same roles, also where somebody has another id in one of them.
#[must_use]
pub fn has_same_people(one: &[Person], other: &[Person]) -> bool {
    let is_in = |list: &[Person], person: &Person| {
        list.iter().any(|two| (&two.name, &two.email, two.role) == (&person.name, &person.email, person.role))
    };
    one.len() == other.len() && one.iter().all(|person| is_in(other, person))
}

/// Whether nobody of a change was changed again.
#[must_use]
pub fn is_unchanged(people: &[Person], changes: &FieldChanges) -> bool {
    let now = fields(people);
    let removed = changes.before.keys().filter(|id| !changes.after.contains_key(*id));
    changes.after.iter().all(|(id, value)| now.get(id) == Some(value))
        && !removed.into_iter().any(|id| now.contains_key(id))
}

/// Returns the roster from before the change in `entry`. Refused where somebody of the change was changed again.
pub fn undo(roster: &[Person], entry: &JournalEntry) -> Result<Vec<Person>, UndoRefusal> {
    let now = fields(roster);
    entry.check_undo(&now)?;
    let (before, after) = (&entry.changes.before, &entry.changes.after);
    // Somebody whom the change removed must still be absent.
    let back: Vec<String> =
        before.keys().filter(|id| !after.contains_key(*id) && now.contains_key(*id)).cloned().collect();
    if !back.is_empty() {
        return Err(UndoRefusal::ChangedSince { fields: back });
    }
    restored(roster, &entry.changes)
}

/// Returns the people from before a change: those whom it added go, and those whom it removed come back to their places.
pub fn restored(people: &[Person], changes: &FieldChanges) -> Result<Vec<Person>, UndoRefusal> {
    let FieldChanges { before, after } = changes;
    let was =
        |id: &str, value: &Value| person_of(id, value).ok_or_else(|| UndoRefusal::Unreadable { field: id.to_owned() });
    let mut all = Vec::with_capacity(people.len());
    for person in people {
        let id = person.id.to_string();
        match (before.get(&id), after.contains_key(&id)) {
            (Some(value), _) => all.push(was(&id, value)?),
            (None, false) => all.push(person.clone()),
            (None, true) => {}
        }
    }
    let mut back = Vec::new();
    for (id, value) in before.iter().filter(|(id, _)| !after.contains_key(*id)) {
        let place = value.get(PLACE).and_then(Value::as_u64).and_then(|place| usize::try_from(place).ok());
        back.push((place.unwrap_or(usize::MAX), was(id, value)?));
    }
    back.sort_by_key(|(place, _)| *place);
    for (place, person) in back {
        all.insert(place.min(all.len()), person);
    }
    Ok(all)
}

/// Returns people as one value of the journal, in their order.
#[must_use]
pub fn list(people: &[Person]) -> Value {
    let entry = |person: &Person| {
        let email = person.email.as_ref().map(|email| json!(email.as_str()));
        json!({ "id": person.id.to_string(), "name": person.name, "email": email, "role": person.role.name() })
    };
    people.iter().map(entry).collect()
}

/// Reads people from a value of the journal; `None` where it does not describe them.
#[must_use]
pub fn of_list(value: &Value) -> Option<Vec<Person>> {
    value.as_array()?.iter().map(|one| person_of(one.get("id")?.as_str()?, one)).collect()
}

fn person_of(id: &str, value: &Value) -> Option<Person> {
    let email = match value.get("email")? {
        Value::Null => None,
        value => Some(value.as_str()?.parse().ok()?),
    };
    let role = value.get("role")?.as_str()?;
    Some(Person {
        id: id.parse().ok()?,
        name: value.get("name")?.as_str()?.to_owned(),
        email,
        role: Role::ALL.into_iter().find(|known| known.name() == role)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str) -> PersonInput {
        PersonInput::check(name, "", Role::Participant).unwrap()
    }

    #[test]
    fn people_who_are_there_keep_their_ids_and_a_list_larger_than_the_class_is_refused() {
        let first = with(&[], [input("Anna"), input("Ben")], Present::Stay, 3).unwrap();
        let again = with(&first, [input("anna"), input("Cleo")], Present::Stay, 3).unwrap();
        assert_eq!(again.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["Anna", "Ben", "Cleo"]);
        assert_eq!(again[0].id, first[0].id);
        let replaced = with(&again, [input("ANNA")], Present::Replaced, 3).unwrap();
        assert_eq!((replaced.len(), replaced[0].id, replaced[0].name.as_str()), (1, first[0].id, "ANNA"));
        let refused = with(&again, [input("Dan")], Present::Stay, 3).unwrap_err();
        assert_eq!(refused.to_string(), "The list would have 4 participants, and the class takes 3.");
        // A host takes no participant’s place.
        let host = PersonInput { role: Role::Host, ..input("Dan") };
        assert_eq!(with(&again, [host], Present::Stay, 3).unwrap().len(), 4);
    }

    #[test]
    fn another_roster_is_taken_over_with_the_ids_of_its_people() {
        let here = with(&[], [input("Anna")], Present::Stay, 9).unwrap();
        let other = with(&[], [input("anna"), input("Ben")], Present::Stay, 9).unwrap();
        let both = with_people_of(&here, &other, 9).unwrap();
        assert_eq!(both.iter().map(|person| person.id).collect::<Vec<_>>(), [here[0].id, other[1].id]);
    }
}
