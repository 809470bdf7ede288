//! The door behind the join page: whether it works, new secrets for it, and taking it down.

use std::fmt;

use hajime_core::actions::profile::door::{self, Status};
use hajime_core::domain::profile::door::{DoorTrouble, FREE_DATABASE_BYTES, FREE_PLAN};
use hajime_core::error::UserError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::profile::join_page::{page, progress};
use crate::ipc::{instant, maybe_instant};

hajime_macros::commands![door_status, door_rotate, door_end_plays, door_remove, door_token_paste];

/// What is known of the door: at Cloudflare, in its database, and from outside.
#[hajime_macros::command]
pub(crate) async fn door_status(accounts: State<'_, Accounts>) -> Result<DoorStatusDto, UserError> {
    seen(&accounts).await
}

/// Gives the door a new signing key and, where Hajime made its token, a new token. The earlier ones are deleted.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn door_rotate(app: AppHandle, accounts: State<'_, Accounts>) -> Result<DoorStatusDto, UserError> {
    let here = accounts.current().await?;
    door::rotate(&here.context, &page().await?, &progress(&app)).await?;
    seen(&accounts).await
}

/// Ends every play of the watch links at once: the signing key of the door is deleted, and the door gets a new one.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn door_end_plays(app: AppHandle, accounts: State<'_, Accounts>) -> Result<DoorStatusDto, UserError> {
    let here = accounts.current().await?;
    door::end_plays(&here.context, &page().await?, &progress(&app)).await?;
    seen(&accounts).await
}

/// Takes the door down: its links die, its secrets and its database are deleted, and the page stays.
#[hajime_macros::command(changes(Desk, Links, Sessions))]
pub(crate) async fn door_remove(accounts: State<'_, Accounts>) -> Result<DoorStatusDto, UserError> {
    let here = accounts.current().await?;
    door::remove(&here.context, &page().await?).await?;
    seen(&accounts).await
}

/// Takes a token for RealtimeKit that a person made, tries it, and publishes the door with it. It is kept nowhere else.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn door_token_paste(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    token: DoorTokenInput,
) -> Result<DoorStatusDto, UserError> {
    let here = accounts.current().await?;
    door::take_token(&here.context, &page().await?, token.into(), &progress(&app)).await?;
    seen(&accounts).await
}

async fn seen(accounts: &Accounts) -> Result<DoorStatusDto, UserError> {
    let here = accounts.current().await?;
    Ok(door::status(&here.context, &page().await?).await?.into())
}

/// A token that a person pasted. It is never sent back to the page.
#[derive(Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub(crate) struct DoorTokenInput(String);

impl fmt::Debug for DoorTokenInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DoorTokenInput(…)")
    }
}

impl From<DoorTokenInput> for SecretString {
    fn from(DoorTokenInput(text): DoorTokenInput) -> Self {
        Self::from(text)
    }
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DoorState {
    None,
    Open,
    Older,
    Later,
    OtherApp,
    Replaced,
    Silent,
}

impl From<&door::DoorState> for DoorState {
    fn from(state: &door::DoorState) -> Self {
        match state {
            door::DoorState::None(_) => Self::None,
            door::DoorState::Open => Self::Open,
            door::DoorState::Older => Self::Older,
            door::DoorState::Later(_) => Self::Later,
            door::DoorState::OtherApp => Self::OtherApp,
            door::DoorState::Replaced => Self::Replaced,
            door::DoorState::Silent(_) => Self::Silent,
        }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DoorTroubleDto {
    sentence: String,
    at: String,
    times: u64,
}

impl From<&DoorTrouble> for DoorTroubleDto {
    fn from(trouble: &DoorTrouble) -> Self {
        Self { sentence: trouble.sentence(), at: instant(trouble.at), times: trouble.times }
    }
}

#[derive(Debug, Clone, Serialize, TS)]
pub(crate) struct DoorStatusDto {
    state: DoorState,
    /// The state in words.
    sentence: String,
    /// The version of Hajime that published it.
    version: Option<String>,
    published_at: Option<String>,
    answered_at: Option<String>,
    exchanged_at: Option<String>,
    /// Why its database could not be asked, or why the last exchange failed.
    trouble: Option<String>,
    size_bytes: Option<u64>,
    size_max_bytes: u64,
    /// What Cloudflare’s free plan allows, and what follows when it is used up.
    limits: Vec<&'static str>,
    troubles: Vec<DoorTroubleDto>,
    signing_key: bool,
    #[ts(type = "\"made\" | \"pasted\" | \"missing\"")]
    token: &'static str,
    class_links: u32,
    watch_links: u32,
}

impl From<Status> for DoorStatusDto {
    fn from(status: Status) -> Self {
        Self {
            state: DoorState::from(&status.state),
            sentence: status.state.sentence(),
            version: status.version,
            published_at: maybe_instant(status.published_at),
            answered_at: maybe_instant(status.answered_at),
            exchanged_at: maybe_instant(status.exchanged_at),
            trouble: status.trouble,
            size_bytes: status.size,
            size_max_bytes: FREE_DATABASE_BYTES,
            limits: FREE_PLAN.to_vec(),
            troubles: status.troubles.iter().map(DoorTroubleDto::from).collect(),
            signing_key: status.signing_key,
            token: status.token.name(),
            class_links: status.class_links,
            watch_links: status.watch_links,
        }
    }
}
