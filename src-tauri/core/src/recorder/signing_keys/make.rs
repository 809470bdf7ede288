//! Makes keys and keeps their private halves.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use crate::cloudflare::{self, NewSigningKey, SigningKey};
use crate::context::Context;
use crate::domain::bounds::Moved as _;
use crate::domain::ids::KeyId;
use crate::domain::sharing::key::{KEYS_MAX, Key, KeyOrigin, KeyState, Purpose, deletion_after};
use crate::domain::sharing::ledger::Act;
use crate::error::Error;
use crate::ports::{SecretName, Topic};
use crate::recorder::signing_keys::{Making, hold, let_go};
use crate::recorder::{ledger, secrets};
use crate::signing::PlaybackKey;

/// How often Cloudflare is asked for a key that somebody waits for, when replies are lost. For the pool it is asked once.
const ATTEMPTS: usize = 2;
/// A key came with a lost reply if Cloudflare made it at most this long before or after it was asked.
const CAME_WITH: TimeDelta = TimeDelta::minutes(5);

/// A key that is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) purpose: Purpose,
    /// When the key that signed so far is deleted.
    pub(crate) replaced_until: Option<DateTime<Utc>>,
}

impl Wanted {
    /// The key that a purpose lacks. A key that signed for it stays until its last link has ended.
    pub(crate) fn to_sign(context: &Context, purpose: Purpose) -> Result<Self, Error> {
        let (store, now) = (context.store(), context.cloudflare_now());
        let name = match purpose {
            Purpose::Desk => "This desk".to_owned(),
            Purpose::Group(id) => {
                let group = store.key_groups()?.into_iter().find(|group| group.id == id);
                group.ok_or_else(|| Error::NotFound { what: "key group", id: id.to_string() })?.name
            }
            Purpose::Door => "The door".to_owned(),
            Purpose::Recording(_) | Purpose::Pool | Purpose::Unclaimed => String::new(),
        };
        let earlier = match purpose {
            // The door signs with the earlier key until it has the new one, and then deletes it.
            Purpose::Pool | Purpose::Door => None,
            Purpose::Desk | Purpose::Group(_) | Purpose::Recording(_) | Purpose::Unclaimed => {
                store.key_in_use(purpose)?
            }
        };
        let replaced_until = match earlier {
            Some(earlier) => {
                let last = store.key_uses(now)?.get(earlier.as_str()).map(|uses| uses.until);
                Some(deletion_after(last, now))
            }
            None => None,
        };
        Ok(Self { name, purpose, replaced_until })
    }
}

/// Makes a key, keeps it in the keyring and then uses it. The caller makes sure that only one is made at a time.
pub(crate) async fn make(context: &Context, wanted: Wanted) -> Result<Arc<PlaybackKey>, Error> {
    // A key that the keyring does not keep would remain unused at Cloudflare.
    secrets::ask(context, |secrets| secrets.probe()).await?;
    let attempts = if wanted.purpose == Purpose::Pool { 1 } else { ATTEMPTS };
    let (new, intent) = ask_for_key(context, attempts).await?;
    keep(context, wanted, new, intent).await
}

/// Makes a key for the door and returns its id and its private half, which is kept nowhere here. Every earlier key of the door stays at
/// Cloudflare until the caller deletes it.
pub(crate) async fn make_for_door(context: &Context) -> Result<(KeyId, SecretString), Error> {
    let making = context.service::<Making>();
    let _alone = making.0.lock().await;
    let (new, intent) = ask_for_key(context, ATTEMPTS).await?;
    let wanted = Wanted::to_sign(context, Purpose::Door)?;
    note(context, &new.id, wanted, KeyOrigin::Made, Some(intent)).await?;
    Ok((new.id, new.pem))
}

/// Asks Cloudflare for a key. Returns it with the intent that the caller ends.
async fn ask_for_key(context: &Context, attempts: usize) -> Result<(NewSigningKey, i64), Error> {
    let mut listed = settle_intents(context).await?;
    for _ in 0..attempts {
        if listed.len() >= KEYS_MAX {
            return Err(Error::AccountFull { keys: listed.len(), most: KEYS_MAX });
        }
        let intent = context.store().begin_key(&listed, context.cloudflare_now())?;
        match context.cloudflare().create_signing_key().await {
            Ok(new) => return Ok((new, intent)),
            Err(error) if error.outcome_unknown() => {
                tracing::warn!(%error, "the reply with a new key was lost");
                listed = settle_intents(context).await?;
            }
            Err(error) => {
                context.store().end_key_intent(intent, &[], context.now())?;
                return Err(error.into());
            }
        }
    }
    Err(cloudflare::Error::Lost { why: "no key came with the reply".into() }.into())
}

