//! Closing the window: what is tidied up first, and whether the page may still ask.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Manager as _};

use crate::platform::clipboard::Clipboard;
use crate::platform::notifications::Alarms;

/// Whether the page was told to ask and has not shown the question yet.
#[derive(Default)]
pub(crate) struct Closing {
    unshown: AtomicBool,
}

impl Closing {
    /// Whether the page may be told to ask. A page that did not show the question the last time never will: it must not keep its window open
    /// for ever.
    pub(crate) fn may_ask(&self) -> bool {
        !self.unshown.swap(true, Ordering::Relaxed)
    }
}

/// Leaves nothing on the desktop that only this process keeps true. Done while the window is still there: the system at its end, for one, does
/// not wait for a process that has no window.
pub(crate) fn tidy_up(app: &AppHandle) {
    app.state::<Alarms>().withdraw_all();
    app.state::<Clipboard>().hand_on();
}

/// The page shows the question.
pub(crate) fn question_shown(app: &AppHandle) {
    app.state::<Closing>().unshown.store(false, Ordering::Relaxed);
}

/// Closes the window without a question.
pub(crate) fn close(app: &AppHandle) {
    tidy_up(app);
    let closed = app.get_webview_window("main").map(|window| window.destroy());
    if let Some(Err(error)) = closed {
        tracing::warn!(%error, "the window could not be closed");
    }
}
