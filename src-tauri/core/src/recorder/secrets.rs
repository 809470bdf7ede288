//! Asks the keyring on a thread for blocking work: it may wait for a person.

use std::sync::Arc;

use secrecy::SecretString;

use crate::context::Context;
use crate::error::Error;
use crate::ports::{SecretError, SecretName, SecretStore};

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
