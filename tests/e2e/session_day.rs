//! Parts of a session that only the real window shows: the question before closing, the alarm, and time zones unknown
//! to the web view.

use std::time::Duration;

use serde_json::json;

use crate::support::actions::{self, Plan};
use crate::support::app::{Launch, binary};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::notifications::Shown;
use crate::support::page::Page;
use crate::support::wait::{LATER, SOON, answer, until, until_true};

/// Noon on the first Wednesday or Friday that is more than a day ahead. Both sessions are then in one week, whatever
/// their zones, whether a week starts on Saturday, Sunday or Monday, and whenever the test runs.
const MIDWEEK_SCRIPT: &str = "
    const now = new Date();
    const noon = new Date(now);
    noon.setUTCHours(12, 0, 0, 0);
    while (![3, 5].includes(noon.getUTCDay()) || noon - now < 864e5) noon.setUTCDate(noon.getUTCDate() + 1);
    return noon.toISOString().slice(0, 16);
";
/// JavaScript that makes the web view reject one time zone, as a web view with older time zone data does.
const REJECT_ZONE_SCRIPT: &str = r"
    const Known = Intl.DateTimeFormat;
    Intl.DateTimeFormat = new Proxy(Known, {
        construct(target, [locale, options]) {
            if (options?.timeZone === 'America/Coyhaique') throw new RangeError('Invalid time zone');
            return new target(locale, options);
        },
    });
";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn asks_before_the_window_closes_during_a_session() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "closing").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    until_true("the window's plain title", SOON, async || desktop.window_titles() == ["Hajime"]).await;

    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    actions::start(&desktop, page, &cloud, &session).await;
    let title = until("the title of a live session", SOON, async || {
        desktop.window_titles().into_iter().find(|title| title.starts_with("● Live "))
    })
    .await;
    assert!(title.ends_with(" min · Judo"), "{title}");

    desktop.ask_to_close(&title);
    page.see("confirm-close").await;
    let all = page.all_text().await;
    assert!(all.contains("“Judo” is live") && all.contains("nobody is warned if recording stops"), "{all}");
    page.shot("closing").await;
    // Esc goes back: the window stays open.
    page.key("\u{e00c}").await;
    until_true("the question to go", SOON, async || !page.sees("confirm-close").await).await;
    assert!(page.sees("live-card").await, "the window stays");

    // Enter chooses the safe answer: the window goes away, the small one stays on the screen, and the class goes on.
    desktop.ask_to_close(&title);
    page.see("close-question").await;
    page.key("\u{e007}").await;
    until_true("the small window alone", SOON, async || desktop.window_titles() == ["Hajime, small window"]).await;
    window.screen(&desktop, "background");
    // A second start shows the window again.
    let data_dir = desktop.data_dir().display().to_string();
    let again = desktop.command(binary()).args(["--data-dir", &data_dir, "--sandbox"]).status().unwrap();
    assert!(again.success());
    until_true("the window again", SOON, async || {
        desktop.window_titles().iter().any(|shown| shown.starts_with("● Live "))
    })
    .await;
    assert!(page.sees("live-card").await, "the class is still live");

    let title = until("the title of the live session", SOON, async || {
        desktop.window_titles().into_iter().find(|shown| shown.starts_with("● Live "))
    })
    .await;
    desktop.ask_to_close(&title);
    confirm_close(page).await;
    window.closed().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn the_class_is_ended_before_the_window_closes_when_a_person_says_so() {
    let desktop = Desktop::start(Theme::Dark, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "end-and-close").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    let room = actions::start(&desktop, page, &cloud, &session).await;
    actions::record(page, &cloud, &room).await;
    desktop.ask_to_close("Judo");
    page.see("close-after-ending").await;
    page.run("setTimeout(() => document.querySelector('[data-testid=close-after-ending]').click(), 100)").await;
    window.closed().await;
    let window = Launch::sandbox(&desktop, "ended-and-closed").open().await;
    window.page.see("view-today").await;
    assert!(!window.page.sees("live-card").await, "the class has ended");
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_signal_ends_the_app_during_a_class_without_a_question_and_loses_nothing() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "signal").open().await;
    let page = &window.page;
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    actions::press_start(page, &session).await;
    let ended = desktop.command("kill").args(["-TERM", &window.pid().to_string()]).status().unwrap();
    assert!(ended.success());
    window.closed().await;
    let window = Launch::sandbox(&desktop, "after-signal").open().await;
    window.page.see_within("live-card", LATER).await;
    desktop.ask_to_close("Judo");
    confirm_close(&window.page).await;
    window.closed().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn the_small_window_shows_the_live_class_and_does_not_take_the_keyboard() {
    let desktop = Desktop::start(Theme::Dark, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "compact").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    let room = actions::start(&desktop, page, &cloud, &session).await;
    actions::record(page, &cloud, &room).await;
    page.press("open-compact").await;
    until_true("the small window", SOON, async || {
        desktop.window_titles().iter().any(|title| title == "Hajime, small window")
    })
    .await;
    let focused = desktop.command("xdotool").args(["getactivewindow", "getwindowname"]).output().unwrap();
    let focused = String::from_utf8_lossy(&focused.stdout).trim().to_owned();
    assert!(focused.starts_with("● Live "), "{focused} has the keyboard");
    window.screen(&desktop, "both");
    page.ask("large_window", json!({})).await;
    until_true("the small window to go", SOON, async || {
        desktop.window_titles().iter().all(|title| title != "Hajime, small window")
    })
    .await;
    actions::end(page).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn the_alarm_is_urgent_and_withdrawn_once_the_session_is_recorded() {
    let desktop = Desktop::start(Theme::Dark, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "alarm").open().await;
    let page = &window.page;
    start_unrecorded(&desktop, page).await;
    // The task bar asks for attention only while another window has the keyboard.
    desktop.minimize("Judo");
    let shown = until("the alarm", LATER, async || alarm(&desktop, false)).await;
    until_true("the task bar to ask for attention", SOON, async || desktop.asks_for_attention("Judo")).await;
    desktop.raise("Judo");
    assert_eq!((shown.urgency, shown.expires), (Some(2), 0), "the alarm is critical and never expires");
    assert!(shown.resident, "the alarm stays when it is pressed");
    assert!(shown.actions.iter().any(|action| action == "record"), "the alarm has the button Record again");
    page.attribute_becomes("live-proof", "data-state", "alarm", LATER).await;
    page.shot("alarm").await;
    page.resize(1000, 640).await;
    page.shot("alarm-1000x640").await;

    // Minimized, so that only the press shows the window.
    desktop.minimize("Judo");
    let in_front = async || desktop.is_in_front("Judo").then_some(());
    desktop.notifications.press_until("Not being recorded", "default", in_front).await;
    let recorded = async || (page.attribute("live-proof", "data-state").await == "recording").then_some(());
    desktop.notifications.press_until("Not being recorded", "record", recorded).await;
    page.attribute_becomes("live-proof", "data-state", "recording", LATER).await;
    until("the alarm to be taken back", LATER, async || alarm(&desktop, true)).await;

    actions::end(page).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn closing_the_window_withdraws_the_alarm() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "alarm-closed").open().await;
    let page = &window.page;
    start_unrecorded(&desktop, page).await;
    until("the alarm", LATER, async || alarm(&desktop, false)).await;

    desktop.ask_to_close("Judo");
    confirm_close(page).await;
    window.closed().await;
    until("the alarm to be taken back", SOON, async || alarm(&desktop, true)).await;
}

