//! Three hundred recordings come in while the window is open.

use std::time::Duration;

use serde_json::json;

use super::cloud::Standalone;
use super::processes::settled_memory;
use super::table::{Row, Table};
use super::{conclude, desktop, hajime};
use crate::support::wait::{LATER, until_true};

/// How many come in, a few at a time.
const RECORDINGS: usize = 300;
const AT_A_TIME: usize = 10;
/// The sandbox's hour passes in two minutes.
const SPEED: f64 = 30.0;
const BETWEEN: Duration = Duration::from_secs(4);
const MEMORY_WATCHED: Duration = Duration::from_secs(8);
/// How far memory may move, up or down, and still count as flat.
const FLAT: f64 = 0.05;

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench window`"]
async fn measures_300_recordings_that_arrive_within_an_hour() {
    let mut table = Table::default();
    let desktop = desktop().await;
    let cloud = Standalone::start(SPEED).await;
    let source = cloud.recorded().await;
    let window = hajime(&desktop, "bench-backlog", &cloud).open().await;
    let page = &window.page;
    page.see("view-today").await;
    let mut first = None;
    for begin in (0..RECORDINGS).step_by(AT_A_TIME) {
        cloud.add_recordings(&source, begin..begin + AT_A_TIME).await;
        // Another desk's recordings are seen when the account is compared.
        page.ask("check_now", json!({})).await;
        tokio::time::sleep(BETWEEN).await;
        // What the page and the fonts take once is not growth: memory counts from the third dozen on.
        if begin >= 3 * AT_A_TIME && first.is_none() {
            first = Some(settled_memory(window.pid(), MEMORY_WATCHED).await);
        }
    }
    until_true("all of them to be ready", LATER, async || {
        page.ask("check_now", json!({})).await;
        let list = page
            .ask("recordings_list", json!({ "query": { "search": "", "filter": "ready", "limit": 1, "offset": 0 } }));
        list.await["total"].as_u64() == Some(RECORDINGS as u64)
    })
    .await;
    let (first, last) = (first.unwrap_or(f64::NAN), settled_memory(window.pid(), MEMORY_WATCHED).await);
    let ratio = last / first;
    table.add(Row {
        what: format!("window: memory while {RECORDINGS} recordings come in"),
        figure: format!("{ratio:.2} ×"),
        beside: format!("{first:.0} MiB at the start, {last:.0} MiB at the end of an hour of the sandbox"),
        mark: "within 5 %".into(),
        reached: (ratio - 1.0).abs() <= FLAT,
    });
    window.close().await;
    conclude(&table);
}
