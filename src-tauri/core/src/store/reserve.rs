//! A reserve file that takes up room on the disk. It is deleted when the disk is full, so that the end of a session can
//! still be stored.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// The name of the reserve file in the data folder.
const FILE_NAME: &str = "reserve";
/// The size of the reserve in bytes.
pub const SIZE: usize = 4 << 20;

/// Makes the reserve where there is none and the disk has room for twice its size.
pub fn keep(folder: &Path) -> io::Result<()> {
    let path = folder.join(FILE_NAME);
    if path.metadata().is_ok_and(|found| found.len() >= SIZE as u64) {
        return Ok(());
    }
    let made = fill(&path);
    if made.is_err() {
        give_back(folder);
    }
    made
}

fn fill(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // Random bytes, because compressible ones take up no room on some file systems.
    let mut noise = vec![0; SIZE];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut noise);
    file.write_all(&noise)?;
    file.write_all(&noise)?;
    file.set_len(SIZE as u64)?;
    file.sync_all()
}

/// Deletes the reserve to free its room. Returns whether any room was freed.
pub fn give_back(folder: &Path) -> bool {
    let path = folder.join(FILE_NAME);
    match std::fs::remove_file(&path) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => {
            // On a full disk some file systems cannot remove a name. The file is emptied instead.
            tracing::warn!(%error, "the reserve could not be removed");
            File::options().write(true).open(&path).and_then(|file| file.set_len(0)).is_ok()
        }
    }
}
