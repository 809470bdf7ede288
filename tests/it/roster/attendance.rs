//! Who of the roster was in the room, as RealtimeKit tells.

use chrono::TimeDelta;
use hajime_core::actions::recorder::{end, start};
use hajime_core::actions::schedule::personal_invitations::{self, Whom};
use hajime_core::actions::schedule::roster;
use serde_json::json;

use super::{add, class_for};
use crate::support::{Cloud, TestDesk};

#[tokio::test]
async fn a_person_is_seen_in_the_room_during_and_after_the_class() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let session = class_for(&desk, "Karate", 10);
    add(&desk, &session, "Anna\nBen");
    personal_invitations::invite_people(&desk.context, session.id, &Whom::Everybody).await.unwrap();
    let live = start::start(&desk.context, session.id).await.unwrap().session;
    let anna = roster::get(&desk.context, session.id).unwrap().people[0].person.id;
    let room = live.state.room().unwrap().id.to_string();
    let join = json!({ "meeting_id": room, "custom_participant_id": format!("person-{anna}") });
    let (phone, laptop) = (cloud.control("join", join.clone()).await, cloud.control("join", join).await);
    let seen = |desk: &TestDesk| {
        let people = roster::get(&desk.context, session.id).unwrap().people;
        people.into_iter().map(|entry| entry.attendance).collect::<Vec<_>>()
    };
    desk.pass(&cloud, 61).await;
    desk.pass_until(&cloud, 5, |desk| seen(desk)[0].is_some()).await;
    assert_eq!((seen(&desk)[0].unwrap().left_at, seen(&desk)[1]), (None, None));
    desk.pass(&cloud, 600).await;
    for peer in [phone, laptop] {
        cloud.control("leave", json!({ "peer_id": peer["peer_id"] })).await;
    }
    desk.pass(&cloud, 30).await;
    end::end(&desk.context, session.id).await.unwrap();
    desk.pass_until(&cloud, 30, |desk| seen(desk)[0].is_some_and(|seen| seen.left_at.is_some())).await;
    desk.pass(&cloud, 200).await;
    let there = seen(&desk)[0].unwrap();
    // Two devices at once count once.
    assert!(there.present > TimeDelta::minutes(10) && there.present < TimeDelta::minutes(14), "{there:?}");
    assert_eq!(seen(&desk)[1], None);
}