/// Looks at Cloudflare's list. Ends every intent without an outcome: keys that came with it, and that this desk does not
/// have, are kept as unclaimed. An incomplete list does not show what came, so the intents stay open then. Returns the ids
/// of all keys. The caller holds [`super::Making`].
pub(crate) async fn settle_intents(context: &Context) -> Result<Vec<KeyId>, Error> {
    let intents = context.store().key_intents()?;
    let ids = |keys: Vec<SigningKey>| keys.into_iter().map(|key| key.id).collect::<Vec<KeyId>>();
    let Some(listed) = context.cloudflare().whole_key_list().await? else {
        return Ok(ids(context.cloudflare().signing_keys().await?));
    };
    let mut known: HashSet<KeyId> = context.store().keys()?.into_iter().map(|key| key.id).collect();
    for intent in intents {
        let before: HashSet<KeyId> = intent.known.into_iter().collect();
        let came = |key: &&SigningKey| {
            // Another desk may have made a key before or after.
            let fits = key.created.is_none_or(|made| made.since(intent.at).abs() <= CAME_WITH);
            fits && !before.contains(&key.id) && !known.contains(&key.id)
        };
        let unclaimed: Vec<KeyId> = listed.iter().filter(came).map(|key| key.id.clone()).collect();
        context.store().end_key_intent(intent.id, &unclaimed, context.now())?;
        known.extend(unclaimed);
    }
    Ok(ids(listed))
}

async fn keep(context: &Context, wanted: Wanted, new: NewSigningKey, intent: i64) -> Result<Arc<PlaybackKey>, Error> {
    let id = new.id.clone();
    let kept = keep_secret(context, &new.id, new.pem.clone()).await;
    let key = match kept {
        Ok(key) => key,
        Err(error) => {
            // Nobody can use the key, so it does not stay at Cloudflare.
            let left = context.cloudflare().delete_signing_key(&id).await.err().map(|_| id);
            context.store().end_key_intent(intent, left.as_slice(), context.now())?;
            return Err(error);
        }
    };
    note(context, &id, wanted, KeyOrigin::Made, Some(intent)).await?;
    Ok(key)
}

/// Stores a private half in the keyring and reads it as a key.
pub(super) async fn keep_secret(context: &Context, id: &KeyId, pem: SecretString) -> Result<Arc<PlaybackKey>, Error> {
    let key = PlaybackKey::from_pem(id.clone(), &pem)?;
    secrets::set(context, SecretName::SigningKey(id.clone()), pem).await?;
    Ok(hold(context, key))
}

/// Notes a key that is in the keyring, with the rows of the ledger: the key, and the one that it replaces.
async fn note(
    context: &Context,
    id: &KeyId,
    wanted: Wanted,
    origin: KeyOrigin,
    intent: Option<i64>,
) -> Result<(), Error> {
    let (store, now) = (context.store(), context.now());
    let Wanted { name, purpose, replaced_until } = wanted;
    let act = match origin {
        KeyOrigin::Made => Act::KeyMade,
        KeyOrigin::Imported => Act::KeyImported,
    };
    let mut entries = vec![ledger::entry(context, act).about_key(id, &name)];
    if let Purpose::Recording(recording) = purpose {
        for entry in &mut entries {
            entry.recording = Some(recording);
        }
    }
    if purpose != Purpose::Pool
        && let Some(earlier) = store.key_in_use(purpose)?
        && earlier != *id
    {
        let name = store.key(&earlier)?.map(|key| key.name).unwrap_or_default();
        entries.push(ledger::entry(context, Act::KeyRotated).about_key(&earlier, &name));
    }
    let key = Key {
        id: id.clone(),
        name,
        purpose,
        state: KeyState::InUse,
        origin,
        made_at: now,
        changed_at: now,
        delete_after: None,
    };
    let noted = ledger::write(context, |signer| store.add_key(signer, &key, replaced_until, intent, &entries)).await;
    if noted.is_err() {
        let_go(context, id);
    }
    context.changed(&[Topic::Links]);
    noted
}

/// Keeps a key that a person gave, which Cloudflare has.
pub(crate) async fn import(context: &Context, id: &KeyId, pem: SecretString, wanted: Wanted) -> Result<(), Error> {
    keep_secret(context, id, pem).await?;
    note(context, id, wanted, KeyOrigin::Imported, None).await
}
