//! Deletes keys at Cloudflare, and notices those that were deleted elsewhere.

use std::collections::HashSet;

use crate::cloudflare;
use crate::context::Context;
use crate::domain::ids::KeyId;
use crate::domain::sharing::key::{Key, KeyState};
use crate::domain::sharing::ledger::{Act, Entry};
use crate::error::Error;
use crate::ports::{SecretName, Topic};
use crate::recorder::signing_keys::let_go;
use crate::recorder::{ledger, secrets};

/// Deletes a key at Cloudflare, so that its links stop. `also` are further rows of the ledger. Stopped half-way, the job
/// for keys goes on.
pub(crate) async fn remove(context: &Context, key: &Key, also: Vec<Entry>) -> Result<(), Error> {
    let (store, now) = (context.store(), context.now());
    if key.state.is_there() {
        // It signs nothing from now on, and is deleted also if this process stops here.
        ledger::write(context, |signer| store.move_key(signer, &key.id, KeyState::Replaced, now, &[])).await?;
        store.set_key_deletion(&key.id, Some(now))?;
    }
    match context.cloudflare().delete_signing_key(&key.id).await {
        Ok(()) => {}
        Err(error) => {
            let is_gone = matches!(error, cloudflare::Error::Missing { .. }) || error.outcome_unknown();
            let listed = if is_gone { context.cloudflare().whole_key_list().await? } else { None };
            if !listed.is_some_and(|keys| keys.iter().all(|listed| listed.id != key.id)) {
                return Err(error.into());
            }
        }
    }
    let mut entries = vec![ledger::entry(context, Act::KeyRevoked).about_key(&key.id, &key.name)];
    entries.extend(also);
    ledger::write(context, |signer| store.move_key(signer, &key.id, KeyState::Revoked, now, &entries)).await?;
    forget(context, &key.id).await;
    context.changed(&[Topic::Links, Topic::Recordings]);
    Ok(())
}

/// Removes a private half from the keyring. The key is deleted, so it is of no use; a keyring that does not answer keeps it.
async fn forget(context: &Context, id: &KeyId) {
    let_go(context, id);
    let name = SecretName::SigningKey(id.clone());
    if let Err(error) = secrets::ask(context, move |secrets| secrets.remove(&name)).await {
        tracing::warn!(%error, "the private half of a deleted key is still in the keyring");
    }
}

/// Takes a key out of use, because the keyring does not have its private half. It is deleted by the job.
pub(super) async fn set_aside(context: &Context, id: &KeyId) -> Result<(), Error> {
    let (store, now) = (context.store(), context.now());
    ledger::write(context, |signer| store.move_key(signer, id, KeyState::Replaced, now, &[])).await?;
    Ok(store.set_key_deletion(id, Some(now))?)
}

/// Compares the keys that Hajime knows with Cloudflare's list, and notes those that are gone. Returns their ids. A list that
/// is incomplete shows nothing.
pub(crate) async fn notice_deleted(context: &Context) -> Result<Vec<KeyId>, Error> {
    let (store, now) = (context.store(), context.now());
    let known: Vec<Key> = store.keys()?.into_iter().filter(|key| key.state.is_there()).collect();
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let Some(listed) = context.cloudflare().whole_key_list().await? else { return Ok(Vec::new()) };
    let listed: HashSet<KeyId> = listed.into_iter().map(|key| key.id).collect();
    let mut gone = Vec::new();
    for key in known.into_iter().filter(|key| !listed.contains(&key.id)) {
        // Where Hajime was about to delete it, Hajime did.
        let is_ours = key.delete_after.is_some_and(|due| due <= now);
        let (state, act) =
            if is_ours { (KeyState::Revoked, Act::KeyRevoked) } else { (KeyState::Missing, Act::KeyMissing) };
        tracing::warn!(kid = %key.id, "a signing key was deleted at Cloudflare");
        let entries = [ledger::entry(context, act).about_key(&key.id, &key.name)];
        ledger::write(context, |signer| store.move_key(signer, &key.id, state, now, &entries)).await?;
        forget(context, &key.id).await;
        gone.push(key.id);
    }
    if !gone.is_empty() {
        context.changed(&[Topic::Links]);
    }
    Ok(gone)
}

/// Whether Cloudflare does not have a key any more.
pub(crate) async fn was_deleted(context: &Context, id: &KeyId) -> Result<bool, Error> {
    Ok(notice_deleted(context).await?.contains(id))
}
