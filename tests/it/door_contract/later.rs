//! What happens later, when the clock goes on; and after the sandbox began anew. The real Worker's clock cannot be moved.

use serde_json::{Value, json};

use super::{DAY, Door, MINUTE, published, refusal, secret_of};
use crate::sandbox::support::TestSandbox;

const HOUR: i64 = 3_600;

#[tokio::test]
async fn a_link_plays_after_three_days_until_it_is_revoked() {
    let door = Door::publish(published::PLACEHOLDER).await;
    let video = door.sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    let (code, other) = (secret_of("watch"), secret_of("other"));
    for code in [&code, &other] {
        door.add_watch_link(code, json!({ "video": video })).await;
    }
    door.sandbox.advance(3 * 24 * HOUR).await;
    let plays = async |token: &Value| {
        door.sandbox.view(&format!("/{}/manifest/video.m3u8", token.as_str().unwrap())).await.status
    };
    let played = door.play(&code, json!({}), "DE").await.body;
    assert_eq!(plays(&played["token"]).await, 200);
    door.sandbox.advance(HOUR).await;
    assert_eq!(plays(&played["token"]).await, 401, "a token plays for an hour");
    let renew = async || door.post(&format!("/w/{code}/renew"), json!({ "play": played["play"] })).await;
    assert_eq!(plays(&renew().await.body["token"]).await, 200);
    door.sandbox.advance(36 * HOUR).await;
    assert_eq!(refusal(&renew().await), (404, "unknown"), "a player is not renewed for ever");
    door.add_watch_link(&code, json!({ "video": video, "revoked": door.now })).await;
    assert_eq!(refusal(&door.play(&code, json!({}), "DE").await), (410, "revoked"));
    assert_eq!(plays(&door.play(&other, json!({}), "DE").await.body["token"]).await, 200);
    door.sandbox.advance(30 * 24 * HOUR).await;
    assert_eq!(refusal(&door.play(&other, json!({}), "DE").await), (410, "over"));
}

#[tokio::test]
async fn a_class_opens_and_closes_by_itself_and_guesses_are_forgiven() {
    let door = Door::publish(published::PLACEHOLDER).await;
    let code = secret_of("class");
    let opens = door.now + 60 * MINUTE;
    door.add_class("class", json!({ "opens": opens, "ends": opens + DAY, "closes": opens + DAY })).await;
    door.add_join_link(&code, json!({ "class": "class" })).await;
    assert_eq!(refusal(&door.sit(&code, "Bo", json!({})).await), (425, "early"));
    door.sandbox.advance(HOUR + 60).await;
    assert_eq!(door.sit(&code, "Bo", json!({})).await.status, 200);
    for _ in 0..25 {
        door.get("/j/guess/class").await;
    }
    assert_eq!(refusal(&door.get("/j/guess/class").await), (429, "slow"));
    door.sandbox.advance(60).await;
    assert_eq!(refusal(&door.get("/j/guess/class").await), (404, "unknown"));
    door.sandbox.advance(24 * HOUR).await;
    assert_eq!(refusal(&door.sit(&code, "Bo", json!({})).await), (410, "over"));
}

#[tokio::test]
async fn whoever_gave_up_waiting_leaves_the_place_and_old_events_are_deleted() {
    let door = Door::publish(published::PLACEHOLDER).await;
    let code = secret_of("class");
    let locked = json!({ "state": "locked", "ends": door.now + 200 * DAY, "closes": door.now + 200 * DAY });
    door.add_class("class", locked).await;
    door.add_join_link(&code, json!({ "class": "class" })).await;
    for number in 0..200 {
        assert_eq!(door.sit(&code, &format!("student {number}"), json!({})).await.status, 202);
    }
    assert_eq!(refusal(&door.sit(&code, "late", json!({})).await), (409, "full"));
    door.sandbox.advance(240).await;
    assert_eq!(door.sit(&code, "student 1", json!({})).await.status, 202);
    door.sandbox.advance(120).await;
    assert_eq!(door.sit(&code, "late", json!({})).await.status, 202);
    let waiting = door.rows(&format!("SELECT id FROM seats WHERE asked >= {}", door.now + 200_000)).await;
    assert_eq!(waiting.len(), 2, "the one who asked again, and the new one");
    door.sandbox.advance(91 * 24 * HOUR).await;
    door.rows("UPDATE seats SET state = 'admitted' WHERE name = 'late'").await;
    let before = door.rows("SELECT seq FROM events").await.len();
    assert_eq!(door.sit(&code, "late", json!({})).await.status, 200);
    assert_eq!(door.rows("SELECT seq FROM events").await.len(), before + 1 - 10);
}

#[tokio::test]
async fn after_the_sandbox_began_anew_its_door_lets_people_in_and_plays() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let door = Door::publish_on(TestSandbox::with_state_file(&state).await, published::PLACEHOLDER).await;
    let video = door.sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    let code = secret_of("both");
    door.add_class("class", json!({ "closes": door.now + DAY })).await;
    door.add_join_link(&code, json!({ "class": "class" })).await;
    door.add_watch_link(&code, json!({ "video": video })).await;
    let Door { sandbox, database, token, key, room, now, seen, .. } = door;
    sandbox.server.stop().await;
    let sandbox = TestSandbox::with_state_file(&state).await;
    let door = Door { sandbox, database, token, key, room, now, seen, runtime: None };
    assert_eq!(door.sit(&code, "Bo", json!({})).await.status, 200);
    let playing = |reply: &super::Reply| format!("/{}/manifest/video.m3u8", reply.body["token"].as_str().unwrap());
    let reply = door.play(&code, json!({}), "DE").await;
    assert_eq!(door.sandbox.view(&playing(&reply)).await.status, 200);
    door.sandbox.stream(reqwest::Method::DELETE, &format!("/keys/{}", door.key), None).await.result();
    let reply = door.play(&code, json!({}), "DE").await;
    assert_eq!(door.sandbox.view(&playing(&reply)).await.status, 401, "the key was deleted");
    door.delete_token().await;
    assert_eq!(refusal(&door.sit(&code, "Bo", json!({})).await), (502, "realtimekit"));
}
