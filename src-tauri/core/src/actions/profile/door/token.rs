//! The door's token for RealtimeKit: made by the account's own tokens, with nothing but RealtimeKit, or given by a person.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use rand::Rng as _;
use secrecy::SecretString;

use super::lack::{Lack, is_forbidden};
use crate::cloudflare::{Error as CloudError, MadeToken, PermissionGroup, TokenOwner};
use crate::context::Context;
use crate::domain::profile::door::{DoorToken, DoorWork, TOKEN_GROUPS};
use crate::error::Error;

/// How often a token is asked for when replies are lost.
const ATTEMPTS: usize = 2;
/// How often a new token is tried: half a minute, which Cloudflare's servers need to know it.
const TRIES: usize = 9;

/// The token of the door, or why there is none.
pub(super) enum NewToken {
    Made(DoorToken, SecretString),
    Lacking(Lack),
}

/// Makes a token. Its name is noted before Cloudflare is asked, so that one whose value was lost is found and deleted.
pub(super) async fn make(context: &Context, work: &mut DoorWork) -> Result<NewToken, Error> {
    for owner in owners(context).await? {
        let Some(group) = group(context, owner).await? else { continue };
        let Some((token, value)) = ask(context, owner, &group, work).await? else { continue };
        if works(context, &value).await? {
            return Ok(NewToken::Made(token, value));
        }
        return Ok(NewToken::Lacking(Lack::UselessToken));
    }
    Ok(NewToken::Lacking(Lack::Token))
}

/// Whether this desk may make a token for the door.
pub(super) async fn may_make(context: &Context) -> Result<bool, Error> {
    for owner in owners(context).await? {
        if group(context, owner).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes a token, also where only its name is known. Returns `false` where a permission for that is missing.
pub(super) async fn delete(context: &Context, token: &DoorToken, except: Option<&DoorToken>) -> Result<bool, Error> {
    let owner = if token.of_account { TokenOwner::Account } else { TokenOwner::User };
    let cloudflare = context.cloudflare();
    let done = async {
        let mut ids =
            if token.name.is_empty() { Vec::new() } else { cloudflare.tokens_named(owner, &token.name).await? };
        ids.extend(token.id.as_deref().and_then(|id| id.parse().ok()));
        ids.sort_unstable();
        ids.dedup();
        let kept = except.and_then(|token| token.id.as_deref());
        for id in ids.into_iter().filter(|id| kept != Some(id.as_str())) {
            cloudflare.delete_token(owner, &id).await?;
        }
        Ok::<(), CloudError>(())
    };
    match done.await {
        Ok(()) => Ok(true),
        Err(error) if is_forbidden(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether Cloudflare has a token still; `None` where this desk may not ask.
pub(super) async fn is_there(context: &Context, token: &DoorToken) -> Option<bool> {
    let owner = if token.of_account { TokenOwner::Account } else { TokenOwner::User };
    let found = context.cloudflare().tokens_named(owner, &token.name).await.ok()?;
    Some(found.iter().any(|id| Some(id.as_str()) == token.id.as_deref()))
}

/// Who may own the token: the account, so that it lives longer than its maker's; else the user whose token this desk has.
async fn owners(context: &Context) -> Result<Vec<TokenOwner>, Error> {
    Ok(match context.cloudflare().verify_token().await?.owner {
        TokenOwner::Account => vec![TokenOwner::Account],
        TokenOwner::User => vec![TokenOwner::Account, TokenOwner::User],
    })
}

/// The permission to change RealtimeKit, by any of its names; `None` where tokens may not be made, or none with it.
async fn group(context: &Context, owner: TokenOwner) -> Result<Option<PermissionGroup>, Error> {
    match context.cloudflare().permission_groups(owner).await {
        Ok(groups) => {
            let named = |name: &&str| groups.iter().find(|group| group.name == **name).cloned();
            Ok(TOKEN_GROUPS.iter().find_map(|name| named(&name)))
        }
        Err(error) if is_forbidden(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Asks for a token; `None` where that is refused.
async fn ask(
    context: &Context,
    owner: TokenOwner,
    group: &PermissionGroup,
    work: &mut DoorWork,
) -> Result<Option<(DoorToken, SecretString)>, Error> {
    for attempt in 1..=ATTEMPTS {
        let wanted = DoorToken { of_account: owner == TokenOwner::Account, id: None, name: new_name(context)? };
        work.tokens.push(wanted.clone());
        context.store().set_door_work(work)?;
        match context.cloudflare().create_token(owner, &wanted.name, std::slice::from_ref(group)).await {
            Ok(MadeToken { id, value }) => {
                let made = DoorToken { id: Some(id.to_string()), ..wanted };
                if let Some(noted) = work.tokens.last_mut() {
                    *noted = made.clone();
                }
                context.store().set_door_work(work)?;
                return Ok(Some((made, value)));
            }
            // The name stays noted: a token that came with the reply is deleted when the door works.
            Err(error) if error.outcome_unknown() && attempt < ATTEMPTS => {
                tracing::warn!(%error, "the reply with a new token was lost");
            }
            Err(error) if is_forbidden(&error) => {
                work.tokens.pop();
                context.store().set_door_work(work)?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The name of a token in Cloudflare's list: which desk made it, and a number, so that it is known again.
fn new_name(context: &Context) -> Result<String, Error> {
    let desk: String = context.store().desk_id()?.chars().take(8).collect();
    Ok(format!("Hajime door {desk} {:016x}", rand::rng().random::<u64>()))
}

/// Tries a new token until it works, or for half a minute.
async fn works(context: &Context, token: &SecretString) -> Result<bool, Error> {
    let tries = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(300))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(TRIES);
    let once = || async {
        match context.cloudflare().realtime_token_works(token).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(None),
            Err(error) => Err(Some(error)),
        }
    };
    match once.retry(tries).when(Option::is_none).await {
        Ok(()) => Ok(true),
        Err(None) => Ok(false),
        Err(Some(error)) => Err(error.into()),
    }
}
