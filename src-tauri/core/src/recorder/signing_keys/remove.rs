//! Deletes keys at Cloudflare, and notices those that were deleted elsewhere.

use std::collections::{BTreeSet, HashSet};

use crate::cloudflare;
use crate::context::Context;
use crate::domain::ids::{KeyId, RecordingId};
use crate::domain::sharing::key::{Key, KeyState};
use crate::domain::sharing::ledger::{Act, Entry};
use crate::error::Error;
use crate::ports::{SecretName, Topic};
use crate::recorder::signing_keys::let_go;
use crate::recorder::{ledger, secrets};

/// Deletes a key at Cloudflare, so that its links stop. The ledger names the key, and each recording that loses links.
/// Stopped half-way, the job for keys goes on.
pub(crate) async fn remove(context: &Context, key: &Key) -> Result<(), Error> {
    let (store, now) = (context.store(), context.now());
    if key.state.is_there() {
        // It signs nothing from now on, and is deleted also if this process stops here.
        store.condemn_key(&key.id, now, context.passed_by_both_clocks())?;
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
    entries.extend(revoked_links(context, &key.id)?);
    ledger::write(context, |signer| store.move_key(signer, &key.id, KeyState::Revoked, now, &entries)).await?;
    forget(context, &key.id).await;
    context.changed(&[Topic::Links, Topic::Recordings]);
    Ok(())
}

/// The rows that tell which recordings lose their links with a key.
fn revoked_links(context: &Context, kid: &KeyId) -> Result<Vec<Entry>, Error> {
    let store = context.store();
    let links = store.links_of_key(kid, context.cloudflare_now())?;
    let recordings: BTreeSet<RecordingId> = links.iter().map(|link| link.recording).collect();
    let session = |id| store.recording(id).ok().flatten().map(|recording| recording.session);
    let row = |id: RecordingId| Entry {
        recording: Some(id),
        session: session(id),
        kid: Some(kid.clone()),
        ..ledger::entry(context, Act::LinkRevoked)
    };
    Ok(recordings.into_iter().map(row).collect())
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
pub(super) fn set_aside(context: &Context, id: &KeyId) -> Result<(), Error> {
    Ok(context.store().condemn_key(id, context.now(), context.passed_by_both_clocks())?)
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
        let is_ours = key.delete_after.is_some_and(|due| due <= context.passed_by_both_clocks());
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
