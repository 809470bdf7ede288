//! Handles a press on a desktop notification: opens the recording or Today, or starts recording again.

use hajime_core::actions::recorder::pause;
use hajime_core::domain::delivery::notification::Subject;
use hajime_core::domain::ids::SessionId;
use tauri::{AppHandle, Manager as _};

use crate::accounts::Accounts;
use crate::ipc::events::{self, Event};
use crate::platform::notifications::Pressed;
use crate::platform::window;

/// Carries out what was pressed: shows the window at the notification's subject, or starts recording again.
pub(crate) async fn pressed(app: AppHandle, pressed: Pressed) {
    match pressed {
        Pressed::Open(Subject::Recording(recording)) => open(&app, Event::OpenRecording(recording)),
        Pressed::Open(Subject::Session(_) | Subject::Alert(_) | Subject::Desk) => open(&app, Event::OpenToday),
        Pressed::RecordAgain(session) => record_again(&app, session).await,
    }
}

fn open(app: &AppHandle, event: Event<'_>) {
    window::show(app);
    events::emit(app, event);
}

/// Starts recording again. After a failure the window opens on Today, where the state of the session is shown.
async fn record_again(app: &AppHandle, session: SessionId) {
    let Ok(here) = app.state::<Accounts>().current().await else { return };
    if let Err(error) = pause::resume(&here.context, session).await {
        tracing::warn!(%error, "recording could not be started again");
        open(app, Event::OpenToday);
    }
}
