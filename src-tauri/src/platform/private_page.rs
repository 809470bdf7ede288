//! Pages in files that only this user can read, which the browser opens. They are deleted some time later.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Writes a page into a folder, and deletes the pages there that are older than `kept_for`, or whose age cannot be read.
pub(crate) fn write(folder: &Path, kept_for: Duration, html: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    remove_older(folder, kept_for);
    // A new file with a random name, readable only by its owner, so that nobody can prepare a file or a link in its
    // place.
    let mut file = tempfile::Builder::new().prefix("hajime-").suffix(".html").tempfile_in(folder)?;
    file.write_all(html.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

fn remove_older(folder: &Path, kept_for: Duration) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_none_or(|age| age > kept_for)
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::debug!(%error, "an old page could not be deleted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    #[cfg(unix)]
    fn a_page_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let first = write(&folder.path().join("pages"), HOUR, "<p>one</p>").unwrap();
        assert_eq!(std::fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&first).unwrap(), "<p>one</p>");
        assert_eq!(first.extension().unwrap(), "html");
    }

    #[test]
    fn a_page_goes_when_its_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (write(folder.path(), HOUR, "1").unwrap(), write(folder.path(), HOUR, "2").unwrap());
        let past = std::time::SystemTime::now() - HOUR * 2;
        std::fs::File::options().write(true).open(&first).unwrap().set_modified(past).unwrap();
        write(folder.path(), HOUR, "3").unwrap();
        assert!(!first.exists() && second.exists());
    }
}
