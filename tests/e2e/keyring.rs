//! A keyring that does not return the account's token: the window names the account and the reason, and never opens the
//! sandbox instead.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::hostile::{connect, connect_form};
use crate::support::actions::{self, Plan};
use crate::support::app::{self, Launch, SPEED, Window};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::keyring::{self, SilentKeyring};
use crate::support::page::Page;
use crate::support::process::{self, Process};
use crate::support::standalone::Standalone;
use crate::support::wait::{LATER, SOON, until, until_true};

/// Longest time that a command of the CLI may take, whatever the keyring does.
const COMMAND_TIME_LIMIT: Duration = Duration::from_secs(5);

/// Starts a desktop with a connected account whose token is in the keyring.
async fn connected(theme: Theme, cloudflare: &Standalone, name: &str) -> Desktop {
    let desktop = Desktop::start(theme, Keyring::Unlocked).await;
    let window = connect_form(&desktop, cloudflare, name).await;
    connect(&window.page, cloudflare).await;
    window.close().await;
    desktop
}

/// Opens the app and waits for the page that names the account and the error code.
async fn open_unavailable(desktop: &Desktop, cloudflare: &Standalone, name: &str, code: &str) -> Window {
    let window = Launch::app(desktop, name).open().await;
    let page = &window.page;
    page.attribute_becomes("desk-failed", "data-code", code, SOON).await;
    page.text_becomes("desk-failed", cloudflare.field("account_id"), SOON).await;
    assert!(!page.sees("sandbox-mark").await, "the sandbox does not open by itself");
    picture(page, code).await;
    window
}

async fn picture(page: &Page, what: &str) {
    page.resize(1240, 800).await;
    page.shot(what).await;
    page.resize(1000, 640).await;
    page.shot(&format!("{what}-small")).await;
}

