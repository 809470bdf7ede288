//! The door over HTTP, as browsers ask it: one suite of cases that is run twice, against the sandbox's own door and against the real Worker
//! in Cloudflare's runtime, in front of the sandbox as Cloudflare. Then the replies of both are compared.
//!
//! The Worker's clock is the computer's, which nobody can move. What happens days later is asked of the sandbox's door only, in `later`.

mod joining;
mod later;
mod pages;
mod published;
mod runtime;
mod watching;

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::{Method, redirect::Policy};
use serde_json::{Value, json};

use self::runtime::Runtime;
use crate::sandbox::support::{Reply, TestSandbox, reply_to};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A published door with what the cases need beside it.
pub struct Door {
    sandbox: TestSandbox,
    /// The id of the D1 database.
    database: String,
    /// The id of the door's own token.
    token: String,
    /// The id of the door's signing key.
    key: String,
    /// A meeting of the app.
    room: String,
    /// The verification clock when the door was published, in milliseconds.
    now: i64,
    runtime: Option<Runtime>,
    /// What was asked and how it was answered, in shape.
    seen: Mutex<Vec<String>>,
}

/// What a case asks with.
#[derive(Clone, Copy, Default)]
struct With<'a> {
    address: Option<&'a str>,
    country: Option<&'a str>,
    headers: &'a [(&'a str, &'a str)],
}

impl Door {
    async fn ask(&self, method: Method, path: &str, body: Option<String>, with: With<'_>) -> Reply {
        let reply = self.ask_quietly(method.clone(), path, body, with).await;
        let named = ["cache-control", "content-security-policy", "content-type", "referrer-policy", "retry-after"];
        let more = ["x-content-type-options", "x-frame-options", "x-robots-tag"];
        let headers: BTreeMap<&str, String> = named
            .into_iter()
            .chain(more)
            .filter_map(|name| Some((name, reply.headers.get(name)?.to_str().ok()?.to_lowercase())))
            .collect();
        let line = format!("{method} {path}: {} {} {headers:?}", reply.status, shape(&reply.body));
        self.seen.lock().unwrap().push(line);
        reply
    }

    /// Asks what is not compared, because its answer depends on who is faster.
    async fn ask_quietly(&self, method: Method, path: &str, body: Option<String>, with: With<'_>) -> Reply {
        let address = self.sandbox.host();
        let port = address.rsplit_once(':').unwrap().1;
        let client = hajime_core::http_client::builder().redirect(Policy::none()).build().unwrap();
        let mut request = client.request(method, format!("{address}{path}"));
        request = request.header("host", format!("{}:{port}", published::HOST));
        request = request.header("cf-connecting-ip", with.address.unwrap_or("192.0.2.1"));
        request = request.header("cf-ipcountry", with.country.unwrap_or("DE"));
        for (name, value) in with.headers {
            request = request.header(*name, *value);
        }
        reply_to(request.body(body.unwrap_or_default())).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, None, With::default()).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, Some(body.to_string()), With::default()).await
    }

    /// Asks for a seat as one browser does.
    async fn sit(&self, code: &str, browser: &str, more: Value) -> Reply {
        self.post(&format!("/j/{code}/seat"), seat(browser, more)).await
    }

    async fn play(&self, code: &str, body: Value, country: &'static str) -> Reply {
        let with = With { country: Some(country), ..With::default() };
        self.ask(Method::POST, &format!("/w/{code}/play"), Some(body.to_string()), with).await
    }
}

/// What a browser says when it asks for a seat.
fn seat(browser: &str, more: Value) -> Value {
    merged(json!({ "seat": secret_of(browser), "name": browser, "agreed": true }), more)
}

fn merged(mut object: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut object, more) {
        members.extend(more);
    }
    object
}

/// A code, or a seat's secret, of the usual length.
fn secret_of(name: &str) -> String {
    let name: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("{name}{}", "0".repeat(32)).chars().take(43).collect()
}

/// The reason of a refusal, with its status.
fn refusal(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.body["error"].as_str().unwrap_or_default())
}

/// The shape of JSON: members and kinds, and what the pages read as it is.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut all: Vec<String> = members
                .iter()
                .map(|(name, value)| match name.as_str() {
                    "error" | "state" => format!("{name}={value}"),
                    _ => format!("{name}:{}", shape(value)),
                })
                .collect();
            all.sort();
            format!("{{{}}}", all.join(" "))
        }
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(value) => value.to_string(),
        other => other.to_string(),
    }
}

/// Runs every case that both doors must stand.
async fn every_case(door: &Door) {
    pages::run(door).await;
    joining::run(door).await;
    watching::run(door).await;
    // These break the door, so they are last.
    pages::run_broken(door).await;
}

#[tokio::test]
async fn the_sandbox_s_own_door_does_what_the_worker_does() {
    every_case(&Door::publish(published::PLACEHOLDER).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_worker_does_it_too_and_answers_alike() {
    let Some(module) = runtime::built_module() else { return };
    let own = Door::publish(&module).await;
    every_case(&own).await;
    let mut real = Door::publish(&module).await;
    real.run_the_worker().await;
    every_case(&real).await;
    let (own, real) = (own.seen.into_inner().unwrap(), real.seen.into_inner().unwrap());
    assert_eq!(own, real);
}
