//! A series whose classes are held in one room: the same link from class to class, and each class with its own recording,
//! chat and attendance.

use std::sync::Arc;

use hajime_core::actions::profile::journal;
use hajime_core::actions::recorder::{end, open_rooms, people, session_texts, start, sync};
use hajime_core::actions::schedule::personal_invitations::{self, Whom};
use hajime_core::actions::schedule::roster::{self, Reach, WrongLines};
use hajime_core::actions::schedule::series::{self, Mode, NewSeries, SeriesInput};
use hajime_core::actions::schedule::sessions;
use hajime_core::domain::ids::SessionId;
use hajime_core::domain::profile::journal::Scope as JournalScope;
use hajime_core::domain::schedule::roster::Present;
use hajime_core::domain::schedule::series::{Rooms, Scope};
use hajime_core::domain::schedule::session::{RoomCode, Session, SessionInput, SessionPhase};
use hajime_core::ports::MemorySecrets;
use reqwest::Method;
use serde_json::{Value, json};

use crate::adoption::another_desk;
use crate::command_line::{printed, refused, run};
use crate::support::{Cloud, TestDesk, token_in};

const DAY: i64 = 86_400;

/// A daily series in one room, with Anna and Ben on the list of every class.
struct Course {
    desk: TestDesk,
    folder: tempfile::TempDir,
    cloud: Cloud,
    secrets: Arc<MemorySecrets>,
    classes: Vec<Session>,
}

impl Course {
    async fn open() -> Self {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let secrets = Arc::new(MemorySecrets::default());
        let desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(secrets.clone()));
        let input = SessionInput { max_participants: 10, ..desk.input("Karate") };
        let new = NewSeries { rule: "FREQ=DAILY;COUNT=4", left_out: &[], rooms: Rooms::Shared };
        let classes = series::schedule_as(&desk.context, &input, &new, Vec::new(), Mode::Make).unwrap().sessions;
        let (first, wrong) = (classes[0].id, WrongLines::Refused);
        roster::import_into(&desk.context, first, Reach::Following, "Anna\nBen", Present::Stay, wrong).unwrap();
        Self { desk, folder, cloud, secrets, classes }
    }

    fn code(&self, place: usize) -> Option<RoomCode> {
        self.desk.session(&self.classes[place]).state.code().cloned()
    }

    fn people(&self, place: usize) -> Vec<(String, bool, bool)> {
        let people = roster::get(&self.desk.context, self.classes[place].id).unwrap().people;
        people.into_iter().map(|one| (one.person.name, one.link_at.is_some(), one.attendance.is_some())).collect()
    }

    /// Makes a link for everybody on the list of a class, and returns their tokens.
    async fn invite(&self, place: usize) -> Vec<String> {
        let id = self.classes[place].id;
        let made = personal_invitations::invite_people(&self.desk.context, id, &Whom::Everybody).await.unwrap();
        made.all.iter().map(|one| token_in(one.url.expose())).collect()
    }

    /// Lets a person of the list in, who writes a message.
    async fn come_in(&self, place: usize, person: usize, text: &str) {
        let session = self.desk.session(&self.classes[place]);
        let entry = roster::get(&self.desk.context, session.id).unwrap().people.remove(person).person;
        let room = session.state.room().unwrap().id.to_string();
        let mark = format!("person-{}", entry.id);
        let join = json!({ "meeting_id": room, "custom_participant_id": mark, "name": entry.name });
        let peer = self.cloud.control("join", join).await;
        self.cloud.control("say", json!({ "peer_id": peer["peer_id"], "text": text })).await;
    }

    /// Begins a class, lets somebody in and waits a minute. A crash afterwards loses only what is in memory.
    async fn hold(&mut self, place: usize, person: usize, text: &str) {
        start::start(&self.desk.context, self.classes[place].id).await.unwrap();
        self.come_in(place, person, text).await;
        self.desk.pass(&self.cloud, 5).await;
        self.desk.pass(&self.cloud, 60).await;
        self.crash();
        self.desk.pass(&self.cloud, 61).await;
    }

    async fn end(&mut self, place: usize) {
        end::end(&self.desk.context, self.classes[place].id).await.unwrap();
        self.desk.until_idle(&self.cloud).await;
        self.desk.pass(&self.cloud, 180).await;
        self.desk.until_idle(&self.cloud).await;
    }

    /// Lets a day pass, less the minutes that a class took.
    async fn next_day(&mut self) {
        self.desk.pass(&self.cloud, DAY - 600).await;
        self.desk.until_idle(&self.cloud).await;
    }

    fn crash(&mut self) {
        let clock = Arc::clone(&self.desk.clock);
        self.desk = TestDesk::with(&self.cloud, self.folder.path(), clock, Some(self.secrets.clone()));
    }

    async fn rooms(&self) -> Vec<Value> {
        let app = self.cloud.sandbox.info().app_id.clone();
        let listed = self.cloud.api(Method::GET, &format!("/realtime/kit/{app}/meetings?page_no=1&per_page=50")).await;
        listed["data"].as_array().unwrap().clone()
    }

    /// The status with which the sandbox answers a join page that shows this token.
    async fn opens_for(&self, token: &str) -> u16 {
        let origin = url::Url::parse(&self.cloud.sandbox.info().base_url).unwrap();
        let http = hajime_core::http_client::builder().build().unwrap();
        let details = origin.join("/room/details").unwrap();
        http.get(details).bearer_auth(token).send().await.unwrap().status().as_u16()
    }

    fn chat(&self, id: SessionId) -> Vec<String> {
        let lines = session_texts::whole_chat(&self.desk.context, id).unwrap();
        lines.into_iter().map(|(line, _)| line.text).collect()
    }
}

