//! Recordings.

use hajime_core::actions::library::{export, recordings, removal};
use hajime_core::actions::sharing::links;
use hajime_core::domain::ids::RecordingId;
use tauri::{AppHandle, Manager as _, State};

use super::id;
use crate::accounts::Accounts;
use crate::ipc::dto::recordings::{
    PlaybackDto, RecordingDetailDto, RecordingDto, RecordingsPage, RecordingsQuery, SavedDto,
};
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn recordings_list(
    accounts: State<'_, Accounts>,
    query: RecordingsQuery,
) -> Result<RecordingsPage, IpcError> {
    let here = accounts.current().await?;
    RecordingsPage::read(&here.context, &recordings::list(&here.context, &query.into())?)
}

#[hajime_macros::command]
pub(crate) async fn recording_get(accounts: State<'_, Accounts>, id: String) -> Result<RecordingDetailDto, IpcError> {
    let here = accounts.current().await?;
    RecordingDetailDto::read(&here.context, recordings::detail(&here.context, self::id(&id)?)?)
}

#[hajime_macros::command]
pub(crate) async fn recording_retry(accounts: State<'_, Accounts>, id: String) -> Result<RecordingDto, IpcError> {
    let here = accounts.current().await?;
    RecordingDto::read(&here.context, &recordings::retry(&here.context, self::id(&id)?)?)
}

#[hajime_macros::command]
pub(crate) async fn recording_play(accounts: State<'_, Accounts>, id: String) -> Result<PlaybackDto, IpcError> {
    let here = accounts.current().await?;
    Ok(recordings::play(&here.context, self::id(&id)?).await?.into())
}

/// What is known against a recording that does not play; `null` when nothing is.
#[hajime_macros::command]
pub(crate) async fn recording_play_trouble(
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<Option<IpcError>, IpcError> {
    let here = accounts.current().await?;
    Ok(links::why_not_playing(&here.context, self::id(&id)?).await?.map(IpcError::from))
}

#[hajime_macros::command]
pub(crate) async fn recordings_gone(accounts: State<'_, Accounts>) -> Result<Vec<RecordingDto>, IpcError> {
    let here = accounts.current().await?;
    RecordingDto::read_all(&here.context, &removal::gone(&here.context)?)
}

#[hajime_macros::command]
pub(crate) async fn recordings_remove(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
) -> Result<Vec<RecordingDto>, IpcError> {
    let here = accounts.current().await?;
    RecordingDto::read_all(&here.context, &removal::remove(&here.context, &all(&ids)?)?)
}

#[hajime_macros::command]
pub(crate) async fn recordings_restore(
    accounts: State<'_, Accounts>,
    ids: Vec<String>,
) -> Result<Vec<RecordingDto>, IpcError> {
    let here = accounts.current().await?;
    RecordingDto::read_all(&here.context, &removal::restore(&here.context, &all(&ids)?)?)
}

fn all(ids: &[String]) -> Result<Vec<RecordingId>, IpcError> {
    ids.iter().map(|one| id(one)).collect()
}

/// Saves the file where downloads go. It takes as long as the network takes; what broke off is gone on with the next time.
#[hajime_macros::command]
pub(crate) async fn recording_save(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<SavedDto, IpcError> {
    let here = accounts.current().await?;
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| {
        tracing::warn!(%error, "there is no folder for downloads");
        IpcError::new(
            "file",
            "This computer has no folder for downloads.",
            "Save it from a terminal: hajime-cli recording save.",
        )
    })?;
    std::fs::create_dir_all(&folder).ok();
    Ok(export::save_into(&here.context, self::id(&id)?, &folder).await?.into())
}
