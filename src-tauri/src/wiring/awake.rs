//! Keeps this computer awake while a class is live or ending, or while this computer carries a file to Stream.

use hajime_core::actions::recorder::closing::{self, UnderWay};
use hajime_core::ports::Topic;
use hajime_core::supervisor::Supervisor;
use tauri::{AppHandle, Manager as _};
use tokio::sync::Notify;

use crate::accounts::Accounts;
use crate::ipc::events::{self, Event};
use crate::platform::awake::{Awake, Kept, LOOK_INTERVAL};

/// Wakes the task that keeps the computer awake.
#[derive(Default)]
pub(crate) struct AwakeWatch(Notify);

impl AwakeWatch {
    /// Looks again after sessions, recordings or the open account have changed.
    pub(crate) fn changed(&self) {
        self.0.notify_one();
    }
}

/// Starts the task that keeps the computer awake until the app ends.
pub(crate) fn keep(app: AppHandle) {
    let listener = app.clone();
    app.manage(Awake::of_the_system(move || events::emit(&listener, Event::Changed(&[Topic::Sessions]))));
    app.manage(AwakeWatch::default());
    tauri::async_runtime::spawn(async move {
        let supervisor = Supervisor::default();
        let mut reason = None;
        loop {
            // Where that cannot be read, what was wanted before still is.
            if let Ok(Some(now)) = supervisor.caught("keeping the computer awake", reason_now(&app)).await {
                reason = now;
            }
            app.state::<Awake>().want(reason);
            let watch = app.state::<AwakeWatch>();
            if let Some(due) = app.state::<Awake>().answer_due() {
                // A system that does not answer tells nobody: the page is told when it counts as a refusal.
                let is_late = tokio::time::timeout(due, watch.0.notified()).await.is_err();
                if is_late && app.state::<Awake>().kept() == Kept::MayFallAsleep {
                    events::emit(&app, Event::Changed(&[Topic::Sessions]));
                }
            } else if reason.is_some() {
                tokio::time::timeout(LOOK_INTERVAL, watch.0.notified()).await.ok();
            } else {
                watch.0.notified().await;
            }
        }
    });
}

/// The reason at present; `None` if it cannot be read.
async fn reason_now(app: &AppHandle) -> Option<Option<&'static str>> {
    let Ok(here) = app.state::<Accounts>().current().await else { return Some(None) };
    match closing::under_way(&here.context) {
        Ok(under_way) => Some(reason(&under_way)),
        Err(error) => {
            tracing::warn!(%error, "whether a class is live could not be read");
            None
        }
    }
}

/// Why this computer is to stay awake, in words that the operating system may show; `None` if it may sleep.
fn reason(under_way: &UnderWay) -> Option<&'static str> {
    if !under_way.live.is_empty() || !under_way.ending.is_empty() {
        Some("A class is live")
    } else if !under_way.carried.is_empty() {
        Some("A recording is being brought to Stream")
    } else {
        None
    }
}
