//! Coming into a class.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{DAY, Door, MINUTE, With, published::kept, refusal, seat, secret_of};

pub async fn run(door: &Door) {
    a_person_comes_in_and_a_reload_keeps_the_seat(door).await;
    a_personal_link_is_one_seat_and_has_its_own_name(door).await;
    the_cap_holds(door).await;
    the_cap_holds_in_a_storm(door).await;
    times_and_states_close_a_class(door).await;
    whoever_was_removed_stays_out(door).await;
    a_locked_class_asks_the_host(door).await;
    a_recorded_class_needs_an_answer(door).await;
    names_are_text_and_bodies_are_small(door).await;
    a_link_that_was_revoked_lets_nobody_in(door).await;
    the_link_of_a_series_follows_its_classes(door).await;
    the_database_has_no_secret(door).await;
}

/// A class with a link for everybody.
async fn class(door: &Door, name: &str, change: Value) -> String {
    let code = secret_of(name);
    door.add_class(name, change).await;
    door.add_join_link(&code, json!({ "class": name })).await;
    code
}

async fn participants(door: &Door) -> Vec<Value> {
    let path = format!("/meetings/{}/participants?per_page=100", door.room);
    door.sandbox.kit(Method::GET, &path, None).await.data().as_array().cloned().unwrap_or_default()
}

async fn a_person_comes_in_and_a_reload_keeps_the_seat(door: &Door) {
    let code = class(door, "reload", json!({})).await;
    let shown = door.get(&format!("/j/{code}/class")).await;
    let told = ["title", "state", "name", "host", "opens"].map(|name| shown.body[name].clone());
    let opens = door.now - 10 * MINUTE;
    assert_eq!(told, [json!("Karate fundamentals"), json!("open"), Value::Null, json!(false), json!(opens)]);
    assert!((shown.body["now"].as_i64().unwrap() - door.now).abs() < 60 * MINUTE);
    let first = door.sit(&code, "Bo", json!({})).await;
    assert_eq!((first.status, &first.body["state"]), (200, &json!("in")));
    let again = door.sit(&code, "Bo", json!({})).await;
    assert_ne!(first.body["token"], again.body["token"]);
    let [token, fresh] = [&first, &again].map(|reply| reply.body["token"].as_str().unwrap().split('.').count());
    assert_eq!([token, fresh], [3, 3]);
    let seats = door.rows("SELECT id, name, state, participant FROM seats WHERE class = 'reload'").await;
    assert_eq!(seats.len(), 1);
    assert_eq!([&seats[0]["name"], &seats[0]["state"]], [&json!("Bo"), &json!("in")]);
    let people = participants(door).await;
    let person = people.iter().find(|person| person["id"] == seats[0]["participant"]).unwrap();
    let mark = format!("door-{}", seats[0]["id"].as_str().unwrap());
    assert_eq!([&person["name"], &person["custom_participant_id"]], [&json!("Bo"), &json!(mark)]);
    let events = door.rows("SELECT kind, code FROM events WHERE class = 'reload'").await;
    assert_eq!(events, [json!({ "kind": "joined", "code": kept(&code) })]);
}

async fn a_personal_link_is_one_seat_and_has_its_own_name(door: &Door) {
    class(door, "personal", json!({})).await;
    let ada = secret_of("personal ada");
    door.add_join_link(&ada, json!({ "class": "personal", "person": "p-ada", "name": "Ada" })).await;
    assert_eq!(door.get(&format!("/j/{ada}/class")).await.body["name"], "Ada");
    for browser in ["phone", "laptop"] {
        assert_eq!(door.sit(&ada, browser, json!({ "name": "somebody else" })).await.status, 200);
    }
    let seats = door.rows("SELECT name, person, participant FROM seats WHERE class = 'personal'").await;
    assert_eq!(seats.len(), 1);
    let people = participants(door).await;
    let person = people.iter().find(|person| person["id"] == seats[0]["participant"]).unwrap();
    assert_eq!([&person["name"], &person["custom_participant_id"]], [&json!("Ada"), &json!("p-ada")]);
}

