//! The socket behind the room page.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

use super::support::Desk;

struct Person(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Person {
    async fn connect(desk: &Desk, token: &str, name: &str) -> Self {
        let url = desk.host().replace("http:", "ws:") + "/room/ws";
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut person = Self(socket);
        person.say(json!({ "type": "join", "token": token, "name": name })).await;
        person
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message of a type, passing over others.
    async fn hear(&mut self, kind: &str) -> Value {
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
        tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap_or_else(|_| panic!("no {kind} came"))
    }

    /// Waits for a list of people of this length.
    async fn sees(&mut self, count: usize) {
        while self.hear("people").await["people"].as_array().unwrap().len() != count {}
    }
}

async fn invite(desk: &Desk, meeting: &str, who: &str, preset: &str) -> String {
    let body = json!({ "preset_name": preset, "custom_participant_id": who, "name": who });
    let added = desk.kit(Method::POST, &format!("/meetings/{meeting}/participants"), Some(body)).await;
    added.data()["token"].as_str().unwrap().to_owned()
}

async fn present(desk: &Desk, meeting: &str) -> Value {
    let live = desk.kit(Method::GET, &format!("/meetings/{meeting}/active-session"), None).await;
    live.body["data"]["live_participants"].clone()
}

#[tokio::test]
async fn people_join_see_each_other_talk_and_leave() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({ "title": "Tue 19:00" })).await;
    let host = invite(&desk, &meeting, "ada", "group_call_host").await;
    let member = invite(&desk, &meeting, "bo", "group_call_participant").await;

    let mut ada = Person::connect(&desk, &host, "Sensei Ada").await;
    let joined = ada.hear("joined").await;
    assert_eq!(joined["meeting"]["title"], "Tue 19:00");
    assert_eq!(joined["people"][0]["name"], "Sensei Ada");
    assert_eq!((&joined["people"][0]["preset"], &joined["recording"]), (&json!("group_call_host"), &json!(false)));
    assert_eq!(present(&desk, &meeting).await, 1);

    let mut bo = Person::connect(&desk, &member, "").await;
    assert_eq!(
        bo.hear("joined").await["people"][1]["name"],
        "bo",
        "without a name of one's own it is the participant's"
    );
    ada.sees(2).await;
    assert_eq!(present(&desk, &meeting).await, 2);

    bo.say(json!({ "type": "chat", "text": "Hajime!" })).await;
    let heard = ada.hear("chat").await;
    assert_eq!((&heard["from"], &heard["text"]), (&json!("bo"), &json!("Hajime!")));

    desk.record(&meeting).await;
    assert_eq!(ada.hear("recording").await["state"], "INVOKED");
    desk.advance(5).await;
    assert_eq!(ada.hear("recording").await["state"], "RECORDING");

    drop(bo);
    ada.sees(1).await;
    assert_eq!(present(&desk, &meeting).await, 1);

    desk.kit(Method::POST, &format!("/meetings/{meeting}/active-session/kick-all"), None).await;
    ada.hear("ended").await;
    assert_eq!(present(&desk, &meeting).await, Value::Null);
}

#[tokio::test]
async fn whoever_has_no_valid_invitation_is_refused() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    let token = invite(&desk, &meeting, "ada", "group_call_host").await;
    let (rest, _) = token.rsplit_once('.').unwrap();
    for bad in ["", "nonsense", &format!("{rest}.AAAA"), &desk.info.api_token] {
        let mut stranger = Person::connect(&desk, bad, "X").await;
        assert!(stranger.hear("refused").await["reason"].is_string());
    }
    desk.kit(Method::PATCH, &format!("/meetings/{meeting}"), Some(json!({ "status": "INACTIVE" }))).await;
    let mut late = Person::connect(&desk, &token, "Ada").await;
    assert_eq!(late.hear("refused").await["reason"], "This room is closed.");
    assert_eq!(present(&desk, &meeting).await, Value::Null);
}

#[tokio::test]
async fn someone_who_is_removed_is_told_and_the_others_stay() {
    let desk = Desk::open().await;
    let meeting = desk.meeting(json!({})).await;
    let (host, member) = (
        invite(&desk, &meeting, "ada", "group_call_host").await,
        invite(&desk, &meeting, "bo", "group_call_participant").await,
    );
    let (mut ada, mut bo) = (Person::connect(&desk, &host, "Ada").await, Person::connect(&desk, &member, "Bo").await);
    bo.hear("joined").await;
    ada.hear("joined").await;
    let body = json!({ "participant_ids": [], "custom_participant_ids": ["bo"] });
    desk.kit(Method::POST, &format!("/meetings/{meeting}/active-session/kick"), Some(body)).await;
    bo.hear("ended").await;
    ada.sees(1).await;
    assert_eq!(present(&desk, &meeting).await, 1);
}

#[tokio::test]
async fn the_room_page_is_there_for_everybody() {
    let desk = Desk::open().await;
    let page = desk.view("/room").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let response = desk.http.get(format!("{}/room/ws", desk.host())).send().await.unwrap();
    assert!(response.status().is_client_error(), "a socket is asked for as a socket");
}
