//! Sessions.

use chrono::{DateTime, Utc};
use hajime_core::actions::recorder::end;
use hajime_core::actions::recorder::start;
use hajime_core::actions::schedule::{invitations, sessions};
use hajime_core::domain::recorder::of_session::recording_of_session;
use hajime_core::error::Error;
use tauri::{AppHandle, State};

use super::{copy, id};
use crate::accounts::{Accounts, ActiveProfile};
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
    sessions::list(&here.context, from, to)?.iter().map(|session| SessionDto::read(&here.context, session)).collect()
}

#[hajime_macros::command]
pub(crate) async fn session_create(accounts: State<'_, Accounts>, input: SessionDraft) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.context, &sessions::schedule(&here.context, &input.into())?)
}

#[hajime_macros::command]
pub(crate) async fn session_edit(
    accounts: State<'_, Accounts>,
    id: String,
    input: SessionDraft,
) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.context, &sessions::edit(&here.context, self::id(&id)?, &input.into())?)
}

#[hajime_macros::command]
pub(crate) async fn session_cancel(accounts: State<'_, Accounts>, id: String) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.context, &sessions::cancel(&here.context, self::id(&id)?)?)
}

#[hajime_macros::command]
pub(crate) async fn session_restore(accounts: State<'_, Accounts>, id: String) -> Result<SessionDto, IpcError> {
    let here = accounts.current().await?;
    SessionDto::read(&here.context, &sessions::restore(&here.context, self::id(&id)?)?)
}

#[hajime_macros::command]
pub(crate) async fn session_start(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
    early: bool,
) -> Result<StartedDto, IpcError> {
    let (here, id) = (accounts.current().await?, self::id(&id)?);
    let context = &here.context;
    let started = if early { start::start_early(context, id).await } else { start::start(context, id).await };
    opened(&app, &here, started?)
}

#[hajime_macros::command]
pub(crate) async fn session_start_again(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<StartedDto, IpcError> {
    let here = accounts.current().await?;
    let started = start::start_again(&here.context, self::id(&id)?).await?;
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

fn opened(app: &AppHandle, here: &ActiveProfile, started: start::Started) -> Result<StartedDto, IpcError> {
    let handover = here.loopback.as_ref().zip(started.join).and_then(|(loopback, join)| loopback.hand_over(join));
    Ok(StartedDto {
        session: SessionDto::read(&here.context, &started.session)?,
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
    let made = invitations::invite(&here.context, self::id(&id)?).await?;
    Ok(InviteDto { made: made.made, max: made.max, copied: copy(&app, made.url.expose()), local_only: made.local_only })
}

#[hajime_macros::command]
pub(crate) async fn session_end(accounts: State<'_, Accounts>, id: String) -> Result<EndedDto, IpcError> {
    let here = accounts.current().await?;
    let ended = end::end(&here.context, self::id(&id)?).await?;
    let waits_for = ended.trouble.map(IpcError::from);
    let read = || -> Result<_, IpcError> {
        let recordings = here.context.store().recordings_of(ended.session.id).map_err(Error::from)?;
        Ok((
            SessionDto::read(&here.context, &ended.session)?,
            recording_of_session(&recordings).map(|recording| recording.status().into()),
        ))
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
