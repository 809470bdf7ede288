//! The zoom of the window, and closing it.

use hajime_core::error::UserError;
use tauri::AppHandle;

use crate::platform::{closing, window};

hajime_macros::commands![window_zoom, close_asked, close_anyway];

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
