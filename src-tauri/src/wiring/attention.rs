//! Tells the open account whether a window can be seen. While both windows are hidden or minimized, Hajime asks
//! Cloudflare less often.

use tauri::{Manager as _, Window, WindowEvent};

use crate::accounts::Accounts;
use crate::platform::compact;

/// Checks after a change of focus or size, and after a window has gone, whether the window is hidden or minimized, and tells the open account.
pub(crate) fn attend(window: &Window, event: &WindowEvent) {
    if !matches!(event, WindowEvent::Focused(_) | WindowEvent::Resized(_) | WindowEvent::Destroyed) {
        return;
    }
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        let app = window.app_handle();
        let large = app.get_webview_window("main");
        let in_sight =
            large.is_none_or(|large| !large.is_minimized().unwrap_or(false) && large.is_visible().unwrap_or(true));
        let unattended = !in_sight && !compact::is_visible(app);
        if let Ok(here) = window.state::<Accounts>().current().await {
            here.context.set_unattended(unattended);
        }
    });
}
