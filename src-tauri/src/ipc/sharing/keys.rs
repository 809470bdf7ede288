//! The keys that sign links: list, make, import, replace and delete them, and how they are used.

use hajime_core::actions::sharing::keys::{self, Consequence, KeyView, Keys, ReplacedKey};
use hajime_core::domain::sharing::key::{KEYS_MAX, Key, KeySettings, Purpose};
use hajime_core::error::UserError;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, State};
use ts_rs::TS;

use super::LinkDto;
use crate::accounts::{Accounts, blocking};
use crate::ipc::{id, instant, maybe_instant};
use crate::platform::ask;

hajime_macros::commands![
    keys_list,
    keys_sync,
    keys_settings,
    key_create,
    key_import,
    key_consequence,
    key_rotate,
    key_revoke,
];

/// Returns the keys that sign links, their groups, and how they are used.
#[hajime_macros::command]
pub(crate) async fn keys_list(accounts: State<'_, Accounts>) -> Result<KeysDto, UserError> {
    let here = accounts.current().await?;
    Ok(keys::list(&here.context).await?.into())
}

/// Compares the keys with those at Cloudflare.
#[hajime_macros::command(changes(Links))]
pub(crate) async fn keys_sync(accounts: State<'_, Accounts>) -> Result<KeySyncDto, UserError> {
    let here = accounts.current().await?;
    let (at_cloudflare, gone) = keys::sync(&here.context).await?;
    Ok(KeySyncDto { at_cloudflare, deleted_elsewhere: gone.len() })
}

/// Sets how keys are used on this desk.
#[hajime_macros::command(changes(Links))]
pub(crate) async fn keys_settings(
    accounts: State<'_, Accounts>,
    settings: KeySettingsDto,
) -> Result<KeysDto, UserError> {
    let here = accounts.current().await?;
    let KeySettingsDto { per_recording, pool, remind_months } = settings;
    keys::set_settings(&here.context, &KeySettings { per_recording, pool, remind_months })?;
    Ok(keys::list(&here.context).await?.into())
}

/// Makes a key for a group, which is made too if it does not exist, or for this desk.
#[hajime_macros::command(changes(Links))]
pub(crate) async fn key_create(accounts: State<'_, Accounts>, group: Option<String>) -> Result<KeyDto, UserError> {
    let here = accounts.current().await?;
    Ok(KeyDto::from(&keys::create(&here.context, group.as_deref()).await?))
}

/// Asks in a dialog of the system for the file of a key that Stream knows, and imports it. The key is read by the shell, so
/// the page never has it. `null` if no file was chosen.
#[hajime_macros::command(changes(Links))]
pub(crate) async fn key_import(
    app: AppHandle,
    accounts: State<'_, Accounts>,
    kid: Option<String>,
    group: Option<String>,
) -> Result<Option<ImportedKeyDto>, UserError> {
    let here = accounts.current().await?;
    let kid = kid.filter(|kid| !kid.trim().is_empty()).map(|kid| id(kid.trim())).transpose()?;
    let Some(path) = ask::key_file(&app).await else { return Ok(None) };
    let text = blocking(move || keys::read_file(&path)).await?;
    let imported = keys::import_key(&here.context, &text, kid, group.as_deref()).await?;
    Ok(Some(ImportedKeyDto {
        key: (&imported.key).into(),
        form: imported.form,
        bits: imported.bits,
        tested: imported.tested,
    }))
}

/// Returns what deleting a key would break.
#[hajime_macros::command]
pub(crate) async fn key_consequence(
    accounts: State<'_, Accounts>,
    kid: String,
) -> Result<KeyConsequenceDto, UserError> {
    let here = accounts.current().await?;
    Ok(keys::consequence(&here.context, &id(&kid)?)?.into())
}

/// Makes a new key in the place of one, which is deleted a day after its last link has ended, or at once if `now` is set.
/// Refused if links would stop, unless `confirmed` is set.
#[hajime_macros::command(changes(Links))]
pub(crate) async fn key_rotate(
    accounts: State<'_, Accounts>,
    kid: String,
    now: bool,
    confirmed: bool,
) -> Result<KeyDto, UserError> {
    let here = accounts.current().await?;
    let then = if now { ReplacedKey::Now } else { ReplacedKey::AfterItsLinks };
    Ok(KeyDto::from(&keys::rotate(&here.context, &id(&kid)?, then, confirmed).await?))
}

/// Deletes a key at Cloudflare, so that its links stop. Refused if it has links that work, unless `confirmed` is set.
#[hajime_macros::command(changes(Links, Recordings))]
pub(crate) async fn key_revoke(
    accounts: State<'_, Accounts>,
    kid: String,
    confirmed: bool,
) -> Result<KeyDto, UserError> {
    let here = accounts.current().await?;
    Ok(KeyDto::from(&keys::revoke(&here.context, &id(&kid)?, confirmed).await?))
}

