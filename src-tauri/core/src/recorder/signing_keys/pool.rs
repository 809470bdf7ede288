//! The work on keys that nobody waits for: keys made ahead, and replaced keys whose links have all ended.

use chrono::TimeDelta;

use crate::cloudflare;
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::sharing::key::{Key, KeyState, Purpose};
use crate::error::Error;
use crate::recorder::signing_keys::Making;
use crate::recorder::signing_keys::make::{Wanted, make, settle_intents};
use crate::recorder::signing_keys::remove::remove;

/// The most keys that one run makes or deletes.
const KEYS_PER_RUN: usize = 5;
/// How long no keys are made ahead after a reply was lost.
const TRUST_AFTER: TimeDelta = TimeDelta::hours(24);

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
        let made = match need_replies(context).await {
            Ok(()) => make(context, Wanted::to_sign(context, Purpose::Pool)?).await,
            Err(error) => Err(error),
        };
        drop(held);
        match made {
            Ok(_) => {}
            Err(Error::AccountFull { .. }) => {
                tracing::warn!("the account has too many keys for more of the pool");
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    lacking()
}

/// Refuses to make keys ahead after a reply was lost: each attempt may leave a key at Cloudflare that nobody can use.
async fn need_replies(context: &Context) -> Result<(), Error> {
    let store = context.store();
    if !store.key_intents()?.is_empty() {
        settle_intents(context).await?;
    }
    let since = context.now().earlier(TRUST_AFTER);
    let is_recent = |key: &Key| key.purpose == Purpose::Unclaimed && key.state.is_there() && key.made_at > since;
    if store.key_intents()?.is_empty() && !store.keys()?.iter().any(is_recent) {
        return Ok(());
    }
    Err(Error::Conflict {
        message: "Cloudflare’s reply with a new signing key was lost, so no keys are made ahead for a day.".into(),
        next: "Delete the keys without an owner, under Signing keys. Links are made meanwhile, too.",
    })
}

/// Deletes replaced keys that are due. Returns whether more are. A key that cannot be deleted does not keep the others.
pub(crate) async fn delete_due(context: &Context) -> Result<bool, Error> {
    // Links end by Cloudflare's clock, and a deleted key ends them for good.
    let now = context.passed_by_both_clocks();
    let mut due = context.store().keys()?;
    due.retain(|key| key.state == KeyState::Replaced && key.delete_after.is_some_and(|at| at <= now));
    let (mut deleted, mut failed) = (0_usize, None);
    for key in &due {
        match remove(context, key).await {
            Ok(()) => deleted = deleted.saturating_add(1),
            Err(error @ Error::Cloudflare(cloudflare::Error::Unreachable { .. })) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, kid = %key.id, "a signing key that is due could not be deleted");
                failed.get_or_insert(error);
            }
        }
        if deleted == KEYS_PER_RUN {
            break;
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(due.len() > deleted),
    }
}
