//! The roster of a session: who is on it, and adding, changing and removing people. Needs no network.

use std::collections::HashSet;

use crate::actions::guard;
use crate::context::Context;
use crate::domain::ids::{PersonId, SessionId};
use crate::domain::invalid::{FieldError, Invalid};
use crate::domain::profile::role::Permission;
use crate::domain::schedule::person::{Person, PersonInput, Role};
use crate::domain::schedule::roster::{self, Present, RosterEntry, RosterOfSession};
use crate::domain::schedule::roster_text::{self, RosterText, WrongLine};
use crate::domain::schedule::series::SeriesRefusal;
use crate::domain::schedule::series_roster::is_later;
use crate::domain::schedule::session::Session;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::lifecycle;

/// The most wrong lines that an error lists.
const MAX_LINES_IN_ERROR: usize = 50;
/// The most classes from which a roster can be taken over, the newest first.
const MAX_EARLIER: u32 = 200;

/// The roster of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The session.
    pub session: Session,
    /// The people, in the order in which they were added.
    pub people: Vec<RosterEntry>,
    /// The number of places that are taken by invitations without a person.
    pub others: u32,
    /// Whether its participants get e-mail about its recording.
    pub mails_participants: bool,
    /// The number of later classes of its series that have not begun; `None` for a session of its own.
    pub later: Option<usize>,
}

/// The classes that a change of people applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One class.
    This,
    /// A class, the later ones of its series that have not begun, and those that are made later.
    Following,
}

/// A text that was read and not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedText {
    /// The people who would be added, each with the line they are on.
    pub new: Vec<(usize, PersonInput)>,
    /// The lines of people who are on the roster already.
    pub present: Vec<usize>,
    /// The lines that were not understood.
    pub wrong: Vec<WrongLine>,
    /// Why the people who were understood cannot all be added; `None` where they can.
    pub too_many: Option<Invalid>,
}

/// What happens to lines that were not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongLines {
    /// Nothing is imported.
    Refused,
    /// A person has seen them and leaves them out.
    LeftOut,
}

/// The roster of a session.
pub fn get(context: &Context, id: SessionId) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    let session = lifecycle::session(context, id)?;
    let (people, others) = (context.store().roster_entries(id)?, context.store().taken_seats(id)?.others);
    let mails_participants = context.store().mails_participants(id)?;
    let later = later_than(context, &session)?;
    Ok(Roster { session, people, others, mails_participants, later })
}

/// The newest sessions whose people another session may take over.
pub fn others(context: &Context, id: SessionId) -> Result<Vec<RosterOfSession>, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    let mut all = context.store().sessions_with_people(MAX_EARLIER)?;
    all.retain(|other| other.session != id);
    Ok(all)
}

/// Reads a text and says what an import would do. Changes nothing.
pub fn check(context: &Context, id: SessionId, text: &str) -> Result<CheckedText, Error> {
    guard::allow_session(context, Permission::SeeSchedule, id)?;
    let Roster { session, people, .. } = get(context, id)?;
    let people: Vec<Person> = people.into_iter().map(|entry| entry.person).collect();
    let known: HashSet<String> = people.iter().map(Person::key).collect();
    let RosterText { people: read, wrong } = roster_text::read(text)?;
    let (present, new): (Vec<_>, Vec<_>) = read.into_iter().partition(|(_, person)| known.contains(&person.key()));
    let added = new.iter().map(|(_, person)| person.clone());
    let too_many = roster::with(&people, added, Present::Stay, session.plan.max_participants).err();
    Ok(CheckedText { new, present: present.into_iter().map(|(line, _)| line).collect(), wrong, too_many })
}

/// Puts the people in a text on the roster. Nothing is imported where a line is wrong, unless those lines are left out.
pub fn import(
    context: &Context,
    id: SessionId,
    text: &str,
    present: Present,
    wrong_lines: WrongLines,
) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    import_into(context, id, Reach::This, text, present, wrong_lines)
}

/// Does what [`import`] does, in these classes. In later classes, those who are there already stay in any case.
pub fn import_into(
    context: &Context,
    id: SessionId,
    reach: Reach,
    text: &str,
    present: Present,
    wrong_lines: WrongLines,
) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let RosterText { people, wrong } = roster_text::read(text)?;
    if wrong_lines == WrongLines::Refused {
        refuse(&wrong)?;
    }
    if people.is_empty() {
        return Err(Invalid::one("people", "There is nobody in this text.", "Write one person on each line.").into());
    }
    let wanted = people.iter().map(|(_, person)| person.key()).collect();
    change(context, id, reach, &wanted, |session, roster| {
        let new = people.into_iter().map(|(_, person)| person);
        Ok(roster::with(&roster, new, present, session.plan.max_participants)?)
    })
}

fn later_than(context: &Context, session: &Session) -> Result<Option<usize>, Error> {
    if session.series.is_none() {
        return Ok(None);
    }
    let (all, now) = (context.store().series_with_session(session.id)?, context.now());
    Ok(Some(all.sessions.values().filter(|other| is_later(other, session, now)).count()))
}

