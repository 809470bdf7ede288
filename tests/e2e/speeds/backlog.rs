//! Measures the window while three hundred recordings arrive.

use std::time::Duration;

use serde_json::json;

use super::processes::settled_memory;
use super::table::{Row, Table};
use super::{conclude, desktop, hajime};
use crate::support::standalone::Standalone;
use crate::support::wait::{LATER, until_true};

/// Recordings that arrive during the measurement.
const RECORDINGS: usize = 300;
/// Recordings that arrive together in one batch.
const RECORDINGS_PER_BATCH: usize = 10;
/// Sandbox seconds per real second: an hour of the sandbox takes two minutes.
const SANDBOX_SPEED: &str = "30";
/// Time between two batches.
const BATCH_INTERVAL: Duration = Duration::from_secs(4);
/// Time during which memory is read; the lowest reading counts.
const MEMORY_READING_TIME: Duration = Duration::from_secs(8);
/// Share by which memory may rise or fall and still count as flat.
const FLAT_MEMORY_TOLERANCE: f64 = 0.05;

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench window`"]
async fn measures_300_recordings_that_arrive_within_an_hour() {
    let mut table = Table::default();
    let desktop = desktop().await;
    let cloud = Standalone::start_without_limits(SANDBOX_SPEED).await;
    let source = cloud.recorded().await;
    let window = hajime(&desktop, "bench-backlog", &cloud).open().await;
    let page = &window.page;
    page.see("view-today").await;
    let mut first = None;
    for begin in (0..RECORDINGS).step_by(RECORDINGS_PER_BATCH) {
        cloud.add_recordings(&source, begin..begin + RECORDINGS_PER_BATCH).await;
        // A sync makes the window adopt the recordings, which carry the marks of another desk.
        page.ask("sync_now", json!({})).await;
        tokio::time::sleep(BATCH_INTERVAL).await;
        // Memory counts from the third batch on, because the page and its fonts take memory once, which is no growth.
        if begin >= 3 * RECORDINGS_PER_BATCH && first.is_none() {
            first = Some(settled_memory(window.pid(), MEMORY_READING_TIME).await);
        }
    }
    until_true("all of them to be ready", LATER, async || {
        page.ask("sync_now", json!({})).await;
        let list = page
            .ask("recordings_list", json!({ "query": { "search": "", "filter": "ready", "limit": 1, "offset": 0 } }));
        list.await["total"].as_u64() == Some(RECORDINGS as u64)
    })
    .await;
    let (first, last) = (first.unwrap_or(f64::NAN), settled_memory(window.pid(), MEMORY_READING_TIME).await);
    let ratio = last / first;
    table.add(Row {
        what: format!("window: memory while {RECORDINGS} recordings come in"),
        figure: format!("{ratio:.2} ×"),
        beside: format!("{first:.0} MiB at the start, {last:.0} MiB at the end of an hour of the sandbox"),
        mark: "within 5 %".into(),
        reached: (ratio - 1.0).abs() <= FLAT_MEMORY_TOLERANCE,
    });
    window.close().await;
    conclude(&table);
}
