//! Signing keys: which one signs, what deleting one ends, and what happens when Cloudflare or the keyring does not do what
//! was asked.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use hajime_core::actions::sharing::keys::{self, ReplacedKey};
use hajime_core::actions::sharing::links::{self, MadeLink};
use hajime_core::actions::sharing::{ledger, revoke};
use hajime_core::context::Context;
use hajime_core::domain::ids::{KeyGroupId, KeyId};
use hajime_core::domain::recorder::recording::Recording;
use hajime_core::domain::sharing::key::{KeySettings, KeyState, Purpose};
use hajime_core::domain::sharing::ledger::row::Filter;
use hajime_core::domain::sharing::link::{LinkOptions, Validity};
use hajime_core::domain::sharing::rights::Rights;
use hajime_core::jobs::{self, Group, Jobs};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::command_line::{printed, refused, run};
use crate::ledger::Keyring;
use crate::links::ready_recording;
use crate::support::{Cloud, TestDesk, eventually};

/// How many links to other recordings must work on when one recording's links are revoked.
const OTHER_LINKS: usize = 500;

fn of_group(group: KeyGroupId) -> LinkOptions {
    LinkOptions { group: Some(group), ..LinkOptions::plain(Validity::DAY, Rights::to_watch(false)) }
}

async fn day_link(context: &Context, recording: &Recording) -> MadeLink {
    links::make(context, recording.id, Validity::DAY, false).await.unwrap()
}

async fn status(cloud: &Cloud, link: &MadeLink) -> u16 {
    cloud.status_of(link.hls_url.expose()).await
}

fn per_recording(context: &Context, pool: u32) {
    keys::set_settings(context, &KeySettings { per_recording: true, pool, ..KeySettings::default() }).unwrap();
}

/// Runs the job for keys, and waits until the condition holds.
async fn look_after_keys(desk: &TestDesk, what: &str, condition: impl AsyncFn() -> bool) {
    let mut upkeep = Jobs::of(&[Group::Account]);
    jobs::tick(&desk.context, &mut upkeep).await.unwrap();
    eventually(what, condition).await;
}

fn acts(context: &Context) -> Vec<String> {
    let page = ledger::page(context, &Filter::default(), None, 500).unwrap();
    page.rows.into_iter().rev().map(|row| row.act).collect()
}

async fn keys_at_cloudflare(cloud: &Cloud) -> Vec<String> {
    let listed = cloud.api(Method::GET, "/stream/keys").await;
    listed["result"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn revoking_a_recordings_links_ends_exactly_those() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let one = ready_recording(&cloud, &mut desk).await;
    let other = ready_recording(&cloud, &mut desk).await;
    per_recording(&desk.context, 0);
    let mut stopped = Vec::new();
    for _ in 0..3 {
        stopped.push(day_link(&desk.context, &one).await);
    }
    let mut others = Vec::new();
    for _ in 0..OTHER_LINKS {
        others.push(day_link(&desk.context, &other).await);
    }
    let preview = revoke::preview(&desk.context, one.id).unwrap();
    assert_eq!((preview.links.len(), preview.others.len(), preview.beyond.len()), (3, 0, 0));
    let done = revoke::revoke(&desk.context, one.id, false).await.unwrap();
    assert_eq!((done.revocation.links.len(), done.confirmed), (3, Some(true)));
    for link in &stopped {
        assert_eq!(status(&cloud, link).await, 401);
    }
    for link in &others {
        assert_eq!(status(&cloud, link).await, 200);
    }
    let again = revoke::revoke(&desk.context, one.id, false).await.unwrap_err();
    assert_eq!(again.message(), "No link to “Karate” works.");
    // The next link has a new key, and works.
    let next = day_link(&desk.context, &one).await;
    assert!(next.verified() && next.link.kid != stopped[0].link.kid);
    let told = acts(&desk.context);
    assert_eq!(told.iter().filter(|act| *act == "link_revoked").count(), 1);
    assert_eq!(told.iter().filter(|act| *act == "key_revoked").count(), 1);
}

#[tokio::test]
async fn revoking_links_that_share_a_key_says_first_which_others_stop() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let one = ready_recording(&cloud, &mut desk).await;
    let other = ready_recording(&cloud, &mut desk).await;
    let (first, second) = (day_link(&desk.context, &one).await, day_link(&desk.context, &other).await);
    let refusal = revoke::revoke(&desk.context, one.id, false).await.unwrap_err();
    assert_eq!(refusal.code(), "not_confirmed", "{refusal}");
    assert!(refusal.message().ends_with("would stop 1 link that works."), "{}", refusal.message());
    assert_eq!((status(&cloud, &first).await, status(&cloud, &second).await), (200, 200));
    let done = revoke::revoke(&desk.context, one.id, true).await.unwrap();
    assert_eq!(done.revocation.others.len(), 1);
    assert_eq!((status(&cloud, &first).await, status(&cloud, &second).await), (401, 401));
    assert_eq!(acts(&desk.context).iter().filter(|act| *act == "link_revoked").count(), 2, "one for each recording");
}