fn refuse(wrong: &[WrongLine]) -> Result<(), Invalid> {
    let problem = |WrongLine { line, flaw }: &WrongLine| FieldError {
        field: "people",
        message: format!("Line {line}: {flaw}"),
        next: "Correct the line, or leave out what was not understood. Nobody was added.",
    };
    Invalid::check(wrong.iter().take(MAX_LINES_IN_ERROR).map(problem).collect())
}

/// Changes the name, the address and the role of a person on the roster.
pub fn edit(
    context: &Context,
    id: SessionId,
    person: PersonId,
    name: &str,
    email: &str,
    role: Role,
) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    edit_in(context, id, Reach::This, person, &PersonDraft { name, email, role })
}

/// The new name, address and role of a person, unchecked.
#[derive(Debug, Clone, Copy)]
pub struct PersonDraft<'a> {
    /// The name that others see in the room.
    pub name: &'a str,
    /// The e-mail address; empty for a person without one.
    pub email: &'a str,
    /// The role in the room.
    pub role: Role,
}

/// Does what [`edit`] does, in these classes. A later class without the person does not get them.
pub fn edit_in(
    context: &Context,
    id: SessionId,
    reach: Reach,
    person: PersonId,
    draft: &PersonDraft<'_>,
) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let PersonDraft { name, email, role } = *draft;
    let input = PersonInput::check(name, email, role).map_err(|flaw| {
        Invalid::one("people", flaw.to_string(), "Give a name, and an address such as anna@example.org or none.")
    })?;
    change(context, id, reach, &HashSet::new(), |session, mut roster| {
        let place = roster.iter().position(|other| other.id == person).ok_or_else(|| not_on_it(person))?;
        if roster.iter().any(|other| other.id != person && other.key() == input.key()) {
            let message = format!("“{}” is on the list already.", input.key());
            return Err(Invalid::one("people", message, "Give another address or name.").into());
        }
        if let Some(there) = roster.get_mut(place) {
            *there = Person { id: person, ..Person::new(input) };
        }
        roster::check_size(&roster, session.plan.max_participants)?;
        Ok(roster)
    })
}

/// Takes people off the roster. A link that was made for one of them soon lets nobody in any more.
pub fn remove(context: &Context, id: SessionId, people: &[PersonId]) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    remove_from(context, id, Reach::This, people)
}

/// Does what [`remove`] does, in these classes.
pub fn remove_from(context: &Context, id: SessionId, reach: Reach, people: &[PersonId]) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    let removed = change(context, id, reach, &HashSet::new(), |_, mut roster| {
        if let Some(unknown) = people.iter().find(|person| !roster.iter().any(|other| other.id == **person)) {
            return Err(not_on_it(*unknown));
        }
        roster.retain(|person| !people.contains(&person.id));
        Ok(roster)
    })?;
    context.wake_jobs();
    Ok(removed)
}

/// Adds the people of another session who are not on the roster yet.
pub fn take_over(context: &Context, id: SessionId, from: SessionId) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    take_over_into(context, id, Reach::This, from)
}

/// Does what [`take_over`] does, in these classes.
pub fn take_over_into(context: &Context, id: SessionId, reach: Reach, from: SessionId) -> Result<Roster, Error> {
    guard::allow_session(context, Permission::PlanClasses, id)?;
    guard::allow_session(context, Permission::SeeSchedule, from)?;
    let other = lifecycle::session(context, from)?;
    let people = context.store().roster_of(from)?;
    if people.is_empty() {
        let message = format!("“{}” has nobody on its list.", other.plan.title);
        return Err(Error::Conflict { message, next: "Choose another class." });
    }
    let wanted = people.iter().map(Person::key).collect();
    change(context, id, reach, &wanted, |session, roster| {
        Ok(roster::with_people_of(&roster, &people, session.plan.max_participants)?)
    })
}

fn change(
    context: &Context,
    id: SessionId,
    reach: Reach,
    wanted: &HashSet<String>,
    change: impl FnOnce(&Session, Vec<Person>) -> Result<Vec<Person>, Error>,
) -> Result<Roster, Error> {
    let (now, session) = (context.now(), lifecycle::session(context, id)?);
    let not_found = || Error::NotFound { what: "session", id: id.to_string() };
    match reach {
        Reach::This => {
            context.store().change_roster_by_hand(id, now, change)?.ok_or_else(not_found)?;
        }
        Reach::Following => {
            let changed = context.store().change_series_roster_by_hand(id, now, |all| {
                let class = all.classes.get(&id).cloned().ok_or_else(not_found)?;
                let after = change(&class.session, class.people)?;
                Ok::<_, Error>(all.with(id, &after, wanted, now)?)
            })?;
            changed.ok_or(SeriesRefusal::NoSeries { title: session.plan.title })?;
        }
    }
    // Whoever was taken off the roster does not come in by the own link. The door is told at once.
    if context.store().revoke_join_links_of_absent_people(now)? > 0 {
        context.wake_jobs();
    }
    context.changed(&[Topic::Sessions]);
    get(context, id)
}

fn not_on_it(person: PersonId) -> Error {
    Error::NotFound { what: "person", id: person.to_string() }
}
