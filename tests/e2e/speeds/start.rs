//! Measures the time from the start of the program until its window answers.

use serde_json::json;

use super::table::Table;
use super::{at_most, conclude, desktop, empty, median};
use crate::support::app::Launch;
use crate::support::desktop::Desktop;
use crate::support::standalone::Standalone;
use crate::support::wait::{LATER, until_true};

/// Connects the account through the app's form, so that its token is in the keyring, as most people have it.
async fn connect(desktop: &Desktop, cloud: &Standalone) {
    let address = cloud.field("base_url");
    let window = Launch::app(desktop, "bench-connect").env("CLOUDFLARE_BASE_URL", address).open().await;
    window.page.see_within("sandbox-mark", LATER).await;
    let form = json!({
        "account_id": cloud.field("account_id"), "api_token": cloud.field("api_token"), "app_id": cloud.field("app_id"),
    });
    // The script does not wait for the command, because the page loads again for the new account.
    let script = format!("setTimeout(() => window.__TAURI_INTERNALS__.invoke('connect_save', {{ form: {form} }}), 0)");
    window.page.run(&script).await;
    until_true("the account", LATER, async || !window.page.sees("sandbox-mark").await).await;
    window.close().await;
}

/// Starts of each window. The first start does not count, because nothing is in the disk cache yet.
const STARTS: usize = 7;

#[tokio::test]
#[ignore = "measures; run by `cargo xtask bench window`"]
async fn measures_the_start_of_the_window() {
    let mut table = Table::default();
    let desktop = desktop().await;
    let cloud = Standalone::start_without_limits("1").await;
    connect(&desktop, &cloud).await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..=STARTS {
        let window = empty(&desktop).open().await;
        theirs.push(window.opened_in.as_secs_f64());
        window.close().await;
        let window = Launch::app(&desktop, "bench-start").draws_as_it_would().open().await;
        window.page.see("view-today").await;
        ours.push(window.opened_in.as_secs_f64());
        window.close().await;
    }
    let (ours, theirs) = (median(ours.split_off(1)), median(theirs.split_off(1)));
    let beside = format!("{:.0} ms beside {:.0} ms, medians of {STARTS}", ours * 1_000.0, theirs * 1_000.0);
    table.add(at_most("from start to visible and answering", ours / theirs, "×", beside, 1.25));
    conclude(&table);
}
