//! The question before the window closes during a class. The core says what goes on and what stops; the page asks; the person decides.

use hajime_core::actions::recorder::live;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, CloseRequestApi, Emitter as _, Manager as _, Window, WindowEvent};

use crate::accounts::Accounts;
use crate::ipc::dto::today::CloseQuestionDto;
use crate::platform::clipboard::Clipboard;
use crate::platform::notifications::Alarms;

/// Whether the page was told to ask and has not shown the question yet.
#[derive(Default)]
pub(crate) struct Closing {
    untold: AtomicBool,
}

/// Keeps the window open during a class until the person has answered.
pub(crate) fn attend(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event
        && !asks_first(window, api)
    {
        tidy_up(window.app_handle());
    }
}

/// Leaves nothing on the desktop that only this process keeps true. Done while the window is still there, because whoever closes it, the
/// system at its end among them, may not wait for a process without one.
pub(crate) fn tidy_up(app: &AppHandle) {
    app.state::<Alarms>().withdraw_all();
    app.state::<Clipboard>().hand_on();
}

/// Whether the window stays open for now because the page asks.
fn asks_first(window: &Window, api: &CloseRequestApi) -> bool {
    let Some(here) = window.state::<Accounts>().at_hand() else { return false };
    let question = match live::closing_question(&here.context) {
        Ok(Some(question)) => question,
        Ok(None) => return false,
        Err(error) => {
            tracing::warn!(%error, "whether a class is live could not be read");
            return false;
        }
    };
    // A page that did not show the question the last time never will: it must not keep its window open for ever.
    if window.state::<Closing>().untold.swap(true, Ordering::Relaxed) {
        return false;
    }
    api.prevent_close();
    super::window::show(window.app_handle());
    if let Err(error) = window.emit("close_asked", CloseQuestionDto::from(question)) {
        tracing::warn!(%error, "the page could not be told to ask");
    }
    true
}

/// The page shows the question.
pub(crate) fn question_shown(app: &AppHandle) {
    app.state::<Closing>().untold.store(false, Ordering::Relaxed);
}

/// Closes the window without a question.
pub(crate) fn close(app: &AppHandle) {
    tidy_up(app);
    let closed = app.get_webview_window("main").map(|window| window.destroy());
    if let Some(Err(error)) = closed {
        tracing::warn!(%error, "the window could not be closed");
    }
}