async fn is_open(page: &Page) {
    page.see_within("nav-settings", LATER).await;
    assert!(!page.sees("sandbox-mark").await && !page.sees("desk-failed").await);
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_locked_keyring_is_reported_until_it_is_unlocked_in_light() {
    locked(Theme::Light).await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_locked_keyring_is_reported_until_it_is_unlocked_in_dark() {
    locked(Theme::Dark).await;
}

async fn locked(theme: Theme) {
    let cloudflare = Standalone::start(SPEED).await;
    let mut desktop = connected(theme, &cloudflare, "locked").await;
    keyring::lock(desktop.bus()).await;
    let window = open_unavailable(&desktop, &cloudflare, "locked-again", "keyring_locked").await;
    window.page.press("desk-retry").await;
    // The keyring has already answered. An answer that came after unlocking would open the account without the button.
    window.page.text_becomes("desk-retry", "Unlock and try again", SOON).await;
    window.page.attribute_becomes("desk-failed", "data-code", "keyring_locked", SOON).await;
    desktop.unlock_keyring().await;
    // The same process of the app asks the keyring again.
    window.page.press("desk-retry").await;
    is_open(&window.page).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_token_deleted_from_the_keyring_is_entered_again() {
    let cloudflare = Standalone::start(SPEED).await;
    let desktop = connected(Theme::Light, &cloudflare, "gone").await;
    assert_eq!(keyring::lose_entries(desktop.bus()).await, 1);
    let window = open_unavailable(&desktop, &cloudflare, "gone-again", "token_missing").await;
    let page = &window.page;
    page.press("desk-token").await;
    page.see("field-api-token").await;
    picture(page, "enter-again").await;
    page.type_into("field-api-token", cloudflare.field("api_token")).await;
    page.press("check-credentials").await;
    page.press("save-credentials").await;
    is_open(page).await;
    window.close().await;

    // The token is stored together with the account's address, so this start needs no environment variables.
    let window = Launch::app(&desktop, "gone-kept").open().await;
    is_open(&window.page).await;
    let account = format!("api-token/{}", cloudflare.field("account_id"));
    assert_eq!(keyring::entries(desktop.bus()).await, [account]);
    window.page.press("nav-settings").await;
    window.page.press("forget-credentials").await;
    window.page.press("forget-confirm").await;
    window.page.see_within("sandbox-mark", LATER).await;
    assert!(!window.page.sees("open-account").await, "a forgotten account cannot be opened");
    until_true("an empty keyring", SOON, async || keyring::entries(desktop.bus()).await.is_empty()).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn an_account_without_its_token_can_be_forgotten() {
    let cloudflare = Standalone::start(SPEED).await;
    let desktop = connected(Theme::Dark, &cloudflare, "forget").await;
    assert_eq!(keyring::lose_entries(desktop.bus()).await, 1);
    let window = open_unavailable(&desktop, &cloudflare, "forget-gone", "token_missing").await;
    let page = &window.page;
    page.press("forget-credentials").await;
    page.see("forget-confirm").await;
    page.shot("forget").await;
    page.press("forget-confirm").await;
    page.see_within("sandbox-mark", LATER).await;
    assert!(!page.sees("open-account").await, "a forgotten account cannot be opened");
    window.close().await;
    let window = Launch::app(&desktop, "forgotten").open().await;
    window.page.see_within("sandbox-mark", LATER).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn an_unanswered_keyring_prompt_leaves_no_window_blank() {
    let cloudflare = Standalone::start(SPEED).await;
    let mut desktop = connected(Theme::Light, &cloudflare, "silent").await;
    desktop.stop_keyring().await;
    let silent = SilentKeyring::serve(desktop.bus()).await;
    let window = open_unavailable(&desktop, &cloudflare, "silent-again", "keyring_waiting").await;
    let page = &window.page;
    page.press("desk-practise").await;
    page.see_within("sandbox-mark", LATER).await;
    page.shot("practising").await;
    page.press("open-account").await;
    page.attribute_becomes("desk-failed", "data-code", "keyring_waiting", SOON).await;
    // The app accepts the keyring's answer however late it comes.
    silent.dismiss().await;
    page.attribute_becomes("desk-failed", "data-code", "keyring_locked", SOON).await;

    for (arguments, done) in [(&["session", "list"][..], true), (&["sync"], false), (&["doctor"], false)] {
        let began = Instant::now();
        let output = cli(&desktop, arguments).output().unwrap();
        let took = began.elapsed();
        assert!(took < COMMAND_TIME_LIMIT, "{arguments:?} took {took:?}");
        assert_eq!(output.status.success(), done, "{arguments:?}: {output:?}");
    }
    window.close().await;
}

fn cli(desktop: &Desktop, arguments: &[&str]) -> Command {
    let mut command = desktop.command(app::binary().with_file_name("hajime-cli"));
    command.env("HAJIME_DATA_DIR", desktop.data_dir()).args(arguments).stdin(Stdio::null());
    command
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn no_child_process_of_the_window_has_the_token() {
    let cloudflare = Standalone::start(SPEED).await;
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = cloudflare.opened_by(Launch::app(&desktop, "environment")).open().await;
    let page = &window.page;
    is_open(page).await;
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    actions::press_start(page, &session).await;
    let browser = until("the browser’s environment", LATER, async || desktop.browser_environment()).await;
    let token = cloudflare.field("api_token");
    assert!(browser.contains("DISPLAY=") && !browser.contains(token) && !browser.contains("CLOUDFLARE_API_TOKEN"));

    let programs = process::with_environment(&format!("XDG_RUNTIME_DIR={}", desktop.home().join("runtime").display()));
    let all: Vec<_> = programs.iter().map(|program| program.name.as_str()).collect();
    for needed in ["hajime", "WebKitNetworkPr", "WebKitWebProces"] {
        assert!(all.contains(&needed), "{needed} is not among {all:?}");
    }
    for program in &programs {
        assert!(!program.environment.contains(token), "{} has the token", program.name);
        assert!(!program.arguments.contains(token), "{} shows the token", program.name);
    }
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_first_session_in_the_sandbox_completes_although_proxies_are_set() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let names = ["http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let launch =
        names.iter().fold(Launch::sandbox(&desktop, "proxy"), |launch, name| launch.env(name, "http://127.0.0.1:9"));
    let window = launch.open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Judo")).await;
    let room = actions::start(&desktop, page, &cloud, &session).await;
    actions::record(page, &cloud, &room).await;
    actions::end(page).await;
    actions::recording_becomes(page, "READY").await;
    actions::watch(&desktop, page).await;
    page.shot("plays").await;
    page.press("copy-link").await;
    page.see_within("link-url", LATER).await;
    window.close().await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_second_start_of_the_app_is_answered_by_the_open_window_or_opens_its_own() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "second").open().await;
    window.page.see_within("sandbox-mark", LATER).await;
    let data = desktop.data_dir().display().to_string();
    let status = desktop
        .command(app::binary())
        .args(["--data-dir", &data, "--sandbox", "--sandbox-speed", "7"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    until_true("a word about the second start", SOON, async || {
        let said = window.page.all_text().await;
        said.contains("--sandbox-speed had no effect") && said.contains(&data)
    })
    .await;
    window.page.shot("told").await;

    let other = desktop.home().join("other-data");
    let before = desktop.bus().names_with("SingleInstance").await;
    let _second = Process::start(
        desktop.command(app::binary()).arg("--data-dir").arg(&other).stdout(Stdio::null()).stderr(Stdio::null()),
    );
    until_true("a window of its own for other data", LATER, async || {
        desktop.bus().names_with("SingleInstance").await.len() == before.len() + 1
            && other.join("sandbox/hajime.db").is_file()
    })
    .await;
    assert_eq!(window.page.run("return document.readyState").await, json!("complete"));
    window.close().await;
}
