//! Measures processor time and memory of the window while nobody uses it.

use std::time::Duration;

use super::processes::{processor_percent, settled_memory};
use super::table::Table;
use super::{at_most, conclude, desktop, empty, hajime};
use crate::support::actions::{self, Plan};
use crate::support::standalone::Standalone;

/// Time before a window is measured: the fonts are loaded, the first sync is done and garbage was collected once.
const SETTLING_TIME: Duration = Duration::from_secs(20);
/// Time during which processor time is counted.
const PROCESSOR_READING_TIME: Duration = Duration::from_secs(60);
/// Time during which memory is read; the lowest reading counts.
const MEMORY_READING_TIME: Duration = Duration::from_secs(5);

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench window`"]
async fn measures_processor_and_memory_of_an_idle_window_with_and_without_a_live_session() {
    let mut table = Table::default();
    let desktop = desktop().await;
    let window = empty(&desktop).open().await;
    tokio::time::sleep(SETTLING_TIME).await;
    let empty_idle = processor_percent(window.pid(), PROCESSOR_READING_TIME).await;
    let empty_memory = settled_memory(window.pid(), MEMORY_READING_TIME).await;
    window.close().await;

    let cloud = Standalone::start_without_limits("1").await;
    let window = hajime(&desktop, "bench-rest", &cloud).open().await;
    window.page.see("view-today").await;
    tokio::time::sleep(SETTLING_TIME).await;
    let idle = processor_percent(window.pid(), PROCESSOR_READING_TIME).await;
    let memory = settled_memory(window.pid(), MEMORY_READING_TIME).await;
    let beside = format!("an empty window: {empty_idle:.2} %");
    table.add(at_most("processor, Today open, nothing live, 60 s", idle, "% of a core", beside, 0.3));
    let beside = format!("{memory:.0} MiB beside {empty_memory:.0} MiB");
    table.add(at_most("memory, fresh", memory / empty_memory, "×", beside, 1.3));

    let page = &window.page;
    let session = actions::schedule(page, &Plan::titled("Judo for beginners")).await;
    let room = actions::start(&desktop, page, cloud.people(), &session).await;
    actions::record(page, cloud.people(), &room).await;
    page.press("nav-today").await;
    page.see("live-card").await;
    tokio::time::sleep(SETTLING_TIME).await;
    let live = processor_percent(window.pid(), PROCESSOR_READING_TIME).await;
    let beside = format!("an empty window: {empty_idle:.2} %");
    table.add(at_most("processor, Today open, a class live, 60 s", live, "% of a core", beside, 1.0));
    window.close().await;
    conclude(&table);
}