async fn the_cap_holds(door: &Door) {
    let code = class(door, "cap", json!({ "cap": 2 })).await;
    let host = secret_of("cap host");
    let preset =
        json!({ "class": "cap", "person": "p-host", "name": "M. Ito", "preset": "group_call_host", "counts": 0 });
    door.add_join_link(&host, preset).await;
    for browser in ["one", "two"] {
        assert_eq!(door.sit(&code, browser, json!({})).await.status, 200);
    }
    assert_eq!(refusal(&door.sit(&code, "three", json!({})).await), (409, "full"));
    assert_eq!(door.sit(&host, "host", json!({})).await.status, 200);
    assert_eq!(door.get(&format!("/j/{host}/class")).await.body["host"], true);
    assert_eq!(door.sit(&code, "two", json!({})).await.status, 200, "a reload is no new seat");
    door.rows("UPDATE seats SET state = 'left', participant = NULL WHERE class = 'cap' AND name = 'one'").await;
    assert_eq!(door.sit(&code, "three", json!({})).await.status, 200, "a free place is taken again");
    assert_eq!(refusal(&door.sit(&code, "one", json!({})).await), (409, "full"));
    door.rows("UPDATE seats SET state = 'left', participant = NULL WHERE class = 'cap' AND name = 'two'").await;
    assert_eq!(door.sit(&code, "one", json!({})).await.status, 200, "whoever left comes back");
}

/// Of 120 who come at once fifty are let in, and whoever asks twice at once has one seat.
async fn the_cap_holds_in_a_storm(door: &Door) {
    let code = class(door, "storm", json!({ "cap": 50 })).await;
    let path = format!("/j/{code}/seat");
    let until_told = async |browser: String| {
        loop {
            let body = seat(&browser, json!({})).to_string();
            let reply = door.ask_quietly(Method::POST, &path, Some(body), With::default()).await;
            // Those who come at once for one seat may be asked to come again.
            if !matches!(refusal(&reply), (502 | 503, _)) {
                return reply;
            }
        }
    };
    let all = join_all((0..120).map(|number| until_told(format!("student {number}")))).await;
    let mut counts = BTreeMap::new();
    for reply in &all {
        *counts.entry(reply.status).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([(200, 50), (409, 70)]));
    let seats = door.rows("SELECT DISTINCT participant FROM seats WHERE class = 'storm' AND state = 'in'").await;
    assert_eq!(seats.len(), 50);
    let code = class(door, "twice", json!({})).await;
    let path = format!("/j/{code}/seat");
    let body = seat("Bo", json!({})).to_string();
    let twice = (0..8).map(|_| door.ask_quietly(Method::POST, &path, Some(body.clone()), With::default()));
    assert!(join_all(twice).await.iter().all(|reply| reply.status == 200));
    let seats = door.rows("SELECT id FROM seats WHERE class = 'twice'").await;
    let mark = json!(format!("door-{}", seats[0]["id"].as_str().unwrap()));
    let people = participants(door).await;
    let of_seat = people.iter().filter(|person| person["custom_participant_id"] == mark).count();
    assert_eq!((seats.len(), of_seat), (1, 1));
}

