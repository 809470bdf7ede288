//! `people`: who is and was in the room of a session.

use hajime_core::actions::recorder::people::{self, InRoom, RoomPeople};
use hajime_core::context::Context;
use hajime_core::domain::recorder::consent::Consent;
use hajime_core::domain::recorder::room_people::WayIn;
use hajime_core::error::UserError;
use serde::Serialize;

use crate::commands::instant;
use crate::output::Output;

/// The output for somebody in the room. Scripts rely on the field names, so they do not change.
#[derive(Debug, Serialize)]
struct PersonView {
    id: Option<String>,
    name: String,
    role: &'static str,
    way_in: &'static str,
    person_id: Option<String>,
    listed_as: Option<String>,
    consent: &'static str,
    joined_at: String,
    left_at: Option<String>,
    present_seconds: i64,
}

impl From<InRoom> for PersonView {
    fn from(InRoom { seen, person }: InRoom) -> Self {
        Self {
            id: seen.participant.map(|participant| participant.to_string()),
            name: seen.name,
            role: seen.role.name(),
            way_in: match seen.way_in {
                WayIn::Host => "host",
                WayIn::RoomCode => "room_code",
                WayIn::OwnLink => "own_link",
            },
            person_id: person.as_ref().map(|person| person.id.to_string()),
            listed_as: person.map(|person| person.name),
            consent: seen.consent.name(),
            joined_at: instant(seen.attendance.joined_at),
            left_at: seen.attendance.left_at.map(instant),
            present_seconds: seen.attendance.present.num_seconds(),
        }
    }
}

impl PersonView {
    fn line(&self) -> String {
        let id = self.id.as_deref().unwrap_or("-");
        let name = if self.name.is_empty() { "no name" } else { &self.name };
        let listed = self.listed_as.as_deref().filter(|listed| *listed != self.name);
        let listed = listed.map(|listed| format!(" (on the list as {listed})")).unwrap_or_default();
        let left = self.left_at.as_deref().map(|left| format!(", left {left}")).unwrap_or_default();
        let answer = if self.consent == Consent::Declined.name() { ", not to be recorded" } else { "" };
        format!("{id}  {:<11}  {name}{listed}{answer}  joined {}{left}", self.role, self.joined_at)
    }
}

#[derive(Debug, Serialize)]
struct PeopleView {
    session_id: String,
    checked_at: String,
    in_the_room: usize,
    people: Vec<PersonView>,
}

pub(crate) async fn run(context: &Context, session: &str, output: Output) -> Result<(), UserError> {
    print(output, people::people(context, session.parse()?).await?);
    Ok(())
}

pub(crate) fn print(output: Output, told: RoomPeople) {
    let view = PeopleView {
        session_id: told.session.id.to_string(),
        checked_at: instant(told.at),
        in_the_room: told.people.iter().filter(|one| one.seen.is_there()).count(),
        people: told.people.into_iter().map(PersonView::from).collect(),
    };
    output.print(&view, |view| {
        let count = format!("{} in the room.", view.in_the_room);
        view.people.iter().map(PersonView::line).chain([count]).collect::<Vec<_>>().join("\n")
    });
}
