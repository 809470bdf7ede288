//! The signing keys: list, make, import, replace and delete them, and how they are used.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::actions::guard;
use crate::cloudflare::DeliveryStatus;
use crate::context::Context;
use crate::domain::bounds::{Moved as _, Stretched as _};
use crate::domain::ids::{KeyGroupId, KeyId};
use crate::domain::invalid::Invalid;
use crate::domain::library::query::{Filter, Query};
use crate::domain::profile::role::Permission;
use crate::domain::sharing::key::{Key, KeyGroup, KeySettings, KeyState, Purpose, deletion_after, read_name};
use crate::domain::sharing::link::{ShareLink, Validity};
use crate::domain::sharing::rights::Rights;
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::playback::{signing_time, watchable};
use crate::recorder::signing_keys::{self, Making, Wanted};
use crate::signing::{PlaybackClaims, PlaybackKey, import, playback_urls};
pub use crate::store::KeyUse;

/// What confirms in a terminal that links stop.
const CONFIRMED: &str = "--yes";

/// A key with what people need to know of it.
#[derive(Debug, Clone)]
pub struct KeyView {
    /// The key.
    pub key: Key,
    /// Its links that have not ended.
    pub uses: Option<KeyUse>,
    /// Whether this computer's keyring has the private half; `None` where it was not asked or did not answer.
    pub is_here: Option<bool>,
    /// Whether it should be replaced by now.
    pub is_due: bool,
}

/// All keys, their groups, and how they are used.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The keys, newest first.
    pub keys: Vec<KeyView>,
    /// The groups, by name.
    pub groups: Vec<KeyGroup>,
    /// How keys are used.
    pub settings: KeySettings,
}

/// When the key that is replaced is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplacedKey {
    /// A day after its last link has ended.
    AfterItsLinks,
    /// At this moment. Links that work then stop.
    At(DateTime<Utc>),
    /// Now. Its links stop.
    Now,
}

/// What the deletion of a key breaks.
#[derive(Debug, Clone)]
pub struct Consequence {
    /// The key.
    pub key: Key,
    /// Its links that have not ended, those that end last first.
    pub links: Vec<ShareLink>,
    /// How many links of other keys work on.
    pub others: u32,
}

/// The keys that Hajime knows. Asks the keyring for those that sign for the desk and for groups.
pub async fn list(context: &Context) -> Result<Keys, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let (store, now) = (context.store(), context.now());
    let (settings, uses) = (store.key_settings()?, store.key_uses(context.cloudflare_now())?);
    let mut keys = Vec::new();
    for key in store.keys()? {
        let lasts = matches!(key.purpose, Purpose::Desk | Purpose::Group(_)) && key.state == KeyState::InUse;
        let is_here = if lasts { signing_keys::is_here(context, &key.id).await.ok() } else { None };
        let (uses, is_due) = (uses.get(key.id.as_str()).copied(), key.is_due(&settings, now));
        keys.push(KeyView { key, uses, is_here, is_due });
    }
    Ok(Keys { keys, groups: store.key_groups()?, settings })
}

/// Compares the keys with Cloudflare's list. Returns how many keys the account has, and the ids of those that turned out
/// to be deleted.
pub async fn sync(context: &Context) -> Result<(usize, Vec<KeyId>), Error> {
    guard::allow(context, Permission::ManageKeys)?;
    let gone = signing_keys::notice_deleted(context).await?;
    let making = context.service::<Making>();
    let held = making.0.lock().await;
    let listed = signing_keys::settle_intents(context).await?;
    drop(held);
    Ok((listed.len(), gone))
}

/// Makes a key for a group, which is made too if it does not exist, or for this desk.
pub async fn create(context: &Context, group: Option<&str>) -> Result<Key, Error> {
    guard::allow(context, Permission::ManageKeys)?;
    let purpose = match group {
        Some(name) => Purpose::Group(need_group(context, name)?.id),
        None => Purpose::Desk,
    };
    if let Some(id) = context.store().key_in_use(purpose)? {
        return Err(Error::Conflict {
            message: format!("A key signs for it already: {id}."),
            next: "Replace that key (in a terminal: key rotate).",
        });
    }
    make(context, Wanted::to_sign(context, purpose)?).await
}

