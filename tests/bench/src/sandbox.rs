//! The sandbox with 10,000 meetings and 10,000 videos, kept in a file as the window keeps it.
//!
//! Beside every reply the same bytes are read from a server that does nothing but send them: the ratio is what the
//! sandbox costs, whatever the machine.

use std::time::{Duration, Instant};

use axum::{Router, body::Bytes, routing::get};
use cloudflare_sandbox::{Info, Options, Sandbox};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::table::{Row, Table, Times, millis};

const OBJECTS: usize = 10_000;
const AT_ONCE: usize = 16;
const LIST_MARK: Duration = Duration::from_millis(30);
const GET_MARK: Duration = Duration::from_millis(3);

/// What ends a bench: a sentence for whoever runs it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        table.add(Row {
            what: format!("sandbox: {failure}"),
            figure: "none".into(),
            beside: String::new(),
            mark: String::new(),
            reached: false,
        });
    }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let state = Some(folder.path().join("cloudflare.db"));
    let sandbox = Sandbox::start(Options { port: 0, state, speed: 1.0 }).await?;
    let desk = Desk::new(&sandbox)?;
    let begun = Instant::now();
    let (meeting, video) = desk.fill(&sandbox).await?;
    println!("sandbox: {OBJECTS} meetings and {OBJECTS} videos made in {:.1} s", begun.elapsed().as_secs_f64());

    let (kit, stream) = (desk.kit(""), desk.stream(""));
    for (what, url, samples, mark) in [
        ("list of 1,000 meetings", format!("{kit}/meetings?per_page=1000"), 100, LIST_MARK),
        ("list of 1,000 videos", format!("{stream}?limit=1000"), 100, LIST_MARK),
        ("one meeting", format!("{kit}/meetings/{meeting}"), 1_000, GET_MARK),
        ("one video", format!("{stream}/{video}"), 1_000, GET_MARK),
    ] {
        table.add(desk.compare(what, &url, samples, mark).await?);
    }
    sandbox.stop().await;
    Ok(())
}

struct Desk {
    info: Info,
    http: Client,
}

impl Desk {
    fn new(sandbox: &Sandbox) -> Result<Self, Failure> {
        Ok(Self { info: sandbox.info().clone(), http: Client::builder().no_proxy().build()? })
    }

    fn kit(&self, path: &str) -> String {
        format!("{}/accounts/{}/realtime/kit/{}{path}", self.info.base_url, self.info.account_id, self.info.app_id)
    }

    fn stream(&self, path: &str) -> String {
        format!("{}/accounts/{}/stream{path}", self.info.base_url, self.info.account_id)
    }

    async fn call(&self, method: Method, url: String, body: Option<Value>) -> Result<Value, Failure> {
        let mut request = self.http.request(method, &url).bearer_auth(&self.info.api_token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = request.send().await?;
        let status = reply.status();
        let value: Value = reply.json().await?;
        if status.is_success() { Ok(value) } else { Err(format!("{url} answered {status}: {value}").into()) }
    }

    /// Puts everything in place; hands back the last meeting and the last video.
    async fn fill(&self, sandbox: &Sandbox) -> Result<(String, String), Failure> {
        let lots = 1_000_000_000_u64;
        let switches = json!({
            "kit_requests": lots, "v4_requests": lots, "concurrent_encodes": lots, "storage_limit_minutes": lots,
        });
        sandbox.control("POST", "switches", &switches).await?;
        let source = self.recorded(sandbox).await?;
        let meetings = self.many(|number| {
            self.call(Method::POST, self.kit("/meetings"), Some(json!({ "title": format!("Class {number}") })))
        });
        let meetings = meetings.await?;
        let videos = self.many(|number| {
            let body = json!({ "url": source, "meta": { "name": format!("Class {number}") } });
            self.call(Method::POST, self.stream("/copy"), Some(body))
        });
        let videos = videos.await?;
        sandbox.control("POST", "advance", &json!({ "seconds": 3_600 })).await?;
        let id = |value: Option<&Value>, member: &str| {
            let id = value.and_then(|value| value[member].as_str()).map(str::to_owned);
            id.ok_or_else(|| Failure::from("a reply without an id"))
        };
        let video = id(videos.last().map(|value| &value["result"]), "uid")?;
        let state = self.call(Method::GET, self.stream(&format!("/{video}")), None).await?;
        if state["result"]["readyToStream"] != true {
            return Err(format!("the last video is not ready: {state}").into());
        }
        Ok((id(meetings.last().map(|value| &value["data"]), "id")?, video))
    }

    async fn many<F, W>(&self, make: F) -> Result<Vec<Value>, Failure>
    where
        F: Fn(usize) -> W,
        W: Future<Output = Result<Value, Failure>>,
    {
        stream::iter(0..OBJECTS).map(make).buffered(AT_ONCE).try_collect().await
    }

    /// The address of a recording's file.
    async fn recorded(&self, sandbox: &Sandbox) -> Result<String, Failure> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let made = self.call(Method::POST, self.kit("/meetings"), Some(json!({ "title": "Source" }))).await?;
        let meeting = text(&made["data"]["id"]);
        sandbox.control("POST", "join", &json!({ "meeting_id": meeting, "name": "Ada" })).await?;
        let started = json!({ "meeting_id": meeting });
        let started = self.call(Method::POST, self.kit("/recordings"), Some(started)).await?;
        let recording = self.kit(&format!("/recordings/{}", text(&started["data"]["id"])));
        sandbox.control("POST", "advance", &json!({ "seconds": 60 })).await?;
        self.call(Method::PUT, recording.clone(), Some(json!({ "action": "stop" }))).await?;
        sandbox.control("POST", "advance", &json!({ "seconds": 120 })).await?;
        let done = self.call(Method::GET, recording, None).await?;
        Ok(text(&done["data"]["download_url"]))
    }

    async fn bytes(&self, url: &str) -> Result<Bytes, Failure> {
        let request = self.http.get(url).bearer_auth(&self.info.api_token);
        Ok(request.send().await?.error_for_status()?.bytes().await?)
    }

    async fn compare(&self, what: &str, url: &str, samples: usize, mark: Duration) -> Result<Row, Failure> {
        let same = bare_server(self.bytes(url).await?).await?;
        let (mut ours, mut bare) = (Times::default(), Times::default());
        for _ in 0..samples {
            for (times, url) in [(&mut ours, url), (&mut bare, same.as_str())] {
                let begun = Instant::now();
                self.bytes(url).await?;
                times.since(begun);
            }
        }
        let p95 = ours.percentile(95);
        let ratio = ours.percentile(50).as_secs_f64() / bare.percentile(50).as_secs_f64();
        Ok(Row {
            what: format!("sandbox: {what}"),
            figure: format!("p50 {}, p95 {}", millis(ours.percentile(50)), millis(p95)),
            beside: format!("{ratio:.1} × sending the same bytes"),
            mark: format!("p95 ≤ {} ms", mark.as_millis()),
            reached: p95 <= mark,
        })
    }
}

/// A server that sends these bytes to whoever asks, and its address.
async fn bare_server(bytes: Bytes) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let router = Router::new().route("/", get(move || std::future::ready(bytes.clone())));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
