//! Tests with hostile titles, wrong tokens, and desktops without a keyring.

use serde_json::json;

use crate::support::actions::{self, Plan};
use crate::support::app::{Launch, SPEED, Window};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::Page;
use crate::support::secrets;
use crate::support::standalone::Standalone;
use crate::support::wait::{LATER, SOON, until_true};

const HOSTILE_TITLE: &str = "<img src=x onerror=alert(1)>";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_hostile_title_is_shown_as_text_in_every_view() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let window = Launch::sandbox(&desktop, "hostile").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let plan = Plan { instructor: HOSTILE_TITLE, ..Plan::titled(HOSTILE_TITLE) };
    let session = actions::schedule(page, &plan).await;
    is_text(page, "schedule").await;
    let room = actions::start(&desktop, page, &cloud, &session).await;
    is_text(page, "live").await;
    actions::record(page, &cloud, &room).await;
    actions::end(page).await;
    is_text(page, "on-its-way").await;
    actions::recording_becomes(page, "READY").await;
    is_text(page, "recordings").await;
    actions::watch(&desktop, page).await;
    is_text(page, "recording").await;
    page.press("copy-link").await;
    page.see_within("link-url", SOON).await;
    page.press("nav-links").await;
    is_text(page, "ledger").await;
    until_true("the notification", LATER, async || !desktop.notifications.all().is_empty()).await;
    for shown in desktop.notifications.all() {
        assert!(
            !shown.body.contains("<img"),
            "a notification's text is markup, so the title is escaped in it: {}",
            shown.body
        );
    }
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_wrong_token_is_reported_and_the_correct_one_is_kept_in_the_keyring() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let cloudflare = Standalone::start(SPEED).await;
    let window = connect_form(&desktop, &cloudflare, "connect").await;
    let page = &window.page;

    page.type_into("field-account-id", cloudflare.field("account_id")).await;
    page.type_into("field-api-token", "a-token-that-nobody-ever-made-0000000000").await;
    page.press("check-credentials").await;
    until_true("a sentence about the token", LATER, async || {
        let said = page.all_text().await.to_lowercase();
        said.contains("token")
            && (said.contains("not valid")
                || said.contains("invalid")
                || said.contains("does not know")
                || said.contains("not accepted")
                || said.contains("refused"))
    })
    .await;
    page.shot("wrong-token").await;
    assert!(!page.see("save-credentials").await.is_enabled().await.unwrap(), "a wrong token cannot be saved");

    connect(page, &cloudflare).await;
    page.shot("connected").await;
    window.close().await;

    let window =
        Launch::app(&desktop, "connect-again").env("CLOUDFLARE_BASE_URL", cloudflare.field("base_url")).open().await;
    window.page.see("nav-settings").await;
    window.page.press("nav-settings").await;
    window.page.see("forget-credentials").await;
    assert!(!window.page.sees("sandbox-mark").await, "the account is still connected");
    window.page.press("forget-credentials").await;
    window.page.see("forget-confirm").await;
    window.page.press("forget-confirm").await;
    window.page.see_within("sandbox-mark", LATER).await;
    let log = window.log_file().to_owned();
    window.close().await;
    secrets::assert_none_in(&[desktop.data_dir(), log, desktop.home().to_owned()], &[cloudflare.field("api_token")]);
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn without_a_keyring_the_token_lives_for_one_run_only() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let cloudflare = Standalone::start(SPEED).await;
    let window = connect_form(&desktop, &cloudflare, "no-keyring").await;
    until_true("a word about the keyring", SOON, async || {
        window.page.all_text().await.to_lowercase().contains("keyring")
    })
    .await;
    window.page.shot("said").await;
    connect(&window.page, &cloudflare).await;
    let log = window.log_file().to_owned();
    window.close().await;
    secrets::assert_none_in(&[desktop.data_dir(), log, desktop.home().to_owned()], &[cloudflare.field("api_token")]);

    let window =
        Launch::app(&desktop, "no-keyring-again").env("CLOUDFLARE_BASE_URL", cloudflare.field("base_url")).open().await;
    // The account stays connected although its token is lost, so the app does not open the sandbox by itself.
    window.page.attribute_becomes("desk-failed", "data-code", "keyring_missing", LATER).await;
    window.page.text_becomes("desk-failed", cloudflare.field("account_id"), SOON).await;
    window.page.shot("page").await;
    window.page.press("desk-practise").await;
    window.page.see_within("sandbox-mark", LATER).await;
    window.close().await;
}

pub(crate) async fn connect_form(desktop: &Desktop, cloudflare: &Standalone, name: &str) -> Window {
    let window = Launch::app(desktop, name).env("CLOUDFLARE_BASE_URL", cloudflare.field("base_url")).open().await;
    window.page.see_within("sandbox-mark", LATER).await;
    window.page.press("nav-settings").await;
    window.page.press("connect-account").await;
    window
}

pub(crate) async fn connect(page: &Page, cloudflare: &Standalone) {
    page.type_into("field-account-id", cloudflare.field("account_id")).await;
    page.type_into("field-api-token", cloudflare.field("api_token")).await;
    page.press("check-credentials").await;
    page.press("save-credentials").await;
    until_true("the window to leave the sandbox", LATER, async || !page.sees("sandbox-mark").await).await;
}

/// Checks that the title is shown as it was typed, and that no part of it became an element or ran as a script.
async fn is_text(page: &Page, place: &str) {
    until_true(&format!("the title on {place}"), SOON, async || page.all_text().await.contains(HOSTILE_TITLE)).await;
    let elements = page.run("return document.querySelectorAll('img[src=\"x\"], [onerror]').length").await;
    assert_eq!(elements, json!(0), "{place}");
    page.shot(place).await;
}
