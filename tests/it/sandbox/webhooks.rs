//! Webhooks: their deliveries, signatures and retries.

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

use super::support::{TestSandbox, id};

/// A web server that receives deliveries.
#[derive(Clone, Default)]
struct Receiver {
    inbox: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    /// Starts the server and returns its address. It answers with these statuses in turn, and afterwards with 200.
    async fn start(answers: &[u16]) -> (Self, String) {
        let receiver = Self { answers: Arc::new(Mutex::new(answers.to_vec())), ..Self::default() };
        let router = Router::new().route("/hook", post(receive)).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    /// Waits until there are `count` deliveries or two seconds have passed, and returns the deliveries so far.
    async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, Bytes)> {
        for _ in 0..100 {
            if self.inbox.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.inbox.lock().unwrap().clone()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    receiver.inbox.lock().unwrap().push((headers, body));
    let mut answers = receiver.answers.lock().unwrap();
    let answer = if answers.is_empty() { 200 } else { answers.remove(0) };
    StatusCode::from_u16(answer).unwrap()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers[name].to_str().unwrap()
}

async fn subscribe(sandbox: &TestSandbox, url: &str, events: &[&str]) -> String {
    let body = json!({ "name": "hook", "url": url, "events": events });
    id(sandbox.kit(Method::POST, "/webhooks", Some(body)).await.data())
}

#[tokio::test]
async fn realtimekit_signs_the_raw_body_of_a_delivery_with_its_published_key() {
    let sandbox = TestSandbox::start().await;
    let (receiver, url) = Receiver::start(&[]).await;
    let events = ["meeting.started", "meeting.participantJoined", "recording.statusUpdate", "meeting.ended"];
    let hook = subscribe(&sandbox, &url, &events).await;
    let meeting = sandbox.meeting(json!({ "title": "空手 <b>" })).await;
    sandbox.join(&meeting, "Ada").await;
    sandbox.record(&meeting).await;
    sandbox.advance(60).await;
    sandbox.kit(Method::POST, &format!("/meetings/{meeting}/active-session/kick-all"), None).await;
    sandbox.advance(120).await;
    let inbox = receiver.wait_for(7).await;

    let published =
        sandbox.send(Method::GET, &format!("{}/.well-known/webhooks.json", sandbox.host()), None, None).await;
    let key = RsaPublicKey::from_public_key_pem(published.body["data"]["publicKey"].as_str().unwrap()).unwrap();
    let mut ids = BTreeSet::new();
    let mut told = BTreeSet::new();
    for (headers, body) in &inbox {
        let signature = STANDARD.decode(header(headers, "rtk-signature")).unwrap();
        let scheme = || Pkcs1v15Sign::new::<Sha256>();
        key.verify(scheme(), &Sha256::digest(body), &signature).unwrap();
        let mut forged = body.to_vec();
        forged.push(b' ');
        assert!(key.verify(scheme(), &Sha256::digest(&forged), &signature).is_err());
        assert_eq!(header(headers, "rtk-webhook-id"), hook);
        assert!(ids.insert(header(headers, "rtk-uuid").to_owned()), "two deliveries have the same id");
        let body: Value = serde_json::from_slice(body).unwrap();
        told.insert(body["event"].as_str().unwrap().to_owned());
        if body["event"] == "meeting.started" {
            assert_eq!(body["meeting"]["id"], meeting);
            assert_eq!(body["meeting"]["title"], "空手 <b>");
        }
    }
    assert_eq!(told, events.map(str::to_owned).into());
    let last: Value = inbox
        .iter()
        .map(|(_, body)| serde_json::from_slice::<Value>(body).unwrap())
        .rfind(|body| body["event"] == "recording.statusUpdate")
        .unwrap();
    assert_eq!(last["recording"]["status"], "UPLOADED");
}

#[tokio::test]
async fn stream_signs_a_delivery_with_an_hmac_of_time_and_body() {
    let sandbox = TestSandbox::start().await;
    let (receiver, url) = Receiver::start(&[]).await;
    let set = sandbox.stream(Method::PUT, "/webhook", Some(json!({ "notificationUrl": url }))).await;
    let secret = set.result()["secret"].as_str().unwrap().to_owned();
    let video = sandbox.ready_video(json!({ "meta": { "name": "Kata" } })).await;
    let inbox = receiver.wait_for(1).await;
    assert_eq!(inbox.len(), 1, "one delivery, when the video is ready");
    let (headers, body) = &inbox[0];
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
async fn a_delivery_is_retried_after_a_5xx_and_not_after_a_4xx() {
    for (answer, deliveries) in [(404, 1), (410, 1), (500, 2), (503, 2)] {
        let sandbox = TestSandbox::start().await;
        let (receiver, url) = Receiver::start(&[answer]).await;
        subscribe(&sandbox, &url, &["meeting.started"]).await;
        let meeting = sandbox.meeting(json!({})).await;
        sandbox.join(&meeting, "Ada").await;
        receiver.wait_for(1).await;
        // The sandbox must have processed the answer before the test advances the clock.
        tokio::time::sleep(Duration::from_millis(100)).await;
        sandbox.advance(60).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let inbox = receiver.wait_for(deliveries).await;
        assert_eq!(inbox.len(), deliveries, "after {answer}");
        let ids: BTreeSet<&str> = inbox.iter().map(|(headers, _)| header(headers, "rtk-uuid")).collect();
        assert_eq!(ids.len(), 1, "a retry has the id of the first try");
    }
}
