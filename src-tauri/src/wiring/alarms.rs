//! Handles a press on a desktop notification: opens what it is about, or does what its button says.

use hajime_core::domain::delivery::notification::{Button, Subject};
use tauri::AppHandle;

use crate::ipc::events::Event;
use crate::platform::notifications::Pressed;
use crate::wiring::outside;

/// Carries out what was pressed.
pub(crate) async fn pressed(app: AppHandle, pressed: Pressed) {
    match pressed {
        Pressed::Open(Subject::Recording(recording)) => outside::open(&app, Event::OpenRecording(recording)),
        Pressed::Button(Button::Start, Subject::Session(session)) => outside::start_class(&app, session).await,
        Pressed::Button(Button::RecordAgain, Subject::Session(session)) => outside::record_again(&app, session).await,
        Pressed::Button(Button::CopyLink, Subject::Recording(recording)) => outside::copy_link(&app, recording).await,
        Pressed::Button(Button::Retry, Subject::Recording(recording)) => outside::retry(&app, recording).await,
        Pressed::Open(Subject::Session(session)) => outside::open_class(&app, session).await,
        Pressed::Open(Subject::Alert(_)) => outside::open(&app, Event::OpenAlerts),
        Pressed::Open(Subject::Desk) | Pressed::Button(..) => outside::open(&app, Event::OpenToday),
    }
}