#[tokio::test]
async fn our_links_walk_through_what_stream_accepts_and_refuses() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let make = async |rights: Rights| {
        links::make_with(&desk.context, recording.id, &LinkOptions::plain(Validity::hours(2).unwrap(), rights))
            .await
            .unwrap()
    };
    let plain = make(Rights::to_watch(false)).await;
    let file = make(Rights::to_watch(true)).await;
    let begins = desk.context.now() + TimeDelta::minutes(30);
    let early = make(Rights { not_before: Some(begins), ..Rights::to_watch(false) }).await;
    let abroad = make(Rights::to_watch(false).only_from(&["jp".into()], &[]).unwrap()).await;
    let at_home = make(Rights::to_watch(false).only_from(&["us".into()], &["203.0.113.0/24".into()]).unwrap()).await;
    for (link, expected) in [(&plain, 200), (&file, 200), (&early, 401), (&abroad, 401), (&at_home, 200)] {
        assert!(link.verified(), "{:?}", link.doubt);
        assert_eq!((status(&cloud, link).await, link.refused_here), (expected, expected == 401));
    }
    let without_token = plain
        .hls_url
        .expose()
        .split('/')
        .map(|part| if part.starts_with("eyJ") { plain.link.video.as_str() } else { part });
    assert_eq!(cloud.status_of(&without_token.collect::<Vec<_>>().join("/")).await, 401);

    desk.pass_without_tick(&cloud, 60).await;
    let mp4 = |link: &MadeLink| link.hls_url.expose().replace("manifest/video.m3u8", "downloads/default.mp4");
    assert_eq!(cloud.status_of(&mp4(&file)).await, 200);
    assert!([401, 403].contains(&cloud.status_of(&mp4(&plain)).await));

    desk.pass_without_tick(&cloud, 40 * 60).await;
    assert_eq!(status(&cloud, &early).await, 200, "it has begun");
    desk.pass_without_tick(&cloud, 2 * 3_600).await;
    for link in [&plain, &early, &at_home] {
        assert_eq!(status(&cloud, link).await, 401, "it has ended");
    }
    let last = day_link(&desk.context, &recording).await;
    assert_eq!(status(&cloud, &last).await, 200);
    keys::revoke(&desk.context, last.link.kid.as_ref().unwrap(), true).await.unwrap();
    assert_eq!(status(&cloud, &last).await, 401, "its key is deleted");
}

#[tokio::test]
async fn the_recordings_key_goes_before_the_groups_and_that_before_the_desks() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let context = &desk.context;
    let purpose = |link: &MadeLink| keys::get(context, link.link.kid.as_ref().unwrap()).unwrap().purpose;
    keys::create(context, Some("Exam board")).await.unwrap();
    let group = keys::group(context, "exam BOARD").unwrap().id;
    let link = async || links::make_with(context, recording.id, &of_group(group)).await.unwrap();
    assert_eq!(purpose(&day_link(context, &recording).await), Purpose::Desk);
    assert_eq!(purpose(&link().await), Purpose::Group(group));
    per_recording(context, 0);
    assert_eq!(purpose(&link().await), Purpose::Recording(recording.id));
    // A recording keeps its key when the setting is off again.
    keys::set_settings(context, &KeySettings::default()).unwrap();
    assert_eq!(purpose(&link().await), Purpose::Recording(recording.id));
    assert!(keys::create(context, Some("Exam board")).await.is_err(), "it has a key");
}

