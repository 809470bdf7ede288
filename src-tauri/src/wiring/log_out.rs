//! The end of the desktop session, or of the process by a signal: no question is asked, and nothing is lost. Every step of
//! a class is committed before it is taken, and the room and the recording are at Cloudflare.

use tauri::AppHandle;

/// Ends the app in order when the system asks the process to end.
#[cfg(unix)]
pub(crate) fn attend(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};

    tauri::async_runtime::spawn(async move {
        let (Ok(mut end), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
            tracing::warn!("signals cannot be heard: the process ends without its clean-up");
            return;
        };
        tokio::select! {
            _ = end.recv() => {}
            _ = hang_up.recv() => {}
        }
        app.exit(0);
    });
}

/// Windows closes the window itself when the session ends.
#[cfg(not(unix))]
pub(crate) fn attend(_app: AppHandle) {}
