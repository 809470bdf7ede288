//! Pages, paths, methods, guesses; and a door that lost what it stands on.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Door, With, refusal, secret_of};

pub async fn run(door: &Door) {
    pages_and_files_are_served(door).await;
    paths_and_methods_that_are_none_are_refused(door).await;
    guesses_are_slowed_down(door).await;
}

pub async fn run_broken(door: &Door) {
    a_token_that_was_deleted_lets_nobody_in(door).await;
    without_its_database_the_door_asks_for_patience(door).await;
}

async fn pages_and_files_are_served(door: &Door) {
    for (path, content) in [
        ("/j/code", "<h1>join"),
        ("/j/code/", "<h1>join"),
        ("/w/code", "<h1>watch"),
        ("/j/assets/join.js", "join()"),
        ("/w/assets/join.js", "join()"),
        ("/assets/join.js", "join()"),
        ("/", "<h1>join"),
    ] {
        let reply = door.get(path).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, content), "{path}");
    }
    let page = door.get("/w/code").await;
    for (name, value) in [
        ("content-security-policy", "frame-ancestors 'none'"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex"),
    ] {
        assert_eq!(page.header(name), value, "{name}");
    }
    let head = door.ask(Method::HEAD, "/j/code", None, With::default()).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(door.get("/j/assets/other.js").await.status, 404);
    let script = door.get("/j/assets/join.js").await;
    let known = [("if-none-match", script.header("etag"))];
    let again = door.ask(Method::GET, "/j/assets/join.js", None, With { headers: &known, ..With::default() }).await;
    assert_eq!(again.status, 304, "a file that the browser has is not sent again");
}

async fn paths_and_methods_that_are_none_are_refused(door: &Door) {
    door.add_class("paths", json!({})).await;
    let code = secret_of("paths");
    door.add_join_link(&code, json!({ "class": "paths" })).await;
    for path in ["class/more", "other", "video", "class/"] {
        let reply = door.get(&format!("/j/{code}/{path}")).await;
        assert_eq!(refusal(&reply), (404, "unknown"), "{path}");
    }
    for (method, path) in [
        (Method::GET, format!("/j/{code}/seat")),
        (Method::POST, format!("/j/{code}/class")),
        (Method::DELETE, format!("/j/{code}")),
        (Method::POST, format!("/w/{code}")),
        (Method::GET, format!("/w/{code}/play")),
        (Method::PUT, format!("/w/{code}/renew")),
    ] {
        assert_eq!(refusal(&door.ask(method, &path, None, With::default()).await), (405, "method"), "{path}");
    }
    let reply = door.get(&format!("/j/{code}/class/more")).await;
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
}

async fn guesses_are_slowed_down(door: &Door) {
    door.add_class("guessed", json!({})).await;
    let right = secret_of("guessed");
    door.add_join_link(&right, json!({ "class": "guessed" })).await;
    let ask = async |code: &str, address: &str| {
        let with = With { address: Some(address), ..With::default() };
        door.ask_quietly(Method::GET, &format!("/j/{code}/class"), None, with).await
    };
    let mut slowed = 0;
    for number in 0..60 {
        let code = if number % 3 == 0 { "short".into() } else { secret_of(&format!("guess {number}")) };
        // Two addresses of one network.
        let address = if number % 2 == 0 { "2001:db8::1" } else { "2001:db8:0:0:9::2" };
        match refusal(&ask(&code, address).await) {
            (404, "unknown") => {}
            (429, "slow") => slowed += 1,
            other => panic!("{other:?}"),
        }
    }
    // A minute may end meanwhile.
    assert!((20..=40).contains(&slowed), "{slowed}");
    let reply = ask(&secret_of("guess more"), "2001:db8::1").await;
    if reply.status == 429 {
        assert_eq!(reply.header("retry-after"), "60");
    }
    assert_eq!(ask(&right, "2001:db8::1").await.status, 200, "a right code works meanwhile");
    assert_eq!(ask(&secret_of("guess"), "2001:db8:0:1::1").await.status, 404, "another network");
}

async fn a_token_that_was_deleted_lets_nobody_in(door: &Door) {
    let code = secret_of("token");
    door.add_class("token", json!({})).await;
    door.add_join_link(&code, json!({ "class": "token" })).await;
    assert_eq!(door.sit(&code, "Ada", json!({})).await.status, 200);
    assert_eq!(door.rows("SELECT * FROM troubles").await, Vec::<Value>::new());
    door.delete_token().await;
    for browser in ["Ada", "Bo"] {
        let reply = door.sit(&code, browser, json!({})).await;
        assert_eq!(refusal(&reply), (502, "realtimekit"));
        assert_eq!(reply.header("retry-after"), "5");
    }
    let troubles = door.rows("SELECT reason, times FROM troubles").await;
    assert_eq!(troubles, [json!({ "reason": "realtimekit", "times": 1 })]);
    let seats = door.rows("SELECT state FROM seats WHERE class = 'token'").await;
    assert_eq!(seats.len(), 2, "both keep their seats for the next try");
}

async fn without_its_database_the_door_asks_for_patience(door: &Door) {
    let code = secret_of("token");
    door.delete_database().await;
    for reply in [
        door.get(&format!("/j/{code}/class")).await,
        door.sit(&code, "Ada", json!({})).await,
        door.get(&format!("/w/{code}/video")).await,
    ] {
        assert_eq!(refusal(&reply), (503, "later"));
        assert_eq!(reply.header("retry-after"), "5");
    }
    assert_eq!(door.get(&format!("/j/{code}")).await.status, 200, "the page is there and says so");
}