#[tokio::test]
async fn keys_are_made_ahead_but_never_more_than_900_of_the_account() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let (one, other) = (ready_recording(&cloud, &mut desk).await, ready_recording(&cloud, &mut desk).await);
    per_recording(&desk.context, 3);
    look_after_keys(&desk, "three keys are made ahead", async || pool(&desk.context) == 3).await;
    let made = keys_at_cloudflare(&cloud).await.len();
    let link = day_link(&desk.context, &one).await;
    assert_eq!(keys_at_cloudflare(&cloud).await.len(), made, "the key was made ahead");
    assert_eq!(keys::get(&desk.context, link.link.kid.as_ref().unwrap()).unwrap().purpose, Purpose::Recording(one.id));
    look_after_keys(&desk, "the pool is full again", async || pool(&desk.context) == 3).await;

    let account = cloud.connection().account;
    cloud.control("keys", json!({ "account_id": account.as_str(), "count": 900 })).await;
    per_recording(&desk.context, 9);
    let full = keys::create(&desk.context, Some("Members")).await.unwrap_err();
    assert_eq!(full.message(), "The account has 900 signing keys. Hajime makes no more than 900.");
    look_after_keys(&desk, "the job has seen the list", async || keys_at_cloudflare(&cloud).await.len() == 900).await;
    assert_eq!((pool(&desk.context), keys_at_cloudflare(&cloud).await.len()), (3, 900));
    // The pool still serves, and then the links share the desk's key. They are made in any case.
    for _ in 0..3 {
        desk.context.store().take_pool_key(hajime_core::domain::ids::RecordingId::new(), desk.context.now()).unwrap();
    }
    assert!(day_link(&desk.context, &one).await.verified());
    // Those keys have no links, so after an hour they serve another recording.
    desk.pass_without_tick(&cloud, 2 * 3_600).await;
    let rested = day_link(&desk.context, &other).await;
    let key = keys::get(&desk.context, rested.link.kid.as_ref().unwrap()).unwrap();
    assert_eq!(key.purpose, Purpose::Recording(other.id));
    assert_eq!(keys_at_cloudflare(&cloud).await.len(), 900);
}

fn pool(context: &Context) -> usize {
    let all = context.store().keys().unwrap();
    all.iter().filter(|key| key.purpose == Purpose::Pool && key.state == KeyState::InUse).count()
}

#[tokio::test]
async fn a_key_whose_reply_was_lost_is_kept_as_unclaimed_and_another_one_signs() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    cloud.fault("POST", "*/stream/keys", 1, json!({ "kind": "drop_reply" })).await;
    assert!(day_link(&desk.context, &recording).await.verified());
    let all = keys::list(&desk.context).await.unwrap().keys;
    let lost = all.iter().find(|view| view.key.purpose == Purpose::Unclaimed).expect("the lost key is known");
    assert_eq!((all.len(), keys_at_cloudflare(&cloud).await.len()), (2, 2));
    keys::revoke(&desk.context, &lost.key.id, false).await.unwrap();
    assert_eq!(keys_at_cloudflare(&cloud).await.len(), 1);
    assert!(desk.context.store().key_intents().unwrap().is_empty());
}

#[tokio::test]
async fn a_key_that_the_keyring_does_not_keep_does_not_stay_at_cloudflare() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(Keyring::default());
    let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(keyring.clone()));
    let recording = ready_recording(&cloud, &mut desk).await;
    keyring.locked.store(true, Ordering::SeqCst);
    assert!(day_link(&desk.context, &recording).await.verified(), "Cloudflare signs");
    assert_eq!(keys_at_cloudflare(&cloud).await.len(), 0);
    let refusal = keys::create(&desk.context, Some("Members")).await.unwrap_err();
    assert_eq!(refusal.code(), "keyring", "{refusal}");
}

#[tokio::test]
async fn a_key_deleted_elsewhere_is_noticed_and_the_next_link_works() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let first = day_link(&desk.context, &recording).await.link.kid.unwrap();
    cloud.api(Method::DELETE, &format!("/stream/keys/{first}")).await;
    let (_, gone) = keys::sync(&desk.context).await.unwrap();
    assert_eq!(gone, std::slice::from_ref(&first));
    assert_eq!(keys::get(&desk.context, &first).unwrap().state, KeyState::Missing);
    assert!(acts(&desk.context).contains(&"key_missing".to_owned()));
    // A list that Cloudflare cuts short shows nothing.
    let second = day_link(&desk.context, &recording).await.link.kid.unwrap();
    cloud.fault("GET", "*/stream/keys", 9, json!({ "kind": "truncated" })).await;
    assert!(keys::sync(&desk.context).await.is_err());
    assert_eq!(keys::get(&desk.context, &second).unwrap().state, KeyState::InUse);
}

