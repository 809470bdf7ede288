//! Measures the first sync of an account of 10,000 videos. The same pages are read by curl and by Cloudflare's Python
//! SDK for comparison.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::recorder::sync;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::{Api, Failure};
use crate::desk;
use crate::table::{Row, Table};

const VIDEOS: usize = 10_000;

/// Python script that lists the account's videos page by page with the SDK.
const SDK_SCRIPT: &str = "
import os, time, cloudflare
client = cloudflare.Cloudflare(api_token=os.environ['TOKEN'], base_url=os.environ['BASE'])
account, before, seen = os.environ['ACCOUNT'], None, 0
begun = time.perf_counter()
while True:
    more = {} if before is None else {'before': before}
    page = list(client.stream.list(account_id=account, limit=1000, **more))
    seen += len(page)
    if len(page) < 1000:
        break
    before = min(video.created for video in page)
print(time.perf_counter() - begun, seen)
";

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        table.add(row(&failure.to_string(), "none".into(), String::new(), "", false));
    }
}

fn row(what: &str, figure: String, beside: String, mark: &str, reached: bool) -> Row {
    Row { what: format!("sync: {what}"), figure, beside, mark: mark.into(), reached }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
    let api = Api::new(&sandbox)?;
    api.without_limits(&sandbox).await?;
    fill(&api, &sandbox).await?;

    let folder = tempfile::tempdir()?;
    let context = desk::open(&sandbox, folder.path())?;
    let begun = Instant::now();
    let first = sync::sync(&context).await?;
    let ours = begun.elapsed();
    if first.found != VIDEOS {
        return Err(format!("{} of {VIDEOS} were found", first.found).into());
    }
    let urls = pages(&api).await?;
    let kept_open = raw(&api, &urls).await?;
    let bytes = curl(&api, &urls)?.unwrap_or(kept_open);
    let ratio = ours.as_secs_f64() / bytes.as_secs_f64();
    let (curled, kept_open) = (bytes.as_secs_f64(), kept_open.as_secs_f64());
    table.add(row(
        "first, 10,000 videos",
        format!("{:.2} s", ours.as_secs_f64()),
        format!("{ratio:.1} × curl reading the same pages ({curled:.2} s; {kept_open:.2} s on one connection)"),
        "≤ 2 ×",
        ratio <= 2.0,
    ));
    match python(&api)? {
        Some(python) => {
            let times = python.as_secs_f64() / ours.as_secs_f64();
            table.add(row(
                "the same",
                format!("{:.2} s", ours.as_secs_f64()),
                format!("the Python SDK lists them in {:.2} s, {times:.1} ×", python.as_secs_f64()),
                "≥ 10 ×",
                times >= 10.0,
            ));
        }
        None => println!("sync: no Python SDK here (cargo xtask conformance installs it); not compared with it"),
    }
    let before = context.cloudflare().sent();
    let begun = Instant::now();
    let again = sync::sync(&context).await?;
    let (took, requests) = (begun.elapsed(), context.cloudflare().sent() - before);
    table.add(row(
        "again, nothing changed",
        format!("{requests} requests"),
        format!("{:.2} s", took.as_secs_f64()),
        "≤ 30 requests",
        requests <= 30 && again.updated + again.missing + again.found == 0,
    ));
    sandbox.stop().await;
    Ok(())
}

async fn fill(api: &Api, sandbox: &Sandbox) -> Result<(), Failure> {
    let source = api.recorded(sandbox).await?;
    let videos = api.many(VIDEOS, |number| {
        let (recording, session) = (Uuid::now_v7(), Uuid::now_v7());
        let meta = json!({
            "name": format!("Session {number}"), "instructor": "R. Alves", "recording_id": recording, "session_id": session,
        });
        let body = json!({ "url": source, "creator": format!("hajime-{recording}"), "meta": meta });
        api.call(Method::POST, api.stream("/copy"), Some(body))
    });
    videos.await?;
    sandbox.control("POST", "advance", &json!({ "seconds": 7_200 })).await?;
    Ok(())
}

/// Returns the addresses of all pages of videos. Each page tells where the next page begins.
async fn pages(api: &Api) -> Result<Vec<String>, Failure> {
    let mut urls = vec![api.stream("?limit=1000")];
    loop {
        let page: Value = serde_json::from_slice(&api.bytes(urls.last().ok_or("no page")?).await?)?;
        let videos = page["result"].as_array().cloned().unwrap_or_default();
        let oldest = videos.iter().filter_map(|video| video["created"].as_str()).min();
        let Some(oldest) = oldest.filter(|_| videos.len() >= 1_000) else { return Ok(urls) };
        urls.push(api.stream(&format!("?limit=1000&before={oldest}")));
    }
}

/// Measures the time to read all pages on one connection.
async fn raw(api: &Api, urls: &[String]) -> Result<Duration, Failure> {
    let begun = Instant::now();
    for url in urls {
        api.bytes(url).await?;
    }
    Ok(begun.elapsed())
}

/// Measures the time in which curl reads all pages, one after the other; `None` when curl is not installed.
fn curl(api: &Api, urls: &[String]) -> Result<Option<Duration>, Failure> {
    let begun = Instant::now();
    for url in urls {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--fail",
            "--config",
            "-",
            "--output",
            if cfg!(windows) { "NUL" } else { "/dev/null" },
            url,
        ]);
        let Ok(mut child) = curl.stdin(Stdio::piped()).spawn() else { return Ok(None) };
        let header = format!("header = \"Authorization: Bearer {}\"\n", api.info.api_token);
        child.stdin.take().ok_or("curl takes no input")?.write_all(header.as_bytes())?;
        if !child.wait()?.success() {
            return Err(format!("curl could not read {url}").into());
        }
    }
    Ok(Some(begun.elapsed()))
}

/// Measures the time in which the Python SDK lists all videos; `None` when the SDK is not installed.
fn python(api: &Api) -> Result<Option<Duration>, Failure> {
    let target = std::env::current_exe()?.ancestors().nth(2).map(PathBuf::from).unwrap_or_default();
    let interpreter = target.join("venv").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !interpreter.is_file() {
        return Ok(None);
    }
    let output = Command::new(interpreter)
        .args(["-c", SDK_SCRIPT])
        .env("TOKEN", &api.info.api_token)
        .env("BASE", &api.info.base_url)
        .env("ACCOUNT", &api.info.account_id)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let seconds: Option<f64> = words.next().and_then(|word| word.parse().ok());
    match (seconds, words.next()) {
        (Some(seconds), Some(seen)) if seen == VIDEOS.to_string() => Ok(Some(Duration::from_secs_f64(seconds))),
        _ => Err(format!("the Python SDK listed {text:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
