//! Invitations of people on the roster: one participant each, in a room that the start opens.

use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::personal_invitations::{self, PersonalInvitations, Whom};
use hajime_core::actions::schedule::{invitations, roster, sessions};
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::schedule::person::Role;
use hajime_core::domain::schedule::session::Session;
use reqwest::Method;
use serde_json::{Value, json};

use super::{add, class_for};
use crate::support::{Cloud, TestDesk};

async fn realtimekit(cloud: &Cloud, path: &str) -> Vec<Value> {
    let app = cloud.sandbox.info().app_id.clone();
    let reply = cloud.api(Method::GET, &format!("/realtime/kit/{app}{path}")).await;
    reply["data"].as_array().unwrap_or_else(|| panic!("{reply}")).clone()
}

async fn rooms(cloud: &Cloud) -> Vec<Value> {
    realtimekit(cloud, "/meetings?per_page=50").await
}

async fn participants(cloud: &Cloud, room: &Value) -> Vec<Value> {
    realtimekit(cloud, &format!("/meetings/{}/participants?per_page=100", room["id"].as_str().unwrap())).await
}

async fn invite_all(desk: &TestDesk, session: SessionId) -> PersonalInvitations {
    personal_invitations::invite_people(&desk.context, session, &Whom::Everybody).await.unwrap()
}

fn two_people(desk: &TestDesk) -> Session {
    let session = class_for(desk, "Karate", 3);
    add(desk, &session, "Anna <anna@example.org>\nBen");
    session
}

#[tokio::test]
async fn invitations_are_made_before_the_class_and_the_start_opens_the_same_room() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = two_people(&desk);
    let made = invite_all(&desk, session.id).await;
    let rooms_before = rooms(&cloud).await;
    assert_eq!(rooms_before.len(), 1);
    assert_eq!((&rooms_before[0]["status"], &rooms_before[0]["record_on_start"]), (&json!("INACTIVE"), &json!(false)));
    let known = participants(&cloud, &rooms_before[0]).await;
    let names: Vec<&Value> = known.iter().map(|one| &one["name"]).collect();
    assert!(names.contains(&&json!("Anna")) && names.contains(&&json!("Ben")) && names.len() == 2, "{known:?}");
    for (one, name) in made.all.iter().zip(["Anna", "Ben"]) {
        let lines: Vec<&str> = one.letter.plain.lines().filter(|line| line.contains("#token=")).collect();
        assert_eq!(lines, [one.url.expose()], "the link is alone on its line");
        assert!(one.letter.plain.starts_with(&format!("Hello {name},")), "{name}");
        assert!(one.letter.html.contains("<a href=\"http"), "{name}");
        assert!(one.url.expose().contains("&recorded=1"), "{name}");
    }
    assert_ne!(made.all[0].url.expose(), made.all[1].url.expose());
    let early = cloud.sandbox.info();
    let refused = hajime_core::http_client::builder()
        .build()
        .unwrap()
        .post(format!("{}/join", early.control_url))
        .json(&json!({ "meeting_id": rooms_before[0]["id"], "name": "Anna" }))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status().as_u16(), 409, "nobody comes in before the start");

    let started = start::start(&desk.context, session.id).await.unwrap();
    let rooms_after = rooms(&cloud).await;
    assert_eq!(rooms_after.len(), 1, "the start makes no second room");
    assert_eq!(rooms_after[0]["id"], json!(started.session.state.room().unwrap().id.to_string()));
    assert_eq!((&rooms_after[0]["status"], &rooms_after[0]["record_on_start"]), (&json!("ACTIVE"), &json!(true)));
    // Copying again renews the links of the same participants.
    let again = invite_all(&desk, session.id).await;
    assert_ne!(again.all[0].url.expose(), made.all[0].url.expose());
    assert_eq!(participants(&cloud, &rooms_after[0]).await.len(), 3, "two people and the host");
    assert!(roster::get(&desk.context, session.id).unwrap().people.iter().all(|entry| entry.link_at.is_some()));
}

