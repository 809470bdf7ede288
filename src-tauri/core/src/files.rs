//! Gives complete files their names, and reads files back.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 20;

/// Gives the complete file its final name. Fails if another file has taken that name meanwhile.
pub(crate) async fn put_in_place(part: &Path, path: &Path) -> std::io::Result<()> {
    match tokio::fs::hard_link(part, path).await {
        Ok(()) => tokio::fs::remove_file(part).await,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        // A file system without hard links. A file that another program makes between these two calls would be
        // overwritten.
        Err(_) if !tokio::fs::try_exists(path).await? => tokio::fs::rename(part, path).await,
        Err(_) => Err(ErrorKind::AlreadyExists.into()),
    }
}

/// Reads a file and returns its size and its SHA-256. Where the system can be told to, it reads the disk and not what it
/// remembers of the file.
pub(crate) async fn read_back(path: &Path) -> std::io::Result<(u64, [u8; 32])> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut file = File::open(&path)?;
        forget_what_is_remembered(&file);
        let (mut digest, mut piece, mut size) = (Sha256::new(), vec![0; PIECE_BYTES], 0_u64);
        loop {
            let length = file.read(&mut piece)?;
            if length == 0 {
                return Ok((size, digest.finalize().into()));
            }
            size = size.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
            digest.update(&piece[..length]);
        }
    });
    read.await.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped)))
}

#[cfg(target_os = "linux")]
fn forget_what_is_remembered(file: &File) {
    // It only makes the check stricter, so an answer of “no” changes nothing.
    if let Err(error) = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed) {
        tracing::debug!(%error, "the system keeps what it remembers of a file");
    }
}

#[cfg(not(target_os = "linux"))]
fn forget_what_is_remembered(_file: &File) {}
