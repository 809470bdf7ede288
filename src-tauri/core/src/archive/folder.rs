//! A folder as a place of the archive. It may be on another computer, or on a disk that is not connected now.

use std::io::ErrorKind;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Fingerprint, NAMES_MAX, NotDone, REPORT_INTERVAL_BYTES, Report, Sending, of_disk};
use crate::files;

/// Bytes that are copied at once.
const PIECE_BYTES: usize = 1 << 20;

/// Fails if the folder is not there. It is not made: where a disk is not connected, that would write to another one.
async fn present(folder: &Path) -> Result<(), NotDone> {
    match tokio::fs::metadata(folder).await {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(NotDone::Refused(format!("{} is no folder. Choose another place.", folder.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(NotDone::Later(format!(
            "{} is not there. Connect its disk, or make the folder; it goes on by itself.",
            folder.display()
        ))),
        Err(error) => Err(of_disk(folder, &error)),
    }
}

pub(super) async fn has(folder: &Path, name: &str) -> Result<bool, NotDone> {
    present(folder).await?;
    let path = folder.join(name);
    match tokio::fs::symlink_metadata(&path).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(of_disk(&path, &error)),
    }
}

pub(super) async fn send(folder: &Path, file: Sending<'_>, part: &str, mut report: impl Report) -> Result<(), NotDone> {
    present(folder).await?;
    let part = folder.join(part);
    let here = |error: std::io::Error| of_disk(file.from, &error);
    let there = |error: std::io::Error| of_disk(&part, &error);
    let mut from = File::open(file.from).await.map_err(here)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut to = options.open(&part).await.map_err(there)?;
    let (mut piece, mut sent, mut reported) = (vec![0; PIECE_BYTES], 0_u64, 0_u64);
    loop {
        let length = from.read(&mut piece).await.map_err(here)?;
        if length == 0 {
            break;
        }
        to.write_all(&piece[..length]).await.map_err(there)?;
        sent = sent.saturating_add(u64::try_from(length).unwrap_or(0));
        if sent.saturating_sub(reported) >= REPORT_INTERVAL_BYTES {
            reported = sent;
            to.flush().await.map_err(there)?;
            if !report(sent, None) {
                return Err(NotDone::Halted);
            }
        }
    }
    to.flush().await.map_err(there)?;
    to.sync_all().await.map_err(there)?;
    drop(to);
    if !report(sent, None) {
        return Err(NotDone::Halted);
    }
    let path = folder.join(file.name);
    files::put_in_place(&part, &path).await.map_err(|error| of_disk(&path, &error))
}

pub(super) async fn read_back(folder: &Path, name: &str) -> Result<Option<Fingerprint>, NotDone> {
    if !has(folder, name).await? {
        return Ok(None);
    }
    let path = folder.join(name);
    files::read_back(&path).await.map(Some).map_err(|error| of_disk(&path, &error))
}

pub(super) async fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), NotDone> {
    present(folder).await?;
    let path = folder.join(name);
    let failed = |error: std::io::Error| of_disk(&path, &error);
    // The whole file takes the name at once, so nobody ever reads half of it.
    let folder = folder.to_owned();
    let mut made = tokio::task::spawn_blocking(move || tempfile::NamedTempFile::new_in(folder))
        .await
        .map_err(|stopped| failed(std::io::Error::other(stopped)))?
        .map_err(failed)?;
    std::io::Write::write_all(&mut made, bytes).map_err(failed)?;
    made.as_file().sync_all().map_err(failed)?;
    made.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

pub(super) async fn get(folder: &Path, name: &str, most: u64) -> Result<Option<Vec<u8>>, NotDone> {
    if !has(folder, name).await? {
        return Ok(None);
    }
    let path = folder.join(name);
    let failed = |error: std::io::Error| of_disk(&path, &error);
    let file = File::open(&path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).await.map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        return Err(NotDone::Refused(format!("{} is too large to be read. Choose another file.", path.display())));
    }
    Ok(Some(bytes))
}

pub(super) async fn names(folder: &Path, ending: &str) -> Result<Vec<String>, NotDone> {
    present(folder).await?;
    let failed = |error: std::io::Error| of_disk(folder, &error);
    let mut entries = tokio::fs::read_dir(folder).await.map_err(failed)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        if let Ok(name) = entry.file_name().into_string()
            && name.ends_with(ending)
            && names.len() < NAMES_MAX
        {
            names.push(name);
        }
    }
    Ok(names)
}

pub(super) async fn fetch(folder: &Path, name: &str, to: &Path) -> Result<Option<Fingerprint>, NotDone> {
    if !has(folder, name).await? {
        return Ok(None);
    }
    let path = folder.join(name);
    let mut from = File::open(&path).await.map_err(|error| of_disk(&path, &error))?;
    let failed = |error: std::io::Error| of_disk(to, &error);
    let mut target = File::create(to).await.map_err(failed)?;
    let (mut digest, mut piece, mut size) = (Sha256::new(), vec![0; PIECE_BYTES], 0_u64);
    loop {
        let length = from.read(&mut piece).await.map_err(|error| of_disk(&path, &error))?;
        if length == 0 {
            break;
        }
        digest.update(&piece[..length]);
        size = size.saturating_add(u64::try_from(length).unwrap_or(0));
        target.write_all(&piece[..length]).await.map_err(failed)?;
    }
    target.sync_all().await.map_err(failed)?;
    Ok(Some((size, digest.finalize().into())))
}

pub(super) async fn tidy(folder: &Path, part: &str) -> Result<(), NotDone> {
    match tokio::fs::remove_file(folder.join(part)).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(of_disk(folder, &error)),
        _ => Ok(()),
    }
}
