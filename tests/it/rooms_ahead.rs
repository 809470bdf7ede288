//! Rooms that are made before their classes begin, and open rooms that nobody needs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use hajime_core::actions::recorder::open_rooms::{self, ClassOfRoom};
use hajime_core::actions::recorder::{end, start};
use hajime_core::actions::schedule::{invitations, sessions};
use hajime_core::context::Context;
use hajime_core::domain::schedule::session::{RoomCode, Session, SessionInput, SessionPhase, SessionState};
use hajime_core::jobs::{self, Group, Jobs};
use reqwest::Method;
use serde_json::{Value, json};

use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk};

/// A desk with the jobs that look after the account, on a sandbox.
struct Ahead {
    desk: TestDesk,
    upkeep: Jobs,
    folder: tempfile::TempDir,
    cloud: Cloud,
}

impl Ahead {
    async fn open() -> Self {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = TestDesk::open(&cloud, folder.path());
        Self { desk, upkeep: Jobs::of(&[Group::Account]), folder, cloud }
    }

    fn context(&self) -> &Context {
        &self.desk.context
    }

    fn input(&self, title: &str, hours: i64) -> SessionInput {
        let at = self.context().now() + TimeDelta::hours(hours);
        SessionInput { start_local: at.to_rfc3339(), ..self.desk.input(title) }
    }

    fn plan(&self, title: &str, hours: i64) -> Session {
        sessions::schedule(self.context(), &self.input(title, hours)).unwrap()
    }

    /// Lets a minute pass and runs the jobs until they rest.
    async fn look(&mut self) {
        self.pass(61).await;
        while jobs::tick(&self.desk.context, &mut self.upkeep).await.unwrap().under_way {
            tokio::task::yield_now().await;
        }
    }

    async fn pass(&self, seconds: i64) {
        self.desk.pass_without_tick(&self.cloud, seconds).await;
    }

    async fn rooms(&self) -> Vec<Value> {
        let app = self.cloud.sandbox.info().app_id.clone();
        let path = format!("/realtime/kit/{app}/meetings?page_no=1&per_page=50");
        self.cloud.api(Method::GET, &path).await["data"].as_array().unwrap().clone()
    }

    /// Returns the title and the status of every room.
    async fn told(&self) -> Vec<(String, String)> {
        let text = |room: &Value, member: &str| room[member].as_str().unwrap_or_default().to_owned();
        let shown = |room: &Value| {
            let title = text(room, "title");
            RoomCode::of_meeting(&title).map_or(title.clone(), |(_, shown)| shown.to_owned())
        };
        let mut told: Vec<_> = self.rooms().await.iter().map(|room| (shown(room), text(room, "status"))).collect();
        told.sort();
        told
    }
}

fn closed(title: &str) -> (String, String) {
    (title.to_owned(), "INACTIVE".to_owned())
}

#[tokio::test]
async fn a_class_gets_a_closed_room_a_day_before_it_begins_and_only_one() {
    let mut ahead = Ahead::open().await;
    ahead.plan("Karate", 3);
    let far = ahead.plan("Judo", 30);
    ahead.look().await;
    ahead.look().await;
    assert_eq!(ahead.told().await, [closed("Karate")]);
    assert_eq!(ahead.rooms().await[0]["record_on_start"], json!(false), "nobody who is early begins a recording");
    ahead.pass(7 * 3_600).await;
    ahead.look().await;
    assert_eq!(ahead.told().await, [closed("Judo"), closed("Karate")]);
    assert!(matches!(ahead.desk.session(&far).state, SessionState::Scheduled { code: Some(_) }));
}

#[tokio::test]
async fn a_start_opens_the_room_that_was_made_with_two_requests() {
    let mut ahead = Ahead::open().await;
    let session = ahead.plan("Karate", 1);
    ahead.look().await;
    let before = ahead.context().cloudflare().sent();
    let started = start::start(ahead.context(), session.id).await.unwrap();
    // One opens the room, one makes the host’s token.
    assert_eq!(ahead.context().cloudflare().sent() - before, 2);
    let rooms = ahead.rooms().await;
    assert_eq!((rooms.len(), &rooms[0]["status"], &rooms[0]["record_on_start"]), (1, &json!("ACTIVE"), &json!(true)));
    assert_eq!(started.session.state.room().unwrap().id.as_str(), rooms[0]["id"].as_str().unwrap());
    assert!(started.join.is_some());
    ahead.cloud.join(&started.session, "Ada").await;
    // The room stays open while the class is live.
    ahead.look().await;
    assert_eq!(ahead.rooms().await[0]["status"], json!("ACTIVE"));
    end::end(ahead.context(), session.id).await.unwrap();
    ahead.look().await;
    assert_eq!(ahead.told().await, [closed("Karate")]);
}

