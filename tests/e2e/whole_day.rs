//! An instructor's day by keyboard alone: a weekly class over a change of the clocks, one date moved, a class with three
//! people, its checks, its start, an extension, somebody removed, the question before closing, the small window, the menu of the icon, the end.

use serde_json::{Value, json};

use crate::support::actions::{self, Room};
use crate::support::app::{Launch, Window};
use crate::support::chromium::{Chromium, Devices};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::{Page, testid};
use crate::support::panel::Panel;
use crate::support::wait::{LATER, SOON, until, until_true};

const SERIES: &str = "Night watch";
const CLASS: &str = "Karate fundamentals";

/// Keys, as `WebDriver` names them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const RIGHT: &str = "\u{e014}";
const CONTROL: &str = "\u{e009}";
const ALT: &str = "\u{e00a}";

/// JavaScript that returns the next day, more than two weeks ahead, on which clocks in Berlin change to summer time, and
/// the Sunday before it.
const SUNDAYS_SCRIPT: &str = "
    const day = (date) => date.toISOString().slice(0, 10);
    const lastOfMarch = (year) => {
        const date = new Date(Date.UTC(year, 2, 31));
        date.setUTCDate(31 - date.getUTCDay());
        return date;
    };
    const now = new Date();
    let change = lastOfMarch(now.getFullYear());
    if (change - now < 14 * 864e5) change = lastOfMarch(now.getFullYear() + 1);
    const before = new Date(change - 7 * 864e5);
    return { before: day(before), change: day(change) };
";

/// Presses Tab until the element that matches the selector has the focus.
async fn tab_to(page: &Page, css: &str) {
    let focused = async || {
        page.run_with("return document.activeElement?.matches(arguments[0]) ?? false", json!(css)).await == json!(true)
    };
    page.see_css(css, LATER).await;
    for _ in 0..120 {
        if focused().await {
            return;
        }
        page.key(TAB).await;
    }
    panic!("Tab never reached {css}");
}

/// Replaces the text of the field that the selector matches, by keyboard.
async fn type_over(page: &Page, id: &str, text: &str) {
    tab_to(page, &testid(id)).await;
    page.key(&control("a")).await;
    page.key(text).await;
    page.until(&format!("{id} to hold {text}"), SOON, async || {
        page.run("return document.activeElement.value").await.as_str().filter(|value| value.ends_with(text)).map(drop)
    })
    .await;
}

/// The text of an element that may be scrolled out of sight or be there for screen readers alone.
async fn said(page: &Page, id: &str) -> String {
    let text = page.run_with("return document.querySelector(arguments[0])?.textContent ?? ''", json!(testid(id))).await;
    text.as_str().unwrap_or_default().trim().to_owned()
}

async fn press(page: &Page, css: &str) {
    tab_to(page, css).await;
    page.key(ENTER).await;
}

