//! The role of this desk: what it may do, switching it, the admin passphrase, and the rights of the API token.

use std::fmt;

use hajime_core::actions::profile::roles::{self, RoleView};
use hajime_core::domain::profile::role::{Permission, Role, StreamRight, TokenRights};
use hajime_core::error::UserError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tauri::State;
use ts_rs::TS;

use crate::accounts::Accounts;
use crate::ipc::{instant, maybe_instant};

hajime_macros::commands![role_get, role_set, role_passphrase_set, role_try_token];

/// Returns the role of this desk, and how its token compares with it. Sends no request.
#[hajime_macros::command]
pub(crate) async fn role_get(accounts: State<'_, Accounts>) -> Result<RoleDto, UserError> {
    Ok(roles::show(&accounts.current().await?.context)?.into())
}

/// Gives this desk another role. A stronger one needs the admin passphrase.
#[hajime_macros::command(changes(Desk, Sessions, Recordings, Links))]
pub(crate) async fn role_set(
    accounts: State<'_, Accounts>,
    role: RoleName,
    passphrase: Option<PassphraseInput>,
) -> Result<RoleDto, UserError> {
    let context = &accounts.current().await?.context;
    let given = passphrase.map(SecretString::from);
    Ok(roles::set(context, role.into(), given.as_ref()).await?.into())
}

/// Sets the admin passphrase. One that is set already must be given too.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn role_passphrase_set(
    accounts: State<'_, Accounts>,
    passphrase: PassphraseInput,
    present: Option<PassphraseInput>,
) -> Result<RoleDto, UserError> {
    let context = &accounts.current().await?.context;
    roles::set_passphrase(context, &passphrase.into(), present.map(SecretString::from).as_ref()).await?;
    Ok(roles::show(context)?.into())
}

/// Tries what the API token may really do. Changes nothing at Cloudflare.
#[hajime_macros::command(changes(Desk))]
pub(crate) async fn role_try_token(accounts: State<'_, Accounts>) -> Result<RoleDto, UserError> {
    Ok(roles::try_token(&accounts.current().await?.context).await?.into())
}

/// A passphrase that a person typed. It is never sent back to the page.
#[derive(Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub(crate) struct PassphraseInput(String);

impl fmt::Debug for PassphraseInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassphraseInput(…)")
    }
}

impl From<PassphraseInput> for SecretString {
    fn from(PassphraseInput(text): PassphraseInput) -> Self {
        Self::from(text)
    }
}

/// The role of a desk.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleName {
    Staff,
    Instructor,
    Admin,
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Staff => Self::Staff,
            Role::Instructor => Self::Instructor,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Staff => Self::Staff,
            RoleName::Instructor => Self::Instructor,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// The role of this desk, and how its token compares with it.
#[derive(Debug, Serialize, TS)]
pub(crate) struct RoleDto {
    role: RoleName,
    /// The instructor whose classes count as own; empty if the settings name none.
    instructor: String,
    has_passphrase: bool,
    /// When the next passphrase may be tried; `null` if now.
    wait_until: Option<String>,
    /// What each role may do, in the order in which people read it.
    permissions: Vec<PermissionDto>,
    /// What the token may do; `null` while that was not tried.
    rights: Option<TokenRightsDto>,
    /// The background jobs that do not run here.
    resting: Vec<RestingJobDto>,
}

/// A permission and the weakest role that has it.
#[derive(Debug, Serialize, TS)]
pub(crate) struct PermissionDto {
    name: &'static str,
    /// What it allows, in words that follow “may”.
    words: &'static str,
    weakest: RoleName,
}

/// What the API token may really do.
#[derive(Debug, Serialize, TS)]
pub(crate) struct TokenRightsDto {
    realtime: bool,
    stream: StreamRightDto,
    workers: bool,
    tried_at: String,
    /// Whether it is what the role needs.
    fits: bool,
    /// How it compares with the role, as a sentence.
    message: String,
    /// How to make the token that the role needs; `null` where nothing is to be done.
    next: Option<&'static str>,
}

/// What an API token may do at Stream.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "StreamRight")]
#[serde(rename_all = "snake_case")]
pub(crate) enum StreamRightDto {
    None,
    Read,
    Edit,
}

/// A background job that does not run on this desk.
#[derive(Debug, Serialize, TS)]
pub(crate) struct RestingJobDto {
    title: String,
    why: String,
}

impl From<RoleView> for RoleDto {
    fn from(view: RoleView) -> Self {
        let (message, next) = view.advice.unwrap_or_default();
        let rights = view.rights.map(|TokenRights { realtime, stream, workers, tried_at, .. }| TokenRightsDto {
            realtime,
            stream: match stream {
                StreamRight::None => StreamRightDto::None,
                StreamRight::Read => StreamRightDto::Read,
                StreamRight::Edit => StreamRightDto::Edit,
            },
            workers,
            tried_at: instant(tried_at),
            fits: next.is_none(),
            message,
            next,
        });
        let permission = |permission: Permission| PermissionDto {
            name: permission.name(),
            words: permission.words(),
            weakest: permission.weakest().into(),
        };
        Self {
            role: view.role.into(),
            instructor: view.instructor,
            has_passphrase: view.has_passphrase,
            wait_until: maybe_instant(view.wait_until),
            permissions: Permission::ALL.into_iter().map(permission).collect(),
            rights,
            resting: view.resting.into_iter().map(|(title, why)| RestingJobDto { title, why }).collect(),
        }
    }
}