async fn times_and_states_close_a_class(door: &Door) {
    let opens = door.now + 60 * MINUTE;
    let early = class(door, "early", json!({ "opens": opens })).await;
    let reply = door.sit(&early, "Bo", json!({})).await;
    assert_eq!((refusal(&reply), reply.body["opens"].as_i64()), ((425, "early"), Some(opens)));
    assert!(reply.body["now"].is_i64());
    let roomless = class(door, "roomless", json!({ "room": null })).await;
    assert_eq!(refusal(&door.sit(&roomless, "Bo", json!({})).await), (425, "early"));
    for (name, change, reason) in [
        ("cancelled", json!({ "state": "cancelled" }), "cancelled"),
        ("over", json!({ "state": "over" }), "over"),
        ("closed", json!({ "closes": door.now - 1 }), "over"),
    ] {
        let code = class(door, name, change).await;
        assert_eq!(refusal(&door.sit(&code, "Bo", json!({})).await), (410, reason));
        assert_eq!(door.get(&format!("/j/{code}/class")).await.body["state"], reason);
    }
    // The class is moved, and then cancelled, while people wait.
    class(door, "early", json!({ "opens": opens + DAY })).await;
    assert_eq!(door.sit(&early, "Bo", json!({})).await.body["opens"], opens + DAY);
    class(door, "early", json!({ "opens": opens + DAY, "state": "cancelled" })).await;
    assert_eq!(refusal(&door.sit(&early, "Bo", json!({})).await), (410, "cancelled"));
}

async fn whoever_was_removed_stays_out(door: &Door) {
    let code = class(door, "removed", json!({})).await;
    for browser in ["Bo", "Cy"] {
        assert_eq!(door.sit(&code, browser, json!({})).await.status, 200);
    }
    let seats = door.rows("SELECT participant FROM seats WHERE class = 'removed' AND name = 'Bo'").await;
    let path = format!("/meetings/{}/participants/{}", door.room, seats[0]["participant"].as_str().unwrap());
    door.sandbox.kit(Method::DELETE, &path, None).await.data();
    assert_eq!(refusal(&door.sit(&code, "Bo", json!({})).await), (403, "removed"), "before the desk has said so");
    door.rows("UPDATE seats SET state = 'removed' WHERE class = 'removed' AND name = 'Bo'").await;
    assert_eq!(refusal(&door.sit(&code, "Bo", json!({})).await), (403, "removed"));
    assert_eq!(door.sit(&code, "Cy", json!({})).await.status, 200);
}

async fn a_locked_class_asks_the_host(door: &Door) {
    let code = class(door, "locked", json!({})).await;
    assert_eq!(door.sit(&code, "Bo", json!({})).await.status, 200);
    class(door, "locked", json!({ "state": "locked" })).await;
    assert_eq!(door.get(&format!("/j/{code}/class")).await.body["state"], "locked");
    for _ in 0..2 {
        let waits = door.sit(&code, "Cy", json!({})).await;
        assert_eq!((waits.status, &waits.body), (202, &json!({ "state": "waiting" })));
    }
    let events = door.rows("SELECT kind FROM events WHERE class = 'locked' AND kind = 'waiting'").await;
    assert_eq!(events.len(), 1);
    assert_eq!(door.sit(&code, "Bo", json!({})).await.status, 200, "who was in before does not wait");
    for (state, expected) in [("refused", (403, "refused")), ("admitted", (200, ""))] {
        door.rows(&format!("UPDATE seats SET state = '{state}' WHERE class = 'locked' AND name = 'Cy'")).await;
        assert_eq!(refusal(&door.sit(&code, "Cy", json!({})).await), expected);
    }
    assert_eq!(door.sit(&code, "Di", json!({})).await.status, 202);
    class(door, "locked", json!({})).await;
    assert_eq!(door.sit(&code, "Di", json!({})).await.status, 200, "the class is unlocked");
}

async fn a_recorded_class_needs_an_answer(door: &Door) {
    let code = class(door, "recorded", json!({ "recorded": 1, "consent": "We film the floor." })).await;
    let shown = door.get(&format!("/j/{code}/class")).await.body;
    assert_eq!([&shown["recorded"], &shown["consent"]], [&json!(true), &json!("We film the floor.")]);
    for answer in [Value::Null, json!("yes")] {
        assert_eq!(refusal(&door.sit(&code, "Bo", json!({ "agreed": answer })).await), (422, "consent"));
    }
    assert_eq!(door.sit(&code, "Bo", json!({})).await.status, 200);
    assert_eq!(door.sit(&code, "Bo", json!({ "agreed": false })).await.status, 200);
    assert_eq!(door.rows("SELECT agreed FROM seats WHERE class = 'recorded'").await, [json!({ "agreed": 0 })]);
    assert_eq!(door.rows("SELECT seq FROM events WHERE class = 'recorded'").await.len(), 2, "the desk hears of it");
}

