//! Live sessions and their recordings.

use hajime_core::actions::recorder::live;
use hajime_core::actions::recorder::pause;
use hajime_core::actions::schedule::sessions;
use hajime_core::context::Context;
use hajime_core::domain::ids::SessionId;
use tauri::State;

use super::id;
use crate::accounts::Accounts;
use crate::ipc::dto::sessions::LiveDto;
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn live_list(accounts: State<'_, Accounts>) -> Result<Vec<LiveDto>, IpcError> {
    let here = accounts.current().await?;
    live::live(&here.context)?.into_iter().map(|live| LiveDto::read(&here.context, live)).collect()
}

#[hajime_macros::command]
pub(crate) async fn recording_pause(accounts: State<'_, Accounts>, session_id: String) -> Result<LiveDto, IpcError> {
    let (here, session) = (accounts.current().await?, id(&session_id)?);
    pause::pause(&here.context, session).await?;
    panel(&here.context, session)
}

#[hajime_macros::command]
pub(crate) async fn recording_resume(accounts: State<'_, Accounts>, session_id: String) -> Result<LiveDto, IpcError> {
    let (here, session) = (accounts.current().await?, id(&session_id)?);
    pause::resume(&here.context, session).await?;
    panel(&here.context, session)
}

fn panel(context: &Context, session: SessionId) -> Result<LiveDto, IpcError> {
    LiveDto::read(context, live::live_one(context, sessions::get(context, session)?)?)
}
