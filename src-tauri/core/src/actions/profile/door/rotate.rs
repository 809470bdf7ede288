//! New secrets for a door that is open: each is deployed before the one that it replaces is deleted.

use secrecy::{ExposeSecret as _, SecretString};

use super::publish::Given;
use super::{cleanup, database};
use crate::actions::guard;
use crate::actions::profile::join_page::{Published, Request, Step, publish_with};
use crate::context::Context;
use crate::domain::invalid::Invalid;
use crate::domain::profile::door::DATABASE;
use crate::domain::profile::join_page::JoinPage;
use crate::domain::profile::role::Permission;
use crate::error::Error;

/// The shortest text that is tried: a shorter one is no token that was copied whole.
const TOKEN_MIN: usize = 20;
/// The longest.
const TOKEN_MAX: usize = 400;

/// Publishes the door with a new signing key and, where Hajime made its token, a new token. The earlier ones are deleted then.
pub async fn rotate(context: &Context, page: &JoinPage, progress: &(dyn Fn(Step) + Sync)) -> Result<Published, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    need_door(context)?;
    let given = Given { token: None, renew_token: true, renew_key: true };
    let published = publish_with(context, page, &Request::default(), given, progress).await?;
    if let Some(left) = context.store().door_work()?.tokens.first() {
        return Err(Error::Conflict {
            message: format!("The door has new keys, but its old token “{}” could not be deleted.", left.name),
            next: "Delete it in the Cloudflare dashboard, or add the permission Account API Tokens: Edit and rotate again.",
        });
    }
    Ok(published)
}

/// Ends every play of the watch links at once: the key of the door is deleted, and only then the door gets another one. If that fails, nobody
/// watches until it is repeated.
pub async fn end_plays(
    context: &Context,
    page: &JoinPage,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Published, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    need_door(context)?;
    let facts = match context.cloudflare().find_database(DATABASE).await? {
        Some(database) => database::facts(context, &database.id).await?,
        None => context.store().door_facts()?,
    };
    if let Some(id) = facts.signing_key.and_then(|id| id.parse().ok()) {
        cleanup::delete_key(context, &id).await?;
    }
    let given = Given { renew_key: true, ..Given::default() };
    publish_with(context, page, &Request::default(), given, progress).await
}

/// Takes a token for RealtimeKit from a person, tries it, and publishes the door with it. It is kept nowhere else.
pub async fn take_token(
    context: &Context,
    page: &JoinPage,
    token: SecretString,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Published, Error> {
    guard::allow(context, Permission::ManageAccount)?;
    let text = token.expose_secret().trim();
    let is_token = (TOKEN_MIN..=TOKEN_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let refused = |message: &str| {
        Invalid::one("token", message, "Make one with the permission “Realtime: Edit”, and paste it whole.")
    };
    if !is_token {
        return Err(refused("This is no API token.").into());
    }
    let token = SecretString::from(text.to_owned());
    if !context.cloudflare().realtime_token_works(&token).await? {
        return Err(refused("RealtimeKit refuses this token.").into());
    }
    let given = Given { token: Some(token), ..Given::default() };
    publish_with(context, page, &Request::default(), given, progress).await
}

fn need_door(context: &Context) -> Result<(), Error> {
    match context.store().door()? {
        Some(_) => Ok(()),
        None => Err(Error::Conflict { message: "There is no door.".into(), next: "Publish the join page." }),
    }
}
