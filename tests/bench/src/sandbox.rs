//! Measures reply times of the sandbox with 10,000 meetings and 10,000 videos, kept in a state file as the window keeps
//! it.
//!
//! For each reply, the bench also reads the same bytes from a server that only sends them. The ratio of both times is
//! the cost of the sandbox on any machine.

use std::time::{Duration, Instant};

use axum::{Router, body::Bytes, routing::get};
use cloudflare_sandbox::{Options, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::api::{Api, Failure};
use crate::table::{Row, Table, Times, millis};

const OBJECTS: usize = 10_000;
const LIST_TARGET: Duration = Duration::from_millis(30);
const GET_TARGET: Duration = Duration::from_millis(3);

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
    let context = Desk { api: Api::new(&sandbox)? };
    let begun = Instant::now();
    let (meeting, video) = context.fill(&sandbox).await?;
    println!("sandbox: {OBJECTS} meetings and {OBJECTS} videos made in {:.1} s", begun.elapsed().as_secs_f64());

    let (kit, stream) = (context.api.kit(""), context.api.stream(""));
    for (what, url, samples, mark) in [
        ("list of 1,000 meetings", format!("{kit}/meetings?per_page=1000"), 100, LIST_TARGET),
        ("list of 1,000 videos", format!("{stream}?limit=1000"), 100, LIST_TARGET),
        ("one meeting", format!("{kit}/meetings/{meeting}"), 1_000, GET_TARGET),
        ("one video", format!("{stream}/{video}"), 1_000, GET_TARGET),
    ] {
        table.add(context.compare(what, &url, samples, mark).await?);
    }
    sandbox.stop().await;
    Ok(())
}

struct Desk {
    api: Api,
}

impl Desk {
    /// Fills the account. Returns the ids of the last meeting and the last video.
    async fn fill(&self, sandbox: &Sandbox) -> Result<(String, String), Failure> {
        let api = &self.api;
        api.without_limits(sandbox).await?;
        let source = api.recorded(sandbox).await?;
        let meetings = api.many(OBJECTS, |number| {
            api.call(Method::POST, api.kit("/meetings"), Some(json!({ "title": format!("Session {number}") })))
        });
        let meetings = meetings.await?;
        let videos = api.many(OBJECTS, |number| {
            let body = json!({ "url": source, "meta": { "name": format!("Session {number}") } });
            api.call(Method::POST, api.stream("/copy"), Some(body))
        });
        let videos = videos.await?;
        sandbox.control("POST", "advance", &json!({ "seconds": 3_600 })).await?;
        let id = |value: Option<&Value>, member: &str| {
            let id = value.and_then(|value| value[member].as_str()).map(str::to_owned);
            id.ok_or_else(|| Failure::from("a reply without an id"))
        };
        let video = id(videos.last().map(|value| &value["result"]), "uid")?;
        let state = api.call(Method::GET, api.stream(&format!("/{video}")), None).await?;
        if state["result"]["readyToStream"] != true {
            return Err(format!("the last video is not ready: {state}").into());
        }
        Ok((id(meetings.last().map(|value| &value["data"]), "id")?, video))
    }

    async fn compare(&self, what: &str, url: &str, samples: usize, mark: Duration) -> Result<Row, Failure> {
        let same = bare_server(self.api.bytes(url).await?).await?;
        let (mut ours, mut bare) = (Times::default(), Times::default());
        for _ in 0..samples {
            for (times, url) in [(&mut ours, url), (&mut bare, same.as_str())] {
                let begun = Instant::now();
                self.api.bytes(url).await?;
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

/// Starts a server that answers every request with these bytes, and returns its address.
async fn bare_server(bytes: Bytes) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let router = Router::new().route("/", get(move || std::future::ready(bytes.clone())));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
