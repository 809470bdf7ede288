//! Measures recordings in flight: requests of a tick, memory with a thousand of them, and round trips until a session
//! is recorded.

use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::schedule::sessions;
use hajime_core::context::Context;
use hajime_core::domain::schedule::session::SessionInput;
use hajime_core::jobs::{self, Jobs};
use reqwest::Method;
use serde_json::json;

use crate::api::{Api, Failure};
use crate::desk;
use crate::table::{Row, Table};

/// Memory in KiB by which the process with recordings in flight may exceed an idle process.
const MEMORY_TARGET_KIB: u64 = 40 * 1024;

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        table.add(Row {
            what: format!("pipeline: {failure}"),
            figure: "none".into(),
            beside: String::new(),
            mark: String::new(),
            reached: false,
        });
    }
}

fn row(what: &str, figure: String, beside: String, mark: &str, reached: bool) -> Row {
    Row { what: format!("pipeline: {what}"), figure, beside, mark: mark.into(), reached }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    trips(table).await?;
    let idle = { memory_of_the_cli(None).await? };
    let mut requests = Vec::new();
    for count in [1, 100, 1_000] {
        let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
        let api = Api::new(&sandbox)?;
        api.without_limits(&sandbox).await?;
        let folder = tempfile::tempdir()?;
        let context = desk::open(&sandbox, folder.path())?;
        desk::put_in_flight(&api, &sandbox, &context, count).await?;
        requests.push(requests_of_a_tick(&context).await?);
        drop(context);
        if count == 1_000 {
            let busy = memory_of_the_cli(Some((&sandbox, folder.path()))).await?;
            let (idle, busy) = (idle.unwrap_or_default(), busy.unwrap_or_default());
            let above = busy.saturating_sub(idle);
            table.add(row(
                "memory of the CLI with 1,000 in flight",
                format!("{:.1} MiB", as_mib(busy)),
                format!("{:.1} MiB above idle", as_mib(above)),
                "≤ 40 MiB above",
                busy > 0 && above <= MEMORY_TARGET_KIB,
            ));
        }
        sandbox.stop().await;
    }
    table.add(row(
        "requests of a look, with 1, 100 and 1,000 in flight",
        format!("{requests:?}"),
        String::new(),
        "≤ 2",
        requests.iter().all(|requests| (1..=2).contains(requests)),
    ));
    Ok(())
}

fn as_mib(kib: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let kib = kib as f64;
    kib / 1_024.0
}

/// Counts the requests of a tick when every recording is due and no recording has changed.
async fn requests_of_a_tick(context: &Context) -> Result<u64, Failure> {
    let mut jobs = Jobs::default();
    for _ in 0..3 {
        jobs.wake();
        context.store().make_due(context.now())?;
        jobs::tick(context, &mut jobs).await?;
    }
    jobs.wake();
    context.store().make_due(context.now())?;
    let before = context.cloudflare().sent();
    jobs::tick(context, &mut jobs).await?;
    Ok(context.cloudflare().sent() - before)
}

