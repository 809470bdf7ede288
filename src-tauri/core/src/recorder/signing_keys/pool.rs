//! The work on keys that nobody waits for: keys made ahead, and replaced keys whose links have all ended.

use crate::context::Context;
use crate::domain::sharing::key::{KeyState, Purpose};
use crate::error::Error;
use crate::recorder::signing_keys::Making;
use crate::recorder::signing_keys::make::{AccountFull, Wanted, make};
use crate::recorder::signing_keys::remove::remove;

/// The most keys that one run makes or deletes.
const KEYS_PER_RUN: usize = 5;

/// Makes keys ahead until the pool is full, or the account is. Returns whether more are to be made.
pub(crate) async fn fill(context: &Context) -> Result<bool, Error> {
    let store = context.store();
    let settings = store.key_settings()?;
    if !settings.per_recording || context.secrets().is_none() {
        return Ok(false);
    }
    let lacking = || -> Result<bool, Error> {
        let waiting =
            store.keys()?.iter().filter(|key| key.purpose == Purpose::Pool && key.state == KeyState::InUse).count();
        Ok(waiting < usize::try_from(settings.pool).unwrap_or(usize::MAX))
    };
    for _ in 0..KEYS_PER_RUN {
        if !lacking()? {
            return Ok(false);
        }
        let making = context.service::<Making>();
        let held = making.0.lock().await;
        let made = make(context, Wanted::to_sign(context, Purpose::Pool)?).await;
        drop(held);
        match made {
            Ok(_) => {}
            Err(error) if AccountFull::is(&error) => {
                tracing::warn!("the account has too many keys for more of the pool");
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    lacking()
}

/// Deletes replaced keys that are due. Returns whether more are.
pub(crate) async fn delete_due(context: &Context) -> Result<bool, Error> {
    let now = context.now();
    let mut due = context.store().keys()?;
    due.retain(|key| key.state == KeyState::Replaced && key.delete_after.is_some_and(|at| at <= now));
    for key in due.iter().take(KEYS_PER_RUN) {
        remove(context, key, Vec::new()).await?;
    }
    Ok(due.len() > KEYS_PER_RUN)
}
