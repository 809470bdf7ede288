//! Writes files that hold secrets: readable only by their owner, either complete or not written, and never through a
//! symbolic link.

use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file and replaces whatever is at `path`. A symbolic link is replaced too, and its target is not changed.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A new file with a random name and, on Unix, mode 0600. It is renamed to `path` once it is complete.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> io::Result<u32> {
        Ok(std::fs::symlink_metadata(path)?.permissions().mode() & 0o777)
    }

    #[test]
    fn a_file_is_readable_by_its_owner_alone_whatever_it_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("info.json");
        write(&path, b"first").unwrap();
        assert_eq!(mode(&path).unwrap(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        write(&path, b"second").unwrap();
        assert_eq!((mode(&path).unwrap(), std::fs::read(&path).unwrap()), (0o600, b"second".to_vec()));
    }

    #[test]
    fn a_symbolic_link_is_replaced_and_its_target_is_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join("info.json"));
        std::fs::write(&victim, b"mine").unwrap();
        symlink(&victim, &path).unwrap();
        write(&path, b"addresses").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
        assert!(path.symlink_metadata().unwrap().is_file());
        let dangling = folder.path().join("dangling");
        symlink(folder.path().join("nowhere"), &dangling).unwrap();
        write(&dangling, b"addresses").unwrap();
        assert!(!folder.path().join("nowhere").exists());
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let occupied = folder.path().join("occupied");
        std::fs::create_dir(&occupied).unwrap();
        std::fs::write(occupied.join("file"), b"").unwrap();
        assert!(write(&occupied, b"addresses").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
