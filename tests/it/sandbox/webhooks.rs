//! Webhooks: what is told, how it is signed, and when it is told again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Router, routing::post};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use reqwest::Method;
use rsa::{Pkcs1v15Sign, RsaPublicKey, pkcs8::DecodePublicKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::support::{Desk, id};

/// A web server of the integrator's.
#[derive(Clone, Default)]
struct Receiver {
    heard: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    /// Starts it; it gives these answers in turn and 200 from then on.
    async fn start(answers: &[u16]) -> (Self, String) {
        let receiver = Self { answers: Arc::new(Mutex::new(answers.to_vec())), ..Self::default() };
        let router = Router::new().route("/hook", post(hear)).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    /// What has come so far, once it is this much or a while has passed.
    async fn heard(&self, count: usize) -> Vec<(HeaderMap, Bytes)> {
        for _ in 0..100 {
            if self.heard.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.heard.lock().unwrap().clone()
    }
}

async fn hear(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    receiver.heard.lock().unwrap().push((headers, body));
    let mut answers = receiver.answers.lock().unwrap();
    let answer = if answers.is_empty() { 200 } else { answers.remove(0) };
    StatusCode::from_u16(answer).unwrap()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers[name].to_str().unwrap()
}

async fn subscribe(desk: &Desk, url: &str, events: &[&str]) -> String {
    let body = json!({ "name": "hook", "url": url, "events": events });
    id(desk.kit(Method::POST, "/webhooks", Some(body)).await.data())
}

#[tokio::test]
async fn s46_a_delivery_of_realtimekit_is_signed_over_its_raw_bytes() {
    let desk = Desk::open().await;
    let (receiver, url) = Receiver::start(&[]).await;
    let events = ["meeting.started", "meeting.participantJoined", "recording.statusUpdate", "meeting.ended"];
    let hook = subscribe(&desk, &url, &events).await;
    let meeting = desk.meeting(json!({ "title": "空手 <b>" })).await;
    desk.join(&meeting, "Ada").await;
    desk.record(&meeting).await;
    desk.advance(60).await;
    desk.kit(Method::POST, &format!("/meetings/{meeting}/active-session/kick-all"), None).await;
    desk.advance(120).await;
    let heard = receiver.heard(7).await;

    let published = desk.send(Method::GET, &format!("{}/.well-known/webhooks.json", desk.host()), None, None).await;
    let key = RsaPublicKey::from_public_key_pem(published.body["data"]["publicKey"].as_str().unwrap()).unwrap();
    let mut ids = BTreeSet::new();
    let mut told = BTreeSet::new();
    for (headers, body) in &heard {
        let signature = STANDARD.decode(header(headers, "rtk-signature")).unwrap();
        let scheme = || Pkcs1v15Sign::new::<Sha256>();
        key.verify(scheme(), &Sha256::digest(body), &signature).unwrap();
        let mut forged = body.to_vec();
        forged.push(b' ');
        assert!(key.verify(scheme(), &Sha256::digest(&forged), &signature).is_err());
        assert_eq!(header(headers, "rtk-webhook-id"), hook);
        assert!(ids.insert(header(headers, "rtk-uuid").to_owned()), "each delivery has an id of its own");
        let body: Value = serde_json::from_slice(body).unwrap();
        told.insert(body["event"].as_str().unwrap().to_owned());
        if body["event"] == "meeting.started" {
            assert_eq!(body["meeting"]["id"], meeting);
            assert_eq!(body["meeting"]["title"], "空手 <b>");
        }
    }
    assert_eq!(told, events.map(str::to_owned).into());
    let last: Value = heard
        .iter()
        .map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap())
        .rfind(|body| body["event"] == "recording.statusUpdate")
        .unwrap();
    assert_eq!(last["recording"]["status"], "UPLOADED");
}

#[tokio::test]
async fn s46_a_delivery_of_stream_carries_an_hmac_of_time_and_body() {
    let desk = Desk::open().await;
    let (receiver, url) = Receiver::start(&[]).await;
    let set = desk.stream(Method::PUT, "/webhook", Some(json!({ "notificationUrl": url }))).await;
    let secret = set.result()["secret"].as_str().unwrap().to_owned();
    let video = desk.ready(json!({ "meta": { "name": "Kata" } })).await;
    let heard = receiver.heard(1).await;
    assert_eq!(heard.len(), 1, "told once, when it is ready for good");
    let (headers, body) = &heard[0];
    let signature = header(headers, "webhook-signature");
    let (time, sig1) = signature.strip_prefix("time=").unwrap().split_once(",sig1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    let digits = |at: usize| u8::from_str_radix(&sig1[at..at + 2], 16).unwrap();
    let signed: Vec<u8> = (0..sig1.len()).step_by(2).map(digits).collect();
    mac.verify_slice(&signed).unwrap();
    let told: Value = serde_json::from_slice(body).unwrap();
    assert_eq!((&told["uid"], &told["status"]["state"]), (&json!(video), &json!("ready")));
}

#[tokio::test]
async fn s46_a_refusal_is_final_and_trouble_is_not() {
    for (answer, deliveries) in [(404, 1), (410, 1), (500, 2), (503, 2)] {
        let desk = Desk::open().await;
        let (receiver, url) = Receiver::start(&[answer]).await;
        subscribe(&desk, &url, &["meeting.started"]).await;
        let meeting = desk.meeting(json!({})).await;
        desk.join(&meeting, "Ada").await;
        receiver.heard(1).await;
        // The answer has to be back before time goes on.
        tokio::time::sleep(Duration::from_millis(100)).await;
        desk.advance(60).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let heard = receiver.heard(deliveries).await;
        assert_eq!(heard.len(), deliveries, "after {answer}");
        let ids: BTreeSet<&str> = heard.iter().map(|(headers, _)| header(headers, "rtk-uuid")).collect();
        assert_eq!(ids.len(), 1, "a repetition is known by its id");
    }
}