/// Finds a group by its name or id.
pub fn group(context: &Context, name: &str) -> Result<KeyGroup, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    let all = context.store().key_groups()?;
    let id = name.parse::<KeyGroupId>().ok();
    let found = all.into_iter().find(|group| Some(group.id) == id || group.name.to_lowercase() == name.to_lowercase());
    found.ok_or_else(|| Error::NotFound { what: "key group", id: name.chars().take(80).collect() })
}

fn need_group(context: &Context, name: &str) -> Result<KeyGroup, Error> {
    let name = read_name(name)?;
    if let Ok(group) = group(context, &name) {
        return Ok(group);
    }
    let new = KeyGroup { id: KeyGroupId::new(), name };
    if context.store().add_key_group(&new, context.now())? {
        return Ok(new);
    }
    group(context, &new.name)
}

async fn make(context: &Context, wanted: Wanted) -> Result<Key, Error> {
    if context.secrets().is_none() {
        return Err(crate::ports::SecretError::Unavailable("none was offered".into()).into());
    }
    let making = context.service::<Making>();
    let held = making.0.lock().await;
    let made = signing_keys::make(context, wanted).await?;
    drop(held);
    get(context, made.id())
}

/// One key.
pub fn get(context: &Context, id: &KeyId) -> Result<Key, Error> {
    guard::allow(context, Permission::MakeLinks)?;
    context.store().key(id)?.ok_or_else(|| Error::NotFound { what: "signing key", id: id.to_string() })
}

/// A key that was imported.
#[derive(Debug, Clone)]
pub struct ImportedKey {
    /// The key.
    pub key: Key,
    /// The form in which it was given: PKCS#1, PKCS#8 or JWK.
    pub form: &'static str,
    /// How many bits it has.
    pub bits: usize,
    /// Whether Cloudflare accepted a link that it signed; `false` if there is no recording to try.
    pub tested: bool,
}

/// The most bytes of a file that are read as a key.
const FILE_MAX: u64 = 65_536;

