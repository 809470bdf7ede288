//! Pages for printing, in files that only this user can read. The browser opens and prints them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a page stays at least, so that the browser can read it and a person can load it again.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Writes a page into the folder `printing` below `folder`. A later call deletes the pages of earlier days.
pub(crate) fn page(folder: &Path, html: &str) -> std::io::Result<PathBuf> {
    let folder = folder.join("printing");
    std::fs::create_dir_all(&folder)?;
    remove_pages(&folder);
    // A new file with a random name, readable only by its owner.
    let mut file = tempfile::Builder::new().prefix("hajime-").suffix(".html").tempfile_in(&folder)?;
    file.write_all(html.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

fn remove_pages(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > KEPT_FOR)
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
    fn a_page_is_for_its_owner_alone_and_goes_after_a_day() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let first = page(folder.path(), "<p>one</p>").unwrap();
        assert_eq!(std::fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&first).unwrap(), "<p>one</p>");
        let past = std::time::SystemTime::now() - KEPT_FOR * 2;
        std::fs::File::options().write(true).open(&first).unwrap().set_modified(past).unwrap();
        let second = page(folder.path(), "<p>two</p>").unwrap();
        assert!(!first.exists() && second.exists());
    }
}
