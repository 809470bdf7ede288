//! Recordings.

use hajime_core::actions::recordings;
use tauri::State;

use super::id;
use crate::accounts::Accounts;
use crate::ipc::dto::recordings::{PlaybackDto, RecordingDetailDto, RecordingDto, RecordingsPage, RecordingsQuery};
use crate::ipc::error::IpcError;

#[tauri::command]
pub(crate) async fn recordings_list(
    accounts: State<'_, Accounts>,
    query: RecordingsQuery,
) -> Result<RecordingsPage, IpcError> {
    let here = accounts.current().await?;
    RecordingsPage::read(&here.desk, &recordings::list(&here.desk, &query.into())?)
}

#[tauri::command]
pub(crate) async fn recording_get(accounts: State<'_, Accounts>, id: String) -> Result<RecordingDetailDto, IpcError> {
    let here = accounts.current().await?;
    RecordingDetailDto::read(&here.desk, recordings::detail(&here.desk, self::id(&id)?)?)
}

#[tauri::command]
pub(crate) async fn recording_retry(accounts: State<'_, Accounts>, id: String) -> Result<RecordingDto, IpcError> {
    let here = accounts.current().await?;
    RecordingDto::read(&here.desk, &recordings::retry(&here.desk, self::id(&id)?)?)
}

#[tauri::command]
pub(crate) async fn recording_play(accounts: State<'_, Accounts>, id: String) -> Result<PlaybackDto, IpcError> {
    let here = accounts.current().await?;
    Ok(recordings::play(&here.desk, self::id(&id)?).await?.into())
}
