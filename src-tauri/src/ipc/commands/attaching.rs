//! Attaching by hand, what can go wrong, and evidence.

use hajime_core::actions::{attaching, evidence};
use tauri::{AppHandle, State};
use tauri_plugin_clipboard_manager::ClipboardExt as _;

use super::id;
use crate::accounts::Accounts;
use crate::ipc::dto::attaching::{AttachForm, AttachedDto, CandidateDto, EvidenceDto, FailuresDto};
use crate::ipc::error::IpcError;

#[tauri::command]
pub(crate) async fn attach_candidates(
    accounts: State<'_, Accounts>,
    session_id: String,
) -> Result<Vec<CandidateDto>, IpcError> {
    let here = accounts.current().await?;
    let found = attaching::candidates(&here.desk, id(&session_id)?).await?;
    Ok(found.into_iter().map(CandidateDto::from).collect())
}

/// A failed recording takes it, the one named before others of its session.
#[tauri::command]
pub(crate) async fn attach(
    accounts: State<'_, Accounts>,
    session_id: String,
    form: AttachForm,
    recording_id: Option<String>,
) -> Result<AttachedDto, IpcError> {
    let here = accounts.current().await?;
    let into = recording_id.map(|recording| id(&recording)).transpose()?;
    let attached = attaching::attach(&here.desk, id(&session_id)?, &form.try_into()?, into).await?;
    AttachedDto::read(&here.desk, &attached)
}

#[tauri::command]
pub(crate) async fn failures_list() -> FailuresDto {
    FailuresDto::all()
}

/// Copies it too. It is no secret, so clipboard histories may keep it.
#[tauri::command]
pub(crate) async fn recording_evidence(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    id: String,
) -> Result<EvidenceDto, IpcError> {
    let here = accounts.current().await?;
    let text = evidence::evidence(&here.desk, self::id(&id)?)?.text();
    let copied = app.clipboard().write_text(text.clone()).is_ok();
    Ok(EvidenceDto { text, copied })
}