/// Reads a file that holds a key. The file stays as it is.
pub fn read_file(path: &Path) -> Result<SecretString, Error> {
    let failed = |error: std::io::Error| Error::file(path, &error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(FILE_MAX).read_to_end(&mut bytes).map_err(failed)?;
    String::from_utf8(bytes).map(SecretString::from).map_err(|_| {
        let message = "This file is no text, so it holds no key in PEM or JWK form.";
        Invalid::one("key", message, "Give a PEM or JWK file, or make a new key instead.").into()
    })
}

/// Imports the private half of a key that Stream knows. Refuses everything that cannot sign this account's links.
pub async fn import_key(
    context: &Context,
    text: &SecretString,
    id: Option<KeyId>,
    group: Option<&str>,
) -> Result<ImportedKey, Error> {
    guard::allow(context, Permission::ManageKeys)?;
    let read = import::read(text).map_err(Invalid::from)?;
    let Some(id) = id.or(read.id) else {
        let message = "The key does not say its id at Stream.";
        return Err(Invalid::one("id", message, "Give the id that Stream gave with the key.").into());
    };
    let listed = context.cloudflare().signing_keys().await?;
    if listed.iter().all(|listed| listed.id != id) {
        let message = format!("Stream has no key {id} in this account.");
        return Err(Invalid::one("id", message, "Check the id, or make a new key instead.").into());
    }
    let key = PlaybackKey::from_pem(id.clone(), &read.pem)?;
    let tested = match test(context, &key).await? {
        Some(false) => {
            let message = format!("Stream refuses links of this key under the id {id}: they do not belong together.");
            return Err(Invalid::one("key", message, "Give the key that belongs to the id.").into());
        }
        tested => tested.is_some(),
    };
    let (purpose, name) = match group {
        Some(name) => {
            let group = need_group(context, name)?;
            (Purpose::Group(group.id), group.name)
        }
        None => (Purpose::Desk, "Imported".to_owned()),
    };
    let making = context.service::<Making>();
    let held = making.0.lock().await;
    let wanted = Wanted { name, ..Wanted::to_sign(context, purpose)? };
    signing_keys::import(context, &id, read.pem, wanted).await?;
    drop(held);
    Ok(ImportedKey { key: get(context, &id)?, form: read.form, bits: read.bits, tested })
}

/// Whether Cloudflare accepts a link of a key; `None` if there is no recording to try, or its video says nothing.
async fn test(context: &Context, key: &PlaybackKey) -> Result<Option<bool>, Error> {
    let query = Query { filter: Filter::Ready, limit: 1, ..Query::default() };
    let Some(recording) = context.store().find_recordings(&query)?.into_iter().next() else { return Ok(None) };
    let Ok(video) = watchable(context, &recording) else { return Ok(None) };
    let issued_at = signing_time(context);
    let expires_at = issued_at.later(Validity::DAY.span().part(24));
    let claims = PlaybackClaims { video: video.id.clone(), issued_at, expires_at, rights: Rights::to_watch(false) };
    let urls = playback_urls(video.manifest, video.id, &key.sign(&claims)?)?;
    Ok(match context.cloudflare().check_delivery(&urls.hls).await? {
        DeliveryStatus::Playable | DeliveryStatus::NotReady(_) => Some(true),
        DeliveryStatus::Failed => None,
        DeliveryStatus::Refused(_) => Some(false),
    })
}

/// Makes a new key in the place of one. Links that the earlier key signed work on until it is deleted.
pub async fn rotate(context: &Context, id: &KeyId, then: ReplacedKey, is_confirmed: bool) -> Result<Key, Error> {
    guard::allow(context, Permission::ManageKeys)?;
    let (old, now) = (get(context, id)?, context.cloudflare_now());
    if old.state != KeyState::InUse || !matches!(old.purpose, Purpose::Desk | Purpose::Group(_)) {
        return Err(Error::Conflict {
            message: "Only a key that signs for this desk or for a group can be replaced.".into(),
            next: "Choose the key in use.",
        });
    }
    let uses = context.store().key_uses(now)?.get(id.as_str()).copied();
    let replaced_until = match then {
        ReplacedKey::AfterItsLinks => deletion_after(uses.map(|uses| uses.until), now),
        ReplacedKey::At(at) => at,
        ReplacedKey::Now => now,
    };
    let stops = uses.filter(|uses| replaced_until < uses.until);
    if let Some(uses) = stops.filter(|_| !is_confirmed) {
        return Err(would_stop("Deleting the old key then would stop", uses.links));
    }
    let wanted = Wanted { replaced_until: Some(replaced_until), ..Wanted::to_sign(context, old.purpose)? };
    let new = make(context, wanted).await?;
    if then == ReplacedKey::Now {
        signing_keys::remove(context, &get(context, id)?).await?;
    }
    Ok(new)
}

fn would_stop(what: &str, links: u32) -> Error {
    let links = usize::try_from(links).unwrap_or(usize::MAX);
    Error::LinksWouldStop { what: what.to_owned(), links, flag: CONFIRMED }
}

/// What the deletion of a key would break.
pub fn consequence(context: &Context, id: &KeyId) -> Result<Consequence, Error> {
    guard::allow(context, Permission::ManageKeys)?;
    let (key, now) = (get(context, id)?, context.cloudflare_now());
    let links = context.store().links_of_key(id, now)?;
    let uses = context.store().key_uses(now)?;
    let others = uses.iter().filter(|(kid, _)| kid.as_str() != id.as_str()).map(|(_, uses)| uses.links).sum();
    Ok(Consequence { key, links, others })
}

/// Deletes a key at Cloudflare, so that its links stop. Refused while it has links that work, unless that is confirmed.
pub async fn revoke(context: &Context, id: &KeyId, is_confirmed: bool) -> Result<Key, Error> {
    guard::allow(context, Permission::ManageKeys)?;
    let Consequence { key, links, .. } = consequence(context, id)?;
    if !key.state.is_there() {
        return Err(Error::Conflict {
            message: "This key is deleted already.".into(),
            next: "There is nothing to do.",
        });
    }
    if key.purpose == Purpose::Door && key.state == KeyState::InUse {
        return Err(Error::Conflict {
            message: "The door signs with this key: without it, no watch link plays.".into(),
            next: "Rotate the keys of the door instead (in a terminal: door rotate).",
        });
    }
    if !links.is_empty() && !is_confirmed {
        return Err(would_stop("Deleting the key stops", u32::try_from(links.len()).unwrap_or(u32::MAX)));
    }
    signing_keys::remove(context, &key).await?;
    get(context, id)
}

/// Sets how keys are used.
pub fn set_settings(context: &Context, settings: &KeySettings) -> Result<(), Error> {
    guard::allow(context, Permission::ManageKeys)?;
    settings.check()?;
    context.store().set_key_settings(settings)?;
    context.changed(&[Topic::Links]);
    context.wake_jobs();
    Ok(())
}
