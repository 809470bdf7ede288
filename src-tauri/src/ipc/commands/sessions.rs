//! Sessions.

use chrono::{DateTime, Utc};
use hajime_core::actions::{Error, rooms, sessions};
use tauri::{AppHandle, State};

use super::{copy, id};
use crate::accounts::{Accounts, Connected};
use crate::ipc::dto::sessions::{EndedDto, InviteDto, SessionDraft, SessionDto, StartedDto};
use crate::ipc::error::IpcError;
use crate::platform::browser;

#[tauri::command]
pub(crate) async fn sessions_list(
    accounts: State<'_, Accounts>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<Vec<SessionDto>, IpcError> {
    let here = accounts.current().await?;
    sessions::list(&here.desk, from, to)?.iter().map(|session| SessionDto::read(&here.desk, session)).collect()
}

#[tauri::command]
pub(crate) async fn session_create(accounts: State<'_, Accounts>, input: SessionDraft) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.desk, &sessions::schedule(&here.desk, &input.into())?)
}

#[tauri::command]
pub(crate) async fn session_edit(
    accounts: State<'_, Accounts>,
    id: String,
    input: SessionDraft,
) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.desk, &sessions::edit(&here.desk, self::id(&id)?, &input.into())?)
}

#[tauri::command]
pub(crate) async fn session_cancel(accounts: State<'_, Accounts>, id: String) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.desk, &sessions::cancel(&here.desk, self::id(&id)?)?)
}

#[tauri::command]
pub(crate) async fn session_start(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<StartedDto, IpcError> {
    let here = accounts.current().await?;
    let started = sessions::start(&here.desk, self::id(&id)?).await?;
    opened(&app, &here, started)
}

/// Start lets the host in again when the session is live, so coming back is the same action.
#[tauri::command]
pub(crate) async fn session_rejoin(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<StartedDto, IpcError> {
    session_start(app, accounts, id).await
}

fn opened(app: &AppHandle, here: &Connected, started: sessions::Started) -> Result<StartedDto, IpcError> {
    let ticket = here.loopback.as_ref().zip(started.join).and_then(|(loopback, join)| loopback.ticket(join));
    Ok(StartedDto {
        session: SessionDto::read(&here.desk, &started.session)?,
        already_live: started.already_live,
        opened: ticket.is_some_and(|ticket| browser::open(app, &ticket)),
    })
}

#[tauri::command]
pub(crate) async fn session_invite(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<InviteDto, IpcError> {
    let here = accounts.current().await?;
    let made = rooms::invite(&here.desk, self::id(&id)?).await?;
    Ok(InviteDto { made: made.made, max: made.max, copied: copy(&app, made.url.expose()), local_only: made.local_only })
}

#[tauri::command]
pub(crate) async fn session_end(accounts: State<'_, Accounts>, id: String) -> Result<EndedDto, IpcError> {
    let here = accounts.current().await?;
    let ended = sessions::end(&here.desk, self::id(&id)?).await?;
    let recordings = here.desk.store().recordings_of(ended.session.id).map_err(Error::from)?;
    Ok(EndedDto {
        recording: recordings.first().map(|latest| latest.status().into()),
        session: SessionDto::read(&here.desk, &ended.session)?,
        already_ended: ended.already_ended,
        waits_for: ended.trouble.map(IpcError::from),
    })
}
