//! Watching recordings.

use reqwest::Method;
use serde_json::{Value, json};

use super::{DAY, Door, MINUTE, published::kept, refusal, secret_of};

const HOUR_SECONDS: i64 = 3_600;

pub async fn run(door: &Door) {
    a_link_plays_with_a_token_of_an_hour(door).await;
    a_player_goes_on_with_new_tokens(door).await;
    a_revoked_link_ends_and_another_lives(door).await;
    a_link_has_a_beginning_and_an_end(door).await;
    countries_hold_at_the_door_and_in_the_token(door).await;
    a_passphrase_hides_the_recording(door).await;
}

/// What a token says. That its signature is right is seen where it plays.
fn payload(reply: &super::Reply) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let token = reply.body["token"].as_str().unwrap_or_else(|| panic!("{reply:?}"));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn link(door: &Door, name: &str, change: Value) -> String {
    let code = secret_of(name);
    door.add_watch_link(&code, change).await;
    code
}

async fn a_link_plays_with_a_token_of_an_hour(door: &Door) {
    let video = door.sandbox.ready_video(json!({ "requireSignedURLs": true })).await;
    // The sandbox's clock went on meanwhile; the Worker's did not.
    let code = link(door, "watch", json!({ "video": video, "start": 12 })).await;
    let shown = door.get(&format!("/w/{code}/video")).await.body;
    let told = ["title", "seconds", "start", "locked", "download"].map(|name| shown[name].clone());
    assert_eq!(told, [json!("Kihon"), json!(3_600), json!(12), json!(false), json!(false)]);
    let reply = door.play(&code, json!({}), "DE").await;
    assert_eq!((reply.status, reply.body["player"].as_str()), (200, Some(door.sandbox.host().as_str())));
    let token = payload(&reply);
    let said = ["sub", "kid", "downloadable"].map(|name| token[name].clone());
    assert_eq!(said, [json!(video), json!(door.key), json!(false)]);
    let [now, expires] = ["now", "expires"].map(|name| reply.body[name].as_i64().unwrap());
    assert_eq!(token["exp"].as_i64().unwrap(), now / 1_000 + HOUR_SECONDS);
    assert_eq!(expires, token["exp"].as_i64().unwrap() * 1_000);
    assert!(token["nbf"].as_i64().unwrap() < now / 1_000 && token["accessRules"].is_null());
    let events = door.rows(&format!("SELECT kind, country, class FROM events WHERE code = '{}'", kept(&code))).await;
    assert_eq!(events, [json!({ "kind": "played", "country": "DE", "class": null })]);
    let manifest = format!("/{}/manifest/video.m3u8", reply.body["token"].as_str().unwrap());
    assert_eq!(door.sandbox.view(&manifest).await.status, 200, "the signature is right");
}

async fn a_player_goes_on_with_new_tokens(door: &Door) {
    let (code, other) = (link(door, "goes on", json!({})).await, link(door, "goes on too", json!({})).await);
    let play = door.play(&code, json!({}), "DE").await.body["play"].clone();
    let renewed = door.post(&format!("/w/{code}/renew"), json!({ "play": play })).await;
    assert_eq!((renewed.status, payload(&renewed)["kid"].as_str()), (200, Some(door.key.as_str())));
    assert_eq!(door.rows(&format!("SELECT seq FROM events WHERE code = '{}'", kept(&code))).await.len(), 1);
    let foreign = door.post(&format!("/w/{other}/renew"), json!({ "play": play })).await;
    assert_eq!(refusal(&foreign), (404, "unknown"), "a player of another link");
    assert_eq!(refusal(&door.post(&format!("/w/{code}/renew"), json!({ "play": "x" })).await), (400, "bad_request"));
}

async fn a_revoked_link_ends_and_another_lives(door: &Door) {
    let (code, other) = (link(door, "taken back", json!({})).await, link(door, "lives", json!({})).await);
    let play = door.play(&code, json!({}), "DE").await.body["play"].clone();
    link(door, "taken back", json!({ "revoked": door.now })).await;
    assert_eq!(refusal(&door.get(&format!("/w/{code}/video")).await), (410, "revoked"));
    assert_eq!(refusal(&door.play(&code, json!({}), "DE").await), (410, "revoked"));
    assert_eq!(refusal(&door.post(&format!("/w/{code}/renew"), json!({ "play": play })).await), (410, "revoked"));
    assert_eq!(door.play(&other, json!({}), "DE").await.status, 200);
}

async fn a_link_has_a_beginning_and_an_end(door: &Door) {
    let opens = door.now + DAY;
    let code = link(door, "begins", json!({ "not_before": opens })).await;
    let reply = door.play(&code, json!({}), "DE").await;
    assert_eq!((refusal(&reply), reply.body["opens"].as_i64()), ((425, "early"), Some(opens)));
    let until = door.now - MINUTE;
    let code = link(door, "ended", json!({ "until": until })).await;
    let reply = door.get(&format!("/w/{code}/video")).await;
    assert_eq!((refusal(&reply), reply.body["until"].as_i64()), ((410, "over"), Some(until)));
    let until = door.now + 30 * MINUTE;
    let code = link(door, "ends", json!({ "until": until })).await;
    let token = payload(&door.play(&code, json!({}), "DE").await);
    assert_eq!(token["exp"].as_i64().unwrap(), until / 1_000, "no token lives longer than its link");
}

async fn countries_hold_at_the_door_and_in_the_token(door: &Door) {
    let code = link(door, "countries", json!({ "countries": "[\"DE\",\"AT\"]" })).await;
    for other in ["FR", "T1"] {
        assert_eq!(refusal(&door.play(&code, json!({}), other).await), (403, "country"), "{other}");
    }
    let rules = json!([
        { "type": "ip.geoip.country", "country": ["DE", "AT"], "action": "allow" },
        { "type": "any", "action": "block" },
    ]);
    assert_eq!(payload(&door.play(&code, json!({}), "AT").await)["accessRules"], rules);
    let code = link(door, "other countries", json!({ "countries": "[\"FR\"]", "only": 0 })).await;
    assert_eq!(refusal(&door.play(&code, json!({}), "FR").await), (403, "country"));
    let rules = json!([{ "type": "ip.geoip.country", "country": ["FR"], "action": "block" }]);
    assert_eq!(payload(&door.play(&code, json!({}), "T1").await)["accessRules"], rules, "an unknown country");
}

async fn a_passphrase_hides_the_recording(door: &Door) {
    let key = secret_of("key");
    let rule = json!({ "passphrase": kept(&key), "salt": "c2FsdA", "rounds": 600_000, "download": 1 });
    let code = link(door, "passphrase", rule).await;
    let shown = door.get(&format!("/w/{code}/video")).await.body;
    assert_eq!([&shown["locked"], &shown["salt"], &shown["title"]], [&json!(true), &json!("c2FsdA"), &Value::Null]);
    assert_eq!(refusal(&door.play(&code, json!({ "key": secret_of("wrong") }), "DE").await), (401, "passphrase"));
    let right = door.play(&code, json!({ "key": key }), "DE").await;
    assert_eq!(payload(&right)["downloadable"], true);
    let mut slowed = 0;
    for _ in 0..20 {
        let body = json!({ "key": secret_of("guess") }).to_string();
        let reply =
            door.ask_quietly(Method::POST, &format!("/w/{code}/play"), Some(body), super::With::default()).await;
        slowed += u32::from(refusal(&reply) == (429, "slow"));
    }
    assert!(slowed >= 10, "{slowed}");
}
