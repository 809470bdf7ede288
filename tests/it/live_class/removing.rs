//! Removing somebody from the room: the connection ends, and the old link lets nobody in any more.

use hajime_core::actions::recorder::people;
use hajime_core::actions::schedule::personal_invitations::{self, Whom};
use hajime_core::actions::schedule::roster;
use serde_json::json;

use super::{come_in, counted, live_with_two, there};
use crate::support::{Cloud, TestDesk, token_in};

/// Returns the status with which the sandbox answers a join page that shows this token.
async fn room_opens_for(cloud: &Cloud, token: &str) -> u16 {
    let origin = url::Url::parse(&cloud.sandbox.info().base_url).unwrap();
    let details = origin.join("/room/details").unwrap();
    let http = hajime_core::http_client::builder().build().unwrap();
    http.get(details).bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn whoever_is_removed_leaves_the_room_and_cannot_come_back_with_the_old_link() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, [anna, ben]) = live_with_two(&desk).await;
    for (place, name) in [(0, "Anna"), (0, "Anna"), (1, "Ben")] {
        come_in(&cloud, &desk, &session, place, name).await;
    }
    assert_eq!((room_opens_for(&cloud, &anna).await, room_opens_for(&cloud, &ben).await), (200, 200));
    let told = people::people(&desk.context, session.id).await.unwrap().people;
    let hers = told.iter().find(|one| one.seen.name == "Anna").unwrap().seen.participant.clone().unwrap();
    let left = people::remove(&desk.context, session.id, hers.as_str()).await.unwrap();
    assert_eq!(left.people.iter().filter(|one| one.seen.is_there()).count(), 1);
    assert_eq!(counted(&cloud, &session).await, json!(1), "both of her devices are out");
    assert_eq!((room_opens_for(&cloud, &anna).await, room_opens_for(&cloud, &ben).await), (404, 200));
    // She is on the list still, known to have been there, and a new link lets her in.
    let entry = roster::get(&desk.context, session.id).unwrap().people.remove(0);
    assert!(entry.link_at.is_none() && entry.attendance.is_some(), "{entry:?}");
    let whom = Whom::These(vec![entry.person.id]);
    let again = personal_invitations::invite_people(&desk.context, session.id, &whom).await.unwrap();
    assert_eq!(room_opens_for(&cloud, &token_in(again.all[0].url.expose())).await, 200);
    assert_eq!(room_opens_for(&cloud, &anna).await, 404);
}

#[tokio::test]
async fn lost_replies_and_repeats_are_harmless() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = live_with_two(&desk).await;
    let id = roster::get(&desk.context, session.id).unwrap().people[0].person.id;
    let (whom, person) = (Whom::These(vec![id]), id.to_string());
    for (method, path) in [("POST", "*/kick"), ("DELETE", "*/participants/*")] {
        let made = personal_invitations::invite_people(&desk.context, session.id, &whom).await.unwrap();
        let anna = token_in(made.all[0].url.expose());
        come_in(&cloud, &desk, &session, 0, "Anna").await;
        // The client repeats a request; ten lost replies are more than its repetitions.
        cloud.fault(method, path, 10, json!({ "kind": "drop_reply" })).await;
        people::remove(&desk.context, session.id, &person).await.unwrap_err();
        cloud.clear_faults().await;
        people::remove(&desk.context, session.id, &person).await.unwrap();
        people::remove(&desk.context, session.id, &person).await.unwrap();
        assert_eq!(counted(&cloud, &session).await, json!(0), "{path}");
        assert_eq!(room_opens_for(&cloud, &anna).await, 404, "{path}");
    }
}

#[tokio::test]
async fn somebody_whose_participant_was_deleted_elsewhere_is_removed_too() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = live_with_two(&desk).await;
    let person = roster::get(&desk.context, session.id).unwrap().people[0].person.id.to_string();
    people::remove(&desk.context, session.id, &person).await.unwrap();
    // Whoever is connected stays connected when the participant is deleted.
    come_in(&cloud, &desk, &session, 0, "Anna").await;
    people::remove(&desk.context, session.id, &person).await.unwrap();
    assert_eq!(counted(&cloud, &session).await, json!(0));
}

#[tokio::test]
async fn somebody_who_is_taken_off_the_roster_of_a_live_class_is_removed_from_the_room() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (session, [anna, ben]) = live_with_two(&desk).await;
    come_in(&cloud, &desk, &session, 0, "Anna").await;
    come_in(&cloud, &desk, &session, 1, "Ben").await;
    assert_eq!(there(&desk, session.id).await.len(), 2);
    let first = roster::get(&desk.context, session.id).unwrap().people[0].person.id;
    roster::remove(&desk.context, session.id, &[first]).unwrap();
    cloud.fault("POST", "*/kick", 10, json!({ "kind": "drop_reply" })).await;
    desk.pass(&cloud, 5).await;
    cloud.clear_faults().await;
    desk.pass(&cloud, 180).await;
    assert_eq!(counted(&cloud, &session).await, json!(1));
    assert_eq!((room_opens_for(&cloud, &anna).await, room_opens_for(&cloud, &ben).await), (404, 200));
    assert_eq!(there(&desk, session.id).await, ["Ben"]);
}

#[tokio::test]
async fn the_host_is_not_removed_and_neither_is_anybody_before_the_start() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = TestDesk::open(&cloud, folder.path());
    let (session, _) = live_with_two(&desk).await;
    let room = session.state.room().unwrap().id.to_string();
    let host = format!("host-{}", session.id);
    cloud.control("join", json!({ "meeting_id": room, "custom_participant_id": host })).await;
    let told = people::people(&desk.context, session.id).await.unwrap().people;
    let participant = told[0].seen.participant.clone().unwrap();
    let refused = people::remove(&desk.context, session.id, participant.as_str()).await.unwrap_err();
    assert_eq!(refused.message(), "R. Alves runs the class and cannot be removed from it.");
    assert_eq!(counted(&cloud, &session).await, json!(1));
    let other = desk.schedule("Judo");
    let refused = people::remove(&desk.context, other.id, participant.as_str()).await.unwrap_err();
    assert_eq!(refused.code(), "not_live");
}