/// The keys, their groups, and how they are used.
#[derive(Debug, Serialize, TS)]
pub(crate) struct KeysDto {
    /// The keys, newest first.
    keys: Vec<ListedKeyDto>,
    /// The groups, by name.
    groups: Vec<KeyGroupDto>,
    settings: KeySettingsDto,
    /// The most keys that Hajime lets an account have.
    keys_max: usize,
}

impl From<Keys> for KeysDto {
    fn from(keys: Keys) -> Self {
        let KeySettings { per_recording, pool, remind_months } = keys.settings;
        Self {
            keys: keys.keys.iter().map(ListedKeyDto::from).collect(),
            groups: keys
                .groups
                .into_iter()
                .map(|group| KeyGroupDto { id: group.id.to_string(), name: group.name })
                .collect(),
            settings: KeySettingsDto { per_recording, pool, remind_months },
            keys_max: KEYS_MAX,
        }
    }
}

/// A group of links with a key of its own.
#[derive(Debug, Serialize, TS)]
pub(crate) struct KeyGroupDto {
    id: String,
    name: String,
}

/// How keys are used on this desk.
#[derive(Debug, Serialize, Deserialize, TS)]
pub(crate) struct KeySettingsDto {
    /// Whether each recording gets a key of its own.
    per_recording: bool,
    /// How many keys are made ahead for that.
    pool: u32,
    /// After how many months a key should be replaced; `null` for never.
    remind_months: Option<u32>,
}

/// A key.
#[derive(Debug, Serialize, TS)]
pub(crate) struct KeyDto {
    id: String,
    name: String,
    /// `desk`, `group`, `recording`, `pool` or `unclaimed`.
    purpose: &'static str,
    group_id: Option<String>,
    recording_id: Option<String>,
    /// `in_use`, `replaced`, `revoked` or `missing`.
    state: &'static str,
    imported: bool,
    made_at: String,
    changed_at: String,
    /// When a replaced key is deleted; `null` for never.
    delete_after: Option<String>,
}

impl From<&Key> for KeyDto {
    fn from(key: &Key) -> Self {
        let (group_id, recording_id) = match key.purpose {
            Purpose::Group(group) => (Some(group.to_string()), None),
            Purpose::Recording(recording) => (None, Some(recording.to_string())),
            Purpose::Desk | Purpose::Pool | Purpose::Door | Purpose::Unclaimed => (None, None),
        };
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            purpose: key.purpose.name(),
            group_id,
            recording_id,
            state: key.state.name(),
            imported: key.origin == hajime_core::domain::sharing::key::KeyOrigin::Imported,
            made_at: instant(key.made_at),
            changed_at: instant(key.changed_at),
            delete_after: maybe_instant(key.delete_after),
        }
    }
}

/// A key with its links.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ListedKeyDto {
    key: KeyDto,
    /// How many of its links have not ended.
    links: u32,
    /// When the last of them ends.
    links_until: Option<String>,
    /// Whether this computer’s keyring has the private half; `null` if it was not asked or did not answer.
    is_here: Option<bool>,
    /// Whether it should be replaced by now.
    is_due: bool,
}

impl From<&KeyView> for ListedKeyDto {
    fn from(view: &KeyView) -> Self {
        Self {
            key: (&view.key).into(),
            links: view.uses.map_or(0, |uses| uses.links),
            links_until: maybe_instant(view.uses.map(|uses| uses.until)),
            is_here: view.is_here,
            is_due: view.is_due,
        }
    }
}

/// How the keys compare with those at Cloudflare.
#[derive(Debug, Serialize, TS)]
pub(crate) struct KeySyncDto {
    /// How many keys the account has.
    at_cloudflare: usize,
    /// How many turned out to be deleted elsewhere.
    deleted_elsewhere: usize,
}

/// A key that was imported.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ImportedKeyDto {
    key: KeyDto,
    /// The form in which it was given.
    form: &'static str,
    bits: usize,
    /// Whether Cloudflare accepted a link that it signed; `false` if there is no recording to try.
    tested: bool,
}

/// What deleting a key would break.
#[derive(Debug, Serialize, TS)]
pub(crate) struct KeyConsequenceDto {
    key: KeyDto,
    /// Its links that have not ended, those that end last first.
    links: Vec<LinkDto>,
    /// How many links of other keys work on.
    others: u32,
}

impl From<Consequence> for KeyConsequenceDto {
    fn from(found: Consequence) -> Self {
        Self {
            key: (&found.key).into(),
            links: found.links.into_iter().map(LinkDto::from).collect(),
            others: found.others,
        }
    }
}