#[tokio::test]
async fn three_classes_in_one_room_each_have_their_own_recording_chat_and_attendance() {
    let mut course = Course::open().await;
    let tokens = course.invite(0).await;
    for (place, text) in ["first", "second", "third"].into_iter().enumerate() {
        let person = place % 2;
        course.hold(place, person, text).await;
        let told = people::people(&course.desk.context, course.classes[place].id).await.unwrap().people;
        assert_eq!(told.len(), 1, "only who came to this class: {told:?}");
        assert_eq!(course.opens_for(&tokens[person]).await, 200, "the link of the first class opens every class");
        course.end(place).await;
        assert_eq!(course.rooms().await.len(), 1);
        assert_eq!(course.rooms().await[0]["status"], json!("INACTIVE"), "nobody is in the room between two classes");
        course.next_day().await;
    }
    let mut videos = Vec::new();
    for (place, text) in ["first", "second", "third"].into_iter().enumerate() {
        let id = course.classes[place].id;
        let recordings = course.desk.context.store().recordings_of(id).unwrap();
        assert_eq!(recordings.len(), 1, "{recordings:?}");
        videos.push(recordings[0].facts.video.clone().unwrap());
        assert_eq!(course.chat(id), [text]);
        let there: Vec<bool> = course.people(place).into_iter().map(|(_, _, there)| there).collect();
        assert_eq!(there, [place % 2 == 0, place % 2 == 1]);
    }
    videos.sort_by_key(ToString::to_string);
    videos.dedup();
    assert_eq!((videos.len(), course.cloud.videos().await.len()), (3, 3));
    // The fourth class lies ahead, so the room is no stray.
    assert!(open_rooms::list(&course.desk.context).await.unwrap().is_empty());

    // Another desk finds three classes in the room, not one.
    let folder = tempfile::tempdir().unwrap();
    let other = another_desk(&course.cloud, &course.desk, folder.path());
    sync::sync(&other.context).await.unwrap();
    let found = sessions::list(&other.context, None, None).unwrap();
    assert_eq!(found.len(), 3, "{found:?}");
    for session in &found {
        assert_eq!(other.context.store().recordings_of(session.id).unwrap().len(), 1);
    }
    // It also sees the next class live.
    course.hold(3, 0, "fourth").await;
    sync::sync(&other.context).await.unwrap();
    let live = sessions::list(&other.context, None, None).unwrap();
    let live: Vec<_> = live.iter().filter(|session| session.state.phase() == SessionPhase::Live).collect();
    assert_eq!(live.len(), 1);
    assert_eq!(other.context.store().recordings_of(live[0].id).unwrap().len(), 1);
}

