//! The WebSocket of the room page, and what a join page asks before that.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use super::support::{TestSandbox, id, reply_to};

struct Person(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Person {
    async fn connect(sandbox: &TestSandbox, token: &str, name: &str) -> Self {
        let url = sandbox.host().replace("http:", "ws:") + "/room/ws";
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut person = Self(socket);
        person.send(json!({ "type": "join", "token": token, "name": name })).await;
        person
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Waits for the next message of this type and returns it. Other messages are skipped.
    async fn next(&mut self, kind: &str) -> Value {
        let wait = async {
            loop {
                let message = self.0.next().await.unwrap().unwrap();
                if let Ok(text) = message.to_text() {
                    let message: Value = serde_json::from_str(text).unwrap_or(Value::Null);
                    if message["type"] == kind {
                        return message;
                    }
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait)
            .await
            .unwrap_or_else(|_| panic!("no message of type {kind} arrived"))
    }

    /// Waits for a list of `count` people.
    async fn wait_for_people(&mut self, count: usize) {
        while self.next("people").await["people"].as_array().unwrap().len() != count {}
    }
}

async fn invite(sandbox: &TestSandbox, meeting: &str, who: &str, preset: &str) -> String {
    let body = json!({ "preset_name": preset, "custom_participant_id": who, "name": who });
    let added = sandbox.kit(Method::POST, &format!("/meetings/{meeting}/participants"), Some(body)).await;
    added.data()["token"].as_str().unwrap().to_owned()
}

async fn present(sandbox: &TestSandbox, meeting: &str) -> Value {
    let live = sandbox.kit(Method::GET, &format!("/meetings/{meeting}/active-session"), None).await;
    live.body["data"]["live_participants"].clone()
}

#[tokio::test]
async fn peers_join_see_each_other_chat_and_leave() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({ "title": "Tue 19:00" })).await;
    let host = invite(&sandbox, &meeting, "ada", "group_call_host").await;
    let member = invite(&sandbox, &meeting, "bo", "group_call_participant").await;

    let mut ada = Person::connect(&sandbox, &host, "Sensei Ada").await;
    let joined = ada.next("joined").await;
    assert_eq!(joined["meeting"]["title"], "Tue 19:00");
    assert_eq!(joined["people"][0]["name"], "Sensei Ada");
    assert_eq!((&joined["people"][0]["preset"], &joined["recording"]), (&json!("group_call_host"), &json!(false)));
    assert_eq!(present(&sandbox, &meeting).await, 1);

    let mut bo = Person::connect(&sandbox, &member, "").await;
    assert_eq!(
        bo.next("joined").await["people"][1]["name"],
        "bo",
        "without a name of one's own it is the participant's"
    );
    ada.wait_for_people(2).await;
    assert_eq!(present(&sandbox, &meeting).await, 2);

    bo.send(json!({ "type": "chat", "text": "Hajime!" })).await;
    let heard = ada.next("chat").await;
    assert_eq!((&heard["from"], &heard["text"]), (&json!("bo"), &json!("Hajime!")));

    sandbox.record(&meeting).await;
    assert_eq!(ada.next("recording").await["state"], "INVOKED");
    sandbox.advance(5).await;
    assert_eq!(ada.next("recording").await["state"], "RECORDING");

    drop(bo);
    ada.wait_for_people(1).await;
    assert_eq!(present(&sandbox, &meeting).await, 1);

    sandbox.kit(Method::POST, &format!("/meetings/{meeting}/active-session/kick-all"), None).await;
    assert_eq!(ada.next("ended").await["state"], "ended");
    assert_eq!(present(&sandbox, &meeting).await, Value::Null);
}

#[tokio::test]
async fn a_page_learns_who_is_invited_to_what_before_it_joins() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({ "title": "Tue 19:00" })).await;
    let token = invite(&sandbox, &meeting, "bo", "group_call_participant").await;
    let details = async |token: &str| {
        let asked = sandbox.http.get(format!("{}/room/details", sandbox.host())).bearer_auth(token);
        reply_to(asked).await
    };
    let known = details(&token).await;
    assert_eq!(known.status, 200);
    assert_eq!(known.body["meeting"]["title"], "Tue 19:00");
    assert_eq!(known.body["participant"]["name"], "bo");
    assert_eq!(known.body["preset"]["name"], "group_call_participant");
    assert_eq!(present(&sandbox, &meeting).await, Value::Null, "nobody has joined");
    for bad in ["", "nonsense", &token[..token.len() - 4]] {
        assert_eq!(details(bad).await.status, 401, "{bad}");
    }

    let url = format!("/meetings/{meeting}/participants/{}", id(&known.body["participant"]));
    sandbox.kit(Method::PATCH, &format!("/meetings/{meeting}"), Some(json!({ "status": "INACTIVE" }))).await;
    assert_eq!(details(&token).await.status, 403, "the room is closed");
    sandbox.kit(Method::DELETE, &url, None).await;
    assert_eq!(details(&token).await.status, 404, "the participant was deleted");
}

#[tokio::test]
async fn an_invalid_invitation_is_refused() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    let token = invite(&sandbox, &meeting, "ada", "group_call_host").await;
    let (rest, _) = token.rsplit_once('.').unwrap();
    for bad in ["", "nonsense", &format!("{rest}.AAAA"), &sandbox.info.api_token] {
        let mut stranger = Person::connect(&sandbox, bad, "X").await;
        assert!(stranger.next("refused").await["reason"].is_string());
    }
    sandbox.kit(Method::PATCH, &format!("/meetings/{meeting}"), Some(json!({ "status": "INACTIVE" }))).await;
    let mut late = Person::connect(&sandbox, &token, "Ada").await;
    assert_eq!(late.next("refused").await["reason"], "This room is closed.");
    assert_eq!(present(&sandbox, &meeting).await, Value::Null);
}

#[tokio::test]
async fn a_removed_peer_is_told_and_the_others_stay() {
    let sandbox = TestSandbox::start().await;
    let meeting = sandbox.meeting(json!({})).await;
    let (host, member) = (
        invite(&sandbox, &meeting, "ada", "group_call_host").await,
        invite(&sandbox, &meeting, "bo", "group_call_participant").await,
    );
    let (mut ada, mut bo) =
        (Person::connect(&sandbox, &host, "Ada").await, Person::connect(&sandbox, &member, "Bo").await);
    bo.next("joined").await;
    ada.next("joined").await;
    let body = json!({ "participant_ids": [], "custom_participant_ids": ["bo"] });
    sandbox.kit(Method::POST, &format!("/meetings/{meeting}/active-session/kick"), Some(body)).await;
    assert_eq!(bo.next("ended").await["state"], "kicked");
    ada.wait_for_people(1).await;
    assert_eq!(present(&sandbox, &meeting).await, 1);
}

#[tokio::test]
async fn the_room_page_needs_no_token_and_the_socket_needs_an_upgrade() {
    let sandbox = TestSandbox::start().await;
    let page = sandbox.view("/room").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let response = sandbox.http.get(format!("{}/room/ws", sandbox.host())).send().await.unwrap();
    assert!(response.status().is_client_error(), "a plain GET of the socket is refused");
}
