//! The storage is full in the middle of a class. Slack and the administrator are told, the recording waits at RealtimeKit, the bin
//! is emptied, the recording comes to Stream by itself, and all is well again.

use serde_json::json;

use crate::support::actions::{self, Plan};
use crate::support::app::Launch;
use crate::support::channels;
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::page::{Page, testid};
use crate::support::receivers::{Mail, Posted, Receiver};
use crate::support::wait::{LATER, SOON, until_true};

/// The class whose recording lies in the bin, long enough that the storage is far from full without it.
const OLD: &str = "Karate fundamentals";
const OLD_SECONDS: u32 = 50 * 60;
/// The class during which the storage is full.
const NEW: &str = "Judo open mat";
const ADMINISTRATOR: &str = "board@example.org";
/// The alert, as every channel names it.
const ALERT: &str = "Storage is over 80";

/// Keys, as `WebDriver` names them.
const ENTER: &str = "\u{e007}";

/// JavaScript that returns what screen readers read of the charts: the captions of their tables and the labels of their points. A
/// table or a point that is hidden from them is left out.
const CHARTS_SCRIPT: &str = r"
    const told = (element) => element.closest('[aria-hidden=true], [inert]') === null && element.checkVisibility();
    const texts = (css, of) => [...document.querySelectorAll(css)].filter(told).map(of);
    return [
        texts('[data-testid=chart-table]', (table) => table.innerText.replace(/\s+/g, ' ')),
        texts('[data-testid=chart-points] button', (point) => point.getAttribute('aria-label') ?? ''),
    ];
";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_recording_waits_until_the_bin_is_emptied_in_light() {
    full_and_well_again(Theme::Light).await;
}

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn a_recording_waits_until_the_bin_is_emptied_in_dark() {
    full_and_well_again(Theme::Dark).await;
}

async fn full_and_well_again(theme: Theme) {
    let desktop = Desktop::start(theme, Keyring::Unlocked).await;
    let (posts, mails) = (Receiver::of_posts().await, Receiver::of_mails().await);
    let window = Launch::sandbox(&desktop, "storage-full").open().await;
    let page = &window.page;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;

    page.press("nav-settings").await;
    channels::turn_on_slack(&desktop, &window, &posts, "/services/T000/B000/s3cret").await;
    channels::fill_in_mail(page, &mails, "s3cret-of-the-mail-server").await;
    page.type_into("mail-admin", ADMINISTRATOR).await;
    channels::turn_on_mail(&desktop, &window).await;
    page.press("mail-preview-close").await;
    change_rule(page).await;

    begin(&desktop, page, &cloud, OLD).await;
    cloud.advance(OLD_SECONDS).await;
    end(page).await;
    put_in_bin(page).await;

    begin(&desktop, page, &cloud, NEW).await;
    page.press("nav-settings").await;
    page.press("begin-storage-full").await;
    page.text_becomes("scenario-storage-full", "Started", SOON).await;
    look(page).await;
    hears(page, &posts, &mails, "Alert").await;
    alert_is_shown(page).await;
    end(page).await;

    waits_for_room(page).await;
    empty_bin(page).await;
    actions::recording_becomes(page, "READY").await;
    hears(page, &posts, &mails, "Over").await;
    well_again(page).await;
    window.close().await;
}