#[tokio::test]
async fn lost_replies_and_a_second_desk_window_make_neither_a_second_room_nor_a_second_participant() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = two_people(&desk);
    cloud.fault("POST", "/meetings", 1, json!({ "kind": "drop_reply" })).await;
    cloud.fault("POST", "/participants", 1, json!({ "kind": "drop_reply" })).await;
    invite_all(&desk, session.id).await;
    let all = rooms(&cloud).await;
    assert_eq!(all.len(), 1);
    assert_eq!(participants(&cloud, &all[0]).await.len(), 2);

    // The process ended after Cloudflare added a participant and before the reply was stored.
    let database = rusqlite::Connection::open(folder.path().join(hajime_core::store::FILE_NAME)).unwrap();
    database.execute("UPDATE participants SET participant_id = NULL, room_id = NULL", []).unwrap();
    invite_all(&desk, session.id).await;
    assert_eq!(participants(&cloud, &all[0]).await.len(), 2);
}

#[tokio::test]
async fn every_request_may_fail_once_and_the_next_try_ends_with_one_room_and_one_participant_each() {
    for failing in 0..8_u64 {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::open(&cloud, folder.path());
        let session = two_people(&desk);
        for (method, path) in
            [("POST", "/meetings"), ("PATCH", "/meetings/"), ("POST", "/participants"), ("GET", "/meetings")]
                .into_iter()
                .skip(usize::try_from(failing % 4).unwrap())
                .take(1)
        {
            let kind = if failing < 4 { "reset" } else { "drop_reply" };
            cloud.fault(method, path, 2, json!({ "kind": kind })).await;
        }
        let first = personal_invitations::invite_people(&desk.context, session.id, &Whom::Everybody).await;
        cloud.clear_faults().await;
        if first.is_err() {
            invite_all(&desk, session.id).await;
        }
        let all = rooms(&cloud).await;
        assert_eq!(all.len(), 1, "case {failing}: {all:?}");
        assert_eq!(participants(&cloud, &all[0]).await.len(), 2, "case {failing}");
        let started = start::start(&desk.context, session.id).await.unwrap();
        assert_eq!(json!(started.session.state.room().unwrap().id.to_string()), all[0]["id"], "case {failing}");
    }
}

#[tokio::test]
async fn a_class_takes_no_more_people_than_it_has_places_and_the_number_is_told() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = class_for(&desk, "Karate", 3);
    add(&desk, &session, "Anna\nBen\nSensei, host");
    invitations::invite(&desk.context, session.id).await.unwrap();
    invitations::invite(&desk.context, session.id).await.unwrap();
    let refused = personal_invitations::invite_people(&desk.context, session.id, &Whom::Everybody).await.unwrap_err();
    assert_eq!(refused.message(), "The class takes 3 participants: 2 places are taken, and 2 more are needed.");
    assert!(roster::get(&desk.context, session.id).unwrap().people.iter().all(|entry| entry.link_at.is_none()));
    // A host takes no place, and one participant still fits.
    let people = roster::get(&desk.context, session.id).unwrap().people;
    let some = Whom::These(vec![people[0].person.id, people[2].person.id]);
    personal_invitations::invite_people(&desk.context, session.id, &some).await.unwrap();
    let full = personal_invitations::qr_of_room(&desk.context, session.id).await.unwrap_err();
    assert_eq!(full.message(), "All 3 places of this session are taken.");
}

#[tokio::test]
async fn a_changed_name_and_role_reach_the_room_with_the_next_link() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = two_people(&desk);
    invite_all(&desk, session.id).await;
    let anna = roster::get(&desk.context, session.id).unwrap().people[0].person.id;
    roster::edit(&desk.context, session.id, anna, "Anna Lindt", "anna@example.org", Role::Host).unwrap();
    invite_all(&desk, session.id).await;
    let all = rooms(&cloud).await;
    let known = participants(&cloud, &all[0]).await;
    let mark = json!(format!("person-{anna}"));
    let hers = known.iter().find(|one| one["custom_participant_id"] == mark).unwrap();
    assert_eq!((&hers["name"], &hers["preset_name"]), (&json!("Anna Lindt"), &json!("group_call_host")));
    assert_eq!(known.len(), 2);
}