#[tokio::test]
async fn a_link_is_made_once_and_the_room_lets_in_those_of_the_class_that_is_held() {
    let mut course = Course::open().await;
    let tokens = course.invite(0).await;
    // Nobody is asked for another link for the later classes.
    let asked = |people: Vec<(String, bool, bool)>| people.into_iter().map(|(_, link, _)| link).collect::<Vec<_>>();
    assert_eq!(asked(course.people(2)), [true, true]);
    let id = course.classes[1].id;
    let nobody = personal_invitations::invite_people(&course.desk.context, id, &Whom::WithoutLink).await;
    assert_eq!(nobody.unwrap_err().code(), "conflict");
    let again = course.invite(1).await;
    let app = course.cloud.sandbox.info().app_id.clone();
    let room = course.rooms().await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/realtime/kit/{app}/meetings/{room}/participants?page_no=1&per_page=50");
    let count = course.cloud.api(Method::GET, &path).await["data"].as_array().unwrap().len();
    assert_eq!(count, 2, "a person has one participant in the room");

    // Ben is on the list of the first class only. Its end ends his link, and Anna’s stays.
    let ben = roster::get(&course.desk.context, id).unwrap().people[1].person.id;
    roster::remove_from(&course.desk.context, id, Reach::Following, &[ben]).unwrap();
    course.hold(0, 1, "first").await;
    assert_eq!((course.opens_for(&tokens[0]).await, course.opens_for(&tokens[1]).await), (200, 200));
    course.end(0).await;
    course.next_day().await;
    start::start(&course.desk.context, id).await.unwrap();
    assert_eq!((course.opens_for(&tokens[0]).await, course.opens_for(&tokens[1]).await), (200, 404));
    assert_eq!(course.opens_for(&again[1]).await, 404);

    // Removing Anna from the room ends her link for every class.
    let anna = roster::get(&course.desk.context, id).unwrap().people[0].person.id;
    people::remove(&course.desk.context, id, &anna.to_string()).await.unwrap();
    assert_eq!(course.opens_for(&tokens[0]).await, 404);
    assert_eq!(asked(course.people(2)), [false]);
}

#[tokio::test]
async fn somebody_who_is_only_invited_to_a_later_class_keeps_the_link() {
    let mut course = Course::open().await;
    let id = course.classes[2].id;
    roster::import(&course.desk.context, id, "Cleo", Present::Stay, WrongLines::Refused).unwrap();
    let tokens = course.invite(2).await;
    course.hold(0, 0, "first").await;
    assert_eq!(course.opens_for(&tokens[2]).await, 200);
    let cleo = roster::get(&course.desk.context, id).unwrap().people[2].clone();
    assert!(cleo.link_at.is_some(), "{cleo:?}");
    // Taken off the list of the later class, the link ends although another class is held.
    roster::remove(&course.desk.context, id, &[cleo.person.id]).unwrap();
    course.desk.pass(&course.cloud, 61).await;
    course.desk.pass(&course.cloud, 61).await;
    assert_eq!((course.opens_for(&tokens[0]).await, course.opens_for(&tokens[2]).await), (200, 404));
}

