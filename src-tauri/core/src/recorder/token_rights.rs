//! Tries what the API token may really do at Cloudflare, and keeps the result. Changes nothing there.

use crate::cloudflare::{CredentialProblem, Error as CloudError};
use crate::context::Context;
use crate::domain::profile::role::{Occasion, StreamRight, TokenRights, should_try};
use crate::error::Error;
use crate::ports::Topic;

/// Whether this desk only reads: by its role, or because its token can do no more.
pub(crate) fn only_reads(context: &Context) -> Result<bool, Error> {
    let role = context.role();
    Ok(!role.may_change() || context.store().token_rights()?.is_some_and(|rights| !rights.may_change()))
}

/// Tries the rights if this occasion asks for it.
pub(crate) async fn try_if_due(context: &Context, occasion: Occasion) -> Result<(), Error> {
    let known = context.store().token_rights()?;
    if should_try(context.role(), known.as_ref(), occasion, context.now()) {
        try_out(context).await?;
    }
    Ok(())
}

/// Tries the rights and keeps them. A network that does not answer says nothing about a token, and is an error.
pub(crate) async fn try_out(context: &Context) -> Result<TokenRights, Error> {
    let cloudflare = context.cloudflare();
    let realtime = allows(cloudflare.apps().await)?;
    let stream = if !allows(cloudflare.storage_usage().await)? {
        StreamRight::None
    } else if allows(cloudflare.check_may_change_videos().await)? {
        StreamRight::Edit
    } else {
        StreamRight::Read
    };
    let workers = allows(cloudflare.check_may_change_workers().await)?;
    let known = context.store().token_rights()?;
    let rights = TokenRights { realtime, stream, workers, tried_at: context.now(), lacking: 0 }.after(known.as_ref());
    context.store().set_token_rights(Some(&rights))?;
    context.changed(&[Topic::Desk]);
    if rights.may_change() && known.is_some_and(|known| !known.may_change()) {
        // Jobs rested, and need no longer.
        context.wake_jobs();
    }
    Ok(rights)
}

/// Whether a call was allowed. Only the answer that a permission is missing counts as no.
fn allows<T>(answer: Result<T, CloudError>) -> Result<bool, Error> {
    match answer {
        Ok(_) => Ok(true),
        Err(CloudError::Credentials(CredentialProblem::PermissionMissing(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