#[tokio::test]
async fn a_lost_reply_or_a_crash_between_the_steps_leads_to_one_room_that_is_closed() {
    for (method, path, fault) in [
        ("POST", "*/meetings", json!({ "kind": "drop_reply" })),
        ("POST", "*/meetings", json!({ "kind": "status", "status": 500 })),
        ("PATCH", "*/meetings/*", json!({ "kind": "drop_reply" })),
        ("PATCH", "*/meetings/*", json!({ "kind": "status", "status": 503 })),
    ] {
        let mut ahead = Ahead::open().await;
        ahead.plan("Karate", 3);
        ahead.cloud.fault(method, path, 1, fault.clone()).await;
        ahead.look().await;
        // The process ends here: nothing is remembered but the database.
        ahead.cloud.clear_faults().await;
        ahead.upkeep = Jobs::of(&[Group::Account]);
        let clock = Arc::clone(&ahead.desk.clock);
        ahead.desk = TestDesk::with(&ahead.cloud, ahead.folder.path(), clock, None);
        ahead.look().await;
        assert_eq!(ahead.told().await, [closed("Karate")], "{method} {path} {fault}");
    }
}

#[tokio::test]
async fn a_room_whose_class_was_cancelled_before_the_reply_came_is_found_and_closed() {
    let mut ahead = Ahead::open().await;
    let session = ahead.plan("Karate", 3);
    // The room is made, and neither its reply nor the look for it arrives.
    ahead.cloud.fault("POST", "*/meetings", 1, json!({ "kind": "drop_reply" })).await;
    ahead.cloud.fault("GET", "*/meetings", 9, json!({ "kind": "reset" })).await;
    ahead.look().await;
    ahead.cloud.clear_faults().await;
    sessions::cancel(ahead.context(), session.id).unwrap();
    ahead.upkeep = Jobs::of(&[Group::Account]);
    ahead.look().await;
    assert_eq!(ahead.told().await, [closed("Karate")]);
    // A class that is put back gets the same room.
    sessions::restore(ahead.context(), session.id).unwrap();
    ahead.look().await;
    assert_eq!(ahead.told().await.len(), 1);
}

#[tokio::test]
async fn a_room_follows_the_title_of_its_class_and_is_closed_after_a_start_that_failed() {
    let mut ahead = Ahead::open().await;
    let session = ahead.plan("Karate", 1);
    ahead.look().await;
    let again = SessionInput { title: "Kumite".into(), ..SessionInput::of(&session.plan) };
    sessions::edit(ahead.context(), session.id, &again).unwrap();
    ahead.look().await;
    assert_eq!(ahead.told().await, [closed("Kumite")]);
    // The room opens, but the host gets no token.
    ahead.cloud.fault("POST", "*/participants*", 1, json!({ "kind": "status", "status": 403 })).await;
    start::start(ahead.context(), session.id).await.unwrap_err();
    assert_eq!(ahead.desk.session(&session).state.phase(), SessionPhase::Scheduled);
    ahead.look().await;
    assert_eq!(ahead.told().await, [closed("Kumite")]);
    ahead.cloud.clear_faults().await;
    start::start(ahead.context(), session.id).await.unwrap();
    assert_eq!(ahead.rooms().await.len(), 1);
}

#[tokio::test]
async fn invitations_and_the_job_share_one_room_and_a_room_that_is_gone_is_made_again() {
    let mut ahead = Ahead::open().await;
    let session = ahead.plan("Karate", 3);
    invitations::invite(ahead.context(), session.id).await.unwrap();
    ahead.look().await;
    assert_eq!(ahead.told().await, [closed("Karate")]);
    // RealtimeKit answers that it has no such room.
    ahead.cloud.fault("PATCH", "*/meetings/*", 1, json!({ "kind": "status", "status": 404 })).await;
    let started = start::start_early(ahead.context(), session.id).await.unwrap();
    assert_eq!(started.session.state.phase(), SessionPhase::Live);
    assert_eq!(ahead.rooms().await.len(), 1, "the room is found by its code");
}

