//! Desktop notifications through the desktop's own service.

use hajime_core::domain::ids::RecordingId;
use hajime_core::ports::{Notice, Notifier};
use tauri::{AppHandle, Emitter as _};

/// Shows notices; pressing one opens the recording in the window.
pub(crate) struct Desktop(pub(crate) AppHandle);

impl Notifier for Desktop {
    fn notify(&self, notice: &Notice) {
        let (app, notice) = (self.0.clone(), notice.clone());
        // The service answers when the person does, which may be never.
        std::thread::spawn(move || show(&app, &notice));
    }
}

fn show(app: &AppHandle, notice: &Notice) {
    let mut notification = notify_rust::Notification::new();
    notification.appname("Hajime").summary(&notice.title).body(&notice.body).icon("hajime").action("default", "Open");
    match notification.show() {
        Ok(shown) => pressed(shown, app, notice.recording),
        Err(error) => tracing::warn!(%error, "no notification could be shown"),
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn pressed(shown: notify_rust::NotificationHandle, app: &AppHandle, recording: RecordingId) {
    shown.wait_for_action(|action| {
        if action == "default" {
            super::window::show(app);
            if let Err(error) = app.emit("open_recording", recording.to_string()) {
                tracing::warn!(%error, "the window could not be told");
            }
        }
    });
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn pressed(_shown: notify_rust::NotificationHandle, _app: &AppHandle, _recording: RecordingId) {}
