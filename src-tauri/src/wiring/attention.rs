//! Tells the open account whether its window can be seen. While the window is hidden or minimized, Hajime asks
//! Cloudflare less often.

use tauri::{Manager as _, Window, WindowEvent};

use crate::accounts::Accounts;

/// Checks after a change of focus or size whether the window is hidden or minimized, and tells the open account.
pub(crate) fn attend(window: &Window, event: &WindowEvent) {
    if !matches!(event, WindowEvent::Focused(_) | WindowEvent::Resized(_)) {
        return;
    }
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        let unattended = window.is_minimized().unwrap_or(false) || !window.is_visible().unwrap_or(true);
        if let Ok(here) = window.state::<Accounts>().current().await {
            here.context.set_unattended(unattended);
        }
    });
}
