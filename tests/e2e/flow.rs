//! The main flow in the window: schedule, start, record, end, wait until the recording is ready, play and share.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use crate::support::actions::{self, Plan, Room};
use crate::support::app::{Launch, Window};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::Page;
use crate::support::secrets;
use crate::support::wait::{LATER, SOON, until, until_true};

const TITLE: &str = "Karate fundamentals";
const RENAMED_TITLE: &str = "Karate fundamentals: kihon and kata";
/// Participants that the session may have at most.
const MAX_PARTICIPANTS: usize = 3;
const CANCELLED_TITLE: &str = "Judo open mat";
/// JavaScript that returns the text of a session in the week and its label for screen readers, or null when the week
/// does not show it.
const EVENT_TEXT_SCRIPT: &str = r"
    const event = document.querySelector(`[data-testid='schedule-event'][data-session-id='${arguments[0]}']`);
    return event && `${event.getAttribute('aria-label')} ${event.innerText}`;
";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_session_is_scheduled_recorded_watched_and_shared_in_light() {
    whole_flow(Theme::Light).await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_session_is_scheduled_recorded_watched_and_shared_in_dark() {
    whole_flow(Theme::Dark).await;
}

async fn whole_flow(theme: Theme) {
    let desktop = Desktop::start(theme, Keyring::Unlocked).await;
    let window = Launch::sandbox(&desktop, "flow").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;

    first_window(page, theme).await;
    let session = plan(page).await;
    let room = actions::start(&desktop, page, &cloud, &session).await;
    live(page, &cloud, &room).await;
    let invited = invite(&desktop, page, &session, &room).await;
    end(page, &cloud, &room).await;
    ready(&desktop, page).await;
    actions::watch(&desktop, page).await;
    picture(page, "plays").await;
    let share_token = share(&desktop, page, &cloud).await;
    search(page).await;
    page.press("nav-settings").await;
    page.see("connect-account").await;
    picture(page, "settings").await;

    let mut tokens: Vec<&str> = invited.iter().map(|room| room.token.as_str()).collect();
    tokens.extend([room.token.as_str(), share_token.as_str(), cloud.api_token()]);
    nothing_leaked(&desktop, window, &tokens).await;
}

async fn first_window(page: &Page, theme: Theme) {
    page.text_becomes("sandbox-mark", "sandbox", SOON).await;
    let dark = page.run("return matchMedia('(prefers-color-scheme: dark)').matches").await;
    assert_eq!(dark, json!(theme == Theme::Dark), "the window follows the desktop's theme");
    picture(page, "first-window").await;
}

/// Schedules two sessions, renames one and cancels the other. Returns the id of the renamed session.
async fn plan(page: &Page) -> String {
    page.press("nav-schedule").await;
    picture(page, "schedule-empty").await;
    let plan = Plan { max_participants: MAX_PARTICIPANTS, ..Plan::titled(TITLE) };
    actions::fill_in(page, &plan).await;
    page.press("field-quality-720p").await;
    picture(page, "new-session").await;
    let session = actions::save(page, TITLE).await;
    let other = actions::schedule(page, &Plan::titled(CANCELLED_TITLE)).await;
    picture(page, "scheduled").await;

    actions::open_session(page, &session).await;
    picture(page, "session").await;
    page.press("edit-session").await;
    page.type_into("field-title", RENAMED_TITLE).await;
    assert_eq!(actions::save(page, RENAMED_TITLE).await, session, "it is still the same session");

    actions::open_session(page, &other).await;
    page.press("cancel-session").await;
    until_true("the cancelled session to be no longer on", SOON, async || {
        let text = page.run_with(EVENT_TEXT_SCRIPT, json!(other)).await;
        text.as_str().is_none_or(|text| text.to_lowercase().contains("cancelled"))
    })
    .await;
    picture(page, "schedule").await;
    session
}

/// Lets participants join, and checks that the recording is proven, paused and resumed.
async fn live(page: &Page, cloud: &Cloud, room: &Room) {
    page.attribute_becomes("live-proof", "data-state", "waiting_for_people", SOON).await;
    picture(page, "live-waiting").await;
    actions::record(page, cloud, room).await;
    page.text_becomes("live-people", "2", LATER).await;
    picture(page, "live-recording").await;
    page.press("pause-recording").await;
    page.attribute_becomes("live-proof", "data-state", "paused", LATER).await;
    picture(page, "live-paused").await;
    page.press("resume-recording").await;
    page.attribute_becomes("live-proof", "data-state", "recording", LATER).await;
}

