//! Measures a list of ten thousand recordings: rows outside the screen must cost nothing.

use std::time::Duration;

use serde_json::json;

use super::processes::settled_memory;
use super::table::{Row, Table};
use super::{at_most, conclude, desktop, hajime, median};
use crate::support::desktop::Desktop;
use crate::support::keyboard;
use crate::support::page::Page;
use crate::support::standalone::{Standalone, title};
use crate::support::wait::{LATER, until_true};

const RECORDINGS: usize = 10_000;
/// Runs of each measurement; the median counts.
const RUNS: usize = 5;
/// Time during which memory is read; the lowest reading counts.
const MEMORY_READING_TIME: Duration = Duration::from_secs(5);

/// JavaScript that presses a button and returns the milliseconds until its result is laid out and its frame was drawn.
pub(super) const PRESS_TIME_SCRIPT: &str = r"
    const [{ press, see, gone }, done] = arguments;
    const begun = performance.now();
    const look = () => {
        const there = see.every((css) => document.querySelector(css)?.getClientRects().length);
        if (there && !(gone && document.querySelector(gone))) {
            requestAnimationFrame(() => done(performance.now() - begun));
        } else if (performance.now() - begun > 20000) done(NaN);
        else requestAnimationFrame(look);
    };
    document.querySelector(press).click();
    look();
";

/// JavaScript that returns the frames per second over three seconds, by the median time between two frames. It scrolls by
/// two rows a frame when it is given a list.
const FRAME_RATE_SCRIPT: &str = r"
    const [scrolled, done] = arguments;
    const list = scrolled && document.querySelector(scrolled);
    const begun = performance.now();
    const times = [];
    let last = begun;
    const next = () => {
        const now = performance.now();
        times.push(now - last);
        last = now;
        if (list) list.scrollTop += 116;
        if (now - begun < 3000) return requestAnimationFrame(next);
        times.sort((a, b) => a - b);
        done(1000 / times[Math.floor(times.length / 2)]);
    };
    requestAnimationFrame(next);
";

/// JavaScript that types a search and returns the milliseconds until every visible row matches it.
const SEARCH_TIME_SCRIPT: &str = r"
    const [text, done] = arguments;
    const box = document.querySelector('[data-testid=recordings-search]');
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    const begun = performance.now();
    set.call(box, text);
    box.dispatchEvent(new Event('input', { bubbles: true }));
    // The app's search looks for each word separately, also inside other words.
    const matches = (row) => text.split(' ').every((word) => row.innerText.includes(word));
    const look = () => {
        const rows = [...document.querySelectorAll('[data-testid=recording-row]')];
        if (rows.length > 0 && rows.every(matches)) done(performance.now() - begun);
        else if (performance.now() - begun > 20000) done(NaN);
        else requestAnimationFrame(look);
    };
    look();
";

/// JavaScript that opens the recording at the cursor by Enter and returns the milliseconds until its player asked for the
/// first part of the video.
const VIDEO_TIME_SCRIPT: &str = r"
    const [, done] = arguments;
    performance.clearResourceTimings();
    const list = document.querySelector('[data-testid=recordings-list]');
    list.focus();
    const begun = performance.now();
    list.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    const look = () => {
        const parts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.m4s'));
        if (parts.length > 0) done(Math.min(...parts.map(({ startTime }) => startTime)) - begun);
        else if (performance.now() - begun > 20000) done(NaN);
        else setTimeout(look, 20);
    };
    look();
";

/// JavaScript that presses C and returns the milliseconds until the page reports that the link is on the clipboard.
const COPY_TIME_SCRIPT: &str = r"
    const [, done] = arguments;
    const begun = performance.now();
    const list = document.querySelector('[data-testid=recordings-list]');
    const before = document.querySelector('[data-testid=link-url]')?.textContent;
    list.focus();
    list.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', bubbles: true, cancelable: true }));
    const look = () => {
        const shown = document.querySelector('[data-testid=link-url]')?.textContent;
        if (shown && shown !== before) done(performance.now() - begun);
        else if (performance.now() - begun > 20000) done(NaN);
        else requestAnimationFrame(look);
    };
    look();