/// Measures the round trips from Start until RealtimeKit is asked to record, and from End until the recorder is
/// stopped.
async fn trips(table: &mut Table) -> Result<(), Failure> {
    let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
    let api = Api::new(&sandbox)?;
    let folder = tempfile::tempdir()?;
    let context = desk::open(&sandbox, folder.path())?;
    let mut jobs = Jobs::default();
    // The start of the first session also reads the presets, so the second session counts.
    let (mut enter, mut stopped) = (0, false);
    for _ in 0..2 {
        let session = sessions::schedule(&context, &input(context.now()))?;
        let before = context.cloudflare().sent();
        let started = start::start(&context, session.id).await?;
        enter = context.cloudflare().sent() - before;
        let room = started.session.state.room().ok_or("no room")?.id.to_string();
        sandbox.control("POST", "join", &json!({ "meeting_id": room, "name": "Ada" })).await?;
        sandbox.control("POST", "advance", &json!({ "seconds": 30 })).await?;
        jobs.wake();
        jobs::tick(&context, &mut jobs).await?;
        // Every call except the stop fails. When the recorder stops all the same, the stop was the first call.
        failing(&sandbox, &["GET", "POST", "PATCH"], "*/realtime/*").await?;
        end::end(&context, session.id).await?;
        let stage = context.store().recordings_of(session.id)?.first().map(|recording| recording.stage.name());
        stopped = stage == Some("uploading");
        sandbox.control("DELETE", "faults", &json!({})).await?;
        jobs::tick(&context, &mut jobs).await?;
    }
    // Every call except the creation of the room fails. When the participant is recorded all the same, that one call
    // was enough.
    failing(&sandbox, &["GET", "PUT", "PATCH"], "*/realtime/*").await?;
    failing(&sandbox, &["POST"], "*/participants").await?;
    failing(&sandbox, &["POST"], "*/recordings").await?;
    let session = sessions::schedule(&context, &input(context.now()))?;
    drop(start::start(&context, session.id).await);
    sandbox.control("DELETE", "faults", &json!({})).await?;
    let rooms = api.call(Method::GET, api.kit("/meetings?page_no=1&per_page=50&status=ACTIVE"), None).await?;
    let room = rooms["data"][0]["id"].as_str().ok_or("no room was made")?;
    sandbox.control("POST", "join", &json!({ "meeting_id": room, "name": "Ada" })).await?;
    let path = format!("/recordings?page_no=1&per_page=50&meeting_id={room}");
    let recorded = api.call(Method::GET, api.kit(&path), None).await?;
    let recorded = recorded["data"].as_array().is_some_and(|all| all.len() == 1);
    sandbox.stop().await;
    let figure = |one: bool| if one { "1" } else { "more" }.to_owned();
    let beside = format!("the host can enter after {enter}");
    table.add(row("round trips from Start to the request to record", figure(recorded), beside, "≤ 2", recorded));
    table.add(row("round trips from End to the stop", figure(stopped), String::new(), "1", stopped));
    Ok(())
}

/// Makes the sandbox fail the calls with these methods and this path.
async fn failing(sandbox: &Sandbox, methods: &[&str], path: &str) -> Result<(), Failure> {
    for method in methods {
        let trap = json!({ "method": method, "path": path, "fault": { "kind": "status", "status": 400 } });
        sandbox.control("POST", "faults", &trap).await?;
    }
    Ok(())
}

fn input(now: DateTime<Utc>) -> SessionInput {
    SessionInput {
        title: "Karate".into(),
        instructor: "R. Alves".into(),
        start_local: now.format("%Y-%m-%dT%H:%M").to_string(),
        timezone: "UTC".into(),
        duration_minutes: 60,
        record: true,
        quality: "480p".into(),
        max_participants: 20,
    }
}

/// The path of the command-line tool, which is built into the same folder as this program.
fn cli() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe()?;
    let path = here.with_file_name(format!("hajime-cli{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() { Ok(path) } else { Err(format!("{} is not built", path.display()).into()) }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Errors are ignored, because the process may have ended already. It must not outlive the bench.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Measures the peak memory of `hajime-cli watch` over some ticks, in KiB; `None` where the system does not report it.
async fn memory_of_the_cli(busy: Option<(&Sandbox, &Path)>) -> Result<Option<u64>, Failure> {
    let own;
    let folder = tempfile::tempdir()?;
    let (sandbox, folder) = if let Some(busy) = busy {
        busy
    } else {
        own = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
        (&own, folder.path())
    };
    let info = sandbox.info();
    let child = Command::new(cli()?)
        .arg("watch")
        .env("HAJIME_DATA_DIR", folder)
        .env("CLOUDFLARE_BASE_URL", &info.base_url)
        .env("CLOUDFLARE_ACCOUNT_ID", &info.account_id)
        .env("CLOUDFLARE_API_TOKEN", &info.api_token)
        .env("CLOUDFLARE_CALLS_APP_ID", &info.app_id)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let running = Running(child);
    tokio::time::sleep(Duration::from_secs(15)).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.0.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()))
}
