//! The people of a series, with whom every class that is made for it begins, and changes of the people of one class and
//! of all later ones.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::ids::{PersonId, SessionId};
use crate::domain::invalid::Invalid;
use crate::domain::profile::journal::{FieldChanges, Fields, JournalEntry, UndoRefusal};
use crate::domain::schedule::person::{Person, Role};
use crate::domain::schedule::roster::{self, check_size_of};
use crate::domain::schedule::series::Series;
use crate::domain::schedule::session::{Session, SessionPhase};

/// The name of the series in fields of the journal, where a class has its id.
const SERIES: &str = "series";

/// The people of one class of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRoster {
    /// The class.
    pub session: Session,
    /// Its people, in the order in which they were added.
    pub people: Vec<Person>,
}

/// The people of a series and of its classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRosters {
    /// The series; `None` where it is gone.
    pub series: Option<Series>,
    /// The people with whom a class begins that is made later.
    pub people: Vec<Person>,
    /// The classes that are on the schedule.
    pub classes: BTreeMap<SessionId, ClassRoster>,
}

/// What a change of one list of people does to other lists.
struct ListChange {
    removed: Vec<Person>,
    changed: Vec<(Person, Person)>,
    added: Vec<Person>,
}

impl SeriesRosters {
    /// Gives a class other people, and makes the same change in every later class that has not begun and in the people
    /// of the series. Those who are in another class alone stay in it. Whoever has one of the keys in `wanted` is added
    /// everywhere, also where the class has them already.
    ///
    /// Refused where a list would have more people than its class takes.
    pub fn with(
        mut self,
        id: SessionId,
        after: &[Person],
        wanted: &HashSet<String>,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let Some(class) = self.classes.get(&id) else { return Ok(self) };
        let change = ListChange::between(&class.people, after, wanted);
        let first = class.session.clone();
        for (other, class) in &mut self.classes {
            if *other == id {
                class.people = after.to_vec();
            } else if is_later(&class.session, &first, now) {
                let whose = format!("list of {}", day(&class.session));
                class.people = change.applied(&class.people, class.session.plan.max_participants, &whose)?;
            }
        }
        if let Some(series) = &self.series {
            self.people = change.applied(&self.people, series.plan.max_participants, "list of the series")?;
        }
        Ok(self)
    }

    /// Returns what an entry of the journal holds about the change from `before` to these people.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Option<FieldChanges> {
        let mut all = FieldChanges { before: Fields::new(), after: Fields::new() };
        let mut add = |list: &str, before: &[Person], after: &[Person]| {
            let Some(changes) = roster::changes(before, after) else { return };
            let named = |fields: Fields| fields.into_iter().map(|(id, value)| (format!("{list}/{id}"), value));
            all.before.extend(named(changes.before));
            all.after.extend(named(changes.after));
        };
        add(SERIES, &before.people, &self.people);
        for (id, class) in &self.classes {
            if let Some(before) = before.classes.get(id) {
                add(&id.to_string(), &before.people, &class.people);
            }
        }
        (!all.before.is_empty() || !all.after.is_empty()).then_some(all)
    }

    /// Returns the people from before the change in `entry`. Classes that have begun since stay, and those that were made
    /// since follow the series. Refused where somebody of the change was changed again.
    pub fn undo(&self, entry: &JournalEntry, now: DateTime<Utc>) -> Result<Self, UndoRefusal> {
        if entry.undone_by.is_some() {
            return Err(UndoRefusal::AlreadyUndone);
        }
        let changed_since = |what: BTreeSet<String>| UndoRefusal::ChangedSince { fields: what.into_iter().collect() };
        let Some(series) = &self.series else { return Err(changed_since(["the series".to_owned()].into())) };
        let is_of_series = |session: &Session| session.series.is_some_and(|place| place.series == series.id);
        let lists = lists_of(entry)?;
        let (mut then, mut changed) = (self.clone(), BTreeSet::new());
        for (list, changes) in &lists {
            if list == SERIES {
                if roster::is_unchanged(&self.people, changes) {
                    then.people = roster::restored(&self.people, changes)?;
                } else {
                    changed.insert("the people of the series".to_owned());
                }
                continue;
            }
            let id: SessionId = list.parse().map_err(|_| UndoRefusal::Unreadable { field: list.clone() })?;
            let Some(ClassRoster { session, people }) = then.classes.get_mut(&id) else { continue };
            if !is_open(session, now) && session.plan.start.instant() > entry.at {
                continue;
            }
            if is_of_series(session) && roster::is_unchanged(people, changes) {
                *people = roster::restored(people, changes)?;
            } else {
                changed.insert(format!("the people of {}", day(session)));
            }
        }
        if !changed.is_empty() {
            return Err(changed_since(changed));
        }
        let Some(of_series) = lists.get(SERIES) else { return Ok(then) };
        for (id, ClassRoster { session, people }) in &mut then.classes {
            let made_since = session.created_at > entry.at && !lists.contains_key(&id.to_string());
            if made_since && is_of_series(session) && is_open(session, now) {
                *people = roster::restored(people, &still_there(people, of_series))?;
            }
        }
        Ok(then)
    }
}

