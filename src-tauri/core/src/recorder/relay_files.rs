//! The files that lie on this computer on their way to Stream: private, named by the recording, and gone when they are not needed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::AsyncReadExt as _;

use crate::context::Context;
use crate::domain::ids::RecordingId;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::stage::Stage;
use crate::error::Error;
use crate::recorder::download;

const FOLDER: &str = "relay";
const ENDING: &str = "part";
/// How long to keep a file that the database does not know, as after a restore. It may be the only one left.
const UNKNOWN_FILE_RETENTION: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Where the file of a recording lies, or would lie; `None` for data that lives in memory only.
pub(crate) fn path_of(context: &Context, id: RecordingId) -> Option<PathBuf> {
    Some(context.store().folder()?.join(FOLDER).join(format!("{id}.{ENDING}")))
}

/// Makes the folder, for this user's eyes only.
pub(crate) async fn make_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).await
}

/// The whole file of a recording, if it lies here.
pub(crate) async fn whole(context: &Context, recording: &Recording) -> Option<PathBuf> {
    let relay = recording.facts.relay.as_ref()?;
    let path = path_of(context, recording.id)?;
    let length = tokio::fs::metadata(&path).await.ok()?.len();
    (relay.total == Some(relay.fetched) && relay.fetched == length).then_some(path)
}

/// Whether the file begins as a video does. One that cannot be read is found out about later.
pub(crate) async fn is_video(path: &Path) -> bool {
    let mut first = [0; 12];
    let read = async { tokio::fs::File::open(path).await?.read_exact(&mut first).await };
    read.await.is_err() || download::is_video(&first)
}

/// Removes a file that lay here. One that is gone already is fine.
pub(crate) async fn remove(path: &Path) {
    if let Err(error) = tokio::fs::remove_file(path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a file that is not needed any more could not be removed");
    }
}

/// Removes every relay file that is not needed any more. Files with other names stay.
pub(crate) async fn sweep(context: &Context) -> Result<(), Error> {
    let Some(folder) = context.store().folder().map(|folder| folder.join(FOLDER)) else { return Ok(()) };
    let Ok(mut entries) = tokio::fs::read_dir(&folder).await else { return Ok(()) };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let path = entry.path();
        let id = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(ENDING)?.strip_suffix('.')?.parse::<RecordingId>().ok());
        let (Some(id), Ok(found)) = (id, entry.metadata().await) else { continue };
        let needed = match context.store().recording(id)? {
            Some(recording) => is_needed(&recording, found.len(), context.now()),
            None => None,
        };
        let is_old = || found.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > UNKNOWN_FILE_RETENTION));
        if !needed.unwrap_or_else(|| !is_old()) {
            remove(&path).await;
        }
    }
    Ok(())
}

/// Whether a file of this length is still needed; `None` where the database knows too little of it to say.
///
/// A whole one outlives RealtimeKit's week as long as a retry can bring it to Stream: it may be the last.
fn is_needed(recording: &Recording, length: u64, now: DateTime<Utc>) -> Option<bool> {
    match recording.stage {
        Stage::Failed { cause, .. } => {
            if recording.facts.file_expires.is_none_or(|expires| expires > now) {
                return Some(true);
            }
            let relay = recording.facts.relay.as_ref().filter(|relay| relay.fetched == length)?;
            Some(relay.total == Some(relay.fetched) && cause.retryable())
        }
        stage => Some(!stage.in_stream()),
    }
}
