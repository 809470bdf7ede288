//! The menu of Hajime's icon, pressed as a panel does; the buttons of notifications; and desktops without a panel, without
//! a session bus, and with a small window that asks for too much.

use serde_json::{Value, json};

use crate::support::actions::{self, Plan};
use crate::support::app::{Launch, Window};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::Page;
use crate::support::panel::Panel;
use crate::support::wait::{LATER, SOON, until, until_true};

/// An underscore and an ampersand mark letters in menus, and `<b>` is a mark in notifications.
const TITLE: &str = "Judo_1 & <b>kata</b>";

/// Schedules a class that begins in ten to eleven minutes, so that a person is reminded within a minute. Returns its id.
async fn plan_soon(page: &Page, title: &str) -> String {
    let start = page
        .run(
            "const then = new Date(Date.now() + 11 * 60_000); const two = (number) => String(number).padStart(2, '0');
             return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}T${two(then.getHours())}:${two(then.getMinutes())}`;",
        )
        .await;
    let zone = page.run("return Intl.DateTimeFormat().resolvedOptions().timeZone").await;
    let input = json!({
        "title": title, "instructor": "M. Ito", "start_local": start, "timezone": zone, "duration_minutes": 60,
        "record": true, "quality": "720p", "max_participants": 20,
    });
    let made = page.ask("session_create", json!({ "input": input })).await;
    made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_class_is_started_ended_and_shared_from_the_menu_of_the_icon() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let panel = Panel::serve(desktop.bus()).await;
    let window = Launch::sandbox(&desktop, "tray").open().await;
    let page = &window.page;
    page.see("view-today").await;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let idle = panel.menu_with("No class is live").await;
    let of = |words: &str| idle.iter().find(|entry| entry.label.starts_with(words)).unwrap().enabled;
    assert!(of("Open Hajime") && of("Quit"), "{idle:?}");
    assert!(!of("Start") && !of("End") && !of("Copy a link"), "{idle:?}");

    plan_soon(page, TITLE).await;
    let soon = panel.menu_with(&format!("Next: {TITLE}")).await;
    assert!(soon.iter().any(|entry| entry.label == format!("Start “{TITLE}”") && entry.enabled), "{soon:?}");
    let before = desktop.opened_addresses().len();
    panel.press("Start “Judo").await;
    let opened = until("the join page", LATER, async || desktop.opened_addresses().get(before).cloned()).await;
    let room = actions::Room::behind(&cloud, &opened).await;
    page.press("nav-today").await;
    page.see_within("live-card", LATER).await;
    actions::record(page, &cloud, &room).await;
    panel.menu_with("Live and recording: Judo").await;

    // People are in the room, so ending it from the menu asks in the window first.
    page.press("nav-schedule").await;
    panel.press("End “Judo").await;
    page.see_within("live-card", SOON).await;
    let live = page.ask("live_list", json!({})).await;
    assert_eq!(live.as_array().map(Vec::len), Some(1), "nobody is sent away without a question: {live}");
    cloud.kick_all(&room.id).await;
    page.until("an empty room", LATER, async || (page.text("live-people").await == "0").then_some(())).await;
    panel.press("End “Judo").await;
    page.see_within("on-its-way", LATER).await;

    panel.menu_with("Copy a link to “Judo").await;
    desktop.clear_clipboard();
    panel.press("Copy a link to “Judo").await;
    let link = until("the link", LATER, async || desktop.clipboard_now().filter(|text| text.starts_with("http"))).await;
    assert!(link.contains("token=") || link.contains("eyJ") || link.contains("/watch"), "{link}");
    let told = until("the note about the link", SOON, async || {
        desktop.notifications.all().into_iter().find(|shown| shown.summary.starts_with("Link copied"))
    })
    .await;
    assert!(told.body.contains("Judo_1 &amp; &lt;b&gt;kata&lt;/b&gt;"), "{}", told.body);
    let shows = async |id: &str| page.sees(id).await.then_some(());
    desktop.notifications.press_until("Link copied", "default", async || shows("recording-detail").await).await;

    desktop.minimize("Hajime");
    panel.press("Open Hajime").await;
    until_true("the window in front", SOON, async || desktop.is_in_front("Hajime")).await;
    window.screen(&desktop, "opened-from-menu");
    panel.press("Quit").await;
    window.closed().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn the_buttons_of_notifications_start_copy_and_try_again() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "buttons").open().await;
    let page = &window.page;
    page.see("view-today").await;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;

    let session = plan_soon(page, TITLE).await;
    let shows = async |id: &str| page.sees(id).await.then_some(());
    desktop.notifications.press_until("starts in", "default", async || shows("event-details").await).await;
    page.key("\u{e00c}").await;
    page.ask("session_cancel", json!({ "id": session })).await;
    let before = desktop.opened_addresses().len();
    plan_soon(page, "Kendo").await;
    let opened = async || desktop.opened_addresses().get(before).cloned();
    let opened = desktop.notifications.press_until("“Kendo” starts in", "start", opened).await;
    let room = actions::Room::behind(&cloud, &opened).await;
    page.press("nav-today").await;
    page.see_within("live-card", LATER).await;
    actions::record(page, &cloud, &room).await;
    let damaged = json!({ "kind": "import_fails", "code": "ERR_MALFORMED_VIDEO" });
    cloud.control("mishaps", json!({ "mishap": damaged })).await;
    actions::end(page).await;
    let detail = async || shows("recording-detail").await;
    desktop.notifications.press_until("Recording failed: Kendo", "retry", detail).await;
    desktop.clear_clipboard();
    let link = async || desktop.clipboard_now().filter(|text| text.starts_with("http"));
    desktop.notifications.press_until("Ready to watch: Kendo", "copy-link", link).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn without_a_panel_hajime_runs_on_and_says_how_it_comes_back() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "no-panel").open().await;
    let page = &window.page;
    let panel = ability(page, "panel", false).await;
    assert!(panel["message"].as_str().unwrap().contains("No panel of this desktop shows icons"), "{panel}");
    let notifications = ability(page, "notifications", true).await;
    assert_eq!(notifications["message"], json!("hajime-e2e shows notifications, with buttons."));
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    actions::press_start(page, &session).await;
    desktop.ask_to_close("Judo");
    page.text_becomes("close-background", "start Hajime again", SOON).await;
    page.shot("closing-without-a-panel").await;
    page.press("confirm-close-cancel").await;

    // A panel that comes later is noticed.
    let panel = Panel::serve(desktop.bus()).await;
    ability(page, "panel", true).await;
    panel.menu_with("Open Hajime").await;
    desktop.ask_to_close("Judo");
    page.text_becomes("close-background", "menu of the icon", SOON).await;
    page.press("confirm-close-cancel").await;
    actions::end_empty(page).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn without_a_session_bus_the_window_is_minimized_in_place_of_hidden() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let nowhere = format!("unix:path={}", desktop.home().join("no-bus").display());
    let window = Launch::sandbox(&desktop, "no-bus").env("DBUS_SESSION_BUS_ADDRESS", &nowhere).open().await;
    let page = &window.page;
    let panel = ability(page, "panel", false).await;
    assert!(panel["message"].as_str().unwrap().contains("session bus"), "{panel}");
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    actions::press_start(page, &session).await;
    desktop.ask_to_close("Judo");
    page.text_becomes("close-background", "task bar", SOON).await;
    page.run("setTimeout(() => document.querySelector('[data-testid=close-background]').click(), 100)").await;
    until_true("the window to be minimized", SOON, async || !desktop.is_in_front("Judo")).await;
    assert!(desktop.window_titles().iter().any(|title| title.ends_with("Judo")), "the task bar still has the window");
    window.kill().await;
}

/// Waits until an ability of the desktop is there or not, and returns what is said about it.
async fn ability(page: &Page, name: &str, works: bool) -> Value {
    page.until(&format!("{name} to be {works}"), SOON, async || {
        let all = page.ask("desktop_abilities", json!({})).await;
        all.as_array()?.iter().find(|one| one["name"] == json!(name) && one["works"] == json!(works)).cloned()
    })
    .await
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn the_small_window_may_ask_for_nothing_but_what_it_shows() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "small-window-rights").open().await;
    window.page.see("view-today").await;
    window.page.ask("compact_open", json!({})).await;
    let small = small_page(&window).await;
    small.see("compact").await;
    let shown = small.ask("live_list", json!({})).await;
    assert!(shown.is_array(), "{shown}");
    for (command, arguments) in [
        ("settings_get", json!({})),
        ("recordings_list", json!({ "query": {} })),
        ("global_keys_save", json!({ "input": { "show": null, "start_or_end": null, "copy_link": null } })),
        ("close_anyway", json!({})),
    ] {
        let refused = small.ask(command, arguments).await;
        assert_eq!(refused["message"], json!("This window cannot do this."), "{command}: {refused}");
    }
    small.is_accessible("the small window").await;
    window.to_large().await;
    window.close().await;
}

/// Waits for the small window, and makes the driver act in it.
async fn small_page(window: &Window) -> &Page {
    window.to_small().await;
    &window.page
}
