//! `doctor`, `sync` and `watch`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hajime_core::actions::Desk;
use hajime_core::actions::connect::{self, Outcome};
use hajime_core::jobs::{self, Lease, Look, Memory};
use hajime_core::opening;
use hajime_core::ports::{Clock as _, SystemClock};
use serde::Serialize;
use tokio::time::Instant;

use crate::output::{Failure, Output};

#[derive(Debug, Serialize)]
struct CheckView {
    name: &'static str,
    state: &'static str,
    message: String,
    next: Option<String>,
}

pub(crate) async fn doctor(folder: &Path, output: Output) -> Result<(), Failure> {
    let keyring = super::keyring().await;
    let connection = super::connection(folder, &keyring)?;
    let client = opening::client(&connection, Arc::new(SystemClock))?;
    let report = connect::check(&client, connection.app.as_ref(), SystemClock.now()).await;
    let usable = report.usable();
    let mut checks: Vec<CheckView> = report
        .checks
        .into_iter()
        .map(|check| {
            let (state, message, next) = match check.outcome {
                Outcome::Passed(message) => ("passed", message, None),
                Outcome::Failed { message, next } => ("failed", message, Some(next)),
                Outcome::Skipped => ("skipped", "Not checked.".to_owned(), None),
            };
            CheckView { name: check.subject.name(), state, message, next }
        })
        .collect();
    checks.push(match keyring {
        Ok(()) => CheckView { name: "keyring", state: "passed", message: "Secrets can be kept.".into(), next: None },
        // Not fatal: Cloudflare signs the links then.
        Err(error) => CheckView {
            name: "keyring",
            state: "skipped",
            message: format!("Secrets cannot be kept ({error}); Cloudflare signs the links."),
            next: Some("Install and unlock GNOME Keyring or KWallet.".into()),
        },
    });
    output.print(&checks, |checks| {
        let lines = checks.iter().map(|check| {
            let next = check.next.as_deref().map_or_else(String::new, |next| format!(" {next}"));
            format!("{:<8} {:<9} {}{next}", check.state, check.name, check.message)
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    if usable {
        Ok(())
    } else {
        let first = checks.iter().find(|check| check.state == "failed");
        let (message, next) = first
            .map_or_else(Default::default, |check| (check.message.clone(), check.next.clone().unwrap_or_default()));
        Err(Failure::new("credentials", message, next))
    }
}

#[derive(Debug, Serialize)]
struct SyncView {
    videos: usize,
    updated: usize,
    missing: usize,
    found: usize,
    rooms: usize,
    closed: usize,
    open_sessions: usize,
    in_flight: usize,
}

pub(crate) async fn sync(desk: &Desk, output: Output) -> Result<(), Failure> {
    let found = jobs::compare(desk).await?;
    jobs::check_now(desk)?;
    let mut lease = Lease::default();
    // The window, if it is open, looks by itself now that everything is due.
    let look = if lease.hold(desk) { jobs::tick(desk, &mut Memory::default()).await? } else { jobs::survey(desk)? };
    if let Some(trouble) = desk.health().trouble {
        return Err(trouble.into());
    }
    let view = SyncView {
        videos: found.videos,
        updated: found.updated,
        missing: found.missing,
        found: found.found,
        rooms: found.rooms,
        closed: found.closed,
        open_sessions: look.open_sessions,
        in_flight: look.in_flight,
    };
    output.print(&view, |view| {
        format!(
            "{} videos at Stream; {} brought up to date, {} gone, {} found that other desks made; {} on their way.",
            view.videos, view.updated, view.missing, view.found, view.in_flight
        )
    });
    Ok(())
}

#[derive(Debug, Serialize)]
struct WatchView {
    idle: bool,
    open_sessions: usize,
    in_flight: usize,
}

pub(crate) async fn watch(desk: &Desk, until_idle: bool, timeout: Option<u64>, output: Output) -> Result<(), Failure> {
    let deadline = timeout.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut lease, mut memory) = (Lease::default(), Memory::default());
    loop {
        // While the window is open it does the work, and this only looks on.
        let look = if lease.hold(desk) { jobs::tick(desk, &mut memory).await? } else { jobs::survey(desk)? };
        if until_idle && look.idle() {
            let view = WatchView { idle: true, open_sessions: 0, in_flight: 0 };
            output.print(&view, |_| "Nothing is left to do.".to_owned());
            return Ok(());
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(gave_up(desk, &look));
        }
        let mut rest = jobs::rest(desk, &look);
        if let Some(deadline) = deadline {
            rest = rest.min(deadline.saturating_duration_since(Instant::now()));
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            result = tokio::signal::ctrl_c() => {
                drop(result);
                return Ok(());
            }
        }
    }
}

fn gave_up(desk: &Desk, look: &Look) -> Failure {
    if let Some(trouble) = desk.health().trouble {
        return trouble.into();
    }
    Failure::new(
        "timeout",
        format!("{} sessions are still open and {} recordings still on their way.", look.open_sessions, look.in_flight),
        "Watch longer; nothing is lost by stopping.",
    )
}
