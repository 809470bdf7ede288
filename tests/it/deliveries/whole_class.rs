//! From a class to the event: the sandbox records, and the receiver hears of it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use hajime_core::domain::delivery::queued::DeliveryState;
use hajime_core::domain::recorder::recording::Status;
use serde_json::Value;

use super::Told;
use crate::support::{Cloud, skip};

/// The guide's function (“Webhook Security”), word for word, called with the signature and the secret that stand before
/// the body.
const GUIDE_VERIFIES: &str = r#"
import hashlib, hmac, sys

def verify_cloudflare_webhook(payload, signature, secret):
    computed_sig = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(computed_sig, signature)

signature, secret, payload = sys.stdin.buffer.read().decode().split("\n", 2)
sys.exit(0 if verify_cloudflare_webhook(payload, signature, secret) else 1)
"#;

/// Whether the guide's function takes a signature; `None` where there is no Python.
fn guide_takes(body: &str, signature: &str, secret: &str) -> Option<bool> {
    let mut python = Command::new("python3").args(["-c", GUIDE_VERIFIES]).stdin(Stdio::piped()).spawn().ok()?;
    python.stdin.take()?.write_all(format!("{signature}\n{secret}\n{body}").as_bytes()).ok()?;
    Some(python.wait().ok()?.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_was_recorded_is_told_once_to_the_webhook_and_to_slack() {
    let cloud = Cloud::start().await;
    let mut told = Told::start(&cloud).await;
    told.turn_slack_on().await;
    told.desk.hold_for(&cloud, "Karate <!channel>", 120).await;
    told.desk.until_idle(&cloud).await;
    told.send().await;
    told.send().await;

    let recording = told.desk.context.store().every_recording().unwrap().remove(0);
    assert_eq!(recording.status(), Status::Ready);
    let [event] = told.receiver.events().try_into().unwrap();
    let body = event.json();
    assert_eq!(body["event"], "recording.complete");
    let data = &body["data"];
    let mut names: Vec<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut expected = ["recordingId", "roomId", "streamId", "streamUrl", "duration", "fileSize", "timestamp"];
    expected.sort_unstable();
    assert_eq!(names, expected);
    let facts = &recording.facts;
    assert_eq!(data["recordingId"], facts.realtimekit_recording.as_ref().unwrap().as_str());
    assert_eq!(data["roomId"], recording.room.as_ref().unwrap().as_str());
    assert_eq!(data["streamId"], facts.video.as_ref().unwrap().as_str());
    assert_eq!(data["streamUrl"], facts.manifest.as_ref().unwrap().as_str());
    assert!(data["duration"].as_i64().unwrap() > 60 && data["fileSize"].as_u64().unwrap() > 0, "{data}");
    assert!(data["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(event.header("content-type"), "application/json");

    assert!(event.is_signed_with(&told.secret), "{event:?}");
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert!(!event.is_signed_with(other));
    let signature = event.header("x-webhook-signature");
    match guide_takes(&event.body, signature, &told.secret) {
        Some(takes) => {
            assert!(takes, "{signature}");
            assert_eq!(guide_takes(&format!("{} ", event.body), signature, &told.secret), Some(false));
        }
        None => skip("there is no python3 to run the guide’s function"),
    }

    let [message] = told.receiver.messages().try_into().unwrap();
    let message: Value = message.json();
    assert_eq!(message["blocks"][0]["text"]["text"], "Ready: Karate <!channel>");
    assert!(message["text"].as_str().unwrap().starts_with("Ready: Karate &lt;!channel&gt;."), "{message}");

    let delivery = told.newest();
    assert_eq!((delivery.state, delivery.event.id.to_string().as_str()), (DeliveryState::Accepted, event.id()));
}
