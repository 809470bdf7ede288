//! Deletes what the door does not use: keys and tokens that others replaced, or that were made and never arrived there.

use crate::context::Context;
use crate::domain::ids::KeyId;
use crate::domain::profile::door::{DoorFacts, DoorWork};
use crate::domain::sharing::key::{Key, KeyOrigin, KeyState, Purpose};
use crate::error::Error;
use crate::recorder::signing_keys;

use super::token;

/// Deletes every key and token of the door but those that it uses. What may not be deleted stays noted. `used` is what the door was last
/// published with; nothing of it is used any more where there is no door.
pub(super) async fn settle(context: &Context, work: &mut DoorWork, used: &DoorFacts) -> Result<(), Error> {
    let store = context.store();
    let of_store = store.keys()?.into_iter().filter(|key| key.purpose == Purpose::Door && key.state.is_there());
    let of_work = work.keys.iter().filter_map(|id| id.parse::<KeyId>().ok());
    let mut keys: Vec<KeyId> = of_store.map(|key| key.id).chain(of_work).collect();
    keys.sort_unstable();
    keys.dedup();
    for id in keys.into_iter().filter(|id| used.signing_key.as_deref() != Some(id.as_str())) {
        delete_key(context, &id).await?;
        work.keys.retain(|kept| kept != id.as_str());
        store.set_door_work(work)?;
    }
    work.keys.clear();
    for doomed in work.tokens.clone() {
        if token::delete(context, &doomed, used.token.as_ref()).await? {
            work.tokens.retain(|kept| *kept != doomed);
            store.set_door_work(work)?;
        } else {
            tracing::warn!(name = doomed.name, "a token that the door does not use may not be deleted");
        }
    }
    store.set_door_work(work)?;
    Ok(())
}

/// Deletes a key of the door, also one that another desk made.
pub(super) async fn delete_key(context: &Context, id: &KeyId) -> Result<(), Error> {
    let now = context.now();
    let key = context.store().key(id)?.unwrap_or_else(|| Key {
        id: id.clone(),
        name: "The door".to_owned(),
        purpose: Purpose::Door,
        state: KeyState::InUse,
        origin: KeyOrigin::Made,
        made_at: now,
        changed_at: now,
        delete_after: None,
    });
    if key.state.is_there() { signing_keys::remove(context, &key).await } else { Ok(()) }
}
