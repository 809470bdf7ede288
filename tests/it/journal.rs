//! The journal: which changes it lists, and how a change is undone.

use hajime_core::actions::profile::{journal, settings};
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::ids::{JournalId, SessionId};
use hajime_core::domain::profile::journal::{Entity, Scope, UndoRefusal};
use hajime_core::domain::profile::preferences::Preferences;
use hajime_core::domain::schedule::session::SessionPhase;
use hajime_core::error::Error;
use serde_json::{Value, json};

use crate::command_line;
use crate::support::{Cloud, TestDesk};

fn newest(desk: &TestDesk) -> JournalId {
    journal::list(&desk.context, Scope::Everything, 1).unwrap()[0].id
}

fn fields_after(desk: &TestDesk, session: SessionId) -> Vec<Value> {
    let entries = journal::list(&desk.context, Scope::Of(Entity::Session(session)), 100).unwrap();
    entries.into_iter().map(|entry| Value::Object(entry.changes.after)).collect()
}

#[tokio::test]
async fn an_edit_is_journalled_with_its_fields_and_undone_and_redone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let teacher = Preferences { instructor: "M. Ito".into(), ..Preferences::default() };
    settings::save(&desk.context, &teacher).unwrap();
    let session = desk.schedule("Judo");
    let mut input = desk.input("Karate");
    input.start_local = "2028-07-03T19:00".into();
    let edited = sessions::edit(&desk.context, session.id, &input).unwrap();

    let entry = journal::list(&desk.context, Scope::Everything, 1).unwrap().remove(0);
    assert_eq!((entry.entity, entry.actor.as_str()), (Entity::Session(session.id), "M. Ito"));
    assert_eq!(entry.desk, desk.context.store().desk_id().unwrap());
    assert_eq!(entry.changes.before["title"], json!("Judo"));
    let start = json!({ "local": "2028-07-03T19:00:00.000", "timezone": "UTC", "occurrence": null });
    assert_eq!(Value::Object(entry.changes.after), json!({ "title": "Karate", "start": start }));

    let undo = journal::undo(&desk.context, entry.id).unwrap();
    assert_eq!(desk.session(&session).plan, session.plan);
    assert_eq!(journal::list(&desk.context, Scope::Everything, 2).unwrap()[1].undone_by, Some(undo.id));
    let again = journal::undo(&desk.context, entry.id);
    assert!(matches!(again, Err(Error::Undo(UndoRefusal::AlreadyUndone))), "{again:?}");
    journal::undo(&desk.context, undo.id).unwrap();
    assert_eq!(desk.session(&session).plan, edited.plan);
}

#[tokio::test]
async fn cancelling_restoring_and_scheduling_are_undone() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let scheduled = newest(&desk);
    let phase = || desk.session(&session).state.phase();

    sessions::cancel(&desk.context, session.id).unwrap();
    journal::undo(&desk.context, newest(&desk)).unwrap();
    assert_eq!(phase(), SessionPhase::Scheduled);
    journal::undo(&desk.context, newest(&desk)).unwrap();
    assert_eq!(phase(), SessionPhase::Cancelled);
    sessions::restore(&desk.context, session.id).unwrap();
    journal::undo(&desk.context, scheduled).unwrap();
    assert_eq!(phase(), SessionPhase::Cancelled);
    let states: Vec<Value> = fields_after(&desk, session.id).iter().map(|after| after["state"].clone()).collect();
    assert_eq!(states, ["cancelled", "scheduled", "cancelled", "scheduled", "cancelled", "scheduled"]);
    // An action that changes nothing writes no entry.
    sessions::cancel(&desk.context, session.id).unwrap();
    assert_eq!(fields_after(&desk, session.id).len(), 6);
}

