//! The keys that sign links: chooses the one for a link, makes and replaces keys, deletes them at Cloudflare, and notices
//! those that were deleted elsewhere. Private halves are in the keyring and nowhere else.
//!
//! Cloudflare makes keys without an idempotency key and shows a private half once. Therefore the ids that exist are
//! committed before it is asked, and after a lost reply its list is looked at before it is asked again. A key that came
//! with a lost reply is kept as unclaimed, so that a person can delete it.

mod make;
mod pool;
mod remove;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::{KeyGroupId, KeyId, RecordingId};
use crate::domain::sharing::key::Purpose;
use crate::error::Error;
use crate::ports::SecretName;
use crate::recorder::secrets;
use crate::signing::PlaybackKey;

pub(crate) use make::{Wanted, import, make, make_for_door, settle_intents};
pub(crate) use pool::{delete_due, fill};
pub(crate) use remove::{notice_deleted, remove, was_deleted};

/// A key of a recording whose links have ended this long ago may serve another recording.
const REST: TimeDelta = TimeDelta::hours(1);

/// The private halves that were read from the keyring.
#[derive(Debug, Default)]
struct Read(Mutex<HashMap<KeyId, Arc<PlaybackKey>>>);

/// One process makes one key at a time.
#[derive(Debug, Default)]
pub(crate) struct Making(pub(crate) tokio::sync::Mutex<()>);

/// What is signed, which decides the key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signing<'a> {
    /// An address for this desk alone.
    ForDesk,
    /// A link to a recording, perhaps of a group.
    ForLink(RecordingId, Option<KeyGroupId>),
    /// Another address of a link, whose key is known.
    With(&'a KeyId),
}

/// The key that signs: the recording's own if it has one or gets one, else the group's, else the desk's. `None` while no
/// keyring can keep keys; then Cloudflare signs, and the next link asks the keyring again.
pub(crate) async fn signer(context: &Context, signing: Signing<'_>) -> Result<Option<Arc<PlaybackKey>>, Error> {
    if context.secrets().is_none() {
        return Ok(None);
    }
    // A key that was read before needs no lock, so links are made while a key is made or replies are slow.
    if let Some(key) = at_hand(context, signing)? {
        return Ok(Some(key));
    }
    let making = context.service::<Making>();
    let held = making.0.lock().await;
    let chosen = choose(context, signing).await;
    drop(held);
    match chosen {
        Err(error @ (Error::Secret(_) | Error::AccountFull { .. })) => {
            tracing::warn!(%error, "the link is signed by Cloudflare");
            Ok(None)
        }
        chosen => chosen,
    }
}

/// The key of the desk, if there is one and the keyring gives it.
pub(crate) async fn of_desk(context: &Context) -> Result<Option<Arc<PlaybackKey>>, Error> {
    if context.secrets().is_none() {
        return Ok(None);
    }
    let Some(id) = context.store().key_in_use(Purpose::Desk)? else { return Ok(None) };
    match load(context, &id).await {
        Err(Error::Secret(error)) => {
            tracing::debug!(%error, "the keyring does not give the key of the desk");
            Ok(None)
        }
        loaded => loaded,
    }
}

/// The key that signs, if it was read before.
fn at_hand(context: &Context, signing: Signing<'_>) -> Result<Option<Arc<PlaybackKey>>, Error> {
    let store = context.store();
    let in_use = |purpose| Ok::<_, Error>(store.key_in_use(purpose)?.and_then(|id| held(context, &id)));
    let (recording, group) = match signing {
        Signing::With(id) => return Ok(held(context, id)),
        Signing::ForDesk => (None, None),
        Signing::ForLink(recording, group) => (Some(recording), group),
    };
    if let Some(recording) = recording {
        let has_own = store.key_in_use(Purpose::Recording(recording))?.is_some();
        if has_own || store.key_settings()?.per_recording {
            return in_use(Purpose::Recording(recording));
        }
    }
    in_use(group.map_or(Purpose::Desk, Purpose::Group))
}

