//! A class that is live: who is in the room, removing one of them, and moving the planned end.

mod ending_by_itself;
mod extending;
mod history;
mod proving;
mod removing;

use hajime_core::actions::recorder::{end, people, start};
use hajime_core::actions::schedule::personal_invitations::{self, Whom};
use hajime_core::actions::schedule::roster::{self, WrongLines};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::recorder::room_people::WayIn;
use hajime_core::domain::schedule::person::Role;
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::session::Session;
use reqwest::Method;
use serde_json::{Value, json};

use crate::command_line;
use crate::support::{Cloud, TestDesk, token_in};

/// A live class with Anna and Ben on its list, and the tokens of their links.
async fn live_with_two(desk: &TestDesk) -> (Session, [String; 2]) {
    let mut input = desk.input("Karate");
    input.max_participants = 10;
    let session = sessions::schedule(&desk.context, &input).unwrap();
    roster::import(&desk.context, session.id, "Anna\nBen", Present::Stay, WrongLines::Refused).unwrap();
    let made = personal_invitations::invite_people(&desk.context, session.id, &Whom::Everybody).await.unwrap();
    let tokens = [0, 1].map(|one| token_in(made.all[one].url.expose()));
    (start::start(&desk.context, session.id).await.unwrap().session, tokens)
}

/// Lets the person in this place of the roster in, with the name that they give themselves.
async fn come_in(cloud: &Cloud, desk: &TestDesk, session: &Session, place: usize, name: &str) -> String {
    let person = roster::get(&desk.context, session.id).unwrap().people[place].person.id;
    let room = desk.session(session).state.room().unwrap().id.to_string();
    let join = json!({ "meeting_id": room, "custom_participant_id": format!("person-{person}"), "name": name });
    cloud.control("join", join).await["peer_id"].as_str().unwrap().to_owned()
}

/// Returns the names of those who are in the room.
async fn there(desk: &TestDesk, session: SessionId) -> Vec<String> {
    let told = people::people(&desk.context, session).await.unwrap().people;
    told.into_iter().filter(|one| one.seen.is_there()).map(|one| one.seen.name).collect()
}

/// Returns the number of people in the room by RealtimeKit's answer.
async fn counted(cloud: &Cloud, session: &Session) -> Value {
    let app = cloud.sandbox.info().app_id.clone();
    let room = session.state.room().unwrap().id.clone();
    let told = cloud.api(Method::GET, &format!("/realtime/kit/{app}/meetings/{room}/active-session")).await;
    told["data"]["live_participants"].clone()
}

#[tokio::test]
async fn the_list_names_everybody_with_role_and_times_and_asks_at_most_every_ten_seconds() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = live_with_two(&desk).await;
    assert!(there(&desk, session.id).await.is_empty());
    come_in(&cloud, &desk, &session, 0, "Anna\u{202e} (not to be recorded)").await;
    let ben = come_in(&cloud, &desk, &session, 1, "Benny").await;
    // The answer of a moment ago holds for ten seconds.
    assert!(there(&desk, session.id).await.is_empty());
    desk.pass_without_tick(&cloud, 11).await;
    assert_eq!(there(&desk, session.id).await, ["Anna (not to be recorded)", "Benny"]);
    cloud.control("leave", json!({ "peer_id": ben })).await;
    cloud.fault("GET", "*/sessions*", 100, json!({ "kind": "status", "status": 500 })).await;
    assert_eq!(there(&desk, session.id).await.len(), 2, "no request was made");
    cloud.clear_faults().await;
    desk.pass_without_tick(&cloud, 11).await;
    let told = people::people(&desk.context, session.id).await.unwrap();
    let ben = &told.people[1];
    assert_eq!((ben.seen.name.as_str(), ben.seen.is_there()), ("Benny", false));
    assert_eq!(ben.person.as_ref().unwrap().name, "Ben");
    assert_eq!((ben.seen.role, ben.seen.way_in), (Role::Participant, WayIn::OwnLink));
    // The roster knows it too.
    assert!(roster::get(&desk.context, session.id).unwrap().people[1].attendance.unwrap().left_at.is_some());
    end::end(&desk.context, session.id).await.unwrap();
    desk.pass_without_tick(&cloud, 11).await;
    let after = people::people(&desk.context, session.id).await.unwrap();
    assert!(after.people.len() == 2 && after.people.iter().all(|one| !one.seen.is_there()));
}

#[tokio::test]
async fn a_class_that_has_not_begun_has_no_list() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = desk.schedule("Karate");
    let refused = people::people(&desk.context, session.id).await.unwrap_err();
    assert_eq!(refused.code(), "not_live");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_removes_and_extends() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let cli = |arguments: &[&str]| command_line::answer(&command_line::run(&cloud, folder.path(), arguments));
    let (session, _) = {
        let desk = TestDesk::open(&cloud, folder.path());
        live_with_two(&desk).await
    };
    let (id, room) = (session.id.to_string(), session.state.room().unwrap().id.to_string());
    cloud.control("join", json!({ "meeting_id": room, "custom_participant_id": "guest-1", "name": "Cleo" })).await;
    let (_, told) = cli(&["people", &id]);
    assert_eq!((&told["in_the_room"], &told["people"][0]["name"]), (&json!(1), &json!("Cleo")));
    assert_eq!((&told["people"][0]["role"], &told["people"][0]["left_at"]), (&json!("participant"), &Value::Null));
    let cleo = told["people"][0]["id"].as_str().unwrap();
    let (done, removed) = cli(&["session", "remove-participant", &id, cleo]);
    assert!(done && removed["in_the_room"] == 0, "{removed}");
    let (done, refused) = cli(&["session", "remove-participant", &id, "nobody"]);
    assert!(!done && refused["code"] == "not_found", "{refused}");
    let (done, extended) = cli(&["session", "extend", &id, "15"]);
    assert!(done && extended["overlapped"] == Value::Null && extended["change"].is_string(), "{extended}");
    let (done, kept) = cli(&["session", "keep-open", &id]);
    assert!(done && kept["kept_open"] == true, "{kept}");
    assert_eq!(cli(&["session", "keep-open", &id, "--off"]).1["kept_open"], false);
    let shown = cli(&["session", "show", &id]).1;
    assert_eq!(shown["end"], extended["end"]);
    let (done, refused) = cli(&["session", "extend", &id, "-5"]);
    assert!(!done && refused["code"] == "invalid_input", "{refused}");
}
