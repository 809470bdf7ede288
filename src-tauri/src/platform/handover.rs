//! Tells a browser which one-time address to open.
//!
//! The address to open stands on the command line of the browser, and other users of the computer can read command
//! lines. On Linux that is harmless, because the server behind the address answers only programs of this user (see
//! [`local_listener::peers`]). On Windows other users cannot read command lines. On other systems the browser opens a
//! page from a file that only this user can read, and the page redirects to the address.

use std::path::{Path, PathBuf};

use url::Url;

use super::private_page;
use super::tickets::VALID_FOR;

/// The argument that a browser is started with.
#[derive(Debug)]
pub(crate) enum Handover {
    /// The one-time address.
    Address(Url),
    /// The path of a page that redirects to the one-time address.
    Page(PathBuf),
}

/// Whether an address on a command line is useless to other users: they cannot read it, or the server refuses them.
pub(crate) fn addresses_are_safe() -> bool {
    cfg!(windows) || local_listener::peers::can_tell()
}

/// Writes a page that redirects to an address, into the folder `handover` below `folder`. A later call deletes the page
/// after the address has expired.
pub(crate) fn page(folder: &Path, address: &Url) -> std::io::Result<PathBuf> {
    let html = format!(
        "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer><title>Opening the room…</title>\
         <meta http-equiv=refresh content=\"0; url={address}\"><p><a href=\"{address}\">Open the room</a></p>"
    );
    private_page::write(&folder.join("handover"), VALID_FOR, &html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_leads_to_the_address_and_stays_while_that_is_valid() {
        let folder = tempfile::tempdir().unwrap();
        let address = "http://127.0.0.1:4000/open/123".parse().unwrap();
        let path = page(folder.path(), &address).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("url=http://127.0.0.1:4000/open/123\""));
        let second = page(folder.path(), &address).unwrap();
        assert!(path != second && path.exists());
    }
}
