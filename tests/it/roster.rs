//! The roster: adding people from texts, changing and removing them, undoing that, and what the command line says.

mod attendance;
mod invitations;
mod series;

use std::process::Output;

use hajime_core::actions::profile::journal;
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::profile::journal::{Entity, Scope, UndoRefusal};
use hajime_core::domain::schedule::person::Role;
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::session::Session;
use hajime_core::error::Error;
use serde_json::{Value, json};

use crate::command_line;
use crate::support::{Cloud, TestDesk};

fn names(desk: &TestDesk, session: SessionId) -> Vec<String> {
    roster::get(&desk.context, session).unwrap().people.into_iter().map(|entry| entry.person.name).collect()
}

fn add(desk: &TestDesk, session: &Session, text: &str) {
    roster::import(&desk.context, session.id, text, Present::Stay, WrongLines::Refused).unwrap();
}

/// Schedules a session for `max` participants.
fn class_for(desk: &TestDesk, title: &str, max: i64) -> Session {
    let mut input = desk.input(title);
    input.max_participants = max;
    hajime_core::actions::schedule::sessions::schedule(&desk.context, &input).unwrap()
}

#[tokio::test]
async fn a_text_with_a_wrong_line_adds_nobody_until_the_line_is_left_out() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = class_for(&desk, "Karate", 10);
    let text = "A. Lindt <a.lindt@example.org>\nV. Kovac, v.kovac@example.org\nhall key: ask front desk\n\nA.LINDT@example.org";
    let checked = roster::check(&desk.context, session.id, text).unwrap();
    assert_eq!(checked.new.len(), 2);
    let wrong: Vec<(usize, String)> = checked.wrong.iter().map(|wrong| (wrong.line, wrong.flaw.to_string())).collect();
    assert_eq!(
        wrong,
        [
            (3, "“hall key: ask front desk” is no name: it has the character :.".to_owned()),
            (5, "“A.LINDT@example.org” is on line 1 already.".to_owned()),
        ]
    );
    let refused = roster::import(&desk.context, session.id, text, Present::Stay, WrongLines::Refused).unwrap_err();
    assert_eq!(refused.code(), "invalid_input");
    assert!(refused.message().contains("Line 3: ") && refused.message().contains("Line 5: "), "{}", refused.message());
    assert!(names(&desk, session.id).is_empty());
    roster::import(&desk.context, session.id, text, Present::Stay, WrongLines::LeftOut).unwrap();
    assert_eq!(names(&desk, session.id), ["A. Lindt", "V. Kovac"]);
    // Those who are on the list already are no error and stay as they are.
    let again = roster::check(&desk.context, session.id, "Other name <a.lindt@example.org>").unwrap();
    assert_eq!((again.new.len(), again.present), (0, vec![1]));
}

#[tokio::test]
async fn five_thousand_people_are_refused_with_the_number_that_the_class_takes() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = class_for(&desk, "Karate", 1_000);
    let crowd: Vec<String> = (0..5_000).map(|n| format!("Person {n}x <p{n}@example.org>")).collect();
    let crowd = crowd.join("\n");
    let said = "The list would have 5000 participants, and the class takes 1000.";
    assert_eq!(roster::check(&desk.context, session.id, &crowd).unwrap().too_many.unwrap().to_string(), said);
    let refused = roster::import(&desk.context, session.id, &crowd, Present::Stay, WrongLines::LeftOut).unwrap_err();
    assert_eq!(refused.message(), said);
    assert!(names(&desk, session.id).is_empty());
}

