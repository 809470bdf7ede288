//! Opens addresses in the default browser, and drafts in the default mail program.

use std::path::Path;

use hajime_core::domain::delivery::mail_draft::MailDraft;
use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt as _;

use super::handover::Handover;

/// The environment variable that names a program to open addresses with, instead of the default browser.
const OPEN_COMMAND: &str = "HAJIME_OPEN_COMMAND";

/// Opens an address or a page in the browser; returns whether that worked. Other users can read the command line of the
/// browser, so the address must hold no token; see [`super::handover`].
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

/// Opens a folder in the file manager; returns whether that worked.
pub(crate) fn show_folder(app: &AppHandle, folder: &Path) -> bool {
    match app.opener().open_path(folder.to_string_lossy(), std::env::var(OPEN_COMMAND).ok()) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the file manager could not be opened");
            false
        }
    }
}

/// Opens a page in the browser; returns whether that worked.
pub(crate) fn show_page(app: &AppHandle, page: &Path) -> bool {
    open(app, &Handover::Page(page.to_owned()))
}

/// Opens a draft in the default mail program; returns whether that worked. A draft has no other scheme than `mailto:`.
pub(crate) fn write_mail(app: &AppHandle, draft: &MailDraft) -> bool {
    match app.opener().open_url(draft.as_str(), std::env::var(OPEN_COMMAND).ok()) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the mail program could not be opened");
            false
        }
    }
}