/// Has Slack told of a full storage too, and the alert end as soon as there is room.
async fn change_rule(page: &Page) {
    page.press("nav-health").await;
    page.press("health-rules").await;
    page.press_css(&format!(r#"{}[data-rule="storage_share"] {}"#, testid("rule"), testid("rule-edit"))).await;
    page.press("rule-way-slack").await;
    page.type_into("rule-clears", "0").await;
    page.is_accessible("the form of a rule").await;
    shots(page, "rule").await;
    page.press("rule-save").await;
    until_true("the form to close", SOON, async || !page.sees("rule-dialog").await).await;
    page.text_becomes("toast", "Rule saved", SOON).await;
}

/// Starts a class in which two people are recorded.
async fn begin(desktop: &Desktop, page: &Page, cloud: &Cloud, title: &str) {
    let session = actions::schedule(page, &Plan::titled(title)).await;
    let room = actions::start(desktop, page, cloud, &session).await;
    actions::record(page, cloud, &room).await;
}

/// Ends the live class, from whatever view is shown.
async fn end(page: &Page) {
    page.press("nav-today").await;
    actions::end(page).await;
}

/// Puts the only recording in the bin, as soon as it is ready.
async fn put_in_bin(page: &Page) {
    actions::recording_becomes(page, "READY").await;
    page.press("recording-row").await;
    page.press("recording-bin").await;
    page.text_becomes("toast", "In the bin", LATER).await;
}

/// Has Stream asked how much is stored, without waiting for the next look.
async fn look(page: &Page) {
    page.press("nav-health").await;
    page.press("health-jobs").await;
    page.press("run-usage").await;
}

/// Waits until Slack and the administrator have heard of the alert, each once.
async fn hears(page: &Page, posts: &Receiver<Posted>, mails: &Receiver<Mail>, beginning: &str) {
    let words = format!("{beginning}: {ALERT}");
    let posted = async || posts.got().into_iter().filter(|post| post.body.contains(&words)).count();
    let mailed = async || {
        let all = mails.got().into_iter().filter(|mail| mail.unfolded().contains(&words));
        all.inspect(|mail| assert_eq!(mail.to, [ADMINISTRATOR])).count()
    };
    page.until(&format!("“{words}” in Slack"), LATER, async || Some(posted().await).filter(|count| *count > 0)).await;
    page.until(&format!("“{words}” in a letter"), LATER, async || Some(mailed().await).filter(|count| *count > 0))
        .await;
    assert_eq!((posted().await, mailed().await), (1, 1), "“{words}” is told once to each");
}

/// The alert stands open in Health, and leads to the view Storage.
async fn alert_is_shown(page: &Page) {
    page.press("nav-health").await;
    page.press("health-alerts").await;
    page.text_becomes("alert-open", ALERT, SOON).await;
    page.text_becomes("alert-open", "Slack", LATER).await;
    page.is_accessible("an open alert").await;
    shots(page, "alert").await;
    page.press("alert-way").await;
    page.see("storage-meter").await;
}

/// The recording of the class waits for room, and the view Storage says so.
async fn waits_for_room(page: &Page) {
    actions::recording_becomes(page, "FAILED").await;
    page.press("nav-storage").await;
    page.press("storage-tab-usage").await;
    page.text_becomes("storage-full", "Storage is full", LATER).await;
    page.text_becomes("storage-full", "1 class waits for room", LATER).await;
    page.text_becomes("storage-waiting", NEW, SOON).await;
    page.is_accessible("a full storage").await;
    shots(page, "full").await;
}

/// Empties the bin by typing the words for it.
async fn empty_bin(page: &Page) {
    page.press("storage-full-empty").await;
    page.see("empty-bin-dialog").await;
    assert!(!page.see("empty-bin-confirm").await.is_enabled().await.unwrap(), "nothing is deleted before it is typed");
    page.type_into("empty-bin-words", "empty the bin").await;
    page.is_accessible("the question before the bin is emptied").await;
    shots(page, "emptying").await;
    page.key(ENTER).await;
    page.text_becomes("toast", "Deleted for good", LATER).await;
    until_true("the question to close", SOON, async || !page.sees("empty-bin-dialog").await).await;
    page.see("bin-empty").await;
    shots(page, "emptied").await;
}

/// The alert is closed, nothing waits, and the charts say in words what they draw.
async fn well_again(page: &Page) {
    page.press("nav-storage").await;
    page.press("storage-tab-usage").await;
    page.until("no recording that waits", LATER, async || (!page.sees("storage-full").await).then_some(())).await;
    shots(page, "well-again").await;
    page.press("nav-health").await;
    page.press("health-alerts").await;
    page.text_becomes("alert-closed", ALERT, SOON).await;
    page.press("health-overview").await;
    page.see("figure-success").await;
    let read = page.run(CHARTS_SCRIPT).await;
    let (tables, points) = (read[0].as_array().unwrap(), read[1].as_array().unwrap());
    assert!(!tables.is_empty() && !points.is_empty(), "screen readers hear of the charts: {read}");
    let is_said = |text: &serde_json::Value| text.as_str().is_some_and(|text| text.chars().any(char::is_numeric));
    assert!(tables.iter().chain(points).all(is_said), "every table and every point has its figures: {read}");
    // Both classes became a video, and nothing of them is counted as lost.
    page.text_becomes("figure-success", "100 %", SOON).await;
    assert_eq!(
        page.run("return document.querySelectorAll('[data-testid=chart-table]').length").await,
        json!(tables.len())
    );
    page.is_accessible("the overview of Health").await;
    shots(page, "health").await;
}

/// Takes a picture at each of the three sizes. Nothing sticks out of the window at any of them.
async fn shots(page: &Page, what: &str) {
    for (width, height) in [(1000, 640), (1920, 1030), (1240, 800)] {
        page.resize(width, height).await;
        page.shot(&format!("{what}-{width}x{height}")).await;
        let too_wide =
            page.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth").await;
        assert_eq!(too_wide, json!(0), "{what}: nothing sticks out at {width} × {height}");
    }
}
