//! Share links.

use hajime_core::actions::sharing::links::{self, LinkFile};
use hajime_core::domain::sharing::link::Validity;
use tauri::{AppHandle, State};

use super::{copy, id};
use crate::accounts::Accounts;
use crate::ipc::dto::recordings::{LinkDto, LinkFileDto, MadeLinkDto};
use crate::ipc::error::IpcError;

#[hajime_macros::command]
pub(crate) async fn link_make(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    recording_id: String,
    hours: i64,
    download: bool,
) -> Result<MadeLinkDto, IpcError> {
    let here = accounts.current().await?;
    let made = links::make(&here.context, id(&recording_id)?, Validity::hours(hours)?, download).await?;
    let copied = copy(&app, made.url.expose());
    Ok(MadeLinkDto::new(made, copied))
}

/// The file of a link that was made with the right to download, as it stands now.
#[hajime_macros::command]
pub(crate) async fn link_file(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    link_id: String,
    copy: bool,
) -> Result<LinkFileDto, IpcError> {
    let here = accounts.current().await?;
    let file = links::file(&here.context, id(&link_id)?).await?;
    let copied = matches!(&file, LinkFile::Ready(url) if copy && super::copy(&app, url.expose()));
    Ok(LinkFileDto::new(&file, copied))
}

#[hajime_macros::command]
pub(crate) async fn links_list(accounts: State<'_, Accounts>) -> Result<Vec<LinkDto>, IpcError> {
    let here = accounts.current().await?;
    Ok(links::list(&here.context)?.into_iter().map(LinkDto::from).collect())
}