#[tokio::test]
async fn a_replaced_key_is_deleted_a_day_after_its_last_link_and_breaks_none() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let old = day_link(&desk.context, &recording).await;
    let old_id = old.link.kid.clone().unwrap();
    let consequence = keys::consequence(&desk.context, &old_id).unwrap();
    assert_eq!((consequence.links.len(), consequence.others), (1, 0));
    let refusal = keys::rotate(&desk.context, &old_id, ReplacedKey::Now, false).await.unwrap_err();
    assert_eq!(refusal.code(), "not_confirmed");
    let new = keys::rotate(&desk.context, &old_id, ReplacedKey::AfterItsLinks, false).await.unwrap();
    assert_eq!(day_link(&desk.context, &recording).await.link.kid, Some(new.id.clone()));
    assert_eq!(keys::get(&desk.context, &old_id).unwrap().state, KeyState::Replaced);
    desk.pass_without_tick(&cloud, 23 * 3_600).await;
    look_after_keys(&desk, "the job has run", async || status(&cloud, &old).await == 200).await;
    desk.pass_without_tick(&cloud, 24 * 3_600).await;
    look_after_keys(&desk, "the job has run", async || keys_at_cloudflare(&cloud).await.len() == 2).await;
    desk.pass_without_tick(&cloud, 2 * 3_600).await;
    look_after_keys(&desk, "the old key is deleted", async || keys_at_cloudflare(&cloud).await == [new.id.to_string()])
        .await;
    eventually("the deletion is noted", async || keys::get(&desk.context, &old_id).unwrap().state == KeyState::Revoked)
        .await;
    let told = acts(&desk.context);
    assert_eq!(told, ["key_made", "link_made", "key_made", "key_rotated", "link_made", "key_revoked"]);
}

#[tokio::test]
async fn a_deletion_whose_reply_was_lost_is_looked_up_and_one_that_failed_is_tried_again() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let kid = day_link(&desk.context, &recording).await.link.kid.unwrap();
    cloud.fault("DELETE", "*/stream/keys/*", 1, json!({ "kind": "drop_reply" })).await;
    assert_eq!(keys::revoke(&desk.context, &kid, true).await.unwrap().state, KeyState::Revoked);

    let kid = day_link(&desk.context, &recording).await.link.kid.unwrap();
    cloud.fault("DELETE", "*/stream/keys/*", 20, json!({ "kind": "status", "status": 403 })).await;
    keys::revoke(&desk.context, &kid, true).await.unwrap_err();
    assert_ne!(day_link(&desk.context, &recording).await.link.kid.as_ref(), Some(&kid), "it signs no more");
    cloud.clear_faults().await;
    let is_revoked = async || keys::get(&desk.context, &kid).unwrap().state == KeyState::Revoked;
    // A key is deleted when it is due by both clocks, and Cloudflare’s is known to the second.
    desk.pass_without_tick(&cloud, 5).await;
    look_after_keys(&desk, "the job deletes it", is_revoked).await;
}

