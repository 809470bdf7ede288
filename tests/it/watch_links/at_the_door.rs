//! What watch links do at the door: they play for as long as they say, and end one by one.

use hajime_core::domain::sharing::watch_link::Play;
use hajime_core::jobs::{self, Jobs};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::*;

/// The status of the manifest by the token that the door gave.
async fn watched(cloud: &Cloud, reply: &Value) -> u16 {
    let [player, token] = ["player", "token"].map(|field| reply[field].as_str().unwrap());
    cloud.status_of(&format!("{player}/{token}/manifest/video.m3u8")).await
}

fn error(reply: &Value) -> &str {
    reply["error"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_link_plays_after_three_days_and_ends_alone_when_it_is_revoked() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (mut desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let one = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap();
    let two = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap();
    desk.pass(&cloud, 3 * 24 * 3_600).await;
    let (status, reply) = ask(Method::POST, one.url.expose(), "/play", Some(json!({})), Some("DE")).await;
    assert_eq!((status, watched(&cloud, &reply).await), (200, 200), "{reply}");
    assert_eq!(reply["title"], recording.title.as_str());
    assert_eq!(play(one.url.expose()).await.0, 200);
    desk.pass_without_tick(&cloud, 120).await;
    jobs::tick(&desk.context, &mut Jobs::only("door").unwrap()).await.unwrap();

    let view = watch_links::list(&desk.context, recording.id).unwrap().pop().unwrap();
    assert_eq!((view.link.id, view.state, view.link.plays), (one.view.link.id, WatchState::Works, 2));
    assert!(view.watched.as_ref().unwrap().starts_with("watched twice, last "), "{:?}", view.watched);
    let plays = watch_links::plays(&desk.context, one.view.link.id).unwrap();
    let countries: Vec<_> = plays.iter().map(|Play { country, .. }| country.as_deref()).collect();
    assert_eq!(countries, [None, Some("DE")]);
    let again = watch_links::address(&desk.context, one.view.link.id).await.unwrap();
    assert_eq!(again.expose(), one.url.expose(), "the address stays the same");

    let revoked = watch_links::revoke(&desk.context, one.view.link.id).await.unwrap();
    assert!(revoked.sentence.contains("within the hour"), "{}", revoked.sentence);
    let renewal = json!({ "play": reply["play"] });
    for (what, body) in [("/play", json!({})), ("/renew", renewal)] {
        let (status, reply) = ask(Method::POST, one.url.expose(), what, Some(body), None).await;
        assert_eq!((status, error(&reply)), (410, "revoked"), "{what}");
    }
    assert_eq!(play(two.url.expose()).await.0, 200);
    let once_more = watch_links::revoke(&desk.context, one.view.link.id).await.unwrap();
    assert_eq!(once_more.link.revoked_at, revoked.link.revoked_at);
    let acts = acts(&desk.context);
    assert_eq!(acts, ["link_made", "link_made", "link_played", "link_played", "link_revoked"]);
    // The token of whoever watches ends within the hour.
    desk.pass_without_tick(&cloud, 3_700).await;
    assert_eq!(watched(&cloud, &reply).await, 401);
}

#[tokio::test]
async fn a_passphrase_lets_in_whoever_knows_it_and_slows_down_guesses() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let options = WatchOptions { passphrase: Some("correct horse".into()), ..WatchOptions::default() };
    let made = watch_links::make(&desk.context, recording.id, &options).await.unwrap();
    let url = made.url.expose();
    let (_, shown) = ask(Method::GET, url, "/video", None, None).await;
    assert_eq!((&shown["locked"], &shown["title"]), (&json!(true), &Value::Null));
    let key = |passphrase: &str| {
        let (salt, rounds) = (shown["salt"].as_str().unwrap(), shown["rounds"].as_u64().unwrap());
        json!({ "key": derived(passphrase, salt, rounds) })
    };
    let (status, reply) = ask(Method::POST, url, "/play", Some(key("correct horse")), None).await;
    assert_eq!((status, watched(&cloud, &reply).await), (200, 200), "{reply}");
    let mut replies = Vec::new();
    let wrong = key("wrong horse");
    for _ in 0..6 {
        let (_, reply) = ask(Method::POST, url, "/play", Some(wrong.clone()), None).await;
        replies.push(error(&reply).to_owned());
    }
    assert_eq!(replies.first().map(String::as_str), Some("passphrase"));
    assert_eq!(replies.last().map(String::as_str), Some("slow"));
}

/// PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2) for a key of one block, in base64url.
fn derived(passphrase: &str, salt: &str, rounds: u64) -> String {
    use base64::Engine as _;
    let code = Hmac::<Sha256>::new_from_slice(passphrase.as_bytes()).unwrap();
    let mut block = code.clone().chain_update(salt).chain_update(1_u32.to_be_bytes()).finalize().into_bytes();
    let mut key = block;
    for _ in 1..rounds {
        block = code.clone().chain_update(block).finalize().into_bytes();
        key.iter_mut().zip(block).for_each(|(byte, other)| *byte ^= other);
    }
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key)
}

