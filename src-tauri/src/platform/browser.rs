//! Opening the default browser.

use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt as _;

use super::handover::Handover;

/// Names a program to open addresses with, instead of the default browser.
const OPEN_COMMAND: &str = "HAJIME_OPEN_COMMAND";

/// Opens what a browser is to be handed. It stands on a command line, so it must carry no token; see [`super::handover`].
pub(crate) fn open(app: &AppHandle, handover: &Handover) -> bool {
    let program = std::env::var(OPEN_COMMAND).ok();
    let opened = match handover {
        Handover::Address(address) => app.opener().open_url(address.as_str(), program),
        Handover::Page(page) => app.opener().open_path(page.to_string_lossy(), program),
    };
    match opened {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the browser could not be opened");
            false
        }
    }
}
