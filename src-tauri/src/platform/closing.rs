//! Closing the window: the clean-up before it, and whether the page may still ask a question first.

use std::sync::atomic::{AtomicBool, Ordering};

use hajime_core::domain::profile::desktop::WayBack;
use tauri::{AppHandle, Manager as _};

use crate::platform::clipboard::Clipboard;
use crate::platform::compact;
use crate::platform::desktop::DesktopWatch;
use crate::platform::notifications::Alarms;
use crate::platform::window;

/// Remembers whether the page was told to ask and has not shown the question since.
#[derive(Default)]
pub(crate) struct Closing {
    unshown: AtomicBool,
}

impl Closing {
    /// Whether the page may be told to ask. If it did not show the question the last time, the answer is no: a page
    /// that hangs must not keep its window open for ever.
    pub(crate) fn may_ask(&self) -> bool {
        !self.unshown.swap(true, Ordering::Relaxed)
    }
}

/// Withdraws the alarms and hands on the clipboard, because both need a running process. Called while the window is
/// still open: when the desktop session ends, the system does not wait for a process without a window.
pub(crate) fn tidy_up(app: &AppHandle) {
    app.state::<Alarms>().withdraw_all();
    app.state::<Clipboard>().hand_on();
    // The process ends with its last window.
    compact::close(app);
}

/// Notes that the page shows the question.
pub(crate) fn question_shown(app: &AppHandle) {
    app.state::<Closing>().unshown.store(false, Ordering::Relaxed);
}

/// Hides the window; the process goes on. If a class is live, the small window stays on the screen: where it cannot be
/// opened, the large one stays. Where a second start would not find this window, it is minimized.
pub(crate) fn hide(app: &AppHandle, class_is_live: bool) -> tauri::Result<()> {
    if class_is_live {
        compact::open(app)?;
    }
    match app.state::<DesktopWatch>().way_back() {
        WayBack::Icon | WayBack::StartAgain => window::hide(app),
        WayBack::TaskBar => window::minimize(app),
    }
}

/// Closes the window without asking, after the clean-up.
pub(crate) fn close(app: &AppHandle) {
    tidy_up(app);
    let closed = app.get_webview_window("main").map(|window| window.destroy());
    if let Some(Err(error)) = closed {
        tracing::warn!(%error, "the window could not be closed");
    }
}
