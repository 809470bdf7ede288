//! A copied text stays on the clipboard after the window closes, on a desktop without a clipboard manager.

use serde_json::json;

use crate::support::actions::{self, Plan};
use crate::support::app::{self, Launch};
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::process;
use crate::support::wait::{LATER, until_true};

const KEEPER_ARGUMENT: &str = "--keep-clipboard";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn an_invitation_stays_on_the_clipboard_after_the_window_closes() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "clipboard").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Kendo")).await;
    actions::start(&desktop, page, &cloud, &session).await;
    page.ask("session_invite", json!({ "id": session })).await;
    let copied = desktop.clipboard().await;
    assert!(copied.contains("#token="), "{copied}");
    actions::end_empty(page).await;
    desktop.ask_to_close("Hajime");
    window.closed().await;
    assert_eq!(desktop.clipboard().await, copied);
    assert_eq!(process::running(&app::binary(), KEEPER_ARGUMENT).len(), 1);

    desktop.clear_clipboard();
    until_true("the process that kept it to end", LATER, async || {
        process::running(&app::binary(), KEEPER_ARGUMENT).is_empty()
    })
    .await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn closing_the_window_keeps_a_text_copied_in_another_program() {
    let desktop = Desktop::start(Theme::Light, Keyring::Absent).await;
    let window = Launch::sandbox(&desktop, "clipboard-other").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(page, &Plan::titled("Kendo")).await;
    actions::start(&desktop, page, &cloud, &session).await;
    page.ask("session_invite", json!({ "id": session })).await;
    actions::end_empty(page).await;
    desktop.clipboard().await;
    desktop.copy("a shopping list");
    desktop.ask_to_close("Hajime");
    window.closed().await;
    assert_eq!(desktop.clipboard().await, "a shopping list");
    assert!(process::running(&app::binary(), KEEPER_ARGUMENT).is_empty());
}