#[tokio::test]
async fn the_link_of_somebody_who_was_taken_off_the_list_lets_nobody_in() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = two_people(&desk);
    invite_all(&desk, session.id).await;
    let anna = roster::get(&desk.context, session.id).unwrap().people[0].person.id;
    roster::remove(&desk.context, session.id, &[anna]).unwrap();
    cloud.fault("DELETE", "/participants", 1, json!({ "kind": "drop_reply" })).await;
    desk.pass(&cloud, 5).await;
    desk.pass(&cloud, 180).await;
    let all = rooms(&cloud).await;
    let known = participants(&cloud, &all[0]).await;
    assert_eq!(known.iter().map(|one| &one["name"]).collect::<Vec<_>>(), [&json!("Ben")]);
    // The place is free again.
    add(&desk, &session, "Cleo\nDan");
    assert_eq!(invite_all(&desk, session.id).await.all.len(), 3);
}

#[tokio::test]
async fn invitations_hold_when_a_class_is_cancelled_and_put_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = two_people(&desk);
    invite_all(&desk, session.id).await;
    sessions::cancel(&desk.context, session.id).unwrap();
    let refused = personal_invitations::invite_people(&desk.context, session.id, &Whom::Everybody).await.unwrap_err();
    assert_eq!(refused.message(), "“Karate” was cancelled.");
    sessions::restore(&desk.context, session.id).unwrap();
    let started = start::start(&desk.context, session.id).await.unwrap();
    let all = rooms(&cloud).await;
    assert_eq!(all.len(), 1);
    assert_eq!(json!(started.session.state.room().unwrap().id.to_string()), all[0]["id"]);
}

#[tokio::test]
async fn a_room_that_may_not_record_by_itself_is_opened_all_the_same() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = two_people(&desk);
    invite_all(&desk, session.id).await;
    cloud.fault("PATCH", "/meetings/", 1, json!({ "kind": "status", "status": 403 })).await;
    start::start(&desk.context, session.id).await.unwrap();
    assert_eq!(rooms(&cloud).await[0]["status"], json!("ACTIVE"));
}

#[tokio::test]
async fn calendar_files_and_codes_hold_each_person_s_own_link_and_overwrite_nothing() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let session = two_people(&desk);
    let files = tempfile::tempdir().unwrap();
    let saved = personal_invitations::save_calendar_files(&desk.context, session.id, &Whom::Everybody, files.path())
        .await
        .unwrap();
    assert_eq!(saved.path, files.path().join("Karate invitations"));
    let names: Vec<&str> = saved.files.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    assert_eq!(names, ["Karate Anna.ics", "Karate Ben.ics"]);
    let content = std::fs::read_to_string(&saved.files[0]).unwrap();
    assert!(content.starts_with("BEGIN:VCALENDAR\r\n") && content.ends_with("END:VCALENDAR\r\n"), "{content}");
    assert!(content.replace("\r\n ", "").contains("#token="), "{content}");
    let again = personal_invitations::save_calendar_files(&desk.context, session.id, &Whom::Everybody, files.path())
        .await
        .unwrap();
    assert!(again.files[0].ends_with("Karate Anna (2).ics"), "{again:?}");
    assert_eq!(std::fs::read_to_string(&saved.files[0]).unwrap(), content);

    let anna = roster::get(&desk.context, session.id).unwrap().people[0].person.id;
    let code = personal_invitations::qr_of_person(&desk.context, session.id, anna).await.unwrap();
    assert!(code.svg.starts_with("<svg") && !code.svg.contains("token"));
    assert_eq!(format!("{code:?}"), "QrCode(…)");
    let room = personal_invitations::qr_of_room(&desk.context, session.id).await.unwrap();
    assert_ne!(room.svg, code.svg);
}
