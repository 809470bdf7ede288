//! The app is killed while a recording is imported, and opened again: it continues the import and repeats no step.

use crate::support::actions::{self, Plan};
use crate::support::app::Launch;
use crate::support::cloud::Cloud;
use crate::support::desktop::{Desktop, Keyring, Theme};
use crate::support::wait::{LATER, until};

const TITLE: &str = "Aikido ukemi";

#[tokio::test]
#[ignore = "opens windows; run by `cargo xtask e2e`"]
async fn an_app_killed_between_end_and_ready_makes_the_recording_ready_once() {
    let desktop = Desktop::start(Theme::Light, Keyring::Unlocked).await;
    let window = Launch::sandbox(&desktop, "resume").open().await;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    let session = actions::schedule(&window.page, &Plan::titled(TITLE)).await;
    let room = actions::start(&desktop, &window.page, &cloud, &session).await;
    actions::record(&window.page, &cloud, &room).await;
    // The session lasts ten minutes, so that its import takes a while.
    cloud.advance(600).await;
    actions::end(&window.page).await;
    window.kill().await;
    let before = ready_notifications(&desktop);
    std::fs::remove_file(desktop.sandbox_info()).unwrap();

    let window = Launch::sandbox(&desktop, "resume-again").open().await;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    window.page.shot("opened-again").await;
    actions::recording_becomes(&window.page, "READY").await;
    until("the one notification", LATER, async || (ready_notifications(&desktop) == 1).then_some(())).await;
    assert!(before <= 1);
    let videos = cloud.videos().await;
    assert_eq!(videos.len(), 1, "Stream has it once: {videos:?}");
    assert_eq!(videos[0]["readyToStream"].as_bool(), Some(true));
    window.close().await;

    // On its third start, the app shows the recording and no second notification.
    std::fs::remove_file(desktop.sandbox_info()).unwrap();
    let window = Launch::sandbox(&desktop, "resume-third").open().await;
    let cloud = Cloud::of(&desktop.sandbox_info()).await;
    actions::recording_becomes(&window.page, "READY").await;
    actions::watch(&desktop, &window.page).await;
    assert_eq!(cloud.videos().await.len(), 1);
    assert_eq!(ready_notifications(&desktop), 1);
    window.close().await;
}

fn ready_notifications(desktop: &Desktop) -> usize {
    let shown = desktop.notifications.all();
    shown.iter().filter(|shown| format!("{} {}", shown.summary, shown.body).contains(TITLE)).count()
}
