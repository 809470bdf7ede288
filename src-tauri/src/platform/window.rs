//! The one window: hidden until there is something to see.

use std::time::Duration;

use tauri::{AppHandle, Manager as _};

/// How long to wait for the page's first paint before the window is shown anyway.
const PATIENCE: Duration = Duration::from_secs(4);

/// Shows the window and brings it to the front.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window could not be shown");
        }
    }
}

/// Shows the window even if the page never says that it painted: a blank window can be closed, an invisible one cannot.
pub(crate) fn show_soon(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        if app.get_webview_window("main").is_some_and(|window| !window.is_visible().unwrap_or(true)) {
            show(&app);
        }
    });
}
