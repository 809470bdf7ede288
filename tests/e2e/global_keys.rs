//! Keys that work in every program: chosen in Settings by pressing them, on X11 and from the desktop portal.

use serde_json::{Value, json};

use crate::support::app::Launch;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::key_portal::KeyPortal;
use crate::support::page::Page;
use crate::support::wait::{SOON, until_true};

async fn save(page: &Page, show: Option<&str>) -> Value {
    let input = json!({ "show": show, "start_or_end": null, "copy_link": null });
    page.ask("global_keys_save", json!({ "input": input })).await
}

/// Waits until the key that shows Hajime has this state, and returns it.
async fn show_key(page: &Page, state: &str) -> Value {
    page.until(&format!("the key to be {state}"), SOON, async || {
        let keys = page.ask("global_keys_get", json!({})).await;
        keys["keys"]
            .as_array()?
            .iter()
            .find(|key| key["action"] == json!("show") && key["state"] == json!(state))
            .cloned()
    })
    .await
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_key_that_was_pressed_in_settings_shows_the_window_also_after_a_new_start() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "keys").open().await;
    let page = &window.page;
    page.press("nav-settings").await;
    page.press("key-record-show").await;
    page.key("\u{e009}\u{e00a}j").await;
    page.text_becomes("key-keys-show", "Ctrl", SOON).await;
    show_key(page, "on").await;
    // Chosen once more, the keys reach the window although it holds them.
    page.press("key-record-show").await;
    // The window gives them back a moment after the press.
    page.until("the keys to be chosen again", SOON, async || {
        desktop.press_keys("ctrl+alt+j");
        page.text("key-record-show").await.contains("Choose keys").then_some(())
    })
    .await;
    show_key(page, "on").await;
    page.is_accessible("Settings with a global key").await;
    page.shot("keys").await;
    comes_back(&desktop).await;
    window.close().await;

    let window = Launch::sandbox(&desktop, "keys-again").open().await;
    show_key(&window.page, "on").await;
    comes_back(&desktop).await;

    // Another program that wants the same key is told so, by the name of the key.
    let other = desktop.home().join("other-data").display().to_string();
    let second = Launch::program(&desktop, "keys-other", crate::support::app::binary(), &other)
        .arguments(&["--data-dir", &other, "--sandbox"])
        .beside()
        .open()
        .await;
    save(&second.page, Some("Ctrl+Alt+J")).await;
    let refused = show_key(&second.page, "refused").await;
    assert_eq!(refused["message"], json!("Another program already uses Ctrl+Alt+J."));
    second.close().await;
    save(&window.page, None).await;
    show_key(&window.page, "off").await;
    desktop.minimize("Hajime");
    window.close().await;
}

/// Minimizes the window, presses the key and waits for the window.
async fn comes_back(desktop: &Desktop) {
    desktop.minimize("Hajime");
    until_true("the window to be gone", SOON, async || !desktop.is_in_front("Hajime")).await;
    desktop.press_keys("ctrl+alt+j");
    until_true("the window in front", SOON, async || desktop.is_in_front("Hajime")).await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn on_wayland_the_desktop_portal_assigns_the_keys() {
    let desktop = Desktop::start(Theme::Dark, Keyring::Absent).await;
    let portal = KeyPortal::serve(desktop.bus()).await;
    // The window itself draws on X11, as below Wayland with XWayland.
    let window = Launch::sandbox(&desktop, "portal").env("WAYLAND_DISPLAY", "wayland-9").open().await;
    let page = &window.page;
    page.see("view-today").await;
    save(page, Some("Ctrl+Alt+J")).await;
    let key = show_key(page, "on").await;
    assert_eq!(key["assigned"], json!("Press CTRL+ALT+j"));
    desktop.minimize("Hajime");
    portal.press("show").await;
    until_true("the window in front", SOON, async || desktop.is_in_front("Hajime")).await;

    assert_eq!(portal.named(), ["org.hajime.desktop"]);

    // A portal that is started anew knows no keys: it is asked again.
    portal.stop().await;
    show_key(page, "refused").await;
    let portal = KeyPortal::serve(desktop.bus()).await;
    show_key(page, "on").await;
    desktop.minimize("Hajime");
    until_true("the window to be gone", SOON, async || !desktop.is_in_front("Hajime")).await;
    portal.press("show").await;
    until_true("the window in front", SOON, async || desktop.is_in_front("Hajime")).await;
    save(page, None).await;
    until_true("the portal to have the key back", SOON, async || portal.bound().is_empty()).await;
    window.close().await;
}