/// Starts a session with one participant, whose recorder never joins.
async fn start_unrecorded(desktop: &Desktop, page: &Page) {
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    cloud.lose_next_recorder().await;
    let room = actions::start(desktop, page, &cloud, &session).await;
    cloud.join(&room.id, "Aiko").await;
}

/// Returns the alarm when it is shown, or with `closed` when it was withdrawn.
fn alarm(desktop: &Desktop, closed: bool) -> Option<Shown> {
    let all = desktop.notifications.all();
    all.into_iter().find(|shown| shown.summary.contains("Not being recorded") && shown.closed == closed)
}

/// Confirms that the window may close. The page presses the button a moment later, because the driver does not answer a
/// press that closes its window.
async fn confirm_close(page: &Page) {
    page.see("confirm-close").await;
    page.run("setTimeout(() => document.querySelector('[data-testid=confirm-close]').click(), 100)").await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_time_zone_unknown_to_the_web_view_empties_no_view() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "zone").open().await;
    let page = &window.page;
    page.see("view-today").await;
    page.run(REJECT_ZONE_SCRIPT).await;
    let start = page.run(MIDWEEK_SCRIPT).await;
    for (title, zone) in [("Judo", "America/Coyhaique"), ("Aikido", "Europe/Berlin")] {
        let input = json!({
            "title": title, "instructor": "M. Ito", "start_local": start, "timezone": zone, "duration_minutes": 60,
            "record": true, "quality": "720p", "max_participants": 20,
        });
        let made = page.ask("session_create", json!({ "input": input })).await;
        assert_eq!(made["title"], json!(title), "{made}");
    }
    let both_shown = async || {
        let all = page.all_text().await;
        all.contains("Judo") && all.contains("Aikido")
    };
    until_true("both sessions on Today", SOON, both_shown).await;
    let all = page.all_text().await;
    assert!(all.contains("UTC, planned in America/Coyhaique"), "{all}");
    assert!(!page.sees("broken").await, "{all}");
    page.shot("today").await;
    page.press("nav-schedule").await;
    page.press("show-list").await;
    // The sessions are in this week or in the next one: the system says on which day its weeks start.
    if answer(Duration::from_secs(3), async || both_shown().await.then_some(())).await.is_none() {
        page.press("next-week").await;
    }
    until_true("both sessions in the list", SOON, both_shown).await;
    page.shot("list").await;
    page.press_css(r#"[data-testid="schedule-event"]"#).await;
    page.see("event-details").await;
    page.press("edit-session").await;
    page.see("field-title").await;
    page.shot("form").await;
    window.close().await;
}