#[tokio::test]
async fn a_key_that_stream_made_is_imported_and_anything_else_is_refused() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let made = async || cloud.send(Method::POST, "/stream/keys", json!({})).await["result"].clone();
    let text = |value: &Value| SecretString::from(value.as_str().unwrap().to_owned());
    let (first, second) = (made().await, made().await);
    let id = |key: &Value| key["id"].as_str().unwrap().parse::<KeyId>().unwrap();
    let import = async |text: SecretString, id: Option<KeyId>| {
        keys::import_key(&desk.context, &text, id, Some("Partner dojo")).await
    };

    let unnamed = import(text(&first["pem"]), None).await.unwrap_err();
    assert!(unnamed.message().contains("does not say its id"), "{}", unnamed.message());
    let foreign =
        import(text(&first["pem"]), Some("0d5a1be9724c4f7b8a60d3e1c2f5a980".parse().unwrap())).await.unwrap_err();
    assert!(foreign.message().starts_with("Stream has no key 0d5a"), "{}", foreign.message());
    let mixed = import(text(&first["pem"]), Some(id(&second))).await.unwrap_err();
    assert!(mixed.message().contains("do not belong together"), "{}", mixed.message());
    let public = SecretString::from("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".to_owned());
    assert!(import(public, Some(id(&first))).await.unwrap_err().message().starts_with("This is the public half."));

    let imported = import(text(&first["jwk"]), None).await.unwrap();
    assert_eq!((imported.form, imported.bits, imported.tested), ("JWK", 2_048, true));
    let group = keys::group(&desk.context, "Partner dojo").unwrap();
    let link = links::make_with(&desk.context, recording.id, &of_group(group.id)).await.unwrap();
    assert_eq!(link.link.kid, Some(id(&first)));
    let pem = String::from_utf8(STANDARD.decode(second["pem"].as_str().unwrap()).unwrap()).unwrap();
    let next = import(SecretString::from(pem), Some(id(&second))).await.unwrap();
    assert_eq!(next.form, "PKCS#1");
    assert_eq!(keys::get(&desk.context, &id(&first)).unwrap().state, KeyState::Replaced);
    assert_eq!(status(&cloud, &link).await, 200);
}

#[tokio::test]
async fn a_recording_whose_key_the_keyring_lost_gets_another_key() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(Arc::new(Keyring::default())));
    let recording = ready_recording(&cloud, &mut desk).await;
    per_recording(&desk.context, 1);
    let old = day_link(&desk.context, &recording).await;
    look_after_keys(&desk, "a key is made ahead", async || pool(&desk.context) == 1).await;
    let was_ahead = desk.context.store().keys().unwrap().into_iter().find(|key| key.purpose == Purpose::Pool).unwrap();
    drop(desk);
    // Another keyring: only the key that was made ahead is in it.
    let keyring = Arc::new(Keyring::default());
    let desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(keyring));
    let next = day_link(&desk.context, &recording).await;
    assert!(next.verified() && next.link.kid != old.link.kid, "{:?}", next.link);
    let state = |id: &KeyId| keys::get(&desk.context, id).unwrap();
    let lost = state(old.link.kid.as_ref().unwrap());
    assert_eq!(lost.state, KeyState::Replaced);
    assert!(lost.delete_after.is_some_and(|at| at > old.link.expires_at), "{lost:?}");
    assert_eq!(state(&was_ahead.id).state, KeyState::Replaced, "its private half is gone too");
}

#[tokio::test]
async fn a_lost_reply_stops_the_making_of_keys_ahead() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    ready_recording(&cloud, &mut desk).await;
    cloud.fault("POST", "*/stream/keys", 1, json!({ "kind": "drop_reply" })).await;
    per_recording(&desk.context, 3);
    look_after_keys(&desk, "one key is lost", async || keys_at_cloudflare(&cloud).await.len() == 1).await;
    for _ in 0..3 {
        desk.pass(&cloud, 600).await;
    }
    assert_eq!(keys_at_cloudflare(&cloud).await.len(), 1);
    let known = || desk.context.store().keys().unwrap();
    look_after_keys(&desk, "the lost key is found", async || !known().is_empty()).await;
    keys::revoke(&desk.context, &known()[0].id, false).await.unwrap();
    look_after_keys(&desk, "keys are made again", async || pool(&desk.context) == 3).await;
}

#[tokio::test]
async fn links_that_a_restored_backup_does_not_know_are_revoked() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    per_recording(&desk.context, 0);
    let copy = hajime_core::actions::profile::backups::make(folder.path(), desk.context.now()).unwrap().path;
    let link = day_link(&desk.context, &recording).await;
    hajime_core::actions::profile::backups::restore_desk(&desk.context, &copy).unwrap();
    let preview = revoke::preview(&desk.context, recording.id).unwrap();
    assert_eq!(preview.links.iter().map(|found| found.id).collect::<Vec<_>>(), [link.link.id]);
    revoke::revoke(&desk.context, recording.id, false).await.unwrap();
    assert_eq!(status(&cloud, &link).await, 401);
}

