//! Measures a download and an archiving of a long class, beside programs that everybody has: `curl` downloads the same
//! file, `cp` copies it and `sha256sum` reads the copy back.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cloudflare_sandbox::{Options, Sandbox};
use hajime_core::actions::library::archive;
use hajime_core::actions::library::transfers::{self, TransferView, Wanted};
use hajime_core::actions::recorder::{end, start};
use hajime_core::actions::schedule::sessions;
use hajime_core::actions::sharing::links::{self, LinkFile};
use hajime_core::context::Context;
use hajime_core::domain::ids::RecordingId;
use hajime_core::domain::library::transfer::TransferState;
use hajime_core::domain::recorder::recording::Status;
use hajime_core::domain::schedule::session::SessionInput;
use hajime_core::domain::sharing::link::Validity;
use hajime_core::jobs::{self, Jobs};
use serde_json::json;

use crate::api::Failure;
use crate::desk;
use crate::table::{Row, Table};

/// How long the class is, so that its file has about two gigabytes.
const CLASS_SECONDS: u64 = 20 * 3_600;
/// The speed beside that of curl, at least.
const TARGET_SHARE: f64 = 0.8;
/// How much memory the process may gain, in MiB. A file in memory would need its whole size.
const TARGET_MEMORY_MIB: u64 = 128;
/// How often the jobs run until the recording is ready, at most.
const TICKS_MAX: usize = 500;
const TICK_PAUSE: Duration = Duration::from_millis(500);

pub(crate) async fn run(table: &mut Table) {
    if let Err(failure) = measure(table).await {
        table.add(row(&failure.to_string(), "none".into(), String::new(), "", false));
    }
}

fn row(what: &str, figure: String, beside: String, mark: &str, reached: bool) -> Row {
    Row { what: format!("transfers: {what}"), figure, beside, mark: mark.into(), reached }
}

async fn measure(table: &mut Table) -> Result<(), Failure> {
    let sandbox = Sandbox::start(Options { port: 0, state: None, speed: 1.0 }).await?;
    sandbox.control("POST", "switches", &json!({ "mp4_seconds": 0 })).await?;
    let (data, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let context = desk::open(&sandbox, data.path())?;
    let recording = recorded(&sandbox, &context).await?;

    let made = links::make(&context, recording, Validity::DAY, true).await?;
    let LinkFile::Ready(url) = links::file(&context, made.link.id).await? else { return Err("there is no MP4".into()) };
    let (there, copy) = (folder.path().join("curl.mp4"), folder.path().join("copy.mp4"));
    let address = url.expose().to_owned();
    let fetch = async || {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--output"]).arg(&there).arg(&address);
        run_to_end(curl).await
    };
    let before_ours = fetch().await?;
    let size = std::fs::metadata(&there)?.len();

    let before = memory_mib("VmRSS:");
    forget_peak();
    let downloaded = timed(&context, recording, &Wanted::Video(folder.path().to_owned())).await?;
    let place = archive::add_folder(&context, "Archive", &made_folder(folder.path())?)?;
    let archived = timed(&context, recording, &Wanted::Archive(place.id)).await?;
    let gained = memory_mib("VmHWM:").saturating_sub(before);

    // Once before ours and once after it: the faster one counts, whatever the system kept in memory.
    let curl = before_ours.min(fetch().await?);
    compare(table, "download", size, downloaded, "curl", curl);
    let mut cp = Command::new("cp");
    cp.arg(&there).arg(&copy);
    let mut sum = Command::new("sha256sum");
    sum.arg(&copy);
    let copied = curl + run_to_end(cp).await? + run_to_end(sum).await?;
    compare(table, "archive to a folder, read back", size, archived, "curl, cp and sha256sum", copied);
    let reached = gained <= TARGET_MEMORY_MIB;
    let beside = format!("a file of {} MiB", size >> 20);
    table.add(row("most memory gained, with the sandbox", format!("{gained} MiB"), beside, "≤ 128 MiB", reached));
    Ok(())
}

/// Runs a program to its end, and returns how long that took.
async fn run_to_end(mut program: Command) -> Result<Duration, Failure> {
    let name = program.get_program().to_string_lossy().into_owned();
    let begun = Instant::now();
    let ended = tokio::task::spawn_blocking(move || program.stdin(Stdio::null()).stdout(Stdio::null()).status());
    if !ended.await??.success() {
        return Err(format!("{name} failed").into());
    }
    Ok(begun.elapsed())
}

fn made_folder(folder: &Path) -> std::io::Result<std::path::PathBuf> {
    let archive = folder.join("archive");
    std::fs::create_dir(&archive)?;
    Ok(archive)
}

fn compare(table: &mut Table, what: &str, size: u64, ours: Duration, theirs: &str, took: Duration) {
    let share = took.as_secs_f64() / ours.as_secs_f64();
    let beside = format!("{:.0} % of {theirs} ({:.0} MB/s)", share * 100.0, speed(size, took));
    let figure = format!("{:.0} MB/s", speed(size, ours));
    table.add(row(what, figure, beside, "≥ 80 %", share >= TARGET_SHARE));
}

fn speed(size: u64, took: Duration) -> f64 {
    let megabytes = u32::try_from(size / 1_000_000).unwrap_or(u32::MAX);
    f64::from(megabytes) / took.as_secs_f64()
}

async fn timed(context: &Context, recording: RecordingId, wanted: &Wanted) -> Result<Duration, Failure> {
    let asked = transfers::request(context, recording, wanted)?;
    let begun = Instant::now();
    let TransferView { transfer, .. } = transfers::carry_to_end(context, asked.transfer.id, |_| {}).await?;
    if transfer.state == TransferState::Done { Ok(begun.elapsed()) } else { Err(transfer.said.into()) }
}

/// A line about the memory of this process, in MiB; zero where the system does not tell.
fn memory_mib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Has the system note the most memory from now on (proc(5), `clear_refs`). Where it does not, the most since the start of
/// the benches counts.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").ok();
}

/// Holds a long class and waits until its recording can be watched.
async fn recorded(sandbox: &Sandbox, context: &Context) -> Result<RecordingId, Failure> {
    let input = SessionInput {
        title: "A long class".into(),
        instructor: "M. Ito".into(),
        start_local: context.now().format("%Y-%m-%dT%H:%M").to_string(),
        timezone: "UTC".into(),
        duration_minutes: 1_200,
        record: true,
        quality: "1080p".into(),
        max_participants: 2,
    };
    let session = sessions::schedule(context, &input)?;
    let live = start::start(context, session.id).await?.session;
    let room = live.state.room().map(|room| room.id.to_string());
    sandbox.control("POST", "join", &json!({ "meeting_id": room, "name": "Ada" })).await?;
    sandbox.control("POST", "advance", &json!({ "seconds": CLASS_SECONDS })).await?;
    end::end(context, session.id).await?;
    let mut jobs = Jobs::default();
    for _ in 0..TICKS_MAX {
        sandbox.control("POST", "advance", &json!({ "seconds": 60 })).await?;
        jobs::tick(context, &mut jobs).await?;
        // What is due is counted by the clock of this computer, which the sandbox does not move.
        tokio::time::sleep(TICK_PAUSE).await;
        let ready = context.store().recordings_of(session.id)?;
        if let Some(ready) = ready.iter().find(|recording| recording.status() == Status::Ready) {
            return Ok(ready.id);
        }
    }
    Err("the recording was never ready".into())
}