#[tokio::test]
async fn a_duplicate_is_journalled_and_its_undo_cancels_it() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let copy = sessions::duplicate(&desk.context, session.id, "2028-07-03T19:00").unwrap();
    let made = journal::list(&desk.context, Scope::Of(Entity::Session(copy.id)), 10).unwrap();
    assert!(made.len() == 1 && made[0].is_creation());
    journal::undo(&desk.context, made[0].id).unwrap();
    assert_eq!(desk.session(&copy).state.phase(), SessionPhase::Cancelled);
    assert_eq!(desk.session(&session).plan, session.plan);
}

#[tokio::test]
async fn an_undo_is_refused_after_a_newer_change_and_once_the_session_has_begun() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Judo");
    let mut input = desk.input("Karate");
    sessions::edit(&desk.context, session.id, &input).unwrap();
    let first = newest(&desk);
    input.title = "Aikido".into();
    sessions::edit(&desk.context, session.id, &input).unwrap();
    let refused = journal::undo(&desk.context, first).unwrap_err();
    assert_eq!(refused.message(), "This cannot be undone, because these fields were changed again later: title.");
    assert_eq!(refused.code(), "conflict");

    let second = newest(&desk);
    start::start(&desk.context, session.id).await.unwrap();
    assert_eq!(newest(&desk), second, "starting a session writes no entry");
    let refused = journal::undo(&desk.context, second).unwrap_err();
    assert_eq!(refused.message(), "“Aikido” is live and cannot be changed.");
    let unknown = journal::undo(&desk.context, JournalId::new()).unwrap_err();
    assert_eq!(unknown.code(), "not_found");
}

#[tokio::test]
async fn settings_are_journalled_and_undone_field_by_field() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let page = Preferences { join_page: Some("https://join.example.org/".parse().unwrap()), ..Preferences::default() };
    settings::save(&desk.context, &page).unwrap();
    let first = newest(&desk);
    let fewer = Preferences { max_participants: 7, ..page.clone() };
    settings::save(&desk.context, &fewer).unwrap();
    // Saving the same settings again writes no entry.
    settings::save(&desk.context, &fewer).unwrap();
    let entries = journal::list(&desk.context, Scope::Of(Entity::Settings), 10).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(Value::Object(entries[0].changes.before.clone()), json!({ "max_participants": 50 }));

    let refused = journal::undo_in_schedule(&desk.context, first).unwrap_err();
    assert!(matches!(refused, Error::Undo(UndoRefusal::OfSettings)), "{refused:?}");
    journal::undo(&desk.context, first).unwrap();
    let left = settings::get(&desk.context).unwrap();
    assert_eq!(left, Preferences { join_page: None, ..fewer });
    assert_eq!(journal::list(&desk.context, Scope::Sessions, 10).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cli_lists_changes_and_undoes_one() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let cli = |arguments: &[&str]| command_line::answer(&command_line::run(&cloud, folder.path(), arguments));
    let (_, made) = cli(&["session", "add", "--title", "Judo", "--instructor", "R. Alves", "--start", "now"]);
    let session = made["id"].as_str().unwrap();
    cli(&["session", "cancel", session]);
    let (_, listed) = cli(&["journal", "list", "--session", session]);
    assert_eq!(listed[0]["before"], json!({ "state": "scheduled" }));
    assert_eq!(listed[0]["after"], json!({ "state": "cancelled" }));
    assert_eq!((&listed[0]["actor"], &listed[0]["entity"]), (&json!("unknown"), &json!("session")));
    let cancelled = listed[0]["id"].as_str().unwrap();
    let (done, undo) = cli(&["journal", "undo", cancelled]);
    assert!(done && undo["after"] == json!({ "state": "scheduled" }), "{undo}");
    assert_eq!(cli(&["session", "show", session]).1["status"], "scheduled");
    let (done, refused) = cli(&["journal", "undo", cancelled]);
    assert!(!done && refused["code"] == "conflict", "{refused}");
    assert_eq!(cli(&["journal", "list", "--settings"]).1, json!([]));
}
