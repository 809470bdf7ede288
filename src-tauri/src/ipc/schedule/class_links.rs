//! The link by which everybody comes into a class, or into every class of its series.

use hajime_core::actions::schedule::class_links::{self, ClassLink, LinkState};
use hajime_core::domain::schedule::join_link::LinkOf;
use hajime_core::error::UserError;
use serde::Serialize;
use tauri::{AppHandle, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{copy, id};

hajime_macros::commands![class_link_copy, class_link_state, class_link_renew, class_link_revoke,];

/// Copies the link of a class, or of its whole series. The first time it is made.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn class_link_copy(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    session_id: String,
    series: bool,
) -> Result<ClassLinkDto, UserError> {
    let here = accounts.current().await?;
    let link = class_links::link(&here.context, id(&session_id)?, link_of(series)).await?;
    Ok(ClassLinkDto::copied(&app, link))
}

/// Returns what is known of the link of a class, or of its whole series.
#[hajime_macros::command]
pub(crate) async fn class_link_state(
    accounts: State<'_, Accounts>,
    session_id: String,
    series: bool,
) -> Result<ClassLinkDto, UserError> {
    let here = accounts.current().await?;
    Ok(ClassLinkDto::new(class_links::state(&here.context, id(&session_id)?, link_of(series))?, false))
}

/// Revokes the link, makes a new one and copies it.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn class_link_renew(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    session_id: String,
    series: bool,
) -> Result<ClassLinkDto, UserError> {
    let here = accounts.current().await?;
    let link = class_links::renew(&here.context, id(&session_id)?, link_of(series)).await?;
    Ok(ClassLinkDto::copied(&app, link))
}

/// Revokes the link.
#[hajime_macros::command(changes(Sessions))]
pub(crate) async fn class_link_revoke(
    accounts: State<'_, Accounts>,
    session_id: String,
    series: bool,
) -> Result<ClassLinkDto, UserError> {
    let here = accounts.current().await?;
    Ok(ClassLinkDto::new(class_links::revoke(&here.context, id(&session_id)?, link_of(series)).await?, false))
}

fn link_of(series: bool) -> LinkOf {
    if series { LinkOf::Series } else { LinkOf::Class }
}

/// The link of a class or series. Its address is only copied.
#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct ClassLinkDto {
    /// Whether there is a link that lets people in.
    link: bool,
    /// Whether the address is on the clipboard.
    copied: bool,
    /// Who comes in by it, and when.
    sentence: String,
    /// What the door does not know yet, and why; `null` where it knows the link as it is.
    waits: Option<String>,
}

impl ClassLinkDto {
    fn new(LinkState { exists, sentence, waits }: LinkState, copied: bool) -> Self {
        Self { link: exists, copied, sentence, waits }
    }

    fn copied(app: &AppHandle, link: ClassLink) -> Self {
        Self::new(link.state, copy(app, link.url.expose()))
    }
}
