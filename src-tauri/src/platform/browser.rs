//! Opening the default browser.

use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt as _;
use url::Url;

/// Names a program to open addresses with, instead of the default browser.
const OPEN_COMMAND: &str = "HAJIME_OPEN_COMMAND";

/// Opens an address. It stands on a command line for a moment, so it must carry no token; see [`super::loopback`].
pub(crate) fn open(app: &AppHandle, address: &Url) -> bool {
    let program = std::env::var(OPEN_COMMAND).ok();
    match app.opener().open_url(address.as_str(), program) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the browser could not be opened");
            false
        }
    }
}