impl ListChange {
    fn between(before: &[Person], after: &[Person], wanted: &HashSet<String>) -> Self {
        let by_id = |people: &[Person]| -> BTreeMap<PersonId, Person> {
            people.iter().map(|person| (person.id, person.clone())).collect()
        };
        let (were, are) = (by_id(before), by_id(after));
        let changed = after.iter().filter_map(|person| {
            let before = were.get(&person.id).filter(|before| *before != person)?;
            Some((before.clone(), person.clone()))
        });
        let is_added = |person: &&Person| !were.contains_key(&person.id) || wanted.contains(&person.key());
        Self {
            removed: before.iter().filter(|person| !are.contains_key(&person.id)).cloned().collect(),
            changed: changed.collect(),
            added: after.iter().filter(is_added).cloned().collect(),
        }
    }

    /// Makes the change in another list, where the same person may have another id.
    fn applied(&self, people: &[Person], max_participants: u32, whose: &str) -> Result<Vec<Person>, Invalid> {
        let ids: HashSet<PersonId> = self.removed.iter().map(|person| person.id).collect();
        let keys: HashSet<String> = self.removed.iter().map(Person::key).collect();
        let mut all: Vec<Person> =
            people.iter().filter(|one| !ids.contains(&one.id) && !keys.contains(&one.key())).cloned().collect();
        for (was, is) in &self.changed {
            let same_id = all.iter().position(|one| one.id == was.id);
            let Some(place) = same_id.or_else(|| all.iter().position(|one| one.key() == was.key())) else { continue };
            let taken = |(other, one): (usize, &Person)| other != place && one.key() == is.key();
            if was.key() != is.key() && all.iter().enumerate().any(taken) {
                let message = format!("“{}” is on the {whose} already.", is.key());
                return Err(Invalid::one("people", message, "Take one of the two out there first."));
            }
            if let Some(one) = all.get_mut(place) {
                *one = Person { id: one.id, ..is.clone() };
            }
        }
        let mut known: HashSet<String> = all.iter().map(Person::key).collect();
        let ids: HashSet<PersonId> = all.iter().map(|person| person.id).collect();
        for person in &self.added {
            if !ids.contains(&person.id) && known.insert(person.key()) {
                all.push(person.clone());
            }
        }
        // A list that was too long already may get shorter.
        let participants = |people: &[Person]| people.iter().filter(|one| one.role == Role::Participant).count();
        if all.len() > people.len() || participants(&all) > participants(people) {
            check_size_of(&all, max_participants, whose)?;
        }
        Ok(all)
    }
}

/// Whether a class takes part in a change of `first` and all later classes of its series.
#[must_use]
pub fn is_later(class: &Session, first: &Session, now: DateTime<Utc>) -> bool {
    let place = |session: &Session| session.series.map(|place| (place.series, place.occurrence));
    let (Some((series, occurrence)), Some(of_first)) = (place(class), place(first)) else { return false };
    series == of_first.0 && occurrence > of_first.1 && is_open(class, now)
}

/// Returns the ids of the classes that an entry of the journal is about.
#[must_use]
pub fn classes_of(entry: &JournalEntry) -> BTreeSet<SessionId> {
    let names = entry.changes.before.keys().chain(entry.changes.after.keys());
    names.filter_map(|name| name.split_once('/')?.0.parse().ok()).collect()
}

/// The changes of an entry by list.
fn lists_of(entry: &JournalEntry) -> Result<BTreeMap<String, FieldChanges>, UndoRefusal> {
    let mut lists: BTreeMap<String, FieldChanges> = BTreeMap::new();
    let named = |name: &String| -> Result<(String, String), UndoRefusal> {
        let parts = name.split_once('/').map(|(list, person)| (list.to_owned(), person.to_owned()));
        parts.ok_or_else(|| UndoRefusal::Unreadable { field: name.clone() })
    };
    let empty = || FieldChanges { before: Fields::new(), after: Fields::new() };
    for (name, value) in &entry.changes.before {
        let (list, person) = named(name)?;
        lists.entry(list).or_insert_with(empty).before.insert(person, value.clone());
    }
    for (name, value) in &entry.changes.after {
        let (list, person) = named(name)?;
        lists.entry(list).or_insert_with(empty).after.insert(person, value.clone());
    }
    Ok(lists)
}

/// The part of a change that a list still shows. Only that is undone in a class which was made after the change.
fn still_there(people: &[Person], changes: &FieldChanges) -> FieldChanges {
    let present = roster::fields(people);
    let after: Fields = changes
        .after
        .iter()
        .filter(|(id, value)| present.get(*id) == Some(*value))
        .map(|(id, value)| (id.clone(), value.clone()))
        .collect();
    let comes_back =
        |id: &String| after.contains_key(id) || !changes.after.contains_key(id) && !present.contains_key(id);
    let before = changes.before.iter().filter(|(id, _)| comes_back(id));
    FieldChanges { before: before.map(|(id, value)| (id.clone(), value.clone())).collect(), after }
}

fn is_open(session: &Session, now: DateTime<Utc>) -> bool {
    matches!(session.state.phase(), SessionPhase::Scheduled | SessionPhase::Cancelled) && session.plan.end() > now
}

fn day(session: &Session) -> String {
    format!("the class of {}", session.plan.start.local().format("%-d %B %Y"))
}
