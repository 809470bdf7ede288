//! Tells the open account whether its window can be seen: while the window is hidden or minimized, Hajime asks Cloudflare less often.

use tauri::{Manager as _, Window, WindowEvent};

use crate::accounts::Accounts;

/// Looks at the window after an event that may have hidden or shown it.
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
