//! Copies of a recording that are made by processes which are killed: downloads, and archivings to a folder.

use std::fs;
use std::path::Path;

use rand::rngs::StdRng;
use serde_json::Value;

use crate::{Failure, desk::Desk};

/// Downloads and archives a recording while processes are killed. Returns what is wrong with the copies, one sentence each.
pub(crate) async fn make(
    desk: &Desk<'_>,
    recording: &str,
    chance: &mut StdRng,
    kills: &mut u64,
) -> Result<Vec<String>, Failure> {
    let (downloads, archive) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (to, folder) = (text(downloads.path())?, text(archive.path())?);
    let place = desk.ask(&["archive", "add-folder", folder, "--name", "Kept"]).await?.ok_or("no place was added")?;
    let place = place["id"].as_str().ok_or("a place without an id")?;
    desk.insist(&["recording", "download", recording, "--to", to], chance, kills).await?;
    desk.insist(&["recording", "archive", recording, "--place", place], chance, kills).await?;

    let listed = desk.ask(&["transfer", "list"]).await?.ok_or("the transfers cannot be listed")?;
    let mut wrong = Vec::new();
    for transfer in listed.as_array().into_iter().flatten() {
        let kept = if transfer["kind"] == "archive" { archive.path() } else { downloads.path() };
        let size = transfer["name"].as_str().and_then(|name| fs::metadata(kept.join(name)).ok()).map(|file| file.len());
        if transfer["state"] != "done" || size.is_none() || size != transfer["total_bytes"].as_u64() {
            wrong.push(format!("a copy is not whole: {size:?} bytes, {transfer}"));
        }
    }
    let names = |folder: &Path| -> Result<Vec<String>, Failure> {
        let entries = fs::read_dir(folder)?.flatten();
        Ok(entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    };
    let (downloaded, archived) = (names(downloads.path())?, names(archive.path())?);
    let mut first: Option<Vec<u8>> = None;
    for path in downloaded
        .iter()
        .map(|name| downloads.path().join(name))
        .chain(archived.iter().filter(|name| is_video(name)).map(|name| archive.path().join(name)))
    {
        let bytes = fs::read(&path)?;
        if first.get_or_insert_with(|| bytes.clone()) != &bytes {
            wrong.push(format!("{} differs from the other copies", path.display()));
        }
    }
    for name in archived.iter().filter(|name| !is_video(name)) {
        let known: Value = serde_json::from_slice(&fs::read(archive.path().join(name))?).unwrap_or_default();
        if !known["file"]["name"].as_str().is_some_and(|video| archived.iter().any(|name| name == video)) {
            wrong.push(format!("the archive has {name} without a video"));
        }
    }
    let videos = archived.iter().filter(|name| is_video(name)).count();
    if videos == 0 || archived.len() != 2 * videos || downloaded.iter().any(|name| !is_video(name)) {
        wrong.push(format!("files are missing or left over: {downloaded:?}, {archived:?}"));
    }
    Ok(wrong)
}

/// Whether a file is a copy of the video, by its name.
fn is_video(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "mp4")
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| "a folder whose name is no text".into())
}