#[tokio::test]
async fn a_key_that_another_desk_made_later_is_not_taken_for_a_lost_one() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    ready_recording(&cloud, &mut desk).await;
    desk.context.store().begin_key(&[], desk.context.cloudflare_now()).unwrap();
    desk.pass_without_tick(&cloud, 3_600).await;
    cloud.send(Method::POST, "/stream/keys", json!({})).await;
    keys::sync(&desk.context).await.unwrap();
    assert!(desk.context.store().key_intents().unwrap().is_empty());
    assert!(desk.context.store().keys().unwrap().is_empty(), "the other desk's key is none of ours");
}

#[tokio::test]
async fn disconnected_keys_are_deleted_when_their_links_have_ended() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let link = day_link(&desk.context, &recording).await.link;
    desk.context.store().forget_signing_keys(desk.context.now()).unwrap();
    let key = keys::get(&desk.context, link.kid.as_ref().unwrap()).unwrap();
    assert_eq!((key.state, key.delete_after), (KeyState::Replaced, Some(link.expires_at + TimeDelta::hours(24))));
}

#[tokio::test]
async fn a_full_account_lets_cloudflare_sign() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let account = cloud.connection().account;
    cloud.control("keys", json!({ "account_id": account.as_str(), "count": 900 })).await;
    assert!(day_link(&desk.context, &recording).await.verified());
}

#[tokio::test]
async fn a_restored_backup_keeps_the_keys_of_this_computer() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(Keyring::default());
    let mut desk = TestDesk::with(&cloud, folder.path(), Arc::default(), Some(keyring.clone()));
    let recording = ready_recording(&cloud, &mut desk).await;
    let old = day_link(&desk.context, &recording).await.link.kid.unwrap();
    let copy = hajime_core::actions::profile::backups::make(folder.path(), desk.context.now()).unwrap().path;
    let new = keys::rotate(&desk.context, &old, ReplacedKey::AfterItsLinks, false).await.unwrap().id;
    keys::create(&desk.context, Some("Members")).await.unwrap();
    hajime_core::actions::profile::backups::restore_desk(&desk.context, &copy).unwrap();
    let state = |id: &KeyId| keys::get(&desk.context, id).unwrap().state;
    assert_eq!((state(&old), state(&new)), (KeyState::Replaced, KeyState::InUse));
    assert_eq!(keys::group(&desk.context, "Members").unwrap().name, "Members");
    assert_eq!(day_link(&desk.context, &recording).await.link.kid, Some(new));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_keys_and_says_what_it_needs() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = TestDesk::open(&cloud, folder.path());
    let recording = ready_recording(&cloud, &mut desk).await;
    let kid = day_link(&desk.context, &recording).await.link.kid.unwrap();
    drop(desk);
    let listed = printed(&run(&cloud, folder.path(), &["key", "list"]));
    assert_eq!((listed["keys"][0]["id"].as_str(), &listed["keys"][0]["links"]), (Some(kid.as_str()), &json!(1)));
    let settings = ["key", "settings", "--per-recording", "on", "--pool", "20", "--remind-months", "0"];
    let set = printed(&run(&cloud, folder.path(), &settings));
    assert_eq!(set, json!({ "per_recording": true, "pool": 20, "remind_months": null }));
    assert_eq!(printed(&run(&cloud, folder.path(), &["key", "settings"])), set);
    assert_eq!(refused(&run(&cloud, folder.path(), &["key", "settings", "--pool", "201"]))["code"], "invalid_input");
    assert_eq!(refused(&run(&cloud, folder.path(), &["key", "create", "--group", "Members"]))["code"], "keyring");
    let would_stop = printed(&run(&cloud, folder.path(), &["key", "revoke", kid.as_str(), "--dry-run"]));
    assert_eq!((would_stop["links"].as_array().unwrap().len(), &would_stop["others"]), (1, &json!(0)));
    assert_eq!(refused(&run(&cloud, folder.path(), &["key", "revoke", kid.as_str()]))["code"], "not_confirmed");
    let id = recording.id.to_string();
    let preview = printed(&run(&cloud, folder.path(), &["link", "revoke", &id, "--dry-run"]));
    assert_eq!(preview["links"].as_array().unwrap().len(), 1);
    let done = printed(&run(&cloud, folder.path(), &["link", "revoke", &id]));
    assert_eq!(done["keys"], json!([kid.as_str()]));
    let refusal = refused(&run(&cloud, folder.path(), &["link", "make", &id, "--address", "203.0.113.0/24"]));
    assert!(refusal["message"].as_str().unwrap().contains("one kind alone"), "{refusal}");
}