#[tokio::test]
async fn undoing_a_change_that_added_classes_takes_them_off_the_schedule_and_their_links_hold() {
    let course = Course::open().await;
    let context = &course.desk.context;
    let (first, longer) = (&course.classes[0], SeriesInput { rule: Some("FREQ=DAILY;COUNT=6"), rooms: None });
    let input = SessionInput::of(&first.plan);
    let change = series::edit_series(context, first.id, Scope::All, &input, longer, Mode::Make).unwrap();
    let all = || sessions::list(context, None, None).unwrap();
    let added = all().into_iter().find(|session| !course.classes.iter().any(|class| class.id == session.id)).unwrap();
    assert_eq!(added.state.code(), course.code(0).as_ref());
    personal_invitations::invite_people(context, added.id, &Whom::Everybody).await.unwrap();
    journal::undo(context, change.entry.unwrap()).unwrap();
    assert_eq!(all().len(), 4);
    assert!(all().iter().all(|session| session.state.phase() == SessionPhase::Scheduled), "{:?}", all());
    assert!(course.people(1).iter().all(|(_, link, _)| *link), "the links are to the room of every class");

    // With rooms of their own, the links to the shared room are none to the later classes.
    let apart = SeriesInput { rule: None, rooms: Some(Rooms::Own) };
    series::edit_series(context, first.id, Scope::All, &input, apart, Mode::Make).unwrap();
    let linked = |place| course.people(place).iter().all(|(_, link, _)| *link);
    assert_eq!([linked(0), linked(1), linked(2)], [true, false, false]);
}

#[tokio::test]
async fn one_class_at_a_time_is_held_in_the_room_and_invitations_leave_it_open() {
    let mut course = Course::open().await;
    course.hold(0, 0, "first").await;
    let refusal = start::start_early(&course.desk.context, course.classes[1].id).await.unwrap_err();
    assert_eq!(refusal.code(), "conflict");
    assert!(refusal.message().contains("shares its room"), "{}", refusal.message());
    assert_eq!(course.desk.session(&course.classes[1]).state.phase(), SessionPhase::Scheduled);
    course.invite(1).await;
    for _ in 0..3 {
        course.desk.pass(&course.cloud, 61).await;
    }
    assert_eq!(course.rooms().await[0]["status"], json!("ACTIVE"), "the class goes on");
    sessions::cancel(&course.desk.context, course.classes[1].id).unwrap();
    course.desk.pass(&course.cloud, 120).await;
    assert_eq!(course.rooms().await[0]["status"], json!("ACTIVE"), "a cancelled class leaves the room to the live one");
    course.end(0).await;
    assert_eq!(course.rooms().await[0]["status"], json!("INACTIVE"));
    start::start_early(&course.desk.context, course.classes[2].id).await.unwrap();
    assert_eq!(course.rooms().await.len(), 1);
}