#[tokio::test]
async fn countries_a_beginning_and_a_start_hold_at_the_door() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let countries = ["DE".to_owned(), "AT".to_owned()];
    let only = Rights::to_watch(false).only_from(&countries, &[]).unwrap();
    let not = Rights::to_watch(false).not_from(&countries).unwrap();
    let later = Rights { not_before: Some(desk.context.now() + TimeDelta::days(2)), ..Rights::default() };
    let mut urls = Vec::new();
    for rights in [only, not, later] {
        let options = WatchOptions { rights, start_at: Some(5), ..WatchOptions::default() };
        urls.push(watch_links::make(&desk.context, recording.id, &options).await.unwrap().url);
    }
    for (country, only, not) in [("DE", 200, 403), ("FR", 403, 200)] {
        for (url, expected) in urls.iter().zip([only, not]) {
            let (status, reply) = ask(Method::POST, url.expose(), "/play", Some(json!({})), Some(country)).await;
            assert_eq!(status, expected, "{country}: {reply}");
            assert!(expected != 200 || reply["start"] == 5, "{reply}");
        }
    }
    let (status, reply) = play(urls[2].expose()).await;
    assert_eq!((status, error(&reply)), (425, "early"));
    let early = watch_links::list(&desk.context, recording.id).unwrap().remove(0);
    assert_eq!(early.state, WatchState::Early);
    desk.pass_without_tick(&cloud, 2 * 24 * 3_600 + 60).await;
    assert_eq!(play(urls[2].expose()).await.0, 200);
}

#[tokio::test]
async fn a_link_that_allows_downloading_gives_the_file() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let options = WatchOptions { rights: Rights::to_watch(true), ..WatchOptions::default() };
    let made = watch_links::make(&desk.context, recording.id, &options).await.unwrap();
    assert!(made.sentence.contains("as soon as Stream has made the file"), "{}", made.sentence);
    let plain = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap();
    desk.pass_without_tick(&cloud, 60).await;
    for (url, expected) in [(&made.url, 200), (&plain.url, 401)] {
        let (_, reply) = play(url.expose()).await;
        assert_eq!(reply["download"], expected == 200);
        let [player, token] = ["player", "token"].map(|field| reply[field].as_str().unwrap());
        assert_eq!(cloud.status_of(&format!("{player}/{token}/downloads/default.mp4")).await, expected);
    }
}

#[tokio::test]
async fn a_link_ends_with_its_video() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (mut desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let until = Some(in_days(&desk, 90));
    let options = WatchOptions { until, ..WatchOptions::default() };
    let made = watch_links::make(&desk.context, recording.id, &options).await.unwrap();
    put_in_bin(&desk, recording.id).await;
    desk.until_idle(&cloud).await;
    let binned = watch_links::list(&desk.context, recording.id).unwrap().remove(0);
    assert!(binned.ends_at < made.view.ends_at, "it ends when the bin is emptied");
    let (_, shown) = ask(Method::GET, made.url.expose(), "/video", None, None).await;
    assert_eq!(shown["until"], binned.ends_at.timestamp_millis());

    let video = recording.facts.video.as_ref().unwrap();
    cloud.api(Method::DELETE, &format!("/stream/{video}")).await;
    sync::sync(&desk.context).await.unwrap();
    desk.until_idle(&cloud).await;
    let ended = watch_links::list(&desk.context, recording.id).unwrap().remove(0);
    assert_eq!((ended.state, ended.sentence.as_str()), (WatchState::Ended, "Ended: the video was deleted."));
    assert_eq!(play(made.url.expose()).await.0, 410);
}

#[tokio::test]
async fn a_revocation_wins_although_the_door_was_out_of_reach_for_a_week() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (mut desk, recording) = desk_with_door(&cloud, folder.path()).await;
    let made = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap();
    cloud.fault("*", "*/d1/database*", 1_000_000, json!({ "kind": "reset" })).await;
    let revoked = watch_links::revoke(&desk.context, made.view.link.id).await.unwrap();
    assert!(revoked.sentence.contains("plays until the door was told"), "{}", revoked.sentence);
    let waiting = watch_links::make(&desk.context, recording.id, &WatchOptions::default()).await.unwrap();
    assert!(waiting.waits.is_some() && waiting.sentence.contains("does not know it yet"), "{}", waiting.sentence);
    assert_eq!(waiting.view.state, WatchState::Waits);
    for _ in 0..7 {
        desk.pass(&cloud, 24 * 3_600).await;
    }
    assert_eq!(play(made.url.expose()).await.0, 200, "the door was not told");
    let told = |desk: &TestDesk| watch_links::list(&desk.context, recording.id).unwrap();
    assert!(told(&desk)[1].sentence.contains("plays until the door was told"), "{}", told(&desk)[1].sentence);

    cloud.clear_faults().await;
    desk.pass_until(&cloud, 60, |desk| told(desk)[0].state == WatchState::Works).await;
    let (status, reply) = play(made.url.expose()).await;
    assert_eq!((status, error(&reply)), (410, "revoked"));
    assert_eq!(play(waiting.url.expose()).await.0, 200);
    assert!(told(&desk)[1].sentence.starts_with("Revoked on "), "{}", told(&desk)[1].sentence);
}
