//! Asks the keyring on a thread for blocking work: it may wait for a person.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::context::Context;
use crate::domain::sharing::ledger::{Hash, hash_of_hex, hex};
use crate::error::Error;
use crate::ports::{SecretError, SecretName, SecretStore};
use crate::store::locks::{Held, LockFile};

/// How often the lock of the process that makes a secret is tried.
const LOCK_ATTEMPTS: usize = 100;
/// The pause before it is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Asks the keyring.
pub(crate) async fn ask<T: Send + 'static>(
    context: &Context,
    question: impl FnOnce(&dyn SecretStore) -> Result<T, SecretError> + Send + 'static,
) -> Result<T, Error> {
    let missing = || SecretError::Unavailable("none was offered".into());
    let secrets = Arc::clone(context.secrets().ok_or_else(missing)?);
    let answer = tokio::task::spawn_blocking(move || question(secrets.as_ref())).await;
    Ok(answer.unwrap_or_else(|stopped| Err(SecretError::Failed(stopped.to_string())))?)
}

/// Reads a secret.
pub(crate) async fn get(context: &Context, name: SecretName) -> Result<Option<SecretString>, Error> {
    ask(context, move |secrets| secrets.get(&name)).await
}

/// Stores a secret.
pub(crate) async fn set(context: &Context, name: SecretName, value: SecretString) -> Result<(), Error> {
    ask(context, move |secrets| secrets.set(&name, &value)).await
}

/// The 32 random bytes that the keyring holds by this name; new ones where it has none. `lock` is the lock file in the data folder that
/// keeps two processes from making them at once.
pub(crate) async fn need_bytes(context: &Context, name: SecretName, lock: &str) -> Result<Hash, Error> {
    if let Some(bytes) = bytes(context, &name).await? {
        return Ok(bytes);
    }
    let held = wait_for_lock(context, lock).await?;
    if let Some(bytes) = bytes(context, &name).await? {
        return Ok(bytes);
    }
    let mut new = Hash::default();
    rand::rng().fill(&mut new);
    set(context, name, SecretString::from(hex(&new))).await?;
    drop(held);
    Ok(new)
}

async fn bytes(context: &Context, name: &SecretName) -> Result<Option<Hash>, Error> {
    Ok(get(context, name.clone()).await?.and_then(|text| hash_of_hex(text.expose_secret())))
}

/// Waits until no other process makes a secret. `None` where there is no data folder, or its locks cannot be used.
async fn wait_for_lock(context: &Context, name: &str) -> Result<Option<Held>, Error> {
    let Some(folder) = context.store().folder() else { return Ok(None) };
    let lock = LockFile::at(folder.join(name));
    for _ in 0..LOCK_ATTEMPTS {
        match lock.take() {
            Ok(Some(held)) => return Ok(Some(held)),
            Ok(None) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, lock = name, "the making of a secret could not be locked");
                return Ok(None);
            }
        }
    }
    Err(SecretError::Failed("another Hajime process makes the same secret".into()).into())
}