/// Copies invitations until the room is full.
async fn invite(desktop: &Desktop, page: &Page, session: &str, room: &Room) -> Vec<Room> {
    let mut invited = Vec::new();
    while page.see("copy-invite").await.is_enabled().await.unwrap() {
        desktop.clear_clipboard();
        page.press("copy-invite").await;
        let invite = Room::at(&desktop.clipboard().await);
        assert_eq!(invite.id, room.id, "the invite is for this room");
        assert_ne!(invite.token, room.token, "no guest has the host's token");
        assert!(invited.iter().all(|other: &Room| other.token != invite.token), "every invite is personal");
        invited.push(invite);
        page.text_becomes("invites-made", &format!("{} of {MAX_PARTICIPANTS}", invited.len()), SOON).await;
        assert!(invited.len() <= MAX_PARTICIPANTS, "no more invites than seats");
    }
    assert_eq!(invited.len(), MAX_PARTICIPANTS, "every seat was given to a guest");
    picture(page, "room-full").await;
    // The button is already disabled; the core refuses the command too.
    let refused = page.ask("session_invite", json!({ "id": session })).await;
    assert_eq!(refused["code"], json!("room_full"), "{refused}");
    invited
}

async fn end(page: &Page, cloud: &Cloud, room: &Room) {
    page.press("end-session").await;
    page.see("confirm-end").await;
    picture(page, "end").await;
    // The script presses twice, as an impatient person does.
    page.run("const button = document.querySelector('[data-testid=confirm-end]'); button.click(); button.click();")
        .await;
    page.see_within("on-its-way", LATER).await;
    picture(page, "on-its-way").await;
    until_true("nobody to get in any more", LATER, async || !cloud.lets_in(&room.id).await).await;
    let alarms = page.run("return document.querySelectorAll('[data-testid=toast][data-kind=error]').length").await;
    assert_eq!(alarms, json!(0), "the second press is harmless");
}

async fn ready(desktop: &Desktop, page: &Page) {
    actions::recording_becomes(page, "READY").await;
    let shown = until("the notification", LATER, async || {
        desktop
            .notifications
            .all()
            .into_iter()
            .find(|shown| format!("{} {}", shown.summary, shown.body).contains(RENAMED_TITLE))
    })
    .await;
    assert_eq!(shown.app, "Hajime");
    assert!(shown.actions.iter().any(|action| action == "default"), "a press on the notification opens the recording");
    picture(page, "ready").await;
}

/// Copies a link that plays, and checks that it stops playing when its signing key is deleted. Returns the link's
/// token.
async fn share(desktop: &Desktop, page: &Page, cloud: &Cloud) -> String {
    desktop.clear_clipboard();
    page.press("recording-tab-links").await;
    page.press("hours-24").await;
    page.press("copy-link").await;
    page.see_within("link-url", SOON).await;
    let link = desktop.clipboard().await;
    picture(page, "link-copied").await;
    let (prefix, token) = link.trim_end_matches("/watch").rsplit_once('/').expect("the token is a part of the path");
    let claims = actions::claims(token);
    assert!(!claims["downloadable"].as_bool().unwrap_or(false), "the link allows no download");
    let manifest = format!("{prefix}/{token}/manifest/video.m3u8");
    assert_eq!(cloud.status(&manifest).await, StatusCode::OK);
    assert!(cloud.read(&manifest).await.starts_with("#EXTM3U"), "the manifest is a playlist");

    desktop.clear_clipboard();
    page.press("recording-tab-history").await;
    page.press("copy-evidence").await;
    let evidence = desktop.clipboard().await;
    assert!(evidence.contains("links_made: 1"), "{evidence}");
    assert!(!evidence.contains(token) && !evidence.contains(RENAMED_TITLE), "{evidence}");

    page.press("nav-links").await;
    until_true("the link in the ledger", SOON, async || page.all_text().await.contains(RENAMED_TITLE)).await;
    picture(page, "ledger").await;

    cloud.delete_signing_keys().await;
    until_true("the link to be refused", Duration::from_secs(5), async || {
        cloud.status(&manifest).await == StatusCode::UNAUTHORIZED
    })
    .await;
    token.to_owned()
}

async fn search(page: &Page) {
    page.press("nav-recordings").await;
    page.see("recording-row").await;
    page.type_into("recordings-search", "aikido").await;
    page.see("recordings-no-match").await;
    assert!(!page.sees("recording-row").await, "the search lists matches only");
    picture(page, "nothing-found").await;
    page.type_into("recordings-search", "kihon").await;
    page.see("recording-row").await;
    picture(page, "found").await;
}

async fn nothing_leaked(desktop: &Desktop, window: Window, tokens: &[&str]) {
    let log = window.log_file().to_owned();
    let home = desktop.home().to_owned();
    window.close().await;
    secrets::assert_none_in(&[desktop.data_dir(), log, home], tokens);
}

/// Takes one screenshot at the smallest supported size, where nothing may overflow, and one at the size in which the
/// window opens.
async fn picture(page: &Page, what: &str) {
    page.resize(1000, 640).await;
    page.shot(&format!("{what}-1000x640")).await;
    let too_wide = page.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth").await;
    assert_eq!(too_wide, json!(0), "{what}: nothing sticks out at 1000 × 640");
    page.resize(1240, 800).await;
    page.shot(what).await;
}
