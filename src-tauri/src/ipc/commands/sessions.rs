//! Sessions.

use chrono::{DateTime, Utc};
use hajime_core::actions::{Error, rooms, sessions};
use tauri::{AppHandle, State};

use super::{copy, id};
use crate::accounts::{Accounts, Connected};
use crate::ipc::dto::sessions::{EndedDto, InviteDto, SessionDraft, SessionDto, StartedDto};
use crate::ipc::error::IpcError;
use crate::platform::browser;

#[hajime_macros::command]
pub(crate) async fn sessions_list(
    accounts: State<'_, Accounts>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<Vec<SessionDto>, IpcError> {
    let here = accounts.current().await?;
    sessions::list(&here.desk, from, to)?.iter().map(|session| SessionDto::read(&here.desk, session)).collect()
}

#[hajime_macros::command]
pub(crate) async fn session_create(accounts: State<'_, Accounts>, input: SessionDraft) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.desk, &sessions::schedule(&here.desk, &input.into())?)
}

#[hajime_macros::command]
pub(crate) async fn session_edit(
    accounts: State<'_, Accounts>,
    id: String,
    input: SessionDraft,
) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.desk, &sessions::edit(&here.desk, self::id(&id)?, &input.into())?)
}

#[hajime_macros::command]
pub(crate) async fn session_cancel(accounts: State<'_, Accounts>, id: String) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.desk, &sessions::cancel(&here.desk, self::id(&id)?)?)
}

#[hajime_macros::command]
pub(crate) async fn session_restore(accounts: State<'_, Accounts>, id: String) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.desk, &sessions::restore(&here.desk, self::id(&id)?)?)
}

#[hajime_macros::command]
pub(crate) async fn session_start(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
    early: bool,
) -> Result<StartedDto, IpcError> {
    let (here, id) = (accounts.current().await?, self::id(&id)?);
    let desk = &here.desk;
    let started = if early { sessions::start_early(desk, id).await } else { sessions::start(desk, id).await };
    opened(&app, &here, started?)
}

#[hajime_macros::command]
pub(crate) async fn session_start_again(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<StartedDto, IpcError> {
    let here = accounts.current().await?;
    let started = sessions::start_again(&here.desk, self::id(&id)?).await?;
    opened(&app, &here, started)
}

/// Start lets the host in again when the session is live, so coming back is the same action.
#[hajime_macros::command]
pub(crate) async fn session_rejoin(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<StartedDto, IpcError> {
    session_start(app, accounts, id, false).await
}

fn opened(app: &AppHandle, here: &Connected, started: sessions::Started) -> Result<StartedDto, IpcError> {
    let handover = here.loopback.as_ref().zip(started.join).and_then(|(loopback, join)| loopback.hand_over(join));
    Ok(StartedDto {
        session: SessionDto::read(&here.desk, &started.session)?,
        already_live: started.already_live,
        opened: handover.is_some_and(|handover| browser::open(app, &handover)),
    })
}

#[hajime_macros::command]
pub(crate) async fn session_invite(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<InviteDto, IpcError> {
    let here = accounts.current().await?;
    let made = rooms::invite(&here.desk, self::id(&id)?).await?;
    Ok(InviteDto { made: made.made, max: made.max, copied: copy(&app, made.url.expose()), local_only: made.local_only })
}

#[hajime_macros::command]
pub(crate) async fn session_end(accounts: State<'_, Accounts>, id: String) -> Result<EndedDto, IpcError> {
    let here = accounts.current().await?;
    let ended = sessions::end(&here.desk, self::id(&id)?).await?;
    let waits_for = ended.trouble.map(IpcError::from);
    let read = || -> Result<_, IpcError> {
        let recordings = here.desk.store().recordings_of(ended.session.id).map_err(Error::from)?;
        Ok((SessionDto::read(&here.desk, &ended.session)?, recordings.first().map(|latest| latest.status().into())))
    };
    match (read(), waits_for) {
        (Ok((session, recording)), waits_for) => {
            Ok(EndedDto { session, already_ended: ended.already_ended, recording, waits_for })
        }
        // Where nothing can be read any more, that the class was ended is what has to be said.
        (Err(_), Some(told)) => Err(told),
        (Err(error), None) => Err(error),
    }
}
