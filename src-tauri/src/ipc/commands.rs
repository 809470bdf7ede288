//! The commands, by what they are about.

pub(crate) mod attaching;
pub(crate) mod backups;
pub(crate) mod connect;
pub(crate) mod desk;
pub(crate) mod links;
pub(crate) mod live;
pub(crate) mod recordings;
pub(crate) mod rehearsal;
pub(crate) mod sessions;

use std::str::FromStr;

use hajime_core::domain::ids::IdError;
use tauri::{AppHandle, Manager as _};

use super::error::IpcError;
use crate::platform::clipboard::Clipboard;

/// An id as the page sends it.
fn id<T: FromStr<Err = IdError>>(text: &str) -> Result<T, IpcError> {
    text.parse().map_err(|error: IdError| {
        IpcError::new("invalid_input", format!("{error}."), "Open the list again and choose from it.")
    })
}

/// Puts a secret address on the clipboard, past clipboard histories where the system can do that.
fn copy(app: &AppHandle, text: &str) -> bool {
    match app.state::<Clipboard>().copy(text) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the clipboard could not be written");
            false
        }
    }
}
