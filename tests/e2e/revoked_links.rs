//! Revoking the links of one recording in the window ends exactly those.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::Launch;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::Page;
use crate::support::standalone::{Standalone, title};
use crate::support::wait::{LATER, SOON, until_true};

/// Recordings with links that go on working.
const OTHERS: usize = 50;
const LINKS_OF_EACH: usize = 10;
/// Links to the recording whose links are revoked.
const REVOKED: usize = 3;

/// JavaScript that makes links to a recording, one after the other, and returns their addresses.
const MAKE_SCRIPT: &str = r"
    const [{ id, count }, done] = arguments;
    (async () => {
        const made = [];
        for (let n = 0; n < count; n += 1) {
            made.push(await window.__TAURI_INTERNALS__.invoke('link_make', { recordingId: id, hours: 24, download: false }));
        }
        return made.map(({ url }) => url);
    })().then(done, (refusal) => done({ refusal }));
";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn revoking_the_links_of_a_recording_ends_them_and_no_others() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let cloud = Standalone::start_without_limits("1").await;
    cloud.fill(OTHERS + 1).await;
    let window = cloud.opened_by(Launch::app(&desktop, "revoked-links")).open().await;
    let page = &window.page;
    page.see("view-today").await;
    let recordings = page
        .until("every recording", LATER, async || {
            let query = json!({ "search": "", "filter": "ready", "limit": 100, "offset": 0 });
            let found = page.ask("recordings_list", json!({ "query": query })).await;
            found["rows"].as_array().filter(|rows| rows.len() == OTHERS + 1).cloned()
        })
        .await;
    let settings = json!({ "per_recording": true, "pool": 0, "remind_months": null });
    let kept = page.ask("keys_settings", json!({ "settings": settings })).await;
    assert!(kept.get("code").is_none(), "{kept}");

    let (mut revoked, mut others) = (Vec::new(), Vec::new());
    for recording in &recordings {
        if recording["title"] == json!(title(0)) {
            revoked = links(page, recording, REVOKED).await;
        } else {
            others.extend(links(page, recording, LINKS_OF_EACH).await);
        }
    }
    assert_eq!((revoked.len(), others.len()), (REVOKED, OTHERS * LINKS_OF_EACH));
    for link in revoked.iter().chain(&others) {
        assert_eq!(cloud.people().status(&playlist(link)).await, StatusCode::OK);
    }

    page.press("nav-links").await;
    page.press("part-ledger").await;
    page.type_into("ledger-find", &title(0)).await;
    page.until("the entries of the recording alone", SOON, async || {
        (page.run("return document.querySelectorAll('[data-testid=ledger-revoke]').length").await == json!(REVOKED))
            .then_some(())
    })
    .await;
    page.shot("ledger").await;
    page.press("ledger-revoke").await;
    page.text_becomes("revoke-dialog", "3 links to this recording stop", SOON).await;
    page.text_becomes("revoke-dialog", "All others work on", SOON).await;
    page.type_into("revoke-typed", "revoke").await;
    page.shot("revoking").await;
    page.is_accessible("the question before links are revoked").await;
    page.press("revoke-go").await;
    until_true("the dialog to close", LATER, async || !page.sees("revoke-dialog").await).await;
    page.text_becomes("toast", "3 links revoked", SOON).await;
    page.text_becomes("toast", "Cloudflare refuses them now", SOON).await;
    page.shot("revoked").await;

    for link in &revoked {
        assert_eq!(cloud.people().status(&playlist(link)).await, StatusCode::UNAUTHORIZED);
    }
    for link in &others {
        assert_eq!(cloud.people().status(&playlist(link)).await, StatusCode::OK);
    }
    window.close().await;
}

async fn links(page: &Page, recording: &Value, count: usize) -> Vec<String> {
    let made = page.run_async(MAKE_SCRIPT, json!({ "id": recording["id"], "count": count })).await;
    let Some(made) = made.as_array() else { panic!("a link was refused: {made}") };
    made.iter().filter_map(|url| url.as_str().map(ToOwned::to_owned)).collect()
}

/// The address of the playlist that a link leads to.
fn playlist(link: &str) -> String {
    format!("{}/manifest/video.m3u8", link.trim_end_matches("/watch"))
}