";

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench window`"]
async fn measures_a_window_with_10_000_recordings() {
    let mut table = Table::default();
    let desktop = desktop().await;
    let cloud = Standalone::start_without_limits("1").await;
    let fresh = {
        let window = hajime(&desktop, "bench-list", &cloud).open().await;
        window.page.see("view-today").await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        let memory = settled_memory(window.pid(), MEMORY_READING_TIME).await;
        window.close().await;
        memory
    };
    cloud.fill(RECORDINGS).await;
    let window = hajime(&desktop, "bench-list", &cloud).open().await;
    let page = &window.page;
    page.see("view-today").await;
    until_true("the first sync", LATER, async || {
        let counted = page.ask("desk_status", json!({})).await;
        counted["recordings_total"].as_u64() == Some(RECORDINGS as u64)
    })
    .await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = number(page, FRAME_RATE_SCRIPT, json!(null)).await;

    opening(&mut table, page).await;
    page.press("nav-recordings").await;
    page.see("recording-row").await;
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        rates.push(number(page, FRAME_RATE_SCRIPT, json!("[data-testid=recordings-list]")).await);
    }
    let rate = median(rates);
    table.add(Row {
        what: "window: scrolling 10,000 recordings".into(),
        figure: format!("{rate:.0} frames a second"),
        beside: format!("median; {:.2} × the {idle:.0} of a page at rest", rate / idle),
        mark: "≥ 50 frames a second".into(),
        reached: rate >= 50.0,
    });
    let memory = settled_memory(window.pid(), MEMORY_READING_TIME).await;
    let beside = format!("{memory:.0} MiB beside {fresh:.0} MiB of a fresh window");
    table.add(at_most("memory after scrolling them", memory / fresh, "×", beside, 1.3));

    let mut searches = Vec::new();
    for number_of in 0..RUNS {
        searches.push(number(page, SEARCH_TIME_SCRIPT, json!(format!("Class 77{number_of}"))).await);
    }
    table.add(at_most("search among them", median(searches), "ms", "from the last key".into(), 200.0));
    sharing(&mut table, &desktop, page).await;
    window.close().await;
    conclude(&table);
}

/// Measures how long it takes from a key to the video, and to a link.
async fn sharing(table: &mut Table, desktop: &Desktop, page: &Page) {
    let (mut videos, mut links, mut by_keyboard) = (Vec::new(), Vec::new(), Vec::new());
    // Each run has a recording of its own, and the first loads the player and makes the desk's signing key.
    for number_of in 0..=RUNS {
        number(page, SEARCH_TIME_SCRIPT, json!(title(8_100 + number_of))).await;
        videos.push(number(page, VIDEO_TIME_SCRIPT, json!(null)).await);
        links.push(number(page, COPY_TIME_SCRIPT, json!(null)).await);
    }
    let at_most = |what, times: Vec<f64>, most| at_most(what, median(times), "ms", format!("median of {RUNS}"), most);
    table.add(at_most("Enter to the first part of the video asked for", videos.split_off(1), 100.0));
    table.add(at_most("key press to tested link on the clipboard", links.split_off(1), 300.0));
    keyboard::choose_showing_keys(page).await;
    for number_of in 0..RUNS {
        keyboard::send_away(desktop).await;
        let (_, took) = keyboard::share(desktop, page, &title(9_100 + number_of)).await;
        by_keyboard.push(took.as_secs_f64() * 1_000.0);
    }
    table.add(at_most("a link by keyboard alone, from another program", by_keyboard, 3_000.0));
}

/// Measures, for each view, the time from pressing its button until it is laid out.
async fn opening(table: &mut Table, page: &Page) {
    let views = [
        ("today", "[data-testid=view-today] h1"),
        ("schedule", "[data-testid=this-week]"),
        ("links", "[data-testid=view-links], main h1"),
        ("settings", "[data-testid=about], main h1"),
        ("recordings", "[data-testid=recording-row]"),
    ];
    for (view, see) in views {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let other = if view == "today" { "links" } else { "today" };
            page.press(&format!("nav-{other}")).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let asked = json!({ "press": format!("[data-testid=nav-{view}]"), "see": [see] });
            times.push(number(page, PRESS_TIME_SCRIPT, asked).await);
        }
        table.add(at_most(&format!("opening {view}"), median(times), "ms", "10,000 recordings".into(), 150.0));
    }
}

pub(super) async fn number(page: &Page, script: &str, argument: serde_json::Value) -> f64 {
    page.run_async(script, argument).await.as_f64().unwrap_or(f64::NAN)
}
