//! The relay's files on this computer. They are private, have the recording's id as their name, and are removed when
//! they are not needed any more.

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
const FILE_EXTENSION: &str = "part";
/// How long a file is kept whose recording the database does not know, for example after a backup was restored. It may
/// be the only copy.
const UNKNOWN_FILE_RETENTION: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The path of a recording's relay file, whether it exists or not; `None` for data in memory.
pub(crate) fn path_of(context: &Context, id: RecordingId) -> Option<PathBuf> {
    Some(context.store().folder()?.join(FOLDER).join(format!("{id}.{FILE_EXTENSION}")))
}

/// Makes the folder of a relay file, accessible to this user only.
pub(crate) async fn make_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).await
}

/// The path of a recording's relay file; `None` if the file is not complete.
pub(crate) async fn whole(context: &Context, recording: &Recording) -> Option<PathBuf> {
    let relay = recording.facts.relay.as_ref()?;
    let path = path_of(context, recording.id)?;
    let length = tokio::fs::metadata(&path).await.ok()?.len();
    (relay.total == Some(relay.fetched) && relay.fetched == length).then_some(path)
}

/// Whether the file begins like a video. A file that cannot be read counts as one, because reading it later gives the
/// right error.
pub(crate) async fn is_video(path: &Path) -> bool {
    let mut first = [0; 12];
    let read = async { tokio::fs::File::open(path).await?.read_exact(&mut first).await };
    read.await.is_err() || download::is_video(&first)
}

/// Removes a relay file. It is no error if the file does not exist.
pub(crate) async fn remove(path: &Path) {
    if let Err(error) = tokio::fs::remove_file(path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a file that is not needed any more could not be removed");
    }
}

/// Removes the relay files that are not needed any more. Files with other names stay.
pub(crate) async fn sweep(context: &Context) -> Result<(), Error> {
    let Some(folder) = context.store().folder().map(|folder| folder.join(FOLDER)) else { return Ok(()) };
    let Ok(mut entries) = tokio::fs::read_dir(&folder).await else { return Ok(()) };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let path = entry.path();
        let id = path.file_name().and_then(|name| {
            name.to_str()?.strip_suffix(FILE_EXTENSION)?.strip_suffix('.')?.parse::<RecordingId>().ok()
        });
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

/// Whether a relay file of this length is still needed; `None` if the database does not know enough to say.
///
/// After RealtimeKit's seven days, a complete file is kept as long as a retry can upload it: it may be the only copy.
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
