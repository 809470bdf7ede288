//! Tells a browser which one-time address to open.
//!
//! The address to open stands on the command line of the browser, and other users of the computer can read command
//! lines. On Linux that is harmless, because the server behind the address answers only programs of this user (see
//! [`local_listener::peers`]). On Windows other users cannot read command lines. On other systems the browser opens a
//! page from a file that only this user can read, and the page redirects to the address.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use url::Url;

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
    let folder = folder.join("handover");
    std::fs::create_dir_all(&folder)?;
    remove_pages(&folder);
    // A new file with a random name, readable only by its owner, so that nobody can prepare a file or a link in its
    // place.
    let mut file = tempfile::Builder::new().prefix("room-").suffix(".html").tempfile_in(&folder)?;
    write!(
        file,
        "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer><title>Opening the room…</title>\
         <meta http-equiv=refresh content=\"0; url={address}\"><p><a href=\"{address}\">Open the room</a></p>"
    )?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

/// Deletes the pages whose addresses have expired, or whose age cannot be read.
fn remove_pages(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_none_or(|age| age > VALID_FOR)
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::debug!(%error, "an old page could not be deleted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn the_page_is_for_its_owner_alone_and_leads_to_the_address() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let address = "http://127.0.0.1:4000/open/123".parse().unwrap();
        let path = page(folder.path(), &address).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(path.extension().unwrap(), "html");
        assert!(std::fs::read_to_string(&path).unwrap().contains("url=http://127.0.0.1:4000/open/123\""));
        let second = page(folder.path(), &address).unwrap();
        assert!(path != second && path.exists(), "a page whose address is still valid stays");
    }

    #[test]
    fn pages_of_expired_addresses_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let address = "http://127.0.0.1:4000/open/123".parse().unwrap();
        let path = page(folder.path(), &address).unwrap();
        let past = std::time::SystemTime::now() - VALID_FOR * 2;
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(past).unwrap();
        page(folder.path(), &address).unwrap();
        assert!(!path.exists());
    }
}
