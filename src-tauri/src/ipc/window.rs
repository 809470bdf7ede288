//! The windows: their zoom, the small one, closing them, and whether the computer stays awake.

use hajime_core::actions::recorder::closing as under_way;
use hajime_core::domain::error_code::ErrorCode;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::{AppHandle, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::platform::awake::{Awake, Kept};
use crate::platform::{closing, compact, window};

hajime_macros::commands![
    window_zoom,
    close_asked,
    close_anyway,
    close_to_background,
    close_after_ending,
    compact_open,
    compact_close,
    large_window,
    computer_awake,
];

/// Sets the size of everything in the window, in percent of its usual size.
#[hajime_macros::command]
pub(crate) async fn window_zoom(app: AppHandle, percent: u16) -> Result<(), UserError> {
    window::zoom(&app, percent);
    Ok(())
}

/// Tells the shell that the page shows the question before the window closes.
#[hajime_macros::command]
pub(crate) async fn close_asked(app: AppHandle) -> Result<(), UserError> {
    closing::question_shown(&app);
    Ok(())
}

/// Closes the window although a class is live.
#[hajime_macros::command]
pub(crate) async fn close_anyway(app: AppHandle) -> Result<(), UserError> {
    closing::close(&app);
    Ok(())
}

/// Hides the window; Hajime goes on. If a class is live, the small window stays on the screen.
#[hajime_macros::command]
pub(crate) async fn close_to_background(app: AppHandle, accounts: State<'_, Accounts>) -> Result<(), UserError> {
    let context = &accounts.current().await?.context;
    let class_is_live = !under_way::under_way(context)?.live.is_empty();
    closing::hide(&app, class_is_live).map_err(|error| no_window(&error, "The window could not be hidden."))
}

/// Ends every live class, then closes the window. The window stays if a class has not ended yet.
#[hajime_macros::command(changes(Sessions, Recordings, Desk))]
pub(crate) async fn close_after_ending(app: AppHandle, accounts: State<'_, Accounts>) -> Result<(), UserError> {
    under_way::end_all(&accounts.current().await?.context).await?;
    closing::close(&app);
    Ok(())
}

/// Opens the small window, which stays on top of other windows.
#[hajime_macros::command]
pub(crate) async fn compact_open(app: AppHandle) -> Result<(), UserError> {
    compact::open(&app).map_err(|error| no_window(&error, "The small window could not be opened."))
}

/// Closes the small window.
#[hajime_macros::command]
pub(crate) async fn compact_close(app: AppHandle) -> Result<(), UserError> {
    compact::close(&app);
    Ok(())
}

/// Shows the large window in place of the small one.
#[hajime_macros::command]
pub(crate) async fn large_window(app: AppHandle) -> Result<(), UserError> {
    window::show(&app);
    compact::close(&app);
    Ok(())
}

/// Returns whether this computer is kept awake.
#[hajime_macros::command]
pub(crate) async fn computer_awake(awake: State<'_, Awake>) -> Result<AwakeState, UserError> {
    Ok(match awake.kept() {
        Kept::NotNeeded | Kept::Asked => AwakeState::NotNeeded,
        Kept::Awake => AwakeState::Kept,
        Kept::MayFallAsleep => AwakeState::MayFallAsleep,
    })
}

/// Whether this computer is kept awake.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AwakeState {
    /// Nothing needs it, or the operating system was asked a moment ago.
    NotNeeded,
    /// It stays awake.
    Kept,
    /// The operating system does not keep it awake.
    MayFallAsleep,
}

fn no_window(error: &tauri::Error, message: &str) -> UserError {
    tracing::warn!(%error, message);
    UserError::new(ErrorCode::Internal, message, "Try again. If this happens again, restart Hajime.")
}
