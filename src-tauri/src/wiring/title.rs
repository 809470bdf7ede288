//! The title of the window, which says for how long a class has been live. While no class is live, no timer runs.

use hajime_core::actions::recorder::live;
use std::time::Duration;

use hajime_core::supervisor::Supervisor;
use tauri::{AppHandle, Manager as _};
use tokio::sync::Notify;

use crate::accounts::Accounts;

/// Time between two updates of the title while a class is live. The title shows whole minutes.
const LIVE_TITLE_INTERVAL: Duration = Duration::from_secs(30);
const IDLE_TITLE: &str = "Hajime";

/// Wakes the task that updates the title.
#[derive(Default)]
pub(crate) struct Title(Notify);

impl Title {
    /// Updates the title after sessions or the open account have changed.
    pub(crate) fn changed(&self) {
        self.0.notify_one();
    }
}

/// Starts the task that updates the title until the app ends.
pub(crate) fn keep(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        let supervisor = Supervisor::default();
        let mut shown = IDLE_TITLE.to_owned();
        loop {
            let title = supervisor.caught("the window’s title", title_now(&app)).await;
            let title = title.unwrap_or_else(|_| IDLE_TITLE.to_owned());
            if title != shown
                && let Some(window) = app.get_webview_window("main")
                && window.set_title(&title).is_ok()
            {
                shown = title;
            }
            let changed = app.state::<Title>().inner().0.notified();
            if shown == IDLE_TITLE {
                changed.await;
            } else {
                tokio::time::timeout(LIVE_TITLE_INTERVAL, changed).await.ok();
            }
        }
    });
}

async fn title_now(app: &AppHandle) -> String {
    let Ok(here) = app.state::<Accounts>().current().await else { return IDLE_TITLE.to_owned() };
    live::window_title(&here.context).unwrap_or_else(|error| {
        tracing::warn!(%error, "the title could not be read");
        IDLE_TITLE.to_owned()
    })
}
