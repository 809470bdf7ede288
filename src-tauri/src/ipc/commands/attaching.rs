//! Attaching by hand, what can go wrong, and evidence.

use hajime_core::actions::library::{attachment, evidence};
use tauri::{AppHandle, State};

use super::{copy, id};
use crate::accounts::Accounts;
use crate::ipc::dto::attaching::{AttachForm, AttachedDto, CandidateDto, EvidenceDto, FailuresDto};
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn attach_candidates(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<Vec<CandidateDto>, IpcError> {
    let here = accounts.current().await?;
    let found = attachment::candidates(&here.context, id(&session_id)?).await?;
    Ok(found.into_iter().map(CandidateDto::from).collect())
}

/// A failed recording takes it, the one named before others of its session.
#[hajime_macros::command]
pub(crate) async fn attach(
    accounts: State<'_, Accounts>,
    session_id: String,
    form: AttachForm,
    recording_id: Option<String>,
) -> Result<AttachedDto, IpcError> {
    let here = accounts.current().await?;
    let into = recording_id.map(|recording| id(&recording)).transpose()?;
    let attached = attachment::attach(&here.context, id(&session_id)?, &form.try_into()?, into).await?;
    AttachedDto::read(&here.context, &attached)
}

#[hajime_macros::command]
pub(crate) async fn failures_list() -> Result<FailuresDto, IpcError> {
    Ok(FailuresDto::all())
}

/// Copies it too.
#[hajime_macros::command]
pub(crate) async fn recording_evidence(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<EvidenceDto, IpcError> {
    let here = accounts.current().await?;
    let text = evidence::evidence(&here.context, self::id(&id)?)?.text();
    let copied = copy(&app, &text);
    Ok(EvidenceDto { text, copied })
}
