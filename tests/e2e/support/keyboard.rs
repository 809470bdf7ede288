//! Sharing a recording by keyboard alone, from another program. Every key comes from the keyboard, none from the driver.

use std::time::{Duration, Instant};

use serde_json::json;

use super::desktop::Desktop;
use super::page::Page;
use super::wait::{SOON, until, until_true};

/// The keys that show the window, in any program.
const SHOWING_KEYS: &str = "ctrl+alt+j";
/// JavaScript that tells whether the first row of the list, and it alone, has a title.
const FOUND_SCRIPT: &str = r"
    const rows = [...document.querySelectorAll('[data-testid=recording-row]')];
    return rows.length === 1 && rows[0].innerText.includes(arguments[0]);
";

/// Has the window shown by keys that work in every program.
pub(crate) async fn choose_showing_keys(page: &Page) {
    let input = json!({ "show": "Ctrl+Alt+J", "start_or_end": null, "copy_link": null });
    let kept = page.ask("global_keys_save", json!({ "input": input })).await;
    assert!(kept.get("code").is_none(), "{kept}");
    page.until("the keys to work", SOON, async || {
        let keys = page.ask("global_keys_get", json!({})).await;
        keys["keys"].as_array()?.iter().any(|key| key["state"] == json!("on")).then_some(())
    })
    .await;
}

/// Sends the window away, so that another program has the keyboard.
pub(crate) async fn send_away(desktop: &Desktop) {
    desktop.minimize("Hajime");
    until_true("the window to be gone", SOON, async || !desktop.is_in_front("Hajime")).await;
}

/// While another program has the keyboard: shows the window, searches for a recording, and copies a link to it. Returns the
/// link and the time from the first key until the link was on the clipboard.
pub(crate) async fn share(desktop: &Desktop, page: &Page, title: &str) -> (String, Duration) {
    desktop.clear_clipboard();
    let begun = Instant::now();
    desktop.press_keys(SHOWING_KEYS);
    until_true("the window in front", SOON, async || desktop.is_in_front("Hajime")).await;
    desktop.press_keys("slash");
    focused(page, "recordings-search").await;
    // The text that is in the field is selected, so that typing replaces it.
    desktop.type_text(title);
    let found = async || page.run_with(FOUND_SCRIPT, json!(title)).await == json!(true);
    page.until("the recording that was typed", SOON, async || found().await.then_some(())).await;
    desktop.press_keys("Down");
    focused(page, "recordings-list").await;
    desktop.press_keys("c");
    let link = until("the link on the clipboard", SOON, async || desktop.clipboard_now()).await;
    (link, begun.elapsed())
}

/// Waits until the element with this test id has the keyboard.
async fn focused(page: &Page, id: &str) {
    page.until(&format!("the keyboard at {id}"), SOON, async || {
        let has = page.run("return document.activeElement?.dataset.testid ?? null").await;
        (has == json!(id)).then_some(())
    })
    .await;
}
