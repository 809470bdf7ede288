//! Adds rows to the ledger: asks the keyring for the desk's key, writes the rows, and notes the new end in the keyring.
//!
//! A keyring that does not answer stops nothing. The rows then wait for their signature, and the next writing after the
//! keyring has opened signs them.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use crate::context::Context;
use crate::domain::sharing::ledger::anchor::{Anchor, Anchored};
use crate::domain::sharing::ledger::finding::ChainReport;
use crate::domain::sharing::ledger::{Act, Entry, LedgerKey};
use crate::error::Error;
use crate::ports::{SecretError, SecretName, system_user};
use crate::recorder::secrets;
use crate::store::{self, Signer};

/// The lock file of the process that makes the desk's key.
const LOCK: &str = "ledger.lock";

/// What this process knows of its chain. One writing at a time, so that the notes in the keyring keep their order.
#[derive(Debug, Default)]
struct Chain(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    key: Option<Arc<LedgerKey>>,
    /// What the keyring remembers; empty until it was asked.
    end: Option<Anchored>,
}

/// A new row by this user, now.
pub(crate) fn entry(context: &Context, act: Act) -> Entry {
    Entry::new(act, context.now(), &system_user())
}

/// Writes rows with what they tell of, and notes the new end in the keyring.
pub(crate) async fn write(
    context: &Context,
    work: impl FnOnce(Signer<'_>) -> Result<Anchor, store::Error> + Send,
) -> Result<(), Error> {
    let chain = context.service::<Chain>();
    let mut known = chain.0.lock().await;
    let desk = context.store().desk_id()?;
    if let Err(error) = ask_keyring(context, &desk, &mut known).await {
        tracing::warn!(%error, "entries of the ledger wait for their signature");
    }
    let anchor = match known.end {
        Some(Anchored::At(anchor)) => Some(anchor),
        Some(Anchored::Never | Anchored::Unknown) | None => None,
    };
    // Without what the keyring remembers, nobody knows which rows may be signed.
    let key = known.key.clone().filter(|_| known.end.is_some());
    let signer = Signer { desk: &desk, key: key.as_deref(), anchor, now: context.now(), os_user: &system_user() };
    let end = work(signer)?;
    if key.is_some() && anchor != Some(end) && end.n > 0 {
        match secrets::set(context, end_name(context, &desk), SecretString::from(end.kept())).await {
            Ok(()) => known.end = Some(Anchored::At(end)),
            // The rows carry the desk's signature, so the check sees that only the note is missing.
            Err(error) => tracing::warn!(%error, "the end of the ledger could not be noted in the keyring"),
        }
    }
    Ok(())
}

/// Signs the rows that wait for it, and lets the chain go on after a restore.
pub(crate) async fn sign_waiting(context: &Context) -> Result<(), Error> {
    if context.store().has_unsigned_rows(&context.store().desk_id()?)? {
        write(context, |signer| context.store().write_ledger(signer, &[])).await?;
    }
    tell_restore(context).await
}

/// Enters that a backup was restored, if that is not in the ledger yet. Until then, the chain ends before what the keyring
/// remembers.
async fn tell_restore(context: &Context) -> Result<(), Error> {
    if context.store().was_restored(&context.store().desk_id()?)? {
        write(context, |signer| context.store().write_ledger(signer, &[])).await?;
    }
    Ok(())
}

/// Checks the chains of all desks.
pub(crate) async fn check(context: &Context) -> Result<Vec<ChainReport>, Error> {
    if let Err(error) = tell_restore(context).await {
        tracing::warn!(%error, "the restored backup could not be entered in the ledger");
    }
    let chain = context.service::<Chain>();
    // Nothing of this process is written meanwhile, so the keyring and the database are of one moment.
    let held = chain.0.lock().await;
    let desk = context.store().desk_id()?;
    let key = read_key(context, &desk).await;
    let anchored = match key {
        Ok(_) => read_end(context, &desk).await.unwrap_or(Anchored::Unknown),
        Err(_) => Anchored::Unknown,
    };
    let (store, key) = (context.store().clone(), key.ok().flatten());
    let checked = tokio::task::spawn_blocking(move || store.check_ledger(&desk, key.as_ref(), anchored)).await;
    drop(held);
    Ok(checked.map_err(|stopped| SecretError::Failed(stopped.to_string()))??)
}

async fn ask_keyring(context: &Context, desk: &str, known: &mut Known) -> Result<(), Error> {
    if known.key.is_none() {
        known.key = Some(Arc::new(need_key(context, desk).await?));
    }
    if known.end.is_none() {
        known.end = Some(read_end(context, desk).await?);
    }
    Ok(())
}

/// The desk's key, or a new one where the keyring has none.
async fn need_key(context: &Context, desk: &str) -> Result<LedgerKey, Error> {
    Ok(LedgerKey::of_bytes(&secrets::need_bytes(context, key_name(context, desk), LOCK).await?))
}

async fn read_key(context: &Context, desk: &str) -> Result<Option<LedgerKey>, Error> {
    let kept = secrets::get(context, key_name(context, desk)).await?;
    Ok(kept.and_then(|text| LedgerKey::read(text.expose_secret())))
}

async fn read_end(context: &Context, desk: &str) -> Result<Anchored, Error> {
    let kept = secrets::get(context, end_name(context, desk)).await?;
    Ok(kept.and_then(|text| Anchor::read(text.expose_secret())).map_or(Anchored::Never, Anchored::At))
}

fn key_name(context: &Context, desk: &str) -> SecretName {
    SecretName::LedgerKey(context.account().as_str().to_owned(), desk.to_owned())
}

fn end_name(context: &Context, desk: &str) -> SecretName {
    SecretName::LedgerEnd(context.account().as_str().to_owned(), desk.to_owned())
}
