//! An unrecorded session gets a video by attachment, and the video is deleted at Cloudflare. A sync marks the recording
//! as missing, and the test removes it from the list and restores it.

use serde_json::json;

use crate::support::actions::{self, Plan};
use crate::support::app::Launch;
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::Page;
use crate::support::wait::{LATER, SOON};

const RECORDED_TITLE: &str = "Karate kata";
const UNRECORDED_TITLE: &str = "Judo randori";
const ROW_COUNT_SCRIPT: &str =
    "return document.querySelectorAll(`[data-testid='recording-row']${arguments[0]}`).length";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_deleted_attachment_is_found_removed_and_restored() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let window = Launch::sandbox(&desktop, "lost").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;

    let session = actions::schedule(page, &Plan::titled(RECORDED_TITLE)).await;
    let room = actions::start(&desktop, page, &cloud, &session).await;
    actions::record(page, &cloud, &room).await;
    actions::end(page).await;
    actions::recording_becomes(page, "READY").await;
    let by_phone = cloud.copy_recording("By phone").await;

    let session = actions::schedule(page, &Plan::titled(UNRECORDED_TITLE)).await;
    actions::start(&desktop, page, &cloud, &session).await;
    actions::end_empty(page).await;
    attach(page, &session, &by_phone).await;
    page.press("nav-recordings").await;
    rows(page, "[data-status='READY']", 2).await;

    cloud.delete_video(&by_phone).await;
    page.key("r").await;
    says(page, "Checked with Cloudflare").await;
    rows(page, "[data-status='FAILED']", 1).await;
    assert!(!page.sees("retry-recording").await, "a deleted video cannot be retried");
    page.press("review-missing").await;
    page.see("removal-recording").await;
    page.shot("review").await;
    page.press("removal-remove").await;
    rows(page, "", 1).await;
    assert!(!page.sees("recordings-missing").await, "no other recording is missing");
    page.shot("taken-off").await;
    page.press("toast-action").await;
    rows(page, "", 2).await;
    page.see("recordings-missing").await;
    page.key("r").await;
    says(page, "Nothing changed.").await;
    window.close().await;
}

async fn attach(page: &Page, session: &str, video: &str) {
    page.until("the session without a recording", LATER, async || {
        actions::open_session(page, session).await;
        if page.sees("attach-recording").await {
            return Some(());
        }
        page.key("\u{e00c}").await;
        None
    })
    .await;
    page.press("attach-recording").await;
    page.press_css(&format!("[data-testid='attach-candidate'][data-candidate-id='{video}']")).await;
    page.shot("attach").await;
    page.press("attach").await;
}

/// Waits until `count` recordings in the list match the CSS selector `like`.
async fn rows(page: &Page, like: &str, count: u64) {
    page.until(&format!("{count} rows {like}"), LATER, async || {
        (page.run_with(ROW_COUNT_SCRIPT, json!(like)).await == json!(count)).then_some(())
    })
    .await;
}

async fn says(page: &Page, text: &str) {
    page.until(&format!("“{text}”"), SOON, async || page.all_text().await.contains(text).then_some(())).await;
}
