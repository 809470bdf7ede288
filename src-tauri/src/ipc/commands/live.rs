//! Live sessions and their recordings.

use hajime_core::actions::{Desk, recordings, sessions};
use hajime_core::domain::ids::SessionId;
use tauri::State;

use super::id;
use crate::accounts::Accounts;
use crate::ipc::dto::sessions::LiveDto;
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn live_list(accounts: State<'_, Accounts>) -> Result<Vec<LiveDto>, IpcError> {
    let here = accounts.current().await?;
    sessions::live(&here.desk)?.into_iter().map(|live| LiveDto::read(&here.desk, live)).collect()
}

#[hajime_macros::command]
pub(crate) async fn recording_pause(accounts: State<'_, Accounts>, session_id: String) -> Result<LiveDto, IpcError> {
    let (here, session) = (accounts.current().await?, id(&session_id)?);
    recordings::pause(&here.desk, session).await?;
    panel(&here.desk, session)
}

#[hajime_macros::command]
pub(crate) async fn recording_resume(accounts: State<'_, Accounts>, session_id: String) -> Result<LiveDto, IpcError> {
    let (here, session) = (accounts.current().await?, id(&session_id)?);
    recordings::resume(&here.desk, session).await?;
    panel(&here.desk, session)
}

fn panel(desk: &Desk, session: SessionId) -> Result<LiveDto, IpcError> {
    LiveDto::read(desk, sessions::live_one(desk, sessions::get(desk, session)?)?)
}