/// A key with the control key held down. The driver lets go of it after the key.
fn control(key: &str) -> String {
    format!("{CONTROL}{key}")
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_day_by_keyboard_in_light() {
    a_day(Theme::Light, "whole-day-light").await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_day_by_keyboard_in_dark() {
    a_day(Theme::Dark, "whole-day-dark").await;
}

async fn a_day(theme: Theme, name: &str) {
    let desktop = Desktop::start(theme, Keyring::Absent).await;
    let panel = Panel::serve(desktop.bus()).await;
    let window = Launch::sandbox(&desktop, name).open().await;
    let page = &window.page;
    page.see("view-today").await;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    menu_offers(&panel, "No class is live", &[]).await;

    plan_over_the_change(page).await;
    plan_now(page).await;
    menu_offers(&panel, &format!("Next: {CLASS}"), &["Start "]).await;
    let link = invite(&desktop, page).await;
    checks(page).await;
    let room = start(&desktop, page, &cloud).await;
    let _ada = join(&cloud, &room, &link).await;
    cloud.join(&room.id, "Bo Strom").await;
    page.attribute_becomes("live-proof", "data-state", "recording", LATER).await;
    shots(page, "live").await;
    menu_offers(&panel, &format!("Live and recording: {CLASS}"), &["End "]).await;

    press(page, &testid("extend-5")).await;
    page.until("the later end", SOON, async || page.all_text().await.contains("The class ends at").then_some(())).await;
    remove_ada(page, &cloud, &room, &link).await;
    closing_question(&desktop, page).await;
    small_window(&desktop, &window).await;

    press(page, &testid("end-session")).await;
    press(page, &testid("confirm-end")).await;
    page.see_within("on-its-way", LATER).await;
    actions::recording_becomes(page, "READY").await;
    menu_offers(&panel, &format!("Copy a link to “{CLASS}”"), &["Copy a link "]).await;
    page.key(&control("1")).await;
    page.see("view-today").await;
    shots(page, "after").await;
    window.close().await;
}

/// Waits until the menu of the icon says these words, and checks what it offers: the window and the end of Hajime always,
/// and of the other acts only those that begin with `acts`.
async fn menu_offers(panel: &Panel, words: &str, acts: &[&str]) {
    let menu = panel.menu_with(words).await;
    let can = |begin: &str| menu.iter().any(|entry| entry.label.starts_with(begin) && entry.enabled);
    assert!(can("Open Hajime") && can("Quit"), "{menu:?}");
    for act in ["Start ", "End ", "Copy a link "] {
        assert_eq!(can(act), acts.contains(&act), "{act}: {menu:?}");
    }
}

/// Takes a picture at each of the three sizes.
async fn shots(page: &Page, what: &str) {
    page.shot(what).await;
    page.resize(1000, 640).await;
    page.shot(&format!("{what}-1000x640")).await;
    page.resize(1920, 1030).await;
    page.shot(&format!("{what}-1920x1030")).await;
    page.resize(1240, 800).await;
}

/// Plans a weekly class over the change of the clocks, and moves its first date.
async fn plan_over_the_change(page: &Page) {
    let sundays = page.run(SUNDAYS_SCRIPT).await;
    let (before, change) = (sundays["before"].as_str().unwrap(), sundays["change"].as_str().unwrap());
    page.key("n").await;
    type_over(page, "field-title", SERIES).await;
    type_over(page, "field-instructor", "M. Ito").await;
    type_over(page, "field-date", before).await;
    type_over(page, "field-time", "02:30").await;
    tab_to(page, &testid("field-timezone")).await;
    page.key(&control("a")).await;
    page.key("Europe/Berlin").await;
    page.key(ENTER).await;
    tab_to(page, &testid("repeats-never")).await;
    page.key(&format!("{RIGHT}{RIGHT}")).await;
    page.until("the dates and what the clocks do", SOON, async || {
        said(page, "series-preview").await.contains("03:30").then_some(())
    })
    .await;
    page.is_accessible("the form of a series").await;
    shots(page, "series").await;
    page.key(&control(ENTER)).await;
    until_true("the form to close", SOON, async || !page.sees("session-dialog").await).await;

    let made = page.ask("sessions_list", json!({ "from": null, "to": null })).await;
    let first = made.as_array().unwrap().iter().find(|one| one["title"] == json!(SERIES)).unwrap().clone();
    assert_eq!(first["start"], json!(format!("{before}T01:30:00Z")), "02:30 in Berlin, before the change");
    assert!(change > before);
    // Moved by keyboard: to the week of the class, to the class, a day later.
    page.key(&control("2")).await;
    page.see("week").await;
    let shown = format!(r#"return document.querySelector('[data-day="{before}"]') !== null"#);
    until_true("the week of the class", LATER, async || {
        let is_shown = page.run(&shown).await == json!(true);
        if !is_shown {
            page.key("]").await;
        }
        is_shown
    })
    .await;
    tab_to(page, &testid("schedule-event")).await;
    page.key(&format!("{ALT}{RIGHT}")).await;
    let moved = |session: &Value| session["start"].as_str().is_some_and(|start| !start.starts_with(before));
    until_true("the class a day later", SOON, async || {
        let all = page.ask("sessions_list", json!({ "from": null, "to": null })).await;
        all.as_array().unwrap().iter().any(|one| one["id"] == first["id"] && moved(one))
    })
    .await;
    page.until("the spoken result", SOON, async || (!said(page, "schedule-spoken").await.is_empty()).then_some(()))
        .await;
    shots(page, "moved").await;
}

/// Plans a class for the next hour.
async fn plan_now(page: &Page) {
    page.key(&control("1")).await;
    page.see("view-today").await;
    page.key("n").await;
    type_over(page, "field-title", CLASS).await;
    type_over(page, "field-instructor", "M. Ito").await;
    page.key(&control(ENTER)).await;
    until_true("the form to close", SOON, async || !page.sees("session-dialog").await).await;
    page.until("the next class", SOON, async || page.all_text().await.contains(CLASS).then_some(())).await;
}

/// Invites three people and returns the link of the first.
async fn invite(desktop: &Desktop, page: &Page) -> String {
    press(page, &testid("next-people")).await;
    tab_to(page, &testid("roster-text")).await;
    page.key(&format!(
        "Ada Lovelace <ada@example.org>{ENTER}Bo Strom <bo@example.org>{ENTER}Chidi Okafor <chidi@example.org>"
    ))
    .await;
    press(page, &testid("roster-add")).await;
    until_true("three people on the list", SOON, async || page.text("roster-count").await.contains('3')).await;
    desktop.clear_clipboard();
    press(page, &format!(r#"{}[aria-label*="Ada"]"#, testid("roster-copy-one"))).await;
    let text = desktop.clipboard().await;
    page.key(ESCAPE).await;
    until_true("the list to close", SOON, async || !page.sees("roster-text").await).await;
    text.split_whitespace().find(|word| word.starts_with("http")).expect("the invitation has a link").to_owned()
}

/// Has the class checked before it begins.
async fn checks(page: &Page) {
    page.key("r").await;
    page.see_css(&format!("{}:not([data-state=checking])", testid("preflight")), LATER).await;
    page.see("preflight-passed").await;
    // A toast that comes or goes is half transparent.
    until_true("the toasts to go", LATER, async || !page.sees("toast").await).await;
    page.is_accessible("Today with the checks of the next class").await;
    shots(page, "checks").await;
}

async fn start(desktop: &Desktop, page: &Page, cloud: &Cloud) -> Room {
    let before = desktop.opened_addresses().len();
    page.key(&control(ENTER)).await;
    // An early start asks first.
    let asked = async || page.sees("confirm-early").await || page.sees("live-card").await;
    until_true("the class or the question", LATER, asked).await;
    if page.sees("confirm-early").await {
        press(page, &testid("confirm-early")).await;
    }
    page.see_within("live-card", LATER).await;
    let opened =
        until("the join page in the browser", SOON, async || desktop.opened_addresses().get(before).cloned()).await;
    Room::behind(cloud, &opened).await
}

/// Opens Ada’s invitation in a browser of its own and goes into the room.
async fn join(cloud: &Cloud, room: &Room, link: &str) -> Chromium {
    let browser = Chromium::start("whole-day-joins", Devices::Allowed).await;
    enter(&browser, link).await;
    until_true("Ada in the room", LATER, async || is_in(cloud, room).await == Some(true)).await;
    browser
}

async fn enter(browser: &Chromium, link: &str) {
    browser.open(link).await;
    browser.page.heading("Join the room").await;
    browser.page.press_css("#join button").await;
}

/// Whether Ada is in the room; `None` if she never was.
async fn is_in(cloud: &Cloud, room: &Room) -> Option<bool> {
    let all = cloud.attendance(&room.id).await;
    let mut hers = all.into_iter().filter(|(name, _)| name.starts_with("Ada")).map(|(_, present)| present);
    let first = hers.next()?;
    Some(hers.fold(first, |any, present| any || present))
}

/// Removes Ada, whose link then opens nothing.
async fn remove_ada(page: &Page, cloud: &Cloud, room: &Room, link: &str) {
    press(page, &format!(r#"{}[aria-label*="Ada"]"#, testid("room-remove"))).await;
    press(page, &testid("room-remove-confirm")).await;
    until_true("Ada out of the room", LATER, async || is_in(cloud, room).await == Some(false)).await;
    // A browser that was never in the room.
    let browser = Chromium::start("whole-day-again", Devices::Allowed).await;
    enter(&browser, link).await;
    browser
        .page
        .until("the refusal of the old link", LATER, async || {
            let over = browser.page.run("return document.querySelector('#over-title').textContent").await;
            over.as_str().filter(|over| !over.is_empty()).map(drop)
        })
        .await;
    assert_eq!(is_in(cloud, room).await, Some(false), "the old link opens nothing");
}

async fn closing_question(desktop: &Desktop, page: &Page) {
    desktop.ask_to_close(CLASS);
    page.see("close-question").await;
    page.is_accessible("the question before closing").await;
    page.shot("closing").await;
    page.key(ESCAPE).await;
    until_true("the question to go", SOON, async || !page.sees("close-question").await).await;
}

async fn small_window(desktop: &Desktop, window: &Window) {
    let page = &window.page;
    page.key("m").await;
    let is_open = || desktop.window_titles().iter().any(|title| title == "Hajime, small window");
    until_true("the small window", SOON, async || is_open()).await;
    window.screen(desktop, "small-window");
    page.ask("large_window", json!({})).await;
    until_true("the small window to go", SOON, async || !is_open()).await;
}