async fn choose(context: &Context, signing: Signing<'_>) -> Result<Option<Arc<PlaybackKey>>, Error> {
    let (recording, group) = match signing {
        Signing::With(id) => return load(context, id).await,
        Signing::ForDesk => (None, None),
        Signing::ForLink(recording, group) => (Some(recording), group),
    };
    if let Some(recording) = recording
        && let Some(key) = own_key(context, recording).await?
    {
        return Ok(Some(key));
    }
    let purpose = group.map_or(Purpose::Desk, Purpose::Group);
    if let Some(id) = context.store().key_in_use(purpose)?
        && let Some(key) = load(context, &id).await?
    {
        return Ok(Some(key));
    }
    if context.cloudflare().reads_only() {
        // The key of the desk signs also for a group that has none here.
        let desk = context.store().key_in_use(Purpose::Desk)?;
        return match desk {
            Some(id) => load(context, &id).await,
            None => Ok(None),
        };
    }
    make(context, Wanted::to_sign(context, purpose)?).await.map(Some)
}

/// The key of a recording: the one that it has, or one that was made ahead, or a new one. `None` if the recording shares
/// the key of its group or of the desk.
async fn own_key(context: &Context, recording: RecordingId) -> Result<Option<Arc<PlaybackKey>>, Error> {
    let (store, now) = (context.store(), context.now());
    if let Some(id) = store.key_in_use(Purpose::Recording(recording))?
        && let Some(key) = load(context, &id).await?
    {
        return Ok(Some(key));
    }
    if !store.key_settings()?.per_recording || context.cloudflare().reads_only() {
        return Ok(None);
    }
    while let Some(id) = store.take_pool_key(recording, now)? {
        context.wake_jobs();
        if let Some(key) = load(context, &id).await? {
            return Ok(Some(key));
        }
        // A key whose private half is gone signs nothing.
        remove::set_aside(context, &id)?;
    }
    match make(context, Wanted::to_sign(context, Purpose::Recording(recording))?).await {
        Ok(key) => return Ok(Some(key)),
        Err(Error::AccountFull { .. }) => {}
        Err(error) => return Err(error),
    }
    let ended_before = context.passed_by_both_clocks().earlier(REST);
    while let Some(id) = store.take_rested_key(recording, ended_before, now)? {
        if let Some(key) = load(context, &id).await? {
            return Ok(Some(key));
        }
        remove::set_aside(context, &id)?;
    }
    tracing::warn!("the account has too many keys for one more, so the recording shares another key");
    Ok(None)
}

/// Reads a key's private half; `None` if the keyring does not have it, or what it has is unusable.
async fn load(context: &Context, id: &KeyId) -> Result<Option<Arc<PlaybackKey>>, Error> {
    if let Some(key) = held(context, id) {
        return Ok(Some(key));
    }
    let Some(pem) = secrets::get(context, SecretName::SigningKey(id.clone())).await? else { return Ok(None) };
    match PlaybackKey::from_pem(id.clone(), &pem) {
        Ok(key) => Ok(Some(hold(context, key))),
        Err(error) => {
            tracing::warn!(%error, kid = %id, "the key in the keyring is unusable");
            Ok(None)
        }
    }
}

/// A key that was read before.
pub(crate) fn held(context: &Context, id: &KeyId) -> Option<Arc<PlaybackKey>> {
    context.service::<Read>().0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
}

fn hold(context: &Context, key: PlaybackKey) -> Arc<PlaybackKey> {
    let read = context.service::<Read>();
    let mut keys = read.0.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(keys.entry(key.id().clone()).insert_entry(Arc::new(key)).get())
}

fn let_go(context: &Context, id: &KeyId) {
    context.service::<Read>().0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
}

/// Whether the keyring has a key's private half.
pub(crate) async fn is_here(context: &Context, id: &KeyId) -> Result<bool, Error> {
    Ok(load(context, id).await?.is_some())
}