#[tokio::test]
async fn people_are_changed_removed_taken_over_and_every_change_is_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (first, second) = (class_for(&desk, "Karate", 10), class_for(&desk, "Judo", 10));
    add(&desk, &first, "Anna\nBen <ben@example.org>\nCleo <cleo@example.org>");
    let people = roster::get(&desk.context, first.id).unwrap().people;
    let (anna, ben) = (people[0].person.id, people[1].person.id);
    roster::edit(&desk.context, first.id, anna, "Anna L.", "anna@bücher.example", Role::Host).unwrap();
    let edited = roster::get(&desk.context, first.id).unwrap().people.remove(0).person;
    assert_eq!(edited.email.unwrap().as_str(), "anna@xn--bcher-kva.example");
    assert!(roster::edit(&desk.context, first.id, anna, "Anna", "ben@example.org", Role::Host).is_err());
    roster::remove(&desk.context, first.id, &[ben]).unwrap();
    assert_eq!(names(&desk, first.id), ["Anna L.", "Cleo"]);

    let entries = journal::list(&desk.context, Scope::Of(Entity::Roster(first.id)), 10).unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0].changes.before[&ben.to_string()]["name"], json!("Ben"));
    journal::undo(&desk.context, entries[0].id).unwrap();
    journal::undo(&desk.context, entries[1].id).unwrap();
    assert_eq!(names(&desk, first.id).len(), 3);
    assert_eq!(roster::get(&desk.context, first.id).unwrap().people[0].person.email, None);
    let refused = journal::undo(&desk.context, entries[1].id);
    assert!(matches!(refused, Err(Error::Undo(UndoRefusal::AlreadyUndone))), "{refused:?}");

    add(&desk, &second, "ANNA\nDan");
    roster::take_over(&desk.context, second.id, first.id).unwrap();
    assert_eq!(names(&desk, second.id), ["ANNA", "Dan", "Ben", "Cleo"]);
    let ids: Vec<_> = roster::get(&desk.context, second.id).unwrap().people.iter().map(|one| one.person.id).collect();
    assert!(ids.contains(&ben), "a person keeps the id in every class");
    let others = roster::others(&desk.context, second.id).unwrap();
    assert_eq!(others.iter().map(|other| (other.title.as_str(), other.people)).collect::<Vec<_>>(), [("Karate", 3)]);
}

#[tokio::test]
async fn people_of_a_session_are_read_with_their_addresses() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = class_for(&desk, "Karate", 10);
    add(&desk, &session, "name;e-mail;role\nSensei Ito;ito@example.org;host\nAnna;;\n");
    let people = desk.context.store().roster_of(session.id).unwrap();
    let told: Vec<_> = people
        .iter()
        .map(|one| (one.name.as_str(), one.email.as_ref().map(hajime_core::domain::schedule::person::Email::as_str)))
        .collect();
    assert_eq!(told, [("Sensei Ito", Some("ito@example.org")), ("Anna", None)]);
    assert_eq!(people[0].role, Role::Host);
}

/// Runs the command line beside a file `text` with this content.
fn cli(cloud: &Cloud, folder: &std::path::Path, arguments: &[&str], text: &[u8]) -> Output {
    std::fs::write(folder.join("text"), text).unwrap();
    command_line::run(cloud, folder, arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_imports_lists_and_removes_people() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], input: &[u8]| {
        let output = cli(&cloud, folder.path(), arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let start = "2029-12-08T18:30";
    let session = run(&["session", "add", "--title", "Karate", "--instructor", "M. Ito", "--start", start], b"");
    let id = session["id"].as_str().unwrap();
    // A spreadsheet on Windows writes UTF-16.
    let text = "Vorname\tNachname\tE-Mail-Adresse\r\nAnna\tLindt\ta.lindt@example.org\r\n";
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let shown = run(&["roster", "import", id, "text"], &utf16);
    assert_eq!(shown["people"][0]["name"], json!("Anna Lindt"));
    assert_eq!(shown["max_participants"], json!(50));
    let refused = cli(&cloud, folder.path(), &["roster", "import", id, "text"], b"<script>alert(1)</script>\n");
    assert_eq!(refused.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert_eq!(error["code"], json!("invalid_input"));
    assert!(error["fields"][0]["message"].as_str().unwrap().starts_with("Line 1: "), "{error}");
    let latin1 = cli(&cloud, folder.path(), &["roster", "import", id, "text"], b"J\xfcrgen");
    assert_eq!(latin1.status.code(), Some(1));
    let set = run(&["roster", "set", id, "text"], b"Ben\nAnna L. <a.lindt@example.org>\n");
    assert_eq!(set["people"][1]["id"], shown["people"][0]["id"]);
    let ben = set["people"][0]["id"].as_str().unwrap();
    assert_eq!(run(&["roster", "remove", id, ben], b"")["people"].as_array().unwrap().len(), 1);
    assert_eq!(run(&["roster", "show", id], b"")["people"][0]["role"], json!("participant"));
    let text = run(&["roster", "text", "text"], b"{name}: {link}");
    assert_eq!(text["text"], json!("{name}: {link}"));
    let odd = cli(&cloud, folder.path(), &["roster", "text", "text"], b"{nmae} {link}");
    assert!(String::from_utf8_lossy(&odd.stderr).contains("There is no field {nmae}."));
}