#[tokio::test]
async fn nothing_is_made_without_a_network_and_the_trouble_is_told_once() {
    let mut ahead = Ahead::open().await;
    for number in 0..5 {
        ahead.plan(&format!("Class {number}"), 3);
    }
    ahead.cloud.fault("POST", "*/meetings", 1_000, json!({ "kind": "status", "status": 403 })).await;
    let left = async |cloud: &Cloud| cloud.state().await["faults"][0]["count"].as_u64().unwrap();
    ahead.look().await;
    let troubles = || {
        let health = ahead.context().health();
        health.trouble.iter().map(|trouble| format!("{trouble:?}")).collect::<Vec<_>>()
    };
    let first = troubles();
    assert_eq!(ahead.rooms().await.len(), 0);
    let asked = left(&ahead.cloud).await;
    assert!(asked < 1_000, "a room was asked for");
    ahead.look().await;
    assert_eq!(left(&ahead.cloud).await, asked, "a room that failed waits");
    ahead.cloud.clear_faults().await;
    // After Cloudflare refused a call for a missing permission, Hajime tries the rights of the token again, at the latest after 15 minutes.
    ahead.pass(16 * 60).await;
    ahead.look().await;
    assert_eq!(ahead.rooms().await.len(), 5);
    assert!(first.len() <= 1, "{first:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_rooms_whose_class_is_over_are_strays_and_only_these_are_closed() {
    let mut ahead = Ahead::open().await;
    let live = ahead.desk.schedule("Live here");
    start::start(ahead.context(), live.id).await.unwrap();
    let over = ahead.desk.schedule("Over here");
    let left_open = start::start(ahead.context(), over.id).await.unwrap();
    ahead.pass(5).await;
    end::end(ahead.context(), over.id).await.unwrap();
    ahead.desk.pass(&ahead.cloud, 5).await;
    let app = ahead.cloud.sandbox.info().app_id.clone();
    let room = left_open.session.state.room().unwrap().id.clone();
    let open = json!({ "status": "ACTIVE" });
    ahead.cloud.send(Method::PATCH, &format!("/realtime/kit/{app}/meetings/{room}"), open).await;
    // Another desk holds a class, and yet another program uses the same app.
    let other_folder = tempfile::tempdir().unwrap();
    let other = TestDesk::with(&ahead.cloud, other_folder.path(), Arc::clone(&ahead.desk.clock), None);
    let elsewhere = other.schedule("Elsewhere");
    start::start(&other.context, elsewhere.id).await.unwrap();
    let foreign = json!({ "title": "Meeting of somebody else" });
    ahead.cloud.send(Method::POST, &format!("/realtime/kit/{app}/meetings"), foreign).await;

    let listed = open_rooms::list(ahead.context()).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|room| (room.title.as_str(), room.is_stray())).collect();
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert_eq!(shown[0], ("Over here", true));
    assert!(shown.contains(&("Live here", false)) && shown.contains(&("Elsewhere", false)), "{shown:?}");
    let unknown = listed.iter().find(|room| room.title == "Elsewhere").unwrap();
    assert_eq!(unknown.class, ClassOfRoom::Unknown { people: Some(0), longer_than_a_class: false });
    assert!(unknown.sentence().contains("another desk may hold its class"));

    let shown = printed(&run(&ahead.cloud, ahead.folder.path(), &["rooms", "list", "--stray"]));
    assert_eq!((shown.as_array().unwrap().len(), &shown[0]["class"]), (1, &json!("over")));
    let denied = refused(&run(&ahead.cloud, ahead.folder.path(), &["rooms", "close", unknown.id.as_str()]));
    assert_eq!(denied["code"], json!("conflict"));
    assert!(denied["message"].as_str().unwrap().contains("another desk may hold its class"), "{denied}");
    printed(&run(&ahead.cloud, ahead.folder.path(), &["rooms", "close", room.as_str()]));
    // A second time is harmless.
    open_rooms::close(ahead.context(), &room).await.unwrap();
    let after: Vec<_> = open_rooms::list(ahead.context()).await.unwrap();
    assert!(after.iter().all(|room| !room.is_stray()), "{after:?}");

    // No class lasts longer than a day, so a room that is open and empty for longer is a stray on every desk.
    ahead.desk.clock.0.fetch_add(25 * 3_600_000, Ordering::SeqCst);
    let old = open_rooms::list(ahead.context()).await.unwrap();
    assert!(old.iter().any(|room| room.title == "Elsewhere" && room.is_stray()), "{old:?}");
}
