//! A desk that is killed at any moment of a delivery: every event arrives, and each has one id.
//!
//! The desk is a process of this test binary, because its keyring lives in memory: no keyring of the system is needed,
//! nor touched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hajime_core::actions::delivery::channels;
use hajime_core::config::Profile;
use hajime_core::context::{Context, ContextParts};
use hajime_core::domain::recorder::stage::{Observation, Percent, Stage};
use hajime_core::jobs::{self, Lease};
use hajime_core::opening;
use hajime_core::ports::{MemorySecrets, Quiet, SecretName, SecretStore as _, SystemClock};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::Command;

use super::add_importing;
use super::receiver::Receiver;
use crate::support::input_at;

/// The data folder of the process that is killed.
const FOLDER: &str = "HAJIME_TEST_KILLED_DESK";
/// The secret of its webhook.
const SECRET: &str = "HAJIME_TEST_WEBHOOK_SECRET";
/// How many kills a run makes, if somebody wants more than the usual number.
const KILLS: &str = "HAJIME_TEST_KILLS";
const USUAL_KILLS: usize = 12;
const RECORDINGS_PER_KILL: usize = 3;

fn connection() -> Profile {
    Profile {
        // Nobody answers there, and nothing that runs here asks Cloudflare.
        base_url: "http://127.0.0.1:9/client/v4".parse().unwrap(),
        account: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        token: SecretString::from("no token"),
        app: None,
    }
}

fn context(folder: &Path, secrets: Arc<MemorySecrets>) -> Context {
    let connection = connection();
    Context::new(ContextParts {
        store: opening::open_store(folder, &connection.account).unwrap(),
        cloudflare: opening::client(&connection, Arc::new(SystemClock)).unwrap(),
        account: connection.account,
        app: None,
        own_room_page: None,
        local_join_page: None,
        clock: Arc::new(SystemClock),
        secrets: Some(secrets),
        notifier: Arc::new(Quiet),
        events: Arc::new(Quiet),
    })
    .unwrap()
}

fn secrets_with(secret: &str) -> Arc<MemorySecrets> {
    let secrets = MemorySecrets::default();
    let name = SecretName::WebhookSecret(connection().account.as_str().to_owned());
    secrets.set(&name, &SecretString::from(secret)).unwrap();
    Arc::new(secrets)
}

/// Makes one recording after the other ready and sends its event, until somebody ends the process or nothing is left.
async fn work(context: &Context) {
    let mut lease = Lease::default();
    while !lease.hold(context).unwrap() {
        tokio::task::yield_now().await;
    }
    jobs::send_what_is_due(context).await.unwrap();
    for recording in context.store().every_recording().unwrap() {
        if matches!(recording.stage, Stage::Importing(_)) {
            let ready = Observation::VideoPlayable(Percent::clamped(100.0));
            context.store().observe(recording.id, ready, context.now(), "Seen.", |_| {}).unwrap();
            jobs::send_what_is_due(context).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that the other test starts and kills"]
async fn the_desk_that_is_killed() {
    let (Some(folder), Ok(secret)) = (std::env::var_os(FOLDER), std::env::var(SECRET)) else { return };
    work(&context(folder.as_ref(), secrets_with(&secret))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_of_a_desk_that_is_killed_arrives_with_one_id() {
    let kills = std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok()).unwrap_or(USUAL_KILLS);
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(MemorySecrets::default()));
    let desk = context(folder.path(), secrets);
    let receiver = Receiver::start().await;
    let secret = channels::set_webhook(&desk, &receiver.hook()).await.unwrap().unwrap();
    let mut expected = BTreeSet::new();
    for number in 0..kills * RECORDINGS_PER_KILL {
        let input = input_at(&format!("Class {number}"), desk.now());
        let session = hajime_core::actions::schedule::sessions::schedule(&desk, &input).unwrap();
        expected.insert(add_importing(&desk, &session).to_string());
    }

    let mut chance = StdRng::seed_from_u64(13);
    let mut killed = 0;
    while killed < kills {
        receiver.think((0..20).map(|_| chance.random_range(0..8)));
        let before = receiver.count();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["deliveries::kills::the_desk_that_is_killed", "--exact", "--ignored"])
            .env(FOLDER, folder.path())
            .env(SECRET, secret.expose_secret())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // Some processes are killed before they send anything, the others a moment after the receiver got something.
        let wanted = before + chance.random_range(0..=2);
        while receiver.count() < wanted && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..12_000))).await;
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().await.ok();
    }
    work(&desk).await;

    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for event in receiver.events() {
        assert!(event.is_signed_with(secret.expose_secret()));
        let recording = event.json()["data"]["recordingId"].as_str().unwrap().to_owned();
        ids.entry(recording).or_default().insert(event.id().to_owned());
    }
    let told: BTreeSet<String> = ids.keys().cloned().collect();
    assert_eq!(told, expected, "every event arrives");
    assert!(ids.values().all(|ids| ids.len() == 1), "an event has one id: {ids:?}");
    let log = receiver.log();
    assert_eq!(log.len(), expected.len(), "an idempotent receiver counts each event once");
    let repeated: usize = log.values().map(|times| times - 1).sum();
    println!("{killed} kills, {} events, {repeated} of them repeated with their id, none missing", log.len());
}