async fn names_are_text_and_bodies_are_small(door: &Door) {
    let code = class(door, "names", json!({})).await;
    for name in [json!(""), json!("\u{200b}\u{202e}\u{7}"), json!("x".repeat(51)), json!(7), Value::Null] {
        assert_eq!(refusal(&door.sit(&code, "Bo", json!({ "name": name })).await), (422, "name"), "{name}");
    }
    let long = json!({ "name": "x".repeat(10_000) });
    assert_eq!(refusal(&door.sit(&code, "Bo", long).await), (413, "too_large"));
    for body in ["{", "[]", "null", "", r#"{"seat":"abc","name":"Bo"}"#] {
        let asked = door.ask(Method::POST, &format!("/j/{code}/seat"), Some(body.into()), With::default()).await;
        assert_eq!(refusal(&asked), (400, "bad_request"), "{body}");
    }
    let odd = "  <b>Zoë\u{202e}\n \"O’Hara\"</b> 太郎 ";
    assert_eq!(door.sit(&code, "Bo", json!({ "name": odd })).await.status, 200);
    let seats = door.rows("SELECT name FROM seats WHERE class = 'names'").await;
    assert_eq!(seats, [json!({ "name": "<b>Zoë \"O’Hara\"</b> 太郎" })]);
}

async fn a_link_that_was_revoked_lets_nobody_in(door: &Door) {
    let code = class(door, "revoked", json!({})).await;
    door.add_join_link(&code, json!({ "class": "revoked", "revoked": door.now })).await;
    assert_eq!(refusal(&door.sit(&code, "Bo", json!({})).await), (410, "revoked"));
    assert_eq!(refusal(&door.get(&format!("/j/{code}/class")).await), (410, "revoked"));
}

async fn the_link_of_a_series_follows_its_classes(door: &Door) {
    let code = secret_of("series");
    door.add_join_link(&code, json!({ "series": "weekly" })).await;
    let title = async || door.get(&format!("/j/{code}/class")).await.body["title"].clone();
    assert_eq!(refusal(&door.get(&format!("/j/{code}/class")).await), (404, "unknown"), "a series without classes");
    let at = |days: i64, title: &str| {
        let opens = door.now + days * DAY;
        let (ends, closes) = (opens + 60 * MINUTE, opens + 90 * MINUTE);
        json!({ "series": "weekly", "title": title, "opens": opens, "ends": ends, "closes": closes })
    };
    for (id, days, title) in [("s1", -14, "before last"), ("s2", -7, "last")] {
        door.add_class(id, at(days, title)).await;
    }
    assert_eq!(title().await, "last");
    for (id, days, title) in [("s4", 14, "later"), ("s3", 7, "next")] {
        door.add_class(id, at(days, title)).await;
    }
    assert_eq!(title().await, "next");
    let now =
        |id: &str, change: Value| (id.to_owned(), super::merged(json!({ "series": "weekly", "title": id }), change));
    for (id, change) in [
        now("cancelled", json!({ "state": "cancelled" })),
        now("overruns", json!({ "ends": door.now - 1 })),
        now("on", json!({ "opens": door.now - 1 })),
    ] {
        door.add_class(&id, change).await;
        assert_eq!(title().await, id.as_str());
    }
}

async fn the_database_has_no_secret(door: &Door) {
    let mut text = String::new();
    for table in ["classes", "join_links", "seats", "events", "facts", "troubles"] {
        text += &json!(door.rows(&format!("SELECT * FROM {table}")).await).to_string();
    }
    assert!(text.contains(&kept(&secret_of("reload"))));
    for secret in [secret_of("reload"), secret_of("Bo"), secret_of("personal ada"), "192.0.2.1".into(), "eyJ".into()] {
        assert!(!text.contains(&secret), "{secret}");
    }
}
