//! The one window: hidden until there is something to see.

use std::time::Duration;

use tauri::{AppHandle, Manager as _, Window, WindowEvent};

use crate::accounts::Accounts;

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

/// Tells the desk whether the window can be seen: while it is hidden or minimized, Cloudflare is asked less.
pub(crate) fn attend(window: &Window, event: &WindowEvent) {
    if !matches!(event, WindowEvent::Focused(_) | WindowEvent::Resized(_)) {
        return;
    }
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        let away = window.is_minimized().unwrap_or(false) || !window.is_visible().unwrap_or(true);
        if let Ok(here) = window.state::<Accounts>().current().await {
            here.desk.set_away(away);
        }
    });
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