#[tokio::test]
async fn a_series_gets_one_room_and_rooms_of_their_own_again_and_an_undo_takes_it_back() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::new(MemorySecrets::default());
    let desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(secrets.clone()));
    let input = desk.input("Karate");
    let classes = series::schedule(&desk.context, &input, "FREQ=DAILY;COUNT=4", &[], Mode::Make).unwrap().sessions;
    let course = Course { desk, folder, cloud, secrets, classes };
    let context = &course.desk.context;
    roster::import(context, course.classes[0].id, "Anna", Present::Stay, WrongLines::Refused).unwrap();
    course.invite(0).await;
    let own = course.code(0).unwrap();
    let change = |place: usize, scope: Scope, rooms: Rooms| {
        let session = &course.classes[place];
        let (input, wanted) = (SessionInput::of(&session.plan), SeriesInput { rule: None, rooms: Some(rooms) });
        series::edit_series(context, session.id, scope, &input, wanted, Mode::Make).unwrap()
    };
    let codes = || (0..4).map(|place| course.code(place)).collect::<Vec<_>>();

    // The room that people were invited to becomes the room of every class.
    let shared = change(0, Scope::All, Rooms::Shared);
    assert_eq!(codes(), vec![Some(own.clone()); 4]);
    assert!(
        series::of_session(context, course.classes[0].id).unwrap().unwrap().sentence().ends_with("all in one room")
    );
    journal::undo(context, shared.entry.unwrap()).unwrap();
    assert_eq!(codes(), [Some(own.clone()), None, None, None], "the first class keeps its invitations");
    change(0, Scope::All, Rooms::Shared);

    // A class that is split off with those after it keeps the room.
    let later = SessionInput { title: "Kumite".into(), ..SessionInput::of(&course.classes[2].plan) };
    let split = series::edit(context, course.classes[2].id, Scope::Following, &later, Mode::Make).unwrap();
    assert_eq!(codes(), vec![Some(own.clone()); 4]);
    journal::undo(context, split.entry.unwrap()).unwrap();
    assert_eq!(codes(), vec![Some(own.clone()); 4]);

    // Where only the later classes get rooms of their own, the earlier ones stay together.
    let apart = change(2, Scope::Following, Rooms::Own);
    assert_eq!(codes(), [Some(own.clone()), Some(own.clone()), None, None]);
    journal::undo(context, apart.entry.unwrap()).unwrap();
    assert_eq!(codes(), vec![Some(own.clone()); 4]);
    let entries = journal::list(context, JournalScope::Everything, 1).unwrap();
    journal::undo(context, entries[0].id).unwrap();
    assert_eq!(codes(), [Some(own.clone()), Some(own), None, None], "an undo can be undone");
}

#[tokio::test]
async fn a_class_that_becomes_a_series_gives_it_its_room() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let alone = desk.schedule("Karate");
    roster::import(&desk.context, alone.id, "Anna", Present::Stay, WrongLines::Refused).unwrap();
    personal_invitations::invite_people(&desk.context, alone.id, &Whom::Everybody).await.unwrap();
    let input = SessionInput::of(&alone.plan);
    series::begin(&desk.context, alone.id, &input, "FREQ=DAILY;COUNT=3", Rooms::Shared, Mode::Make).unwrap();
    let own = desk.session(&alone).state.code().cloned();
    let all = sessions::list(&desk.context, None, None).unwrap();
    assert_eq!(all.len(), 3);
    assert!(own.is_some() && all.iter().all(|session| session.state.code() == own.as_ref()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_plans_and_changes_a_series_in_one_room() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let cli = |arguments: &[&str]| run(&cloud, folder.path(), arguments);
    let plan = ["--title", "Karate", "--instructor", "R. Alves", "--start", "2099-01-01T18:00:00Z"];
    let soon = ["--title", "Karate", "--instructor", "R. Alves", "--start", "now"];
    let added =
        printed(&cli(&[&["session", "add"], &soon[..], &["--rrule", "FREQ=DAILY;COUNT=3", "--one-room"]].concat()));
    assert_eq!((&added["one_room"], added["sessions"].as_array().unwrap().len()), (&json!(true), 3));
    let last = added["sessions"][2].clone();
    let edit = |more: &[&str]| {
        let (id, start) = (last["id"].as_str().unwrap(), last["start"].as_str().unwrap());
        let plan = ["session", "edit", id, "--title", "Karate", "--instructor", "R. Alves", "--start", start];
        cli(&[&plan[..], more].concat())
    };
    let changed = printed(&edit(&["--all", "--own-rooms"]));
    assert_eq!(changed["sessions"][0]["after"]["series"]["one_room"], json!(false), "{changed}");
    let shared = printed(&edit(&["--all", "--one-room"]));
    assert_eq!(shared["sessions"][0]["after"]["series"]["one_room"], json!(true), "{shared}");
    assert!(refused(&edit(&["--one-room"]))["message"].as_str().unwrap().contains("series"));
    let alone = cli(&[&["session", "add"], &plan[..], &["--one-room"]].concat());
    assert!(!alone.status.success());
}
