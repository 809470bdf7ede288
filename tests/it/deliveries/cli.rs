//! `hajime-cli delivery`.

use std::process::Command;

use serde_json::Value;

use super::Told;
use crate::support::Cloud;

/// Runs the command line on a data folder, without a keyring.
fn run(told: &Told, cloud: &Cloud, arguments: &[&str]) -> Result<Value, Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_hajime-cli"))
        .args(["--json", "delivery"])
        .args(arguments)
        .env("HAJIME_DATA_DIR", told.folder.path())
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .envs(cloud.variables())
        .output()
        .unwrap();
    let last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        serde_json::from_str(&text).or_else(|_| serde_json::from_str(text.lines().last().unwrap_or_default())).unwrap()
    };
    if output.status.success() { Ok(last(&output.stdout)) } else { Err(last(&output.stderr)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_deliveries_and_queues_one_again_with_its_id() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    let id = told.ready("Karate");
    told.send().await;
    let listed = run(&told, &cloud, &["list"]).unwrap();
    let first = &listed[0];
    assert_eq!((&first["state"], &first["event"]), (&"accepted".into(), &"recording.complete".into()));
    assert_eq!(first["title"], "Karate");
    // This process has no keyring, so the delivery waits for one that has.
    let number = first["id"].to_string();
    for again in [["retry", number.as_str()], ["replay", &id.to_string()]] {
        let queued = run(&told, &cloud, &again).unwrap();
        assert_eq!((&queued[0]["state"], &queued[0]["event_id"]), (&"waiting".into(), &first["event_id"]));
    }
    told.pass(120).await;
    assert_eq!(told.receiver.log().into_values().collect::<Vec<_>>(), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_cannot_be_sent_with_the_next_step() {
    let cloud = Cloud::start().await;
    let told = Told::start(&cloud).await;
    let slack = run(&told, &cloud, &["test", "slack"]).unwrap_err();
    assert_eq!((&slack["code"], &slack["message"]), (&"conflict".into(), &"Slack is off.".into()));
    assert_eq!(run(&told, &cloud, &["retry", "99"]).unwrap_err()["code"], "not_found");
    assert_eq!(run(&told, &cloud, &["test", "webhook"]).unwrap_err()["code"], "keyring");
    assert_eq!(run(&told, &cloud, &["health"]).unwrap()["healthy"], false, "it answers 200 without a word");
}
